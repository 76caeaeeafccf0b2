package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/graph/graphtest"
)

// The numbers of sections 3 and 4, one line each: the requirement, what is down,
// and the state of svc.
func TestRequirementArithmetic(t *testing.T) {
	t.Parallel()
	for _, x := range []struct{ text, outage, before, want string }{
		{"svc => all(a, b)", "a", "OPERATIONAL", "DOWN"},
		{"svc => all(a) designed 2", "", "DOWN", "DOWN"},
		{"svc => any(a, b, c)", "a", "OPERATIONAL", "OPERATIONAL"},
		{"svc => any(a, b, c) spare 2", "a", "OPERATIONAL", "AT_RISK"},
		{"svc => any(a) spare 1", "", "AT_RISK", "AT_RISK"},
		{"svc => any(a)", "", "OPERATIONAL", "OPERATIONAL"},
		{"svc => any(a) greatest 2", "", "AT_RISK", "AT_RISK"},
		{"svc => any() greatest 2", "", "DOWN", "DOWN"},
		{"svc => 3 of ()", "", "OPERATIONAL", "OPERATIONAL"},
		{"svc => any() designed 1", "", "DOWN", "DOWN"},
		{"svc => 3 of (a, b)", "", "DOWN", "DOWN"},
		{"svc => 2 of (a, b, c)", "a", "OPERATIONAL", "AT_RISK"},
		{"svc => 2 of (a, b, c)", "a b", "OPERATIONAL", "DOWN"},
		{"svc => 50% of (a, b, c)", "a", "OPERATIONAL", "AT_RISK"},
		{"svc => 50% of (a, b, c)", "a b", "OPERATIONAL", "DOWN"},
		{"svc => 34% of (a, b, c)", "a", "OPERATIONAL", "AT_RISK"},
		{"svc => 33% of (a, b, c)", "a b", "OPERATIONAL", "AT_RISK"},
		{"svc => 50% of (a) designed 4", "", "DOWN", "DOWN"},
		{"svc => any(~a, ~b)", "a b", "OPERATIONAL", "DEGRADED"},
		{"svc => any(a, o b)", "a b", "OPERATIONAL", "AT_RISK"},
		{"svc => any(?a)", "a", "OPERATIONAL", "DEGRADED"},
		{"svc ~> a", "a", "OPERATIONAL", "DEGRADED"},
		{"svc ?> a", "a", "OPERATIONAL", "DEGRADED"},
		{"svc -o a", "a", "OPERATIONAL", "OPERATIONAL"},
		{"svc ~> m ~> a", "a", "OPERATIONAL", "AT_RISK"},
		{"svc -[OOX]> a", "a", "OPERATIONAL", "DOWN"},
		{"svc -> a\na is IN_TEST", "", "OPERATIONAL", "OPERATIONAL"},
		{"svc -> a\na is IN_BUILD", "", "DOWN", "DOWN"},
		{"svc -> a\nsvc is pinned", "a", "OPERATIONAL", "OPERATIONAL"},
		{"svc -> a\nsvc is pinned", "svc", "OPERATIONAL", "DOWN"},
		{"svc -> a\nsvc is pinned until 2026-01-01T12:00:00Z", "a", "OPERATIONAL", "DOWN"},
		{"svc -> a\nsvc is pinned until 2026-01-01T12:00:01Z", "a", "OPERATIONAL", "OPERATIONAL"},
		{"svc -> a\nsvc => any(a, b)", "a", "OPERATIONAL", "DOWN"},
		{"svc => any(a, a, b)", "a", "OPERATIONAL", "AT_RISK"},
	} {
		t.Run(strings.ReplaceAll(x.text, "\n", ", ")+" without "+x.outage, func(t *testing.T) {
			t.Parallel()
			g := graphtest.New(t, x.text)
			a := assess(t, g, graphtest.Outage(strings.Fields(x.outage)...))
			before, after := a.States(g.ID("svc"))
			if before.String() != x.before || after.String() != x.want {
				t.Errorf("svc goes from %s to %s, want %s to %s", before, after, x.before, x.want)
			}
		})
	}
}

func TestEffectsOnOneCI(t *testing.T) {
	t.Parallel()
	g := graphtest.New(t, "svc -> a")
	for kind, state := range map[graph.EffectKind]string{
		graph.Outage: "DOWN", graph.Restart: "DOWN", graph.Remove: "DOWN", graph.Degradation: "DEGRADED", graph.Failover: "AT_RISK",
	} {
		want(t, g, graphtest.Effects{{CI: "a", Kind: kind}}, fmt.Sprintf("a %s 0, svc %s 1", state, state))
	}
}

func TestWhatWasSoBeforeIsNotBlamedOnTheChange(t *testing.T) {
	t.Parallel()
	g := graphtest.New(t, `
		svc -> old
		svc -> a
		old is SUSPENDED
	`)
	a := assess(t, g, graphtest.Outage("a"))
	if got, want := impacted(g, a), "a DOWN 0"; got != want {
		t.Errorf("impacted: %s, want %s", got, want)
	}
	before := a.AlreadyAffected()
	if len(before) != 1 || before[0].CI != g.ID("svc") || before[0].From != graph.Down {
		t.Errorf("already affected: %+v, want svc, DOWN", before)
	}
}

func TestABudgetGivesAnExplicitPartialAnswer(t *testing.T) {
	t.Parallel()
	g := graphtest.New(t, "a -> b -> c -> d -> e -> f -> g -> h")
	full := assess(t, g, graphtest.Outage("h"))
	if !full.Complete() {
		t.Error("without a budget the answer is not complete")
	}
	part, err := graph.Assess(g.Snapshot, graph.Scenario{Effects: graphtest.Outage("h").Of(g.Model)}, graph.Options{Now: graphtest.Now, Budget: 2})
	if err != nil {
		t.Fatal(err)
	}
	if part.Complete() || part.Counts().Total() >= full.Counts().Total() {
		t.Errorf("with a budget of 2 relations: complete: %t, %+v, want a partial answer", part.Complete(), part.Counts())
	}
	for _, x := range part.Impacted() {
		if _, to := full.States(x.CI); to < x.To {
			t.Errorf("the partial answer has %s at %s, the full one at %s", g.Name(x.CI), x.To, to)
		}
	}
}

func TestARelationMayMakeThingsWorse(t *testing.T) {
	t.Parallel()
	g := graphtest.New(t, `
		svc -> lock -[RXX]> clock
		log ~> clock
	`)
	want(t, g, graphtest.Effects{{CI: "clock", Kind: graph.Degradation}},
		"lock DOWN 1, svc DOWN 2, clock DEGRADED 0, log AT_RISK 1")
}

func TestAMemberThatFallsFurtherCountsOnce(t *testing.T) {
	t.Parallel()
	g := graphtest.New(t, `
		svc => 2 of (a, b, c)
		a ~> old
		old is SUSPENDED
	`)
	want(t, g, graphtest.Outage("a"), "a DOWN 0")
	want(t, g, graphtest.Outage("b"), "b DOWN 0, svc DEGRADED 1")
}

// These were found by the oracle.
func TestCounterexamples(t *testing.T) {
	t.Parallel()
	t.Run("the first relation of the first CI is a cause like any other", func(t *testing.T) {
		g := graphtest.New(t, `
			a
			b -> a
		`)
		why := assess(t, g, graphtest.Outage("a")).Why(g.ID("b"))
		if why == nil || len(why.Rises) != 2 || why.Rises[1].Kind != graph.ByRelation {
			t.Errorf("why b: %+v, want the outage of a and the relation to it", why)
		}
	})
	t.Run("a budget does not blame on the scenario what was so before", func(t *testing.T) {
		g := graphtest.New(t, `
			a -> b -> c -> d
			d is SUSPENDED
		`)
		a, err := graph.Assess(g.Snapshot, graph.Scenario{Effects: graphtest.Outage("a").Of(g.Model)}, graph.Options{Budget: 1})
		if err != nil {
			t.Fatal(err)
		}
		if got := impacted(g, a); got != "" {
			t.Errorf("impacted: %s, but a was DOWN before", got)
		}
	})
	t.Run("a requirement that was down before does not hold anything up", func(t *testing.T) {
		g := graphtest.New(t, `
			a -> c
			c => 3 of (x, b)
			a is pinned
		`)
		if got := assess(t, g, graphtest.Outage("b")).WhyNot(g.ID("a")); len(got.Holders) > 0 {
			t.Errorf("why not a: %+v, want no holder: c was DOWN before", got)
		}
	})
}

func TestAnEffectOnNothingIsNotFound(t *testing.T) {
	t.Parallel()
	g := graphtest.New(t, "a -> b")
	_, err := graph.Assess(g.Snapshot, graph.Scenario{Effects: []graph.OwnEffect{{CI: 99}}}, graph.Options{})
	if !graph.IsKind(err, graph.NotFound) {
		t.Errorf("got %v, want NOT_FOUND", err)
	}
}
