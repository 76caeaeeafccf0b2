package resolvers

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// planning tries changes of the graph, and carries them out as they were seen.
type planning struct{ *API }

func (p planning) PlanChanges(ctx context.Context, patch gql.GraphPatchInput, options *gql.ImpactOptions) (*gql.ChangePlan, error) {
	request, err := json.Marshal([]any{"plan", patch, options})
	if err != nil {
		return nil, graph.Errorf(graph.Invalid, "the patch cannot be read").Because(err)
	}
	name := short(sha256.Sum256(request))
	token, err := continued(ctx, name, belowImpact(ctx))
	if err != nil {
		return nil, err
	}
	if token != "" {
		return p.goOn(ctx, token)
	}
	return p.plan(ctx, &plan{source: patch.Source, options: options, size: len(request)}, name, &patch)
}

// belowImpact are the fields selected of a plan's impact.
func belowImpact(ctx context.Context) (fields []graphql.CollectedField) {
	op := graphql.GetOperationContext(ctx)
	for _, f := range graphql.CollectFieldsCtx(ctx, []string{"ChangePlan"}) {
		fields = append(fields, graphql.CollectFields(op, f.Selections, []string{"ImpactAssessment"})...)
	}
	return fields
}

// goOn is an earlier plan, of which a further page is asked for.
func (p planning) goOn(ctx context.Context, id string) (*gql.ChangePlan, error) {
	a, err := impact(p).goOn(ctx, id)
	if err != nil {
		return nil, err
	}
	known, err := p.plans.get(id, p.Clock())
	if err != nil {
		return nil, graph.Errorf(graph.CursorExpired, "the plan that the cursor belongs to is gone").WithHint("plan again")
	}
	shown := known.shown
	shown.Impact = a
	return &shown, nil
}

// plan makes a plan, keeps it and shows it.
func (p planning) plan(ctx context.Context, made *plan, name string, patch *gql.GraphPatchInput) (*gql.ChangePlan, error) {
	switch n := patchSize(patch); {
	case n == 0:
		return nil, graph.Errorf(graph.Invalid, "the patch is empty").WithHint("give what is to be changed")
	case n > maxItems:
		return nil, graph.Errorf(graph.LimitExceeded, "%d items were given; at most %d are allowed", n, maxItems).WithHint("plan a part of them")
	}
	var err error
	if made.items, err = patchItems(ctx, patch); err != nil {
		return nil, err
	}
	f, err := p.foresee(ctx, made)
	if err != nil {
		return nil, err
	}
	if err := readingOf(ctx).planned(f.Snapshot); err != nil {
		return nil, err
	}
	now := p.Clock()
	made.shown = gql.ChangePlan{ID: planID(name, f.Snapshot.Head(), now.UnixNano()), Revision: f.Snapshot.Revision(), Expires: now.Add(planKept).Truncate(time.Microsecond), Applicable: f.Refused == 0}
	if err := made.tell(f); err != nil {
		return nil, err
	}
	if f.impact != nil {
		f.impact.Token, f.impact.Scenario = made.shown.ID, name
		p.answers.put(f.impact)
		made.changes, made.breaks, made.summary = f.fingerprint(), f.impact.Fingerprint(f.Snapshot.Head()), f.impact.Summary()
	}
	p.plans.put(made, now)
	shown := made.shown
	shown.Impact = f.impact
	return &shown, nil
}

// planID tells plans apart: what was asked, at which head, when.
func planID(name string, head graph.Head, at int64) string {
	return short(sha256.Sum256(fmt.Appendf(nil, "%s %x %d", name, head.Hash, at)))
}

// foresee is what a plan's items would do, and break, at the head.
func (a *API) foresee(ctx context.Context, p *plan) (*foresight, error) {
	o, err := a.bounds(p.options)
	if err != nil {
		return nil, err
	}
	items := make([]records.Item, len(p.items))
	for i := range p.items {
		items[i] = p.items[i].Item
	}
	f := &foresight{}
	if f.ItemsPlan, err = a.Ledger.PlanItems(ctx, graph.Batch{Actor: a.actor(ctx).Name, Source: p.source, Teams: a.actor(ctx).Teams}, items); err != nil || f.Refused > 0 {
		return f, err
	}
	f.impact = &view.Assessment{Base: f.Snapshot, Patch: view.PatchOf(f.Plan.Changes)}
	f.impact.Assessment, err = assess(ctx, f.Snapshot, graph.Scenario{Patch: f.Plan.Changes}, o)
	return f, err
}

// tell fills in what becomes of each item.
func (p *plan) tell(f *foresight) error {
	out, after := &p.shown, f.Snapshot
	if f.Plan != nil {
		var err error
		if after, err = after.Apply(f.Plan.Changes, after.Head()); err != nil {
			return err
		}
	}
	out.Items, out.Conflicts, out.Ambiguities = []*view.PlannedItem{}, []view.UserError{}, []view.UserError{}
	for i := range f.Items {
		item := &view.PlannedItem{Field: p.items[i].field, ItemResult: itemResult(p.items[i].field, p.items[i].index, &f.Items[i])}
		if effects := f.Items[i].Effects; len(effects) > 0 {
			item.Ref = refOf(after, effects[0].ID)
			if !f.Snapshot.Has(effects[0].ID) {
				item.ID = nil // it is given when it is made
			}
		}
		out.Items = append(out.Items, item)
		p.count(item)
	}
	return nil
}

func refOf(s *graph.Snapshot, id graph.ID) *string {
	if !s.Has(id) {
		return nil
	}
	ref := s.Ref(id).String()
	return &ref
}

// count adds one item to the counts, or to what is refused.
func (p *plan) count(item *view.PlannedItem) {
	out := &p.shown
	switch item.Status {
	case "CREATED":
		out.Creates++
	case "UPDATED":
		if item.Field == "retireCIs" {
			out.Retirements++
		} else {
			out.Updates++
		}
	case "REMOVED":
		out.Withdrawals++
	case "UNCHANGED":
		out.Unchanged++
	}
	for _, e := range item.Errors {
		if _, ok := e.(view.DuplicateKey); ok {
			out.Ambiguities = append(out.Ambiguities, e)
		} else {
			out.Conflicts = append(out.Conflicts, e)
		}
	}
}
