package store

import (
	"slices"
	"strings"

	"github.com/faultline-itsm/faultline/graph"
)

// MaxPage bounds a page.
const MaxPage = 1000

// fieldNames are for messages.
var fieldNames = [...]string{Name: "name", Scope: "scope", Class: "class", RefField: "ref", Attribute: "attribute", Changed: "changed"}

// Validate refuses what could only be answered wrongly or too slowly: an unknown
// class or attribute, a value of the wrong type, a cursor of another order, and
// an attribute that is not indexed over more than MaxUnindexed nodes. size is how
// many living nodes a class has itself, where that is at most atMost, else more.
func (q Query) Validate(cat *graph.Catalogue, size func(class string, atMost int) (int, error)) error {
	if q.First < 1 || q.First > MaxPage {
		return graph.Errorf(graph.LimitExceeded, "a page of %d rows was asked for; 1 to %d are allowed", q.First, MaxPage)
	}
	for _, c := range q.Classes {
		if cat.Class(c) == nil {
			return Unknown("class", c, classNames(cat))
		}
	}
	v := &validation{cat: cat, classes: q.Classes, size: size}
	if len(v.classes) == 0 {
		v.classes = classNames(cat)
	}
	if q.Filter != nil {
		if err := v.filter(q.Filter); err != nil {
			return err
		}
	}
	for _, o := range q.Order {
		if o.Field == Attribute {
			if _, err := v.attribute(o.Attribute); err != nil {
				return err
			}
		}
	}
	if q.After != nil && len(q.After.Keys) != len(q.Order) {
		return graph.Errorf(graph.Invalid, "the cursor belongs to another order").WithHint("start at the first page")
	}
	return nil
}

type validation struct {
	cat     *graph.Catalogue
	classes []string
	size    func(class string, atMost int) (int, error)
}

func (v *validation) filter(f *Filter) error {
	set := 0
	for _, is := range []bool{f.And != nil, f.Or != nil, f.Not != nil, f.Test != nil} {
		if is {
			set++
		}
	}
	if set != 1 {
		return graph.Errorf(graph.Invalid, "a filter has %d of and, or, not and a test; it must have exactly one", set)
	}
	if f.Test != nil {
		return v.test(f.Test)
	}
	if f.Not != nil {
		return v.filter(f.Not)
	}
	for _, list := range [][]Filter{f.And, f.Or} {
		for i := range list {
			if err := v.filter(&list[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (v *validation) test(t *Test) error {
	what := fieldNames[t.Field]
	if t.Op > IsNull {
		return graph.Errorf(graph.Invalid, "the filter on %s has an unknown operator", what)
	}
	kinds := []graph.ValueKind{graph.StringKind}
	switch t.Field {
	case Changed:
		kinds = []graph.ValueKind{graph.IntKind}
	case Attribute:
		var err error
		if kinds, err = v.attribute(t.Attribute); err != nil {
			return err
		}
		what = "attribute " + t.Attribute
	}
	switch n := len(t.Values); {
	case t.Op == IsNull && n != 0, t.Op != IsNull && t.Op != In && n != 1:
		return graph.Errorf(graph.Invalid, "the filter on %s has %d values", what, n).WithHint("one value; any number for in")
	}
	for _, w := range t.Values {
		if !slices.Contains(kinds, w.Kind()) {
			return graph.Errorf(graph.Invalid, "the filter on %s compares with a %s; it is of type %s", what, w.Kind(), kinds[0])
		}
		if (t.Op == StartsWith || t.Op == Contains) && w.Kind() != graph.StringKind {
			return graph.Errorf(graph.Invalid, "the filter on %s looks into a text, but it is of type %s", what, w.Kind())
		}
	}
	return nil
}

// attribute finds the kinds that an attribute's values have in the classes.
func (v *validation) attribute(name string) (kinds []graph.ValueKind, err error) {
	unindexed := 0
	for _, class := range v.classes {
		def := v.cat.Attribute(class, name)
		if def == nil {
			continue
		}
		kinds = append(kinds, def.Type)
		switch def.Type {
		case graph.EnumKind:
			kinds = append(kinds, graph.StringKind)
		case graph.ListKind:
			kinds = append(kinds, def.Of)
			if def.Of == graph.EnumKind {
				kinds = append(kinds, graph.StringKind)
			}
		}
		if def.Indexed || unindexed > MaxUnindexed {
			continue
		}
		n, err := v.size(class, MaxUnindexed+1-unindexed)
		if err != nil {
			return nil, err
		}
		if unindexed += n; unindexed > MaxUnindexed {
			err = graph.Errorf(graph.LimitExceeded, "the attribute %s is not indexed, and there are more than %d CIs to look through", name, MaxUnindexed).
				WithHint("ask within a smaller class, or mark the attribute as indexed in its class")
			return nil, err
		}
	}
	if len(kinds) == 0 {
		var known []string
		for _, class := range v.classes {
			for _, def := range v.cat.Attributes(class) {
				known = append(known, def.Name)
			}
		}
		return nil, Unknown("attribute", name, known)
	}
	return kinds, nil
}

func classNames(cat *graph.Catalogue) (names []string) {
	for _, c := range cat.Classes() {
		names = append(names, c.Name)
	}
	return names
}

// Unknown refuses a name, and proposes the nearest known one, so that every edge
// answers a slip of the finger in the same way.
func Unknown(what, name string, known []string) *graph.Error {
	e := graph.Errorf(graph.Invalid, "the %s %q is unknown", what, clip(name))
	best, least := "", 1+max(1, len(name)/3)
	for _, k := range known {
		if d := distance(name, k); d < least || d == least && best != "" && k < best {
			best, least = k, d
		}
	}
	if best != "" {
		return e.WithHint("did you mean %s?", best)
	}
	return e
}

func clip(s string) string {
	if len(s) > 80 {
		return strings.ToValidUTF8(s[:80], "") + "…"
	}
	return s
}

// distance is how many letters differ between two names (Levenshtein). What is
// far longer than any name is just far.
func distance(a, b string) int {
	if len(a) > 100 || len(b) > 100 {
		return 100
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j]+1, row[j+1]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
