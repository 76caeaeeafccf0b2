package graph_test

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/graph/graphtest"
	"pgregory.net/rapid"
)

// together writes interactions: "svc DOWN 10 to 20 by A, B breaks any(a, b)".
func together(g graphtest.Graph, a *graph.Assessment) string {
	var out []string
	for _, x := range a.Joint().Interactions {
		text := fmt.Sprintf("%s %s %d to %d by %s", g.Name(x.CI), x.State, int(x.From.Sub(graphtest.Now).Minutes()), int(x.Until.Sub(graphtest.Now).Minutes()), strings.Join(x.Parties, ", "))
		if x.Breaks != nil {
			text += " breaks " + x.Breaks.Requirement.Name
		}
		out = append(out, text)
	}
	return strings.Join(out, "; ")
}

func by(party string, e graphtest.Effect) graphtest.Effect {
	e.Party = party
	return e
}

func TestCase04TheInteractionNamesBothAndTheOverlap(t *testing.T) {
	t.Parallel()
	g := graphtest.New(t, `
		svc => any(a, b)
		user -> svc
	`)
	got := together(g, over(t, g, 0, 60, by("A", outage("a", 0, 20)), by("B", outage("b", 10, 30))))
	if want := "svc DOWN 10 to 20 by A, B breaks any(a, b); user DOWN 10 to 20 by A, B breaks any(a, b)"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	a := over(t, g, 0, 60, by("A", outage("a", 0, 20)), by("B", outage("b", 20, 30)))
	if got := together(g, a); got != "" || len(a.Joint().MarginLost) > 0 {
		t.Errorf("in disjoint windows: %s, margin %v", got, a.Joint().MarginLost)
	}
	if got := a.Joint().Alone(g.ID("svc")); !slices.Equal(got, []string{"A"}) {
		t.Errorf("svc is first AT_RISK by %v alone, want by A", got)
	}
}

func TestCase04OnlyTheTripleInteracts(t *testing.T) {
	t.Parallel()
	g := graphtest.New(t, "svc => 1 of (a, b, c)")
	a := over(t, g, 0, 60, by("A", outage("a", 0, 30)), by("B", outage("b", 10, 40)))
	if got := together(g, a); got != "" || !slices.Equal(a.Joint().MarginLost, []graph.ID{g.ID("svc")}) {
		t.Errorf("a pair: %s, margin lost by %v, want by svc alone", got, a.Joint().MarginLost)
	}
	a = over(t, g, 0, 60, by("A", outage("a", 0, 30)), by("B", outage("b", 10, 40)), by("C", outage("c", 20, 50)))
	if got, want := together(g, a), "svc DOWN 20 to 30 by A, B, C breaks 1 of (a, b, c)"; got != want {
		t.Errorf("the triple: %s, want %s", got, want)
	}
	if got := a.Joint().Alone(g.ID("svc")); got != nil {
		t.Errorf("svc is DOWN by %v alone, want by nobody", got)
	}
}

// While the joint run stays as it is, the changes to whom that is owed may be others.
func TestTheSmallestSetIsThatOfTheTime(t *testing.T) {
	t.Parallel()
	g := graphtest.New(t, "svc => any(a, m)\nm => any(x, y)")
	a := over(t, g, 0, 60, by("A", outage("a", 0, 60)), by("B", outage("x", 0, 20)), by("C", outage("x", 10, 40)), by("D", outage("y", 0, 60)))
	want := "m DOWN 0 to 20 by B, D breaks any(x, y); svc DOWN 0 to 20 by A, B, D breaks any(a, m); " +
		"m DOWN 20 to 40 by C, D breaks any(x, y); svc DOWN 20 to 40 by A, C, D breaks any(a, m)"
	if got := together(g, a); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestChangesOfOnePartyDoNotInteract(t *testing.T) {
	t.Parallel()
	g := graphtest.New(t, "svc => any(a, b)")
	if got := together(g, over(t, g, 0, 60, by("A", outage("a", 0, 20)), by("A", outage("b", 10, 30)))); got != "" {
		t.Error(got)
	}
	if got, want := together(g, over(t, g, 0, 60, outage("a", 0, 20), outage("b", 10, 30))),
		"svc DOWN 10 to 20 by OUTAGE of application:a, OUTAGE of application:b breaks any(a, b)"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// An interaction of too many changes is named with all that have a part in it.
func TestFiveChangesTogether(t *testing.T) {
	t.Parallel()
	g := graphtest.New(t, "svc => any(a, b, c, d, e)")
	a := over(t, g, 0, 10, outage("a", 0, 10), outage("b", 0, 10), outage("c", 0, 10), outage("d", 0, 10), outage("e", 0, 10))
	j := a.Joint()
	if len(j.Interactions) != 1 || len(j.Interactions[0].Parties) != 5 || j.Complete {
		t.Errorf("%+v", j)
	}
}

func TestInteractionsAgreeWithTheOracle(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := graphtest.Decorated().Draw(t, "graph")
		s := snapshot(t, m)
		e, window := graphtest.DrawTimedEffects(t, m), graphtest.DrawWindow(t)
		compareJoint(t, m, s, e, window)
	})
}

// compareJoint looks at every minute: where the joint run is DEGRADED or DOWN and
// worse than each single run, an interaction must name a set of the least size.
func compareJoint(t fataler, m *graphtest.Model, s *graph.Snapshot, e graphtest.Effects, window graph.Window) {
	t.Helper()
	what := fmt.Sprintf("\n%swith %v from %s until %s", m, e, window.From, window.Until)
	a, err := graph.Assess(s, graph.Scenario{Effects: e.Of(m)}, graph.Options{Now: graphtest.Now, Window: &window})
	if err != nil {
		t.Fatalf("%v%s", err, what)
	}
	j := a.Joint()
	var parties []string
	of := make([]int, len(e))
	for k, x := range e {
		of[k] = slices.Index(parties, x.Party)
		if x.Party == "" || of[k] < 0 {
			of[k] = len(parties)
			parties = append(parties, x.Party)
		}
	}
	films := map[uint]graphtest.Film{}
	for set := uint(1); set < 1<<len(parties); set++ {
		var some graphtest.Effects
		for k, x := range e {
			if set>>of[k]&1 != 0 {
				some = append(some, x)
			}
		}
		films[set] = m.Shoot(some, window, graph.Headline, graphtest.Now)
	}
	all := uint(1)<<len(parties) - 1
	first := int(window.From.Sub(films[all].From) / time.Minute)
	for _, name := range m.Names() {
		for k := first; k < len(films[all].Scenario); k++ {
			at := films[all].From.Add(time.Duration(k) * time.Minute)
			state, single := films[all].Scenario[k][name], graph.Operational
			for p := range parties {
				single = max(single, films[1<<p].Scenario[k][name])
			}
			var got *graph.Interaction
			for i := range j.Interactions {
				if x := &j.Interactions[i]; x.CI == m.ID(name) && !at.Before(x.From) && at.Before(x.Until) {
					got = x
				}
			}
			if wanted := state >= graph.Degraded && state > single; wanted != (got != nil) {
				t.Fatalf("%s at %s is %s, alone at most %s: interaction %v%s", name, at.Sub(graphtest.Now), state, single, got, what)
			}
			if state == graph.AtRisk && state > single && !slices.Contains(j.MarginLost, m.ID(name)) {
				t.Fatalf("%s at %s lost its margin%s", name, at.Sub(graphtest.Now), what)
			}
			if got == nil {
				continue
			}
			least, named := len(parties), uint(0)
			for set := uint(1); set <= all; set++ {
				if films[set].Scenario[k][name] >= state {
					least = min(least, bits.OnesCount(set))
				}
			}
			for p := range parties {
				if slices.Contains(got.Parties, j.Parties[p]) {
					named |= 1 << p
				}
			}
			if got.State != state || len(got.Parties) != least || films[named].Scenario[k][name] < state {
				t.Fatalf("%s at %s is %s by %v, the oracle says %s by %d%s", name, at.Sub(graphtest.Now), got.State, got.Parties, state, least, what)
			}
		}
	}
}
