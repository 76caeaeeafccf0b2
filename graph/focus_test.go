package graph_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/graph/graphtest"
)

// With a focus on what effects on some CIs make worse, any scenario is there what it is
// without: the states at all times and in all worlds, how changes act on each other, and
// margins.
func TestAFocusChangesNothingOfWhatItIsAbout(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := graphtest.Decorated().Draw(t, "graph")
		mine, others, window := graphtest.DrawTimedEffects(t, m).Of(m), graphtest.DrawTimedEffects(t, m).Of(m), graphtest.DrawWindow(t)
		context := graphtest.DrawTimedEffects(t, m).Of(m)
		s := snapshot(t, m)
		for k := range mine {
			mine[k].Party = "mine"
		}
		for k := range others {
			others[k].Party = fmt.Sprint("other ", k%2)
		}
		var excluded []graph.ID
		for _, name := range rapid.SliceOfN(rapid.SampledFrom(m.Names()), 0, 1).Draw(t, "excluded") {
			excluded = append(excluded, m.ID(name))
		}
		focus := s.Focus(graphtest.Now, mine, slices.Concat(others, context))
		for _, effects := range [][]graph.OwnEffect{mine, others, slices.Concat(mine, others)} {
			told := func(f *graph.Focus) (out []string) {
				a, err := graph.Assess(s, graph.Scenario{Effects: effects, Context: context, Excluded: excluded}, graph.Options{Now: graphtest.Now, Window: &window, Focus: f})
				if err != nil {
					t.Fatal(err)
				}
				for id := range s.Nodes() {
					if !focus.Tells(id) {
						if from, to := a.States(id); to > from && f == nil && slices.Contains(a.Joint().Parties, "mine") && len(a.Joint().Parties) == 1 {
							t.Fatalf("nothing is told of %d, which gets worse", id)
						}
						continue
					}
					from, to := a.States(id)
					out = append(out, fmt.Sprint(id, from, to, a.Timeline(id), a.At(id)))
					if to > from { // of others, the worlds are told at the worst instant of all that is solved
						out = append(out, fmt.Sprint(a.In(graph.Certain, id), a.In(graph.Possible, id)))
					}
					if why := a.Why(id); why != nil {
						out = append(out, fmt.Sprint(why.From, why.To, len(why.Rises)))
					}
					if margin, err := a.Margin(id); err == nil {
						out = append(out, fmt.Sprint(margin))
					}
				}
				for _, i := range a.Joint().Interactions {
					if slices.Contains(i.Parties, "mine") || focus.Tells(i.CI) {
						out = append(out, fmt.Sprint(i.CI, i.State, i.From, i.Until, i.Parties))
					}
				}
				return out
			}
			if whole, narrow := told(nil), told(focus); !slices.Equal(whole, narrow) {
				t.Fatalf("of %v in the context of %v:\nwhole  %q\nnarrow %q\n%s", effects, context, whole, narrow, m)
			}
		}
		for _, e := range others {
			alone, err := graph.Assess(s, graph.Scenario{Effects: []graph.OwnEffect{e}}, graph.Options{Now: graphtest.Now, Window: &window})
			if err != nil {
				t.Fatal(err)
			}
			if !focus.Meets(e.CI) && slices.ContainsFunc(alone.Impacted(), func(i graph.Impacted) bool { return focus.Tells(i.CI) }) {
				t.Fatalf("%v meets what it hits:\n%s", e, m)
			}
		}
	})
}
