package resolvers

import (
	"slices"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
	"github.com/faultline-itsm/faultline/internal/store"
)

// pageQuery turns the arguments of cis into a query of the store's port.
func pageQuery(cat *graph.Catalogue, f *gql.CIFilter, orderBy []*gql.CIOrder, first *int, after *string) (q store.Query, err error) {
	if q.First, err = size(first); err != nil {
		return q, err
	}
	for _, o := range orderBy {
		order, err := orderOf(o)
		if err != nil {
			return q, err
		}
		q.Order = append(q.Order, order)
	}
	if after != nil {
		if q.After, err = readPageCursor(q.Order, *after); err != nil {
			return q, err
		}
	}
	if f == nil {
		return q, nil
	}
	q.Retired = f.Retired != nil && *f.Retired
	top := *f
	if q.Classes, err = expandClasses(cat, top.IsA); err != nil {
		return q, err
	}
	top.Retired, top.IsA = nil, nil
	b := filterBuilder{cat: cat, classes: q.Classes}
	q.Filter, err = b.filter(&top)
	return q, err
}

var orderFields = map[gql.CIOrderField]store.Field{
	gql.CIOrderFieldName: store.Name, gql.CIOrderFieldScope: store.Scope, gql.CIOrderFieldClass: store.Class,
	gql.CIOrderFieldRef: store.RefField, gql.CIOrderFieldAttribute: store.Attribute, gql.CIOrderFieldChangedIn: store.Changed,
}

func orderOf(o *gql.CIOrder) (store.Order, error) {
	out := store.Order{Field: orderFields[o.Field], Descending: o.Direction == gql.OrderDirectionDesc}
	if o.Attribute != nil {
		out.Attribute = *o.Attribute
	}
	if (out.Field == store.Attribute) != (out.Attribute != "") {
		return out, graph.Errorf(graph.Invalid, "an order by ATTRIBUTE names its attribute, and no other does")
	}
	return out, nil
}

// expandClasses adds all subclasses; none stay none.
func expandClasses(cat *graph.Catalogue, isA []string) (out []string, err error) {
	if isA != nil && len(isA) == 0 {
		return nil, graph.Errorf(graph.Invalid, "isA is empty").WithHint("name a class, or leave it out")
	}
	for _, c := range isA {
		if cat.Class(c) == nil {
			return nil, graph.Errorf(graph.Invalid, "the class %q is unknown", clip(c)).WithHint("ciClasses lists them")
		}
		out = append(out, cat.Descendants(c)...)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// filterBuilder turns filters into those of the port, with typed values.
type filterBuilder struct {
	cat     *graph.Catalogue
	classes []string // the query's, or none
	depth   int
	tests   int
}

// What bounds a filter: far above what a person writes.
const maxDepth, maxTests = 20, 1000

func (b *filterBuilder) filter(f *gql.CIFilter) (*store.Filter, error) {
	if b.depth++; b.depth > maxDepth {
		return nil, graph.Errorf(graph.LimitExceeded, "the filter is nested more than %d levels deep", maxDepth)
	}
	defer func() { b.depth-- }()
	if f.Retired != nil {
		return nil, graph.Errorf(graph.Invalid, "retired stands within and, or, not").WithHint("give it in the outermost filter")
	}
	all, err := b.conditions(f)
	if err != nil {
		return nil, err
	}
	for _, list := range []struct {
		of  []*gql.CIFilter
		add func([]store.Filter)
	}{
		{f.And, func(l []store.Filter) { all = append(all, l...) }},
		{f.Or, func(l []store.Filter) { all = append(all, store.Filter{Or: l}) }},
		{f.Not, func(l []store.Filter) { all = append(all, store.Filter{Not: &store.Filter{Or: l}}) }},
	} {
		var sub []store.Filter
		for _, g := range list.of {
			s, err := b.filter(g)
			if err != nil {
				return nil, err
			}
			if s == nil {
				return nil, graph.Errorf(graph.Invalid, "a filter within and, or, not is empty").WithHint("give it a condition")
			}
			sub = append(sub, *s)
		}
		if len(sub) > 0 {
			list.add(sub)
		}
	}
	switch len(all) {
	case 0:
		return nil, nil
	case 1:
		return &all[0], nil
	}
	return &store.Filter{And: all}, nil
}

// conditions are those of one filter without and, or, not.
func (b *filterBuilder) conditions(f *gql.CIFilter) (all []store.Filter, err error) {
	if f.IsA != nil {
		classes, err := expandClasses(b.cat, f.IsA)
		if err != nil {
			return nil, err
		}
		all = append(all, test(store.Test{Field: store.Class, Op: store.In, Values: texts(classes)}))
	}
	for _, s := range []struct {
		field store.Field
		of    *gql.StringFilter
	}{{store.Class, f.Class}, {store.Scope, f.Scope}, {store.Name, f.Name}, {store.RefField, f.Ref}} {
		if s.of == nil {
			continue
		}
		tests, err := textTests(s.field, s.of)
		if err != nil {
			return nil, err
		}
		all = append(all, tests...)
	}
	if f.ChangedIn != nil {
		tests, err := revisionTests(f.ChangedIn)
		if err != nil {
			return nil, err
		}
		all = append(all, tests...)
	}
	for _, a := range f.Attributes {
		tests, err := b.attribute(a)
		if err != nil {
			return nil, err
		}
		all = append(all, tests...)
	}
	if b.tests += len(all); b.tests > maxTests {
		return nil, graph.Errorf(graph.LimitExceeded, "the filter has more than %d conditions", maxTests)
	}
	return all, nil
}

func test(t store.Test) store.Filter { return store.Filter{Test: &t} }

func texts(list []string) []graph.Value {
	out := make([]graph.Value, len(list))
	for i, s := range list {
		out[i] = graph.StringValue(s)
	}
	return out
}

func textTests(field store.Field, f *gql.StringFilter) (out []store.Filter, err error) {
	value := func(s string) (graph.Value, error) {
		if field != store.RefField {
			return graph.StringValue(s), nil
		}
		ref, err := parseRef(s)
		return store.RefValue(ref), err
	}
	if f.Eq != nil {
		v, err := value(*f.Eq)
		if err != nil {
			return nil, err
		}
		out = append(out, test(store.Test{Field: field, Op: store.Eq, Values: []graph.Value{v}}))
	}
	if f.In != nil {
		values := make([]graph.Value, len(f.In))
		for i, s := range f.In {
			if values[i], err = value(s); err != nil {
				return nil, err
			}
		}
		out = append(out, test(store.Test{Field: field, Op: store.In, Values: values}))
	}
	if f.StartsWith != nil {
		out = append(out, test(store.Test{Field: field, Op: store.StartsWith, Values: texts([]string{*f.StartsWith})}))
	}
	if f.Contains != nil {
		out = append(out, test(store.Test{Field: field, Op: store.Contains, Values: texts([]string{*f.Contains})}))
	}
	return out, notEmpty(out)
}

func notEmpty(tests []store.Filter) error {
	if len(tests) == 0 {
		return graph.Errorf(graph.Invalid, "a condition has no operator").WithHint("give it one, for example eq")
	}
	return nil
}

func revisionTests(f *gql.RevisionFilter) (out []store.Filter, err error) {
	for _, c := range []struct {
		op store.Op
		to *graph.Revision
	}{{store.Eq, f.Eq}, {store.Gt, f.Gt}, {store.Gte, f.Gte}, {store.Lt, f.Lt}, {store.Lte, f.Lte}} {
		if c.to != nil {
			out = append(out, test(store.Test{Field: store.Changed, Op: c.op, Values: []graph.Value{graph.IntValue(int64(*c.to))}}))
		}
	}
	return out, notEmpty(out)
}
