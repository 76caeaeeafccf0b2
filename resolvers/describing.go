package resolvers

import (
	"context"
	"strconv"

	"golang.org/x/text/unicode/norm"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// describing states, and withdraws, what is known of the estate.
type describing struct{ *API }

func (d describing) UpsertCIs(ctx context.Context, in gql.UpsertCIsInput) (*view.Payload, error) {
	return mutate(ctx, d.API, meta{in.Source, in.Message, in.Mode, in.IdempotencyKey, in}, in.Items, (*inputs).upsertCI)
}

func (d describing) UpsertRelations(ctx context.Context, in gql.UpsertRelationsInput) (*view.Payload, error) {
	return mutate(ctx, d.API, meta{in.Source, in.Message, in.Mode, in.IdempotencyKey, in}, in.Items, (*inputs).upsertRelation)
}

func (d describing) UpsertRequirements(ctx context.Context, in gql.UpsertRequirementsInput) (*view.Payload, error) {
	return mutate(ctx, d.API, meta{in.Source, in.Message, in.Mode, in.IdempotencyKey, in}, in.Items, (*inputs).upsertRequirement)
}

func (d describing) WithdrawRelations(ctx context.Context, in gql.WithdrawRelationsInput) (*view.Payload, error) {
	return mutate(ctx, d.API, meta{in.Source, in.Message, in.Mode, in.IdempotencyKey, in}, in.Items, (*inputs).withdrawRelation)
}

func (d describing) ConfirmRelations(ctx context.Context, in gql.ConfirmRelationsInput) (*view.Payload, error) {
	return mutate(ctx, d.API, meta{in.Source, in.Message, in.Mode, in.IdempotencyKey, in}, in.Items, d.confirm)
}

func (d describing) confirm(_ *inputs, i *gql.ConfirmRelationItem) ([]graph.Operation, error) {
	from, to, err := ends(i.From, i.To)
	if err != nil {
		return nil, err
	}
	who := graph.Evidence{ConfirmedBy: value(i.ConfirmedBy), ObservedAt: value(i.ObservedAt.Value())}
	if who.ConfirmedBy == "" {
		who.ConfirmedBy = d.Actor
	}
	return []graph.Operation{graph.Confirm{From: from, Type: i.Type, To: to, Requirement: value(i.Requirement), Qualifier: value(i.Qualifier),
		Evidence: who, Forget: nulled(i.ObservedAt, graph.ObservedAtField), ExpectedVersion: version(i.ExpectedVersion)}}, nil
}

func (d describing) WithdrawRequirements(ctx context.Context, in gql.WithdrawRequirementsInput) (*view.Payload, error) {
	return mutate(ctx, d.API, meta{in.Source, in.Message, in.Mode, in.IdempotencyKey, in}, in.Items, (*inputs).withdrawRequirement)
}

// patchBatch is a scenario's patch as a batch, in the order of its fields.
func (a *API) patchBatch(ctx context.Context, p *gql.GraphPatchInput) (graph.Batch, error) {
	in := &inputs{ctx: ctx, reading: readingOf(ctx)}
	b := graph.Batch{Actor: a.Actor, Source: p.Source}
	for _, add := range []func() error{
		func() error { return patchWith(in, &b, "upsertCIs", p.UpsertCIs, (*inputs).upsertCI) },
		func() error {
			return patchWith(in, &b, "upsertRequirements", p.UpsertRequirements, (*inputs).upsertRequirement)
		},
		func() error {
			return patchWith(in, &b, "upsertRelations", p.UpsertRelations, (*inputs).upsertRelation)
		},
		func() error {
			return patchWith(in, &b, "withdrawRelations", p.WithdrawRelations, (*inputs).withdrawRelation)
		},
		func() error {
			return patchWith(in, &b, "withdrawRequirements", p.WithdrawRequirements, (*inputs).withdrawRequirement)
		},
		func() error { return patchWith(in, &b, "renameCIs", p.RenameCIs, (*inputs).renameCI) },
		func() error { return patchWith(in, &b, "retireCIs", p.RetireCIs, (*inputs).retireCI) },
	} {
		if err := add(); err != nil {
			return b, err
		}
	}
	return b, nil
}

func patchWith[T any](in *inputs, b *graph.Batch, field string, items []*T, op func(*inputs, *T) ([]graph.Operation, error)) error {
	for i, item := range items {
		ops, err := op(in, item)
		if err != nil {
			e := *graph.AsError(err)
			e.Message = "item " + strconv.Itoa(i) + " of " + field + ": " + e.Message
			return &e
		}
		b.Ops = append(b.Ops, ops...)
	}
	return nil
}

// normal is a name in NFC, or "".
func normal(s *string) string { return norm.NFC.String(value(s)) }
