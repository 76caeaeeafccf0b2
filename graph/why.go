package graph

import (
	"cmp"
	"slices"
	"strings"
)

// ranks are all rises by node, each with its wave. What a rise cites has an
// earlier wave, so proofs are acyclic; waves do not depend on how a snapshot is
// laid out, so two replicas give the same proof.
type ranks struct {
	m     *moment
	list  []ranked // by node, then state; where the log is short
	last  []uint32 // else it is followed back; by node: its last entry +1
	prior []uint32 // by entry: the node's one before +1
}

type ranked struct {
	node  uint32
	wave  uint32
	state State
}

func (m *moment) rank() ranks {
	if m.states.dense != nil {
		t := ranks{m: m, last: make([]uint32, m.s.size()), prior: make([]uint32, len(m.log))}
		for k, r := range m.log {
			t.prior[k] = t.last[r.node()]
			t.last[r.node()] = uint32(k) + 1
		}
		return t
	}
	out := make([]ranked, len(m.log))
	w := 0
	for k, r := range m.log {
		for w+1 < len(m.waves) && m.waves[w+1] <= k {
			w++
		}
		out[k] = ranked{r.node(), uint32(w), r.state()}
	}
	slices.SortFunc(out, func(p, q ranked) int {
		return cmp.Or(cmp.Compare(p.node, q.node), cmp.Compare(p.state, q.state))
	})
	return ranks{m: m, list: out}
}

// of is the rises of one node, the mildest and earliest first.
func (t ranks) of(i uint32) []ranked {
	if m := t.m; t.last != nil {
		var out []ranked
		for k := t.last[i]; k != 0; k = t.prior[k-1] {
			wave, found := slices.BinarySearch(m.waves, int(k-1))
			for found && wave+1 < len(m.waves) && m.waves[wave+1] == m.waves[wave] {
				wave++ // a wave in which nothing rose
			}
			if !found {
				wave--
			}
			out = append(out, ranked{i, uint32(wave), m.log[k-1].state()})
		}
		slices.Reverse(out)
		return out
	}
	lo, _ := slices.BinarySearchFunc(t.list, i, func(r ranked, i uint32) int { return cmp.Compare(r.node, i) })
	hi := lo
	for hi < len(t.list) && t.list[hi].node == i {
		hi++
	}
	return t.list[lo:hi]
}

// first is the earliest rise of node i to st or worse.
func (t ranks) first(i uint32, st State) (ranked, bool) {
	for _, r := range t.of(i) {
		if r.state >= st {
			return r, true
		}
	}
	return ranked{}, false
}

// until is the last rise of node i before a wave; its zero value is OPERATIONAL. Where the
// baseline was given, its rises have no wave of their own.
func (t ranks) until(i, wave uint32) (last ranked) {
	if t.m.states.ground != nil {
		before, _ := t.m.states.get(i)
		last = ranked{node: i, state: before}
	}
	for _, r := range t.of(i) {
		if r.wave < wave {
			last = r
		}
	}
	return last
}

// why says why a CI rose: nil where it did not.
func (m *moment) why(id ID) *Proof {
	i, ok := m.s.at(id)
	if !ok {
		return nil
	}
	from, to := m.states.get(i)
	if to <= from {
		return nil
	}
	return &Proof{CI: id, From: from, To: to, Rises: m.rises(i), Path: m.witness(i)}
}

// rises justify the state of a node that rose: each after those that it cites, without
// the baseline's where that was given.
func (m *moment) rises(i uint32) (out []Justification) {
	from, to := m.states.get(i)
	if to <= from {
		return nil
	}
	done := map[ranked]bool{}
	var prove func(r ranked)
	prove = func(r ranked) {
		if before, _ := m.states.get(r.node); done[r] || m.states.ground != nil && r.state <= before {
			return
		}
		done[r] = true
		j, cited := m.justify(r)
		for _, c := range cited {
			prove(c)
		}
		out = append(out, j)
	}
	rise, _ := m.ranks().first(i, to)
	prove(rise)
	return out
}

// justify finds what made a node rise, and the earlier rises that it rests on.
// Where several causes suffice: its own first, then the earliest single relation,
// by ref, then the first requirement, by name.
func (m *moment) justify(r ranked) (Justification, []ranked) {
	j, own := m.ownCause(r)
	if own {
		return j, nil
	}
	t := m.ranks()
	var best ranked
	var by edge
	found := false // the zero edge is an edge as well
	m.s.edges(r.node, func(e edge) bool {
		if e.req != 0 {
			return true
		}
		tr := m.read.of(r.node, e)
		for _, c := range t.of(e.to) {
			if c.wave >= r.wave || tr.Of(c.state) < r.state {
				continue
			}
			if !found || c.wave < best.wave || c.wave == best.wave && m.compareEdges(e, by) < 0 {
				best, by, found = c, e, true
			}
			break
		}
		return true
	})
	if found {
		j.Kind, j.Relation, j.Provider = ByRelation, m.s.link(r.node, by), best.state
		return j, []ranked{best}
	}
	for _, q := range m.s.reqsOf(r.node) {
		st, cited := m.requirementAt(q, r.wave)
		if st.State >= r.state {
			j.Kind, j.Requirement = ByRequirement, st
			return j, cited
		}
	}
	panic("graph: a rise without a cause") // the solver made it, so one of the above did
}

func (m *moment) compareEdges(e, f edge) int {
	x, y := &m.s.names.shapes.list[e.shape], &m.s.names.shapes.list[f.shape]
	return cmp.Or(m.s.compareRefs(e.to, f.to), strings.Compare(m.s.names.types.list[x.typ], m.s.names.types.list[y.typ]),
		strings.Compare(x.qualifier, y.qualifier))
}

// ownCause justifies a rise by the node itself, if that suffices.
func (m *moment) ownCause(r ranked) (Justification, bool) {
	before, _ := m.states.get(r.node)
	j := Justification{CI: m.s.idOf(r.node), State: r.state, Baseline: r.state <= before}
	flags := m.s.flagsOf(r.node)
	switch {
	case flags&flagRetired != 0:
		j.Kind = ByRetirement
		return j, true
	case !delivers(flags):
		j.Kind, j.Lifecycle = ByLifecycle, Lifecycle(flags&lifecycleBits)
		return j, true
	}
	found := false
	for _, e := range m.context {
		if int(r.wave) < m.effectWave && e.CI == j.CI && e.Kind.State() >= r.state && !found {
			j.Kind, j.Effect, found = ByEffect, e.Kind, true
		}
	}
	for _, e := range m.effects {
		if int(r.wave) >= m.effectWave && e.CI == j.CI && e.Kind.State() >= r.state && !found {
			j.Kind, j.Effect, found = ByEffect, e.Kind, true
		}
	}
	return j, found
}

// requirementAt is how requirement q stood before a wave, with the rises of the
// members that were not well.
func (m *moment) requirementAt(q, wave uint32) (*RequirementState, []ranked) {
	var cited []ranked
	st := m.requirementState(q, func(provider uint32) State {
		r := m.ranks().until(provider, wave)
		return r.state
	})
	for _, x := range st.Members {
		if i, ok := m.s.at(x.Link.To); ok && x.State > Operational {
			cited = append(cited, m.ranks().until(i, wave))
		}
	}
	if st.Path != nil {
		for _, b := range st.Path.Barrier {
			if i, ok := m.s.at(b.CI); ok {
				cited = append(cited, m.ranks().until(i, wave))
			}
		}
	}
	return st, cited
}

// requirementState evaluates requirement q for given provider states, with the
// members that are valid at the instant.
func (m *moment) requirementState(q uint32, state func(provider uint32) State) *RequirementState {
	r := m.s.req(q)
	out := &RequirementState{Requirement: m.s.requirement(q), K: int(r.k), Size: int(r.size), Spare: int(r.spare)}
	if r.rule == Reaches {
		m.paths(q, state, out)
		return out
	}
	var c, d [3]uint32
	for _, e := range m.s.memberEdges(q) {
		if !m.s.names.shapes.list[e.shape].valid(m.read.at) {
			continue
		}
		x := Member{Link: m.s.link(r.consumer, e), Provider: state(e.to), Band: m.read.bands[e.shape]}
		x.State = m.read.of(r.consumer, e).Of(x.Provider)
		for k := range x.State {
			c[k]++
			if m.read.world.doubts(x.Band) {
				d[k]++
			}
		}
		if x.State <= AtRisk {
			out.Delivering++
		}
		out.Members = append(out.Members, x)
	}
	out.N = len(out.Members)
	if r.rule == Capacity {
		m.capacity(q, r, state, out)
		return out
	}
	out.State = r.stateOf(m.read.world, m.read.muster(q, r), c, d)
	return out
}

func (m *moment) scenarioState(i uint32) State {
	_, st := m.states.get(i)
	return st
}

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
