package graph

import (
	"cmp"
	"slices"
	"sync"
)

// Assessment is the answer to a scenario: which CIs rise above the baseline, by
// how much, how far away and why. It is immutable and safe for concurrent use.
type Assessment struct {
	*moment // in headline
	options Options

	// What is only sometimes asked for is made once, when it is.
	certain, possible func() *moment
	ranked            func() *Ranking
	sorted            func() []Impacted
	already           func() []Impacted
	blind             func() []BlindSpot
	holders           func() []Holder
	assumed           func() []Assumption
}

// Assess solves a scenario at one instant: the baseline is the graph as it is,
// the scenario is the patched graph with all effects at once, impact is the
// difference. It fails with NotFound where an effect names no CI.
func Assess(s *Snapshot, sc Scenario, o Options) (*Assessment, error) {
	patched := s
	if len(sc.Patch) > 0 {
		var err error
		if patched, err = s.Apply(sc.Patch, s.head); err != nil {
			return nil, err
		}
	}
	for _, e := range sc.Effects {
		if _, ok := patched.at(e.CI); !ok {
			return nil, Errorf(NotFound, "no CI has the id %d", e.CI)
		}
	}
	solve := func(w World) *moment {
		x := setting{scenario: &sc, effects: sc.Effects, budget: o.Budget, after: patched.read(w, o.Now, o.Now)}
		x.before = x.after
		if patched != s {
			x.before = s.read(w, o.Now, o.Now)
		}
		return x.solve()
	}
	a := &Assessment{moment: solve(Headline), options: o}
	a.certain = sync.OnceValue(func() *moment { return solve(Certain) })
	a.possible = sync.OnceValue(func() *moment { return solve(Possible) })
	a.lazy()
	return a, nil
}

func (c *Counts) add(s State) {
	switch s {
	case Down:
		c.Down++
	case Degraded:
		c.Degraded++
	case AtRisk:
		c.AtRisk++
	}
}

func (a *Assessment) lazy() {
	a.ranked = sync.OnceValue(func() *Ranking { return newRanking(a, a.rows()) })
	a.sorted = sync.OnceValue(func() []Impacted { return a.ranked().Span(0, a.ranked().Len()) })
	a.already = sync.OnceValue(a.findAlready)
	a.blind = sync.OnceValue(a.findBlindSpots)
	a.holders = sync.OnceValue(a.findHolders)
	a.assumed = sync.OnceValue(a.assume)
}

func (a *Assessment) impacted(i uint32, distance int) Impacted {
	from, to := a.states.get(i)
	return Impacted{CI: a.s.idOf(i), From: from, To: to, Distance: distance}
}

// Snapshot is the graph that was assessed: with the scenario's patch, if any.
func (a *Assessment) Snapshot() *Snapshot { return a.s }

// Complete says whether the budget sufficed. Where it did not, every state is a
// lower bound: what is listed did rise, at least that far.
func (a *Assessment) Complete() bool { return a.complete }

// EvaluatedNodes is how many CIs were taken up, once for each state passed on.
func (a *Assessment) EvaluatedNodes() int { return a.nodes }

// EvaluatedRelations is how many relations were followed.
func (a *Assessment) EvaluatedRelations() int { return a.relations }

// Counts are how many CIs rose, by the state they rose to.
func (a *Assessment) Counts() Counts { return a.counts }

// CountsOf are the Counts of the classes that keep keeps; it is asked once a class.
func (a *Assessment) CountsOf(keep func(class string) bool) (c Counts) {
	kept := a.s.ofClasses(keep)
	for _, i := range a.risen {
		if kept(i) {
			_, to := a.states.get(i)
			c.add(to)
		}
	}
	return c
}

// States are the states of one CI in baseline and scenario.
func (a *Assessment) States(id ID) (baseline, scenario State) {
	i, ok := a.s.at(id)
	if !ok {
		return Operational, Operational
	}
	return a.states.get(i)
}

// In is the state of one CI in a world, with the scenario.
func (a *Assessment) In(w World, id ID) State {
	m := a.moment
	switch w {
	case Certain:
		m = a.certain()
	case Possible:
		m = a.possible()
	}
	if i, ok := m.s.at(id); ok {
		return m.scenarioState(i)
	}
	return Operational
}

// Why says why a CI rose: nil where it did not.
func (a *Assessment) Why(id ID) *Proof { return a.why(id) }

// WhyNot says what keeps a CI from rising: nil where it rose, or does not exist.
func (a *Assessment) WhyNot(id ID) *Slack { return a.whyNot(id) }

// Impacted is every CI that rose: the worst first, then by distance, then by ref.
// The caller must not change it.
func (a *Assessment) Impacted() []Impacted { return a.sorted() }

// AlreadyAffected is what the effects reach and was not OPERATIONAL before, and
// is no worse now: it is not blamed on the scenario. Worst first, then by ref.
func (a *Assessment) AlreadyAffected() []Impacted { return a.already() }

func (a *Assessment) findAlready() []Impacted {
	var nodes []uint32
	for _, i := range a.reached() {
		if from, to := a.states.get(i); from > Operational && to <= from {
			nodes = append(nodes, i)
		}
	}
	slices.SortFunc(nodes, func(p, q uint32) int {
		x, _ := a.states.get(p)
		y, _ := a.states.get(q)
		return cmp.Or(-cmp.Compare(x, y), a.s.compareRefs(p, q))
	})
	out := make([]Impacted, len(nodes))
	for k, i := range nodes {
		out[k] = a.impacted(i, 0)
	}
	return out
}
