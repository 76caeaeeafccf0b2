package resolvers

import (
	"context"
	"slices"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
	"github.com/faultline-itsm/faultline/internal/itsm"
	"github.com/faultline-itsm/faultline/internal/itsm/change"
	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/internal/tracing"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// openOutages are those that have no end, or one that is still to come, by number.
func openOutages(ctx context.Context, room *records.Room) ([]*itsm.Record, error) {
	all, err := room.All(ctx, graph.OutageClass, &store.Filter{Test: &store.Test{Field: store.Attribute, Attribute: itsm.StateAttribute, Op: store.Eq, Values: texts([]string{outageOpen})}})
	return slices.DeleteFunc(all, func(r *itsm.Record) bool {
		until := r.Time("until")
		return !until.IsZero() && !until.After(room.Now()) || len(r.Of(change.Affects)) == 0
	}), err
}

// assessed is a change solved in its context at a room's revision, and what was found.
// Thresholds are those that hold where none are given.
func (a *API) assessed(ctx context.Context, room *records.Room, c *change.Change, thresholds *change.Thresholds) (*change.Solved, change.Result, error) {
	_, span := tracing.Begin(ctx, "assess change")
	defer span.End("")
	var none change.Result
	x, err := a.context(ctx, room, c, graph.Window{From: c.From, Until: c.Until})
	if err != nil {
		return nil, none, err
	}
	if thresholds != nil {
		x.Thresholds = *thresholds
	}
	solved, err := change.Solve(x)
	if err != nil {
		return nil, none, err
	}
	about, err := aboutCIs(ctx, room, solved.Wants())
	if err != nil {
		return nil, none, err
	}
	return solved, solved.Result(about), nil
}

// context is what a change is assessed in, at a room's revision: other changes within
// a time, where that suffices.
func (a *API) context(ctx context.Context, room *records.Room, c *change.Change, within graph.Window) (x change.Context, err error) {
	x = change.Context{Snapshot: room.Snapshot(), Now: room.Now(), Change: c, Identify: view.EncodeID, Words: func(s *graph.Snapshot, b graph.BlindSpot) string { return view.Words{Snapshot: s}.BlindSpot(b) }, Services: view.Services(room.Snapshot())}
	if x.Thresholds, err = thresholds(ctx, room); err != nil {
		return x, err
	}
	if x.Patch, err = a.patchOf(ctx, room, c); err != nil {
		return x, err
	}
	x.Idle = c.Patches() && len(x.Patch) == 0
	outages, err := openOutages(ctx, room)
	if err != nil {
		return x, err
	}
	for _, r := range outages {
		e := graph.OwnEffect{CI: r.Of(change.Affects)[0].To, From: r.Time("from"), Until: r.Time("until"), Party: r.Number}
		_ = e.Kind.UnmarshalText([]byte(r.Text("effect"))) // an outage where it says none
		x.Outages = append(x.Outages, e)
	}
	frames, err := activeWindows(ctx, room)
	if err != nil {
		return x, err
	}
	for _, r := range frames {
		x.Windows = append(x.Windows, change.WindowOf(r))
	}
	if x.Others, err = a.others(ctx, room, c, within); err != nil {
		return x, err
	}
	if err := a.patches(ctx, room, x.Others); err != nil {
		return x, err
	}
	return x, ruled(ctx, room, &x)
}

// others are the changes from ASSESS on that are not over: those within a time, those that
// are under way, and those before it of which something goes on. Where the change leaves something behind, those
// after it, too, as they may collide with that.
func (a *API) others(ctx context.Context, room *records.Room, c *change.Change, within graph.Window) (out []change.Other, err error) {
	states := &store.Test{Field: store.Attribute, Attribute: itsm.StateAttribute, Op: store.In}
	for _, s := range []string{change.Assess, change.Authorize, change.Scheduled, change.Implement} {
		states.Values = append(states.Values, graph.StringValue(s))
	}
	which := []store.Filter{{Test: states}}
	if !within.Until.IsZero() && !c.Lasts() {
		which = append(which, planned("planned_start", store.Lt, within.Until))
	}
	if !within.From.IsZero() {
		passes := store.Filter{Test: &store.Test{Field: store.Attribute, Attribute: change.LastsAttribute, Op: store.Eq, Values: []graph.Value{graph.BoolValue(false)}}}
		begun := store.Filter{Test: &store.Test{Field: store.Attribute, Attribute: itsm.StateAttribute, Op: store.Eq, Values: texts([]string{change.Implement})}}
		which = append(which, store.Filter{Or: []store.Filter{planned("planned_end", store.Gt, within.From), begun, {Not: &passes}}})
	}
	all, err := room.All(ctx, graph.ChangeClass, &store.Filter{And: which})
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		if r.ID != c.ID {
			out = append(out, change.OtherOf(change.Of(r), room.Now()))
		}
	}
	return out, nil
}

func planned(attribute string, op store.Op, at time.Time) store.Filter {
	return store.Filter{Test: &store.Test{Field: store.Attribute, Attribute: attribute, Op: op, Values: []graph.Value{graph.TimeValue(at)}}}
}

// patches are those of changes, on the graph as it is.
func (a *API) patches(ctx context.Context, room *records.Room, of []change.Other) (err error) {
	for k := range of {
		o := &of[k]
		if o.Patch, err = a.patchOf(ctx, room, o.Change); err != nil {
			if _, expected := refusal(err); !expected {
				return err
			}
			o.Patch, o.Unfit = nil, true
		}
	}
	return nil
}

// aboutCIs is what is recorded about CIs that count.
func aboutCIs(ctx context.Context, room *records.Room, ids []graph.ID) (map[graph.ID]change.About, error) {
	all, err := room.Records(ctx, ids...)
	out := map[graph.ID]change.About{}
	for _, r := range all {
		out[r.ID] = change.AboutOf(r.Text)
	}
	return out, err
}

// patchOf is what a change's patch would change at a room's revision; nil where it has
// none, or it is applied.
func (a *API) patchOf(ctx context.Context, room *records.Room, c *change.Change) ([]graph.Change, error) {
	if !c.Patches() {
		return nil, nil
	}
	b, err := a.patchBatchOf(ctx, c)
	if err != nil {
		return nil, err
	}
	plan, err := room.Plan(ctx, b)
	if err != nil {
		return nil, inPatch(err)
	}
	return plan.Changes, nil
}

// inPatch says that it is the patch that is refused.
func inPatch(err error) error {
	e := *graph.AsError(err)
	e.Message = "its patch: " + e.Message
	return e.At(-1, "patch")
}

// patchBatchOf is a change's patch as operations.
func (a *API) patchBatchOf(ctx context.Context, c *change.Change) (graph.Batch, error) {
	var p gql.GraphPatchInput
	if !c.Patch().Document(&p) {
		return graph.Batch{}, graph.Errorf(graph.Internal, "the patch of %s cannot be read", c.Number)
	}
	if p.Source == "" {
		p.Source = graph.ManualSource
	}
	b, err := a.patchBatch(ctx, &p)
	b.Actor, b.Message = a.actor(ctx).Name, "the patch of "+c.Number
	return b, err
}

// stale says why an assessment does not hold any more at a room's revision; none: it
// does.
func (a *API) stale(ctx context.Context, room *records.Room, c *change.Change, sealed *change.Sealed) ([]string, error) {
	if sealed.Content != c.Content {
		return []string{"the change was edited after it was assessed"}, nil
	}
	_, now, err := a.assessed(ctx, room, c, &sealed.Scenario.Thresholds) // by what was decided on
	if err != nil {
		if e, expected := refusal(err); expected {
			return []string{e.Says()}, nil
		}
		return nil, err
	}
	out := change.Changed(&sealed.Result, &now, sealed.Scenario.Thresholds)
	if out == nil {
		out = []string{}
	}
	return out, nil
}
