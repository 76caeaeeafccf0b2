package resolvers

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
	"github.com/faultline-itsm/faultline/internal/itsm"
	"github.com/faultline-itsm/faultline/internal/itsm/change"
	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// changing is what people do with changes.
type changing struct{ *API }

func (c changing) CreateChange(ctx context.Context, in gql.CreateChangeInput) (*view.ChangePayload, error) {
	return c.decide(ctx, request{in.Message, in.IdempotencyKey, in}, func(d *deciding) (out records.Decision, err error) {
		values := map[string]graph.Value{"type": graph.StringValue(in.Type), "title": graph.StringValue(in.Title), "requester": graph.StringValue(d.who.Name),
			"content_version": graph.IntValue(1), "authors": graph.ListValue()}
		given(values, "description", in.Description)
		given(values, "implementer", in.Implementer)
		given(values, "model", in.Model)
		given(values, "implementation_plan", in.ImplementationPlan)
		given(values, "backout_plan", in.BackoutPlan)
		given(values, "test_plan", in.TestPlan)
		givenTime(values, "planned_start", in.PlannedStart)
		givenTime(values, "planned_end", in.PlannedEnd)
		if in.Patch != nil {
			if values["patch"], err = c.patch(d, in.Patch); err != nil {
				return out, err
			}
		}
		from, until := value(in.PlannedStart), value(in.PlannedEnd)
		if err := valid(in.Title, from, until); err != nil {
			return out, err
		}
		c := itsm.Case{Input: itsm.Input{Values: values}, Actor: d.who, Now: d.room.Now()}
		if c.Input.Link, err = d.affects(in.Affects, from, until); err != nil {
			return out, err
		}
		needs, err := d.needs(in.BackoutNeeds)
		if err != nil {
			return out, err
		}
		for _, id := range needs {
			c.Input.Link = append(c.Input.Link, itsm.NewLink{Type: change.BackedOutWith, To: graph.NodeRef{ID: id}})
		}
		values[change.LastsAttribute] = graph.BoolValue(change.Of((&itsm.Record{}).After(c.Input)).Lasts())
		number, take, err := d.room.Next(d.ctx, change.Discipline.Prefix)
		if err != nil {
			return out, err
		}
		if out.Ops, err = change.Discipline.Create(number, c); err != nil {
			return out, err
		}
		out.Ops, out.Says = append(out.Ops, take), itsm.Create+" "+number
		return out, nil
	})
}

func given(values map[string]graph.Value, name string, v *string) {
	if v != nil {
		values[name] = graph.StringValue(*v)
	}
}

func givenTime(values map[string]graph.Value, name string, v *time.Time) {
	if v != nil {
		values[name] = graph.TimeValue(*v)
	}
}

// longestWindow bounds a change's window: what takes longer is no window any more.
const longestWindow = 366 * 24 * time.Hour

// valid refuses a change that says nothing, ends before it begins, or does not end.
func valid(title string, from, until time.Time) error {
	switch {
	case itsm.Blank(title):
		return graph.Errorf(graph.Invalid, "the title is empty").At(-1, "title").WithHint("say in one line what is changed")
	case !from.IsZero() && !until.IsZero() && !from.Before(until):
		return graph.Errorf(graph.Invalid, "the window from %s until %s is empty", stampOf(from), stampOf(until)).At(-1, "plannedEnd").WithHint("let it end after it begins; the end itself does not belong to it")
	case !from.IsZero() && !until.IsZero() && until.Sub(from) > longestWindow:
		return graph.Errorf(graph.Invalid, "the window from %s until %s is longer than a year", stampOf(from), stampOf(until)).At(-1, "plannedEnd").WithHint("split the change; what does not come back is a REMOVE, and needs no long window")
	}
	return nil
}

func stampOf(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// affects reads the CIs that a change affects.
func (d *deciding) affects(list []*gql.AffectedCIInput, from, until time.Time) (out []itsm.NewLink, err error) {
	seen := map[graph.ID]bool{}
	for k, a := range list {
		field := "affects." + strconv.Itoa(k)
		id, err := d.ci(a.CI, field+".ci")
		if err != nil {
			return nil, err
		}
		if seen[id] {
			return nil, graph.Errorf(graph.Invalid, "%s is named twice", d.room.Snapshot().Ref(id)).At(-1, field+".ci").WithHint("a change has one effect on a CI; take the longer one, or two changes")
		}
		seen[id] = true
		x := change.Affected{CI: id, Kind: a.Effect, From: value(a.From), Until: value(a.Until), Excluded: a.Excluded, Reason: value(a.Reason), Expires: value(a.Expires)}
		if err := cmp.Or(fits(x, from, until), holdsYet(x, d.room.Now()), itsm.LegibleText("reason", x.Reason)); err != nil {
			e := graph.AsError(err)
			return nil, e.At(-1, field+"."+e.Field)
		}
		if x.Excluded {
			x.Author = d.who.Name
		}
		out = append(out, itsm.NewLink{Type: change.Affects, To: graph.NodeRef{ID: id}, Facts: x.Facts()})
	}
	return out, nil
}

// needs reads the CIs that a change's backout needs.
func (d *deciding) needs(list []*gql.CIRef) (out []graph.ID, err error) {
	for k, ref := range list {
		id, err := d.ci(ref, "backoutNeeds."+strconv.Itoa(k))
		if err != nil {
			return nil, err
		}
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out, nil
}

// holdsYet refuses an exclusion that is over when it is written: nobody would see that it
// does nothing.
func holdsYet(a change.Affected, now time.Time) error {
	if a.Excluded && !a.Expires.IsZero() && !now.Before(a.Expires) {
		return graph.Errorf(graph.Invalid, "the exclusion is over already: it expires at %s, and now is %s", stampOf(a.Expires), stampOf(now)).At(-1, "expires").WithHint("let it expire after now, or leave it out: it holds for good")
	}
	return nil
}

// fits refuses an effect that is empty, lies outside its change, or an exclusion without
// a reason.
func fits(a change.Affected, from, until time.Time) error {
	switch {
	case a.Excluded && itsm.Blank(a.Reason):
		return graph.Errorf(graph.Invalid, "it is not said why the change does not touch it").At(-1, "reason")
	case a.Excluded:
		return nil
	case a.Kind == graph.Remove && !a.Until.IsZero():
		return graph.Errorf(graph.Invalid, "a removal has no end").At(-1, "until").WithHint("if the CI comes back, it is an OUTAGE")
	case !a.From.IsZero() && !a.Until.IsZero() && !a.From.Before(a.Until):
		return graph.Errorf(graph.Invalid, "the effect from %s until %s is empty", stampOf(a.From), stampOf(a.Until)).At(-1, "until").WithHint("let it end after it begins")
	case !a.From.IsZero() && (from.IsZero() || a.From.Before(from) || !until.IsZero() && !a.From.Before(until)):
		return graph.Errorf(graph.Invalid, "the effect begins outside the change's window").At(-1, "from").WithHint("widen the window, or leave it out: as long as the change")
	case !a.Until.IsZero() && (until.IsZero() || a.Until.After(until) || !from.IsZero() && !a.Until.After(from)):
		return graph.Errorf(graph.Invalid, "the effect ends outside the change's window").At(-1, "until").WithHint("widen the window, or leave it out: as long as the change")
	}
	return nil
}

func (c changing) SubmitChange(ctx context.Context, in gql.ChangeVerbInput) (*view.ChangePayload, error) {
	return c.move(ctx, request{nil, in.IdempotencyKey, in}, in.Change, change.Submit, verbInput(in), c.facts, nil)
}

func (c changing) CancelChange(ctx context.Context, in gql.ChangeVerbInput) (*view.ChangePayload, error) {
	return c.move(ctx, request{nil, in.IdempotencyKey, in}, in.Change, change.Cancel, verbInput(in), nil, nil)
}

func (c changing) AssessChange(ctx context.Context, in gql.ChangeVerbInput) (*view.ChangePayload, error) {
	return c.move(ctx, request{nil, in.IdempotencyKey, in}, in.Change, change.AssessVerb, itsm.Input{ExpectedVersion: version(in.ExpectedVersion)}, nil,
		func(d *deciding, x *change.Change, say *itsm.Input) (out records.Decision, err error) {
			if x.From.IsZero() || x.Until.IsZero() {
				return out, graph.Errorf(graph.Invalid, "it has no window").At(-1, "plannedStart").WithHint("say when it is planned to begin and to end")
			}
			solved, result, err := c.assessed(d.ctx, d.room, x, nil)
			if err != nil {
				return out, err
			}
			sealed := solved.Seal(result, d.who.Name)
			values, err := sealed.Values()
			if err != nil {
				return out, err
			}
			name, err := d.nextPart(graph.AssessmentClass, "A", x)
			if err != nil {
				return out, err
			}
			say.Values["assessed"] = graph.StringValue(name)
			for attribute, v := range change.Fresh() {
				if !x.Values[attribute].IsZero() {
					say.Values[attribute] = v
				}
			}
			out.Ops = itsm.Part(graph.AssessmentClass, name, graph.NodeRef{ID: x.ID}, values)
			return out, nil
		})
}

func (c changing) StartChange(ctx context.Context, in gql.ChangeVerbInput) (*view.ChangePayload, error) {
	return c.move(ctx, request{nil, in.IdempotencyKey, in}, in.Change, change.Start, verbInput(in), c.facts,
		func(d *deciding, x *change.Change, say *itsm.Input) (out records.Decision, err error) {
			if x.Patches() { // who begins it will want to finish it
				b, err := c.patchBatchOf(d.ctx, x)
				if b.Teams = d.who.Teams; err == nil {
					_, err = d.room.Plan(d.ctx, b)
				}
				if err != nil {
					return out, inPatch(err)
				}
			}
			now := d.room.Now()
			say.Values["actual_start"] = graph.TimeValue(now)
			if x.Outside(now, now) {
				say.Values["outside_window"] = graph.BoolValue(true)
			}
			if say.Values["carried_out_by"] = x.By(d.who.Name); x.Implementer == "" {
				say.Values["implementer"] = graph.StringValue(d.who.Name)
			}
			return out, nil
		})
}

func (c changing) FinishChange(ctx context.Context, in gql.FinishChangeInput) (*view.ChangePayload, error) {
	return c.move(ctx, request{nil, in.IdempotencyKey, in}, in.Change, change.Finish, itsm.Input{}, decidedBy,
		func(d *deciding, x *change.Change, say *itsm.Input) (out records.Decision, err error) {
			end := d.room.Now()
			if in.ActualEnd != nil {
				end = *in.ActualEnd
			}
			begun := x.Time("actual_start")
			if in.ActualStart != nil {
				begun = *in.ActualStart
				say.Values["actual_start"] = graph.TimeValue(begun)
			}
			if end.Before(begun) || end.After(d.room.Now()) {
				field := "actualEnd"
				if in.ActualEnd == nil {
					field = "actualStart"
				}
				return out, graph.Errorf(graph.Invalid, "it cannot have ended at %s: it began at %s, and now is %s", stampOf(end), stampOf(begun), stampOf(d.room.Now())).At(-1, field).WithHint("give actualStart and actualEnd as they were")
			}
			if in.ActualStart != nil && begun.Before(x.From.Add(-longestWindow)) {
				return out, graph.Errorf(graph.Invalid, "it cannot have begun at %s: it was planned for %s", stampOf(begun), stampOf(x.From)).At(-1, "actualStart").WithHint("give actualStart as it was")
			}
			if outside := x.Outside(begun, end); outside || in.ActualStart != nil {
				say.Values["outside_window"] = graph.BoolValue(outside)
			}
			say.Values["closure_code"], say.Values["backed_out"] = graph.StringValue(in.ClosureCode), graph.BoolValue(in.BackedOut)
			say.Values["actual_end"], say.Values["carried_out_by"] = graph.TimeValue(end), x.By(d.who.Name)
			if in.BackedOut {
				return out, nil
			}
			if err := d.undone(x); err != nil || !x.Patches() {
				return out, err
			}
			b, err := c.patchBatchOf(d.ctx, x)
			if err != nil {
				return out, err
			}
			b.Teams = d.who.Teams
			if _, err := d.room.Plan(d.ctx, b); err != nil {
				return out, inPatch(err)
			}
			say.Values["patch_applied"] = graph.BoolValue(true)
			out.Patch = &b
			return out, nil
		})
}

func (c changing) ReviewChange(ctx context.Context, in gql.ReviewChangeInput) (*view.ChangePayload, error) {
	return c.move(ctx, request{nil, in.IdempotencyKey, in}, in.Change, change.ReviewVerb, itsm.Input{Values: map[string]graph.Value{"review": graph.StringValue(in.Review)}}, nil,
		func(d *deciding, x *change.Change, say *itsm.Input) (out records.Decision, err error) {
			if itsm.Blank(in.Review) {
				return out, graph.Errorf(graph.Invalid, "the review says nothing").At(-1, "review").WithHint("say how it went, and what is learnt from it")
			}
			sealed, err := last(d.ctx, d.room, x)
			if err != nil || sealed == nil {
				return out, err
			}
			observed, err := d.observed(x)
			if err != nil {
				return out, err
			}
			for k, ref := range in.Observed {
				id, err := d.ci(ref, "observed."+strconv.Itoa(k))
				if err != nil {
					return out, err
				}
				observed = append(observed, id)
			}
			s := d.room.Snapshot()
			score := change.Compare(s, x, sealed, observed, view.EncodeID, view.Services(s))
			if score.Deviations, err = c.deviations(d, x); err != nil {
				return out, err
			}
			say.Values["score"], err = graph.DocumentValue(score)
			return out, err
		})
}

// observed are the CIs with an outage in the time in which a change was carried out.
func (d *deciding) observed(x *change.Change) (out []graph.ID, err error) {
	all, err := d.room.All(d.ctx, graph.OutageClass, nil)
	begun, ended := x.Time("actual_start"), x.Time("actual_end")
	for _, r := range all {
		from, until := r.Time("from"), r.Time("until")
		for _, l := range r.Of(change.Affects) {
			if from.Before(ended) && (until.IsZero() || until.After(begun)) && d.room.Snapshot().Has(l.To) {
				out = append(out, l.To)
			}
		}
	}
	return out, err
}

func (c changing) CommentOnChange(ctx context.Context, in gql.CommentOnChangeInput) (*view.ChangePayload, error) {
	return c.move(ctx, request{nil, in.IdempotencyKey, in}, in.Change, change.CommentVerb, itsm.Input{}, nil,
		func(d *deciding, x *change.Change, _ *itsm.Input) (out records.Decision, err error) {
			if itsm.Blank(in.Text) {
				return out, graph.Errorf(graph.Invalid, "nothing is said").At(-1, "text").WithHint("say what there is to say about the change")
			}
			name, err := d.nextPart(graph.CommentClass, "C", x)
			out.Ops = itsm.Part(graph.CommentClass, name, graph.NodeRef{ID: x.ID},
				map[string]graph.Value{"author": graph.StringValue(d.who.Name), "at": graph.TimeValue(d.room.Now()), "text": graph.StringValue(in.Text)})
			return out, err
		})
}
