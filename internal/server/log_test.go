package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/internal/server"
)

// written is what a log has, while others write it.
type written struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (w *written) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(p)
}

func (w *written) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.String()
}

// lines are the lines of a JSON log.
func (w *written) lines(t testing.TB) (out []map[string]any) {
	t.Helper()
	for line := range strings.Lines(w.String()) {
		var m map[string]any
		must(t, json.Unmarshal([]byte(line), &m))
		out = append(out, m)
	}
	return out
}

func logged(w io.Writer) func(*server.Config) {
	return func(c *server.Config) {
		c.Logger = slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
}

func TestTheLogHasALineForEachRequest(t *testing.T) {
	var w written
	s := start(t, logged(&w))
	r := s.send("POST", "/graphql", `{"query":"query Kinds { cis(first: 7) { nodes { ref } } }"}`)
	answer := text(t, r)
	s.send("POST", "/graphql", `{"query":"{ nosuch }"}`)
	s.send("GET", "/nothing/here", "")
	s.send("GET", "/healthz", "")
	all := w.lines(t)
	if len(all) != 4 {
		t.Fatalf("%d lines: %s", len(all), w.String())
	}
	for i, want := range []map[string]any{
		{"level": "INFO", "msg": "request", "route": "/graphql", "method": "POST", "status": 200.0, "operation": "Kinds", "type": "query", "cost": 8.0, "revision": "0",
			"request": r.Header.Get("X-Request-Id"), "bytes": float64(len(answer)), "code": nil},
		{"level": "INFO", "route": "/graphql", "status": 200.0, "code": "GRAPHQL_VALIDATION_FAILED", "operation": nil, "cost": nil},
		{"level": "INFO", "route": "/", "status": 404.0, "code": "NOT_FOUND"},
		{"level": "DEBUG", "route": "/healthz", "status": 200.0, "code": nil},
	} {
		for key, v := range want {
			if all[i][key] != v {
				t.Errorf("line %d: %s is %v, want %v: %v", i, key, all[i][key], v, all[i])
			}
		}
		if took, _ := all[i]["duration_ms"].(float64); took <= 0 {
			t.Errorf("line %d: it took %v", i, took)
		}
	}
}

func TestASlowRequestIsAWarning(t *testing.T) {
	var w written
	s := start(t, func(c *server.Config) { logged(&w)(c); c.Limits.Slow = 20 * time.Millisecond })
	s.store.hold = make(chan struct{})
	done := make(chan *http.Response)
	go func() { done <- s.send("POST", "/graphql", slow) }()
	for s.store.held.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	time.AfterFunc(25*time.Millisecond, func() { close(s.store.hold) })
	<-done
	if all := w.lines(t); len(all) != 1 || all[0]["level"] != "WARN" || all[0]["msg"] != "slow request" {
		t.Errorf("%v", all)
	}
}

// A mark in every place where a client can put something.
const mark = "maRk7f3a"

// What clients send is theirs: tokens, variables, documents, addresses. Whatever
// goes wrong with it, and at whatever level, the log has none of it.
func TestTheLogHasNothingOfWhatWasSent(t *testing.T) {
	var w written
	s := start(t, func(c *server.Config) {
		logged(&w)(c)
		c.Token = token
		c.Import = func(_ context.Context, _ *records.Ledger, in io.ReadSeeker, o server.ImportOptions, line func(any) error) error {
			b, err := io.ReadAll(in)
			must(t, err)
			return graph.Errorf(graph.Invalid, "line 1: %s of %s", b, o.Source)
		}
	})
	address, stop := listening(t, s.Handler, server.Access{Token: token})
	client := &http.Client{Transport: &http.Transport{}}
	sent := 0
	send := func(method, path, body string, header ...string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, address+path, strings.NewReader(body))
		must(t, err)
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/json")
		for _, h := range header {
			name, value, _ := strings.Cut(h, ": ")
			if name == "Host" {
				r.Host = value
			}
			r.Header.Set(name, value)
		}
		answer, err := client.Do(r)
		must(t, err)
		_, _ = io.Copy(io.Discard, answer.Body)
		must(t, answer.Body.Close())
		sent++
	}
	query := func(document string, variables any, header ...string) {
		t.Helper()
		b, err := json.Marshal(map[string]any{"query": document, "variables": variables})
		must(t, err)
		send("POST", "/graphql", string(b), header...)
	}
	everything := func() {
		for _, h := range []string{"Authorization: Bearer " + mark, "Authorization: Basic " + mark, "Authorization: " + mark, "Cookie: a=" + mark, "X-Token: " + mark, "X-Request-Id: " + mark, "traceparent: " + mark,
			"tracestate: " + mark + "=1", "User-Agent: " + mark, "Referer: http://" + mark, "Origin: http://" + mark, "Accept: " + mark, "Content-Type: " + mark, "Content-Encoding: " + mark,
			"Faultline-Min-Revision: " + mark, "Faultline-Cost: " + mark, "Accept-Encoding: " + mark, "Host: " + mark, "X-Forwarded-For: " + mark} {
			query("{ store { kind } }", nil, h)
		}
		for _, path := range []string{"/" + mark, "/graphql/" + mark, "/healthz?token=" + mark, "/metrics?" + mark, "/readyz?" + mark, "/schema.graphqls?" + mark, "/export?" + mark,
			"/graphql?query=" + url.QueryEscape(`{ci(ref:{ref:"`+mark+`"}){ref}}`), "/graphql?query={store{kind}}&variables=" + mark, "/graphql?operationName=" + mark + "&query={store{kind}}",
			"/graphql?" + mark + "=%zz", "/graphql?;" + mark, "/graphql?query=" + mark} {
			send("GET", path, "")
		}
		send(mark, "/graphql", "")
		send("DELETE", "/"+mark, mark)
		for _, body := range []string{mark, `{"` + mark + `":1}`, `{"query":"` + mark, `{"query":"{store{kind}}","operationName":"` + mark + `"}`, `{"query":"{store{kind}}","extensions":{"` + mark + `":"` + mark + `"}}`} {
			send("POST", "/graphql", body)
		}
		for _, document := range []string{"{ " + mark + " }", "{ store(" + mark + ": 1) { kind } }", `{ search(text: "` + mark + `") { totalCount } }`, "query { ..." + mark + " }", "{ " + mark + ": store { kind } }",
			"{ store { kind @" + mark + " } }", `{ ci(ref: {ref: "server:` + mark + `"}) { ref } }`, `{ ci(ref: {id: "` + mark + `"}) { ref } }`, `{ cis(after: "` + mark + `") { totalCount } }`,
			`mutation { upsertCIs(input: {source: "` + mark + `", items: [{ci: {ref: "server:` + mark + `"}, attributes: [{name: "os", value: "` + mark + `"}]}]}) { revision errors { message } } }`,
			`{ impact(scenario: {effects: [{ci: {ref: "server:` + mark + `"}}]}) { summary } }`, "# " + mark + "\n{ store { kind } }"} {
			query(document, nil)
		}
		query("query($a: String!) { search(text: $a) { totalCount } }", map[string]any{"a": mark})
		query("query($a: Int) { cis(first: $a) { totalCount } }", map[string]any{"a": mark})
		query("query($a: CIFilter) { cis(filter: $a) { totalCount } }", map[string]any{"a": map[string]any{mark: mark}})
		query("query($a: CIRef!) { ci(ref: $a) { ref } }", map[string]any{"a": map[string]any{"ref": "server:" + mark}})
		query("{ store { kind } }", map[string]any{mark: mark})
		query(`mutation($a: String!) { upsertCIs(input: {items: [{ci: {ref: $a}}]}) { revision errors { message } } }`, map[string]any{"a": "nosuch:" + mark})
		send("POST", "/import?source="+mark+"&"+mark+"=1", `{"kind":"`+mark+`"}`, "Content-Type: application/x-ndjson")
		send("POST", "/import?dryRun="+mark, mark, "Content-Type: text/csv")
	}
	everything()
	s.store.fails = true
	everything()
	// What is no HTTP at all, and a client that hangs up.
	for _, bytes := range []string{mark + "\r\n\r\n", "GET /" + mark + " HTTP/9.9\r\n\r\n", "POST /graphql HTTP/1.1\r\nHost: localhost\r\n" + mark + "\r\n\r\n",
		"POST /graphql HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token + "\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{\"query\":\"" + mark} {
		c, err := net.Dial("tcp", strings.TrimPrefix(address, "http://"))
		must(t, err)
		_, err = io.WriteString(c, bytes)
		must(t, err)
		must(t, c.Close())
	}
	client.CloseIdleConnections()
	stop()
	all := w.String()
	if n := strings.Count(all, `"msg":"request"`); n < sent {
		t.Errorf("%d lines for %d requests", n, sent)
	}
	for _, secret := range []string{mark, strings.ToLower(mark), token} {
		for line := range strings.Lines(all) {
			if strings.Contains(line, secret) {
				t.Errorf("the log has %s: %.400s", secret, line)
			}
		}
	}
}
