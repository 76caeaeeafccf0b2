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
func (p *probe) atMost(isService func(uint32) bool) []taken {
	s := p.s
	n := s.size()
	b := &bounds{p: p, services: make([]float64, n), down: make([]float64, n), order: make([]uint32, n), low: make([]uint32, n)}
	for i := range uint32(n) {
		if b.order[i] == 0 && s.flagsOf(i)&flagAbsent == 0 {
			b.component(i, isService)
		}
	}
	out := make([]taken, n)
	limit := float64(n)
	for i := range out {
		const slack = 1e-3 // sums of a million fractions are not exact
		out[i] = taken{uint32(min(b.services[i]+slack, limit)), uint32(min(b.down[i]+slack, limit))}
	}
	return out
}

// bounds is the state of one search for strongly connected components.
type bounds struct {
	p              *probe
	services, down []float64 // by node, once its component is done
	order, low     []uint32  // by node: from 1; a component is done where low is done
	last           uint32
	stack          []uint32
	visits         []struct{ node, next uint32 }
}

const done = 1<<32 - 1

// component visits all that depends on a node.
func (b *bounds) component(root uint32, isService func(uint32) bool) {
	enter := func(i uint32) {
		b.last++
		b.order[i], b.low[i] = b.last, b.last
		b.stack = append(b.stack, i)
		b.visits = append(b.visits, struct{ node, next uint32 }{i, 0})
	}
	for enter(root); len(b.visits) > 0; {
		v := &b.visits[len(b.visits)-1]
		i := v.node
		if c, weight, ok := b.consumer(i, v.next); ok {
			v.next++
			switch {
			case weight == 0:
			case b.order[c] == 0:
				enter(c)
			case b.low[c] != done:
				b.low[i] = min(b.low[i], b.order[c])
			}
			continue
		}
		b.visits = b.visits[:len(b.visits)-1]
		if len(b.visits) > 0 {
			above := b.visits[len(b.visits)-1].node
			b.low[above] = min(b.low[above], b.low[i])
		}
		if b.low[i] == b.order[i] {
			from := len(b.stack) - 1
			for b.stack[from] != i {
				from--
			}
			b.finish(from, isService)
		}
	}
}

// finish sums up the component that stands on the stack from there on.
func (b *bounds) finish(from int, isService func(uint32) bool) {
	members := b.stack[from:]
	b.stack = b.stack[:from]
	var services, down float64
	for _, i := range members {
		if b.onPath(i) {
			services, down = math.Inf(1), math.Inf(1)
			break
		}
		down++
		if isService(i) {
			services++
		}
		for k := uint32(0); ; k++ {
			c, weight, ok := b.consumer(i, k)
			if !ok {
				break
			}
			if weight > 0 && b.low[c] == done {
				services += weight * b.services[c]
				down += weight * b.down[c]
			}
		}
	}
	for _, i := range members {
		b.services[i], b.down[i] = services, down
	}
	for _, i := range members {
		b.low[i] = done
	}
}

// onPath says whether a REACHES requirement may ask for node i, whose loss then counts
// for consumers that no relation leads to.
func (b *bounds) onPath(i uint32) bool {
	return slices.ContainsFunc(b.p.s.goals(), func(g goal) bool { return g.part[i] != 0 })
}

// consumer is the k-th consumer of node i, and how much the node's loss counts for it: 0
// where it passes on less.
func (b *bounds) consumer(i, k uint32) (c uint32, weight float64, ok bool) {
	s := b.p.s
	words, extra := s.in(i)
	switch {
	case int(k) < len(words):
		k = words[k]
	case int(k)-len(words) < len(extra):
		k = extra[int(k)-len(words)]
	default:
		return 0, 0, false
	}
	if s.raises { // being worse may be enough
		return s.consumerOf(k), 1, true
	}
	t := k & indexMask
	switch k &^ indexMask {
	case tagHard:
		return t, 1, true
	case tagReq:
		return s.req(t).consumer, b.share(t), true
	case tagOdd:
		o := s.oddAt(t)
		if tr := b.p.read.along(i, k); tr.Of(Down) == Down {
			if o.member() {
				return s.req(o.target).consumer, b.share(o.target), true
			}
			return o.target, 1, true
		}
	}
	return 0, 0, true
}

// share is how much one of a requirement's members counts for it.
func (b *bounds) share(r uint32) float64 {
	q := b.p.s.req(r)
	withstands := int(q.n) - int(q.k) - int(b.p.counts[r][Down-1])
	if !b.p.read.simple || q.rule == Capacity || withstands <= 0 {
		return 1
	}
	return 1 / float64(withstands+1)
}
