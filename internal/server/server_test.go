package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/neo4jtest"
	"github.com/faultline-itsm/faultline/internal/projection"
	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/internal/server"
	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/internal/store/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(onNeo4j{m}) }

// onNeo4j runs the tests with one server.
type onNeo4j struct{ *testing.M }

func (m onNeo4j) Run() int { return neo4jtest.Main(m.M, 1) }

// failing is a store whose reads fail with a secret.
type failing struct {
	store.Store
	fails bool
	hold  chan struct{} // reads wait for it
	held  atomic.Int32  // reads that wait
}

func (f *failing) Find(ctx context.Context, q store.Query) (store.Page, error) {
	if f.fails {
		return store.Page{}, errors.New("secret: disk sector 7")
	}
	if f.hold != nil {
		f.held.Add(1)
		select {
		case <-f.hold:
		case <-ctx.Done():
			return store.Page{}, ctx.Err()
		}
	}
	return f.Store.Find(ctx, q)
}

func (f *failing) Head(ctx context.Context) (graph.Head, error) {
	if f.fails {
		return graph.Head{}, errors.New("secret: disk sector 7")
	}
	return f.Store.Head(ctx)
}

// lagging is a store whose feed does not come while it is told so.
type lagging struct {
	store.Store
	behind atomic.Bool
}

func (s *lagging) Entries(ctx context.Context, after graph.Revision, limit int) ([]graph.Entry, error) {
	if s.behind.Load() {
		return nil, graph.Errorf(graph.Unavailable, "the feed does not come")
	}
	return s.Store.Entries(ctx, after, limit)
}

type service struct {
	http.Handler
	store  *failing
	behind *atomic.Bool
	log    *bytes.Buffer
}

func start(t testing.TB, change func(*server.Config)) service {
	t.Helper()
	ctx := context.Background()
	st, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "faultline.db"))
	must(t, err)
	followed := &lagging{Store: st}
	p, err := projection.Open(ctx, followed, projection.Options{})
	must(t, err)
	t.Cleanup(func() { must(t, p.Close()); must(t, st.Close()) })
	s := service{store: &failing{Store: st}, behind: &followed.behind, log: &bytes.Buffer{}}
	cfg := server.Config{Ledger: records.New(s.store, p, time.Now), Version: "1.2.3", Logger: slog.New(slog.NewTextHandler(s.log, nil))}
	if change != nil {
		change(&cfg)
	}
	s.Handler = server.New(cfg)
	return s
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// send sends one request; header is "Name: value" lines.
func (s service) send(method, path, body string, header ...string) *http.Response {
	r := httptest.NewRequest(method, "http://localhost"+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for _, h := range header {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Result()
}

func text(t testing.TB, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	must(t, err)
	return string(b)
}

func TestRequestsThatAreNoneAreRefusedInWords(t *testing.T) {
	s := start(t, func(c *server.Config) { c.Limits.Body = 100 })
	for _, c := range []struct {
		what, method, path, body string
		header                   []string
		status                   int
		code                     string
	}{
		{"another method", "PUT", "/graphql", "", nil, 405, "METHOD_NOT_ALLOWED"},
		{"another type", "POST", "/graphql", "query=secret", []string{"Content-Type: application/x-www-form-urlencoded"}, 415, "UNSUPPORTED_MEDIA_TYPE"},
		{"no type", "POST", "/graphql", "{}", []string{"Content-Type: "}, 415, "UNSUPPORTED_MEDIA_TYPE"},
		{"another charset", "POST", "/graphql", "{}", []string{"Content-Type: application/json; charset=latin1"}, 415, "UNSUPPORTED_MEDIA_TYPE"},
		{"compressed", "POST", "/graphql", "{}", []string{"Content-Encoding: gzip"}, 415, "UNSUPPORTED_MEDIA_TYPE"},
		{"too long", "POST", "/graphql", `{"query":"` + strings.Repeat("secret", 20) + `"}`, nil, 413, "LIMIT_EXCEEDED"},
		{"no JSON", "POST", "/graphql", "secret", nil, 400, "BAD_REQUEST"},
		{"a list", "POST", "/graphql", `["secret"]`, nil, 400, "BAD_REQUEST"},
		{"no query", "POST", "/graphql", `{"secret":1}`, nil, 400, "BAD_REQUEST"},
		{"an empty query", "POST", "/graphql", `{"query":" "}`, nil, 400, "BAD_REQUEST"},
		{"variables of a wrong type", "POST", "/graphql", `{"query":"{x}","variables":"secret"}`, nil, 400, "BAD_REQUEST"},
		{"something behind", "POST", "/graphql", `{"query":"{x}"}secret`, nil, 400, "BAD_REQUEST"},
		{"a bad revision", "POST", "/graphql", `{"query":"{x}"}`, []string{"Faultline-Min-Revision: secret"}, 400, "BAD_REQUEST"},
		{"nothing there", "GET", "/secret", "", nil, 404, "NOT_FOUND"},
		{"imports not wired", "POST", "/import", "", nil, 404, "NOT_FOUND"},
	} {
		t.Run(c.what, func(t *testing.T) {
			r := s.send(c.method, c.path, c.body, c.header...)
			body := text(t, r)
			if r.StatusCode != c.status || !strings.Contains(body, `"code":"`+c.code+`"`) {
				t.Errorf("status %d: %s; want %d %s", r.StatusCode, body, c.status, c.code)
			}
			if strings.Contains(body, "secret") {
				t.Errorf("the answer repeats what was sent: %s", body)
			}
			if !strings.Contains(body, `"requestId":"`+r.Header.Get("X-Request-Id")+`"`) {
				t.Errorf("the answer does not name its request: %s", body)
			}
		})
	}
}

func TestAnAnswerNamesItsRevision(t *testing.T) {
	s := start(t, nil)
	r := s.send("POST", "/graphql", `{"query":"{ store { version kind revision } }"}`)
	want := `{"data":{"store":{"version":"1.2.3","kind":"sqlite","revision":"0"}},"extensions":{"revision":"0"}}` + "\n"
	if got := text(t, r); r.StatusCode != 200 || got != want {
		t.Errorf("%d %s, want %s", r.StatusCode, got, want)
	}
}

func TestADocumentThatIsWrongHasA400OnlyForClientsThatKnow(t *testing.T) {
	s := start(t, nil)
	for accept, status := range map[string]int{"application/json": 200, "*/*": 200, "application/graphql-response+json": 400} {
		r := s.send("POST", "/graphql", `{"query":"{ nosuch }"}`, "Accept: "+accept)
		if body := text(t, r); r.StatusCode != status || !strings.Contains(body, "GRAPHQL_VALIDATION_FAILED") || strings.Contains(body, `"data"`) {
			t.Errorf("%s: %d %s", accept, r.StatusCode, body)
		}
	}
}

func TestARevisionThatDoesNotComeIsAnError(t *testing.T) {
	s := start(t, nil)
	r := s.send("POST", "/graphql", `{"query":"{ store { revision } }"}`, "Faultline-Min-Revision: 5")
	if body := text(t, r); !strings.Contains(body, "REVISION_NOT_REACHED") {
		t.Error(body)
	}
}

func TestAWriteIsReadByWhoNamesItsRevision(t *testing.T) {
	s := start(t, nil)
	for n := 1; n <= 20; n++ {
		r := s.send("POST", "/graphql", fmt.Sprintf(`{"query":"mutation { upsertCIs(input: {items: [{ci: {ref: \"server:s%d\"}}]}) { revision errors { message } } }"}`, n))
		want := fmt.Sprintf(`"revision":"%d"`, n)
		if body := text(t, r); !strings.Contains(body, want) {
			t.Fatal(body)
		}
		r = s.send("POST", "/graphql", `{"query":"{ cis { totalCount } }"}`, fmt.Sprintf("Faultline-Min-Revision: %d", n))
		if body := text(t, r); !strings.Contains(body, fmt.Sprintf(`"totalCount":%d`, n)) {
			t.Fatal(body)
		}
	}
}

func TestAFaultIsMaskedAndLoggedUnderItsRequest(t *testing.T) {
	s := start(t, nil)
	s.store.fails = true
	r := s.send("POST", "/graphql", `{"query":"{ cis { totalCount } }"}`)
	body, id := text(t, r), r.Header.Get("X-Request-Id")
	if strings.Contains(body, "secret") || !strings.Contains(body, `"code":"INTERNAL"`) || !strings.Contains(body, id) {
		t.Error(body)
	}
	if log := s.log.String(); !strings.Contains(log, "sector 7") || !strings.Contains(log, id) {
		t.Errorf("the log does not have the cause: %s", log)
	}
}

func TestTheSchemaIsServedWithAnETag(t *testing.T) {
	s := start(t, nil)
	r := s.send("GET", "/schema.graphqls", "")
	if body := text(t, r); r.StatusCode != 200 || !strings.Contains(body, "type ConfigurationItem implements Node") {
		t.Errorf("%d %.200s", r.StatusCode, body)
	}
	again := s.send("GET", "/schema.graphqls", "", "If-None-Match: "+r.Header.Get("ETag"))
	if body := text(t, again); again.StatusCode != 304 || body != "" {
		t.Errorf("%d %.200s", again.StatusCode, body)
	}
}

func TestHealthAndReadiness(t *testing.T) {
	s := start(t, nil)
	for path, status := range map[string]int{"/healthz": 200, "/readyz": 200} {
		if r := s.send("GET", path, ""); r.StatusCode != status {
			t.Errorf("%s: %d", path, r.StatusCode)
		}
	}
	s.store.fails = true
	r := s.send("GET", "/readyz", "")
	if body := text(t, r); r.StatusCode != 503 || strings.Contains(body, "secret") {
		t.Errorf("%d %s", r.StatusCode, body)
	}
	if r := s.send("GET", "/healthz", ""); r.StatusCode != 200 {
		t.Errorf("a store that fails makes the process unhealthy: %d", r.StatusCode)
	}
}

// A replica that does not get at what the store has says so, in the answers soon and
// by its readiness later; what it has it answers all the same.
func TestAReplicaThatFallsBehindSaysSo(t *testing.T) {
	s := start(t, func(c *server.Config) { c.Limits.Lag = 1500 * time.Millisecond })
	s.behind.Store(true)
	if _, err := s.store.Store.Commit(context.Background(), anEntry); err != nil {
		t.Fatal(err)
	}
	var r *http.Response
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if r = s.send("GET", "/readyz", ""); r.StatusCode == 503 || time.Now().After(end) {
			break
		}
	}
	if body := text(t, r); !strings.Contains(body, `"reason":"this replica is behind: it is at revision 0, the store at 1"`) || !strings.Contains(body, `"reads":true`) {
		t.Errorf("%d %s", r.StatusCode, body)
	}
	if body := text(t, s.send("POST", "/graphql", `{"query":"{ store { revision } }"}`)); !strings.Contains(body, `"staleSince":"`) || !strings.Contains(body, `"revision":"0"`) {
		t.Error(body)
	}
	s.behind.Store(false)
	for end := time.Now().Add(20 * time.Second); s.send("GET", "/readyz", "").StatusCode != 200; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it never caught up")
		}
	}
}

func anEntry(ctx context.Context, tx store.Reader) (store.Outcome, error) {
	head, err := tx.Head(ctx)
	if err != nil {
		return store.Outcome{}, err
	}
	n := &graph.Node{ID: head.LastID + 1, Version: 1, Ref: graph.Ref{Class: "server", Scope: graph.DefaultScope, Name: "a"}}
	e, _ := graph.Seal(graph.Entry{At: time.Unix(1, 0).UTC(), Changes: []graph.Change{{Node: n}}}, head)
	return store.Write(&e), nil
}

func TestAnImportAnswersLineByLine(t *testing.T) {
	var got server.ImportOptions
	var input string
	s := start(t, func(c *server.Config) {
		c.Import = func(_ context.Context, _ *records.Ledger, in io.ReadSeeker, o server.ImportOptions, line func(any) error) error {
			b, err := io.ReadAll(in)
			must(t, err)
			got, input = o, string(b)
			switch input {
			case "refuse":
				return graph.Errorf(graph.Invalid, "line 1: no")
			case "break":
				must(t, line(map[string]int{"line": 1}))
				return errors.New("secret")
			}
			must(t, line(map[string]int{"line": 1}))
			return line(map[string]string{"kind": "summary"})
		}
	})
	const kind = "Content-Type: application/x-ndjson"
	r := s.send("POST", "/import?source=cmdb&scope=dc1&dryRun=true", "input", kind)
	if body := text(t, r); body != "{\"line\":1}\n{\"kind\":\"summary\"}\n" || input != "input" || !got.DryRun || got.Source != "cmdb" || got.Scope != "dc1" || got.Format != "ndjson" {
		t.Errorf("%s %+v", body, got)
	}
	if s.send("POST", `/import?mapping={"name":"Device"}&class=server`, "input", "Content-Type: text/csv"); got.Mapping != `{"name":"Device"}` || got.Class != "server" || got.Format != "csv" {
		t.Errorf("%+v", got)
	}
	if s.send("POST", "/import", "input", kind); got.Source != graph.ManualSource {
		t.Errorf("the source is %q where none is given", got.Source)
	}
	if r := s.send("POST", "/import", "refuse", kind); r.StatusCode != 422 || !strings.Contains(text(t, r), "line 1: no") {
		t.Errorf("a refused import: %d", r.StatusCode)
	}
	r = s.send("POST", "/import", "break", kind)
	lines := strings.Split(strings.TrimSpace(text(t, r)), "\n")
	var last map[string]string
	must(t, json.Unmarshal([]byte(lines[len(lines)-1]), &last))
	if last["kind"] != "error" || last["code"] != "INTERNAL" || strings.Contains(last["message"], "secret") {
		t.Errorf("a broken import ends with %v", last)
	}
	for _, h := range []string{"Content-Type: text/plain", "Content-Type: multipart/form-data", "Content-Type: application/json"} {
		if r := s.send("POST", "/import", "input", h); r.StatusCode != 415 {
			t.Errorf("%s: %d", h, r.StatusCode)
		}
	}
	if r := s.send("POST", "/import?dryRun=perhaps", "input", kind); r.StatusCode != 400 {
		t.Errorf("dryRun=perhaps: %d", r.StatusCode)
	}
}

func TestAnExportThatBreaksDoesNotLookWhole(t *testing.T) {
	fail := 0
	s := start(t, func(c *server.Config) {
		c.Export = func(_ context.Context, _ *records.Ledger, w io.Writer) error {
			if _, err := w.Write(bytes.Repeat([]byte("{}\n"), fail)); err != nil {
				return err
			}
			if fail != 1 {
				return graph.Errorf(graph.Unavailable, "the store went away")
			}
			return nil
		}
	})
	if r := s.send("GET", "/export", ""); r.StatusCode != 503 {
		t.Errorf("an export that did not begin: %d", r.StatusCode)
	}
	fail = 1
	if r := s.send("GET", "/export", ""); r.StatusCode != 200 || text(t, r) != "{}\n" {
		t.Errorf("an export: %d", r.StatusCode)
	}
	fail = 1 << 20
	defer func() {
		if recover() != http.ErrAbortHandler {
			t.Error("an export that broke in the middle ended as if it were whole")
		}
	}()
	s.send("GET", "/export", "")
}
