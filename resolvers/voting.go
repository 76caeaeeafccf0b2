package resolvers

import (
	"context"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
	"github.com/faultline-itsm/faultline/internal/itsm"
	"github.com/faultline-itsm/faultline/internal/itsm/change"
	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// How a change is decided on.

// facts are what the guards of decisions look at.
func (c changing) facts(d *deciding, x *change.Change) (f change.Facts, err error) {
	if f, err = decidedBy(d, x); err != nil {
		return f, err
	}
	f.Revision, f.Gone = d.room.Snapshot().Revision(), x.Gone(d.room.Snapshot())
	if x.Type == change.Standard && x.Text("model") != "" {
		_, now, err := c.assessed(d.ctx, d.room, x, nil)
		if err != nil {
			return f, err
		}
		f.Model, f.Found = now.Model, now.Found()
	}
	if f.Assessment != nil {
		f.Stale, err = c.stale(d.ctx, d.room, x, f.Assessment)
	}
	return f, err
}

// decidedBy are the facts of verbs that only ask who has decided.
func decidedBy(d *deciding, x *change.Change) (f change.Facts, err error) {
	if f.Assessment, err = last(d.ctx, d.room, x); err != nil {
		return f, err
	}
	all, err := votes(d.ctx, d.room, x)
	for _, v := range all {
		if v.Content == x.Content {
			f.Cast = append(f.Cast, v)
		}
	}
	if err == nil {
		f.Votes, err = counting(d.ctx, d.room, x, f.Assessment, all)
	}
	return f, err
}

func (c changing) RequestChangeApproval(ctx context.Context, in gql.ChangeVerbInput) (*view.ChangePayload, error) {
	return c.move(ctx, request{nil, in.IdempotencyKey, in}, in.Change, change.RequestApproval, verbInput(in), c.facts, nil)
}

func (c changing) ApproveChange(ctx context.Context, in gql.DecideChangeInput) (*view.ChangePayload, error) {
	return c.vote(ctx, in, change.Approve, true)
}

func (c changing) RejectChange(ctx context.Context, in gql.DecideChangeInput) (*view.ChangePayload, error) {
	return c.vote(ctx, in, change.Reject, false)
}

// vote is one person's decision, as a node that hangs on the change.
func (c changing) vote(ctx context.Context, in gql.DecideChangeInput, verb string, yes bool) (*view.ChangePayload, error) {
	return c.decide(ctx, request{nil, in.IdempotencyKey, in}, func(d *deciding) (out records.Decision, err error) {
		x, err := d.existing(in.Change)
		if err != nil {
			return out, err
		}
		if !yes && itsm.Blank(value(in.Comment)) {
			return out, graph.Errorf(graph.Invalid, "it is not said why it is rejected").At(-1, "comment").WithHint("say what is to be done otherwise")
		}
		f, err := c.facts(d, x)
		if err != nil {
			return out, err
		}
		who := d.who
		if in.OnBehalfOf != nil {
			if f.For, who, err = d.inPlaceOf(*in.OnBehalfOf); err != nil {
				return out, err
			}
		}
		// The guards look for the assessment that is named; the change keeps none of it.
		say := itsm.Input{Values: map[string]graph.Value{}}
		given(say.Values, "assessment", in.AssessmentID)
		ops, err := change.Discipline.Move(verb, itsm.Case{Record: x.Record, Input: say, Actor: who, Now: d.room.Now(), Facts: f})
		if err != nil {
			return out, err
		}
		if claim, ok := ops[0].(graph.ClaimAttributes); ok {
			delete(claim.Attributes, "assessment")
			if !yes { // earlier votes were on what is written anew
				claim.Attributes["content_version"] = graph.IntValue(x.Content + 1)
				claim.Attributes["reason"] = graph.StringValue(*in.Comment)
			}
		}
		out.Says = verb + " " + x.Number
		name, err := d.nextPart(graph.VoteClass, "V", x)
		v := change.Vote{Voter: d.who.Name, For: f.For, Approved: yes, Assessment: value(in.AssessmentID), Content: x.Content, At: d.room.Now(), Comment: value(in.Comment)}
		if f.Assessment != nil {
			if v.As, err = f.As(who); err != nil {
				return out, err
			}
		}
		out.Ops = append(ops, itsm.Part(graph.VoteClass, name, graph.NodeRef{ID: x.ID}, v.Values())...)
		return out, err
	})
}
