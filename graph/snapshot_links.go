package graph

import (
	"cmp"
	"slices"
	"strings"
)

// The relations and requirements of a snapshot, as others read them.

// link is an edge as the outside sees it.
func (s *Snapshot) link(from uint32, e edge) Link {
	sh := &s.names.shapes.list[e.shape]
	l := Link{
		RelationKey: RelationKey{From: s.idOf(from), Type: s.names.types.list[sh.typ], To: s.idOf(e.to), Qualifier: sh.qualifier},
		Transfer:    sh.shown(), Phase: sh.phase, Grace: sh.grace, Dated: sh.dated(), sure: sh.sure, capacity: sh.capacity,
	}
	if e.req != 0 {
		q := s.req(e.req - 1)
		if name := s.names.requirements.list[q.name]; q.byRule {
			l.ByRule = name
		} else {
			l.Requirement = name
		}
	}
	return l
}

// Links are the relations of a node: of the consumer to its Providers, or of its
// Consumers to it; by (group, type, ref of the other end, qualifier).
func (s *Snapshot) Links(id ID, d Direction) []Link {
	i, ok := s.at(id)
	if !ok {
		return nil
	}
	type row struct {
		Link
		other uint32
	}
	var rows []row
	if d == Providers {
		s.edges(i, func(e edge) bool {
			rows = append(rows, row{s.link(i, e), e.to})
			return true
		})
	} else {
		for _, c := range s.consumersOf(i) {
			s.edges(c, func(e edge) bool {
				if e.to == i {
					rows = append(rows, row{s.link(c, e), c})
				}
				return true
			})
		}
	}
	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(strings.Compare(a.Group(), b.Group()), strings.Compare(a.Type, b.Type),
			s.compareRefs(a.other, b.other), strings.Compare(a.Qualifier, b.Qualifier))
	})
	out := make([]Link, len(rows))
	for k := range rows {
		out[k] = rows[k].Link
	}
	return out
}

// consumersOf is the distinct consumers of i, whatever the relation, by index.
func (s *Snapshot) consumersOf(i uint32) []uint32 {
	a, b := s.in(i)
	list := slices.Clone(s.infoIn(i))
	for _, words := range [2][]uint32{a, b} {
		for _, w := range words {
			list = append(list, s.consumerOf(w))
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// consumerOf is the consumer that an in word leads to.
func (s *Snapshot) consumerOf(w uint32) uint32 {
	t := w & indexMask
	switch w &^ indexMask {
	case tagReq:
		return s.req(t).consumer
	case tagOdd:
		o := s.oddAt(t)
		if o.member() {
			return s.req(o.target).consumer
		}
		return o.target
	}
	return t
}

// Degree is the number of relations that Links lists.
func (s *Snapshot) Degree(id ID, d Direction) int {
	i, ok := s.at(id)
	if !ok {
		return 0
	}
	if d == Consumers {
		a, b := s.in(i)
		return len(a) + len(b) + len(s.infoIn(i))
	}
	if o := s.overlaid(i); o != nil {
		return len(o.out)
	}
	return int(s.base.outAt[i+1] - s.base.outAt[i])
}

// Link finds one relation.
func (s *Snapshot) Link(k RelationKey) (Link, bool) {
	i, ok := s.at(k.From)
	if !ok {
		return Link{}, false
	}
	to, ok := s.at(k.To)
	if !ok {
		return Link{}, false
	}
	e, ok := s.findEdge(i, to, k)
	if !ok {
		return Link{}, false
	}
	return s.link(i, e), true
}

func (s *Snapshot) findEdge(from, to uint32, k RelationKey) (found edge, ok bool) {
	s.edges(from, func(e edge) bool {
		if e.to != to {
			return true
		}
		sh := &s.names.shapes.list[e.shape]
		if sh.qualifier == k.Qualifier && s.names.types.list[sh.typ] == k.Type && s.explicitGroup(e) == k.Requirement {
			found, ok = e, true
		}
		return !ok
	})
	return found, ok
}

// explicitGroup is the requirement in a relation's key.
func (s *Snapshot) explicitGroup(e edge) string {
	if e.req == 0 {
		return ""
	}
	q := s.req(e.req - 1)
	if q.byRule {
		return ""
	}
	return s.names.requirements.list[q.name]
}

// Requirements are the requirements of a consumer, by name. Version, Created and
// Changed are in the full record only.
func (s *Snapshot) Requirements(id ID) []Requirement {
	i, ok := s.at(id)
	if !ok {
		return nil
	}
	var out []Requirement
	for _, r := range s.reqsOf(i) {
		out = append(out, s.requirement(r))
	}
	return out
}

func (s *Snapshot) requirement(r uint32) Requirement {
	q := s.req(r)
	out := Requirement{
		RequirementKey: RequirementKey{Consumer: s.idOf(q.consumer), Name: s.names.requirements.list[q.name]},
		Rule:           q.rule, Percent: int(q.percent), RuleDetails: *s.details(q),
		DesignedSize: int(q.designed), Greatest: int(q.grown), ByRule: q.byRule,
	}
	if !q.rule.detailed() {
		out.K = int(q.kGiven)
	}
	if q.spareGiven >= 0 {
		n := int(q.spareGiven)
		out.SpareRequired = &n
	}
	if q.byRule {
		out.MemberType = s.names.types.list[q.memberType]
		if q.memberClass > 0 {
			out.MemberClass = s.names.classes.list[q.memberClass-1]
		}
	}
	return out
}

// Members are the relations that count in a requirement, by (type, ref of the
// provider, qualifier).
func (s *Snapshot) Members(k RequirementKey) []Link {
	i, ok := s.at(k.Consumer)
	if !ok {
		return nil
	}
	for _, r := range s.reqsOf(i) {
		if s.names.requirements.list[s.req(r).name] == k.Name {
			return s.members(r)
		}
	}
	return nil
}

func (s *Snapshot) members(r uint32) []Link {
	es := s.memberEdges(r)
	out := make([]Link, len(es))
	for k, e := range es {
		out[k] = s.link(s.req(r).consumer, e)
	}
	return out
}

// memberEdges are the edges behind members, in their order.
func (s *Snapshot) memberEdges(r uint32) []edge {
	c := s.req(r).consumer
	var es []edge
	s.edges(c, func(e edge) bool {
		if e.req == r+1 {
			es = append(es, e)
		}
		return true
	})
	slices.SortFunc(es, func(a, b edge) int {
		x, y := &s.names.shapes.list[a.shape], &s.names.shapes.list[b.shape]
		return cmp.Or(strings.Compare(s.names.types.list[x.typ], s.names.types.list[y.typ]),
			s.compareRefs(a.to, b.to), strings.Compare(x.qualifier, y.qualifier))
	})
	return es
}
