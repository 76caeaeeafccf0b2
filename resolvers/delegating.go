package resolvers

import (
	"context"
	"slices"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
	"github.com/faultline-itsm/faultline/internal/identity"
	"github.com/faultline-itsm/faultline/internal/itsm"
	"github.com/faultline-itsm/faultline/internal/itsm/change"
	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// delegations let one person decide in place of another one.
type delegations struct{ *API }

const delegationPrefix = "DLG"

func (g delegations) Delegations(ctx context.Context) ([]*view.Delegation, error) {
	room := g.room(ctx)
	all, err := room.All(ctx, graph.DelegationClass, nil)
	out := []*view.Delegation{}
	for _, r := range all {
		if d := change.DelegationOf(r); d.Withdraw.IsZero() && room.Now().Before(d.Until) {
			out = append(out, &view.Delegation{Delegation: d, Now: room.Now()})
		}
	}
	return out, err
}

func (g delegations) payload(ctx context.Context, q request, do func(*deciding) (records.Decision, error)) (*view.DelegationPayload, error) {
	done, refused, err := g.decided(ctx, q, do)
	if err != nil {
		return nil, err
	}
	out := &view.DelegationPayload{Revision: readingOf(ctx).at().Revision(), Errors: []view.UserError{}}
	if refused != nil {
		out.Errors = append(out.Errors, refused)
		return out, nil
	}
	out.Revision = done.Revision
	room := g.room(ctx)
	all, err := room.Records(ctx, done.ID)
	if err == nil && len(all) > 0 {
		out.Delegation = &view.Delegation{Delegation: change.DelegationOf(all[0]), Now: room.Now()}
	}
	return out, err
}

func (g delegations) DelegateDecisions(ctx context.Context, in gql.DelegateDecisionsInput) (*view.DelegationPayload, error) {
	return g.payload(ctx, request{nil, in.IdempotencyKey, in}, func(d *deciding) (out records.Decision, err error) {
		number, take, err := d.room.Next(d.ctx, delegationPrefix)
		if err != nil {
			return out, err
		}
		x := change.Delegation{Number: number, To: in.To, From: value(in.From), Until: in.Until.UTC(), Reason: value(in.Reason)}
		if x.From.IsZero() {
			x.From = d.room.Now()
		}
		out.Ops, err = x.Make(d.who, d.room.Now())
		out.Ops, out.Says = append(out.Ops, take), "delegate decisions to "+in.To
		return out, err
	})
}

func (g delegations) WithdrawDelegation(ctx context.Context, in gql.WithdrawDelegationInput) (*view.DelegationPayload, error) {
	return g.payload(ctx, request{nil, in.IdempotencyKey, in}, func(d *deciding) (out records.Decision, err error) {
		r, err := d.room.Record(d.ctx, graph.DelegationClass, in.Delegation)
		if err != nil {
			return out, at("delegation", err)
		}
		switch x := change.DelegationOf(r); {
		case x.By != d.who.Name && x.To != d.who.Name && !d.who.Has(itsm.Admin):
			return out, graph.Errorf(graph.PermissionDenied, "the delegation is between %s and %s", x.By, x.To).WithHint("they, or an administrator, withdraw it")
		case !x.Withdraw.IsZero():
			return out, itsm.Blocked("withdrawn", "it was withdrawn at %s", stampOf(x.Withdraw))
		}
		out.Says = "withdraw " + r.Number
		out.Ops = []graph.Operation{graph.ClaimAttributes{Node: graph.NodeRef{ID: r.ID}, Attributes: map[string]graph.Value{"withdrawn_at": graph.TimeValue(d.room.Now())}}}
		return out, nil
	})
}

// inPlaceOf is who decides where a delegation lets them do it for another one: by their
// own name, with the roles and teams that the other one has at the head.
func (d *deciding) inPlaceOf(other string) (of string, who itsm.Actor, err error) {
	mine := &store.Test{Field: store.Attribute, Attribute: "delegate", Op: store.Eq, Values: texts([]string{d.who.Name})}
	all, err := d.room.All(d.ctx, graph.DelegationClass, &store.Filter{Test: mine})
	if err != nil {
		return "", who, err
	}
	var last time.Time // when one of theirs ended, or begins
	var lost error
	for _, r := range slices.Backward(all) { // the newest first
		x := change.DelegationOf(r)
		if x.By != other {
			continue
		}
		if !x.Holds(d.room.Now()) {
			last = x.Until
			continue
		}
		who = itsm.Actor{Name: other, Roles: x.Roles, Teams: x.Teams}
		if x.Token != "" {
			who, err = identity.Still(d.ctx, d.room, itsm.Actor{Token: x.Token})
			if graph.IsKind(err, graph.PermissionDenied) {
				lost = graph.Errorf(graph.PermissionDenied, "the token with which %s delegated holds no more", other).At(-1, "onBehalfOf").WithHint("let them delegate again")
				continue
			}
			if err != nil {
				return "", who, err
			}
		}
		who.Name, who.Service = d.who.Name, d.who.Service
		return other, who, nil
	}
	if lost != nil {
		return "", who, lost
	}
	e := graph.Errorf(graph.PermissionDenied, "%s has delegated nothing to %s that holds now", clip(other), d.who.Name).At(-1, "onBehalfOf").WithHint("they delegate: delegateDecisions, or faultline delegation create")
	if !last.IsZero() {
		e = graph.Errorf(graph.PermissionDenied, "what %s delegated to %s does not hold now", clip(other), d.who.Name).At(-1, "onBehalfOf").WithHint("delegations lists what holds, and from when")
	}
	return "", who, e
}
