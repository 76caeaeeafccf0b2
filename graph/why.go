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
