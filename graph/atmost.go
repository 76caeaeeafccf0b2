package graph

import (
	"math"
	"slices"
)

// taken counts what goes DOWN.
type taken struct{ services, down uint32 }

// atMost bounds, for each node, what its outage takes DOWN, itself included, without
// failing it. p stands at its baseline.
//
// That a consumer is lost to a single provider counts as much as the provider does. A
// requirement that withstands the loss of t members is lost with t+1 of them, so that
// each counts 1/(t+1): Markov's inequality. What depends on itself in a circle is lost
// as a whole, or not. So the bounds follow from consumers to providers in one pass over
// the strongly connected components (R. Tarjan, "Depth-first search and linear graph
// algorithms", 1972); rounding is to the provider's disadvantage.
func (p *probe) atMost(isService func(uint32) bool) ([]taken, *bounds) {
	s := p.s
	n := s.size()
	b := &bounds{p: p, nodes: make([]bound, n), quorums: p.quorums(), sorted: make([]uint32, 0, n)}
	for i := range uint32(n) {
		if b.nodes[i].order == 0 && s.flagsOf(i)&flagAbsent == 0 {
			b.component(i, isService)
		}
	}
	out := make([]taken, n)
	limit := float64(n)
	for i := range out {
		const slack = 1e-3 // sums of a million fractions are not exact
		out[i] = taken{uint32(min(b.nodes[i].services+slack, limit)), uint32(min(b.nodes[i].down+slack, limit))}
	}
	b.nodes = nil
	return out, b
}

// bounds is the state of one search for strongly connected components.
type bounds struct {
	p       *probe
	nodes   []bound
	quorums []quorum // by requirement
	last    uint32
	sorted  []uint32 // nodes by components, each after all that depend on it
	circles []uint32 // where components of several nodes begin and end in it, by turns
	stack   []uint32
	visits  []visit
}

// bound is what is known of a node: together, because they are looked up together.
type bound struct {
	order, low     uint32  // from 1; its component is done where low is done
	services, down float64 // once it is
}

// visit is a node on the way, with what the consumers that are done count for it.
type visit struct {
	node, next     uint32
	words, extra   []uint32 // what leads to its consumers
	weight         float64  // of the consumer that is being visited
	services, down float64
}

const done = 1<<32 - 1

// component visits all that depends on a node.
func (b *bounds) component(root uint32, isService func(uint32) bool) {
	enter := func(i uint32) {
		b.last++
		b.nodes[i].order, b.nodes[i].low = b.last, b.last
		b.stack = append(b.stack, i)
		words, extra := b.p.s.in(i)
		b.visits = append(b.visits, visit{node: i, words: words, extra: extra})
	}
	for enter(root); len(b.visits) > 0; {
		v := &b.visits[len(b.visits)-1]
		if c, ok := b.resume(v); ok {
			enter(c)
			continue
		}
		left := *v
		b.visits = b.visits[:len(b.visits)-1]
		i := &b.nodes[left.node]
		low := i.low
		if low == i.order {
			from := len(b.stack) - 1
			for b.stack[from] != left.node {
				from--
			}
			b.finish(from, left, isService)
		}
		if len(b.visits) > 0 {
			above := &b.visits[len(b.visits)-1]
			a := &b.nodes[above.node]
			a.low = min(a.low, low)
			if i.low == done {
				above.services, above.down = above.services+above.weight*i.services, above.down+above.weight*i.down
			}
		}
	}
}

// resume goes on through the consumers of a node to the next one that nobody has
// visited; false where there is none.
func (b *bounds) resume(v *visit) (next uint32, ok bool) {
	for n := uint32(len(v.words) + len(v.extra)); v.next < n; {
		w := v.next
		if v.next++; w < uint32(len(v.words)) {
			w = v.words[w]
		} else {
			w = v.extra[w-uint32(len(v.words))]
		}
		c, weight := b.consumer(v.node, w)
		if weight == 0 {
			continue
		}
		switch x := &b.nodes[c]; {
		case x.order == 0:
			v.weight = weight
			return c, true
		case x.low != done:
			i := &b.nodes[v.node]
			i.low = min(i.low, x.order)
		default:
			v.services, v.down = v.services+weight*x.services, v.down+weight*x.down
		}
	}
	return 0, false
}

// finish sums up the component that stands on the stack from there on; of one of a
// single node, its visit has counted what depends on it.
func (b *bounds) finish(from int, left visit, isService func(uint32) bool) {
	members := b.stack[from:]
	b.stack = b.stack[:from]
	var services, down float64
	if len(members) == 1 {
		services, down = left.services, left.down
	}
	for _, i := range members {
		if b.onPath(i) {
			services, down = math.Inf(1), math.Inf(1)
			break
		}
		down++
		if isService(i) {
			services++
		}
		if len(members) == 1 {
			break
		}
		words, extra := b.p.s.in(i)
		for _, list := range [2][]uint32{words, extra} {
			for _, w := range list {
				if c, weight := b.consumer(i, w); weight > 0 && b.nodes[c].low == done {
					services += weight * b.nodes[c].services
					down += weight * b.nodes[c].down
				}
			}
		}
	}
	for _, i := range members {
		b.nodes[i].services, b.nodes[i].down = services, down
	}
	for _, i := range members {
		b.nodes[i].low = done
	}
	if len(members) > 1 {
		b.circles = append(b.circles, uint32(len(b.sorted)), uint32(len(b.sorted)+len(members)))
	}
	b.sorted = append(b.sorted, members...)
}

// onPath says whether a REACHES requirement may ask for node i, whose loss then counts
// for consumers that no relation leads to.
func (b *bounds) onPath(i uint32) bool {
	return slices.ContainsFunc(b.p.s.goals(), func(g goal) bool { return g.part[i] != 0 })
}

// consumer is where an in word of node i leads to, and how much the node's loss counts
// there: 0 where it passes on less.
func (b *bounds) consumer(i, w uint32) (c uint32, weight float64) {
	s := b.p.s
	if s.raises { // being worse may be enough
		return s.consumerOf(w), 1
	}
	t := w & indexMask
	switch w &^ indexMask {
	case tagHard:
		return t, 1
	case tagReq:
		return b.quorums[t].share()
	case tagOdd:
		o := s.oddAt(t)
		if tr := b.p.read.along(i, w); tr.Of(Down) == Down {
			if o.member() {
				return b.quorums[o.target].share()
			}
			return o.target, 1
		}
	}
	return 0, 0
}

// quorum is what a requirement makes of the loss of members, at a baseline: the little
// that is asked for at each of its members, side by side.
type quorum struct {
	consumer uint32
	margin   uint32 // how many members more can be lost; withdrawn: the requirement is gone
}

const withdrawn = 1<<32 - 1

// quorums are those of all requirements, p standing at its baseline.
func (p *probe) quorums() []quorum {
	out := make([]quorum, p.s.reqSize())
	for r := range out {
		q := p.s.req(uint32(r))
		out[r].consumer = q.consumer
		switch margin := int(q.n) - int(q.k) - int(p.counts[r][Down-1]); {
		case q.gone:
			out[r].margin = withdrawn
		case p.read.simple && q.rule != Capacity && margin > 0:
			out[r].margin = uint32(margin)
		}
	}
	return out
}

// share is how much one of a requirement's members counts for its consumer.
func (q quorum) share() (consumer uint32, weight float64) {
	if q.margin == withdrawn {
		return q.consumer, 0
	}
	return q.consumer, 1 / float64(q.margin+1)
}
