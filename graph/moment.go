package graph

import "slices"

// moment is a scenario solved at one instant, in one world: the states of baseline
// and scenario, and the log from which proofs are made. It is immutable.
type moment struct {
	s        *Snapshot // with the scenario's patch
	scenario *Scenario
	effects  []OwnEffect // those that are active
	context  []OwnEffect // those of the context that are
	read     *reading

	complete         bool
	nodes, relations int
	counts           Counts
	risen            []uint32 // who rose, by the state that they got into
	rose             [4]int   // how many of them got into that state or a better one
	states           states
	log              []rise // of the scenario's solve, its baseline first, unless that was given
	waves            []int
	effectWave       int      // the first wave of the scenario's effects
	reqs             []uint32 // requirements with a member that is not well

	rowsLater  lazy[[]row]
	ranksLater lazy[ranks]
	reachLater lazy[[]uint32]
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
	few    []grown
	sparse lazy[map[uint32]uint8] // counts alone do not ask for it
	ground *start                 // of all others; nil: they are OPERATIONAL
}

func (t *states) get(i uint32) (before, after State) {
	if t.dense != nil {
		b := t.dense[i]
		return State(b & beforeBits >> beforeShift), State(b & stateBits)
	}
	b, ok := t.sparse.get(t.byNode)[i]
	if !ok {
		return t.ground.of(i), t.ground.of(i)
	}
	return State(b & beforeBits >> beforeShift), State(b & stateBits)
}

// ill adds the nodes that are not OPERATIONAL in the scenario to a set.
func (t *states) ill(to nodeSet) {
	add := func(list []uint8) {
		for i, b := range list {
			if b&stateBits > 0 {
				to.put(uint32(i))
			}
		}
	}
	add(t.dense)
	if t.dense == nil && t.ground != nil {
		add(t.ground.state)
	}
	for _, g := range t.few {
		if g.state&stateBits > 0 {
			to.put(g.node)
		}
	}
}

func (t *states) byNode() map[uint32]uint8 {
	out := make(map[uint32]uint8, len(t.few))
	for _, g := range t.few {
		out[g.node] = g.state
	}
	return out
}

// setting is what solving one instant takes.
type setting struct {
	before, after *reading // without and with the patch; one where there is none
	quiet         *reading // of the patched graph without the effects; nil: as after
	scenario      *Scenario
	effects       []OwnEffect // active ones, whose CIs exist
	context       []OwnEffect // active ones of the context
	outside       []uint8     // a mask of nodes that are not solved; nil: all are
	kept          []uint32    // nodes that relations cannot raise, beside those that are pinned
	budget        int         // relations to evaluate at most beyond the baseline; 0: no bound
	ground        *start      // the baseline, but for the context; nil: it is solved, too
}

// solve is the baseline, and the scenario above it.
func (x *setting) solve() *moment {
	m := &moment{s: x.after.s, scenario: x.scenario, effects: x.effects, context: x.context, read: x.after}
	v := newSolver(x.after)
	defer v.release()
	// The budget bounds what the scenario adds: on half a baseline, what was so
	// before would be blamed on the scenario.
	if v.keep = x.ground == nil; v.keep {
		if x.outside != nil {
			v.confine(x.outside)
		}
		for _, i := range x.kept {
			v.hold(i)
		}
		v.seed()
	} else {
		v.begin(x.ground)
		m.states.ground = x.ground
	}
	v.ownAll(x.context)
	v.run()
	v.settleBaseline()
	if x.before != x.after {
		m.rebase(x, v)
	}
	if x.quiet != nil {
		m.rebaseMade(x, v)
	}
	v.keep = true
	m.effectWave = len(v.waves)
	v.wave()
	v.exclude(x.scenario.Excluded)
	v.ownAll(x.effects)
	if x.budget > 0 {
		v.budget = v.words + x.budget
	}
	v.run()
	m.take(v)
	if len(m.log) > longLog {
		m.ranks()
	}
	return m
}

// longLog is how many rises are looked up sooner while they are solved, of which that is
// a fiftieth, than by the proof that asks for one first: within a millisecond.
const longLog = 200_000

// rebase makes the unpatched graph the baseline of all nodes that it has; a node
// that only the patch creates keeps its state there without the effects.
func (m *moment) rebase(x *setting, v *solver) {
	s, b := x.before.s, newSolver(x.before)
	defer b.release()
	b.seed()
	b.ownAll(x.context)
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

// rebaseMade makes what the patched graph is without the effects the baseline of the
// nodes that only the patch makes: what waits for a restart waits for none there.
func (m *moment) rebaseMade(x *setting, v *solver) {
	q := newSolver(x.quiet)
	defer q.release()
	q.seed()
	q.ownAll(x.context)
	q.run()
	s := x.before.s
	for i := range uint32(len(v.state)) {
		if int(i) >= s.size() || s.flagsOf(i)&flagAbsent != 0 {
			v.state[i] = v.state[i]&^beforeBits | uint8(q.of(i))<<beforeShift
			v.held = append(v.held, i) // to be cleared, though it may not have risen here
		}
	}
}

// take takes the answer out of the solver.
func (m *moment) take(v *solver) {
	m.complete = !v.cut
	m.nodes, m.relations = v.nodes, v.words
	m.log, m.waves, m.reqs = slices.Clone(v.log), slices.Clone(v.waves), slices.Clone(v.reqs)
	m.rise(v)
	if v.rose()+len(v.held) > len(v.state)/64 {
		m.states.dense = slices.Clone(v.state)
		return
	}
	m.states.few = make([]grown, 0, v.rose()+len(v.held))
	for _, list := range [][]uint32{v.queue[AtRisk], v.queue[Degraded], v.queue[Down], v.held} {
		for _, i := range list {
			m.states.few = append(m.states.few, grown{i, v.state[i]})
		}
	}
}

// rise notes who is worse than in the baseline: a CI stands once in the queue of
// each state that it got into.
func (m *moment) rise(v *solver) {
	m.risen = make([]uint32, 0, v.rose())
	for level := AtRisk; level <= Down; level++ {
		for _, i := range v.queue[level] {
			if v.of(i) == level && v.before(i) < level {
				m.risen = append(m.risen, i)
				m.counts.add(level)
			}
		}
		m.rose[level] = len(m.risen)
	}
}

// rows are those that rose, the nearest first.
func (m *moment) rows() []row { return m.rowsLater.get(m.findRows) }

// ranks are the rises of the log.
func (m *moment) ranks() ranks { return m.ranksLater.get(m.rank) }

// reached is everything that depends on the effects, whatever the redundancy, and
// the CIs of the effects and of the patch themselves; by index.
func (m *moment) reached() []uint32 { return m.reachLater.get(m.findReached) }

// findRows walks breadth-first from the effects, and from what the patch itself
// changed, over CIs that rose and relations that pass something on.
func (m *moment) findRows() []row {
	rows := make([]row, 0, len(m.risen))
	seen, met := m.s.nodeSet(nil), partsMet{}
	add := func(i, distance uint32) {
		if !seen.has(i) {
			if from, to := m.states.get(i); to > from {
				seen.put(i)
				rows = append(rows, row{i, distance, from, to})
			}
		}
	}
	for _, e := range m.effects {
		if i, ok := m.s.at(e.CI); ok {
			add(i, 0)
		}
	}
	for _, i := range m.scenario.patchedIn(m.s) {
		add(i, 0)
	}
	for k := 0; k < len(rows); k++ {
		r := rows[k]
		words, extra := m.s.in(r.node)
		for _, list := range [2][]uint32{words, extra} {
			for _, w := range list {
				if m.read.along(r.node, w).Of(r.to) > Operational {
					add(m.s.consumerOf(w), r.distance+1)
				}
			}
		}
		m.s.asking(r.node, met, func(c uint32) { add(c, r.distance+1) })
	}
	return rows
}

// patchedIn are the consumers and nodes that the scenario's patch touches, as the
// patched graph has them: of a relation that may be part of a path, those who ask for
// one, too.
func (sc *Scenario) patchedIn(s *Snapshot) []uint32 {
	var out []uint32
	for _, c := range sc.Patch {
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
		if i, ok := s.at(id); ok {
			out = append(out, i)
		}
		for _, r := range []*Relation{c.Relation, c.RelationWas} {
			if r != nil {
				out = append(out, s.askingOver(r.Type)...)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (m *moment) findReached() []uint32 {
	from := m.scenario.patchedIn(m.s)
	for _, e := range m.scenario.Effects {
		if i, ok := m.s.at(e.CI); ok {
			from = append(from, i)
		}
	}
	return m.s.nodeSet(m.s.spread(from, Consumers)).nodes() // they are in order there
}
