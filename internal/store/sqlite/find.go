package sqlite

import (
	"context"
	"database/sql/driver"
	"slices"
	"strings"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
)

// fewNodes is how many nodes of a class are read outright rather than in the
// order of an index that holds all classes.
const fewNodes = 20_000

// fewValues is how many values of an In are looked up one by one.
const fewValues = 200

// find chooses a way to the candidates, and lets the port's pager judge them.
func (r *reader) find(ctx context.Context, q store.Query) (store.Page, error) {
	if r.cat == nil {
		cat, err := r.s.catalogueOf(r.c, r.defined)
		if err != nil {
			return store.Page{}, err
		}
		r.cat = cat
	}
	if err := q.Validate(r.cat, r.ofClass); err != nil {
		return store.Page{}, err
	}
	total, counted, err := r.total(q)
	if err != nil {
		return store.Page{}, err
	}
	asked := q.Count
	q.Count = q.Count && !counted
	f := &search{reader: r, ctx: ctx, q: q, pager: store.NewPager(q, r.cat)}
	if err := f.candidates(); err != nil {
		return store.Page{}, err
	}
	page := f.pager.Page(r.head.Revision)
	if asked && counted {
		page.Total = total
	}
	return page, nil
}

// ofClass counts living nodes of one class, up to atMost.
func (r *reader) ofClass(class string, atMost int) (int, error) {
	word, err := r.words.find(class)
	if err != nil || word == 0 {
		return 0, err
	}
	n, err := r.c.number(countOfClassUpTo, word, int64(atMost))
	return int(n), err
}

// total counts without reading rows, where no filter asks for that.
func (r *reader) total(q store.Query) (total int, counted bool, err error) {
	var n int64
	switch {
	case !q.Count || q.Filter != nil || q.Retired && len(q.Classes) > 0:
		return 0, false, nil
	case q.Retired:
		n, err = r.c.number(countRetired)
	case len(q.Classes) == 0:
		n, err = r.c.number(countLiving)
	default:
		seen := map[string]bool{}
		for _, class := range q.Classes {
			word, e := r.words.find(class)
			if e != nil {
				return 0, false, e
			}
			if word == 0 || seen[class] {
				continue
			}
			seen[class] = true
			some, e := r.c.number(countOfClass, word)
			if e != nil {
				return 0, false, e
			}
			n += some
		}
	}
	return int(n), true, err
}

// search is one query at work.
type search struct {
	*reader
	ctx   context.Context
	q     store.Query
	pager *store.Pager
}

// walk offers the nodes of a statement. sorted says that they come in the
// query's order, so that the walk may end early; until, where there is one, ends
// it at the first node that it holds for.
func (f *search) walk(q statement, sorted bool, until func(*graph.Node) bool, args ...driver.Value) error {
	return f.c.rows(f.ctx, q, func(row []driver.Value) error {
		n, err := graph.DecodeNode(row[0].([]byte))
		if err != nil {
			return err
		}
		if until != nil && until(n) || sorted && f.pager.Done(n) {
			return errStop
		}
		f.pager.Offer(n)
		return nil
	}, args...)
}

// candidates offers at least all nodes that the query asks for, each once.
func (f *search) candidates() error {
	byID := len(f.q.Order) == 0
	from := int64(0) // rows up to the cursor need not be read
	if f.q.After != nil && byID && !f.q.Count {
		from = int64(f.q.After.ID)
	}
	if f.q.Retired {
		return f.walk(retiredByID, byID, nil, from)
	}
	tests := f.q.Filter.Conjuncts()
	if names := exactNames(tests); names != nil {
		for _, name := range names {
			if err := f.walk(livingNamed, false, nil, name); err != nil {
				return err
			}
		}
		return nil
	}
	if t := f.selective(tests); t != nil {
		return f.byAttribute(t, byID, from)
	}
	small, err := f.fewOfClasses()
	if err != nil {
		return err
	}
	if !small {
		if done, err := f.byName(tests); done || err != nil {
			return err
		}
	}
	if len(f.q.Classes) == 0 {
		return f.walk(livingByID, byID, nil, from)
	}
	for _, class := range distinct(f.q.Classes) {
		word, err := f.words.find(class)
		if err != nil {
			return err
		}
		if word == 0 {
			continue
		}
		if err := f.walk(livingOfClass, byID, nil, word, from); err != nil {
			return err
		}
	}
	return nil
}

func distinct(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
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
				names = append(names, v.Str())
			case store.RefField:
				_, rest, _ := strings.Cut(v.Str(), ":")
				if _, name, ok := strings.Cut(rest, "/"); ok {
					rest = name
				}
				names = append(names, rest)
			}
		}
		if len(names) == len(t.Values) {
			return distinct(names)
		}
	}
	return nil
}

// fewOfClasses says whether the query's classes have so few nodes that reading
// all of them is the shortest way.
func (f *search) fewOfClasses() (bool, error) {
	if len(f.q.Classes) == 0 {
		return false, nil
	}
	n := 0
	for _, class := range distinct(f.q.Classes) {
		some, err := f.ofClass(class, fewNodes+1-n)
		if err != nil {
			return false, err
		}
		if n += some; n > fewNodes {
			return false, nil
		}
	}
	return true, nil
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
	sorted := len(f.q.Order) > 0 && f.q.Order[0].Field == store.Name
	cursor := ""
	if sorted && f.q.After != nil && !f.q.Count {
		cursor = f.q.After.Keys[0].Str()
	}
	outside := func(n *graph.Node) bool { return !strings.HasPrefix(n.Ref.Name, prefix) }
	switch {
	case !sorted && prefix == "":
		return false, nil
	case !sorted || !f.q.Order[0].Descending:
		return true, f.walk(livingByName, sorted, outside, max(prefix, cursor))
	case prefix != "":
		return true, f.walk(livingByName, false, outside, prefix)
	case cursor != "":
		return true, f.walk(livingByNameDown, true, nil, cursor)
	}
	return true, f.walk(livingFromEnd, true, nil)
}

// selective is a test that the attribute index answers in full, or nil: its
// attribute is indexed in every class that has it, and no class's default, which
// the index leaves out, passes. Equality is preferred.
func (f *search) selective(tests []*store.Test) (best *store.Test) {
	for _, t := range tests {
		if t.Field != store.Attribute || t.Op == store.IsNull || t.Op == store.Contains || len(t.Values) > fewValues || !f.covered(t) {
			continue
		}
		if t.Op == store.Eq || t.Op == store.In {
			return t
		}
		best = t
	}
	return best
}

func (f *search) covered(t *store.Test) bool {
	classes := f.q.Classes
	if len(classes) == 0 {
		for _, c := range f.cat.Classes() {
			classes = append(classes, c.Name)
		}
	}
	for _, class := range classes {
		def := f.cat.Attribute(class, t.Attribute)
		if def == nil {
			continue
		}
		if !def.Indexed || def.Type == graph.ListKind {
			return false
		}
		if def.Default != "" {
			bare := &graph.Node{Ref: graph.Ref{Class: class}}
			if store.Match(&store.Filter{Test: t}, bare, f.cat) {
				return false
			}
		}
	}
	return true
}

// byAttribute walks the attribute index. Lists of values are walked one value
// after the other, each by id.
func (f *search) byAttribute(t *store.Test, byID bool, from int64) error {
	word, err := f.words.find(t.Attribute)
	if err != nil || word == 0 {
		return err
	}
	if t.Op == store.Eq || t.Op == store.In {
		var seen []graph.Value
		for _, v := range t.Values {
			if slices.ContainsFunc(seen, v.Equal) {
				continue
			}
			seen = append(seen, v)
			if err := f.walk(attributeIs, byID, nil, word, int64(v.Kind()), column(v), from); err != nil {
				return err
			}
		}
		return nil
	}
	v := t.Values[0]
	outside := func(n *graph.Node) bool { return !store.Match(&store.Filter{Test: t}, n, f.cat) }
	switch t.Op {
	case store.StartsWith:
		return f.walk(attributeUp, false, outside, word, int64(v.Kind()), column(v))
	case store.Gt, store.Gte:
		return f.walk(attributeUp, false, nil, word, int64(v.Kind()), column(v))
	}
	return f.walk(attributeDown, false, nil, word, int64(v.Kind()), column(v))
}
