package graph

import "math/bits"

// Many outages are failed at once: each has a lane, a bit of a few words, and what one CI
// loses is a set of lanes. Where providers are taken before consumers each CI is taken up
// once for all lanes, however much of the estate the outages share.

// lanes are outages that are failed at once.
const lanes = 64 * len(laneSet{})

type laneSet [4]uint64

func (s *laneSet) set(lane int)      { s[lane/64] |= 1 << (lane % 64) }
func (s *laneSet) has(lane int) bool { return s[lane/64]>>(lane%64)&1 == 1 }
func (s *laneSet) none() bool        { return s[0]|s[1]|s[2]|s[3] == 0 }

func (s *laneSet) with(x *laneSet) {
	for k := range s {
		s[k] |= x[k]
	}
}

func (s *laneSet) meets(x *laneSet) bool {
	return s[0]&x[0]|s[1]&x[1]|s[2]&x[2]|s[3]&x[3] != 0
}

// tally counts in every lane, in binary: plane k has the lanes whose count has bit k.
type tally []laneSet

// add counts one more in some lanes. There are planes enough.
func (t tally) add(x laneSet) {
	for p := range t {
		carry := laneSet{}
		for k := range x {
			carry[k] = t[p][k] & x[k]
			t[p][k] ^= x[k]
		}
		if x = carry; x.none() {
			return
		}
	}
}

// above are the lanes that have counted more than n.
func (t tally) above(n int) (gt laneSet) {
	if n>>len(t) != 0 {
		return gt
	}
	for k := range gt {
		eq := ^uint64(0)
		for p := len(t) - 1; p >= 0; p-- {
			if n>>p&1 == 1 {
				eq &= t[p][k]
			} else {
				gt[k] |= eq & t[p][k]
				eq &^= t[p][k]
			}
		}
	}
	return gt
}

// of is the count of one lane.
func (t tally) of(lane int) (n uint32) {
	for p := range t {
		if t[p].has(lane) {
			n |= 1 << p
		}
	}
	return n
}

// ganged says whether outages can be failed in lanes: where DOWN alone decides what goes
// DOWN, relations pass it on one by one, and groups count their members.
func (p *probe) ganged() bool {
	return p.read.simple && !p.s.raises && len(p.s.goals()) == 0 && !p.s.Asks(Capacity)
}

// gang fails several outages at once, above a probe's baseline.
type gang struct {
	p      *probe
	spared func(uint32) bool // who goes DOWN in no lane: a pin holds it, or it is DOWN anyway
	order  []uint32          // all nodes, consumers before providers; of a circle, its members in a row
	ends   []uint32          // where the circles end in it, ascending; what ends nowhere else is one node
	lost   []laneSet
	sent   map[uint32]*laneSet // of members of a circle: the lanes that were passed on
	waits  map[uint32]bool     // members of the circle at hand: whether they are in line
	circle []uint32            // the line
	quorum []counted           // by requirement
	count  []laneSet
	words  int

	fetched uint32 // of no meaning; that it is kept makes the reading happen
}

// counted is a requirement with where its tally is.
type counted struct {
	quorum
	plane, planes uint32 // of count; it has none where it withstands nothing
}

// newGang prepares a gang; b has found in which order nodes are taken.
func newGang(p *probe, b *bounds) *gang {
	g := &gang{p: p, order: b.sorted, ends: b.circles, lost: make([]laneSet, p.s.size()), sent: map[uint32]*laneSet{}, waits: map[uint32]bool{}, quorum: make([]counted, len(b.quorums))}
	g.spared = p.s.marked(func(i uint32) bool { return p.state[i]&heldBit != 0 || p.before(i) == Down })
	var at uint32
	for r, q := range b.quorums {
		g.quorum[r].quorum = q
		if q.margin > 0 && q.margin != withdrawn {
			g.quorum[r].plane, g.quorum[r].planes = at, uint32(bits.Len32(p.s.req(uint32(r)).n))
			at += g.quorum[r].planes
		}
	}
	g.count = make([]laneSet, at)
	return g
}

// fail fails each of some nodes in a lane of its own, and counts what is taken, itself
// included. What is DOWN anyway takes nothing.
func (g *gang) fail(nodes []uint32, isService func(uint32) bool) []taken {
	clear(g.lost)
	clear(g.count)
	clear(g.sent)
	for lane, i := range nodes {
		if g.p.before(i) < Down {
			g.lost[i].set(lane)
		}
	}
	size := bits.Len(uint(len(g.lost)))
	down, services := make(tally, size), make(tally, size)
	circle := len(g.ends) - 1
	near := len(g.order)
	for k := len(g.order) - 1; k >= 0; {
		from := k
		if k < near {
			near = max(0, k+1-atATime)
			g.fetch(g.order[near : k+1])
		}
		if circle >= 0 && g.ends[circle] == uint32(k+1) {
			from = int(g.ends[circle-1])
			circle -= 2
		}
		g.settle(g.order[from : k+1])
		for _, i := range g.order[from : k+1] {
			if lost := g.lost[i]; !lost.none() {
				down.add(lost)
				if isService(i) {
					services.add(lost)
				}
			}
		}
		k = from - 1
	}
	out := make([]taken, len(nodes))
	for lane := range nodes {
		out[lane] = taken{services.of(lane), down.of(lane)}
	}
	return out
}

// atATime is how many nodes' relations are fetched from memory at once.
const atATime = 32

// fetch reads the first of what some nodes pass on, so that the waits for memory overlap:
// the order of nodes is not that in which they are stored.
func (g *gang) fetch(nodes []uint32) {
	var first [atATime][]uint32
	for k, i := range nodes {
		first[k], _ = g.p.s.in(i)
	}
	for k := range nodes {
		if len(first[k]) > 0 {
			g.fetched ^= first[k][0]
		}
	}
}

// settle passes on what a node lost, or the members of a circle until none loses more:
// those that lost something are taken up again, in turn.
func (g *gang) settle(members []uint32) {
	g.words += len(members)
	if len(members) == 1 {
		if i := members[0]; !g.lost[i].none() {
			g.pass(i, g.lost[i])
		}
		return
	}
	g.circle = append(g.circle[:0], members...)
	for _, i := range members {
		g.waits[i] = true
	}
	for k := 0; k < len(g.circle); k++ {
		i := g.circle[k]
		g.waits[i] = false
		now := g.lost[i]
		if now.none() {
			continue
		}
		was := g.sent[i]
		if was == nil {
			was = &laneSet{}
			g.sent[i] = was
		}
		more := now
		for k := range more {
			more[k] &^= was[k]
		}
		if !more.none() {
			*was = now
			g.pass(i, more)
		}
	}
	for _, i := range members {
		delete(g.waits, i)
	}
}

// pass tells the consumers of a node that it is DOWN in some lanes, once each.
func (g *gang) pass(i uint32, now laneSet) {
	s := g.p.s
	words, extra := s.in(i)
	g.words += len(words) + len(extra)
	for _, list := range [2][]uint32{words, extra} {
		for _, w := range list {
			t := w & indexMask
			switch w &^ indexMask {
			case tagHard:
				g.give(t, &now)
			case tagReq:
				g.member(t, &now)
			case tagOdd:
				if g.p.read.along(i, w).Of(Down) != Down {
					continue
				}
				if o := s.oddAt(t); o.member() {
					g.member(o.target, &now)
				} else {
					g.give(o.target, &now)
				}
			}
		}
	}
}

// give takes a consumer DOWN in some lanes, unless a pin holds it or it is DOWN anyway.
func (g *gang) give(c uint32, now *laneSet) {
	if g.spared(c) {
		return
	}
	before := g.lost[c]
	g.lost[c].with(now)
	if inLine, inside := g.waits[c]; inside && !inLine && g.lost[c] != before {
		g.waits[c] = true
		g.circle = append(g.circle, c)
	}
}

// member counts a lost member of a requirement.
func (g *gang) member(r uint32, now *laneSet) {
	q := &g.quorum[r]
	switch q.margin {
	case withdrawn:
	case 0:
		g.give(q.consumer, now)
	default:
		t := tally(g.count[q.plane : q.plane+q.planes])
		t.add(*now)
		if short := t.above(int(q.margin)); !short.none() {
			g.give(q.consumer, &short)
		}
	}
}
