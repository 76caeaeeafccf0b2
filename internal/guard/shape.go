package guard

import (
	"github.com/vektah/gqlparser/v2/ast"
)

// shape is how large a selection set is once its fragments are put in.
type shape struct {
	selections int // fields, spreads and inline fragments
	top        int // fields of its own level
	aliases    int
	directives int
	depth      int
	schemas    int // of __schema, and of types within it
}

func (s *shape) add(o shape) {
	s.selections = plus(s.selections, o.selections)
	s.top = plus(s.top, o.top)
	s.aliases = plus(s.aliases, o.aliases)
	s.directives = plus(s.directives, o.directives)
	s.depth = max(s.depth, o.depth)
	s.schemas = plus(s.schemas, o.schemas)
}

// place is where a selection set stands: introspection has rules of its own.
type place uint8

const (
	outside place = iota
	introspecting
	belowFields // of a type: its fields are not asked for their types' fields
)

// wholes is how often an operation may ask for __schema, and for all types.
const wholes = 2

// rounds is how much larger all definitions of a document may be together than
// one operation: validation goes through each fragment from each that spreads it.
const rounds = 4

// spot is a fragment at a place.
type spot struct {
	fragment string
	place    place
}

// shaper measures each fragment once for each place.
type shaper struct {
	fragments map[string]*ast.FragmentDefinition
	known     map[spot]shape
	open      map[spot]bool
}

// shape refuses a document by its form. It looks at every operation and every
// fragment, because validation does.
func (g *Guard) shape(doc *ast.QueryDocument) error {
	l := g.limits
	if err := above("document.operations", "operations", len(doc.Operations), l.Operations); err != nil {
		return err
	}
	if err := above("document.fragments", "fragments", len(doc.Fragments), l.Fragments); err != nil {
		return err
	}
	if len(doc.Operations) == 0 {
		return invalid("The document has no operation.")
	}
	s := &shaper{fragments: byName(doc), known: map[spot]shape{}, open: map[spot]bool{}}
	total := 0
	for _, f := range doc.Fragments {
		sh, err := s.spread(f.Name, outside)
		if err != nil {
			return err
		}
		total = plus(total, sh.selections)
	}
	for _, op := range doc.Operations {
		sh, err := s.operation(op)
		if err != nil {
			return err
		}
		if err := l.hold(sh); err != nil {
			return err
		}
		if op.Operation == ast.Subscription && (sh.top != 1 || s.conditional(op.SelectionSet)) {
			return invalid("A subscription has exactly one field at its root, and no directives there.")
		}
		total = plus(total, sh.selections)
	}
	if err := above("document.fields", "selections in all operations and fragments together", total, times(rounds, l.Fields)); err != nil {
		return err
	}
	for _, op := range doc.Operations {
		if n := repeats(s.fragments, op.SelectionSet); n > l.Repeats {
			return above("document.repeats", "selections of one response key at one place", n, l.Repeats)
		}
	}
	return nil
}

// conditional says whether a selection of one field at its root could be of none.
// Its fragments were measured, so that none of them spreads itself.
func (s *shaper) conditional(set ast.SelectionSet) bool {
	for _, sel := range set {
		var directives ast.DirectiveList
		var below ast.SelectionSet
		switch sel := sel.(type) {
		case *ast.Field:
			directives = sel.Directives
		case *ast.InlineFragment:
			directives, below = sel.Directives, sel.SelectionSet
		case *ast.FragmentSpread:
			directives = sel.Directives
			if f := s.fragments[sel.Name]; f != nil {
				below = f.SelectionSet
			}
		}
		if len(directives) > 0 || s.conditional(below) {
			return true
		}
	}
	return false
}

// byName indexes the fragments; of several of one name, validation uses the first.
func byName(doc *ast.QueryDocument) map[string]*ast.FragmentDefinition {
	out := make(map[string]*ast.FragmentDefinition, len(doc.Fragments))
	for _, f := range doc.Fragments {
		if out[f.Name] == nil {
			out[f.Name] = f
		}
	}
	return out
}

func (l Limits) hold(s shape) error {
	for _, c := range []struct {
		limit, what string
		n, most     int
	}{
		{"document.depth", "levels of fields", s.depth, l.Depth},
		{"document.fields", "selections, its fragments put in,", s.selections, l.Fields},
		{"document.root-fields", "fields at the root", s.top, l.RootFields},
		{"document.aliases", "aliases", s.aliases, l.Aliases},
		{"document.directives", "directives", s.directives, l.Directives},
		{Introspecting, "selections of the whole schema", s.schemas, wholes},
	} {
		if err := above(c.limit, c.what, c.n, c.most); err != nil {
			return err
		}
	}
	return nil
}

func (s *shaper) operation(op *ast.OperationDefinition) (shape, error) {
	out, err := s.set(op.SelectionSet, outside)
	out.directives = plus(out.directives, len(op.Directives))
	for _, v := range op.VariableDefinitions {
		out.directives = plus(out.directives, len(v.Directives))
	}
	return out, err
}

func (s *shaper) set(set ast.SelectionSet, at place) (out shape, err error) {
	for _, sel := range set {
		var one shape
		switch sel := sel.(type) {
		case *ast.Field:
			one, err = s.field(sel, at)
		case *ast.InlineFragment:
			one, err = s.set(sel.SelectionSet, at)
			one.directives = plus(one.directives, len(sel.Directives))
		case *ast.FragmentSpread:
			one, err = s.spread(sel.Name, at)
			one.directives = plus(one.directives, len(sel.Directives))
		}
		if err != nil {
			return out, err
		}
		one.selections = plus(one.selections, 1)
		out.add(one)
	}
	return out, nil
}

func (s *shaper) field(f *ast.Field, at place) (out shape, err error) {
	below, free, whole := at, false, false
	switch {
	case f.Name == "__schema":
		below, whole = introspecting, true
	case f.Name == "__type":
		below = introspecting
	case at == outside:
	case f.Name == "types":
		whole = true
	case f.Name == "ofType":
		free = true
	case f.Name == "fields" && at == belowFields:
		return out, refused(Introspecting, "ask for the types by their names; the schema as text is at /schema.graphqls", "the document asks for the fields of the fields of a type")
	case f.Name == "fields":
		below = belowFields
	}
	inner, err := s.set(f.SelectionSet, below)
	if err != nil {
		return out, err
	}
	out = shape{selections: inner.selections, top: 1, aliases: inner.aliases, directives: plus(inner.directives, len(f.Directives)), depth: inner.depth, schemas: inner.schemas}
	if !free {
		out.depth = plus(out.depth, 1)
	}
	if whole {
		out.schemas = plus(out.schemas, 1)
	}
	if f.Alias != f.Name {
		out.aliases = plus(out.aliases, 1)
	}
	return out, nil
}

func (s *shaper) spread(name string, at place) (shape, error) {
	key := spot{name, at}
	if out, ok := s.known[key]; ok {
		return out, nil
	}
	f := s.fragments[name]
	if f == nil {
		return shape{}, nil // validation says that it is not there
	}
	if s.open[key] {
		return shape{}, invalid("Cannot spread fragment %q within itself.", name)
	}
	s.open[key] = true
	out, err := s.set(f.SelectionSet, at)
	if err != nil {
		return out, err
	}
	delete(s.open, key)
	out.directives = plus(out.directives, len(f.Directives))
	s.known[key] = out
	return out, nil
}
