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
	known  []known
	nodes  int
	words  int
	looked int
}

// grown is a node with what a solver knows of it.
type grown struct {
	node  uint32
	state uint8
}

// count is what a requirement has counted.
type count struct {
	req          uint32
	hurt, doubts [3]uint32
}

// known is a requirement whose members were counted.
type known struct {
	req uint32
	muster
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
	for _, r := range v.reqs {
		c := count{req: r, hurt: v.counts[r]}
		if !v.read.simple {
			c.doubts = v.doubts[r]
		}
		x.reqs = append(x.reqs, c)
	}
	for _, r := range v.known {
		x.known = append(x.known, known{r, v.musters[r]})
	}
	return x
}

// copyWhole is how many bytes are copied in a row in the time that one takes by itself.
const copyWhole = 50

// only is a start from which no nodes rise but these.
func (x *start) only(s *Snapshot, taken nodeSet) *start {
	out := *x
	out.state, out.masked, out.reqs, out.known = slices.Clone(x.state), true, nil, nil
	for i := range out.state {
		if !taken.has(uint32(i)) {
			out.state[i] |= heldBit
		}
	}
	for level, q := range x.queue {
		out.queue[level] = nil
		for _, i := range q {
			if taken.has(i) {
				out.queue[level] = append(out.queue[level], i)
			}
		}
	}
	for _, c := range x.reqs {
		if taken.has(s.req(c.req).consumer) {
			out.reqs = append(out.reqs, c)
		}
	}
	for _, k := range x.known {
		if taken.has(s.req(k.req).consumer) {
			out.known = append(out.known, k)
		}
	}
	return &out
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
		}
	}
	for _, k := range x.known {
		v.known = append(v.known, k.req)
		v.musters[k.req] = k.muster
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
