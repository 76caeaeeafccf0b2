package graph_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/graph/graphtest"
	"pgregory.net/rapid"
)

func TestEngineAgreesWithTheOracleOnEvidenceValidityAndPhases(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := graphtest.Decorated().Draw(t, "graph")
		s := snapshot(t, m)
		for range 5 {
			q := graphtest.Question{Effects: graphtest.DrawEffects(t, m), Now: graphtest.Now}
			compare(t, m, s, q)
			worlds(t, m, s, q)
		}
	})
}

// worlds compares the three worlds, which are nested, at one instant.
func worlds(t fataler, m *graphtest.Model, s *graph.Snapshot, q graphtest.Question) {
	t.Helper()
	a, err := graph.Assess(s, graph.Scenario{Effects: q.Effects.Of(m)}, graph.Options{Now: q.Now})
	if err != nil {
		t.Fatalf("%v\n%s", err, m)
	}
	for _, name := range m.Names() {
		var got [3]graph.State
		for k, w := range []graph.World{graph.Certain, graph.Headline, graph.Possible} {
			got[k] = a.In(w, m.ID(name))
			want := m.SolveIn(graphtest.View{World: w, Now: q.Now, At: q.Now}, q.Effects)[name]
			if got[k] != want {
				t.Fatalf("%s is %s in %s, the oracle says %s\n%swith %v", name, got[k], w, want, m, q.Effects)
			}
		}
		if got[0] > got[1] || got[1] > got[2] {
			t.Fatalf("%s: the worlds are not nested: %v\n%swith %v", name, got, m, q.Effects)
		}
	}
}

func TestEngineAgreesWithTheOracleOnWindows(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := graphtest.Decorated().Draw(t, "graph")
		s := snapshot(t, m)
		for range 2 {
			compareWindow(t, m, s, graphtest.DrawTimedEffects(t, m), graphtest.DrawWindow(t))
		}
	})
}

// compareWindow compares every minute of a window, in every world.
func compareWindow(t fataler, m *graphtest.Model, s *graph.Snapshot, e graphtest.Effects, window graph.Window) {
	t.Helper()
	what := fmt.Sprintf("\n%swith %v from %s until %s", m, e, window.From, window.Until)
	a, err := graph.Assess(s, graph.Scenario{Effects: e.Of(m)}, graph.Options{Now: graphtest.Now, Window: &window})
	if err != nil {
		t.Fatalf("%v%s", err, what)
	}
	film := m.Shoot(e, window, graph.Headline, graphtest.Now)
	certain, possible := m.Shoot(e, window, graph.Certain, graphtest.Now), m.Shoot(e, window, graph.Possible, graphtest.Now)
	counts := graph.Counts{}
	rows := map[graph.ID]graph.Impacted{}
	for _, x := range a.Impacted() {
		rows[x.CI] = x
	}
	for _, name := range m.Names() {
		id := m.ID(name)
		minute, line := window.From, a.Timeline(id)
		for _, part := range line {
			if !part.From.Equal(minute) || !part.From.Before(part.Until) {
				t.Fatalf("%s: the timeline has a gap or an empty part at %s: %+v%s", name, minute, part, what)
			}
			for ; minute.Before(part.Until); minute = minute.Add(time.Minute) {
				k := int(minute.Sub(film.From) / time.Minute)
				if b, sc := film.Baseline[k][name], film.Scenario[k][name]; b != part.Baseline || sc != part.Scenario {
					t.Fatalf("%s at %s goes from %s to %s, the oracle says from %s to %s%s", name, minute.Sub(graphtest.Now), part.Baseline, part.Scenario, b, sc, what)
				}
			}
		}
		if line != nil && !minute.Equal(window.Until) {
			t.Fatalf("%s: the timeline ends at %s%s", name, minute, what)
		}
		from, to, at := film.Peak(name, window)
		row, listed := rows[id]
		if listed != (to > from) {
			t.Fatalf("%s is listed: %t, the oracle has it from %s to %s%s", name, listed, from, to, what)
		}
		if !listed {
			continue
		}
		switch to {
		case graph.Down:
			counts.Down++
		case graph.Degraded:
			counts.Degraded++
		case graph.AtRisk:
			counts.AtRisk++
		}
		if row.From != from || row.To != to || !a.At(id).Equal(at) {
			t.Fatalf("%s goes from %s to %s at %s, the oracle says from %s to %s at %s%s", name, row.From, row.To, a.At(id), from, to, at, what)
		}
		k := int(at.Sub(film.From) / time.Minute)
		if c, p := a.In(graph.Certain, id), a.In(graph.Possible, id); c != certain.Scenario[k][name] || p != possible.Scenario[k][name] {
			t.Fatalf("%s at its worst is %s to %s, the oracle says %s to %s%s", name, c, p, certain.Scenario[k][name], possible.Scenario[k][name], what)
		}
		if why := a.Why(id); why == nil || why.To != to || why.From != from || len(why.Rises) == 0 || why.Rises[len(why.Rises)-1].CI != id {
			t.Fatalf("why %s: %+v%s", name, why, what)
		}
	}
	if counts != a.Counts() {
		t.Fatalf("counts %+v, the oracle says %+v%s", a.Counts(), counts, what)
	}
}

func TestEngineAgreesWithTheOracleOnPatchesOverWindows(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := graphtest.Decorated().Draw(t, "graph")
		after := m.Clone()
		for range rapid.IntRange(1, 4).Draw(t, "edits") {
			graphtest.Edit(t, after)
		}
		for _, c := range m.CIs {
			if after.Name(c.ID) == "" {
				t.Skip("a scenario purges nothing")
			}
		}
		graphtest.Decorate(t, after)
		e, window := graphtest.DrawTimedEffects(t, after), graphtest.DrawWindow(t)
		what := fmt.Sprintf("\n%swith %v patched to\n%s", m, e, after)
		a, err := graph.Assess(snapshot(t, m), graph.Scenario{Effects: e.Of(after), Patch: graphtest.Diff(m, after)}, graph.Options{Now: graphtest.Now, Window: &window})
		if err != nil {
			t.Fatalf("%v%s", err, what)
		}
		film, was := after.Shoot(e, window, graph.Headline, graphtest.Now), m.Shoot(nil, window, graph.Headline, graphtest.Now)
		for _, name := range after.Names() {
			id := after.ID(name)
			for _, part := range a.Timeline(id) {
				for minute := part.From; minute.Before(part.Until); minute = minute.Add(time.Minute) {
					k := int(minute.Sub(film.From) / time.Minute)
					before := film.Baseline[k][name]
					if old := m.Name(id); old != "" {
						before = was.Baseline[k][old]
					}
					if now := film.Scenario[k][name]; before != part.Baseline || now != part.Scenario {
						t.Fatalf("%s at %s goes from %s to %s, the oracle says from %s to %s%s", name, minute.Sub(graphtest.Now), part.Baseline, part.Scenario, before, now, what)
					}
				}
			}
			if from, to := a.States(id); to > from && a.Why(id) == nil {
				t.Fatalf("why %s is nil%s", name, what)
			}
		}
	})
}

// What random graphs found, kept.
func TestWindowsThatWereWrongOnce(t *testing.T) {
	t.Parallel()
	// An outage that ended before all grace adds up to must not be taken as steady: the
	// cycle, which makes more of it than it gets, would keep it.
	g := graphtest.New(t, `
		a -[OXX]> b grace 1m
		b -> a grace 10m
	`)
	compareWindow(t, g.Model, g.Snapshot, graphtest.Effects{outage("a", -12, -11), {CI: "a", Kind: graph.Degradation, From: graphtest.Now.Add(-11 * time.Minute)},
		{CI: "a", Kind: graph.Remove}}, graph.Window{From: graphtest.Now, Until: graphtest.Now.Add(time.Minute)})

	// What only the patch makes waits for no restart in its baseline.
	was := graphtest.New(t, "a is retired")
	is := was.Model.Clone()
	is.Relate(graphtest.Relation{From: "new", To: "a", Passes: graphtest.Table{0, 1, 2, 3}, Grace: 10 * time.Minute, Start: true})
	a, err := graph.Assess(was.Snapshot, graph.Scenario{Effects: graphtest.Effects{{CI: "new", Kind: graph.Restart}}.Of(is), Patch: graphtest.Diff(was.Model, is)},
		graph.Options{Now: graphtest.Now, Window: &graph.Window{From: graphtest.Now, Until: graphtest.Now.Add(time.Hour)}})
	if err != nil {
		t.Fatal(err)
	}
	if why := a.Why(is.ID("new")); why == nil || why.To != graph.Down {
		t.Errorf("why: %+v", why)
	}
}
