package graph_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/graph/graphtest"
)

// What happens outside of what an answer can depend on cannot change it: neither an edit
// of the graph nor another effect there.
func TestWhatIsNotAroundDoesNotMatter(t *testing.T) {
	t.Parallel()
	tried := 0
	rapid.Check(t, func(t *rapid.T) {
		m := graphtest.Decorated().Draw(t, "graph")
		after := m.Clone()
		for range rapid.IntRange(0, 2).Draw(t, "edits") {
			graphtest.Edit(t, after)
		}
		e, context, window := graphtest.DrawTimedEffects(t, m), graphtest.DrawTimedEffects(t, m).Of(m), graphtest.DrawWindow(t)
		effects := e.Of(m)
		before := snapshot(t, m)
		var ids []graph.ID
		for _, x := range effects {
			ids = append(ids, x.CI)
		}
		around := before.Around(ids...)
		for _, x := range ids {
			if !around.Has(x) {
				t.Fatalf("%d is not around itself", x)
			}
		}
		context = slices.DeleteFunc(context, func(x graph.OwnEffect) bool { return around.Has(x.CI) || after.Name(x.CI) == "" })
		for _, c := range graphtest.Diff(m, after) {
			for _, id := range touchedBy(&c) {
				if around.Has(id) {
					t.Skip("the edit is around it")
				}
			}
		}
		rises := func(s *graph.Snapshot, context []graph.OwnEffect) string {
			a, err := graph.Assess(s, graph.Scenario{Effects: effects, Context: context}, graph.Options{Now: graphtest.Now, Window: &window})
			if err != nil {
				t.Fatal(err)
			}
			out := fmt.Sprintln(a.CountsIn(graph.Certain), a.CountsIn(graph.Possible))
			for _, i := range a.Impacted() {
				out += fmt.Sprintln(i.CI, i.From, i.To, a.Timeline(i.CI))
			}
			return out
		}
		if len(context) > 0 || fmt.Sprint(m) != fmt.Sprint(after) {
			tried++
		}
		if was, is := rises(before, nil), rises(snapshot(t, after), context); was != is {
			t.Fatalf("an edit or effect elsewhere changes the answer\nfrom\n%sto\n%s%s\nwith %v, %v there, edited to\n%s", was, is, m, e, context, after)
		}
	})
	if tried < 10 {
		t.Errorf("only %d cases had something elsewhere", tried)
	}
}

func touchedBy(c *graph.Change) (out []graph.ID) {
	for _, n := range []*graph.Node{c.NodeWas, c.Node} {
		if n != nil {
			out = append(out, n.ID)
		}
	}
	for _, r := range []*graph.Relation{c.RelationWas, c.Relation} {
		if r != nil {
			out = append(out, r.From, r.To)
		}
	}
	for _, r := range []*graph.Requirement{c.RequirementWas, c.Requirement} {
		if r != nil {
			out = append(append(out, r.Consumer), r.Targets...)
		}
	}
	return out
}
