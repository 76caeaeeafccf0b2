package graph_test

import (
	"strings"
	"testing"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/graph/graphtest"
	"pgregory.net/rapid"
)

// safe writes what makes a scenario safe: "KEEP_UP a | ADD_SPARE svc beside a".
func safe(g graphtest.Graph, a *graph.SafeIfAnswer) string {
	if a == nil {
		return "safe"
	}
	var sets []string
	for _, set := range a.Sets {
		var edits []string
		for _, e := range set {
			text := e.Kind.String() + " " + g.Name(e.CI)
			if e.Beside != 0 {
				text += " beside " + g.Name(e.Beside)
			}
			edits = append(edits, text)
		}
		sets = append(sets, strings.Join(edits, " + "))
	}
	return strings.Join(sets, " | ")
}

func TestSafeIf(t *testing.T) {
	t.Parallel()
	for _, x := range []struct{ name, text, outage, want string }{
		{"nothing happens to it", "svc -> a\nx -> b", "b", "safe"},
		{"one relation", "svc -> a", "a", "KEEP_UP a | ADD_SPARE svc beside a | MOVE svc beside a"},
		{"a shared rack", "svc => q: any(a, b)\na -> rack\nb -> rack", "rack",
			"KEEP_UP rack | ADD_SPARE a beside rack | MOVE a beside rack | KEEP_UP a | ADD_SPARE b beside rack | MOVE b beside rack | KEEP_UP b | ADD_SPARE svc beside a | MOVE svc beside a | ADD_SPARE svc beside b | MOVE svc beside b"},
		{"two legs that fail together", "svc -> a\nsvc -> b", "a b", "KEEP_UP a + KEEP_UP b | KEEP_UP a + ADD_SPARE svc beside b | KEEP_UP a + MOVE svc beside b | ADD_SPARE svc beside a + KEEP_UP b | ADD_SPARE svc beside a + ADD_SPARE svc beside b | ADD_SPARE svc beside a + MOVE svc beside b | MOVE svc beside a + KEEP_UP b | MOVE svc beside a + ADD_SPARE svc beside b | MOVE svc beside a + MOVE svc beside b"},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			g := graphtest.New(t, x.text)
			got := safe(g, assess(t, g, graphtest.Outage(strings.Fields(x.outage)...)).SafeIf(g.ID("svc")))
			if got != x.want {
				t.Errorf("%s, want %s", got, x.want)
			}
		})
	}
}

// Keeping a CI up by a pin is the same on the graph that people would make.
func TestSafeIfKeepsWhatItPromises(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := graphtest.Draw().Draw(t, "graph")
		s := snapshot(t, m)
		e := graphtest.DrawEffects(t, m)
		a, err := graph.Assess(s, graph.Scenario{Effects: e.Of(m)}, graph.Options{Now: graphtest.Now})
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range a.Impacted() {
			answer := a.SafeIf(x.CI)
			if answer == nil || answer.To != x.To {
				t.Fatalf("%s is hit, and %+v\n%s", m.Name(x.CI), answer, m)
			}
			for _, set := range answer.Sets {
				up := m.Clone()
				var left graphtest.Effects
				kept := map[graph.ID]bool{}
				for _, edit := range set {
					if edit.Kind != graph.KeepUp {
						kept = nil
						break
					}
					kept[edit.CI] = true
					up.Change(m.Name(edit.CI), func(c *graphtest.CI) { c.Pinned = true; c.Until = graphtest.Now.AddDate(1, 0, 0) })
				}
				if kept == nil {
					continue
				}
				for _, y := range e {
					if !kept[m.ID(y.CI)] {
						left = append(left, y)
					}
				}
				if got := up.Solve(left, graphtest.Now)[m.Name(x.CI)]; got > max(x.From, graph.AtRisk) {
					t.Fatalf("%s is %s with %+v\n%swith %v", m.Name(x.CI), got, set, m, e)
				}
			}
		}
	})
}
