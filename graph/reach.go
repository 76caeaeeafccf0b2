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
	return s.spreadOver(from, d, false)
}

// spread is plainSpread that goes over the paths of REACHES requirements, too.
func (s *Snapshot) spread(from []uint32, d Direction) []uint32 {
	return s.spreadOver(from, d, len(s.goals()) > 0)
}

func (s *Snapshot) spreadOver(from []uint32, d Direction, paths bool) []uint32 {
	seen := make([]uint64, s.size()/64+1)
	var queue []uint32
	met := partsMet{}
	visit := func(i uint32) {
		if seen[i>>6]>>(i&63)&1 == 0 {
			seen[i>>6] |= 1 << (i & 63)
			queue = append(queue, i)
		}
	}
	for _, i := range from {
		visit(i)
	}
	for k := 0; k < len(queue); k++ {
		i := queue[k]
		if d == Providers {
			s.edges(i, func(e edge) bool {
				if s.names.shapes.list[e.shape].carries() {
					visit(e.to)
				}
				return true
			})
			if paths && s.flagsOf(i)&flagGrouped != 0 {
				s.asked(i, met, visit)
			}
			continue
		}
		if paths {
			s.asking(i, met, visit)
		}
		words, extra := s.in(i)
		for _, w := range words {
			visit(s.consumerOf(w))
		}
		for _, w := range extra {
			visit(s.consumerOf(w))
		}
	}
	return queue
}
