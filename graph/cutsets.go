package graph

import "slices"

// CutSets are the minimal sets of at most size (1 or 2) CIs in the closure of a
// service (the service itself aside) whose outage, alone and with an empty context
// but the graph itself, its lifecycles and its pins, takes the service DOWN. Sets of
// one are its single points of failure. With a plane, only CIs that are provider of a
// relation of that plane in the closure are considered. It fails with Invalid for
// another size and an unknown plane.
func CutSets(s *Snapshot, service ID, size int, plane string) (*CutSetAnswer, error) {
	if size != 1 && size != 2 {
		return nil, Errorf(Invalid, "cut sets of size %d are not available", size).WithHint("ask for size 1 or 2")
	}
	top, ok := s.at(service)
	if !ok {
		return nil, Errorf(NotFound, "no CI has the id %d", service)
	}
	if plane != "" && !slices.ContainsFunc(s.cat.Types(), func(t *RelationType) bool { return t.Plane == plane }) {
		return nil, Errorf(Invalid, "no relation type is of plane %q", Clip(plane)).WithHint("one of %s", joinNonEmpty(planes(s.cat)))
	}
	out := &CutSetAnswer{Revision: s.Revision(), Service: service, Size: size}
	closure := s.spread([]uint32{top}, Providers)
	c := newCutter(s, closure, top)
	defer c.close()
	if c.alreadyDown() {
		out.AlreadyDown = true
		return out, nil
	}
	candidates := closure[1:]
	if plane != "" {
		candidates = s.providersOn(closure, plane)
	}
	out.Candidates = len(candidates)
	var cuts, others []uint32
	for _, i := range candidates {
		if c.cuts(i) {
			cuts = append(cuts, i)
		} else {
			others = append(others, i)
		}
	}
	slices.SortFunc(cuts, s.compareRefs)
	for _, i := range cuts {
		out.Sets = append(out.Sets, CutSet{s.idOf(i)})
	}
	if size == 2 {
		for _, p := range c.pairs(others) {
			out.Sets = append(out.Sets, CutSet(s.idsOf(p[:])))
		}
	}
	return out, nil
}

func planes(cat *Catalogue) []string {
	var out []string
	for _, t := range cat.Types() {
		out = append(out, t.Plane)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// providersOn are the nodes of a closure that are provider of a relation of that
// plane in it, the first node aside; in the closure's order.
func (s *Snapshot) providersOn(closure []uint32, plane string) []uint32 {
	on := make([]bool, len(s.names.types.list))
	for k, name := range s.names.types.list {
		t := s.cat.Type(name)
		on[k] = t != nil && t.Plane == plane
	}
	fits := map[uint32]bool{}
	for _, i := range closure {
		s.edges(i, func(e edge) bool {
			if sh := &s.names.shapes.list[e.shape]; sh.carries() && on[sh.typ] {
				fits[e.to] = true
			}
			return true
		})
		for _, g := range s.goals() {
			if g.plane == plane && g.part[i] != 0 {
				fits[i] = true // paths run both ways
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(closure[1:]), func(i uint32) bool { return !fits[i] })
}

// cutter asks, candidate after candidate, whether its outage takes one service
// down. It prunes by monotony: what goes DOWN with a candidate that is no cut is
// no cut either, and what takes a known cut DOWN is one.
type cutter struct {
	*probe
	top     uint32
	verdict map[uint32]bool // known cuts and known others
}

func newCutter(s *Snapshot, closure []uint32, top uint32) *cutter {
	return &cutter{probe: newProbe(s, true, closure), top: top, verdict: map[uint32]bool{}}
}

func (c *cutter) alreadyDown() bool { return c.of(c.top) == Down }

// cuts says whether the outage of node i takes the service down.
func (c *cutter) cuts(i uint32) bool {
	if known, ok := c.verdict[i]; ok {
		return known
	}
	c.own(i, Down)
	c.runUntil()
	is := c.of(c.top) == Down
	for _, n := range c.queue[Down][c.queued[Down]:] {
		is = is || c.verdict[n]
	}
	if !is {
		for _, n := range c.queue[Down][c.queued[Down]:] {
			c.verdict[n] = false
		}
	}
	c.verdict[i] = is
	c.undo()
	return is
}

// runUntil is run that stops as soon as the service, or a known cut, is DOWN.
func (c *cutter) runUntil() {
	for c.drainUntil() && c.reachable() {
	}
}

// drainUntil says whether it came to the end.
func (c *cutter) drainUntil() bool {
	seen := c.queued[Down]
	for level := Down; level > Operational; {
		if c.done[level] == len(c.queue[level]) {
			level--
			continue
		}
		i := c.queue[level][c.done[level]]
		c.done[level]++
		if c.state[i]&stateBits != uint8(level) {
			continue
		}
		c.follow(i, level)
		for ; seen < len(c.queue[Down]); seen++ {
			if n := c.queue[Down][seen]; n == c.top || c.verdict[n] {
				return false
			}
		}
		if c.s.raises {
			level = Down
		}
	}
	return true
}
