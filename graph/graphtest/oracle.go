package graphtest

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// States are the states of all CIs.
type States map[string]graph.State

// Effects are what a scenario does, each on one CI.
type Effects []Effect

// Effect is one effect on one CI.
type Effect struct {
	CI          string
	Kind        graph.EffectKind
	From, Until time.Time // zero: as long as the window
	Party       string
}

// Outage takes all of these down.
func Outage(names ...string) Effects {
	var out Effects
	for _, n := range names {
		out = append(out, Effect{CI: n, Kind: graph.Outage})
	}
	return out
}

// Of are the effects in the engine's words.
func (e Effects) Of(m *Model) []graph.OwnEffect {
	var out []graph.OwnEffect
	for _, x := range e {
		out = append(out, graph.OwnEffect{CI: m.ID(x.CI), Kind: x.Kind, From: x.From, Until: x.Until, Party: x.Party})
	}
	return out
}

// Solve is the least fixpoint of impact-semantics.md, section 5, at one instant:
// every CI is evaluated on the states of the round before, until a round changes
// nothing.
func (m *Model) Solve(e Effects, now time.Time) States {
	return m.SolveIn(View{Now: now, At: now}, e)
}

// SolveIn is Solve as somebody sees it.
func (m *Model) SolveIn(v View, e Effects) States {
	states := States{}
	for name := range m.CIs {
		states[name] = graph.Operational
	}
	for {
		next := States{}
		for name := range m.CIs {
			next[name] = m.evaluate(name, e, states, v)
		}
		if maps.Equal(states, next) {
			return states
		}
		states = next
	}
}

func (m *Model) evaluate(name string, e Effects, states States, v View) graph.State {
	state := m.Own(name, e)
	if m.Held(name, v.At) {
		return state
	}
	for _, r := range m.Relations {
		if r.From == name && m.group(r) == "" && v.Counts(r) {
			state = max(state, v.passes(r, states))
		}
	}
	for _, q := range m.Requirements {
		if q.Of == name {
			state = max(state, m.EvaluateIn(v, q, states).State)
		}
	}
	return state
}

// Own is what a CI is by itself: by effects, lifecycle and retirement.
func (m *Model) Own(name string, e Effects) graph.State {
	c := m.CIs[name]
	if c.Retired || c.Lifecycle != graph.Live && c.Lifecycle != graph.InTest {
		return graph.Down
	}
	state := graph.Operational
	for _, x := range e {
		if x.CI == name {
			state = max(state, ownState[x.Kind])
		}
	}
	return state
}

var ownState = map[graph.EffectKind]graph.State{
	graph.Outage: graph.Down, graph.Degradation: graph.Degraded, graph.Failover: graph.AtRisk,
	graph.Restart: graph.Down, graph.Remove: graph.Down,
}

// Held says whether a pin holds the CI at that time; it ends when it expires.
func (m *Model) Held(name string, now time.Time) bool {
	c := m.CIs[name]
	return c.Pinned && (c.Until.IsZero() || now.Before(c.Until))
}

// Standing is how a requirement stands (section 4).
type Standing struct {
	State                graph.State
	K, N, Size, Spare    int
	Delivering, Degraded int
	Units                bool // CAPACITY: what members hold is counted, not members
}

// Evaluate is a requirement's state, given the states of the providers, where
// everything counts that is as sure as a declaration.
func (m *Model) Evaluate(q Requirement, states States) Standing {
	return m.EvaluateIn(View{Now: Now, At: Now}, q, states)
}

// EvaluateIn is Evaluate as somebody sees it.
func (m *Model) EvaluateIn(v View, q Requirement, states States) Standing {
	switch q.Rule {
	case graph.Capacity:
		return m.capacity(v, q, states)
	case graph.Reaches:
		return Standing{State: m.path(v, q, states)}
	}
	out := Standing{Size: q.Greatest}
	if q.Designed > 0 {
		out.Size = q.Designed
	}
	switch q.Rule {
	case graph.All:
		out.K = out.Size
	case graph.Any, graph.ActivePassive:
		out.K = 1
	case graph.AtLeast:
		out.K = q.K
	case graph.Percent:
		for out.K = 1; 100*out.K < q.Percent*out.Size; out.K++ {
		}
	}
	var passed []graph.State
	var doubtful []int // places in passed
	believed := false
	for _, r := range m.Members(q) {
		if !v.valid(r) {
			continue
		}
		s := v.passes(r, states)
		if out.K >= out.Size && !v.Counts(r) {
			s = graph.Operational
		}
		if v.doubts(r) {
			doubtful = append(doubtful, len(passed))
		}
		believed = believed || v.Counts(r)
		passed = append(passed, s)
	}
	out.N = len(passed)
	for _, s := range passed {
		if s <= graph.AtRisk {
			out.Delivering++
		}
	}
	out.Spare = q.Spare
	if q.Spare < 0 {
		out.Spare = 0
		if out.Size > out.K {
			out.Spare = 1
		}
	}
	spares := out.K < out.Size
	switch {
	case out.N == 0 && out.Size == 0:
		return out // never had a member: a blind spot
	case spares && out.N == 0 && v.World == graph.Certain:
		return out
	case spares && out.N > 0 && !believed:
		return out
	case out.N < out.K:
		out.State = graph.Down
		return out
	}
	if spares {
		slices.SortStableFunc(doubtful, func(a, b int) int { return int(passed[a]) - int(passed[b]) })
		for _, k := range doubtful[:min(len(doubtful), out.N-out.K)] {
			passed[k] = graph.Down
		}
	}
	delivering := 0
	for _, s := range passed {
		if s <= graph.AtRisk {
			delivering++
		}
	}
	slices.Sort(passed)
	out.State = passed[out.K-1]
	if out.State <= graph.AtRisk && delivering-out.K < out.Spare {
		out.State = graph.AtRisk
	}
	return out
}

// Question is a scenario: effects, on the graph that a patch leaves.
type Question struct {
	Effects Effects
	Patched *Model // nil: no patch
	Now     time.Time
	World   graph.World
}

// Answer is what a scenario changes.
type Answer struct {
	Baseline, Scenario States // of the CIs after the patch
	Impacted           []Impact
}

// Impact is one CI that rose.
type Impact struct {
	CI       string
	From, To graph.State
	Distance int
}

// Assess is the difference between scenario and baseline (section 5), ordered by
// state (worst first), distance and ref.
func (m *Model) Assess(q Question) Answer {
	after := m
	if q.Patched != nil {
		after = q.Patched
	}
	out := Answer{Baseline: States{}, Scenario: after.SolveIn(q.view(), q.Effects)}
	before, quiet := m.SolveIn(q.view(), nil), after.SolveIn(q.view(), nil)
	for name, c := range after.CIs {
		if was := m.Name(c.ID); was != "" { // perhaps by another name
			out.Baseline[name] = before[was]
		} else {
			out.Baseline[name] = quiet[name]
		}
	}
	distance := out.distances(after, q, m.starts(q))
	for name, to := range out.Scenario {
		if from := out.Baseline[name]; to > from {
			out.Impacted = append(out.Impacted, Impact{name, from, to, distance[name]})
		}
	}
	slices.SortFunc(out.Impacted, func(a, b Impact) int {
		return cmp.Or(cmp.Compare(b.To, a.To), cmp.Compare(a.Distance, b.Distance),
			cmp.Compare(after.CIs[a.CI].Class, after.CIs[b.CI].Class), cmp.Compare(a.CI, b.CI))
	})
	return out
}

// starts are the CIs that a scenario acts on: those with effects and those whose
// records the patch changes (the consumer of a relation or requirement).
func (m *Model) starts(q Question) map[string]bool {
	out := map[string]bool{}
	for _, e := range q.Effects {
		out[e.CI] = true
	}
	if q.Patched == nil {
		return out
	}
	for _, c := range Diff(m, q.Patched) {
		if c.Relation != nil || c.RelationWas != nil { // it may be part of a path
			for _, r := range q.Patched.Requirements {
				if r.Rule == graph.Reaches {
					out[r.Of] = true
				}
			}
		}
		switch {
		case c.Node != nil:
			out[q.Patched.Name(c.Node.ID)] = true
		case c.Relation != nil:
			out[q.Patched.Name(c.Relation.From)] = true
		case c.RelationWas != nil:
			out[q.Patched.Name(c.RelationWas.From)] = true
		case c.Requirement != nil:
			out[q.Patched.Name(c.Requirement.Consumer)] = true
		case c.RequirementWas != nil:
			out[q.Patched.Name(c.RequirementWas.Consumer)] = true
		}
	}
	return out
}

// distances are the fewest relations from a start through CIs that rose, each
// passing on more than OPERATIONAL: relaxed until nothing changes.
func (a Answer) distances(m *Model, q Question, starts map[string]bool) map[string]int {
	rose := func(name string) bool { return a.Scenario[name] > a.Baseline[name] }
	out := map[string]int{}
	for name := range starts {
		if rose(name) {
			out[name] = 0
		}
	}
	for changed := true; changed; {
		changed = false
		for _, r := range m.Relations {
			d, ok := out[r.To]
			if !ok || !rose(r.From) || m.carried(q, r, a.Scenario[r.To]) == graph.Operational {
				continue
			}
			if known, ok := out[r.From]; !ok || d+1 < known {
				out[r.From], changed = d+1, true
			}
		}
		for _, q := range m.Requirements {
			if q.Rule != graph.Reaches || !rose(q.Of) {
				continue
			}
			for name := range m.linkedTo(q.Of) {
				d, ok := out[name]
				if known, has := out[q.Of]; ok && name != q.Of && (!has || d+1 < known) {
					out[q.Of], changed = d+1, true
				}
			}
		}
	}
	return out
}

// carried is what a relation passes on, by itself or as a member.
func (m *Model) carried(q Question, r Relation, provider graph.State) graph.State {
	if g := m.group(r); g != "" {
		if !q.view().valid(r) {
			return graph.Operational
		}
		return q.member(m.EvaluateIn(q.view(), *m.Requirement(r.From, g), States{}), r, provider)
	}
	return q.passes(r, provider)
}

// Reach is all that depends on name (or that name depends on) over relations
// that carry impact, whatever the redundancy; in order of names.
func (m *Model) Reach(name string, d graph.Direction) []string {
	found := map[string]bool{name: true}
	for changed := true; changed; {
		changed = false
		for _, r := range m.Relations {
			near, far := r.From, r.To
			if d == graph.Consumers {
				near, far = r.To, r.From
			}
			if (r.Passes != none || r.Start) && found[near] && !found[far] {
				found[far], changed = true, true
			}
		}
	}
	delete(found, name)
	return slices.Sorted(maps.Keys(found))
}

// CutSets are the CIs whose outage alone takes the service DOWN, by brute force:
// every other CI is tried. alreadyDown: it is DOWN with nothing done.
func (m *Model) CutSets(service string) (names []string, alreadyDown bool) {
	if m.Solve(nil, time.Time{})[service] == graph.Down {
		return nil, true
	}
	for name := range m.CIs {
		if name != service && m.Solve(Outage(name), time.Time{})[service] == graph.Down {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(m.CIs[a].Class, m.CIs[b].Class), cmp.Compare(a, b))
	})
	return names, false
}

// CutPairs are the pairs of CIs, none of which is one of singles, whose outage
// together takes the service DOWN: "a+b", in order of names.
func (m *Model) CutPairs(service string, singles []string) (pairs []string) {
	names := slices.Sorted(maps.Keys(m.CIs))
	for i, a := range names {
		for _, b := range names[i+1:] {
			if a == service || b == service || slices.Contains(singles, a) || slices.Contains(singles, b) {
				continue
			}
			if m.Solve(Outage(a, b), time.Time{})[service] == graph.Down {
				pairs = append(pairs, a+"+"+b)
			}
		}
	}
	return pairs
}
