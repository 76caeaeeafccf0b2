package resolvers

import (
	"context"
	"encoding/json"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// relations answers with a CI's relations, which were fetched with its page.
type relations struct{}

func (relations) Relations(_ context.Context, c *view.CI, d graph.Direction, types []string, first *int, after *string) (*view.Relations, error) {
	n, err := size(first)
	if err != nil {
		return nil, err
	}
	page, ok := c.Expanded[view.RelationsArgs{Direction: d, Types: types, First: n, After: after}.Key()]
	if !ok {
		return nil, graph.Errorf(graph.Internal, "internal error").Because(graph.Errorf(graph.Internal, "relations were not fetched with the page"))
	}
	return page, nil
}

// relationsArgs reads the same arguments ahead of the resolver.
func relationsArgs(raw map[string]any) (a view.RelationsArgs, err error) {
	if a.Direction, err = view.UnmarshalDirection(raw["direction"]); err != nil {
		return a, err
	}
	switch types := raw["types"].(type) {
	case string: // a single value stands for a list of it
		a.Types = []string{types}
	case []string:
		a.Types = types
	case []any:
		a.Types = []string{}
		for _, t := range types {
			name, _ := t.(string)
			a.Types = append(a.Types, name)
		}
	}
	first, err := number(raw["first"])
	if err != nil {
		return a, err
	}
	if a.First, err = size(first); err != nil {
		return a, err
	}
	if after, ok := raw["after"].(string); ok {
		a.After = &after
	}
	return a, nil
}

// number reads an Int as literals and variables carry it.
func number(v any) (*int, error) {
	n := 0
	switch v := v.(type) {
	case nil:
		return nil, nil
	case int64:
		n = int(v)
	case int:
		n = v
	case float64:
		n = int(v)
	case json.Number:
		wide, err := v.Int64()
		if err != nil {
			return nil, graph.Errorf(graph.Invalid, "first is not a whole number")
		}
		n = int(wide)
	}
	return &n, nil
}
