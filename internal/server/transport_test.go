package server_test

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/internal/server"
)

func TestQueriesMayComeByGet(t *testing.T) {
	s := start(t, nil)
	get := func(v url.Values, header ...string) *http.Response {
		return s.send("GET", "/graphql?"+v.Encode(), "", header...)
	}
	const named = "query A($n: Int) { cis(first: $n) { totalCount } } query B { store { kind } }"
	for _, c := range []struct {
		what   string
		params url.Values
		status int
		says   string
	}{
		{"a query", url.Values{"query": {"{ store { kind } }"}}, 200, `"kind":"sqlite"`},
		{"with variables", url.Values{"query": {named}, "operationName": {"A"}, "variables": {`{"n":3}`}}, 200, `"totalCount":0`},
		{"another operation", url.Values{"query": {named}, "operationName": {"B"}}, 200, `"kind":"sqlite"`},
		{"a mutation", url.Values{"query": {`mutation { pin(input: {ci: {ref: "server:a"}, reason: "x"}) { revision } }`}}, 405, "METHOD_NOT_ALLOWED"},
		{"no query", url.Values{}, 400, "BAD_REQUEST"},
		{"variables that are none", url.Values{"query": {"{ store { kind } }"}, "variables": {"secret"}}, 400, "BAD_REQUEST"},
		{"a list of variables", url.Values{"query": {"{ store { kind } }"}, "variables": {"[1]"}}, 400, "BAD_REQUEST"},
		{"extensions that are none", url.Values{"query": {"{ store { kind } }"}, "extensions": {"1"}}, 400, "BAD_REQUEST"},
	} {
		t.Run(c.what, func(t *testing.T) {
			r := get(c.params)
			body := text(t, r)
			if r.StatusCode != c.status || !strings.Contains(body, c.says) || strings.Contains(body, "secret") {
				t.Errorf("%d %s; want %d, %s", r.StatusCode, body, c.status, c.says)
			}
			if c.status == 405 && r.Header.Get("Allow") != "POST" {
				t.Errorf("Allow is %q", r.Header.Get("Allow"))
			}
		})
	}
	if r := s.send("GET", "/graphql?query=%zz", ""); r.StatusCode != 400 {
		t.Errorf("an address that is broken: %d", r.StatusCode)
	}
}

func TestTheMediaTypeIsTheOneTheClientPrefers(t *testing.T) {
	s := start(t, nil)
	const plain, newer = "application/json; charset=utf-8", "application/graphql-response+json; charset=utf-8"
	for accept, want := range map[string]string{
		"": plain, "*/*": plain, "application/*": plain, "application/json": plain, "application/json; charset=utf-8": plain,
		"application/graphql-response+json":                                                       newer,
		"application/graphql-response+json, application/json;q=0.9":                               newer,
		"application/json, application/graphql-response+json":                                     newer,
		"application/graphql-response+json;q=0.1, application/json":                               plain,
		"application/graphql-response+json;q=0.5, */*;q=0.8":                                      plain,
		"application/graphql-response+json;q=0, application/json;q=0.1":                           plain,
		"text/html, application/xhtml+xml, */*;q=0.8":                                             plain,
		"application/graphql-response+json, application/json, text/event-stream, multipart/mixed": newer,
		"nonsense;;;, application/json":                                                           plain,
		"text/html":                                                                               "", "application/json;q=0": "", "application/json;q=high": "", "image/*": "",
	} {
		header := []string{}
		if accept != "" {
			header = append(header, "Accept: "+accept)
		}
		r := s.send("POST", "/graphql", `{"query":"{ store { kind } }"}`, header...)
		if want == "" && r.StatusCode != 406 || want != "" && (r.StatusCode != 200 || r.Header.Get("Content-Type") != want) {
			t.Errorf("%q: %d %s, want %q", accept, r.StatusCode, r.Header.Get("Content-Type"), want)
		}
	}
}

func TestLongAnswersAreCompressedForWhoTakesIt(t *testing.T) {
	s := start(t, nil)
	long := `{"query":"{ __schema { types { name description } } }"}`
	want := text(t, s.send("POST", "/graphql", long))
	for accept, zipped := range map[string]bool{"gzip": true, "br, gzip;q=0.5": true, "*": true, "": false, "br": false, "gzip;q=0": false, "gzip; q=none": false} {
		r := s.send("POST", "/graphql", long, "Accept-Encoding: "+accept)
		got := io.Reader(r.Body)
		if zipped {
			z, err := gzip.NewReader(r.Body)
			must(t, err)
			got = z
		}
		b, err := io.ReadAll(got)
		must(t, err)
		if (r.Header.Get("Content-Encoding") == "gzip") != zipped || string(b) != want {
			t.Errorf("%q: %q, %d bytes, want %d", accept, r.Header.Get("Content-Encoding"), len(b), len(want))
		}
	}
	r := s.send("POST", "/graphql", `{"query":"{ store { kind } }"}`, "Accept-Encoding: gzip")
	if body := text(t, r); r.Header.Get("Content-Encoding") != "" || !strings.Contains(body, "sqlite") {
		t.Errorf("a short answer: %q %s", r.Header.Get("Content-Encoding"), body)
	}
}

func TestAnExportIsCompressedAndDoesNotLookWholeWhereItBroke(t *testing.T) {
	broken := false
	s := start(t, func(c *server.Config) {
		c.Export = func(_ context.Context, _ *records.Ledger, w io.Writer) error {
			_, err := io.WriteString(w, strings.Repeat("{}\n", 200_000))
			if broken {
				return errors.New("secret")
			}
			return err
		}
	})
	url, stop := listening(t, s.Handler, server.Access{})
	defer stop()
	client := &http.Client{Transport: &http.Transport{}} // asks for gzip by itself
	defer client.CloseIdleConnections()
	fetch := func() (int, error) {
		r, err := client.Get(url + "/export")
		must(t, err)
		defer r.Body.Close()
		if !r.Uncompressed {
			t.Error("the export was not compressed")
		}
		b, err := io.ReadAll(r.Body)
		return len(b), err
	}
	if n, err := fetch(); n != 600_000 || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
	broken = true
	if n, err := fetch(); err == nil {
		t.Errorf("an export that broke has %d bytes and no error", n)
	}
}

// Whatever its length, announced or not, a body is read to its end and no further
// than its limit.
func TestABodyIsReadWhole(t *testing.T) {
	s := start(t, func(c *server.Config) { c.Limits.Body = 3 << 20 })
	const query = `{"query":"{ store { kind } }"}`
	for _, length := range []int{len(query), 64<<10 - 1, 64 << 10, 64<<10 + 1, 300_000, 1<<20 + 64<<10, 2_000_000, 3 << 20, 3<<20 + 1} {
		for _, announced := range []bool{true, false} {
			body := io.Reader(strings.NewReader(query + strings.Repeat(" ", length-len(query))))
			if !announced {
				body = io.MultiReader(body)
			}
			r := httptest.NewRequestWithContext(t.Context(), "POST", "http://localhost/graphql", body)
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if want := map[bool]int{true: 200, false: 413}[length <= 3<<20]; w.Code != want || want == 200 && !strings.Contains(w.Body.String(), "sqlite") {
				t.Errorf("%d bytes, announced: %v: %d %.200s", length, announced, w.Code, w.Body.String())
			}
		}
	}
}

const slow = `{"query":"{ cis(filter: {isA: [\"server\"]}) { totalCount } }"}`

// busy is a service all of whose turns are taken until release.
func busy(t *testing.T, change func(*server.Limits)) (s service, answers chan *http.Response, release func()) {
	s = start(t, func(c *server.Config) { c.Limits.Executing = 2; change(&c.Limits) })
	s.store.hold = make(chan struct{})
	answers = make(chan *http.Response, 10)
	for range 2 {
		go func() { answers <- s.send("POST", "/graphql", slow) }()
	}
	for s.store.held.Load() < 2 {
		time.Sleep(time.Millisecond)
	}
	return s, answers, func() { close(s.store.hold) }
}

func TestWhoWaitsInVainIsToldWhenToComeBack(t *testing.T) {
	s, answers, release := busy(t, func(l *server.Limits) { l.Queue, l.Wait = 1, 50*time.Millisecond })
	begun := time.Now()
	r := s.send("POST", "/graphql", slow)
	if body := text(t, r); r.StatusCode != 503 || r.Header.Get("Retry-After") == "" || !strings.Contains(body, "OVERLOADED") {
		t.Errorf("%d %s", r.StatusCode, body)
	}
	if waited := time.Since(begun); waited < 50*time.Millisecond {
		t.Errorf("it did not wait for its turn: %v", waited)
	}
	if r := s.send("GET", "/healthz", ""); r.StatusCode != 200 {
		t.Errorf("health while busy: %d", r.StatusCode)
	}
	release()
	for range 2 {
		if r := <-answers; r.StatusCode != 200 {
			t.Errorf("what was executing: %d", r.StatusCode)
		}
	}
	if r := s.send("POST", "/graphql", slow); r.StatusCode != 200 {
		t.Errorf("afterwards: %d", r.StatusCode)
	}
}

func TestBeyondTheQueueRequestsAreTurnedAwayAtOnce(t *testing.T) {
	s, answers, release := busy(t, func(l *server.Limits) { l.Queue, l.Wait = 1, time.Minute })
	for range 2 { // one of them waits, the other finds the queue full
		go func() { answers <- s.send("POST", "/graphql", slow) }()
	}
	if r := <-answers; r.StatusCode != 503 {
		t.Errorf("beyond the queue: %d", r.StatusCode)
	}
	release()
	for range 3 {
		if r := <-answers; r.StatusCode != 200 {
			t.Errorf("executing or in the queue: %d", r.StatusCode)
		}
	}
}

func TestWhatTakesTooLongIsGivenUp(t *testing.T) {
	s := start(t, func(c *server.Config) { c.Limits.Query = 30 * time.Millisecond })
	s.store.hold = make(chan struct{})
	begun := time.Now()
	r := s.send("POST", "/graphql", `{"query":"{ cis(filter: {isA: [\"server\"]}) { totalCount } }"}`, "Accept: application/graphql-response+json")
	if body := text(t, r); !strings.Contains(body, "DEADLINE_EXCEEDED") || time.Since(begun) > 5*time.Second {
		t.Errorf("%d %s after %v", r.StatusCode, body, time.Since(begun))
	}
	at := start(t, func(c *server.Config) { c.Limits.Query = time.Nanosecond })
	r = at.send("POST", "/graphql", `{"query":"{ store { kind } }"}`, "Accept: application/graphql-response+json")
	if body := text(t, r); r.StatusCode != 503 || !strings.Contains(body, "DEADLINE_EXCEEDED") {
		t.Errorf("before it began: %d %s", r.StatusCode, body)
	}
}

func TestTheCostIsToldToWhoAsks(t *testing.T) {
	s := start(t, nil)
	const query = `{"query":"{ cis(first: 10) { nodes { ref } pageInfo { endCursor } } }"}`
	r := s.send("POST", "/graphql", query, "Faultline-Cost: 1")
	want := `"cost":{"requested":12,"limit":10000,"depth":3,"fields":5}`
	if body := text(t, r); !strings.Contains(body, want) {
		t.Errorf("%s, want %s", body, want)
	}
	if body := text(t, s.send("POST", "/graphql", query)); strings.Contains(body, "cost") {
		t.Errorf("nobody asked: %s", body)
	}
	r = s.send("POST", "/graphql", `{"query":"{ cis(first: 100) { totalCount nodes { ref relations(direction: PROVIDERS, first: 20) { edges { type node { ref } } } } } }"}`, "Faultline-Cost: 1")
	if body := text(t, r); !strings.Contains(body, `"cost":{"requested":4251,"limit":10000,"depth":6,"fields":9}`) {
		t.Errorf("the example of docs/api.md: %s", body)
	}
	r = s.send("POST", "/graphql", `{"query":"{ cis(first: 1000) { nodes { relations(direction: PROVIDERS, first: 1000) { nodes { ref } } } } }"}`, "Faultline-Cost: 1")
	if body := text(t, r); !strings.Contains(body, `"requested":1002001`) || !strings.Contains(body, "LIMIT_EXCEEDED") {
		t.Error(body)
	}
	if r := s.send("POST", "/graphql", query, "Faultline-Cost: much"); r.StatusCode != 400 {
		t.Errorf("a cost header that is none: %d", r.StatusCode)
	}
}

func TestLimitsCanBeSetAndShown(t *testing.T) {
	shown := map[string]string{}
	l := server.Limits{Body: 7}
	l.Document.Depth = 3
	for _, s := range l.Settings() {
		shown[s.Name] = s.Value
		if s.Meaning == "" {
			t.Errorf("%s says nothing", s.Name)
		}
	}
	for name, want := range map[string]string{"request.body": "7", "document.depth": "3", "document.size": "64KiB", "document.tokens": "2000", "document.fields": "500",
		"document.root-fields": "20", "document.aliases": "50", "document.directives": "20", "document.repeats": "32", "document.errors": "10", "document.cost": "10000",
		"deadline.query": "10s", "deadline.mutation": "15s"} {
		if shown[name] != want {
			t.Errorf("%s is %q, want %q", name, shown[name], want)
		}
	}
	s := start(t, func(c *server.Config) { c.Limits.Document.Depth = 3 })
	for depth, query := range map[int]string{3: "{ cis { nodes { ref } } }", 4: "{ cis { nodes { keys { source } } } }"} {
		body := text(t, s.send("POST", "/graphql", fmt.Sprintf(`{"query":%q}`, query)))
		if refused := strings.Contains(body, "LIMIT_EXCEEDED"); refused != (depth > 3) {
			t.Errorf("depth %d: %s", depth, body)
		}
	}
}

// What is shown can be set, and every default is within its own range.
func TestEveryLimitIsSetByTheNameItIsShownBy(t *testing.T) {
	var l server.Limits
	for _, s := range l.Settings() {
		must(t, l.Set(s.Name, s.Value))
	}
	if !reflect.DeepEqual(l.Settings(), server.Limits{}.Settings()) {
		t.Errorf("%v", l)
	}
	must(t, l.Set("request.body", "2MiB"))
	must(t, l.Set("document.depth", "7"))
	must(t, l.Set("deadline.query", "3s"))
	if l.Body != 2<<20 || l.Document.Depth != 7 || l.Query != 3*time.Second {
		t.Errorf("%+v", l)
	}
	for name, value := range map[string]string{"document.depth": "seven", "document.nosuch": "7", "deadline.query": "3", "": ""} {
		if err := l.Set(name, value); !graph.IsKind(err, graph.Invalid) || l.Document.Depth != 7 {
			t.Errorf("%s=%s: %v", name, value, err)
		}
	}
}

// A code that is not in the table is one that nobody knows what to do about.
func TestEveryCodeIsDocumented(t *testing.T) {
	b, err := os.ReadFile("../../docs/api.md")
	must(t, err)
	codes := []string{"GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "DEADLINE_EXCEEDED", "BAD_REQUEST", "UNAUTHENTICATED", "FORBIDDEN_ORIGIN",
		"METHOD_NOT_ALLOWED", "NOT_ACCEPTABLE", "UNSUPPORTED_MEDIA_TYPE", "MISDIRECTED", "OVERLOADED"}
	for k := graph.Internal; k <= graph.CursorExpired; k++ {
		codes = append(codes, k.String())
	}
	for _, c := range codes {
		if !strings.Contains(string(b), "`"+c+"`") {
			t.Errorf("docs/api.md does not name %s", c)
		}
	}
}
