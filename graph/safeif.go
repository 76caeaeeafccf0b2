package graph

import "slices"

// EditKind is a way to take the impact of a scenario off a service.
type EditKind uint8

// The edits that are tried.
const (
	KeepUp   EditKind = iota // keep CI up by other means, or leave it alone
	AddSpare                 // give CI a spare beside Beside
	Move                     // let CI depend on something else than Beside
)

var editNames = enumNames{"edit", []string{"KEEP_UP", "ADD_SPARE", "MOVE"}}

func (k EditKind) String() string { return editNames.name(uint8(k)) }

// Edit is one change of scenario or graph.
type Edit struct {
	Kind        EditKind
	CI          ID     // KeepUp: what stays up; else the consumer whose relation changes
	Beside      ID     // AddSpare, Move: the provider
	Type        string // AddSpare, Move: of the relation
	Requirement string // AddSpare: the requirement that gets a member more, or ""
}

// SafeIfAnswer lists the smallest sets of edits that take the impact off a service.
type SafeIfAnswer struct {
	Service  ID
	From, To State // baseline and scenario, at the instant of its worst
	// Sets are proved: each leaves the service at AT_RISK or better (where it only
	// loses its spare, as it was). All are of the smallest size that suffices, 1 or 2;
	// in the order in which the edits stand in the proof, from the cause to the service.
	Sets     [][]Edit
	Complete bool // everything of that size was tried
}

// maxSafeWork bounds how many relations are followed to find them, maxSafeSets how
// many sets are told.
const (
	maxSafeWork = 20_000_000
	maxSafeSets = 20
)

// SafeIf finds what would make a scenario safe for a service; nil where it is safe.
// Over a window, the instant of the service's worst is looked at.
func (a *Assessment) SafeIf(service ID) *SafeIfAnswer {
	i, ok := a.s.at(service)
	if !ok {
		return nil
	}
	from, to := a.fromTo(i)
	if to <= from {
		return nil
	}
	f := &safer{a: a, m: a.raisedAt(a.worstOf(i)), service: i, goal: from}
	if to > AtRisk {
		f.goal = max(from, AtRisk)
	}
	out := &SafeIfAnswer{Service: service, From: from, To: to, Complete: true}
	f.outside = f.m.confined(i)
	first := f.candidates(f.m)
	after := make([]*moment, len(first))
	for k, e := range first {
		if after[k] = f.try([]Edit{e}); after[k] != nil && after[k].scenarioState(i) <= f.goal {
			out.Sets = append(out.Sets, []Edit{e})
		}
	}
	if len(out.Sets) == 0 {
		out.Sets = f.pairs(first, after)
	}
	if len(out.Sets) > maxSafeSets {
		out.Sets, f.cut = out.Sets[:maxSafeSets], true
	}
	out.Complete = !f.cut
	return out
}

// pairs are the sets of two: whatever suffices must mend what the first proof rests
// on, and then what the proof rests on that is left.
func (f *safer) pairs(first []Edit, after []*moment) (out [][]Edit) {
	seen := map[[2]Edit]bool{}
	for k, e := range first {
		if after[k] == nil {
			continue
		}
		for _, d := range f.candidates(after[k]) {
			if d == e || seen[[2]Edit{e, d}] || seen[[2]Edit{d, e}] {
				continue
			}
			seen[[2]Edit{e, d}] = true
			if m := f.try([]Edit{e, d}); m != nil && m.scenarioState(f.service) <= f.goal {
				if out = append(out, []Edit{e, d}); len(out) > maxSafeSets {
					return out
				}
			}
		}
	}
	return out
}

// safer tries edits.
type safer struct {
	a       *Assessment
	m       *moment
	service uint32
	outside []uint8 // a mask of nodes that make no difference to the service
	goal    State
	words   int
	cut     bool
}

// candidates are the edits of what the proof of the service rests on.
func (f *safer) candidates(m *moment) []Edit {
	var out []Edit
	add := func(e Edit) {
		if !slices.Contains(out, e) {
			out = append(out, e)
		}
	}
	for _, r := range m.rises(f.service) {
		if r.Baseline {
			continue
		}
		switch r.Kind {
		case ByEffect:
			add(Edit{Kind: KeepUp, CI: r.CI})
		case ByRelation:
			add(Edit{Kind: AddSpare, CI: r.CI, Beside: r.Relation.To, Type: r.Relation.Type})
			add(Edit{Kind: Move, CI: r.CI, Beside: r.Relation.To, Type: r.Relation.Type})
		case ByRequirement:
			for _, m := range r.Requirement.Members {
				if m.State >= Degraded {
					add(Edit{Kind: AddSpare, CI: r.CI, Beside: m.Link.To, Type: m.Link.Type, Requirement: r.Requirement.Requirement.Name})
					add(Edit{Kind: Move, CI: r.CI, Beside: m.Link.To, Type: m.Link.Type, Requirement: r.Requirement.Requirement.Name})
				}
			}
		}
		if r.Kind != ByEffect && r.CI != m.s.idOf(f.service) {
			add(Edit{Kind: KeepUp, CI: r.CI})
		}
	}
	return out
}

// confined is a mask of the nodes on which node i does not depend over nodes that are not
// well: with edits, which make nothing worse, they make no difference to it either.
func (m *moment) confined(i uint32) []uint8 {
	s := m.s
	ill := s.nodeSet([]uint32{i})
	m.states.ill(ill)
	return s.outside(s.spreadOver([]uint32{i}, Providers, len(s.goals()) > 0, ill))
}

// try solves the scenario with the edits; nil where that would be too much work.
func (f *safer) try(edits []Edit) *moment {
	if f.words > maxSafeWork {
		f.cut = true
		return nil
	}
	e := f.m.s.fork()
	var up []uint32
	for _, x := range edits {
		i, _ := e.s.at(x.CI)
		if x.Kind == KeepUp {
			up = append(up, i)
			continue
		}
		e.rewire(i, x)
	}
	e.regroup()
	x := setting{scenario: f.m.scenario, kept: up, outside: f.outside, context: f.m.context, after: e.s.read(f.m.read.world, f.m.read.at, f.a.options.Now)}
	x.before = x.after
	for _, y := range f.m.effects {
		if i, ok := e.s.at(y.CI); ok && !slices.Contains(up, i) {
			x.effects = append(x.effects, y)
		}
	}
	m := x.solve()
	f.words += m.relations
	return m
}

// rewire gives consumer i's relation to a provider a spare, or leads it elsewhere: to
// a CI that is there for this alone, and well.
func (a *applier) rewire(i uint32, x Edit) {
	s := a.s
	beside, ok := s.at(x.Beside)
	if !ok {
		return
	}
	var found []edge
	s.edges(i, func(e edge) bool {
		if e.to == beside && s.names.types.list[s.names.shapes.list[e.shape].typ] == x.Type {
			found = append(found, e)
		}
		return true
	})
	for _, e := range found {
		switch {
		case x.Kind == AddSpare && e.req == 0:
			// With a spare, the loss of the one costs at most the spare.
			sh := s.names.shapes.list[e.shape]
			sh.transfer = spared(sh.transfer)
			a.unlink(i, e)
			a.link(i, edge{to: e.to, shape: s.names.shapes.add(sh)})
		case x.Kind == AddSpare:
			a.link(i, edge{to: a.healthy(), shape: e.shape, req: e.req})
			return
		default:
			a.unlink(i, e)
			a.link(i, edge{to: a.healthy(), shape: e.shape, req: e.req})
		}
	}
}

// spared is a transfer that passes on at most AT_RISK.
func spared(t Transfer) Transfer {
	return Transfer(min(t.Of(AtRisk), AtRisk))<<2 | Transfer(min(t.Of(Degraded), AtRisk))<<4 | Transfer(min(t.Of(Down), AtRisk))<<6
}

// healthy is a new CI that depends on nothing.
func (a *applier) healthy() uint32 {
	n := &Node{ID: ID(len(a.s.base.byID) + a.s.size() - len(a.s.base.ids)), Ref: Ref{Class: rootClass, Scope: DefaultScope}}
	_ = a.create(n) // its id is the next one
	i, _ := a.s.at(n.ID)
	return i
}
