package resolvers

import (
	"context"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// pinning holds what people know better than sources.
type pinning struct{ *API }

func (p pinning) Pin(ctx context.Context, in gql.PinInput) (*view.Payload, error) {
	return mutate(ctx, p.API, meta{in.Source, in.Message, gql.BulkModeAtomic, in.IdempotencyKey, in}, []*gql.PinInput{&in}, p.set)
}

func (p pinning) Unpin(ctx context.Context, in gql.UnpinInput) (*view.Payload, error) {
	return mutate(ctx, p.API, meta{in.Source, in.Message, gql.BulkModeAtomic, in.IdempotencyKey, in}, []*gql.UnpinInput{&in}, p.unset)
}

func (p pinning) set(in *inputs, i *gql.PinInput) ([]graph.Operation, error) {
	n, err := refAt("ci", i.CI)
	if err != nil {
		return nil, err
	}
	pin := graph.Pin{Attribute: value(i.Attribute), Author: value(i.Author), Reason: i.Reason, Expires: value(i.Expires.Value())}
	given, said := i.Value.ValueOK()
	if pin.Author == "" {
		pin.Author = p.actor(in.ctx).Name
	}
	switch {
	case pin.Attribute == "" && given != nil:
		return nil, graph.Errorf(graph.Invalid, "a value is given without the attribute").At(-1, "attribute")
	case pin.Attribute != "" && said:
		values, err := in.attributes(n, "", map[string]any{pin.Attribute: given})
		if err != nil {
			return nil, err
		}
		pin.Value = values[pin.Attribute]
	}
	return []graph.Operation{graph.SetPin{Node: n, Pin: pin, Keep: kept(i.Value, graph.ValueField) | kept(i.Expires, graph.ExpiresField)}}, nil
}

func (p pinning) unset(_ *inputs, i *gql.UnpinInput) ([]graph.Operation, error) {
	n, err := refAt("ci", i.CI)
	return []graph.Operation{graph.Unpin{Node: n, Attribute: value(i.Attribute)}}, err
}
