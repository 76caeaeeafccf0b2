package resolvers

import (
	"context"

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

func (d describing) confirm(in *inputs, i *gql.ConfirmRelationItem) ([]graph.Operation, error) {
	from, to, err := ends(i.From, i.To)
	if err != nil {
		return nil, err
	}
	who := graph.Evidence{ConfirmedBy: value(i.ConfirmedBy), ObservedAt: value(i.ObservedAt.Value())}
	if who.ConfirmedBy == "" {
		who.ConfirmedBy = d.actor(in.ctx).Name
	}
	return []graph.Operation{graph.Confirm{From: from, Type: i.Type, To: to, Requirement: value(i.Requirement), Qualifier: value(i.Qualifier),
		Evidence: who, Forget: nulled(i.ObservedAt, graph.ObservedAtField), ExpectedVersion: version(i.ExpectedVersion)}}, nil
}

func (d describing) WithdrawRequirements(ctx context.Context, in gql.WithdrawRequirementsInput) (*view.Payload, error) {
	return mutate(ctx, d.API, meta{in.Source, in.Message, in.Mode, in.IdempotencyKey, in}, in.Items, (*inputs).withdrawRequirement)
}

// normal is a name in NFC, or "".
func normal(s *string) string { return norm.NFC.String(value(s)) }
