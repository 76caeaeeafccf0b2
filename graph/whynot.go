package graph

import (
	"cmp"
	"slices"
)

// whyNot says what keeps a CI from rising: nil where it rose, or does not exist.
func (m *moment) whyNot(id ID) *Slack {
	i, ok := m.s.at(id)
	if !ok {
		return nil
	}
	from, to := m.states.get(i)
	if to > from {
		return nil
	}
	out := &Slack{CI: id, State: to}
	_, reached := slices.BinarySearch(m.reached(), i)
	switch {
	case !reached:
		out.Kind = NotReached
	case to > Operational:
		out.Kind = AlreadySo
	default:
		out.Holders = m.holdersOf(i)
		out.Kind = AlreadySo // an effect on what is down already changes nothing
		if len(out.Holders) > 0 {
			out.Kind = out.Holders[0].Kind
		}
	}
	return out
}

// holdersOf walks from node i towards the effects and stops where a CI stayed up
// though a provider of it rose. Nearest first, then by ref.
func (m *moment) holdersOf(i uint32) []Holder {
	var out []Holder
	seen := map[uint32]bool{i: true}
	for layer := []uint32{i}; len(layer) > 0; {
		var next []uint32
		slices.SortFunc(layer, m.s.compareRefs)
		for _, n := range layer {
			held, on := m.heldHere(n)
			out = append(out, held...)
			for _, u := range on {
				if !seen[u] {
					seen[u] = true
					next = append(next, u)
				}
			}
		}
		layer = next
	}
	return out
}

// heldHere is what holds node n against its providers that rose, and the reached
// providers that did not rise, where to look further.
func (m *moment) heldHere(n uint32) (held []Holder, on []uint32) {
	s := m.s
	_, pin := s.pinned(n, m.read.at)
	groups := map[uint32]bool{}
	s.edges(n, func(e edge) bool {
		if !s.names.shapes.list[e.shape].carries() {
			return true
		}
		if _, reached := slices.BinarySearch(m.reached(), e.to); !reached {
			return true
		}
		from, to := m.states.get(e.to)
		switch {
		case to <= from:
			on = append(on, e.to)
		case pin:
			if len(held) == 0 {
				held = append(held, Holder{CI: s.idOf(n), Kind: HeldByPin})
			}
		case e.req != 0 && !groups[e.req]:
			groups[e.req] = true
			if st := m.requirementState(e.req-1, m.scenarioState); st.State < Down { // else it was DOWN before and holds nothing
				held = append(held, Holder{CI: s.idOf(n), Kind: HeldUp, Requirement: st})
			}
		case e.req == 0 && m.read.of(n, e).Of(to) < to: // else n was so before
			valid, band := s.names.shapes.list[e.shape].valid(m.read.at), m.read.bands[e.shape]
			held = append(held, Holder{CI: s.idOf(n), Kind: NotPassedOn, Relation: s.link(n, e), Provider: to,
				Lapsed: !valid, Ignored: valid && !m.read.world.counts(band), Band: band})
		}
		return true
	})
	for _, r := range s.reqsOf(n) {
		if q := s.req(r); q.rule == Reaches && !pin && m.hurtPath(r) {
			if st := m.requirementState(r, m.scenarioState); st.State < Down {
				held = append(held, Holder{CI: s.idOf(n), Kind: HeldUp, Requirement: st})
			}
		}
	}
	slices.SortFunc(held, func(x, y Holder) int { return cmp.Or(cmp.Compare(x.Kind, y.Kind), compareHolders(s, x, y)) })
	return held, on
}

// hurtPath says whether something rose on which a path of REACHES requirement r may run.
func (m *moment) hurtPath(r uint32) bool {
	g, c := m.s.goalOf(r), m.s.req(r).consumer
	return slices.ContainsFunc(m.risen, func(i uint32) bool { return i != c && g.leads(i, c) })
}

func compareHolders(s *Snapshot, x, y Holder) int {
	if c := s.Ref(x.CI).Compare(s.Ref(y.CI)); c != 0 {
		return c
	}
	if x.Requirement != nil && y.Requirement != nil {
		return cmp.Compare(x.Requirement.Requirement.Name, y.Requirement.Requirement.Name)
	}
	return cmp.Or(s.Ref(x.Relation.To).Compare(s.Ref(y.Relation.To)), cmp.Compare(x.Relation.Type, y.Relation.Type),
		cmp.Compare(x.Relation.Qualifier, y.Relation.Qualifier))
}

// Held are the requirements that the scenario hurt and that still passed on less
// than their worst member: what stayed up, or only lost its spare, and why. One whose
// consumer is worse off for another reason held nothing up. The fewest left first,
// then by ref and name.
func (a *Assessment) Held() []Holder { return a.holders.get(a.findHolders) }

func (a *Assessment) findHolders() []Holder {
	var out []Holder
	solved := a.worst()
	for _, q := range solved.reqs {
		consumer := a.s.req(q).consumer
		st := solved.requirementState(q, solved.scenarioState)
		if solved.scenarioState(consumer) > max(AtRisk, st.State) {
			continue
		}
		worst, hurt := Operational, false
		for _, m := range st.Members {
			from, to := a.States(m.Link.To)
			worst = max(worst, m.State)
			hurt = hurt || to > from && m.State > Operational
		}
		if hurt && st.State < worst {
			out = append(out, Holder{CI: a.s.idOf(consumer), Kind: HeldUp, Requirement: st})
		}
	}
	slices.SortFunc(out, func(x, y Holder) int {
		return cmp.Or(cmp.Compare(x.Requirement.Left(), y.Requirement.Left()), compareHolders(a.s, x, y))
	})
	return out
}
