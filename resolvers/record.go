package resolvers

import (
	"context"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
	"github.com/faultline-itsm/faultline/internal/itsm"
	"github.com/faultline-itsm/faultline/internal/itsm/change"
	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// sealedAssessment answers what stands beside a sealed assessment.
type sealedAssessment struct{ *API }

// TrackRecord is what all reviews found.
func (c changes) TrackRecord(ctx context.Context) (*change.Record, error) { return c.record(ctx) }

// TrackRecord is what reviews found of what the assessment stands on.
func (a sealedAssessment) TrackRecord(ctx context.Context, of *view.Sealed) (*change.Record, error) {
	all, err := a.record(ctx)
	if err != nil {
		return nil, err
	}
	on := all.On(&of.Of.Result)
	return &on, nil
}

// VerifyFirst asks about the change as it is now what impact answers of it.
func (a sealedAssessment) VerifyFirst(ctx context.Context, of *view.Sealed, first *int) ([]*gql.Doubt, error) {
	scenario := of.Of.Scenario
	solved, err := impact{a.API}.solve(ctx, gql.ScenarioInput{Changes: []string{of.Of.Change}}, &gql.WindowInput{From: &scenario.From, Until: &scenario.Until}, nil, "")
	if err != nil {
		return nil, err
	}
	return assessment{}.VerifyFirst(ctx, solved, first)
}

func (a *API) record(ctx context.Context) (*change.Record, error) {
	closed := &store.Test{Field: store.Attribute, Attribute: itsm.StateAttribute, Op: store.Eq, Values: texts([]string{change.Closed})}
	all, err := a.room(ctx).All(ctx, graph.ChangeClass, &store.Filter{Test: closed})
	if err != nil {
		return nil, err
	}
	var scores []change.Score
	for _, r := range all {
		var s change.Score
		if r.Values["score"].Document(&s) {
			scores = append(scores, s)
		}
	}
	out := change.Sum(scores)
	return &out, nil
}
