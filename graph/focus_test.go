package graph_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

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
		if rapid.IntRange(0, 3).Draw(t, "timeless") > 0 { // then a focus keeps what many scenarios have in common
			timeless(m, mine, others, context)
		}
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
		s.Focus(graphtest.Now, others, context).Meets(graph.Headline, mine[0].CI) // what it found out is used by the next one
		focus := s.Focus(graphtest.Now, mine, slices.Concat(others, context))
		for k, effects := range [][]graph.OwnEffect{mine, others, slices.Concat(mine, others)} {
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
						last, cause := why.Rises[len(why.Rises)-1], justification(a, id)
						if justified(last) != cause {
							t.Fatalf("%d rises by %s, proved is %s\n%s", id, cause, justified(last), m)
						}
						safe := a.SafeIf(id)
						out = append(out, cause, fmt.Sprint(safe.From, safe.To, safe.Sets, safe.Complete))
					}
					if slack, found := a.LeastSlack([]graph.ID{id}); found && k == 0 { // of what others hurt, nothing is told
						out = append(out, fmt.Sprint(slack))
					}
					if margin, err := a.Margin(id); err == nil {
						out = append(out, fmt.Sprint(margin))
					}
				}
				for _, i := range a.Joint().Interactions {
					if slices.Contains(i.Parties, "mine") || focus.Tells(i.CI) {
						out = append(out, fmt.Sprint(i.CI, i.State, i.From, i.Until, i.Parties, i.Breaks != nil && i.Breaks.State > graph.AtRisk))
						if i.Breaks != nil {
							out = append(out, fmt.Sprint(i.Breaks.Requirement.RequirementKey))
						}
					}
				}
				return out
			}
			if whole, narrow := told(nil), told(focus); !slices.Equal(whole, narrow) {
				t.Fatalf("of %v in the context of %v:\nwhole  %q\nnarrow %q\n%s", effects, context, whole, narrow, m)
			}
		}
		for _, e := range others {
			for _, w := range []graph.World{graph.Headline, graph.Possible, graph.Certain} {
				alone, err := graph.Assess(s, graph.Scenario{Effects: []graph.OwnEffect{e}}, graph.Options{Now: graphtest.Now, Window: &window, World: w})
				if err != nil {
					t.Fatal(err)
				}
				if !focus.Meets(w, e.CI) && slices.ContainsFunc(alone.Impacted(), func(i graph.Impacted) bool { return focus.Tells(i.CI) }) {
					t.Fatalf("%v meets what it hits, as %s:\n%s", e, w, m)
				}
			}
		}
	})
}

// justification is the cause of a CI that rose.
func justification(a *graph.Assessment, id graph.ID) string {
	j, _ := a.Cause(id)
	return justified(j)
}

func justified(j graph.Justification) string {
	text := fmt.Sprint(j.CI, j.State, j.Baseline, j.Kind, j.Relation, j.Provider, j.Effect)
	if j.Requirement != nil {
		text += fmt.Sprint(j.Requirement.Requirement.RequirementKey, j.Requirement.State)
		for _, m := range j.Requirement.Members { // in what state it is does not matter where nothing is passed on
			text += fmt.Sprint(" ", m.Link, m.State)
		}
	}
	return text
}

// timeless takes from a graph, and from effects on it, all that makes one instant another
// one but the effects.
func timeless(m *graphtest.Model, effects ...[]graph.OwnEffect) {
	for i := range m.Relations {
		r := &m.Relations[i]
		r.Grace, r.Start, r.Since, r.Till = 0, false, time.Time{}, time.Time{}
	}
	for name, ci := range m.CIs {
		ci.Until = time.Time{}
		m.CIs[name] = ci
	}
	for i := range m.Requirements {
		m.Requirements[i].Details.Steps = nil
	}
	for _, list := range effects {
		for k := range list {
			if list[k].Kind == graph.Restart {
				list[k].Kind = graph.Outage
			}
		}
	}
}
