package graph

import "slices"

// Reach is every CI that depends on id (Consumers), or that id depends on
// (Providers), over relations that carry impact, transitively and whatever the
// redundancy; id itself is not counted. By ref.
func (s *Snapshot) Reach(id ID, d Direction) []ID {
	i, ok := s.at(id)
	if !ok {
		return nil
	}
	found := s.plainSpread([]uint32{i}, d)[1:]
	slices.SortFunc(found, s.compareRefs)
	return s.idsOf(found)
}

// ReachCount is the number of CIs that Reach lists.
func (s *Snapshot) ReachCount(id ID, d Direction) int {
	i, ok := s.at(id)
	if !ok {
		return 0
	}
	return len(s.plainSpread([]uint32{i}, d)) - 1
}

// plainSpread is a breadth-first search over relations that carry impact: from, without
// repeats, then what it reaches, nearest first.
func (s *Snapshot) plainSpread(from []uint32, d Direction) []uint32 {
	return s.spreadOver(from, d, false, nil)
}

// spread is plainSpread that goes over the paths of REACHES requirements, too.
func (s *Snapshot) spread(from []uint32, d Direction) []uint32 {
	return s.spreadOver(from, d, len(s.goals()) > 0, nil)
}

// spreadOver goes over paths or not, and, where there is a set of nodes that may be
// visited, no further than these.
func (s *Snapshot) spreadOver(from []uint32, d Direction, paths bool, may nodeSet) []uint32 {
	seen := s.nodeSet(nil)
	for k := range may {
		seen[k] = ^may[k]
	}
	var queue []uint32
	met := partsMet{}
	visit := func(i uint32) {
		if !seen.has(i) {
			seen.put(i)
			queue = append(queue, i)
		}
	}
	for _, i := range from {
		visit(i)
	}
	for k := 0; k < len(queue); k++ {
		i := queue[k]
		if d == Providers {
			if o := s.overlaid(i); o != nil {
				for _, e := range o.out {
					if s.names.shapes.list[e.shape].carries() {
						visit(e.to)
					}
				}
			} else { // in which group a relation is does not matter here: edges would look for it
				for e := s.base.outAt[i]; e < s.base.outAt[i+1]; e++ {
					if s.names.shapes.list[s.base.shapeOf(e)].carries() {
						visit(s.base.out[e])
					}
				}
			}
			if paths && s.flagsOf(i)&flagGrouped != 0 {
				s.asked(i, met, visit)
			}
			continue
		}
		s.consumers(i, paths, met, visit)
	}
	return queue
}

// consumers calls f for each that stands directly on a node, perhaps more than once, and
// over paths or not.
func (s *Snapshot) consumers(i uint32, paths bool, met partsMet, f func(c uint32)) {
	if paths {
		s.asking(i, met, f)
	}
	words, extra := s.in(i)
	for _, w := range words {
		f(s.consumerOf(w))
	}
	for _, w := range extra {
		f(s.consumerOf(w))
	}
}

// IDSet is a set of nodes, by their ids.
type IDSet []uint64

// Add puts a node into the set.
func (s *IDSet) Add(id ID) {
	for int(id>>6) >= len(*s) {
		*s = append(*s, 0)
	}
	(*s)[id>>6] |= 1 << (id & 63)
}

// Join adds all nodes of another set.
func (s *IDSet) Join(t IDSet) {
	for len(*s) < len(t) {
		*s = append(*s, 0)
	}
	for k, bits := range t {
		(*s)[k] |= bits
	}
}

// Has says whether a node is in the set.
func (s IDSet) Has(id ID) bool { return int(id>>6) < len(s) && s[id>>6]>>(id&63)&1 == 1 }

// Dependents are the nodes and all that depend on one of them, as [Snapshot.Reach] counts
// it, in no order.
func (s *Snapshot) Dependents(ids ...ID) IDSet {
	return s.set(s.plainSpread(s.indexes(ids), Consumers))
}

// Around is what an answer about effects on some nodes can depend on: they, all that they
// reach, and all on which any of that stands. What happens elsewhere cannot change it.
func (s *Snapshot) Around(ids ...ID) IDSet {
	return s.set(s.spread(s.spread(s.indexes(ids), Consumers), Providers))
}

func (s *Snapshot) indexes(ids []ID) (out []uint32) {
	for _, id := range ids {
		if i, ok := s.at(id); ok {
			out = append(out, i)
		}
	}
	return out
}

func (s *Snapshot) set(nodes []uint32) (out IDSet) {
	for _, i := range nodes {
		out.Add(s.idOf(i))
	}
	return out
}
