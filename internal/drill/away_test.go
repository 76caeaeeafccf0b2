package drill_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/faultline-itsm/faultline/internal/neo4jtest"
	"github.com/faultline-itsm/faultline/internal/projection"
	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/internal/store/neo4j"
)

const (
	topology = `{ impact(scenario: {effects: [{ci: {ref: "server:a"}}]}) { counts { down } } ci(ref: {ref: "server:a"}) { ref name } }`
	recorded = `{ cis(first: 5) { nodes { ref } } }`
)

// quick is what a refusal may take that nobody should wait for.
const quick = 250 * time.Millisecond

func TestWhileNeo4jIsAwayReadsAnswerAndSayHowOldTheyAre(t *testing.T) {
	for how, broken := range map[string]struct{ away, back func(*proxy) }{
		"it is shut down": {func(p *proxy) { p.stop() }, func(p *proxy) { p.start(t) }},
		"a cable is cut":  {func(p *proxy) { p.dead.Store(true) }, func(p *proxy) { p.dead.Store(false) }},
	} {
		t.Run(how, func(t *testing.T) {
			var databases neo4jtest.Databases
			address := databases.Empty(t)
			warm(t, address)
			p := proxied(t, address)
			before := goleak.IgnoreCurrent()
			s := serving(t, p.url)
			if _, ok := acknowledged(s.upsert("a")); !ok {
				t.Fatal("not written")
			}
			if a := s.ask(recorded); a.status != 200 || a.Extensions.StaleSince != "" {
				t.Fatalf("before: %+v", a)
			}
			gone := time.Now()
			broken.away(p)
			until(t, "the store is known to be away", func() bool { return s.st.Away() != nil })
			until(t, "answers say since when they may be old", func() bool { return s.ask(topology).Extensions.StaleSince != "" })

			a := s.ask(topology)
			since, err := time.Parse(time.RFC3339, a.Extensions.StaleSince)
			if a.status != 200 || len(a.Errors) > 0 || a.took > quick || err != nil || since.Before(gone.Add(-time.Second)) || since.After(gone.Add(time.Second)) {
				t.Errorf("what the topology answers: %+v, away since %s", a, gone.UTC())
			}
			for _, q := range []string{recorded, `mutation { upsertCIs(input: {items: [{ci: {ref: "server:b"}}]}) { revision } }`} {
				if a := s.ask(q); a.status != 503 || a.code() != "STORE_UNAVAILABLE" || a.took > quick {
					t.Errorf("%s: %+v", q, a)
				}
			}
			if status, body := s.ready(); status != 503 || body["reads"] != true || body["reason"] == nil || body["staleSince"] == nil {
				t.Errorf("ready: %d %v", status, body)
			}

			broken.back(p)
			until(t, "writes go well again", func() bool { _, ok := acknowledged(s.upsert("b")); return ok })
			until(t, "answers are fresh again", func() bool { a := s.ask(recorded); return a.status == 200 && a.Extensions.StaleSince == "" })
			until(t, "the service is ready again", func() bool { status, _ := s.ready(); return status == 200 })
			s.close(t)
			if err := goleak.Find(append(proxys, before)...); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestNeo4jThatIsAbsentAtTheStartIsWaitedFor(t *testing.T) {
	var databases neo4jtest.Databases
	address := databases.Empty(t)
	p := proxied(t, address)
	p.stop()
	s := serving(t, p.url)
	defer s.close(t)
	w := httptest.NewRecorder()
	if s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/healthz", nil)); w.Code != 200 {
		t.Errorf("health: %d", w.Code)
	}
	if status, body := s.ready(); status != 503 || body["reads"] != false || !strings.Contains(fmt.Sprint(body["reason"]), "cannot be reached") {
		t.Errorf("ready: %d %v", status, body)
	}
	for _, q := range []string{topology, recorded, `mutation { upsertCIs(input: {items: [{ci: {ref: "server:a"}}]}) { revision } }`} {
		if a := s.ask(q); a.status != 503 || a.code() != "STORE_UNAVAILABLE" || a.took > quick {
			t.Errorf("%s: %+v", q, a)
		}
	}
	p.start(t)
	until(t, "it is ready", func() bool { status, _ := s.ready(); return status == 200 })
	until(t, "it writes", func() bool { _, ok := acknowledged(s.upsert("a")); return ok })
	if a := s.ask(topology); a.status != 200 || len(a.Errors) > 0 {
		t.Errorf("%+v", a)
	}
}

// What waiting does not mend is no absence.
func TestAStoreThatCannotBeOpenedIsNotWaitedFor(t *testing.T) {
	var databases neo4jtest.Databases
	address := databases.Empty(t)
	p := proxied(t, address)
	if _, err := neo4jtest.Run(context.Background(), address, `CREATE (:Movie {title: 'The Matrix'})`); err != nil {
		t.Fatal(err)
	}
	open := func(ctx context.Context) (store.Store, error) { return neo4j.Open(ctx, p.url) }
	if _, err := store.Watch(context.Background(), open, store.WatchOptions{}); err == nil || !strings.Contains(err.Error(), "somebody else's graph") {
		t.Errorf("there at once: %v", err)
	}
	p.stop()
	gaveUp := make(chan error, 1)
	st, err := store.Watch(context.Background(), open, store.WatchOptions{GaveUp: func(err error) { gaveUp <- err }})
	if err != nil {
		t.Fatal(err)
	}
	follower, err := projection.Open(context.Background(), st, projection.Options{Wait: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = errors.Join(follower.Close(), st.Close()) }()
	p.start(t)
	select {
	case err := <-gaveUp:
		if !strings.Contains(err.Error(), "somebody else's graph") {
			t.Error(err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("nobody was told")
	}
	if _, err := st.Head(context.Background()); err == nil || !strings.Contains(err.Error(), "somebody else's graph") {
		t.Errorf("later: %v", err)
	}
}

// The program itself: it starts where Neo4j is not there, says so, and serves when it
// comes; where what comes is somebody else's, it ends and says that.
func TestServeStartsBeforeNeo4j(t *testing.T) {
	x := program(t)
	var databases neo4jtest.Databases
	address := databases.Empty(t)
	p := proxied(t, address)
	p.stop()
	s := x.serve(t, p.url)
	if r, err := http.Get(s.url + "/healthz"); err != nil || r.StatusCode != 200 || s.ready() {
		t.Errorf("%v %v, ready: %v", r, err, s.ready())
	}
	p.start(t)
	until(t, "it is ready", s.ready)
	s.does(t, upsert("a", ""))
	s.kill()
	if said := s.stderr.String(); !strings.Contains(said, "cannot be reached; it is waited for") || !strings.Contains(said, "the store answers again") || strings.Contains(said, "://neo4j:") {
		t.Errorf("it said %q", said)
	}

	p.stop()
	s = x.serve(t, p.url)
	if _, err := neo4jtest.Run(context.Background(), address, `MATCH (n) DETACH DELETE n`, `CREATE (:Movie {title: 'The Matrix'})`); err != nil {
		t.Fatal(err)
	}
	p.start(t)
	select {
	case <-s.ended:
	case <-time.After(30 * time.Second):
		t.Fatal("it goes on")
	}
	if said := s.stderr.String(); s.cmd.ProcessState.ExitCode() != 1 || !strings.Contains(said, "somebody else's graph") {
		t.Errorf("it ended with %d and said %q", s.cmd.ProcessState.ExitCode(), said)
	}
}
