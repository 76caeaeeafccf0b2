package graph

import (
	"cmp"
	"slices"
	"strings"
)

// ranks are all rises by node, each with its wave. What a rise cites has an
// earlier wave, so proofs are acyclic; waves do not depend on how a snapshot is
// laid out, so two replicas give the same proof.
type ranks []ranked

type ranked struct {
	node  uint32
	wave  uint32
	state State
}

func (a *Assessment) rank() ranks {
	out := make(ranks, len(a.log))
	w := 0
	for k, r := range a.log {
		for w+1 < len(a.waves) && a.waves[w+1] <= k {
			w++
		}
		out[k] = ranked{r.node, uint32(w), r.state}
	}
	slices.SortFunc(out, func(p, q ranked) int {
		return cmp.Or(cmp.Compare(p.node, q.node), cmp.Compare(p.state, q.state))
	})
	return out
}

// of is the rises of one node, the mildest and earliest first.
func (t ranks) of(i uint32) []ranked {
	lo, _ := slices.BinarySearchFunc(t, i, func(r ranked, i uint32) int { return cmp.Compare(r.node, i) })
	hi := lo
	for hi < len(t) && t[hi].node == i {
		hi++
	}
	return t[lo:hi]
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

// until is the last rise of node i before a wave; its zero value is OPERATIONAL.
func (t ranks) until(i, wave uint32) (last ranked) {
	for _, r := range t.of(i) {
		if r.wave < wave {
			last = r
		}
	}
	return last
}

// Why says why a CI rose: nil where it did not.
func (a *Assessment) Why(id ID) *Proof {
	i, ok := a.s.at(id)
	if !ok {
		return nil
	}
	from, to := a.states.get(i)
	if to <= from {
		return nil
	}
	p := &Proof{CI: id, From: from, To: to}
	rise, _ := a.ranks().first(i, to)
	a.prove(rise, map[ranked]bool{}, p)
	p.Path = a.witness(i)
	return p
}

// prove appends the justification of a rise after those that it cites.
func (a *Assessment) prove(r ranked, done map[ranked]bool, p *Proof) {
	if done[r] {
		return
	}
	done[r] = true
	j, cited := a.justify(r)
	for _, c := range cited {
		a.prove(c, done, p)
	}
	p.Rises = append(p.Rises, j)
}

// justify finds what made a node rise, and the earlier rises that it rests on.
// Where several causes suffice: its own first, then the earliest single relation,
// by ref, then the first requirement, by name.
func (a *Assessment) justify(r ranked) (Justification, []ranked) {
	j, own := a.ownCause(r)
	if own {
		return j, nil
	}
	t := a.ranks()
	var best ranked
	var by edge
	found := false // the zero edge is an edge as well
	a.s.edges(r.node, func(e edge) bool {
		if e.req != 0 {
			return true
		}
		tr := a.s.names.shapes.list[e.shape].transfer
		for _, c := range t.of(e.to) {
			if c.wave >= r.wave || tr.Of(c.state) < r.state {
				continue
			}
			if !found || c.wave < best.wave || c.wave == best.wave && a.compareEdges(e, by) < 0 {
				best, by, found = c, e, true
			}
			break
		}
		return true
	})
	if found {
		j.Kind, j.Relation, j.Provider = ByRelation, a.s.link(r.node, by), best.state
		return j, []ranked{best}
	}
	for _, q := range a.s.reqsOf(r.node) {
		st, cited := a.requirementAt(q, r.wave)
		if st.State >= r.state {
			j.Kind, j.Requirement = ByRequirement, st
			return j, cited
		}
	}
	panic("graph: a rise without a cause") // the solver made it, so one of the above did
}

func (a *Assessment) compareEdges(e, f edge) int {
	x, y := &a.s.names.shapes.list[e.shape], &a.s.names.shapes.list[f.shape]
	return cmp.Or(a.s.compareRefs(e.to, f.to), strings.Compare(a.s.names.types.list[x.typ], a.s.names.types.list[y.typ]),
		strings.Compare(x.qualifier, y.qualifier))
}

// ownCause justifies a rise by the node itself, if that suffices.
func (a *Assessment) ownCause(r ranked) (Justification, bool) {
	before, _ := a.states.get(r.node)
	j := Justification{CI: a.s.idOf(r.node), State: r.state, Baseline: r.state <= before}
	flags := a.s.flagsOf(r.node)
	switch {
	case flags&flagRetired != 0:
		j.Kind = ByRetirement
		return j, true
	case !delivers(flags):
		j.Kind, j.Lifecycle = ByLifecycle, Lifecycle(flags&lifecycleBits)
		return j, true
	}
	found := false
	for _, e := range a.scenario.Effects {
		if int(r.wave) >= a.effectWave && e.CI == j.CI && e.Kind.State() >= r.state && !found {
			j.Kind, j.Effect, found = ByEffect, e.Kind, true
		}
	}
	return j, found
}

// requirementAt is how requirement q stood before a wave, with the rises of the
// members that were not well.
func (a *Assessment) requirementAt(q, wave uint32) (*RequirementState, []ranked) {
	var cited []ranked
	st := a.requirementState(q, func(provider uint32) State {
		r := a.ranks().until(provider, wave)
		return r.state
	})
	for _, m := range st.Members {
		if i, ok := a.s.at(m.Link.To); ok && m.State > Operational {
			cited = append(cited, a.ranks().until(i, wave))
		}
	}
	return st, cited
}

// requirementState evaluates requirement q for given provider states.
func (a *Assessment) requirementState(q uint32, state func(provider uint32) State) *RequirementState {
	r := a.s.req(q)
	out := &RequirementState{Requirement: a.s.requirement(q), K: int(r.k), N: int(r.n), Size: int(r.size), Spare: int(r.spare)}
	var c [3]uint32
	for _, l := range a.s.members(q) {
		i, _ := a.s.at(l.To)
		m := Member{Link: l, Provider: state(i)}
		m.State = l.Transfer.Of(m.Provider)
		for k := range m.State {
			c[k]++
		}
		if m.State <= AtRisk {
			out.Delivering++
		}
		out.Members = append(out.Members, m)
	}
	out.State = r.state(c)
	return out
}

func (a *Assessment) scenarioState(i uint32) State {
	_, st := a.states.get(i)
	return st
}

// hop is a step of a witness path: how a node's state reaches it.
type hop struct {
	from uint32
	j    Justification
}

// witness is one shortest chain from a CI with an effect to node i in which each
// CI's final state suffices for the next; by ref where several are shortest.
func (a *Assessment) witness(i uint32) []Justification {
	left := map[uint32]int{i: 0} // hops still to go to i
	var starts []uint32
	for layer, depth := []uint32{i}, 0; len(layer) > 0 && len(starts) == 0; depth++ {
		var next []uint32
		for _, n := range layer {
			if a.startsHere(n) {
				starts = append(starts, n)
			}
			for _, h := range a.tight(n) {
				if _, seen := left[h.from]; !seen {
					left[h.from] = depth + 1
					next = append(next, h.from)
				}
			}
		}
		layer = next
	}
	if len(starts) == 0 {
		return a.provenChain(i)
	}
	slices.SortFunc(starts, a.s.compareRefs)
	at := starts[0]
	j, _ := a.ownCause(a.final(at))
	path := []Justification{j}
	for at != i {
		next, via := uint32(0), Justification{}
		for _, c := range a.s.consumersOf(at) {
			if d, ok := left[c]; !ok || d != left[at]-1 || via.CI != 0 && a.s.compareRefs(c, next) > 0 {
				continue
			}
			for _, h := range a.tight(c) {
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
func (a *Assessment) final(i uint32) ranked {
	r, _ := a.ranks().first(i, a.scenarioState(i))
	return r
}

// startsHere says whether node i is in its state by an effect of the scenario, or
// by what the scenario's patch does to it.
func (a *Assessment) startsHere(i uint32) bool {
	if from, to := a.states.get(i); to <= from {
		return false
	}
	j, own := a.ownCause(a.final(i))
	return own && !j.Baseline
}

// tight are the providers whose final states suffice, alone or as members of a
// requirement, for the final state of node i, and which rose themselves.
func (a *Assessment) tight(i uint32) []hop {
	s, to := a.s, a.scenarioState(i)
	if _, held := s.pinned(i, a.options.Now); held {
		return nil
	}
	rose := func(u uint32) bool { from, st := a.states.get(u); return st > from }
	var out []hop
	s.edges(i, func(e edge) bool {
		st := a.scenarioState(e.to)
		if e.req == 0 && s.names.shapes.list[e.shape].transfer.Of(st) >= to && rose(e.to) {
			out = append(out, hop{e.to, Justification{CI: s.idOf(i), State: to, Kind: ByRelation, Relation: s.link(i, e), Provider: st}})
		}
		return true
	})
	for _, q := range s.reqsOf(i) {
		st := a.requirementState(q, a.scenarioState)
		if st.State < to {
			continue
		}
		for _, m := range st.Members {
			if u, ok := s.at(m.Link.To); ok && m.State > Operational && rose(u) && (m.State >= to || m.State >= Degraded) {
				out = append(out, hop{u, Justification{CI: s.idOf(i), State: to, Kind: ByRequirement, Requirement: st}})
			}
		}
	}
	return out
}

// provenChain is the witness where custom transfers raise states on a cycle, so
// that no chain of final states starts at an effect: it follows the proof.
func (a *Assessment) provenChain(i uint32) []Justification {
	var path []Justification
	for r := a.final(i); ; {
		j, cited := a.justify(r)
		path = append(path, j)
		next, found := ranked{}, false
		for _, c := range cited {
			if before, _ := a.states.get(c.node); c.state > before && (!found || c.wave < next.wave) {
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
