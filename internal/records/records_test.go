package records_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/projection"
	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/internal/store/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var background = context.Background()

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// ledger opens one more ledger on the file, as another process would. The test
// ends with a check of all that the store holds, and of its projection.
func ledger(t testing.TB, path string) *records.Ledger {
	t.Helper()
	st, err := sqlite.Open(background, path)
	must(t, err)
	p, err := projection.Open(background, st, projection.Options{Poll: 20 * time.Millisecond})
	must(t, err)
	t.Cleanup(func() {
		report, err := store.Check(background, st)
		must(t, err)
		for _, f := range report.Broken {
			t.Errorf("Check: %s", f)
		}
		s, err := p.Await(background, report.Head.Revision)
		must(t, err)
		if s.Head().Hash != report.Head.Hash || s.Len() != report.Living || s.RelationCount() != report.Relations {
			t.Errorf("the projection has %d nodes and %d relations at revision %d, the store %d and %d at %d",
				s.Len(), s.RelationCount(), s.Revision(), report.Living, report.Relations, report.Head.Revision)
		}
		must(t, p.Close())
		must(t, st.Close())
	})
	return records.New(st, p, time.Now)
}

func fresh(t testing.TB) *records.Ledger {
	t.Helper()
	return ledger(t, filepath.Join(t.TempDir(), "faultline.db"))
}

func named(class, name string) graph.NodeRef {
	return graph.NodeRef{Ref: graph.Ref{Class: class, Scope: graph.DefaultScope, Name: name}}
}

func server(name string) graph.PutNode      { return graph.PutNode{Node: named("server", name)} }
func application(name string) graph.PutNode { return graph.PutNode{Node: named("application", name)} }

func runsOn(app, host string) graph.PutRelation {
	return graph.PutRelation{From: named("application", app), Type: "RUNS_ON", To: named("server", host)}
}

func batch(ops ...graph.Operation) graph.Batch {
	return graph.Batch{Actor: "tester", Source: graph.ManualSource, Message: "a test", Ops: ops}
}

type ops = []graph.Operation

func list(items ...ops) (out []records.Item) {
	for _, i := range items {
		out = append(out, records.Item{Ops: i})
	}
	return out
}

func TestACommitIsVisibleAtOnce(t *testing.T) {
	l := fresh(t)
	r, err := l.Commit(background, batch(server("web"), application("shop"), runsOn("shop", "web")))
	must(t, err)
	if r.Revision != 1 || len(r.Plan.Effects) != 3 || r.Snapshot.Len() != 2 || r.Snapshot.RelationCount() != 1 {
		t.Errorf("revision %d, %d effects, %d nodes", r.Revision, len(r.Plan.Effects), r.Snapshot.Len())
	}
	if s := l.Projection().Snapshot(); s.Revision() != 1 {
		t.Errorf("published is revision %d", s.Revision())
	}
}

func TestTheSameAgainWritesNothing(t *testing.T) {
	l := fresh(t)
	b := batch(server("web"), application("shop"), runsOn("shop", "web"))
	_, err := l.Commit(background, b)
	must(t, err)
	r, err := l.Commit(background, b)
	must(t, err)
	if r.Revision != 1 || len(r.Plan.Changes) != 0 || r.Plan.Effects[2].Outcome != graph.Unchanged {
		t.Errorf("revision %d, %d changes", r.Revision, len(r.Plan.Changes))
	}
}

func TestARefusalNamesItsOperationAndWritesNothing(t *testing.T) {
	l := fresh(t)
	_, err := l.Commit(background, batch(server("web"), runsOn("shop", "web")))
	if e := graph.AsError(err); e.Op != 1 || e.Kind == graph.Internal {
		t.Errorf("operation %d: %v", e.Op, err)
	}
	if h, err := l.Store().Head(background); err != nil || h.Revision != 0 {
		t.Errorf("revision %d, %v", h.Revision, err)
	}
}

func TestAPlanWritesNothing(t *testing.T) {
	l := fresh(t)
	plan, s, err := l.Plan(background, batch(server("web")))
	must(t, err)
	if len(plan.Changes) != 1 || s.Revision() != 0 {
		t.Errorf("%d changes on revision %d", len(plan.Changes), s.Revision())
	}
}

func TestARunWritesNothingTwiceAndIsClosed(t *testing.T) {
	l := fresh(t)
	chunk := func(k int, ops ...graph.Operation) graph.Head {
		b := batch(ops...)
		b.Run = &graph.Run{Hash: "h", Source: "cmdb", Chunk: k, Chunks: 3}
		r, err := l.Commit(background, b)
		must(t, err)
		return r.Snapshot.Head()
	}
	if h := chunk(0, server("a")); len(h.OpenRuns) != 1 {
		t.Errorf("open runs %v", h.OpenRuns)
	}
	// Killed here, and run again.
	chunk(0, server("a"))
	chunk(1, server("b"))
	if h := chunk(2); len(h.OpenRuns) != 0 || h.Revision != 3 {
		t.Errorf("revision %d, open runs %v", h.Revision, h.OpenRuns)
	}
	for k := range 3 {
		if h := chunk(k, server("a"), server("b")); h.Revision != 3 {
			t.Errorf("chunk %d of the repeat made revision %d", k, h.Revision)
		}
	}
}

func TestPartialLeavesOutWhatIsRefused(t *testing.T) {
	for _, bad := range []int{1, 2, 3, 7} { // every bad-th item is refused
		t.Run(fmt.Sprint("every ", bad), func(t *testing.T) {
			l := fresh(t)
			var items [][]graph.Operation
			for i := range 60 {
				name := fmt.Sprint("s", i)
				if i%bad == 0 {
					items = append(items, []graph.Operation{server(name), runsOn("nobody", name)})
				} else {
					items = append(items, []graph.Operation{server(name), application("of-" + name), runsOn("of-"+name, name)})
				}
			}
			r, err := l.CommitItems(background, batch(), list(items...), false, nil)
			must(t, err)
			for i, item := range r.Items {
				refused := i%bad == 0
				switch {
				case refused && (item.Err == nil || item.Err.Op != 1 || item.Effects != nil):
					t.Errorf("item %d: %+v", i, item)
				case !refused && (item.Err != nil || len(item.Effects) != 3 || item.Effects[0].Outcome != graph.Created):
					t.Errorf("item %d: %+v", i, item)
				}
				if _, there := r.Snapshot.Lookup(server(fmt.Sprint("s", i)).Node.Ref); there == refused {
					t.Errorf("item %d is there: %v", i, there)
				}
			}
			if want := graph.Revision(min(1, bad-1)); r.Revision != want {
				t.Errorf("revision %d", r.Revision)
			}
		})
	}
}

func TestPartialItemsSeeTheOnesBefore(t *testing.T) {
	l := fresh(t)
	r, err := l.CommitItems(background, batch(), list(
		ops{server("a")},
		ops{runsOn("nobody", "a")}, // refused
		ops{graph.Rename{Node: named("server", "a"), Name: "b"}},
		ops{runsOn("nobody", "b")}, // refused
		ops{application("shop")},
		ops{runsOn("shop", "b")},
		ops{graph.Retire{Node: named("server", "nobody")}}, // refused
		ops{graph.PutKey{Node: named("server", "b"), Key: graph.Key{Source: "k", Value: "1"}}},
		ops{graph.ClaimAttributes{Node: graph.NodeRef{Key: graph.Key{Source: "k", Value: "1"}}, Attributes: map[string]graph.Value{"environment": graph.StringValue("test")}}},
	), false, nil)
	must(t, err)
	for i, item := range r.Items {
		if want := i == 1 || i == 3 || i == 6; (item.Err != nil) != want {
			t.Errorf("item %d: %v", i, item.Err)
		}
	}
	if r.Snapshot.RelationCount() != 1 || r.Revision != 1 {
		t.Errorf("%d relations at revision %d", r.Snapshot.RelationCount(), r.Revision)
	}
}

func TestAtomicWritesNothingWhereOneIsRefused(t *testing.T) {
	l := fresh(t)
	r, err := l.CommitItems(background, batch(), list(ops{server("a")}, ops{server("b"), runsOn("nobody", "a")}, ops{server("c")}), true, nil)
	must(t, err)
	if r.Revision != 0 || r.Items[0].Err != nil || r.Items[0].Effects != nil || r.Items[1].Err == nil || r.Items[1].Err.Op != 1 || r.Items[2].Err != nil {
		t.Errorf("revision %d: %+v", r.Revision, r.Items)
	}
	r, err = l.CommitItems(background, batch(), list(ops{server("a")}, ops{server("b")}), true, nil)
	must(t, err)
	if r.Revision != 1 || r.Items[1].Effects[0].Outcome != graph.Created {
		t.Errorf("revision %d: %+v", r.Revision, r.Items)
	}
}

func TestTooManyOperationsAreRefused(t *testing.T) {
	l := fresh(t)
	items := make([][]graph.Operation, graph.MaxOperations+1)
	for i := range items {
		items[i] = []graph.Operation{server(fmt.Sprint("s", i))}
	}
	_, err := l.CommitItems(background, batch(), list(items...), false, nil)
	if !graph.IsKind(err, graph.LimitExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestAClockThatWasSetBackDoesNotReorderHistory(t *testing.T) {
	l := fresh(t)
	now := time.Date(2026, 1, 1, 0, 0, 0, 123456789, time.UTC)
	l = records.New(l.Store(), l.Projection(), func() time.Time { return now })
	first, err := l.Commit(background, batch(server("a")))
	must(t, err)
	now = now.Add(-time.Hour)
	second, err := l.Commit(background, batch(server("b")))
	must(t, err)
	if at := second.Snapshot.Head().At; at.Before(first.Snapshot.Head().At) || at.Nanosecond() != 123456000 {
		t.Errorf("%s after %s", at, first.Snapshot.Head().At)
	}
}

// Two ledgers on one file, each with several writers: every acknowledged effect
// holds, every rule too.
func TestTwoLedgersOnOneFileUnderLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "faultline.db")
	ledgers := []*records.Ledger{ledger(t, path), ledger(t, path)}
	_, err := ledgers[0].Commit(background, batch(application("shop")))
	must(t, err)
	const writers, each = 6, 40
	var wg sync.WaitGroup
	for w := range writers {
		l := ledgers[w%2]
		wg.Go(func() {
			for i := range each {
				name := fmt.Sprint("s", i%20) // all writers upsert the same few
				ops := []graph.Operation{server(name), runsOn("shop", name)}
				if i%7 == 6 {
					ops = []graph.Operation{graph.Retire{Node: named("server", name)}}
				}
				r, err := l.Commit(background, batch(ops...))
				switch e := graph.AsError(err); {
				case err == nil:
					if r.Snapshot.Revision() < r.Revision {
						t.Errorf("a receipt of revision %d with a snapshot of %d", r.Revision, r.Snapshot.Revision())
					}
				case e.Kind == graph.Internal || e.Kind == graph.Unavailable:
					t.Errorf("writer %d: %v, %v", w, err, e.Cause)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestARehearsedPlanIsWrittenOnlyAtItsHead(t *testing.T) {
	l := fresh(t)
	h, err := l.Rehearse(background)
	must(t, err)
	first, err := h.Check(background, batch(server("a")))
	must(t, err)
	second, err := h.Check(background, batch(application("shop"), runsOn("shop", "a")))
	must(t, err)
	one, err := l.Prepare(batch(), first, l.Projection().Snapshot())
	must(t, err)
	two, err := l.Prepare(batch(), second, one.Snapshot())
	must(t, err)
	for _, c := range []struct {
		p        *records.Prepared
		moved    bool
		revision graph.Revision
	}{{two, true, 0}, {one, false, 1}, {one, true, 1}, {two, false, 2}} {
		moved, err := l.CommitPrepared(background, slices.Values([][]*records.Prepared{{c.p}}), func() {})
		must(t, err)
		if now := l.Projection().Snapshot().Revision(); moved != c.moved || now != c.revision {
			t.Errorf("moved %t, revision %d, want %t and %d", moved, now, c.moved, c.revision)
		}
	}
	if n := l.Projection().Snapshot().RelationCount(); n != 1 {
		t.Errorf("%d relations", n)
	}
	recs, err := l.Store().Records(background, graph.Wants{Nodes: []graph.ID{1, 2}})
	must(t, err)
	if recs.Nodes[1].Created != 1 || recs.Nodes[2].Created != 2 {
		t.Errorf("created in revisions %d and %d", recs.Nodes[1].Created, recs.Nodes[2].Created)
	}
}

// asked counts what a rehearsal asks the store for.
type asked struct {
	store.Store
	refs, records int
}

func (a *asked) Records(ctx context.Context, w graph.Wants) (graph.Records, error) {
	a.refs += len(w.Refs) + len(w.Keys)
	a.records += len(w.Nodes) + len(w.Relations) + len(w.Requirements)
	return a.Store.Records(ctx, w)
}

func TestARehearsalAsksOnlyForWhatTheStoreMayHave(t *testing.T) {
	l := fresh(t)
	rehearse := func(b graph.Batch) *asked {
		a := &asked{Store: l.Store()}
		h, err := records.New(a, l.Projection(), time.Now).Rehearse(background)
		must(t, err)
		_, err = h.Check(background, b)
		must(t, err)
		_, err = h.Check(background, batch(runsOn("shop", "a"), graph.PutRequirement{Of: named("application", "shop"), Name: "hosts", Rule: graph.Any}))
		must(t, err)
		_, err = h.Check(background, batch(runsOn("shop", "a"))) // its consumer and its requirement are rehearsed
		must(t, err)
		return a
	}
	b := batch(server("a"), application("shop"))
	if a := rehearse(b); a.refs+a.records > 0 {
		t.Errorf("of an empty store %d names and %d records were asked for", a.refs, a.records)
	}
	_, err := l.Commit(background, batch(server("a")))
	must(t, err)
	if a := rehearse(b); a.refs != 1 || a.records != 1 {
		t.Errorf("%d names and %d records were asked for, want the ref that may be a former one, and the server", a.refs, a.records)
	}
}

func TestARestoreSeesWhoHasItsKeyByNow(t *testing.T) {
	l := fresh(t)
	k := graph.Key{Source: "netbox", Value: "17"}
	_, err := l.Commit(background, batch(graph.PutNode{Node: named("server", "old"), Keys: []graph.Key{k}}))
	must(t, err)
	_, err = l.Commit(background, batch(graph.Retire{Node: named("server", "old")}, graph.PutNode{Node: named("server", "new"), Keys: []graph.Key{k}}))
	must(t, err)
	_, err = l.Commit(background, batch(graph.Restore{Node: named("server", "old")}))
	if e := graph.AsError(err); e.Kind != graph.Duplicate || e.Existing != 2 || e.Op != 0 {
		t.Errorf("%+v", e)
	}
}
