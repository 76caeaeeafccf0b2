package graph

import "time"

// Bare is the yardstick of the benchmarks: a plain reverse breadth-first search
// on a snapshot's own arrays, nothing but a visited bit and a queue.
type Bare struct {
	s     *Snapshot
	seen  []uint64
	queue []uint32
}

// NewBare allocates what Count needs.
func NewBare(s *Snapshot) *Bare {
	return &Bare{s: s, seen: make([]uint64, s.size()/64+1), queue: make([]uint32, 0, s.size())}
}

// Count is how many CIs depend on id, id included.
func (b *Bare) Count(id ID) int {
	x, i := b.s.base, b.s.base.byID[id]-1
	b.seen[i>>6] |= 1 << (i & 63)
	b.queue = append(b.queue[:0], i)
	for k := 0; k < len(b.queue); k++ {
		n := b.queue[k]
		for _, w := range x.in[x.inAt[n]:x.inAt[n+1]] {
			t := w & indexMask
			if tag := w &^ indexMask; tag == tagReq {
				t = x.reqs[t].consumer
			} else if tag == tagOdd {
				t = b.s.consumerOf(w)
			}
			if b.seen[t>>6]>>(t&63)&1 == 0 {
				b.seen[t>>6] |= 1 << (t & 63)
				b.queue = append(b.queue, t)
			}
		}
	}
	for _, n := range b.queue {
		b.seen[n>>6] = 0
	}
	return len(b.queue)
}

// SolveOnce is the engine alone: the states of an outage, with the log of causes
// if keep is set. It says how many CIs rose.
func SolveOnce(s *Snapshot, id ID, keep bool) int {
	v := newSolver(s.read(Headline, time.Time{}, time.Time{}))
	defer v.release()
	v.keep = keep
	v.seed()
	v.run()
	i, _ := s.at(id)
	v.own(i, Down)
	v.run()
	n := 0
	for level := AtRisk; level <= Down; level++ {
		for _, i := range v.queue[level] {
			if v.of(i) == level {
				n++
			}
		}
	}
	return n
}

// InLanes says whether the sweep of the estate fails many CIs at once.
func (s *Snapshot) InLanes() bool {
	p := newProbe(s, true, nil)
	defer p.close()
	return p.ganged()
}

// Tells says whether the focus is about a CI in the headline.
func (f *Focus) Tells(id ID) bool {
	i, ok := f.s.at(id)
	return ok && f.about(Headline, i)
}
