package graph

import (
	"cmp"
	"slices"
	"sync"
)

// Assessment is the answer to a scenario: which CIs rise above the baseline, by
// how much, how far away and why. It is immutable and safe for concurrent use.
type Assessment struct {
	s        *Snapshot // with the scenario's patch
	scenario Scenario
	options  Options

	complete         bool
	nodes, relations int
	counts           Counts
	risen            []uint32 // who rose, in no order
	states           states
	log              []rise // of the scenario's solve, its baseline first
	waves            []int
	effectWave       int // the first wave of the scenario's effects

	// What is only sometimes asked for is made once, when it is.
	rows    func() []row
	ranked  func() *Ranking
	sorted  func() []Impacted
	ranks   func() ranks
	reached func() []uint32
	already func() []Impacted
	blind   func() []BlindSpot
	holders func() []Holder
	assumed func() []Assumption
	reqs    []uint32 // requirements with a member that is not well
}

// row is one CI that rose.
type row struct {
	node     uint32
	distance uint32
	from, to State
}

// states are the states above OPERATIONAL in baseline and scenario: sparse where
// few are, dense where many are.
type states struct {
	dense  []uint8
	sparse map[uint32]uint8
}

func (t *states) get(i uint32) (before, after State) {
	b := t.sparse[i]
	if t.dense != nil {
		b = t.dense[i]
	}
	return State(b & beforeBits >> beforeShift), State(b & stateBits)
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
	effects := make([]uint32, len(sc.Effects))
	for k, e := range sc.Effects {
		i, ok := patched.at(e.CI)
		if !ok {
			return nil, Errorf(NotFound, "no CI has the id %d", e.CI)
		}
		effects[k] = i
	}
	a := &Assessment{s: patched, scenario: sc, options: o}
	v := newSolver(patched, o.Now)
	defer v.release()
	// The budget bounds what the scenario adds: on half a baseline, what was so
	// before would be blamed on the scenario.
	v.keep = true
	v.seed()
	v.run()
	v.settleBaseline()
	if patched != s {
		a.rebase(s, v)
	}
	a.effectWave = len(v.waves)
	v.wave()
	for k, e := range sc.Effects {
		v.own(effects[k], e.Kind.State())
	}
	if o.Budget > 0 {
		v.budget = v.words + o.Budget
	}
	v.run()
	a.read(v)
	a.lazy()
	return a, nil
}

// rebase makes the unpatched graph the baseline of all nodes that it has; a node
// that only the patch creates keeps its state there without the effects.
func (a *Assessment) rebase(s *Snapshot, v *solver) {
	b := newSolver(s, a.options.Now)
	defer b.release()
	b.seed()
	b.run()
	// Both graphs index alike: the patch only adds behind.
	for level := AtRisk; level <= Down; level++ {
		for _, i := range v.queue[level] {
			if int(i) < s.size() && s.flagsOf(i)&flagAbsent == 0 {
				v.state[i] &^= beforeBits
			}
		}
	}
	for level := AtRisk; level <= Down; level++ {
		for _, i := range b.queue[level] {
			v.state[i] = v.state[i]&^beforeBits | uint8(b.of(i))<<beforeShift
			v.held = append(v.held, i) // to be cleared, though it may not have risen here
		}
	}
}

// read takes the answer out of the solver.
func (a *Assessment) read(v *solver) {
	a.complete = !v.cut
	a.nodes, a.relations = v.nodes, v.words
	a.log, a.waves, a.reqs = slices.Clone(v.log), slices.Clone(v.waves), slices.Clone(v.reqs)
	a.rise(v)
	touched := 0
	for level := range v.queue {
		touched += len(v.queue[level])
	}
	if touched+len(v.held) > len(v.state)/64 {
		a.states.dense = slices.Clone(v.state)
		return
	}
	a.states.sparse = make(map[uint32]uint8, touched)
	for level := range v.queue {
		for _, i := range v.queue[level] {
			a.states.sparse[i] = v.state[i]
		}
	}
	for _, i := range v.held {
		a.states.sparse[i] = v.state[i]
	}
}

// rise notes who is worse than in the baseline: a CI stands once in the queue of
// each state that it got into.
func (a *Assessment) rise(v *solver) {
	for level := AtRisk; level <= Down; level++ {
		for _, i := range v.queue[level] {
			if v.of(i) == level && v.before(i) < level {
				a.risen = append(a.risen, i)
				a.counts.add(level)
			}
		}
	}
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

// findRows walks breadth-first from the effects, and from what the patch itself
// changed, over CIs that rose and relations that pass something on.
func (a *Assessment) findRows() []row {
	rows := make([]row, 0, len(a.risen))
	seen := make([]uint64, (a.s.size()+63)/64)
	add := func(i, distance uint32) {
		if word, bit := i/64, uint64(1)<<(i%64); seen[word]&bit == 0 {
			if from, to := a.states.get(i); to > from {
				seen[word] |= bit
				rows = append(rows, row{i, distance, from, to})
			}
		}
	}
	for _, e := range a.scenario.Effects {
		if i, ok := a.s.at(e.CI); ok {
			add(i, 0)
		}
	}
	for _, i := range a.patchedNodes() {
		add(i, 0)
	}
	for k := 0; k < len(rows); k++ {
		r := rows[k]
		words, extra := a.s.in(r.node)
		for _, list := range [2][]uint32{words, extra} {
			for _, w := range list {
				if passes(a.s, w, r.to) > Operational {
					add(a.s.consumerOf(w), r.distance+1)
				}
			}
		}
	}
	return rows
}

// passes is what an in word passes on from a provider in state st.
func passes(s *Snapshot, w uint32, st State) State {
	switch w &^ indexMask {
	case tagSoft:
		return Soft.Of(st)
	case tagOdd:
		return s.oddAt(w & indexMask).transfer.Of(st)
	}
	return st
}

// patchedNodes are the consumers and nodes that the scenario's patch touches.
func (a *Assessment) patchedNodes() []uint32 {
	var out []uint32
	for _, c := range a.scenario.Patch {
		var id ID
		switch {
		case c.Node != nil:
			id = c.Node.ID
		case c.Relation != nil:
			id = c.Relation.From
		case c.RelationWas != nil:
			id = c.RelationWas.From
		case c.Requirement != nil:
			id = c.Requirement.Consumer
		case c.RequirementWas != nil:
			id = c.RequirementWas.Consumer
		}
		if i, ok := a.s.at(id); ok {
			out = append(out, i)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (a *Assessment) lazy() {
	a.rows = sync.OnceValue(a.findRows)
	a.ranked = sync.OnceValue(func() *Ranking { return newRanking(a, a.rows()) })
	a.sorted = sync.OnceValue(func() []Impacted { return a.ranked().Span(0, a.ranked().Len()) })
	a.ranks = sync.OnceValue(a.rank)
	a.reached = sync.OnceValue(a.reach)
	a.already = sync.OnceValue(a.findAlready)
	a.blind = sync.OnceValue(a.findBlindSpots)
	a.holders = sync.OnceValue(a.findHolders)
	a.assumed = sync.OnceValue(a.assume)
}

func (a *Assessment) impacted(i uint32, distance int) Impacted {
	from, to := a.states.get(i)
	return Impacted{CI: a.s.idOf(i), From: from, To: to, Certain: to, Possible: to, Distance: distance}
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

// Impacted is every CI that rose: the worst first, then by distance, then by ref.
// The caller must not change it.
func (a *Assessment) Impacted() []Impacted { return a.sorted() }

// reach is everything that depends on the effects, whatever the redundancy, and
// the CIs of the effects and of the patch themselves; by index.
func (a *Assessment) reach() []uint32 {
	from := a.patchedNodes()
	for _, e := range a.scenario.Effects {
		if i, ok := a.s.at(e.CI); ok {
			from = append(from, i)
		}
	}
	out := a.s.spread(from, Consumers)
	slices.Sort(out)
	return out
}

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
