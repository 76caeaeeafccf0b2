package graph

import (
	"slices"
	"sync"
)

// solver computes the least fixpoint of impact-semantics.md, section 5, by a
// worklist: the worst states first, each level in waves. With transfers that
// never pass on more than they receive, a node is final when it is taken up, so
// the work is linear in the relations of what rises. All of it is scratch that is
// reused; a solve allocates nothing once it has grown to its graph.
type solver struct {
	s        *Snapshot
	read     *reading
	state    []uint8     // by node, see the bits below
	counts   [][3]uint32 // by requirement: members at AT_RISK, DEGRADED, DOWN or worse
	doubts   [][3]uint32 // the same of doubtful members; nil where the reading is simple
	musters  []muster    // by requirement, as far as they were needed
	known    []uint32    // requirements whose muster is
	queue    [4][]uint32 // nodes that rose to that state, in order
	done     [4]int      // how many of each queue are taken up
	reqs     []uint32    // requirements whose counts are not zero
	keep     bool        // write the log
	log      []rise
	waves    []int    // log[waves[w]:] are the rises of wave w and later
	nodes    int      // taken up
	words    int      // looked at
	budget   int      // words at most; 0: no bound
	floor    State    // states below it are not followed
	held     []uint32 // pinned nodes and those outside a mask: cleared one by one
	masked   bool     // within was called: all of state is to be cleared
	cut      bool     // the budget was hit
	searched int      // nodes+1 when paths were last looked for
}

// rise is one entry of the log, node<<2 | state: causes always have an earlier wave.
type rise uint32

func riseOf(i uint32, to State) rise { return rise(i<<2 | uint32(to)) }

func (r rise) node() uint32 { return uint32(r >> 2) }

func (r rise) state() State { return State(r & 3) }

// A node's byte: its state, the state it has already passed on, its baseline,
// and whether relations cannot raise it (a pin).
const (
	stateBits   uint8 = 3
	passedShift       = 2
	passedBits  uint8 = 3 << passedShift
	beforeShift       = 4
	beforeBits  uint8 = 3 << beforeShift
	heldBit     uint8 = 1 << 7
)

var solvers = sync.Pool{New: func() any { return new(solver) }}

// newSolver takes a clean solver for a reading; release gives it back.
func newSolver(r *reading) *solver {
	v := solvers.Get().(*solver)
	s := r.s
	v.s, v.read = s, r
	if n := s.size(); cap(v.state) < n {
		v.state = make([]uint8, n)
	} else {
		v.state = v.state[:n]
	}
	if n := s.reqSize(); cap(v.counts) < n {
		v.counts = make([][3]uint32, n)
	} else {
		v.counts = v.counts[:n]
	}
	if !r.simple {
		if n := s.reqSize(); cap(v.doubts) < n {
			v.doubts = make([][3]uint32, n)
		} else {
			v.doubts = v.doubts[:n]
		}
		if n := s.reqSize(); cap(v.musters) < n {
			v.musters = make([]muster, n)
		} else {
			v.musters = v.musters[:n]
		}
	}
	for i := range s.pins {
		if _, ok := s.pinned(i, r.at); ok {
			v.hold(i)
		}
	}
	return v
}

// hold keeps relations from raising node i.
func (v *solver) hold(i uint32) {
	v.state[i] |= heldBit
	v.held = append(v.held, i)
}

// exclude holds nodes as they are: relations do not raise them any further.
func (v *solver) exclude(nodes []ID) {
	for _, id := range nodes {
		if i, ok := v.s.at(id); ok {
			v.hold(i)
		}
	}
}

// ownAll raises nodes by effects that are active; one whose CI is not there has none.
func (v *solver) ownAll(effects []OwnEffect) {
	for _, e := range effects {
		if i, ok := v.s.at(e.CI); ok {
			v.own(i, e.Kind.State())
		}
	}
}

// within keeps relations from raising any node but these.
func (v *solver) within(nodes []uint32) {
	inside := make([]uint8, len(v.state))
	for _, i := range nodes {
		inside[i] = 1
	}
	for i, in := range inside {
		if in == 0 {
			v.state[i] |= heldBit
		}
	}
	v.masked = true
}

// confine is within with a mask: heldBit for each node outside.
func (v *solver) confine(mask []uint8) {
	copy(v.state, mask)
	for _, i := range v.held { // pins: they hold inside, too
		v.state[i] |= heldBit
	}
	v.masked = true
}

// release clears what the solve touched, no more.
func (v *solver) release() {
	if v.masked {
		clear(v.state)
	}
	for level := range v.queue {
		if !v.masked {
			for _, i := range v.queue[level] {
				v.state[i] = 0
			}
		}
		v.queue[level], v.done[level] = v.queue[level][:0], 0
	}
	for _, i := range v.held {
		v.state[i] = 0
	}
	for _, r := range v.reqs {
		v.counts[r] = [3]uint32{}
		if !v.read.simple {
			v.doubts[r] = [3]uint32{}
		}
	}
	for _, r := range v.known {
		v.musters[r] = muster{}
	}
	v.known = v.known[:0]
	v.held, v.reqs, v.log, v.waves = v.held[:0], v.reqs[:0], v.log[:0], v.waves[:0]
	v.s, v.read, v.keep, v.masked, v.cut = nil, nil, false, false, false
	v.nodes, v.words, v.budget, v.floor, v.searched = 0, 0, 0, 0, 0
	solvers.Put(v)
}

func (v *solver) of(i uint32) State { return State(v.state[i] & stateBits) }

// rose is how often a node has risen to a state.
func (v *solver) rose() (n int) {
	for _, q := range v.queue {
		n += len(q)
	}
	return n
}

func (v *solver) before(i uint32) State { return State(v.state[i] & beforeBits >> beforeShift) }

// own raises a node by itself: an effect, its lifecycle. Pins do not hold it.
func (v *solver) own(i uint32, to State) {
	if v.of(i) < to {
		v.lift(i, to)
	}
}

// raise is what relations and requirements do to a consumer.
func (v *solver) raise(i uint32, to State) {
	if State(v.state[i]&(stateBits|heldBit)) < to {
		v.lift(i, to)
	}
}

func (v *solver) lift(i uint32, to State) {
	if to < v.floor {
		return
	}
	v.state[i] = v.state[i]&^stateBits | uint8(to)
	v.queue[to] = append(v.queue[to], i)
	if v.keep {
		v.log = append(v.log, riseOf(i, to))
	}
}

// seed raises what is not OPERATIONAL by itself: lifecycle, tombstones, and
// requirements that are short with all members well.
func (v *solver) seed() {
	s := v.s
	v.wave()
	for _, i := range s.base.unhealthy {
		if s.overlaid(i) == nil {
			v.own(i, Down)
		}
	}
	for _, r := range v.suspects() {
		if q := &s.base.reqs[r]; v.state[q.consumer]&heldBit == 0 && s.overlaid(q.consumer) == nil {
			v.raise(q.consumer, v.standing(r))
		}
	}
	if s.delta == nil {
		return
	}
	s.delta.nodes.each(func(i uint32, o *overlay) {
		if o.flags&flagAbsent != 0 {
			return
		}
		if !delivers(o.flags) {
			v.own(i, Down)
		}
		for _, r := range o.reqs {
			v.raise(i, v.standing(r))
		}
	})
}

// suspects are the requirements of the base that may not be OPERATIONAL with all
// their members well.
func (v *solver) suspects() []uint32 {
	b := v.s.base
	switch {
	case v.read.simple:
		return b.unhealthyReq
	case v.read.plain && !v.read.plainDoubts:
		return slices.Concat(b.unhealthyReq, b.oddReqs)
	}
	all := make([]uint32, len(b.reqs))
	for r := range all {
		all[r] = uint32(r)
	}
	return all
}

// standing is the state that requirement r passes on by what was counted so far.
func (v *solver) standing(r uint32) State {
	q := v.s.req(r)
	if q.rule == Reaches {
		return Operational // reachable says
	}
	if q.rule == Capacity {
		return v.read.capacityState(q, v.read.held(r, q, v.passed))
	}
	if v.read.simple {
		return q.state(v.counts[r])
	}
	m := &v.musters[r]
	if !m.known {
		*m = v.read.muster(r, q)
		v.known = append(v.known, r)
	}
	return q.stateOf(v.read.world, *m, v.counts[r], v.doubts[r])
}

// passed is the state of node i that it has passed on: what rose in this wave counts
// in the next, so that each cause has an earlier wave than what it causes.
func (v *solver) passed(i uint32) State { return State(v.state[i] & passedBits >> passedShift) }

func (v *solver) wave() {
	if v.keep {
		v.waves = append(v.waves, len(v.log))
	}
}

// run follows all rises to the fixpoint, or until the budget is used up.
func (v *solver) run() {
	for v.drain(); !v.cut && v.reachable(); v.drain() {
	}
}

// drain follows all rises over relations and counting requirements.
func (v *solver) drain() {
	for level := Down; level > Operational; {
		lo, hi := v.done[level], len(v.queue[level])
		if lo == hi {
			level--
			continue
		}
		v.wave()
		v.done[level] = hi
		for _, i := range v.queue[level][lo:hi] {
			if v.state[i]&stateBits != uint8(level) {
				continue // it rose further before its turn
			}
			if v.budget > 0 && v.words >= v.budget {
				v.cut = true
				return
			}
			v.follow(i, level)
		}
		if v.s.raises {
			level = Down
		}
	}
}

// follow passes node i's new state on to its consumers.
func (v *solver) follow(i uint32, level State) {
	s := v.s
	passed := v.passed(i)
	v.state[i] = v.state[i]&^passedBits | uint8(level)<<passedShift
	v.nodes++
	words, extra := s.in(i)
	v.words += len(words) + len(extra)
	hard, soft, state := level, Soft.Of(level), v.state // a local: its header is not read again for each word
	if !v.read.plain {
		hard, soft = Operational, Operational
	}
	for {
		for _, w := range words {
			t := w & indexMask
			switch w &^ indexMask {
			case tagHard:
				if State(state[t]&(stateBits|heldBit)) < hard {
					v.lift(t, level)
				}
			case tagSoft:
				if State(state[t]&(stateBits|heldBit)) < soft {
					v.lift(t, soft)
				}
			case tagReq:
				v.member(t, passed, level, v.read.usual)
			default:
				v.followOdd(i, s.oddAt(t), passed, level)
			}
		}
		if extra == nil {
			return
		}
		words, extra = extra, nil
	}
}

// followOdd passes provider i's new state on along a relation with a row.
func (v *solver) followOdd(i uint32, o odd, passed, level State) {
	r, sh := v.read, o.shape()
	t := r.pass[sh]
	if o.member() {
		t = r.carry[sh]
	}
	if r.past != nil {
		t = r.past.now(wire{i, o}, &v.s.names.shapes.list[sh], t)
	}
	if o.member() {
		v.member(o.target, t.Of(passed), t.Of(level), r.bands[sh])
	} else {
		v.raise(o.target, t.Of(level))
	}
}

// member counts one member of requirement r that passes on to instead of from.
func (v *solver) member(r uint32, from, to State, b Band) {
	if to <= from {
		return
	}
	q := v.s.req(r)
	doubtful := false
	if !v.read.simple {
		if q.needsAll() && !v.read.world.counts(b) {
			return
		}
		doubtful = v.read.world.doubts(b)
	}
	c := &v.counts[r]
	if c[0] == 0 {
		v.reqs = append(v.reqs, r)
	}
	for k := from; k < to; k++ {
		c[k]++
		if doubtful {
			v.doubts[r][k]++
		}
	}
	if State(v.state[q.consumer]&(stateBits|heldBit)) >= to && v.read.simple && q.rule != Capacity {
		return // no counting requirement is worse than its worst member
	}
	v.raise(q.consumer, v.standing(r))
}

// settleBaseline declares what was solved so far to be the baseline.
func (v *solver) settleBaseline() {
	for level := AtRisk; level <= Down; level++ {
		for _, i := range v.queue[level] {
			v.state[i] = v.state[i]&^beforeBits | v.state[i]&stateBits<<beforeShift
		}
	}
}
