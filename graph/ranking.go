package graph

import (
	"slices"
	"sync"
)

// Ranking is CIs that rose: the worst first, then by distance, then by ref. Its one
// idea: to compare names is what costs, so only those rows are put in order that
// somebody looks at. Safe for concurrent use.
type Ranking struct {
	a      *Assessment
	mu     sync.Mutex
	rows   []row
	groups []group // rows of one state and distance, in their order
}

// group is the rows up to end, from where the group before it ends.
type group struct {
	end     int
	ordered bool
}

// Ranked ranks every CI that rose.
func (a *Assessment) Ranked() *Ranking {
	return a.ranked.get(func() *Ranking { return newRanking(a, a.rows()) })
}

// newRanking groups rows, which stay as they are.
func newRanking(a *Assessment, rows []row) *Ranking {
	far := uint32(0)
	for i := range rows {
		far = max(far, rows[i].distance)
	}
	levels := int(far) + 1
	place := func(r *row) int { return int(Down-r.to)*levels + int(r.distance) }
	next := make([]int, int(Down-Operational)*levels+1)
	for i := range rows {
		next[place(&rows[i])+1]++
	}
	r := &Ranking{a: a, rows: make([]row, len(rows))}
	for k := 1; k < len(next); k++ {
		n := next[k]
		if next[k] += next[k-1]; n > 0 {
			r.groups = append(r.groups, group{end: next[k]})
		}
	}
	for i := range rows {
		k := place(&rows[i])
		r.rows[next[k]] = rows[i]
		next[k]++
	}
	return r
}

// Len is how many there are.
func (r *Ranking) Len() int { return len(r.rows) }

// Span is the rows in [from, to), which must lie within [0, Len()].
func (r *Ranking) Span(from, to int) []Impacted {
	r.mu.Lock()
	defer r.mu.Unlock()
	begin := 0
	for k := range r.groups {
		g := &r.groups[k]
		if begin < to && g.end > from && !g.ordered {
			slices.SortFunc(r.rows[begin:g.end], func(p, q row) int { return r.a.s.compareRefs(p.node, q.node) })
			g.ordered = true
		}
		begin = g.end
	}
	out := make([]Impacted, 0, to-from)
	for _, x := range r.rows[from:to] {
		out = append(out, r.a.impacted(x.node, int(x.distance)))
	}
	return out
}

// Only ranks those that keep keeps.
func (r *Ranking) Only(keep func(Impacted) bool) *Ranking {
	return r.those(func(x row) bool { return keep(r.a.impacted(x.node, int(x.distance))) })
}

// OfClasses ranks those whose class keep keeps; it is asked once a class.
func (r *Ranking) OfClasses(keep func(class string) bool) *Ranking {
	kept := r.a.s.ofClasses(keep)
	return r.those(func(x row) bool { return kept(x.node) })
}

// ofClasses says of a node whether keep keeps its class; keep is asked once a class.
func (s *Snapshot) ofClasses(keep func(class string) bool) func(i uint32) bool {
	const asked, kept = 1, 2
	known := make([]uint8, len(s.names.classes.list))
	return func(i uint32) bool {
		class := s.classOf(i)
		if known[class] == 0 {
			known[class] = asked
			if keep(s.names.classes.list[class]) {
				known[class] |= kept
			}
		}
		return known[class]&kept != 0
	}
}

func (r *Ranking) those(keep func(row) bool) *Ranking {
	r.mu.Lock()
	defer r.mu.Unlock()
	var rows []row
	for _, x := range r.rows {
		if keep(x) {
			rows = append(rows, x)
		}
	}
	return newRanking(r.a, rows)
}
