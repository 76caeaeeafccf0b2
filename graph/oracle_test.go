package graph_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/graph/graphtest"
	"pgregory.net/rapid"
)

// The engine against the oracle, and case 13: what must hold on every graph.

func TestEngineAgreesWithTheOracle(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := graphtest.Draw().Draw(t, "graph")
		s := snapshot(t, m)
		for range 10 {
			compare(t, m, s, graphtest.Question{Effects: graphtest.DrawEffects(t, m), Now: graphtest.Now})
		}
	})
}

func TestEngineAgreesWithTheOracleOnPatches(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := graphtest.Draw().Draw(t, "graph")
		after := m.Clone()
		for range rapid.IntRange(1, 4).Draw(t, "edits") {
			graphtest.Edit(t, after)
		}
		for _, c := range m.CIs {
			if after.Name(c.ID) == "" {
				t.Skip("a scenario purges nothing")
			}
		}
		q := graphtest.Question{Patched: after, Now: graphtest.Now}
		if rapid.Bool().Draw(t, "with effects") {
			q.Effects = graphtest.DrawEffects(t, after)
		}
		compare(t, m, snapshot(t, m), q)
	})
}

func TestReachAndCutSetsAgreeWithTheOracle(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := graphtest.Draw().Draw(t, "graph")
		sameQuestions(t, m, snapshot(t, m))
	})
}

// Case 13: naive iteration == worklist == incremental. Every edit is applied to
// the snapshot before it, which is now and then compacted, and to nothing.
func TestAppliedChangesEqualASnapshotFromScratch(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := graphtest.Draw().Draw(t, "graph")
		s := snapshot(t, m)
		for step := range rapid.IntRange(1, 8).Draw(t, "steps") {
			before := m.Clone()
			for range rapid.IntRange(1, 3).Draw(t, "edits") {
				graphtest.Edit(t, m)
			}
			next, err := s.Apply(graphtest.Diff(before, m), m.Head(graph.Revision(step+2)))
			if err != nil {
				t.Fatalf("step %d: %v\nfrom\n%sto\n%s", step, err, before, m)
			}
			if rapid.IntRange(0, 3).Draw(t, "compact") == 0 {
				next = next.Compact()
			}
			if next.Revision() != graph.Revision(step+2) {
				t.Fatalf("step %d is at revision %d", step, next.Revision())
			}
			sameTopology(t, before, s) // the old one has not moved
			s = next
			sameTopology(t, m, s)
			compare(t, m, s, graphtest.Question{Effects: graphtest.DrawEffects(t, m), Now: graphtest.Now})
			sameQuestions(t, m, s)
		}
	})
}

func TestAddingAnEffectNeverImproves(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := graphtest.Draw().Draw(t, "graph")
		s := snapshot(t, m)
		e := graphtest.DrawEffects(t, m)
		more := append(slices.Clone(e), graphtest.DrawEffect(t, m))
		neverBetter(t, m, solve(t, m, s, e), solve(t, m, s, more))
	})
}

func TestJointEffectsAreNoBetterThanEachAlone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := graphtest.Draw().Draw(t, "graph")
		s := snapshot(t, m)
		a, b := graphtest.DrawEffects(t, m), graphtest.DrawEffects(t, m)
		joint := solve(t, m, s, slices.Concat(a, b))
		neverBetter(t, m, solve(t, m, s, a), joint)
		neverBetter(t, m, solve(t, m, s, b), joint)
	})
}

func TestAddingASingleRelationNeverImproves(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := graphtest.Draw().Draw(t, "graph")
		// A relation may also be a member by rule, or part of a path.
		m.Requirements = slices.DeleteFunc(m.Requirements, func(q graphtest.Requirement) bool { return q.ByRule || q.Rule == graph.Reaches })
		after := m.Clone()
		from, to := graphtest.Pick(t, m), graphtest.Pick(t, m)
		if from == to {
			t.Skip("a self-loop is refused elsewhere")
		}
		after.Relate(graphtest.Relation{From: from, To: to, Passes: graphtest.Table{0, 1, 2, 3}})
		e := graphtest.DrawEffects(t, m)
		neverBetter(t, m, solve(t, m, snapshot(t, m), e), solve(t, after, snapshot(t, after), e))
	})
}

// With k fixed (AT_LEAST and ANY; designed, so that the spare is fixed too), a
// healthy member more never hurts, and one fewer never helps.
func TestMembersHelpAndTheirLossHurts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := graphtest.Draw().Draw(t, "graph")
		for i := range m.Requirements {
			if q := &m.Requirements[i]; q.Rule == graph.All || q.Rule == graph.Percent {
				q.Rule, q.Percent = graph.Any, 0
			}
			m.Requirements[i].Designed = 4
		}
		groups := slices.DeleteFunc(slices.Clone(m.Requirements), func(q graphtest.Requirement) bool { return q.ByRule })
		if len(groups) == 0 {
			t.Skip("no group")
		}
		q := rapid.SampledFrom(groups).Draw(t, "group")
		after := m.Clone()
		after.AddCI("healthy")
		after.Relate(graphtest.Relation{From: q.Of, To: "healthy", Requirement: q.Name, Passes: graphtest.Table{0, 1, 2, 3}})
		e := graphtest.DrawEffects(t, m)
		before := solve(t, m, snapshot(t, m), e)
		neverBetter(t, m, solve(t, after, snapshot(t, after), e), before)

		members := slices.DeleteFunc(slices.Clone(m.Relations), func(r graphtest.Relation) bool { return r.From != q.Of || r.Requirement != q.Name })
		if len(members) == 0 {
			return
		}
		lost := rapid.SampledFrom(members).Draw(t, "lost")
		less := m.Clone()
		less.Drop(slices.Index(less.Relations, lost))
		neverBetter(t, m, before, solve(t, less, snapshot(t, less), e))
	})
}

// Removing a member with the designed size never given: the greatest membership
// keeps the bar where it was, for every rule.
func TestRemovingAMemberNeverLowersTheBar(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := graphtest.Draw().Draw(t, "graph")
		members := slices.DeleteFunc(slices.Clone(m.Relations), func(r graphtest.Relation) bool { return r.Requirement == "" })
		if len(members) == 0 {
			t.Skip("no member")
		}
		less := m.Clone()
		less.Drop(slices.Index(less.Relations, rapid.SampledFrom(members).Draw(t, "lost")))
		e := graphtest.DrawEffects(t, m)
		neverBetter(t, m, solve(t, m, snapshot(t, m), e), solve(t, less, snapshot(t, less), e))
	})
}

func TestRelabellingPermutesTheAnswer(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := graphtest.Draw().Draw(t, "graph")
		names := m.Names()
		mixed := rapid.Permutation(names).Draw(t, "names")
		other := map[string]string{}
		for i, n := range names {
			other[n] = mixed[i]
		}
		p := m.Clone()
		clear(p.CIs)
		for n, c := range m.CIs {
			p.CIs[other[n]] = c
		}
		// The ids move as well, the other way round.
		for i, n := range names {
			c := p.CIs[n]
			c.ID = graph.ID(len(names) - i)
			p.CIs[n] = c
		}
		for i := range p.Relations {
			p.Relations[i].From, p.Relations[i].To = other[p.Relations[i].From], other[p.Relations[i].To]
		}
		for i := range p.Requirements {
			q := &p.Requirements[i]
			q.Of, q.Targets = other[q.Of], slices.Clone(q.Targets)
			for k, t := range q.Targets {
				q.Targets[k] = other[t]
			}
		}
		e := graphtest.DrawEffects(t, m)
		var pe graphtest.Effects
		for _, x := range e {
			pe = append(pe, graphtest.Effect{CI: other[x.CI], Kind: x.Kind})
		}
		a, b := solve(t, m, snapshot(t, m), e), solve(t, p, snapshot(t, p), pe)
		for n, s := range a {
			if b[other[n]] != s {
				t.Fatalf("%s is %s, renamed to %s it is %s\n%swith %v", n, s, other[n], b[other[n]], m, e)
			}
		}
	})
}

func TestAsciiGraphsReadWhatTheyWrite(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := graphtest.Draw().Draw(t, "graph")
		again, err := graphtest.Parse(m.String())
		if err != nil {
			t.Fatalf("%v\n%s", err, m)
		}
		if a, b := m.String(), again.String(); a != b {
			t.Fatalf("wrote\n%sread\n%s", a, b)
		}
		e := graphtest.DrawEffects(t, m)
		if a, b := m.Solve(e, graphtest.Now), again.Solve(e, graphtest.Now); !maps.Equal(a, b) {
			t.Fatalf("%v and %v\n%s", a, b, m)
		}
	})
}

// A budget answer is a lower bound, and says so when it is one.
func TestABudgetIsALowerBound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := graphtest.Draw().Draw(t, "graph")
		q := graphtest.Question{Effects: graphtest.DrawEffects(t, m), Now: graphtest.Now}
		want := m.Assess(q)
		a, err := graph.Assess(snapshot(t, m), graph.Scenario{Effects: q.Effects.Of(m)},
			graph.Options{Now: q.Now, Budget: rapid.IntRange(1, 20).Draw(t, "budget")})
		if err != nil {
			t.Fatal(err)
		}
		rose := map[string]bool{}
		for _, x := range want.Impacted {
			rose[x.CI] = true
		}
		for _, x := range a.Impacted() {
			if name := m.Name(x.CI); !rose[name] || x.To > want.Scenario[name] {
				t.Fatalf("within the budget %s is %s, it is %s\n%swith %v", name, x.To, want.Scenario[name], m, q.Effects)
			}
		}
		if a.Complete() && len(a.Impacted()) != len(want.Impacted) {
			t.Fatalf("said to be complete with %d of %d CIs\n%swith %v", len(a.Impacted()), len(want.Impacted), m, q.Effects)
		}
	})
}

// One estate in the middle, so that more than a handful of CIs meet: the engine
// against the oracle's states for a few dozen outages.
func TestEngineAgreesWithTheOracleOnAnEstate(t *testing.T) {
	t.Parallel()
	estate := graphtest.Estate{Seed: 7, CIs: 300}
	m := estate.Model()
	s := snapshot(t, m)
	r := rand.New(rand.NewPCG(1, 2))
	names := m.Names()
	for range 30 {
		e := graphtest.Outage(names[r.IntN(len(names))], names[r.IntN(len(names))])
		q := graphtest.Question{Effects: e, Now: graphtest.Now}
		compare(t, m, s, q)
	}
}
