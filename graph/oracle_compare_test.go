package graph_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/graph/graphtest"
)

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
		samePairs(t, m, s, name, want)
	}
}

// samePairs compares the cut sets of two; singles are those of one.
func samePairs(t fataler, m *graphtest.Model, s *graph.Snapshot, name string, singles []string) {
	t.Helper()
	c, err := graph.CutSets(s, m.ID(name), 2, "")
	if err != nil {
		t.Fatalf("%v\n%s", err, m)
	}
	var got []string
	for _, set := range c.Sets[len(singles):] {
		pair := []string{m.Name(set[0]), m.Name(set[1])}
		slices.Sort(pair)
		got = append(got, strings.Join(pair, "+"))
	}
	slices.Sort(got)
	if want := m.CutPairs(name, singles); !slices.Equal(got, want) && !c.AlreadyDown {
		t.Fatalf("cut pairs of %s: %v, the oracle says %v\n%s", name, got, want, m)
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
