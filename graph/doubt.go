package graph

import (
	"cmp"
	"slices"
	"strings"
)

// Doubt is a relation that nobody confirmed and that the answer hangs on: worth a
// look before anything is decided.
type Doubt struct {
	Relation Link
	Band     Band
	// IfTrue are services whose state would be another one if the relation were
	// confirmed, IfFalse if it did not exist; by weight, the greatest first, then by ref.
	IfTrue, IfFalse []Flip
	Weight          int // of the services that no doubt before this one flips
}

// Flip is a service whose state hangs on a doubt: To is OPERATIONAL where it would
// not be hit.
type Flip struct {
	CI       ID
	From, To State // as answered, and as it would be
}

// maxDoubts bounds how many relations are tried, maxDoubtWork how many relations are
// followed for that.
const (
	maxDoubts    = 200
	maxDoubtWork = 5_000_000
)

// VerifyFirst are the few unconfirmed relations whose truth flips the most critical
// services, by a greedy choice: each is the one that flips the most weight that those
// before it do not, then by ref. weigh says how critical a CI is; 0 is no service.
// Where there are more relations in doubt than are tried, it is the least sure and
// nearest ones that are, and complete is false. Over a window, the worst instant is
// looked at.
func (a *Assessment) VerifyFirst(first int, weigh func(ID) int) (doubts []Doubt, complete bool) {
	d := &doubter{a: a, weigh: weigh}
	all := d.candidates()
	complete = true
	for k := range all {
		if k == maxDoubts || d.words > maxDoubtWork {
			complete = false
			break
		}
		c := &all[k]
		d.tryOut(c)
		if len(c.IfTrue)+len(c.IfFalse) > 0 {
			doubts = append(doubts, c.Doubt)
		}
	}
	return d.greedy(doubts, first), complete
}

type doubter struct {
	a        *Assessment
	weigh    func(ID) int
	services []uint32 // reached
	words    int      // followed so far
}

// doubted is a relation that may be tried out.
type doubted struct {
	Doubt
	consumer uint32
	edge     edge
}

// candidates are the relations in doubt on which a reached service may hang: their
// provider rises at least where all that is recorded counts. The least sure first,
// then the nearest to the effects, then by ref.
func (d *doubter) candidates() []doubted {
	a := d.a
	rises := func(i uint32) bool {
		if from, to := a.fromTo(i); to > from {
			return true
		}
		if a.window != nil {
			p, _ := a.over(Possible).peak(i)
			return p.to > Operational
		}
		from, to := a.in(Possible).states.get(i)
		return to > from
	}
	distance := map[uint32]uint32{}
	for _, r := range a.rows() {
		distance[r.node] = r.distance
	}
	var out []doubted
	for _, c := range a.reached() {
		if d.weigh(a.s.idOf(c)) > 0 {
			d.services = append(d.services, c)
		}
		a.s.edges(c, func(e edge) bool {
			b := a.read.bands[e.shape]
			if b == Confirmed || !a.s.names.shapes.list[e.shape].carries() || !rises(e.to) {
				return true
			}
			out = append(out, doubted{Doubt: Doubt{Relation: a.s.link(c, e), Band: b}, consumer: c, edge: e})
			return true
		})
	}
	slices.SortFunc(out, func(x, y doubted) int {
		far := func(v doubted) uint32 {
			if n, ok := distance[v.edge.to]; ok {
				return n
			}
			return 1 << 31
		}
		return cmp.Or(cmp.Compare(x.Band, y.Band), cmp.Compare(far(x), far(y)),
			a.s.compareRefs(x.consumer, y.consumer), a.s.compareRefs(x.edge.to, y.edge.to),
			strings.Compare(x.Relation.Type, y.Relation.Type), strings.Compare(x.Relation.Qualifier, y.Relation.Qualifier))
	})
	return out
}

// tryOut solves the scenario with the relation confirmed, and without it.
func (d *doubter) tryOut(c *doubted) {
	sure := c.edge
	sh := d.a.s.names.shapes.list[sure.shape]
	sh.sure = certainty{known: Confirmed}
	c.IfTrue = d.flips(d.a.s.replacing(c.consumer, c.edge, &sh))
	c.IfFalse = d.flips(d.a.s.replacing(c.consumer, c.edge, nil))
}

// replacing is the snapshot with another shape for an edge, or without it.
func (s *Snapshot) replacing(consumer uint32, e edge, sh *shape) *Snapshot {
	a := s.fork()
	a.unlink(consumer, e)
	if sh != nil {
		e.shape = a.s.names.shapes.add(*sh)
		a.link(consumer, e)
	}
	a.touched[consumer] = true
	a.regroup()
	return a.s
}

// flips are the services whose state on another graph is another one.
func (d *doubter) flips(s *Snapshot) []Flip {
	a := d.a
	x := setting{scenario: a.scenario, effects: a.effects, context: a.context, after: s.read(a.options.World, a.read.at, a.options.Now)}
	x.before = x.after
	m := x.solve()
	d.words += m.relations
	hit := func(m *moment, i uint32) State {
		if from, to := m.states.get(i); to > from {
			return to
		}
		return Operational
	}
	var out []Flip
	for _, i := range d.services {
		if from, to := hit(a.worst(), i), hit(m, i); from != to {
			out = append(out, Flip{a.s.idOf(i), from, to})
		}
	}
	slices.SortFunc(out, func(x, y Flip) int {
		return cmp.Or(cmp.Compare(d.weigh(y.CI), d.weigh(x.CI)), a.s.Ref(x.CI).Compare(a.s.Ref(y.CI)))
	})
	return out
}

// greedy picks the doubts that flip the most weight not yet flipped.
func (d *doubter) greedy(from []Doubt, first int) []Doubt {
	var out []Doubt
	flipped := map[ID]bool{}
	for len(out) < first && len(from) > 0 {
		best := 0
		for k := range from {
			from[k].Weight = 0
			seen := map[ID]bool{}
			for _, f := range slices.Concat(from[k].IfTrue, from[k].IfFalse) {
				if !flipped[f.CI] && !seen[f.CI] {
					seen[f.CI] = true
					from[k].Weight += d.weigh(f.CI)
				}
			}
			if from[k].Weight > from[best].Weight {
				best = k
			}
		}
		if from[best].Weight == 0 {
			break // all services that hang on a doubt are covered
		}
		out = append(out, from[best])
		for _, f := range slices.Concat(from[best].IfTrue, from[best].IfFalse) {
			flipped[f.CI] = true
		}
		from = slices.Delete(from, best, best+1)
	}
	return out
}
