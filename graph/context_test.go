package graph_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/graph/graphtest"
	"pgregory.net/rapid"
)

func TestTheContextIsNotBlamedOnTheScenario(t *testing.T) {
	t.Parallel()
	g := graphtest.New(t, `
		shop => any(a, b)
		a is a server
		b is a server
	`)
	at := func(hour int) time.Time { return time.Date(2026, 12, 1, hour, 0, 0, 0, time.UTC) }
	window := &graph.Window{From: at(8), Until: at(18)}
	a, err := graph.Assess(g.Snapshot, graph.Scenario{
		Effects: []graph.OwnEffect{{CI: g.ID("a"), From: at(9), Until: at(12)}},
		Context: []graph.OwnEffect{{CI: g.ID("b"), From: at(11), Until: at(14)}},
	}, graph.Options{Window: window})
	if err != nil {
		t.Fatal(err)
	}
	var line []string
	for _, x := range a.Timeline(g.ID("shop")) {
		line = append(line, fmt.Sprintf("%d %s->%s", x.From.Hour(), x.Baseline, x.Scenario))
	}
	want := []string{"8 OPERATIONAL->OPERATIONAL", "9 OPERATIONAL->AT_RISK", "11 AT_RISK->DOWN", "12 AT_RISK->AT_RISK", "14 OPERATIONAL->OPERATIONAL"}
	if !slices.Equal(line, want) {
		t.Errorf("%v, want %v", line, want)
	}
	for _, x := range a.Impacted() {
		if x.CI == g.ID("b") {
			t.Error("the outage of b is blamed on the scenario")
		}
	}
	if p := a.Why(g.ID("shop")); p == nil || len(p.Rises) != 3 || !p.Rises[1].Baseline {
		t.Errorf("the proof cites both outages, one of them of the baseline: %+v", p)
	}
}

func TestEngineAgreesWithTheOracleOnContext(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := graphtest.Decorated().Draw(t, "graph")
		s := snapshot(t, m)
		e, context, window := graphtest.DrawTimedEffects(t, m), graphtest.DrawTimedEffects(t, m), graphtest.DrawWindow(t)
		what := fmt.Sprintf("\n%swith %v in the context of %v from %s until %s", m, e, context, window.From, window.Until)
		a, err := graph.Assess(s, graph.Scenario{Effects: e.Of(m), Context: context.Of(m)}, graph.Options{Now: graphtest.Now, Window: &window})
		if err != nil {
			t.Fatalf("%v%s", err, what)
		}
		base := m.Shoot(context, window, graph.Headline, graphtest.Now)
		film := m.Shoot(slices.Concat(context, e), window, graph.Headline, graphtest.Now)
		for _, name := range m.Names() {
			for _, part := range a.Timeline(m.ID(name)) {
				for minute := part.From; minute.Before(part.Until); minute = minute.Add(time.Minute) {
					k := int(minute.Sub(film.From) / time.Minute)
					if b, sc := base.Scenario[k][name], film.Scenario[k][name]; b != part.Baseline || sc != part.Scenario {
						t.Fatalf("%s at %s goes from %s to %s, the oracle says from %s to %s%s", name, minute.Sub(graphtest.Now), part.Baseline, part.Scenario, b, sc, what)
					}
				}
			}
			if why := a.Why(m.ID(name)); why != nil && (len(why.Rises) == 0 || why.Rises[len(why.Rises)-1].CI != m.ID(name)) {
				t.Fatalf("why %s: %+v%s", name, why, what)
			}
		}
	})
}

func TestEngineAgreesWithTheOracleOnExclusions(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := graphtest.Draw().Draw(t, "graph")
		e := graphtest.DrawEffects(t, m)
		excluded := rapid.SliceOfNDistinct(rapid.SampledFrom(m.Names()), 0, 3, func(n string) string { return n }).Draw(t, "excluded")
		// Naively: an excluded CI is pinned, and has the state of the baseline by itself.
		before := m.Solve(nil, time.Time{})
		pinned, own := m.Clone(), slices.Clone(e)
		var ids []graph.ID
		for _, name := range excluded {
			ids = append(ids, m.ID(name))
			c := pinned.CIs[name]
			c.Pinned, c.Until = true, time.Time{}
			pinned.CIs[name] = c
			switch before[name] {
			case graph.AtRisk:
				own = append(own, graphtest.Effect{CI: name, Kind: graph.Failover})
			case graph.Degraded:
				own = append(own, graphtest.Effect{CI: name, Kind: graph.Degradation})
			case graph.Down:
				own = append(own, graphtest.Effect{CI: name, Kind: graph.Outage})
			}
		}
		a, err := graph.Assess(snapshot(t, m), graph.Scenario{Effects: e.Of(m), Excluded: ids}, graph.Options{})
		if err != nil {
			t.Fatal(err)
		}
		after := pinned.Solve(own, time.Time{})
		for _, name := range m.Names() {
			if got := a.In(graph.Headline, m.ID(name)); got != after[name] {
				t.Fatalf("%s is %s, the oracle says %s\n%swith %v excluding %v", name, got, after[name], m, e, excluded)
			}
		}
	})
}
