package resolvers

import (
	"encoding/json"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
	"github.com/faultline-itsm/faultline/internal/store"
)

// attribute reads the values of a condition by the attribute's type in the
// classes asked for.
func (b *filterBuilder) attribute(f *gql.AttributeFilter) (out []store.Filter, err error) {
	def, err := b.definition(f.Name)
	if err != nil {
		return nil, err
	}
	add := func(op store.Op, values ...any) error {
		t := store.Test{Field: store.Attribute, Attribute: f.Name, Op: op}
		for _, raw := range values {
			v, err := attributeValue(*def, raw)
			if err != nil {
				return err
			}
			t.Values = append(t.Values, v)
		}
		out = append(out, test(t))
		return nil
	}
	for _, c := range []struct {
		op store.Op
		to any
	}{{store.Eq, f.Eq}, {store.Lt, f.Lt}, {store.Lte, f.Lte}, {store.Gt, f.Gt}, {store.Gte, f.Gte}} {
		if c.to != nil {
			if err := add(c.op, c.to); err != nil {
				return nil, err
			}
		}
	}
	if f.In != nil {
		if err := add(store.In, f.In...); err != nil {
			return nil, err
		}
	}
	for _, c := range []struct {
		op store.Op
		to *string
	}{{store.StartsWith, f.StartsWith}, {store.Contains, f.Contains}} {
		if c.to != nil {
			out = append(out, test(store.Test{Field: store.Attribute, Attribute: f.Name, Op: c.op, Values: texts([]string{*c.to})}))
		}
	}
	if f.IsNull != nil {
		is := test(store.Test{Field: store.Attribute, Attribute: f.Name, Op: store.IsNull})
		if !*f.IsNull {
			is = store.Filter{Not: &is}
		}
		out = append(out, is)
	}
	return out, notEmpty(out)
}

func (b *filterBuilder) definition(name string) (*graph.AttributeDef, error) {
	if len(b.classes) == 0 {
		for _, c := range b.cat.Classes() {
			b.classes = append(b.classes, c.Name)
		}
	}
	for _, c := range b.classes {
		if def := b.cat.Attribute(c, name); def != nil {
			return def, nil
		}
	}
	return nil, graph.Errorf(graph.Invalid, "no class asked for has the attribute %q", clip(name)).WithHint("ciClasses lists the attributes")
}

// attributeValue reads one value of a condition: of a list, of its elements.
func attributeValue(def graph.AttributeDef, raw any) (graph.Value, error) {
	if _, list := raw.([]any); def.Type == graph.ListKind && !list {
		def.Type = def.Of
	}
	b, err := json.Marshal(raw)
	if err != nil {
		return graph.Value{}, graph.Errorf(graph.Invalid, "this is not a JSON value")
	}
	v, err := graph.ParseValue(def, b)
	if err == nil && v.IsZero() {
		return v, graph.Errorf(graph.Invalid, "the attribute %s is compared with null", def.Name).WithHint("use isNull")
	}
	return v, err
}
