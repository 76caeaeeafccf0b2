package graph_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
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
		for name := range m.CIs {
			if _, ok := after.CIs[name]; !ok {
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
		m.Requirements = slices.DeleteFunc(m.Requirements, func(q graphtest.Requirement) bool { return q.ByRule })
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
			p.Requirements[i].Of = other[p.Requirements[i].Of]
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

// fataler is a *testing.T or a *rapid.T.
type fataler interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

func snapshot(t fataler, m *graphtest.Model) *graph.Snapshot {
	t.Helper()
	s, err := m.Snapshot()
	if err != nil {
		t.Fatalf("%v\n%s", err, m)
	}
	return s
}

// solve is the engine's states.
func solve(t fataler, m *graphtest.Model, s *graph.Snapshot, e graphtest.Effects) graphtest.States {
	t.Helper()
	a, err := graph.Assess(s, graph.Scenario{Effects: e.Of(m)}, graph.Options{Now: graphtest.Now})
	if err != nil {
		t.Fatalf("%v\n%s", err, m)
	}
	out := graphtest.States{}
	for name := range m.CIs {
		_, out[name] = a.States(m.ID(name))
	}
	return out
}

func neverBetter(t fataler, m *graphtest.Model, before, after graphtest.States) {
	t.Helper()
	for name := range m.CIs {
		if after[name] < before[name] {
			t.Fatalf("%s improves from %s to %s\n%s", name, before[name], after[name], m)
		}
	}
}

// compare asks both the same question and checks states, order, distances,
// counts and explanations.
func compare(t fataler, m *graphtest.Model, s *graph.Snapshot, q graphtest.Question) {
	t.Helper()
	after := m
	scenario := graph.Scenario{}
	what := fmt.Sprintf("\n%swith %v", m, q.Effects)
	if q.Patched != nil {
		after, scenario.Patch = q.Patched, graphtest.Diff(m, q.Patched)
		what += fmt.Sprintf(" patched to\n%s", q.Patched)
	}
	scenario.Effects = q.Effects.Of(after)
	a, err := graph.Assess(s, scenario, graph.Options{Now: q.Now})
	if err != nil {
		t.Fatalf("%v%s", err, what)
	}
	want := m.Assess(q)
	if !a.Complete() {
		t.Fatalf("without a budget the answer is partial%s", what)
	}
	for _, name := range after.Names() {
		before, now := a.States(after.ID(name))
		if before != want.Baseline[name] || now != want.Scenario[name] {
			t.Fatalf("%s goes from %s to %s, the oracle says %s to %s%s", name, before, now, want.Baseline[name], want.Scenario[name], what)
		}
	}
	var got []graphtest.Impact
	var counts graph.Counts
	for _, x := range a.Impacted() {
		got = append(got, graphtest.Impact{CI: after.Name(x.CI), From: x.From, To: x.To, Distance: x.Distance})
		switch x.To {
		case graph.Down:
			counts.Down++
		case graph.Degraded:
			counts.Degraded++
		case graph.AtRisk:
			counts.AtRisk++
		}
	}
	if !slices.Equal(got, want.Impacted) {
		t.Fatalf("impacted %v, the oracle says %v%s", got, want.Impacted, what)
	}
	if counts != a.Counts() {
		t.Fatalf("counts %+v of %+v%s", a.Counts(), counts, what)
	}
	for _, x := range a.AlreadyAffected() {
		if name := after.Name(x.CI); x.To > x.From || x.From == graph.Operational || x.To != want.Scenario[name] || x.From != want.Baseline[name] {
			t.Fatalf("%s is no already affected CI: %+v%s", name, x, what)
		}
	}
	explain(t, after, q, want, a, what)
}

func explain(t fataler, m *graphtest.Model, q graphtest.Question, want graphtest.Answer, a *graph.Assessment, what string) {
	t.Helper()
	for _, name := range m.Names() {
		why, whyNot := a.Why(m.ID(name)), a.WhyNot(m.ID(name))
		if rose := want.Scenario[name] > want.Baseline[name]; rose != (why != nil) || rose != (whyNot == nil) {
			t.Fatalf("%s rose: %t, why: %v, why not: %v%s", name, rose, why, whyNot, what)
		}
		if why != nil {
			if err := graphtest.CheckProof(m, q, want, why); err != nil {
				t.Fatalf("why: %v%s", err, what)
			}
			continue
		}
		if err := graphtest.CheckSlack(m, q, want, whyNot); err != nil {
			t.Fatalf("why not: %v%s", err, what)
		}
	}
	for _, h := range a.Held() {
		if err := graphtest.CheckHolder(m, q, want, h); err != nil || h.Kind != graph.HeldUp {
			t.Fatalf("held %s at %s: %v%s", h.Kind, m.Name(h.CI), err, what)
		}
	}
}

// sameQuestions compares reach both ways and the cut sets of every CI.
func sameQuestions(t fataler, m *graphtest.Model, s *graph.Snapshot) {
	t.Helper()
	for _, name := range m.Names() {
		for _, d := range []graph.Direction{graph.Consumers, graph.Providers} {
			reach := s.Reach(m.ID(name), d)
			var got []string
			for _, id := range reach {
				got = append(got, m.Name(id))
			}
			want := m.Reach(name, d)
			slices.SortFunc(want, func(a, b string) int { return s.Ref(m.ID(a)).Compare(s.Ref(m.ID(b))) })
			if !slices.Equal(got, want) || s.ReachCount(m.ID(name), d) != len(want) {
				t.Fatalf("%s of %s: %v (%d), the oracle says %v\n%s", d, name, got, s.ReachCount(m.ID(name), d), want, m)
			}
		}
		c, err := graph.CutSets(s, m.ID(name), 1, "")
		if err != nil {
			t.Fatalf("%v\n%s", err, m)
		}
		var got []string
		for _, set := range c.Sets {
			if len(set) != 1 {
				t.Fatalf("a cut set of %d CIs where 1 was asked for\n%s", len(set), m)
			}
			got = append(got, m.Name(set[0]))
		}
		want, down := m.CutSets(name)
		if !slices.Equal(got, want) || c.AlreadyDown != down {
			t.Fatalf("cut sets of %s: %v (already down: %t), the oracle says %v (%t)\n%s", name, got, c.AlreadyDown, want, down, m)
		}
	}
}

// sameTopology compares all that a snapshot can be asked about with a snapshot
// of the same model from scratch, and with the model.
func sameTopology(t fataler, m *graphtest.Model, s *graph.Snapshot) {
	t.Helper()
	scratch := snapshot(t, m)
	living := 0
	for _, name := range m.Names() {
		id, c := m.ID(name), m.CIs[name]
		if !c.Retired {
			living++
		}
		found, ok := s.Lookup(s.Ref(id))
		if !s.Has(id) || s.Ref(id).Name != name || s.Ref(id).Class != c.Class || s.Retired(id) != c.Retired || s.Lifecycle(id) != c.Lifecycle ||
			ok == c.Retired || ok && found != id {
			t.Fatalf("%s: %v, retired %t, %s, found %t\n%s", name, s.Ref(id), s.Retired(id), s.Lifecycle(id), ok, m)
		}
		for _, d := range []graph.Direction{graph.Providers, graph.Consumers} {
			got, want := s.Links(id, d), scratch.Links(id, d)
			if !slices.Equal(got, want) || s.Degree(id, d) != len(want) {
				t.Fatalf("%s of %s:\n%+v (%d), from scratch\n%+v\n%s", d, name, got, s.Degree(id, d), want, m)
			}
			for _, l := range got {
				if same, ok := s.Link(l.RelationKey); !ok || same != l {
					t.Fatalf("%+v is found as %+v\n%s", l, same, m)
				}
			}
		}
		got, want := s.Requirements(id), scratch.Requirements(id)
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("requirements of %s:\n%+v, from scratch\n%+v\n%s", name, got, want, m)
		}
		for _, q := range got {
			mine := m.Requirement(name, q.Name)
			members := s.Members(q.RequirementKey)
			if mine == nil || len(m.Members(*mine)) != len(members) || mine.Greatest != q.Greatest || !slices.Equal(members, scratch.Members(q.RequirementKey)) {
				t.Fatalf("requirement %s of %s: %+v with %+v\n%s", q.Name, name, q, members, m)
			}
		}
	}
	if s.Len() != living || s.RelationCount() != len(m.Relations) || len(slices.Collect(s.Nodes())) != living {
		t.Fatalf("%d CIs and %d relations, want %d and %d\n%s", s.Len(), s.RelationCount(), living, len(m.Relations), m)
	}
}
