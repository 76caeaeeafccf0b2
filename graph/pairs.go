package graph

import (
	"cmp"
	"slices"
)

// pairs are the minimal cut sets of two: pairs of candidates, none of which is a cut
// by itself, that take the service down together; each by ref, then all of them.
//
// Two outages do more together than each alone only where a requirement loses members
// to both. So only candidates that weaken the same requirement are tried, on top of
// the first one's outage, with the same pruning as for single cuts.
func (c *cutter) pairs(candidates []uint32) [][2]uint32 {
	weakens := map[uint32][]uint32{} // by requirement: the candidates that take a member of it, and not the whole
	weak := map[uint32][]uint32{}    // by candidate: the requirements
	for _, i := range candidates {
		c.own(i, Down)
		c.run()
		for _, r := range c.weakened() {
			weakens[r] = append(weakens[r], i)
			weak[i] = append(weak[i], r)
		}
		c.undo()
	}
	place := make(map[uint32]int, len(candidates))
	for k, i := range candidates {
		place[i] = k
	}
	var out [][2]uint32
	for _, i := range candidates {
		partners := map[uint32]bool{}
		for _, r := range weak[i] {
			for _, j := range weakens[r] {
				if place[j] > place[i] {
					partners[j] = true
				}
			}
		}
		if len(partners) == 0 {
			continue
		}
		for _, j := range c.partners(i, partners, place) {
			p := [2]uint32{i, j}
			if c.s.compareRefs(i, j) > 0 {
				p = [2]uint32{j, i}
			}
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(p, q [2]uint32) int {
		return cmp.Or(c.s.compareRefs(p[0], q[0]), c.s.compareRefs(p[1], q[1]))
	})
	return out
}

// weakened are the requirements that lost a member to the outage and stand.
func (c *cutter) weakened() []uint32 {
	var out []uint32
	base := map[uint32][3]uint32{}
	for _, x := range c.savedReqs {
		base[x.r] = x.c
	}
	for _, r := range c.hurt() {
		if c.counts[r][Down-1] > base[r][Down-1] && c.of(c.s.req(r).consumer) < Down {
			out = append(out, r)
		} else if c.s.raises && c.counts[r] != base[r] {
			out = append(out, r) // a milder loss may end as a DOWN
		}
	}
	for _, g := range c.s.goals() {
		if !slices.ContainsFunc(c.fell(), func(i uint32) bool { return g.part[i] != 0 }) {
			continue
		}
		for _, r := range g.reqs {
			if c.of(c.s.req(r).consumer) < Down {
				out = append(out, r) // it has lost a path, perhaps
			}
		}
	}
	return out
}

// partners are the candidates that cut on top of node i's outage.
func (c *cutter) partners(i uint32, candidates map[uint32]bool, place map[uint32]int) []uint32 {
	c.own(i, Down)
	c.run()
	ground := c.stand()
	verdict := c.verdict
	c.verdict = make(map[uint32]bool, len(candidates))
	var list, out []uint32
	for j := range candidates {
		list = append(list, j)
	}
	// What is far from the service takes most with it, so most is known after it.
	slices.SortFunc(list, func(a, b uint32) int { return cmp.Compare(place[b], place[a]) })
	for _, j := range list {
		if c.of(j) < Down && c.cuts(j) {
			out = append(out, j)
		}
	}
	c.verdict = verdict
	c.leave(ground)
	return out
}
