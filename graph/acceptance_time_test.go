package graph_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/graph/graphtest"
	"pgregory.net/rapid"
)

// The acceptance cases of impact-semantics.md, section 9, that concern time, and its
// rules one by one. Times are minutes after graphtest.Now.

func minute(n int) time.Time { return graphtest.Now.Add(time.Duration(n) * time.Minute) }

func effect(ci string, kind graph.EffectKind, from, until int) graphtest.Effect {
	return graphtest.Effect{CI: ci, Kind: kind, From: minute(from), Until: minute(until)}
}

func outage(ci string, from, until int) graphtest.Effect {
	return effect(ci, graph.Outage, from, until)
}

// over assesses a window of minutes.
func over(t *testing.T, g graphtest.Graph, from, until int, e ...graphtest.Effect) *graph.Assessment {
	t.Helper()
	a, err := graph.Assess(g.Snapshot, graph.Scenario{Effects: graphtest.Effects(e).Of(g.Model)},
		graph.Options{Now: graphtest.Now, Window: &graph.Window{From: minute(from), Until: minute(until)}})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// line writes a timeline: "0 OPERATIONAL, 20 DOWN, 30 OPERATIONAL"; where the
// baseline differs it stands before the state: "DOWN>DOWN".
func line(a *graph.Assessment, id graph.ID) string {
	var out []string
	for _, x := range a.Timeline(id) {
		state := x.Scenario.String()
		if x.Baseline > graph.Operational {
			state = x.Baseline.String() + ">" + state
		}
		out = append(out, fmt.Sprintf("%d %s", int(x.From.Sub(graphtest.Now).Minutes()), state))
	}
	return strings.Join(out, ", ")
}

func lines(t *testing.T, g graphtest.Graph, a *graph.Assessment, want map[string]string) {
	t.Helper()
	for ci, w := range want {
		if got := line(a, g.ID(ci)); got != w {
			t.Errorf("%s: %s, want %s", ci, got, w)
		}
	}
}

func TestCase03ACycleClearsWhenItsCauseEnds(t *testing.T) {
	t.Parallel()
	g := graphtest.New(t, `
		a -> b -> a
		a -> power
	`)
	follows := "0 OPERATIONAL, 10 DOWN, 20 OPERATIONAL"
	lines(t, g, over(t, g, 0, 60, outage("power", 10, 20)), map[string]string{"power": follows, "a": follows, "b": follows})
}

func TestCase04TwoLegsInOverlappingAndDisjointWindows(t *testing.T) {
	t.Parallel()
	g := graphtest.New(t, "svc => any(a, b)")
	lines(t, g, over(t, g, 0, 60, outage("a", 0, 20), outage("b", 10, 30)), map[string]string{
		"svc": "0 AT_RISK, 10 DOWN, 20 AT_RISK, 30 OPERATIONAL"})
	lines(t, g, over(t, g, 0, 60, outage("a", 0, 20), outage("b", 20, 30)), map[string]string{
		"svc": "0 AT_RISK, 30 OPERATIONAL"})
}

func TestCase06AChangeInThreeMonthsDoesNotAffectToday(t *testing.T) {
	t.Parallel()
	g := graphtest.New(t, "svc -> a")
	later := graphtest.Effect{CI: "a", Kind: graph.Outage, From: graphtest.Now.AddDate(0, 3, 0), Until: graphtest.Now.AddDate(0, 3, 1)}
	if got := impacted(g, over(t, g, 0, 24*60, later)); got != "" {
		t.Errorf("today: %s", got)
	}
}

func TestCase07GraceOfAPowerSupply(t *testing.T) {
	t.Parallel()
	g := graphtest.New(t, "svc -> ups grace 20m")
	lines(t, g, over(t, g, 0, 60, outage("ups", 0, 10)), map[string]string{"svc": "0 AT_RISK, 10 OPERATIONAL"})
	lines(t, g, over(t, g, 0, 60, outage("ups", 0, 30)), map[string]string{"svc": "0 AT_RISK, 20 DOWN, 30 OPERATIONAL"})
	lines(t, g, over(t, g, 0, 60, outage("ups", 0, 20)), map[string]string{"svc": "0 AT_RISK, 20 OPERATIONAL"})

	t.Run("without a window it is DOWN, in 20 minutes", func(t *testing.T) {
		a := assess(t, g, graphtest.Outage("ups"))
		if got, want := impacted(g, a), "ups DOWN 0, svc DOWN 1"; got != want {
			t.Errorf("impacted: %s, want %s", got, want)
		}
		for ci, want := range map[string]time.Duration{"ups": 0, "svc": 20 * time.Minute} {
			if got, ok := a.After(g.ID(ci)); !ok || got != want {
				t.Errorf("%s after %s (%t), want %s", ci, got, ok, want)
			}
		}
	})
	t.Run("a window that begins later knows what grace is used up", func(t *testing.T) {
		lines(t, g, over(t, g, 0, 60, outage("ups", -15, 30)), map[string]string{"svc": "0 AT_RISK, 5 DOWN, 30 OPERATIONAL"})
		lines(t, g, over(t, g, 0, 60, outage("ups", -600, 30)), map[string]string{"svc": "0 DOWN, 30 OPERATIONAL"})
	})
	t.Run("a short outage does not add to one before", func(t *testing.T) {
		lines(t, g, over(t, g, 0, 90, outage("ups", 0, 15), outage("ups", 16, 31)), map[string]string{
			"svc": "0 AT_RISK, 15 OPERATIONAL, 16 AT_RISK, 31 OPERATIONAL"})
	})
	t.Run("grace adds up along a chain", func(t *testing.T) {
		g := graphtest.New(t, `
			svc -> srv grace 5m
			srv -> ups grace 20m
		`)
		lines(t, g, over(t, g, 0, 60, outage("ups", 0, 40)), map[string]string{
			"srv": "0 AT_RISK, 20 DOWN, 40 OPERATIONAL", "svc": "0 AT_RISK, 25 DOWN, 40 OPERATIONAL"})
	})
}

func TestCase15TheSameWorstAtAnotherTimeIsReported(t *testing.T) {
	t.Parallel()
	g := graphtest.New(t, "svc -> old from 2026-01-01T12:10:00Z until 2026-01-01T12:11:00Z\nsvc -> a\nold is SUSPENDED")
	a := over(t, g, 0, 60, outage("a", 30, 45))
	lines(t, g, a, map[string]string{"svc": "0 OPERATIONAL, 10 DOWN>DOWN, 11 OPERATIONAL, 30 DOWN, 45 OPERATIONAL"})
	if got, want := impacted(g, a), "a DOWN 0, svc DOWN 1"; got != want {
		t.Errorf("impacted: %s, want %s", got, want)
	}
	if got := a.At(g.ID("svc")); !got.Equal(minute(30)) {
		t.Errorf("svc is worst at %s, want at minute 30", got)
	}
}

func TestARestartNeedsWhatItStartsWith(t *testing.T) {
	t.Parallel()
	g := graphtest.New(t, `
		user -> svc
		svc -> registry start
	`)
	for _, x := range []struct {
		name    string
		effects []graphtest.Effect
		want    string
	}{
		{"what runs only loses the ability to start again", []graphtest.Effect{outage("registry", 5, 20)}, "0 OPERATIONAL, 5 AT_RISK, 20 OPERATIONAL"},
		{"a restart while it is there", []graphtest.Effect{effect("svc", graph.Restart, 10, 12)}, "0 OPERATIONAL, 10 DOWN, 12 OPERATIONAL"},
		{"what cannot start does not come back", []graphtest.Effect{effect("svc", graph.Restart, 10, 12), outage("registry", 5, 20)},
			"0 OPERATIONAL, 5 AT_RISK, 10 DOWN, 20 OPERATIONAL"},
		{"an outage after the start is over", []graphtest.Effect{effect("svc", graph.Restart, 10, 12), outage("registry", 12, 20)},
			"0 OPERATIONAL, 10 DOWN, 20 OPERATIONAL"},
		{"once started it stays", []graphtest.Effect{effect("svc", graph.Restart, 10, 12), outage("registry", 13, 20)},
			"0 OPERATIONAL, 10 DOWN, 12 OPERATIONAL, 13 AT_RISK, 20 OPERATIONAL"},
	} {
		t.Run(x.name, func(t *testing.T) {
			lines(t, g, over(t, g, 0, 60, x.effects...), map[string]string{"user": x.want})
		})
	}
}

func TestPinsAndMembersHaveTheirTime(t *testing.T) {
	t.Parallel()
	g := graphtest.New(t, `
		svc -> a
		svc is pinned until 2026-01-01T12:15:00Z
		two => any(a, b until 2026-01-01T12:20:00Z)
	`)
	lines(t, g, over(t, g, 0, 60, outage("a", 10, 30)), map[string]string{
		"svc": "0 OPERATIONAL, 15 DOWN, 30 OPERATIONAL",
		"two": "0 OPERATIONAL, 10 AT_RISK, 20 AT_RISK>DOWN, 30 AT_RISK>AT_RISK"})
}

func TestOverrun(t *testing.T) {
	t.Parallel()
	g := graphtest.New(t, "svc -> ups grace 20m")
	sc := graph.Scenario{Effects: graphtest.Effects{outage("ups", 0, 15)}.Of(g.Model)}
	longer, err := sc.Overrun(50)
	if err != nil {
		t.Fatal(err)
	}
	if got := longer.Effects[0].Until; !got.Equal(minute(22).Add(30 * time.Second)) {
		t.Errorf("15 minutes and half of them end at %s", got)
	}
	a, err := graph.Assess(g.Snapshot, longer, graph.Options{Now: graphtest.Now, Window: &graph.Window{From: minute(0), Until: minute(60)}})
	if err != nil {
		t.Fatal(err)
	}
	if _, to := a.States(g.ID("svc")); to != graph.Down {
		t.Errorf("svc is %s, want DOWN", to)
	}
	for _, percent := range []int{-1, 10_001} {
		if _, err := sc.Overrun(percent); !graph.IsKind(err, graph.Invalid) {
			t.Errorf("%d%%: %v", percent, err)
		}
	}
}

func TestBadIntervals(t *testing.T) {
	t.Parallel()
	g := graphtest.New(t, "svc -> a grace 300m")
	for _, x := range []struct {
		name        string
		from, until int
		effect      graphtest.Effect
		want        string
	}{
		{"an empty window", 10, 10, outage("a", 0, 1), "the window from 2026-01-01T12:10:00Z until 2026-01-01T12:10:00Z is empty"},
		{"a reversed window", 10, 0, outage("a", 0, 1), "the window from 2026-01-01T12:10:00Z until 2026-01-01T12:00:00Z is empty"},
		{"an empty effect", 0, 10, outage("a", 5, 5), "effect 0 from 2026-01-01T12:05:00Z until 2026-01-01T12:05:00Z is empty"},
		{"a reversed effect", 0, 10, outage("a", 5, 4), "effect 0 from 2026-01-01T12:05:00Z until 2026-01-01T12:04:00Z is empty"},
		{"a removal that ends", 0, 10, effect("a", graph.Remove, 5, 6), "effect 0 is a removal, which has no end"},
	} {
		t.Run(x.name, func(t *testing.T) {
			_, err := graph.Assess(g.Snapshot, graph.Scenario{Effects: graphtest.Effects{x.effect}.Of(g.Model)},
				graph.Options{Now: graphtest.Now, Window: &graph.Window{From: minute(x.from), Until: minute(x.until)}})
			if !graph.IsKind(err, graph.Invalid) || !strings.HasPrefix(err.Error(), x.want) {
				t.Errorf("%v, want %s", err, x.want)
			}
		})
	}
	t.Run("an interval without a window", func(t *testing.T) {
		_, err := graph.Assess(g.Snapshot, graph.Scenario{Effects: graphtest.Effects{outage("a", 0, 1)}.Of(g.Model)}, graph.Options{Now: graphtest.Now})
		if !graph.IsKind(err, graph.Invalid) {
			t.Errorf("%v", err)
		}
	})
	t.Run("outside the window nothing is reported", func(t *testing.T) {
		if got := impacted(g, over(t, g, 20, 30, outage("a", 0, 10), outage("a", 40, 50))); got != "" {
			t.Error(got)
		}
	})
	t.Run("grace longer than the window", func(t *testing.T) {
		lines(t, g, over(t, g, 0, 60, outage("a", 0, 60)), map[string]string{"svc": "0 AT_RISK"})
	})
}

func TestManyBoundariesGiveAnExplicitPartialAnswer(t *testing.T) {
	t.Parallel()
	g := graphtest.New(t, "svc -> a")
	var effects graphtest.Effects
	for k := range 100_000 {
		effects = append(effects, graphtest.Effect{CI: "a", Kind: graph.Outage, From: minute(2 * k), Until: minute(2*k + 1)})
	}
	a := over(t, g, 0, 1_000_000, effects...)
	if w := a.Window(); a.Complete() || !w.Until.Equal(minute(20_000)) {
		t.Errorf("complete: %t, solved until %s", a.Complete(), w.Until)
	}
	if got, want := impacted(g, a), "a DOWN 0, svc DOWN 1"; got != want {
		t.Errorf("impacted: %s, want %s", got, want)
	}
}

func TestALongerOutageNeverImproves(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := graphtest.Decorated().Draw(t, "graph")
		for i := range m.Relations {
			m.Relations[i].Start = false // what starts earlier may start where it would not have later
		}
		s := snapshot(t, m)
		e := graphtest.DrawTimedEffects(t, m)
		k := rapid.IntRange(0, len(e)-1).Draw(t, "longer")
		longer := append(graphtest.Effects{}, e...)
		if longer[k].Until.IsZero() {
			t.Skip("it has no end")
		}
		longer[k].Until = longer[k].Until.Add(7 * time.Minute)
		window := graphtest.DrawWindow(t)
		short, long := assessed(t, m, s, e, window), assessed(t, m, s, longer, window)
		for name := range m.CIs {
			id := m.ID(name)
			for at := window.From; at.Before(window.Until); at = at.Add(time.Minute) {
				if x, y := stateAt(short, id, at), stateAt(long, id, at); y < x {
					t.Fatalf("%s at %s improves from %s to %s\n%swith %v", name, at, x, y, m, e)
				}
			}
		}
	})
}

func assessed(t fataler, m *graphtest.Model, s *graph.Snapshot, e graphtest.Effects, w graph.Window) *graph.Assessment {
	a, err := graph.Assess(s, graph.Scenario{Effects: e.Of(m)}, graph.Options{Now: graphtest.Now, Window: &w})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func stateAt(a *graph.Assessment, id graph.ID, at time.Time) graph.State {
	for _, x := range a.Timeline(id) {
		if !at.Before(x.From) && at.Before(x.Until) {
			return x.Scenario
		}
	}
	return graph.Operational
}
