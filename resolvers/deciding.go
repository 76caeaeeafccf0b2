package resolvers

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
	"github.com/faultline-itsm/faultline/internal/identity"
	"github.com/faultline-itsm/faultline/internal/itsm"
	"github.com/faultline-itsm/faultline/internal/itsm/change"
	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// deciding is one verb on its way: who does it, and what is read at the head.
type deciding struct {
	ctx  context.Context
	room *records.Room
	who  itsm.Actor
	its  *ownership // the CIs of its teams; nil: all are
}

// request is what a mutation says about itself.
type request struct {
	message *string
	key     *string
	input   any
}

// decide runs a decision at the head and shows the change after it. What is refused is
// data.
func (a *API) decide(ctx context.Context, q request, do func(*deciding) (records.Decision, error)) (*view.ChangePayload, error) {
	done, refused, err := a.decided(ctx, q, do)
	out := &view.ChangePayload{Revision: readingOf(ctx).at().Revision(), Errors: []view.UserError{}}
	if err != nil {
		return nil, err
	}
	if refused != nil {
		out.Errors = append(out.Errors, refused)
		return out, nil
	}
	out.Revision = done.Revision
	all, err := a.room(ctx).Records(ctx, done.ID)
	if err == nil && len(all) == 1 {
		out.Change = a.seen(ctx, change.Of(all[0]))
	}
	return out, err
}

// decided runs a decision and moves the request to what it left.
func (a *API) decided(ctx context.Context, q request, do func(*deciding) (records.Decision, error)) (done records.Decided, refused view.UserError, err error) {
	if err := readingOf(ctx).writes(ctx); err != nil {
		return done, nil, err
	}
	once, err := a.once(ctx, meta{key: q.key, input: q.input})
	if err == nil {
		err = validKey(q.key)
	}
	var its *ownership
	if who := a.actor(ctx); err == nil && who.Teams != nil { // asked for here: within the decision, nobody else writes
		its, err = a.owned(ctx, who.Teams)
	}
	if err == nil {
		who := a.actor(ctx)
		done, err = a.Ledger.Decide(ctx, graph.Batch{Actor: who.Name, Message: value(q.message)}, once, func(inner context.Context, room *records.Room) (records.Decision, error) {
			who, err := identity.Still(inner, room, who) // with the roles that it has at the head
			if err != nil {
				return records.Decision{}, err
			}
			d, err := do(&deciding{inner, room, who, its})
			if err == nil {
				err = cmp.Or(itsm.LegibleText("message", value(q.message)), itsm.Legible(d.Ops))
			}
			return d, input(err)
		})
	}
	if err != nil {
		if e, expected := refusal(err); expected {
			return done, e, nil
		}
		return done, nil, err
	}
	readingOf(ctx).continues(done.Snapshot, true)
	return done, nil, nil
}

// input names a field as clients know it: plannedStart, not planned_start.
func input(err error) error {
	if err == nil {
		return nil
	}
	e := *graph.AsError(err)
	name, known := inputFields[e.Field]
	if known {
		return e.At(-1, name)
	}
	return &e
}

var inputFields = map[string]string{"planned_start": "plannedStart", "planned_end": "plannedEnd", "AFFECTS": "affects", "BACKED_OUT_WITH": "backoutNeeds", "closure_code": "closureCode",
	"implementation_plan": "implementationPlan", "backout_plan": "backoutPlan", "test_plan": "testPlan", "actual_end": "actualEnd", "scope": "classes"}

// ci finds a CI at the head; what is retired or a record cannot be affected.
func (d *deciding) ci(ref *gql.CIRef, field string) (graph.ID, error) {
	n, err := nodeRef(ref)
	if err != nil {
		return 0, at(field, err)
	}
	s := d.room.Snapshot()
	id, ok, err := readingOf(d.ctx).lookup(d.ctx, s, n)
	switch {
	case err != nil:
		return 0, err
	case !ok || !s.Has(id):
		return 0, graph.Errorf(graph.NotFound, "no CI is named %s", named(n)).At(-1, field)
	case s.Catalogue().Kept(s.Ref(id).Class):
		return 0, graph.Errorf(graph.Invalid, "%s is a record, not a CI", s.Ref(id)).At(-1, field)
	}
	return id, nil
}

// existing is the change that a verb is about.
func (d *deciding) existing(name string) (*change.Change, error) {
	r, err := mustNumbered(d.ctx, d.room, graph.ChangeClass, change.Discipline.Prefix, name)
	if err != nil {
		return nil, at("change", err)
	}
	return change.Of(r), nil
}

// itsOwn refuses who is there for some teams' CIs alone, and neither asked for the change nor
// carries it out, where it affects none of these.
func (a *API) itsOwn(d *deciding, x *change.Change) error {
	if d.its == nil || d.who.Name == x.Requester || d.who.Name == x.Implementer || slices.ContainsFunc(a.about(d.ctx, d.room, x), d.its.has) {
		return nil
	}
	if len(d.its.teams) == 0 {
		return graph.Errorf(graph.PermissionDenied, "%s is of no team", d.who.Name).At(-1, "change").WithHint("who asked for the change, a team that it affects, or somebody without teams does that")
	}
	return graph.Errorf(graph.PermissionDenied, "%s affects nothing that %s answers for", x.Number, strings.Join(d.its.teams, ", ")).At(-1, "change").WithHint("who asked for it, a team that it affects, or somebody without teams does that")
}

// anybodys are the verbs that are not only for those whom a change concerns: what they take is
// said by their guards.
var anybodys = []string{change.AssessVerb, change.CommentVerb}

// move does a verb that needs nothing but the change.
func (a *API) move(ctx context.Context, q request, name, verb string, in itsm.Input, facts func(*deciding, *change.Change) (change.Facts, error), also func(*deciding, *change.Change, *itsm.Input) (records.Decision, error)) (*view.ChangePayload, error) {
	return a.decide(ctx, q, func(d *deciding) (out records.Decision, err error) {
		x, err := d.existing(name)
		if err != nil {
			return out, err
		}
		if !slices.Contains(anybodys, verb) {
			if err := a.itsOwn(d, x); err != nil {
				return out, err
			}
		}
		mine := itsm.Input{Values: map[string]graph.Value{}, ExpectedVersion: in.ExpectedVersion}
		for k, v := range in.Values {
			mine.Values[k] = v
		}
		c := itsm.Case{Record: x.Record, Input: mine, Actor: d.who, Now: d.room.Now()}
		if facts != nil {
			f, err := facts(d, x)
			if err != nil {
				return out, err
			}
			c.Facts = f
		}
		if also != nil {
			if out, err = also(d, x, &c.Input); err != nil {
				return out, err
			}
		}
		ops, err := change.Discipline.Move(verb, c)
		out.Ops, out.Says = append(ops, out.Ops...), verb+" "+x.Number
		return out, err
	})
}

func verbInput(in gql.ChangeVerbInput) itsm.Input {
	values := map[string]graph.Value{}
	given(values, "reason", in.Reason)
	return itsm.Input{Values: values, ExpectedVersion: version(in.ExpectedVersion)}
}

// nextPart is the number of the next thing of a class that hangs on a change.
func (d *deciding) nextPart(class, letter string, x *change.Change) (string, error) {
	all, err := d.room.Parts(d.ctx, class, x.ID)
	n := 0
	for _, r := range all {
		n = max(n, ordinal(r.Number))
	}
	return fmt.Sprintf("%s.%s%d", x.Number, letter, n+1), err
}
