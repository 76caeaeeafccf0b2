package graph

import (
	"cmp"
	"slices"
)

// Illusion is redundancy that is not: one CI whose outage alone takes several members
// of one requirement, which was made so that members fail one by one.
type Illusion struct {
	Shared   ID // the CI that the members share: a rack, a feed, a host, an image
	Hollowed []Hollowed
	Broken   int // of them: requirements that it takes DOWN
}

// Hollowed is one requirement that loses several members at once.
type Hollowed struct {
	Requirement RequirementKey
	State       State // what it passes on then
	Lost        []ID  // the members that are lost together, by ref; one that is a member twice stands twice
	Members     int   // all of them
	Needed      int
}

// IllusionAnswer ranks what is shared.
type IllusionAnswer struct {
	Revision Revision
	// Ranked are the CIs that are shared: those that break the most requirements first,
	// then those that hollow out the most, then by ref.
	Ranked    []Illusion
	Redundant int  // requirements that were made with a spare
	Complete  bool // every living CI was failed
}

// Illusions fails CIs once each and finds the requirements with a spare that lose more
// than one member to it. What is shared further away for no more members is left
// out: the rack is named, not the site around it. With a service, only what the
// service depends on counts. It fails with NotFound where there is no such CI.
func (s *Snapshot) Illusions(service ID) (*IllusionAnswer, error) {
	out := &IllusionAnswer{Revision: s.Revision(), Complete: true}
	var nodes []uint32
	inside := func(uint32) bool { return true }
	if service != 0 {
		top, ok := s.at(service)
		if !ok {
			return nil, Errorf(NotFound, "no CI has the id %d", service)
		}
		nodes = s.spread([]uint32{top}, Providers)
		set := make(map[uint32]bool, len(nodes))
		for _, i := range nodes {
			set[i] = true
		}
		inside = func(i uint32) bool { return set[i] }
	} else {
		nodes = make([]uint32, s.size())
		for i := range nodes {
			nodes[i] = uint32(i)
		}
	}
	for r := range uint32(s.reqSize()) {
		if q := s.req(r); !q.gone && q.k < q.size && inside(q.consumer) {
			out.Redundant++
		}
	}
	h := &hollower{s: s, p: newProbe(s, true, nil), inside: inside, found: map[uint32]map[uint32]uint32{}}
	defer h.p.close()
	for _, i := range nodes {
		if s.flagsOf(i)&(flagRetired|flagAbsent) != 0 {
			continue
		}
		if h.p.words > sweepBudget {
			out.Complete = false
			break
		}
		h.fail(i)
	}
	for i := range h.found {
		if x := h.illusion(i); len(x.Hollowed) > 0 {
			out.Ranked = append(out.Ranked, x)
		}
	}
	slices.SortFunc(out.Ranked, func(x, y Illusion) int {
		return cmp.Or(cmp.Compare(y.Broken, x.Broken), cmp.Compare(len(y.Hollowed), len(x.Hollowed)), s.Ref(x.Shared).Compare(s.Ref(y.Shared)))
	})
	return out, nil
}

// hollower fails CIs and counts the members that requirements lose.
type hollower struct {
	s      *Snapshot
	p      *probe
	inside func(uint32) bool
	found  map[uint32]map[uint32]uint32 // by CI, by requirement: members lost
}

// fail notes the requirements with a spare that lose more than one member with node i.
func (h *hollower) fail(i uint32) {
	h.p.own(i, Down)
	h.p.run()
	var base map[uint32]uint32
	for _, r := range h.p.hurt() {
		q := h.s.req(r)
		if q.needsAll() || !h.inside(q.consumer) || q.consumer == i {
			continue
		}
		if base == nil {
			base = make(map[uint32]uint32, len(h.p.savedReqs))
			for _, x := range h.p.savedReqs {
				base[x.r] = x.c[Down-1]
			}
		}
		if lost := h.p.counts[r][Down-1] - base[r]; lost > 1 {
			if h.found[i] == nil {
				h.found[i] = map[uint32]uint32{}
			}
			h.found[i][r] = lost
		}
	}
	h.p.undo()
}

// illusion is what is told of node i: requirements of which nothing nearer takes as
// many members.
func (h *hollower) illusion(i uint32) Illusion {
	s := h.s
	out := Illusion{Shared: s.idOf(i)}
	h.p.own(i, Down)
	h.p.run()
	fell := slices.Clone(h.p.fell())
	for r, lost := range h.found[i] {
		if slices.ContainsFunc(fell, func(n uint32) bool {
			return n != i && h.found[n][r] >= lost && !(h.found[i][r] == h.found[n][r] && h.takes(n, i))
		}) {
			continue
		}
		q := s.req(r)
		x := Hollowed{Requirement: RequirementKey{Consumer: s.idOf(q.consumer), Name: s.names.requirements.list[q.name]}, State: h.p.standing(r), Members: int(q.n), Needed: int(q.k)}
		s.edges(q.consumer, func(e edge) bool {
			if t := h.p.read.of(q.consumer, e); e.req == r+1 && t.Of(h.p.of(e.to)) == Down && t.Of(h.p.before(e.to)) < Down {
				x.Lost = append(x.Lost, s.idOf(e.to))
			}
			return true
		})
		slices.SortFunc(x.Lost, func(a, b ID) int { return s.Ref(a).Compare(s.Ref(b)) })
		if x.State == Operational {
			continue // nobody is sure enough of its members for it to matter
		}
		if x.State == Down {
			out.Broken++
		}
		out.Hollowed = append(out.Hollowed, x)
	}
	h.p.undo()
	slices.SortFunc(out.Hollowed, func(x, y Hollowed) int {
		return cmp.Or(cmp.Compare(y.State, x.State), s.Ref(x.Requirement.Consumer).Compare(s.Ref(y.Requirement.Consumer)), cmp.Compare(x.Requirement.Name, y.Requirement.Name))
	})
	return out
}

// takes says whether two CIs take each other down, so that neither is nearer; then
// the first by index is named.
func (h *hollower) takes(n, i uint32) bool {
	return i < n && slices.Contains(h.s.spread([]uint32{n}, Consumers), i)
}
