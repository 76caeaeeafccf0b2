package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/graph/graphtest"
)

func TestCapacityAgainstItsDemand(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, graph string
		failed      []string
		want        graph.State
	}{
		{"all are well", "svc => 15 units of (a holds 10, b holds 10)", nil, graph.Operational},
		{"as much as is needed", "svc => 20 units of (a holds 10, b holds 10)", nil, graph.Operational},
		{"the headroom is gone", "svc => 10 units of (a holds 10, b holds 10) headroom 10", []string{"a"}, graph.AtRisk},
		{"the headroom was never there", "svc => 20 units of (a holds 10, b holds 10) headroom 10", nil, graph.AtRisk},
		{"less than is needed", "svc => 15 units of (a holds 10, b holds 10)", []string{"a"}, graph.Degraded},
		{"half of what is needed", "svc => 20 units of (a holds 10, b holds 10)", []string{"a"}, graph.Degraded},
		{"less than half", "svc => 21 units of (a holds 10, b holds 10)", []string{"a"}, graph.Down},
		{"below another floor", "svc => 15 units of (a holds 10, b holds 10) floor 70", []string{"a"}, graph.Down},
		{"a great one fails", "svc => 15 units of (a holds 30, b holds 10, c holds 5)", []string{"a"}, graph.Operational},
		{"a degraded one has half", "svc => 15 units of (? a holds 10, b holds 10)", []string{"a"}, graph.Operational},
		{"and less", "svc => 15 units of (? a holds 10, b holds 10) degraded 40", []string{"a"}, graph.Degraded},
		{"a soft one at risk has all", "svc => 20 units of (~ a holds 10, b holds 10)", []string{"a"}, graph.Degraded},
		{"one that states nothing holds nothing", "svc => 10 units of (a holds 10, b)", []string{"a"}, graph.Down},
		{"nothing is needed", "svc => 0 units of (a holds 10)", []string{"a"}, graph.Operational},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			g := graphtest.New(t, c.graph)
			a := assess(t, g, graphtest.Outage(c.failed...))
			if _, to := a.States(g.ID("svc")); to != c.want {
				t.Errorf("%s with %v down: %s, want %s", c.graph, c.failed, to, c.want)
			}
		})
	}
}

// The demand is higher from 12:20 until 12:40: only then is one too few.
func TestDemandChangesOverTheWindow(t *testing.T) {
	t.Parallel()
	g := graphtest.New(t, `
		svc => 10 units of (a holds 10, b holds 10) at 2026-01-01T12:20:00Z 20 at 2026-01-01T12:40:00Z 10
	`)
	lines(t, g, over(t, g, 0, 60, outage("a", 0, 60)), map[string]string{"svc": "0 OPERATIONAL, 20 DEGRADED, 40 OPERATIONAL"})
	lines(t, g, over(t, g, 0, 60, outage("a", 30, 60)), map[string]string{"svc": "0 OPERATIONAL, 30 DEGRADED, 40 OPERATIONAL"})
}

func TestCapacityIsExplained(t *testing.T) {
	t.Parallel()
	g := graphtest.New(t, "svc => 15 units of (a holds 10, b holds 10, c holds 5) headroom 33")
	p := assess(t, g, graphtest.Outage("a", "c")).Why(g.ID("svc"))
	last := p.Rises[len(p.Rises)-1].Requirement
	if want := (graph.CapacityState{Demand: 15, Wanted: 20, Have: 10, Recorded: 25}); *last.Capacity != want || last.Left() != -1 {
		t.Errorf("%+v, %d left, want %+v, -1", *last.Capacity, last.Left(), want)
	}
}

func TestFailoversOfActivePassive(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, graph string
		effects     graphtest.Effects
		want        string
	}{
		{"the active one fails", "svc => active-passive(a, b)", graphtest.Effects{outage("a", 10, 20)}, "10 a>b"},
		{"the passive one fails", "svc => active-passive(a, b)", graphtest.Effects{outage("b", 10, 20)}, ""},
		{"nobody goes back by themselves", "svc => active-passive(a, b)", graphtest.Effects{outage("a", 10, 20), outage("b", 30, 40)}, "10 a>b, 30 b>a"},
		{"nobody is there", "svc => active-passive(a, b)", graphtest.Effects{outage("a", 10, 20), outage("b", 5, 30)}, ""},
		{"it has failed before", "svc => active-passive(a, b)\na is PLANNED", graphtest.Effects{outage("a", 10, 20)}, ""},
		{"it fails when the window begins", "svc => active-passive(a, b)", graphtest.Effects{outage("a", -5, 20)}, "0 a>b"},
		{"what it depends on fails", "svc => active-passive(a, b)\na -> power", graphtest.Effects{outage("power", 10, 20)}, "10 a>b"},
		{"grace holds it up", "svc => active-passive(a grace 5m, b)", graphtest.Effects{outage("a", 10, 20)}, "15 a>b"},
		{"another rule", "svc => any(a, b)", graphtest.Effects{outage("a", 10, 20)}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			g := graphtest.New(t, c.graph)
			var got []string
			for _, f := range over(t, g, 0, 60, c.effects...).Failovers() {
				got = append(got, fmt.Sprintf("%g %s>%s", f.At.Sub(graphtest.Now).Minutes(), g.Name(f.From), g.Name(f.To)))
			}
			if s := strings.Join(got, ", "); s != c.want {
				t.Errorf("%q, want %q", s, c.want)
			}
		})
	}
	t.Run("without a window", func(t *testing.T) {
		g := graphtest.New(t, "svc => active-passive(a, b)")
		if f := assess(t, g, graphtest.Outage("a")).Failovers(); len(f) != 1 || f[0].From != g.ID("a") || f[0].To != g.ID("b") || !f[0].At.IsZero() {
			t.Errorf("%+v", f)
		}
	})
}

func TestWhatNobodySaysAMemberHolds(t *testing.T) {
	t.Parallel()
	g := graphtest.New(t, "svc => 10 units of (a holds 20, b)")
	spots := slices.DeleteFunc(g.BlindSpots(), func(b graph.BlindSpot) bool { return b.Kind == graph.MissingRelation })
	if len(spots) != 1 || spots[0].Kind != graph.UnstatedCapacity || spots[0].CI != g.ID("svc") {
		t.Errorf("%+v", spots)
	}
}
