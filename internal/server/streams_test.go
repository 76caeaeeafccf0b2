package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/projection"
	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/internal/server"
	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/internal/store/sqlite"
)

// soon bounds what must not take for ever.
const soon = 20 * time.Second

// commit makes a revision that creates a server.
func (s service) commit(t testing.TB, name string) {
	t.Helper()
	body := text(t, s.send("POST", "/graphql", fmt.Sprintf(`{"query":"mutation { upsertCIs(input: {items: [{ci: {ref: \"server:%s\"}}]}) { errors { message } } }"}`, name)))
	if !strings.Contains(body, `"errors":[]`) {
		t.Fatalf("the commit is refused: %s", body)
	}
}

// commits makes revisions while the test goes on; done waits for the last.
func (s service) commits(t testing.TB, name string, n int) (done func()) {
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range n {
			r := s.send("POST", "/graphql", fmt.Sprintf(`{"query":"mutation { upsertCIs(input: {items: [{ci: {ref: \"server:%s-%d\"}}]}) { errors { message } } }"}`, name, i))
			if r.StatusCode != http.StatusOK {
				t.Errorf("commit %d has %d", i, r.StatusCode)
			}
		}
	})
	return wg.Wait
}

// large makes a revision that is told in more than a megabyte.
func (s service) large(t testing.TB, name string) {
	t.Helper()
	var items []map[string]any
	for k := range 100 {
		items = append(items, map[string]any{"ci": map[string]any{"ref": fmt.Sprintf("server:%s-%d", name, k)}, "attributes": map[string]any{"description": strings.Repeat("x", 8000)}})
	}
	b, err := json.Marshal(map[string]any{"query": "mutation($items: [UpsertCIItem!]!) { upsertCIs(input: {items: $items}) { errors { message } } }", "variables": map[string]any{"items": items}})
	must(t, err)
	if body := text(t, s.send("POST", "/graphql", string(b))); !strings.Contains(body, `"errors":[]`) {
		t.Fatalf("the commit is refused: %s", body[:min(len(body), 300)])
	}
}

// reader reads one event stream.
type reader struct {
	testing.TB
	*bufio.Scanner
	body io.Closer
}

// event is one event: its lines by field name.
type event struct{ Event, ID, Data string }

// follow opens an event stream.
func follow(t testing.TB, client *http.Client, base, query string, header ...string) (*reader, *http.Response) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/graphql?"+url.Values{"query": {query}}.Encode(), nil)
	must(t, err)
	r.Header.Set("Accept", "text/event-stream")
	for _, h := range header {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	resp, err := client.Do(r)
	must(t, err)
	t.Cleanup(func() { _ = resp.Body.Close() })
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 16<<20)
	return &reader{t, lines, resp.Body}, resp
}

// next is the next event; ok is false at the end.
func (r *reader) next() (e event, ok bool) {
	for r.Scan() {
		name, value, _ := strings.Cut(r.Text(), ": ")
		switch name {
		case "":
			if e.Event != "" {
				return e, true
			}
		case "event":
			e.Event = value
		case "id":
			e.ID = value
		case "data":
			e.Data = value
		}
	}
	return e, false
}

// revision is the revision that the next event tells, "" at the stream's end.
func (r *reader) revision() string {
	e, ok := r.next()
	if !ok || e.Event == "complete" {
		return ""
	}
	var body struct {
		Data struct {
			Event struct{ Revision, From string }
		}
	}
	must(r, json.Unmarshal([]byte(e.Data), &body))
	if at := body.Data.Event.Revision; at != "" {
		if e.ID != at {
			r.Errorf("the event of revision %s has the id %s", at, e.ID)
		}
		return at
	}
	return "resync " + body.Data.Event.From
}

const committed = `subscription { event: revisionCommitted { ... on LedgerEntry { revision message changes { subject outcome ci { ref version } } } ... on ResyncRequired { from newest } } }`

func committedAfter(n int) string {
	return fmt.Sprintf(`subscription { event: revisionCommitted(after: "%d") { ... on LedgerEntry { revision } ... on ResyncRequired { from newest } } }`, n)
}

func TestAnEventStreamTellsEachCommit(t *testing.T) {
	s := start(t, nil)
	base, stop := listening(t, s.Handler, server.Access{})
	defer stop()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	s.commit(t, "before")
	r, resp := follow(t, client, base, committed)
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/event-stream; charset=utf-8" || resp.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %v", resp.StatusCode, resp.Header)
	}
	for i := range 3 {
		s.commit(t, fmt.Sprint("s", i))
		e, _ := r.next()
		for _, want := range []string{fmt.Sprintf(`"revision":"%d"`, i+2), fmt.Sprintf(`"subject":"server:s%d"`, i), `"outcome":"CREATED"`, `"version":1`} {
			if e.Event != "next" || e.ID != fmt.Sprint(i+2) || !strings.Contains(e.Data, want) {
				t.Errorf("event %d is %+v, without %s", i, e, want)
			}
		}
	}
}

// Whatever is committed while nobody reads, and while the stream is opened, comes
// once and in order.
func TestAStreamGoesOnAfterAnyRevision(t *testing.T) {
	s := start(t, nil)
	base, stop := listening(t, s.Handler, server.Access{})
	defer stop()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	const all = 40
	for i := range all / 2 {
		s.commit(t, fmt.Sprint("s", i))
	}
	for _, from := range []int{0, 1, 19, 20} {
		var opened []*reader
		r, _ := follow(t, client, base, committedAfter(from))
		opened = append(opened, r)
		r, _ = follow(t, client, base, committedAfter(7), fmt.Sprint("Last-Event-ID: ", from)) // as EventSource comes back
		opened = append(opened, r)
		for _, r := range opened {
			for want := from + 1; want <= all/2; want++ {
				if got := r.revision(); got != fmt.Sprint(want) {
					t.Fatalf("after %d came revision %s, want %d", from, got, want)
				}
			}
		}
	}
	r, _ := follow(t, client, base, committedAfter(0))
	defer s.commits(t, "later", all/2)()
	for want := 1; want <= all; want++ {
		if got := r.revision(); got != fmt.Sprint(want) {
			t.Fatalf("revision %s came, want %d", got, want)
		}
	}
	_, resp := follow(t, client, base, committedAfter(1000))
	if body := text(t, resp); resp.StatusCode != 503 || !strings.Contains(body, "REVISION_NOT_REACHED") {
		t.Errorf("after a revision that is not there: %d %s", resp.StatusCode, body)
	}
}

func TestOnlyChangesOfTheCIsInTheFilterAreTold(t *testing.T) {
	s := start(t, nil)
	base, stop := listening(t, s.Handler, server.Access{})
	defer stop()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	r, _ := follow(t, client, base, `subscription { event: ciChanged(after: "0", filter: {isA: ["application"], name: {startsWith: "shop"}}) {
	  ... on LedgerEntry { revision changeCount changes { subject outcome } } } }`)
	mutate := func(fields string) {
		t.Helper()
		b, err := json.Marshal(map[string]string{"query": "mutation { " + fields + " { errors { message } } }"})
		must(t, err)
		if body := text(t, s.send("POST", "/graphql", string(b))); !strings.Contains(body, `"errors":[]`) {
			t.Fatal(body)
		}
	}
	s.commit(t, "noise")
	mutate(`upsertCIs(input: {items: [{ci: {ref: "server:shop"}}, {ci: {ref: "application:shop-web"}}, {ci: {ref: "application:other"}}]})`)
	s.commit(t, "more-noise")
	mutate(`renameCIs(input: {items: [{ci: {ref: "application:shop-web"}, name: "web"}]})`) // it leaves the filter
	mutate(`renameCIs(input: {items: [{ci: {ref: "application:web"}, name: "www"}]})`)      // not told
	mutate(`renameCIs(input: {items: [{ci: {ref: "application:www"}, name: "shop"}]})`)     // it comes back
	mutate(`retireCIs(input: {items: [{ci: {ref: "application:shop"}}]})`)
	for _, want := range []string{
		`{"revision":"2","changeCount":3,"changes":[{"subject":"application:shop-web","outcome":"CREATED"}]}`,
		`{"revision":"4","changeCount":1,"changes":[{"subject":"application:web","outcome":"UPDATED"}]}`,
		`{"revision":"6","changeCount":1,"changes":[{"subject":"application:shop","outcome":"UPDATED"}]}`,
		`{"revision":"7","changeCount":1,"changes":[{"subject":"application:shop","outcome":"UPDATED"}]}`,
	} {
		if e, _ := r.next(); !strings.Contains(e.Data, want) {
			t.Errorf("came\n%s\nwant\n%s", e.Data, want)
		}
	}
	_, resp := follow(t, client, base, `subscription { ciChanged(filter: {isA: ["nothing"]}) { __typename } }`)
	if body := text(t, resp); resp.StatusCode != 400 || !strings.Contains(body, "INVALID") {
		t.Errorf("an unknown class: %d %s", resp.StatusCode, body)
	}
}

// A reader that does not read holds nothing up, and is told where to go on.
func TestASlowReaderIsToldToResync(t *testing.T) {
	s := start(t, func(cfg *server.Config) { cfg.Limits.Write = soon })
	base, stop := listening(t, s.Handler, server.Access{})
	defer stop()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	r, _ := follow(t, client, base, `subscription { event: revisionCommitted { ... on LedgerEntry { revision changes(first: 1000) { record before after } } ... on ResyncRequired { from newest } } }`)
	s.commit(t, "first")
	if got := r.revision(); got != "1" {
		t.Fatalf("revision %s came first", got)
	}
	const big, small = 10, 300
	for i := range big { // more than all buffers on the way hold
		s.large(t, fmt.Sprint("big", i))
	}
	for i := range small {
		s.commit(t, fmt.Sprint("s", i))
	}
	last, end := 1, ""
	for end == "" {
		got := r.revision()
		if n, err := strconv.Atoi(got); err == nil {
			if n != last+1 {
				t.Fatalf("revision %d came after %d", n, last)
			}
			last = n
			continue
		}
		end = got
	}
	if end != fmt.Sprint("resync ", last) || last > big+small-256 {
		t.Fatalf("after revision %d came %q", last, end)
	}
	if got := r.revision(); got != "" {
		t.Errorf("after the resync came %q", got)
	}
	r, _ = follow(t, client, base, committedAfter(last))
	for want := last + 1; want <= 1+big+small; want++ {
		if got := r.revision(); got != fmt.Sprint(want) {
			t.Fatalf("revision %s came, want %d", got, want)
		}
	}
}

// A client that takes nothing at all is let go.
func TestAReaderThatTakesNothingIsLetGo(t *testing.T) {
	log := &written{}
	s := start(t, func(cfg *server.Config) {
		cfg.Limits.Write, cfg.Logger = 50*time.Millisecond, slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	base, stop := listening(t, s.Handler, server.Access{})
	defer stop()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	query := `subscription { event: revisionCommitted(after: "0") { ... on LedgerEntry { revision changes(first: 1000) { record before after } } } }`
	for i := range 12 {
		s.large(t, fmt.Sprint("big", i))
	}
	r, _ := follow(t, client, base, query)
	deadline := time.Now().Add(soon)
	for !strings.Contains(log.String(), "the client went away") {
		if time.Now().After(deadline) {
			t.Fatal("a client that takes nothing is held")
		}
		time.Sleep(10 * time.Millisecond)
	}
	for {
		if e, ok := r.next(); !ok {
			break
		} else if e.Event == "complete" {
			t.Fatal("what broke off looks whole")
		}
	}
}

func TestAStreamHasItsDocumentAndItsCostLooked(t *testing.T) {
	s := start(t, nil)
	base, stop := listening(t, s.Handler, server.Access{})
	defer stop()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for query, want := range map[string]string{
		"subscription { nothing }": "400 GRAPHQL_VALIDATION_FAILED",
		"subscription { a: revisionCommitted { __typename } b: revisionCommitted { __typename } }":                          "400 GRAPHQL_VALIDATION_FAILED",
		"subscription { revisionCommitted @skip(if: true) { __typename } }":                                                 "400 GRAPHQL_VALIDATION_FAILED",
		"subscription { ...f } fragment f on Subscription { ... @include(if: false) { revisionCommitted { __typename } } }": "400 GRAPHQL_VALIDATION_FAILED",
		"subscription {": "400 GRAPHQL_PARSE_FAILED",
		"subscription { revisionCommitted { ... on LedgerEntry { changes(first: 1000) { ci { relations(direction: PROVIDERS, first: 1000) { edges { node { ref } } } } } } } }": "400 LIMIT_EXCEEDED",
		"subscription { revisionCommitted { ...f } } fragment f on LedgerEntry { ...g } fragment g on LedgerEntry { ...f }":                                                     "400 GRAPHQL_VALIDATION_FAILED",
		`mutation { retireCIs(input: {items: []}) { revision } }`:                                                                                                               "405 METHOD_NOT_ALLOWED",
	} {
		_, resp := follow(t, client, base, query)
		code := fmt.Sprint(resp.StatusCode, " ")
		if body := text(t, resp); !strings.HasPrefix(want, code) || !strings.Contains(body, strings.TrimPrefix(want, code)) {
			t.Errorf("%s: %s%s; want %s", query, code, body, want)
		}
	}
	const plain = `{"query":"subscription { revisionCommitted { __typename } }"}`
	if r := s.send("POST", "/graphql", plain, "Accept: application/graphql-response+json"); r.StatusCode != 400 || !strings.Contains(text(t, r), "STREAM_ONLY") {
		t.Errorf("a subscription that asks for one answer: %d", r.StatusCode)
	}
	r, _ := follow(t, client, base, "{ store { kind } }") // a query has one answer
	if e, ok := r.next(); !ok || !strings.Contains(e.Data, `"kind":"sqlite"`) {
		t.Errorf("%+v", e)
	}
	if e, ok := r.next(); !ok || e.Event != "complete" {
		t.Errorf("%+v", e)
	}
	r, _ = follow(t, client, base, committedAfter(0), "Accept: application/json, text/event-stream")
	s.commit(t, "a")
	if got := r.revision(); got != "1" {
		t.Errorf("a client that takes both has %q", got)
	}
}

func TestSoManyEventStreamsAPrincipal(t *testing.T) {
	s := start(t, func(cfg *server.Config) { cfg.Limits.Sockets, cfg.Limits.Subscriptions = 2, 2 })
	base, stop := listening(t, s.Handler, server.Access{})
	defer stop()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	var open []*reader
	for range 4 {
		r, _ := follow(t, client, base, committed)
		open = append(open, r)
	}
	_, resp := follow(t, client, base, committed)
	if body := text(t, resp); resp.StatusCode != 503 || resp.Header.Get("Retry-After") == "" || !strings.Contains(body, "OVERLOADED") {
		t.Errorf("one too many: %d %s", resp.StatusCode, body)
	}
	must(t, open[0].body.Close())
	deadline := time.Now().Add(soon)
	for resp.StatusCode != 200 {
		if time.Now().After(deadline) {
			t.Fatal("the place of a stream that was closed is not free")
		}
		time.Sleep(5 * time.Millisecond)
		_, resp = follow(t, client, base, committed)
	}
}

// unplugged is a store whose feed can fail.
type unplugged struct {
	store.Store
	off atomic.Bool
}

func (u *unplugged) Entries(ctx context.Context, after graph.Revision, limit int) ([]graph.Entry, error) {
	if u.off.Load() {
		return nil, graph.Errorf(graph.Unavailable, "the store is away")
	}
	return u.Store.Entries(ctx, after, limit)
}

// What cannot be told is no gap: the stream ends, and the id of its last event is
// that of the one before.
func TestAStreamWhoseStoreFailsIsResumedWithoutAGap(t *testing.T) {
	st, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "faultline.db"))
	must(t, err)
	u := &unplugged{Store: st}
	p, err := projection.Open(t.Context(), st, projection.Options{})
	must(t, err)
	log := &written{}
	s := service{Handler: server.New(server.Config{Ledger: records.New(u, p, time.Now), Logger: slog.New(slog.NewTextHandler(log, nil))})}
	t.Cleanup(func() { must(t, p.Close()); must(t, st.Close()) })
	base, stop := listening(t, s.Handler, server.Access{})
	defer stop()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	r, _ := follow(t, client, base, committed)
	s.commit(t, "a")
	if got := r.revision(); got != "1" {
		t.Fatalf("revision %s", got)
	}
	u.off.Store(true)
	s.commit(t, "b")
	e, _ := r.next()
	if e.ID != "1" || !strings.Contains(e.Data, "STORE_UNAVAILABLE") {
		t.Errorf("the event is %+v", e)
	}
	if e, _ := r.next(); e.Event != "complete" {
		t.Errorf("the stream goes on with %+v", e)
	}
	u.off.Store(false)
	r, _ = follow(t, client, base, committed, "Last-Event-ID: "+e.ID)
	if got := r.revision(); got != "2" {
		t.Errorf("it goes on with revision %s", got)
	}
	if said := log.String(); strings.Contains(said, "internal error") {
		t.Errorf("the log says %s", said)
	}
}

func TestAServerThatStopsCompletesItsStreams(t *testing.T) {
	s := start(t, nil)
	base, stop := listening(t, s.Handler, server.Access{})
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	r, _ := follow(t, client, base, committed)
	s.commit(t, "a")
	if got := r.revision(); got != "1" {
		t.Errorf("revision %s", got)
	}
	ended := make(chan struct{})
	go func() { stop(); close(ended) }()
	if e, ok := r.next(); !ok || e.Event != "complete" {
		t.Errorf("the stream ends with %+v", e)
	}
	<-ended
}
