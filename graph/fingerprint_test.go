package graph_test

import (
	"testing"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/graph/graphtest"
)

// The same batch is planned twice over the small estate; what is committed between
// the two decides whether it still does, and breaks, the same.
func TestTheFingerprintOfAPlanTellsWhetherItDoesTheSame(t *testing.T) {
	patch := []op{put("server:new", "os", "BSD"), relate("application:shop RUNS_ON server:new"), put("database:orders", "environment", "test"), retire("power_feed:a")}
	for _, c := range []struct {
		name    string
		between []op
		changes bool // it does something else
		breaks  bool // it breaks something else
	}{
		{name: "nothing"},
		{name: "a CI made elsewhere, which takes the next id", between: []op{put("server:other")}},
		{name: "a CI elsewhere", between: []op{put("server:web", "os", "BSD"), rename("power_feed:b", "bb")}},
		{name: "what it creates", between: []op{put("server:new")}, changes: true},
		{name: "what it describes, otherwise", between: []op{put("database:orders", "environment", "production")}, changes: true},
		{name: "what it describes, by another source", between: []op{said("cmdb", put("database:orders", "description", "cold"))}, changes: true},
		{name: "what it describes, alike", between: []op{put("database:orders", "environment", "test")}, changes: true},
		{name: "another name of what it retires", between: []op{rename("power_feed:a", "left")}, changes: true},
		{name: "who depends on what it retires", between: []op{relate("server:db POWERED_BY power_feed:a")}, breaks: true},
		{name: "who depends on that", between: []op{relate("server:db POWERED_BY power_feed:a"), relate("database:orders RUNS_ON server:db")}, breaks: true},
		{name: "a dependency elsewhere", between: []op{relate("database:orders RUNS_ON server:db")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := world{t, graphtest.NewMemory()}
			w.commit(graph.Batch{Ops: estate()})
			changes, breaks := foreseen(w, patch)
			for _, o := range c.between {
				b := graph.Batch{Ops: []op{o}}
				if s, ok := o.(saying); ok {
					b = graph.Batch{Source: s.source, Ops: s.ops}
				}
				w.commit(b)
			}
			changesNow, breaksNow := foreseen(w, patch)
			if (changes != changesNow) != c.changes {
				t.Errorf("that it does something else is %t", changes != changesNow)
			}
			if (breaks != breaksNow) != c.breaks {
				t.Errorf("that it breaks something else is %t", breaks != breaksNow)
			}
		})
	}
}

// foreseen is what a batch would do and break now.
func foreseen(w world, ops []op) (changes, breaks graph.Hash) {
	w.Helper()
	plan, err := w.Plan(graph.Batch{Ops: ops})
	if err != nil {
		w.Fatal(err)
	}
	a, err := graph.Assess(w.Snapshot, graph.Scenario{Patch: plan.Changes}, graph.Options{})
	if err != nil {
		w.Fatal(err)
	}
	return plan.Fingerprint(w.Snapshot.Head()), a.Fingerprint(w.Snapshot.Head())
}

// An answer that was cut off is not the whole one, though it may list the same.
func TestTheFingerprintOfAnImpactTellsWhetherItIsWhole(t *testing.T) {
	g := graphtest.New(t, "web -> db\nshop ~> web\nwiki -o db")
	scenario := graph.Scenario{Effects: graphtest.Outage("db").Of(g.Model)}
	whole, err := graph.Assess(g.Snapshot, scenario, graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[graph.Hash]int{}
	for budget := 1; budget <= whole.EvaluatedRelations()+1; budget++ {
		a, err := graph.Assess(g.Snapshot, scenario, graph.Options{Budget: budget})
		if err != nil {
			t.Fatal(err)
		}
		if same := a.Fingerprint(g.Snapshot.Head()) == whole.Fingerprint(g.Snapshot.Head()); same != a.Complete() {
			t.Errorf("a budget of %d: complete is %t, the same is %t", budget, a.Complete(), same)
		}
		seen[a.Fingerprint(g.Snapshot.Head())]++
	}
	if len(seen) < 2 {
		t.Error("no budget was too small")
	}
}
