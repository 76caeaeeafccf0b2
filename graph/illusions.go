package graph

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Illusion is redundancy that is not: one CI whose outage alone takes several members
// of one requirement, which was made so that members fail one by one; or that stands
// behind several of them.
type Illusion struct {
	Shared   ID // the CI that the members share: a rack, a feed, a host, an image, a vendor
	Hollowed []Hollowed
	Broken   int // of them: requirements that it takes DOWN
}

// Hollowed is one requirement that loses several members at once.
type Hollowed struct {
	Requirement RequirementKey
	State       State // what it passes on when the shared CI is DOWN
	Lost        []ID  // the members that are lost together, by ref; one that is a member twice stands twice
	Members     int   // all of them
	Needed      int

	// Behind: the members go on without what they share, and miss it together when
	// they fail or start: the vendor who supports them, the copy that they are
	// restored from, what manages them.
	Behind bool

	req uint32
}

// IllusionAnswer ranks what is shared.
type IllusionAnswer struct {
	Revision Revision
	// Ranked are the CIs that are shared: those that break the most requirements first,
	// then those that take members of the most, then those that stand behind the most,
	// then by ref.
	Ranked    []Illusion
	Redundant int  // requirements that were made with a spare
	Complete  bool // every living CI was failed
}

// Illusions fails CIs once each and finds the requirements with a spare that lose more
// than one member to it. What is shared further away for no more members is left
// out: the rack is named, not the site around it. Then it does so again as if what
// members only miss when something else fails took them DOWN, and finds what stands
// behind more of them than fail at once. With a service, only what the service depends
// on counts. It fails with NotFound where there is no such CI.
func (s *Snapshot) Illusions(service ID) (*IllusionAnswer, error) {
	out := &IllusionAnswer{Revision: s.Revision()}
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
		isCI := s.ofClasses(func(class string) bool { return s.cat.IsA(class, rootClass) })
		for i := range uint32(s.size()) {
			if isCI(i) {
				nodes = append(nodes, i)
			}
		}
	}
	for r := range uint32(s.reqSize()) {
		if q := s.req(r); !q.gone && q.k < q.size && inside(q.consumer) {
			out.Redundant++
		}
	}
	fails := newHollower(s, newProbe(s, true, nil), inside)
	defer fails.p.close()
	out.Complete = fails.sweep(nodes)
	behind := newHollower(s, newProbeOf(s.read(Headline, time.Time{}, time.Time{}).as(Hard, spareOnly), true, nil), inside)
	defer behind.p.close()
	out.Complete = behind.sweep(slices.DeleteFunc(s.spread(s.behind(), Providers), func(i uint32) bool { return !inside(i) })) && out.Complete
	found := map[uint32][]Hollowed{}
	for i := range fails.found {
		found[i] = fails.hollowed(i)
		if behind.found[i] == nil {
			behind.found[i] = fails.found[i] // nothing stands further behind it
		}
	}
	truth := newProbe(s, false, nil)
	defer truth.close()
	for i, missed := range behind.found {
		if maps.Equal(missed, fails.found[i]) {
			continue
		}
		more := slices.DeleteFunc(behind.hollowed(i), func(x Hollowed) bool { return fails.found[i][x.req] >= missed[x.req] })
		truth.own(i, Down)
		truth.run()
		for k := range more {
			more[k].State, more[k].Behind = truth.standing(more[k].req), true
		}
		truth.undo()
		found[i] = append(found[i], more...)
	}
	for i, of := range found {
		if len(of) > 0 {
			out.Ranked = append(out.Ranked, s.illusion(i, of))
		}
	}
	slices.SortFunc(out.Ranked, func(x, y Illusion) int {
		return cmp.Or(cmp.Compare(y.Broken, x.Broken), cmp.Compare(y.taken(), x.taken()), cmp.Compare(len(y.Hollowed), len(x.Hollowed)), s.Ref(x.Shared).Compare(s.Ref(y.Shared)))
	})
	return out, nil
}

// illusion is what is told of node i.
func (s *Snapshot) illusion(i uint32, of []Hollowed) Illusion {
	out := Illusion{Shared: s.idOf(i), Hollowed: of}
	for _, x := range of {
		if x.State == Down {
			out.Broken++
		}
	}
	slices.SortFunc(of, func(x, y Hollowed) int {
		return cmp.Or(cmp.Compare(y.State, x.State), s.Ref(x.Requirement.Consumer).Compare(s.Ref(y.Requirement.Consumer)), cmp.Compare(x.Requirement.Name, y.Requirement.Name))
	})
	return out
}

// taken is how many requirements lose members at once.
func (x Illusion) taken() (n int) {
	for _, h := range x.Hollowed {
		if !h.Behind {
			n++
		}
	}
	return n
}

// behind are the nodes that others only miss when something else fails, or they start.
func (s *Snapshot) behind() (out []uint32) {
	seen := map[uint32]bool{}
	for i := range uint32(s.size()) {
		if s.flagsOf(i)&flagAbsent != 0 {
			continue
		}
		s.edges(i, func(e edge) bool {
			if s.names.shapes.list[e.shape].passes() == spareOnly && !seen[e.to] {
				seen[e.to] = true
				out = append(out, e.to)
			}
			return true
		})
	}
	return out
}

// hollower fails CIs and counts the members that requirements lose.
type hollower struct {
	s      *Snapshot
	p      *probe
	inside func(uint32) bool
	found  map[uint32]map[uint32]uint32 // by CI, by requirement: members lost
}

func newHollower(s *Snapshot, p *probe, inside func(uint32) bool) *hollower {
	return &hollower{s: s, p: p, inside: inside, found: map[uint32]map[uint32]uint32{}}
}

// sweep fails each living one of the nodes; false where there was no time for all. What
// was taken by one that hollows out nothing hollows out nothing, either.
func (h *hollower) sweep(nodes []uint32) bool {
	harmless := make([]bool, h.s.size())
	for _, i := range nodes {
		if h.s.flagsOf(i)&(flagRetired|flagAbsent) != 0 || harmless[i] {
			continue
		}
		if h.p.words > sweepBudget {
			return false
		}
		h.fail(i)
		if h.found[i] == nil {
			for _, n := range h.p.fell() {
				harmless[n] = true
			}
		}
		h.p.undo()
	}
	return true
}

// fail notes the requirements with a spare that lose more than one member with node i,
// and leaves it failed.
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
}

// hollowed are the requirements of which nothing nearer than node i takes as many
// members.
func (h *hollower) hollowed(i uint32) (out []Hollowed) {
	s := h.s
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
		x := Hollowed{Requirement: RequirementKey{Consumer: s.idOf(q.consumer), Name: s.names.requirements.list[q.name]}, State: h.p.standing(r), Members: int(q.n), Needed: int(q.k), req: r}
		s.edges(q.consumer, func(e edge) bool {
			if t := h.p.read.of(q.consumer, e); e.req == r+1 && t.Of(h.p.of(e.to)) == Down && t.Of(h.p.before(e.to)) < Down {
				x.Lost = append(x.Lost, s.idOf(e.to))
			}
			return true
		})
		slices.SortFunc(x.Lost, func(a, b ID) int { return s.Ref(a).Compare(s.Ref(b)) })
		if x.State > Operational { // somebody is sure enough of its members for it to matter
			out = append(out, x)
		}
	}
	h.p.undo()
	return out
}

// takes says whether two CIs take each other down, so that neither is nearer; then
// the first by index is named.
func (h *hollower) takes(n, i uint32) bool {
	return i < n && slices.Contains(h.s.spread([]uint32{n}, Consumers), i)
}
