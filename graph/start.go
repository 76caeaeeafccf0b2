package graph

import "slices"

// start is a fixpoint that others go on from: what holds without effects.
type start struct {
	state  []uint8 // by node, as in a solver
	grown  []grown // where it is not as there
	masked bool    // some have heldBit that have no pin, or so many rose that state is copied whole
	queue  [4][]uint32
	held   []uint32
	reqs   []count
	nodes  int
	words  int
	looked int

	shut lazy[[]uint8] // state, of nodes that are not to rise
}

// grown is a node with what a solver knows of it.
type grown struct {
	node  uint32
	state uint8
}

// count is what a requirement of a consumer has counted.
type count struct {
	req, consumer uint32
	hurt, doubts  [3]uint32
	muster        muster
}

// quiet is s without effects, solved once for all who go on from there; of each world,
// as long as nothing in it depends on the time.
func (s *Snapshot) quiet(read *reading) *start {
	w := read.world
	lasting := s.timeless() && s.still[w].Load() != nil
	if x := s.starts[w].Load(); lasting && x != nil {
		return x
	}
	v := newSolver(read)
	defer v.release()
	v.seed()
	v.run()
	x := v.start()
	if lasting {
		s.starts[w].CompareAndSwap(nil, x)
	}
	return x
}

// start is the fixpoint that a solver has reached.
func (v *solver) start() *start {
	x := v.reached()
	x.state, x.masked = slices.Clone(v.state), v.masked || v.rose() > len(v.state)/copyWhole
	return x
}

// above is the fixpoint that a solver has reached, which began at another one.
func (v *solver) above(from *start) *start {
	x := v.reached()
	x.state, x.masked = from.state, from.masked
	x.grown = make([]grown, 0, v.rose()-from.rose())
	for level, q := range v.queue {
		for _, i := range q[from.queued(State(level)):] {
			x.grown = append(x.grown, grown{i, v.state[i]})
		}
	}
	return x
}

// reached is a start but for the states.
func (v *solver) reached() *start {
	x := &start{held: slices.Clone(v.held), nodes: v.nodes, words: v.words, looked: v.searched}
	for level, q := range v.queue {
		x.queue[level] = slices.Clone(q)
	}
	x.reqs = make([]count, 0, len(v.reqs))
	for _, r := range v.reqs {
		c := count{req: r, consumer: v.s.req(r).consumer, hurt: v.counts[r]}
		if !v.read.simple {
			c.doubts, c.muster = v.doubts[r], v.musters[r]
		}
		x.reqs = append(x.reqs, c)
	}
	return x
}

// within is a start as far as some nodes go; ground is what it and quiet have in common
// there.
func (x *start) within(taken nodeSet, quiet, ground *start) *start {
	out := &start{state: ground.state, masked: true, held: x.held, nodes: x.nodes, words: x.words, looked: x.looked, reqs: x.counted(taken)}
	for level, q := range x.queue {
		out.queue[level] = slices.Clip(ground.queue[level])
		for _, i := range q[quiet.queued(State(level)):] {
			if taken.has(i) {
				out.queue[level] = append(out.queue[level], i)
			}
		}
	}
	for _, g := range x.grown {
		if taken.has(g.node) {
			out.grown = append(out.grown, g)
		}
	}
	return out
}

// copyWhole is how many bytes are copied in a row in the time that one takes by itself.
const copyWhole = 50

// only is a start from which no nodes rise but these.
func (x *start) only(taken nodeSet) *start {
	out := &start{state: slices.Clone(x.shut.get(x.hold)), masked: true, held: x.held, nodes: x.nodes, words: x.words, looked: x.looked, reqs: x.counted(taken)}
	for _, i := range taken.nodes() {
		out.state[i] = x.state[i]
		if level := State(x.state[i] & stateBits); level > Operational {
			out.queue[level] = append(out.queue[level], i)
		}
	}
	return out
}

// counted is what the requirements of some nodes have counted.
func (x *start) counted(taken nodeSet) (out []count) {
	for _, c := range x.reqs {
		if taken.has(c.consumer) {
			out = append(out, c)
		}
	}
	return out
}

// hold is the states, of nodes that are not to rise: they are the baseline.
func (x *start) hold() []uint8 {
	out := slices.Clone(x.state)
	for i, b := range out {
		out[i] = b | b&stateBits<<beforeShift | heldBit
	}
	return out
}

// begin makes a solver that has done nothing yet stand at a start of the same graph, as
// read by it.
func (v *solver) begin(x *start) {
	if v.masked = x.masked; v.masked {
		copy(v.state, x.state)
	}
	copied := func(nodes []uint32) {
		if !v.masked {
			for _, i := range nodes {
				v.state[i] = x.state[i]
			}
		}
	}
	for level, q := range x.queue {
		v.queue[level] = append(v.queue[level][:0], q...)
		v.done[level] = len(q)
		copied(q)
	}
	for _, g := range x.grown {
		v.state[g.node] = g.state
	}
	v.held = append(v.held[:0], x.held...)
	copied(v.held)
	for _, c := range x.reqs {
		v.reqs = append(v.reqs, c.req)
		v.counts[c.req] = c.hurt
		if !v.read.simple {
			v.doubts[c.req] = c.doubts
			if c.muster.known { // all others are sooner looked up again than kept
				v.musters[c.req], v.known = c.muster, append(v.known, c.req)
			}
		}
	}
	v.nodes, v.words, v.searched = x.nodes, x.words, x.looked
}

// of is the state of a node there; a nil start is one where all is well.
func (x *start) of(i uint32) State {
	if x == nil || int(i) >= len(x.state) {
		return Operational
	}
	return State(x.state[i] & stateBits)
}

// queued is how many nodes have risen to a state there, at some time.
func (x *start) queued(level State) int {
	if x == nil {
		return 0
	}
	return len(x.queue[level])
}

// rose is how often a node has risen to a state there.
func (x *start) rose() (n int) {
	for level := range Down + 1 {
		n += x.queued(level)
	}
	return n
}
