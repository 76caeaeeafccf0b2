package graph

import "slices"

// hop is a step of a witness path: how a node's state reaches it.
type hop struct {
	from uint32
	j    Justification
}

// witness is one shortest chain from a CI with an effect to node i in which each
// CI's final state suffices for the next; by ref where several are shortest.
func (m *moment) witness(i uint32) []Justification {
	left := map[uint32]int{i: 0} // hops still to go to i
	var starts []uint32
	for layer, depth := []uint32{i}, 0; len(layer) > 0 && len(starts) == 0; depth++ {
		var next []uint32
		for _, n := range layer {
			if m.startsHere(n) {
				starts = append(starts, n)
			}
			for _, h := range m.tight(n) {
				if _, seen := left[h.from]; !seen {
					left[h.from] = depth + 1
					next = append(next, h.from)
				}
			}
		}
		layer = next
	}
	if len(starts) == 0 {
		return m.provenChain(i)
	}
	slices.SortFunc(starts, m.s.compareRefs)
	at := starts[0]
	j, _ := m.ownCause(m.final(at))
	path := []Justification{j}
	for at != i {
		next, via := uint32(0), Justification{}
		after := m.s.consumersOf(at)
		m.s.asking(at, nil, func(c uint32) { after = append(after, c) })
		for _, c := range after {
			if d, ok := left[c]; !ok || d != left[at]-1 || via.CI != 0 && m.s.compareRefs(c, next) > 0 {
				continue
			}
			for _, h := range m.tight(c) {
				if h.from == at {
					next, via = c, h.j
					break
				}
			}
		}
		path = append(path, via)
		at = next
	}
	return path
}

// final is the rise to the node's state in the scenario.
func (m *moment) final(i uint32) ranked {
	r, _ := m.ranks().first(i, m.scenarioState(i))
	return r
}

// startsHere says whether node i is in its state by an effect of the scenario, or
// by what the scenario's patch does to it.
func (m *moment) startsHere(i uint32) bool {
	if from, to := m.states.get(i); to <= from {
		return false
	}
	j, own := m.ownCause(m.final(i))
	return own && !j.Baseline
}

// tight are the providers whose final states suffice, alone or as members of a
// requirement, for the final state of node i, and which rose themselves.
func (m *moment) tight(i uint32) []hop {
	s, to := m.s, m.scenarioState(i)
	if _, held := s.pinned(i, m.read.at); held {
		return nil
	}
	rose := func(u uint32) bool { from, st := m.states.get(u); return st > from }
	var out []hop
	s.edges(i, func(e edge) bool {
		st := m.scenarioState(e.to)
		if e.req == 0 && m.read.of(i, e).Of(st) >= to && rose(e.to) {
			out = append(out, hop{e.to, Justification{CI: s.idOf(i), State: to, Kind: ByRelation, Relation: s.link(i, e), Provider: st}})
		}
		return true
	})
	for _, q := range s.reqsOf(i) {
		st := m.requirementState(q, m.scenarioState)
		if st.State < to {
			continue
		}
		if st.Path != nil {
			for _, b := range st.Path.Barrier {
				if u, ok := s.at(b.CI); ok && rose(u) {
					out = append(out, hop{u, Justification{CI: s.idOf(i), State: to, Kind: ByRequirement, Requirement: st}})
				}
			}
		}
		for _, x := range st.Members {
			if u, ok := s.at(x.Link.To); ok && x.State > Operational && rose(u) && (x.State >= to || x.State >= Degraded) {
				out = append(out, hop{u, Justification{CI: s.idOf(i), State: to, Kind: ByRequirement, Requirement: st}})
			}
		}
	}
	return out
}

// provenChain is the witness where custom transfers raise states on a cycle, so
// that no chain of final states starts at an effect: it follows the proof.
func (m *moment) provenChain(i uint32) []Justification {
	var path []Justification
	for r := m.final(i); ; {
		j, cited := m.justify(r)
		path = append(path, j)
		next, found := ranked{}, false
		for _, c := range cited {
			if before, _ := m.states.get(c.node); c.state > before && (!found || c.wave < next.wave) {
				next, found = c, true
			}
		}
		if !found {
			slices.Reverse(path)
			return path
		}
		r = next
	}
}
