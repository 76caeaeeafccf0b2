package resolvers

import (
	"context"

	"github.com/faultline-itsm/faultline/internal/gql"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// retiring renames, retires and restores CIs.
type retiring struct{ *API }

func (r retiring) RenameCIs(ctx context.Context, in gql.RenameCIsInput) (*view.Payload, error) {
	return mutate(ctx, r.API, meta{in.Source, in.Message, in.Mode, in.IdempotencyKey, in}, in.Items, (*inputs).renameCI)
}

func (r retiring) RetireCIs(ctx context.Context, in gql.RetireCIsInput) (*view.Payload, error) {
	return mutate(ctx, r.API, meta{in.Source, in.Message, in.Mode, in.IdempotencyKey, in}, in.Items, (*inputs).retireCI)
}

func (r retiring) RestoreCIs(ctx context.Context, in gql.RestoreCIsInput) (*view.Payload, error) {
	return mutate(ctx, r.API, meta{in.Source, in.Message, in.Mode, in.IdempotencyKey, in}, in.Items, (*inputs).restoreCI)
}
