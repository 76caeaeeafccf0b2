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

// VerifyFirst asks about the change as it is now, in the context that it would be assessed in.
func (a sealedAssessment) VerifyFirst(ctx context.Context, of *view.Sealed, first *int) ([]*gql.Doubt, error) {
	room := a.room(ctx)
	r, err := mustNumbered(ctx, room, graph.ChangeClass, change.Discipline.Prefix, of.Of.Change)
	if err != nil {
		return nil, err
	}
	c := change.Of(r)
	x, err := a.context(ctx, room, c, graph.Window{From: c.From, Until: c.Until})
	if err != nil {
		return nil, err
	}
	solved, err := change.Solve(x)
	if err != nil {
		return nil, err
	}
	whole, err := solved.Whole()
	if err != nil {
		return nil, err
	}
	return assessment{}.VerifyFirst(ctx, &view.Assessment{Assessment: whole, Base: room.Snapshot()}, first)
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
