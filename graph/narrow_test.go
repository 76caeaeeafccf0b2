package graph_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/graph/graphtest"
)

// The other worlds of a window are solved only where it matters to what the scenario
// reaches. Asked for by itself, each is solved whole: what rises must be the same.
func TestOtherWorldsAreSolvedWhereItMatters(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := graphtest.Decorated().Draw(t, "graph")
		after := m.Clone()
		for range rapid.IntRange(0, 3).Draw(t, "edits") {
			graphtest.Edit(t, after)
		}
		for _, c := range m.CIs {
			if after.Name(c.ID) == "" {
				t.Skip("a scenario purges nothing")
			}
		}
		e, context, window := graphtest.DrawTimedEffects(t, m), graphtest.DrawTimedEffects(t, m), graphtest.DrawWindow(t)
		sc := graph.Scenario{Effects: e.Of(m), Context: context.Of(m), Patch: graphtest.Diff(m, after)}
		what := fmt.Sprintf("\n%swith %v in the context of %v patched to\n%s", m, e, context, after)
		s := snapshot(t, m)
		assess := func(w graph.World) *graph.Assessment {
			a, err := graph.Assess(s, sc, graph.Options{Now: graphtest.Now, Window: &window, World: w})
			if err != nil {
				t.Fatalf("%v%s", err, what)
			}
			return a
		}
		a := assess(graph.Headline)
		for _, w := range []graph.World{graph.Certain, graph.Possible} {
			if got, want := a.CountsIn(w), assess(w).Counts(); got != want {
				t.Fatalf("in %s %+v rise, solved whole %+v%s", w, got, want, what)
			}
		}
		listed := map[graph.ID]bool{}
		for _, i := range a.Impacted() {
			listed[i.CI] = true
		}
		var got, want []string
		for _, i := range a.PossibleOnly() {
			got = append(got, fmt.Sprint(i.CI, i.From, i.To))
		}
		for _, i := range assess(graph.Possible).Impacted() {
			if !listed[i.CI] {
				want = append(want, fmt.Sprint(i.CI, i.From, i.To))
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Fatalf("only possible is %v, solved whole %v%s", got, want, what)
		}
	})
}
