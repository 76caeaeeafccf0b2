package graph

import "time"

// probe is a solver at its baseline that is asked, again and again, what an outage
// does, and goes back each time by clearing what it touched.
type probe struct {
	*solver
	queued    [4]int
	baseReqs  int
	savedReqs []savedCount
}

type savedCount struct {
	r       uint32
	c, d    [3]uint32
	doubted bool
}

// newProbe settles the baseline of s, with an empty context: everything is valid,
// nothing was confirmed too long ago. Where only DOWN matters, milder states are not
// followed; within, if not nil, are the only nodes that relations may raise.
func newProbe(s *Snapshot, onlyDown bool, within []uint32) *probe {
	return newProbeOf(s.read(Headline, time.Time{}, time.Time{}), onlyDown, within)
}

func newProbeOf(r *reading, onlyDown bool, within []uint32) *probe {
	s, v := r.s, newSolver(r)
	if within != nil {
		v.within(within)
	}
	if onlyDown && !s.raises {
		v.floor = Down // milder states never take anything down
	}
	v.seed()
	v.run()
	p := &probe{solver: v}
	p.settle()
	return p
}

// settle makes what was solved so far the baseline that undo goes back to.
func (p *probe) settle() {
	p.settleBaseline()
	for level := range p.queue {
		p.queued[level] = len(p.queue[level])
	}
	p.baseReqs = len(p.reqs)
	p.savedReqs = p.savedReqs[:0:0]
	for _, r := range p.reqs {
		x := savedCount{r: r, c: p.counts[r]}
		if !p.read.simple {
			x.d, x.doubted = p.doubts[r], true
		}
		p.savedReqs = append(p.savedReqs, x)
	}
}

// undo goes back to the baseline.
func (p *probe) undo() {
	for level := range p.queue {
		for _, i := range p.queue[level][p.queued[level]:] {
			b := p.before(i)
			p.state[i] = p.state[i]&(beforeBits|heldBit) | uint8(b)<<passedShift | uint8(b)
		}
		p.queue[level] = p.queue[level][:p.queued[level]]
		p.done[level] = p.queued[level]
	}
	for _, r := range p.reqs {
		p.counts[r] = [3]uint32{}
		if !p.read.simple {
			p.doubts[r] = [3]uint32{}
		}
	}
	p.reqs = p.reqs[:p.baseReqs]
	for _, s := range p.savedReqs {
		p.counts[s.r] = s.c
		if s.doubted {
			p.doubts[s.r] = s.d
		}
	}
}

// fell are the nodes that the outage took DOWN, the baseline's aside.
func (p *probe) fell() []uint32 { return p.queue[Down][p.queued[Down]:] }

// hurt are the requirements with a member that the outage made worse; one that had
// such a member in the baseline already may be named, too.
func (p *probe) hurt() []uint32 { return p.reqs }

// ground is a baseline to come back to.
type ground struct {
	queued    [4]int
	baseReqs  int
	savedReqs []savedCount
	before    []rise // nodes whose baseline another one replaced
}

// stand makes what was solved since the baseline a baseline of its own, until leave.
func (p *probe) stand() ground {
	g := ground{queued: p.queued, baseReqs: p.baseReqs, savedReqs: p.savedReqs}
	for level := range p.queue {
		for _, i := range p.queue[level][p.queued[level]:] {
			g.before = append(g.before, riseOf(i, p.before(i)))
		}
	}
	p.settle()
	return g
}

// leave goes back to the baseline that stand left.
func (p *probe) leave(g ground) {
	for k := len(g.before) - 1; k >= 0; k-- {
		x := g.before[k]
		p.state[x.node()] = p.state[x.node()]&^beforeBits | uint8(x.state())<<beforeShift
	}
	p.queued, p.baseReqs, p.savedReqs = g.queued, g.baseReqs, g.savedReqs
	p.undo()
}

func (p *probe) close() { p.release() }
