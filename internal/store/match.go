package store

import (
	"slices"
	"strings"

	"github.com/faultline-itsm/faultline/graph"
)

// subject is a node under test; its effective attributes are worked out once.
type subject struct {
	cat       *graph.Catalogue
	n         *graph.Node
	effective map[string]graph.Value
}

// value is what the field says of the node; the zero Value is a null.
func (s *subject) value(f Field, attribute string) graph.Value {
	switch f {
	case Name:
		return graph.StringValue(s.n.Ref.Name)
	case Scope:
		return graph.StringValue(s.n.Ref.Scope)
	case Class:
		return graph.StringValue(s.n.Ref.Class)
	case RefField:
		return RefValue(s.n.Ref)
	case Changed:
		return graph.IntValue(int64(s.n.Changed))
	}
	if s.effective == nil {
		s.effective = s.cat.Effective(s.n)
	}
	return s.effective[attribute]
}

// RefValue is a ref as a value of RefField: always with its scope.
func RefValue(r graph.Ref) graph.Value {
	return graph.StringValue(r.Class + ":" + r.Scope + "/" + r.Name)
}

// refOf reads what RefValue writes, and every other form of a ref.
func refOf(v graph.Value) graph.Ref {
	class, rest, _ := strings.Cut(v.Str(), ":")
	scope, name, ok := strings.Cut(rest, "/")
	if !ok {
		scope, name = graph.DefaultScope, rest
	}
	return graph.Ref{Class: class, Scope: scope, Name: name}
}

// compare orders two values of a field: refs by class, scope, name; all others
// as values are.
func compare(f Field, a, b graph.Value) int {
	if f == RefField && !a.IsZero() && !b.IsZero() {
		return refOf(a).Compare(refOf(b))
	}
	return a.Compare(b)
}

// Match says whether the filter lets the node pass. The query must be valid, see
// Query.Validate.
func Match(f *Filter, n *graph.Node, cat *graph.Catalogue) bool {
	return f.matches(&subject{cat: cat, n: n})
}

func (f *Filter) matches(s *subject) bool {
	switch {
	case f == nil:
		return true
	case f.Test != nil:
		return f.Test.matches(s)
	case f.Not != nil:
		return !f.Not.matches(s)
	case f.Or != nil:
		return slices.ContainsFunc(f.Or, func(g Filter) bool { return g.matches(s) })
	}
	return !slices.ContainsFunc(f.And, func(g Filter) bool { return !g.matches(s) })
}

func (t *Test) matches(s *subject) bool {
	v := s.value(t.Field, t.Attribute)
	if t.Op == IsNull {
		return v.IsZero()
	}
	if v.IsZero() {
		return false
	}
	if v.Kind() == graph.ListKind && !t.listwise() {
		return slices.ContainsFunc(v.List(), t.holds)
	}
	return t.holds(v)
}

// listwise says whether the test is about lists as a whole; other tests hold
// for a list where they hold for one of its elements.
func (t *Test) listwise() bool {
	return len(t.Values) > 0 && t.Values[0].Kind() == graph.ListKind
}

func (t *Test) holds(v graph.Value) bool {
	if t.Op == In {
		return slices.ContainsFunc(t.Values, func(w graph.Value) bool { return v.Kind() == w.Kind() && compare(t.Field, v, w) == 0 })
	}
	w := t.Values[0]
	if v.Kind() != w.Kind() {
		return false
	}
	switch t.Op {
	case Eq:
		return compare(t.Field, v, w) == 0
	case StartsWith:
		return strings.HasPrefix(t.text(v), w.Str())
	case Contains:
		return strings.Contains(t.text(v), w.Str())
	case Lt:
		return compare(t.Field, v, w) < 0
	case Lte:
		return compare(t.Field, v, w) <= 0
	case Gt:
		return compare(t.Field, v, w) > 0
	case Gte:
		return compare(t.Field, v, w) >= 0
	}
	return false
}

// text is what StartsWith and Contains look at: of a ref, the form that people
// write.
func (t *Test) text(v graph.Value) string {
	if t.Field == RefField {
		return refOf(v).String()
	}
	return v.Str()
}

// Conjuncts are the tests that every node which passes must pass: what an
// adapter may choose an index by. Match still has the last word.
func (f *Filter) Conjuncts() (tests []*Test) {
	if f == nil {
		return nil
	}
	if f.Test != nil {
		return []*Test{f.Test}
	}
	for i := range f.And {
		tests = append(tests, f.And[i].Conjuncts()...)
	}
	return tests
}
