package resolvers

import (
	"context"
	"strconv"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

func (p planning) ApplyPlan(ctx context.Context, in gql.ApplyPlanInput) (*view.Payload, error) {
	if err := readingOf(ctx).writes(ctx); err != nil {
		return nil, err
	}
	out := &view.Payload{Revision: readingOf(ctx).at().Revision(), Items: []view.ItemResult{}, Errors: []view.UserError{}}
	receipt, err := p.once(ctx, in)
	if e, expected := refusal(err); expected {
		out.Errors = append(out.Errors, e)
		return out, nil
	}
	if err == nil {
		done(ctx, receipt, out)
	}
	return out, err
}

// once applies the plan, or is what the same request was answered with before. A
// refusal may be but the trace of that: so the key is looked up after it.
func (p planning) once(ctx context.Context, in gql.ApplyPlanInput) (*records.ItemsReceipt, error) {
	if err := validKey(in.IdempotencyKey); err != nil {
		return nil, err
	}
	once, err := p.API.once(ctx, meta{key: in.IdempotencyKey, input: in})
	if err != nil {
		return nil, err
	}
	receipt, refused := p.apply(ctx, in, once)
	if _, expected := refusal(refused); expected {
		known, err := p.Ledger.Answered(ctx, once)
		if err != nil {
			return nil, err
		}
		if known != nil {
			known.Snapshot = readingOf(ctx).at()
			return known, nil
		}
	}
	return receipt, refused
}

// apply commits the plan at the head, if there it still does and breaks what was
// seen; where the head moves meanwhile, it looks again.
func (p planning) apply(ctx context.Context, in gql.ApplyPlanInput, once *records.Once) (*records.ItemsReceipt, error) {
	known, err := p.plans.get(in.PlanID, p.Clock())
	if err != nil {
		return nil, err
	}
	known.applying.Lock()
	defer known.applying.Unlock()
	if err := known.spent(); err != nil {
		return nil, err
	}
	for range attempts {
		now, err := p.foresee(ctx, known)
		if err == nil {
			err = known.stale(now)
		}
		if err != nil {
			return nil, err
		}
		receipt, moved, err := p.Ledger.CommitPlanned(ctx, graph.Batch{Actor: p.actor(ctx).Name, Source: known.source, Teams: p.actor(ctx).Teams, Message: value(in.Message)}, now.ItemsPlan, once)
		if err != nil {
			return nil, err
		}
		if !moved {
			at := receipt.Revision // without the receipt, which holds a snapshot
			known.applied = &at
			return &receipt, nil
		}
	}
	return nil, graph.Errorf(graph.Unavailable, "the graph changes faster than the plan can be checked").WithHint("try again")
}

// spent says why the plan cannot be applied, whatever holds at the head.
func (p *plan) spent() error {
	if p.applied != nil {
		e := graph.Errorf(graph.Stale, "the plan was applied already, at revision %d", *p.applied).At(-1, "planId").WithHint("plan again to change more")
		e.Current = int64(*p.applied)
		return e
	}
	var by []string
	for _, item := range p.shown.Items {
		if len(item.Errors) > 0 {
			by = append(by, item.Field+" "+strconv.Itoa(item.Index))
		}
	}
	if len(by) == 0 {
		return nil
	}
	e := graph.Errorf(graph.Blocked, "%d items of the plan are refused", len(by)).At(-1, "planId").WithHint("mend them and plan again")
	e.By = by
	return e
}
