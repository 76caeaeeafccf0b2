package resolvers

import (
	"context"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
	"github.com/faultline-itsm/faultline/internal/itsm"
	"github.com/faultline-itsm/faultline/internal/itsm/change"
	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// outages are reported and ended; assessments have the open ones in their context.
type outages struct{ *API }

// The states of an outage. One is OPEN as long as its end is not known or is to come, by
// what was known when somebody spoke of it.
const outageOpen, outageOver = "OPEN", "OVER"

// outageRecord is how outages are kept: they have no lifecycle but their end.
var outageRecord = itsm.Discipline{Class: graph.OutageClass, Prefix: "OUT", States: []string{outageOpen, outageOver},
	Moves: []itsm.Move{{Verb: itsm.Create, Roles: outageRoles}, {Verb: "end", From: []string{outageOpen}, When: ended, To: outageOver, Roles: outageRoles},
		{Verb: "end", From: []string{outageOpen}, Roles: outageRoles}},
	Links: []itsm.Link{{Type: change.Affects, Most: 1}}}

// ended says whether the end that is given is not to come.
func ended(c itsm.Case) bool { return !c.Input.Values["until"].Time().After(c.Now) }

var outageRoles = []itsm.Role{itsm.ServiceDesk, itsm.ConfigManager, itsm.ChangeManager, itsm.ChangeImplementer, itsm.CIWriter}

func (o outages) outagePayload(ctx context.Context, q request, do func(*deciding) (records.Decision, error)) (*view.OutagePayload, error) {
	done, refused, err := o.decided(ctx, q, do)
	if err != nil {
		return nil, err
	}
	out := &view.OutagePayload{Revision: readingOf(ctx).at().Revision(), Errors: []view.UserError{}}
	if refused != nil {
		out.Errors = append(out.Errors, refused)
		return out, nil
	}
	out.Revision = done.Revision
	all, err := o.room(ctx).Records(ctx, done.ID)
	if err != nil || len(all) == 0 {
		return out, err
	}
	out.Outage = o.outage(ctx, all[0])
	return out, prefetch(ctx, out.Outage.CI)
}

func (o outages) ReportOutage(ctx context.Context, in gql.ReportOutageInput) (*view.OutagePayload, error) {
	return o.outagePayload(ctx, request{nil, in.IdempotencyKey, in}, func(d *deciding) (out records.Decision, err error) {
		from, until := value(in.From), value(in.Until)
		if from.IsZero() {
			from = d.room.Now()
		}
		switch {
		case in.Effect != graph.Outage && in.Effect != graph.Degradation:
			return out, graph.Errorf(graph.Invalid, "what is reported is no %s", in.Effect).At(-1, "effect").WithHint("an OUTAGE or a DEGRADATION")
		case !until.IsZero() && !from.Before(until):
			return out, graph.Errorf(graph.Invalid, "it would end before it begins").At(-1, "until")
		}
		id, err := d.ci(in.CI, "ci")
		if err != nil {
			return out, err
		}
		values := map[string]graph.Value{"effect": graph.StringValue(in.Effect.String()), "from": graph.TimeValue(from), "reporter": graph.StringValue(d.who.Name)}
		given(values, "title", in.Title)
		givenTime(values, "until", in.Until)
		number, take, err := d.room.Next(d.ctx, outageRecord.Prefix)
		if err != nil {
			return out, err
		}
		link := itsm.NewLink{Type: change.Affects, To: graph.NodeRef{ID: id}, Facts: map[string]graph.Value{"effect": values["effect"], "from": values["from"]}}
		out.Ops, err = outageRecord.Create(number, itsm.Case{Input: itsm.Input{Values: values, Link: []itsm.NewLink{link}}, Actor: d.who, Now: d.room.Now()})
		out.Ops, out.Says = append(out.Ops, take), "report "+number
		return out, err
	})
}

func (o outages) EndOutage(ctx context.Context, in gql.EndOutageInput) (*view.OutagePayload, error) {
	return o.outagePayload(ctx, request{nil, in.IdempotencyKey, in}, func(d *deciding) (out records.Decision, err error) {
		r, err := mustNumbered(d.ctx, d.room, graph.OutageClass, outageRecord.Prefix, in.Outage)
		if err != nil {
			return out, at("outage", err)
		}
		until := value(in.Until)
		if until.IsZero() {
			until = later(d.room.Now(), r.Time("from").Add(time.Microsecond))
		}
		if !r.Time("from").Before(until) {
			return out, graph.Errorf(graph.Invalid, "it began at %s", stampOf(r.Time("from"))).At(-1, "until").WithHint("let it end after that")
		}
		out.Says = "end " + r.Number
		out.Ops, err = outageRecord.Move("end", itsm.Case{Record: r, Input: itsm.Input{Values: map[string]graph.Value{"until": graph.TimeValue(until)}}, Actor: d.who, Now: d.room.Now()})
		return out, err
	})
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
