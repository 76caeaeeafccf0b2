package neo4j

import (
	"context"
	"slices"
	"strings"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
)

// fewNodes is how many nodes of a class are read outright rather than in the
// order of an index that holds all classes.
const fewNodes = 20_000

// fewValues is how many values of an In are looked up.
const fewValues = 200

// A walk reads candidates in portions, small at first: most pages are full early.
const (
	firstSome = 200
	mostSome  = 5000
)

// lastName is greater than any name.
var lastName = strings.Repeat("\U0010FFFF", 256)

// find chooses a way to the candidates, and lets the port's pager judge them.
func (v *view) find(ctx context.Context, q store.Query) (store.Page, error) {
	cat, err := v.catalogue(ctx)
	if err != nil {
		return store.Page{}, err
	}
	f := &search{view: v, ctx: ctx, cat: cat, q: q}
	if err := q.Validate(cat, f.ofClass); err != nil {
		return store.Page{}, err
	}
	f.classes()
	total, counted, err := f.total()
	if err != nil {
		return store.Page{}, err
	}
	f.q.Count = q.Count && !counted
	f.pager = store.NewPager(f.q, cat)
	if err := f.candidates(); err != nil {
		return store.Page{}, err
	}
	page := f.pager.Page(v.mark.Revision)
	if q.Count && counted {
		page.Total = total
	}
	return page, nil
}

// search is one query at work.
type search struct {
	*view
	ctx   context.Context
	cat   *graph.Catalogue
	q     store.Query
	pager *store.Pager

	cis, records []string // the query's classes, by root
	attribute    any      // the attribute of a test that Neo4j may judge, or nil
	values       []any    // of which it must have one
}

// classes divides the query's classes by the label that their nodes have.
func (f *search) classes() {
	classes := slices.Clone(f.q.Classes)
	slices.Sort(classes)
	for _, c := range slices.Compact(classes) {
		if f.cat.IsA(c, recordRoot) {
			f.records = append(f.records, c)
		} else {
			f.cis = append(f.cis, c)
		}
	}
}

// any says whether the query is about all classes.
func (f *search) any() bool { return len(f.q.Classes) == 0 }

// given are the query's classes as a parameter: null for all.
func (f *search) given(classes []string) any {
	if f.any() {
		return nil
	}
	return classes
}

// ofClass counts living nodes of one class, up to atMost.
func (f *search) ofClass(class string, atMost int) (int, error) {
	q := countCIsOf
	if f.cat.IsA(class, recordRoot) {
		q = countRecordsOf
	}
	n, err := number(f.ctx, f.r, q, params{"prefixes": prefixesOf([]string{class}), "most": int64(atMost)})
	return int(n), err
}

// total counts without reading nodes, where no filter asks for that.
func (f *search) total() (total int, counted bool, err error) {
	if !f.q.Count || f.q.Filter != nil || f.q.Retired {
		return 0, false, nil
	}
	sum := func(q statement, p params) {
		if err == nil {
			var n int64
			n, err = number(f.ctx, f.r, q, p)
			total += int(n)
		}
	}
	const all = int64(graph.MaxID)
	if f.any() {
		sum(countCIs, nil)
		sum(countRecords, nil)
		return total, true, err
	}
	if len(f.cis) > 0 {
		sum(countCIsOf, params{"prefixes": prefixesOf(f.cis), "most": all})
	}
	if len(f.records) > 0 {
		sum(countRecordsOf, params{"prefixes": prefixesOf(f.records), "most": all})
	}
	return total, true, err
}

// candidates offers at least all nodes that the query asks for, each once.
func (f *search) candidates() error {
	tests := f.q.Filter.Conjuncts()
	if f.q.Retired {
		return f.byID(retiredByID)
	}
	if names := exactNames(tests); names != nil {
		return f.named(names)
	}
	f.judge(tests)
	if small, err := f.fewOfClasses(); err != nil {
		return err
	} else if small {
		return f.outright()
	}
	if f.attribute == nil {
		if done, err := f.byName(tests); done || err != nil {
			return err
		}
	}
	return f.byID(livingByID)
}

// offer hands nodes to the pager. sorted says that they come in the query's
// order, so that done may be true before the last.
func (f *search) offer(list []any, sorted bool, by func(a, b *graph.Node) int) (last *graph.Node, done bool, err error) {
	nodes, err := decoded(list, graph.DecodeNode)
	if err != nil {
		return nil, false, err
	}
	if by != nil {
		slices.SortFunc(nodes, by) // as they were collected, but that is said nowhere
	}
	for _, n := range nodes {
		if sorted && f.pager.Done(n) {
			return n, true, nil
		}
		f.pager.Offer(n)
		last = n
	}
	return last, false, nil
}

// byID walks nodes by id, from the cursor where the query is ordered by id.
func (f *search) byID(q statement) error {
	sorted, id := len(f.q.Order) == 0, int64(0)
	if sorted && f.q.After != nil && !f.q.Count {
		id = int64(f.q.After.ID)
	}
	by := func(a, b *graph.Node) int { return int(int64(a.ID) - int64(b.ID)) }
	for some := f.some(sorted); ; some = min(2*some, mostSome) {
		list, err := bodies(f.ctx, f.r, q, params{"id": id, "some": int64(some), "classes": f.given(f.q.Classes),
			"attribute": f.attribute, "values": f.values})
		if err != nil {
			return err
		}
		last, done, err := f.offer(list, sorted, by)
		if err != nil || done || len(list) < some {
			return err
		}
		id = int64(last.ID)
	}
}

// some is how many candidates are read first.
func (f *search) some(sorted bool) int {
	if !sorted || f.q.Count {
		return mostSome
	}
	return min(max(firstSome, f.q.First+2), mostSome)
}

// named offers the nodes of these names.
func (f *search) named(names []string) error {
	for _, q := range []statement{cisNamed, recordsNamed} {
		list, err := bodies(f.ctx, f.r, q, params{"names": names})
		if err != nil {
			return err
		}
		if _, _, err := f.offer(list, false, nil); err != nil {
			return err
		}
	}
	return nil
}

// outright offers all nodes of the query's classes.
func (f *search) outright() error {
	for _, part := range []struct {
		q       statement
		classes []string
	}{{cisOf, f.cis}, {recordsOf, f.records}} {
		if len(part.classes) == 0 {
			continue
		}
		list, err := bodies(f.ctx, f.r, part.q, params{"prefixes": prefixesOf(part.classes), "attribute": f.attribute, "values": f.values})
		if err != nil {
			return err
		}
		if _, _, err := f.offer(list, false, nil); err != nil {
			return err
		}
	}
	return nil
}

// exactNames are the names that a node must have one of, nil where any will do.
func exactNames(tests []*store.Test) []string {
	for _, t := range tests {
		if t.Op != store.Eq && t.Op != store.In || len(t.Values) > fewValues {
			continue
		}
		names := make([]string, 0, len(t.Values))
		for _, v := range t.Values {
			switch t.Field {
			case store.Name:
				names = append(names, told(v.Str()))
			case store.RefField:
				_, rest, _ := strings.Cut(v.Str(), ":")
				if _, name, ok := strings.Cut(rest, "/"); ok {
					rest = name
				}
				names = append(names, told(rest))
			}
		}
		if len(names) == len(t.Values) {
			slices.Sort(names)
			return slices.Compact(names)
		}
	}
	return nil
}

// judge finds a test that Neo4j may judge before we do: an attribute that must
// have one of some values. A list passes where one of its elements does, which
// Neo4j would not say, so lists are left to the pager.
func (f *search) judge(tests []*store.Test) {
	for _, t := range tests {
		if t.Field != store.Attribute || t.Op != store.Eq && t.Op != store.In || len(t.Values) > fewValues || f.lists(t.Attribute) {
			continue
		}
		f.attribute, f.values = t.Attribute, make([]any, len(t.Values))
		for i, v := range t.Values {
			f.values[i] = native(v)
		}
		return
	}
}

// lists says whether the attribute is a list in any class, or stands nowhere a
// property could be found.
func (f *search) lists(attribute string) bool {
	if !graph.ValidName(attribute) || slices.Contains(ownProperties, attribute) {
		return true
	}
	return slices.ContainsFunc(f.cat.Classes(), func(c *graph.Class) bool {
		def := f.cat.Attribute(c.Name, attribute)
		return def != nil && def.Type == graph.ListKind
	})
}

// fewOfClasses says whether the query's classes have so few nodes that reading
// all of them is the shortest way.
func (f *search) fewOfClasses() (bool, error) {
	n := 0
	for _, class := range slices.Concat(f.cis, f.records) {
		some, err := f.ofClass(class, fewNodes+1-n)
		if err != nil {
			return false, err
		}
		if n += some; n > fewNodes {
			return false, nil
		}
	}
	return !f.any(), nil
}

// byName walks the index of names where the query is ordered by name, or asks
// for a beginning.
func (f *search) byName(tests []*store.Test) (done bool, err error) {
	prefix := ""
	for _, t := range tests {
		if t.Field == store.Name && t.Op == store.StartsWith && len(t.Values[0].Str()) > len(prefix) {
			prefix = t.Values[0].Str()
		}
	}
	w := walk{sorted: len(f.q.Order) > 0 && f.q.Order[0].Field == store.Name, prefix: prefix}
	cursor := ""
	if w.sorted && f.q.After != nil && !f.q.Count {
		cursor = f.q.After.Keys[0].Str()
	}
	switch {
	case !w.sorted && prefix == "":
		return false, nil
	case !w.sorted || !f.q.Order[0].Descending:
		w.from = max(prefix, cursor)
	case prefix != "":
		w.sorted, w.from = false, prefix
	case cursor != "":
		w.down, w.from = true, cursor
	default:
		w.down, w.from = true, lastName
	}
	w.q, w.classes = cisByName, f.cis
	if w.down {
		w.q = cisByNameDown
	}
	if err := f.walk(w); err != nil {
		return false, err
	}
	w.q, w.classes = recordsByName, f.records
	if w.down {
		w.q = recordsByNameDown
	}
	return true, f.walk(w)
}

// walk is a way along the index of names.
type walk struct {
	q       statement
	classes []string
	from    string
	down    bool
	sorted  bool
	prefix  string // names that do not begin with it end the walk
}

func (f *search) walk(w walk) error {
	if !f.any() && len(w.classes) == 0 {
		return nil
	}
	name, id := told(w.from), int64(-1)
	by := func(a, b *graph.Node) int {
		c := strings.Compare(a.Ref.Name, b.Ref.Name)
		if w.down {
			c = -c
		}
		if c == 0 {
			c = int(int64(a.ID) - int64(b.ID))
		}
		return c
	}
	for some := f.some(w.sorted); ; some = min(2*some, mostSome) {
		list, err := bodies(f.ctx, f.r, w.q, params{"name": name, "id": id, "some": int64(some), "classes": f.given(w.classes)})
		if err != nil {
			return err
		}
		last, done, err := f.offer(list, w.sorted, by)
		if err != nil || done || len(list) < some || !strings.HasPrefix(last.Ref.Name, w.prefix) {
			return err
		}
		name, id = told(last.Ref.Name), int64(last.ID)
	}
}
