package store

import (
	"cmp"
	"container/heap"
	"slices"

	"github.com/faultline-itsm/faultline/graph"
)

// Pager picks one page out of candidates that an adapter offers in any order. It
// holds no more rows than the page, so that a page of a million costs no memory.
type Pager struct {
	q     Query
	cat   *graph.Catalogue
	worst rows // a heap: the row that is last in order is first
	total int
}

type row struct {
	n    *graph.Node
	keys []graph.Value
}

// rows is a heap by the reverse of the query's order.
type rows struct {
	order []Order
	list  []row
}

func (r rows) Len() int           { return len(r.list) }
func (r rows) Less(i, j int) bool { return compareRows(r.order, r.list[i], r.list[j]) > 0 }
func (r rows) Swap(i, j int)      { r.list[i], r.list[j] = r.list[j], r.list[i] }
func (r *rows) Push(x any)        { r.list = append(r.list, x.(row)) }
func (r *rows) Pop() any {
	last := r.list[len(r.list)-1]
	r.list = r.list[:len(r.list)-1]
	return last
}

// NewPager makes a pager for a valid query.
func NewPager(q Query, cat *graph.Catalogue) *Pager {
	return &Pager{q: q, cat: cat, worst: rows{order: q.Order}}
}

// compareKeys orders by sort keys, then ids; nulls come last in both directions.
func compareKeys(order []Order, a []graph.Value, idA graph.ID, b []graph.Value, idB graph.ID) int {
	for i, o := range order {
		if c := compareKey(o, a[i], b[i]); c != 0 {
			return c
		}
	}
	return cmp.Compare(idA, idB)
}

func compareKey(o Order, a, b graph.Value) int {
	switch {
	case a.IsZero() || b.IsZero():
		return cmp.Compare(nullRank(a), nullRank(b))
	case o.Descending:
		return compare(o.Field, b, a)
	}
	return compare(o.Field, a, b)
}

func nullRank(v graph.Value) int {
	if v.IsZero() {
		return 1
	}
	return 0
}

func compareRows(order []Order, a, b row) int {
	return compareKeys(order, a.keys, a.n.ID, b.keys, b.n.ID)
}

// Offer takes a candidate, which must not be offered twice. What the query does
// not ask for is left out.
func (p *Pager) Offer(n *graph.Node) {
	s := &subject{cat: p.cat, n: n}
	if !p.q.takes(s) {
		return
	}
	p.total++
	r := row{n: n, keys: make([]graph.Value, len(p.q.Order))}
	for i, o := range p.q.Order {
		r.keys[i] = s.value(o.Field, o.Attribute)
	}
	if c := p.q.After; c != nil && compareKeys(p.q.Order, r.keys, n.ID, c.Keys, c.ID) <= 0 {
		return
	}
	if !p.full() {
		heap.Push(&p.worst, r)
		return
	}
	if compareRows(p.q.Order, r, p.worst.list[0]) < 0 {
		p.worst.list[0] = r
		heap.Fix(&p.worst, 0)
	}
}

// Takes says whether a valid query asks for a node, whatever its order and page.
func (q Query) Takes(n *graph.Node, cat *graph.Catalogue) bool {
	return q.takes(&subject{cat: cat, n: n})
}

func (q *Query) takes(s *subject) bool {
	n := s.n
	return n.Retired == q.Retired && (len(q.Classes) == 0 || slices.Contains(q.Classes, n.Ref.Class)) && q.Filter.matches(s)
}

// full says whether the page, and the one row that tells whether more follow,
// are there.
func (p *Pager) full() bool { return len(p.worst.list) > p.q.First }

// Done says whether neither n nor a candidate behind it can belong to the page.
// Only who offers candidates in the query's first sort key (in id, where there
// is none) may ask; a query that counts is never done.
func (p *Pager) Done(n *graph.Node) bool {
	if p.q.Count || !p.full() {
		return false
	}
	last := p.worst.list[0]
	if len(p.q.Order) == 0 {
		return n.ID > last.n.ID
	}
	o := p.q.Order[0]
	s := &subject{cat: p.cat, n: n}
	return compareKey(o, s.value(o.Field, o.Attribute), last.keys[0]) > 0
}

// Page is what was picked.
func (p *Pager) Page(at graph.Revision) Page {
	picked := slices.Clone(p.worst.list)
	slices.SortFunc(picked, func(a, b row) int { return compareRows(p.q.Order, a, b) })
	page := Page{Revision: at, More: len(picked) > p.q.First}
	if page.More {
		picked = picked[:p.q.First]
	}
	if p.q.Count {
		page.Total = p.total
	}
	for _, r := range picked {
		page.Nodes = append(page.Nodes, r.n)
		page.Cursors = append(page.Cursors, Cursor{Keys: r.keys, ID: r.n.ID})
	}
	return page
}
