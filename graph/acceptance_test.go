package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/graph/graphtest"
)

// The acceptance cases of impact-semantics.md, section 9, that concern one
// instant. Each defeats at least one existing product.

func TestCase01LaddersTakeLinearWork(t *testing.T) {
	t.Parallel()
	for _, x := range []struct{ layers, width int }{{20, 2}, {10, 4}} {
		t.Run(fmt.Sprintf("%d layers of %d", x.layers, x.width), func(t *testing.T) {
			t.Parallel()
			var text strings.Builder
			relations := 0
			for layer := range x.layers {
				for i := range x.width {
					for j := range x.width {
						if layer == x.layers-1 {
							fmt.Fprintf(&text, "n%d.%d -> root\n", layer, i)
							relations++
							break
						}
						fmt.Fprintf(&text, "n%d.%d -> n%d.%d\n", layer, i, layer+1, j)
						relations++
					}
				}
			}
			g := graphtest.New(t, text.String())
			a := assess(t, g, graphtest.Outage("root"))
			if got, want := a.Counts(), (graph.Counts{Down: x.layers*x.width + 1}); got != want {
				t.Errorf("impacted %+v, want %+v", got, want)
			}
			if got := a.EvaluatedRelations(); got > 2*relations {
				t.Errorf("looked at %d relations of %d: the work is not linear", got, relations)
			}
			for layer := range x.layers {
				name := fmt.Sprintf("n%d.0", layer)
				if got, want := distance(t, g, a, name), x.layers-layer; got != want {
					t.Errorf("distance of %s is %d, want %d", name, got, want)
				}
			}
		})
	}
}

func TestCase02SiblingsInAnyOrderGiveTheSameAnswer(t *testing.T) {
	t.Parallel()
	long := []string{"x -> l3", "l3 -> l2", "l2 -> l1", "l1 -> root", "x -> root", "y -> x"}
	want := "root DOWN 0, l1 DOWN 1, x DOWN 1, l2 DOWN 2, y DOWN 2, l3 DOWN 3"
	for i := range long {
		lines := slices.Concat(long[i:], long[:i])
		for range 2 {
			slices.Reverse(lines)
			g := graphtest.New(t, strings.Join(lines, "\n"))
			if got := impacted(g, assess(t, g, graphtest.Outage("root"))); got != want {
				t.Errorf("in the order %v: %s, want %s", lines, got, want)
			}
		}
	}
}

func TestCase03ACycleFollowsItsOutsideCauseAndNeverItself(t *testing.T) {
	t.Parallel()
	g := graphtest.New(t, `
		a -> b -> a
		a -> power
	`)
	want(t, g, graphtest.Outage("power"), "power DOWN 0, a DOWN 1, b DOWN 2")
	t.Run("it clears with the cause", func(t *testing.T) {
		want(t, g, nil, "")
	})
	t.Run("a redundant group on a cycle does not feed itself", func(t *testing.T) {
		g := graphtest.New(t, `
			a => any(b, c)
			b -> a
			c -> a
			b -> power
		`)
		want(t, g, graphtest.Outage("power"), "power DOWN 0, b DOWN 1, a AT_RISK 2, c AT_RISK 3")
	})
}

func TestCase04TwoLegs(t *testing.T) {
	t.Parallel()
	g := graphtest.New(t, "svc => any(a, b)")
	want(t, g, graphtest.Outage("a"), "a DOWN 0, svc AT_RISK 1")
	want(t, g, graphtest.Outage("b"), "b DOWN 0, svc AT_RISK 1")
	want(t, g, graphtest.Outage("a", "b"), "a DOWN 0, b DOWN 0, svc DOWN 1")

	g = graphtest.New(t, "svc => 1 of (a, b, c)")
	want(t, g, graphtest.Outage("a"), "a DOWN 0")
	want(t, g, graphtest.Outage("a", "b"), "a DOWN 0, b DOWN 0, svc AT_RISK 1")
	want(t, g, graphtest.Outage("a", "b", "c"), "a DOWN 0, b DOWN 0, c DOWN 0, svc DOWN 1")
}

func TestCase05ADualHomedServerAndOneSwitch(t *testing.T) {
	t.Parallel()
	g := graphtest.New(t, `
		app -> srv
		srv => uplinks: any(sw1, sw2)
	`)
	want(t, g, graphtest.Outage("sw1"), "sw1 DOWN 0, srv AT_RISK 1, app AT_RISK 2")

	t.Run("what held is shown", func(t *testing.T) {
		a := assess(t, g, graphtest.Outage("sw1"))
		held := a.Held()
		if len(held) != 1 || held[0].CI != g.ID("srv") || held[0].Requirement.Left() != 0 {
			t.Fatalf("held: %+v, want the uplinks of srv with none left", held)
		}
	})
	t.Run("what is down for another reason was not held up", func(t *testing.T) {
		g := graphtest.New(t, `
			srv => uplinks: any(sw1, sw2)
			srv -> rack
		`)
		if held := assess(t, g, graphtest.Outage("sw1", "rack")).Held(); len(held) > 0 {
			t.Errorf("held: %+v, want nothing: srv is DOWN with its rack", held)
		}
	})
	t.Run("one decommissioned for good: still at risk", func(t *testing.T) {
		after := g.Clone()
		after.Drop(slices.IndexFunc(after.Relations, func(r graphtest.Relation) bool { return r.To == "sw1" }))
		s, err := after.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		left := graphtest.Graph{Model: after, Snapshot: s}
		a := assess(t, left, nil)
		wantState(t, left, a, "srv", graph.AtRisk, graph.AtRisk)
		wantState(t, left, a, "app", graph.AtRisk, graph.AtRisk)
	})
	t.Run("a retired one is no spare either", func(t *testing.T) {
		g := graphtest.New(t, `
			srv => uplinks: any(sw1, sw2)
			sw1 is retired
		`)
		a := assess(t, g, graphtest.Outage("sw2"))
		wantState(t, g, a, "srv", graph.AtRisk, graph.Down)
	})
	t.Run("as a patch", func(t *testing.T) {
		after := g.Clone()
		after.Drop(slices.IndexFunc(after.Relations, func(r graphtest.Relation) bool { return r.To == "sw1" }))
		a, err := graph.Assess(g.Snapshot, graph.Scenario{Patch: graphtest.Diff(g.Model, after)}, graph.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := impacted(g, a), "srv AT_RISK 0, app AT_RISK 1"; got != want {
			t.Errorf("impacted: %s, want %s", got, want)
		}
	})
	t.Run("redundancy by rule, where nobody wrote it", func(t *testing.T) {
		g := graphtest.New(t, `
			srv -> sw1
			srv -> sw2
			sw1 is a server
			sw2 is a server
			srv => uplinks: rule any(server)
		`)
		want(t, g, graphtest.Outage("sw1"), "sw1 DOWN 0, srv AT_RISK 1")
		want(t, g, graphtest.Outage("sw1", "sw2"), "sw1 DOWN 0, sw2 DOWN 0, srv DOWN 1")
	})
}

func TestCase09TwoPathsCountOnce(t *testing.T) {
	t.Parallel()
	g := graphtest.New(t, `
		svc -> m -> root
		svc -> p1 -> p2 -> p3 -> p4 -> root
	`)
	a := assess(t, g, graphtest.Outage("root"))
	if got, want := a.Counts(), (graph.Counts{Down: 7}); got != want {
		t.Errorf("counts %+v, want %+v", got, want)
	}
	if got := distance(t, g, a, "svc"); got != 2 {
		t.Errorf("the distance of svc is %d, want 2: the shorter path", got)
	}
	if got := g.ReachCount(g.ID("root"), graph.Consumers); got != 6 {
		t.Errorf("reach counts %d, want 6", got)
	}
}

func TestCase10SinglePointsOfFailure(t *testing.T) {
	t.Parallel()
	for _, x := range []struct{ name, text, want string }{
		{"two paths through one host", `
			svc => any(a, b)
			a -> host
			b -> host
		`, "host"},
		{"one path into an ANY group of three", "svc => any(a, b, c)", ""},
		{"a soft relation is none", "svc ~> cache", ""},
		{"a chain is one at each link", "svc -> a -> b", "a b"},
		{"two of three", "svc => 2 of (a, b, c)", ""},
		{"a spare that is planned is none", `
			svc => any(a, b)
			b is PLANNED
		`, "a"},
		{"a pin holds", `
			svc -> a -> b
			a is pinned
		`, "a"},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			g := graphtest.New(t, x.text)
			got, err := graph.CutSets(g.Snapshot, g.ID("svc"), 1, "")
			if err != nil {
				t.Fatal(err)
			}
			if names := cutNames(g, got); names != x.want || got.AlreadyDown {
				t.Errorf("got %q (already down: %t), want %q", names, got.AlreadyDown, x.want)
			}
		})
	}
	t.Run("a service that is down already has none", func(t *testing.T) {
		t.Parallel()
		g := graphtest.New(t, `
			svc -> a
			a is SUSPENDED
		`)
		got, err := graph.CutSets(g.Snapshot, g.ID("svc"), 1, "")
		if err != nil || !got.AlreadyDown || len(got.Sets) > 0 {
			t.Errorf("got %+v, %v, want already down and no sets", got, err)
		}
	})
}

func TestCase11WhatIsNotModelledIsABlindSpot(t *testing.T) {
	t.Parallel()
	t.Run("a CI that lacks what its class must have", func(t *testing.T) {
		t.Parallel()
		g := graphtest.New(t, `
			r1 is a rack
			s1 is a server
		`)
		for _, name := range []string{"r1", "s1"} {
			a := assess(t, g, graphtest.Outage(name))
			spots := a.BlindSpots()
			if !slices.ContainsFunc(spots, func(b graph.BlindSpot) bool {
				return b.CI == g.ID(name) && b.Kind == graph.MissingRelation && b.Missing != nil
			}) {
				t.Errorf("%s has no relations and its outage hits %s: blind spots %+v do not say so", name, impacted(g, a), spots)
			}
		}
	})
	t.Run("a requirement that never had a member", func(t *testing.T) {
		t.Parallel()
		g := graphtest.New(t, `
			svc => power: any()
			svc -> a
		`)
		a := assess(t, g, graphtest.Outage("a"))
		if !slices.ContainsFunc(a.BlindSpots(), func(b graph.BlindSpot) bool {
			return b.CI == g.ID("svc") && b.Kind == graph.EmptyRequirement && b.Requirement == "power"
		}) {
			t.Errorf("blind spots %+v do not name the requirement power of svc", a.BlindSpots())
		}
	})
}

func assess(t testing.TB, g graphtest.Graph, e graphtest.Effects) *graph.Assessment {
	t.Helper()
	a, err := graph.Assess(g.Snapshot, graph.Scenario{Effects: e.Of(g.Model)}, graph.Options{Now: graphtest.Now})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// want compares the impacted CIs with a list such as "a DOWN 0, b AT_RISK 1".
func want(t *testing.T, g graphtest.Graph, e graphtest.Effects, list string) {
	t.Helper()
	if got := impacted(g, assess(t, g, e)); got != list {
		t.Errorf("with %v: impacted %q, want %q", e, got, list)
	}
}

func impacted(g graphtest.Graph, a *graph.Assessment) string {
	var out []string
	for _, x := range a.Impacted() {
		out = append(out, fmt.Sprintf("%s %s %d", g.Name(x.CI), x.To, x.Distance))
	}
	return strings.Join(out, ", ")
}

func wantState(t *testing.T, g graphtest.Graph, a *graph.Assessment, name string, before, after graph.State) {
	t.Helper()
	if b, s := a.States(g.ID(name)); b != before || s != after {
		t.Errorf("%s goes from %s to %s, want %s to %s", name, b, s, before, after)
	}
}

func distance(t *testing.T, g graphtest.Graph, a *graph.Assessment, name string) int {
	t.Helper()
	for _, x := range a.Impacted() {
		if x.CI == g.ID(name) {
			return x.Distance
		}
	}
	t.Fatalf("%s is not impacted", name)
	return 0
}

func cutNames(g graphtest.Graph, a *graph.CutSetAnswer) string {
	var out []string
	for _, set := range a.Sets {
		var names []string
		for _, id := range set {
			names = append(names, g.Name(id))
		}
		out = append(out, strings.Join(names, "+"))
	}
	return strings.Join(out, " ")
}
