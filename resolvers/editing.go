package resolvers

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
	"github.com/faultline-itsm/faultline/internal/itsm"
	"github.com/faultline-itsm/faultline/internal/itsm/change"
	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// How a change is edited.

func (c changing) EditChange(ctx context.Context, in gql.EditChangeInput) (*view.ChangePayload, error) {
	return c.decide(ctx, request{in.Message, in.IdempotencyKey, in}, func(d *deciding) (out records.Decision, err error) {
		x, err := d.existing(in.Change)
		if err != nil {
			return out, err
		}
		if err := c.itsOwn(d, x); err != nil {
			return out, err
		}
		edit := itsm.Input{Values: map[string]graph.Value{}, ExpectedVersion: version(in.ExpectedVersion)}
		given(edit.Values, "type", in.Type)
		given(edit.Values, "title", in.Title)
		edited(edit.Values, "description", in.Description, graph.StringValue)
		edited(edit.Values, "implementer", in.Implementer, graph.StringValue)
		edited(edit.Values, "model", in.Model, graph.StringValue)
		edited(edit.Values, "implementation_plan", in.ImplementationPlan, graph.StringValue)
		edited(edit.Values, "backout_plan", in.BackoutPlan, graph.StringValue)
		edited(edit.Values, "test_plan", in.TestPlan, graph.StringValue)
		edited(edit.Values, "planned_start", in.PlannedStart, graph.TimeValue)
		edited(edit.Values, "planned_end", in.PlannedEnd, graph.TimeValue)
		if p, said := in.Patch.ValueOK(); said && p == nil {
			edit.Values["patch"] = graph.Value{}
		} else if said {
			if edit.Values["patch"], err = c.patch(d, p); err != nil {
				return out, err
			}
		}
		is := change.Of(x.After(edit)) // but for what it affects
		if err := valid(is.Title, is.From, is.Until); err != nil {
			return out, err
		}
		if edit.Link, err = d.affects(in.Affects, is.From, is.Until); err != nil {
			return out, err
		}
		if err := d.withdraw(x, in.Withdraw, &edit); err != nil {
			return out, err
		}
		if err := d.backsOutWith(x, in.BackoutNeeds, &edit); err != nil {
			return out, err
		}
		if err := stillFits(is, edit); err != nil {
			return out, err
		}
		if err := stillSays(x, change.Of(x.After(edit)), is.Type); err != nil {
			return out, err
		}
		if lasts := change.Of(x.After(edit)).Lasts(); lasts != x.Values[change.LastsAttribute].Bool() {
			edit.Values[change.LastsAttribute] = graph.BoolValue(lasts)
		}
		if change.Discipline.Voided(x.Record, edit) {
			change.Void(x, is.Type, d.who.Name, &edit)
		}
		out.Says = itsm.Edit + " " + x.Number
		f, err := decidedBy(d, x)
		if err != nil {
			return out, err
		}
		out.Ops, err = change.Discipline.Move(itsm.Edit, itsm.Case{Record: x.Record, Input: edit, Actor: d.who, Now: d.room.Now(), Facts: f})
		return out, err
	})
}

// patch is a patch as a document, if it fits the graph as it is.
func (c changing) patch(d *deciding, p *gql.GraphPatchInput) (graph.Value, error) {
	b, err := c.patchBatch(d.ctx, p)
	b.Teams = d.who.Teams
	if err == nil && len(b.Ops) == 0 {
		err = graph.Errorf(graph.Invalid, "it changes nothing").WithHint("say what it changes in the graph, or leave it out")
	}
	if err == nil { // what one may not change, one may not have changed
		_, err = d.room.Plan(d.ctx, b)
	}
	if err == nil {
		err = d.withdrawn(b.Ops)
	}
	if err != nil {
		return graph.Value{}, inPatch(err)
	}
	return graph.DocumentValue(p)
}

// withdrawn refuses to withdraw a relation that is not there: a patch that is written has
// something in mind, and what does nothing is taken for done.
func (d *deciding) withdrawn(ops []graph.Operation) error {
	k, s := 0, d.room.Snapshot()
	for _, op := range ops {
		w, ok := op.(graph.WithdrawRelation)
		if !ok {
			continue
		}
		field := "withdrawRelations " + strconv.Itoa(k)
		k++
		from, found, err := readingOf(d.ctx).lookup(d.ctx, s, w.From)
		to, also, failed := readingOf(d.ctx).lookup(d.ctx, s, w.To)
		if err = cmp.Or(err, failed); err != nil {
			return err
		}
		if !found || !also {
			continue // which its plan says
		}
		is := graph.RelationKey{From: from, Type: w.Type, To: to, Requirement: w.Requirement, Qualifier: w.Qualifier}
		groups := []string{}
		for _, l := range s.Links(from, graph.Providers) {
			if l.RelationKey == is {
				groups = nil
				break
			}
			if l.Type == is.Type && l.To == is.To {
				groups = append(groups, strconv.Quote(l.Requirement))
			}
		}
		if groups == nil {
			continue
		}
		e := graph.Errorf(graph.NotFound, "item %s: there is no such relation, %s %s %s", field, s.Ref(from), w.Type, s.Ref(to))
		if len(groups) > 0 {
			return e.WithHint("there is one in the group %s: name it as its requirement", strings.Join(groups, " and in "))
		}
		return e.WithHint("leave it out")
	}
	return nil
}

// edited is what is said anew; null clears.
func edited[T any](values map[string]graph.Value, name string, o graphql.Omittable[*T], as func(T) graph.Value) {
	if v, said := o.ValueOK(); said && v == nil {
		values[name] = graph.Value{}
	} else if said {
		values[name] = as(*v)
	}
}

// withdraw reads the CIs that are affected no more.
func (d *deciding) withdraw(x *change.Change, list []*gql.CIRef, edit *itsm.Input) error {
	for k, ref := range list {
		field := "withdraw." + strconv.Itoa(k)
		n, err := nodeRef(ref)
		if err != nil {
			return at(field, err)
		}
		id, ok, err := readingOf(d.ctx).lookup(d.ctx, d.room.Snapshot(), n)
		if err != nil {
			return err
		}
		listed := false
		for _, a := range x.Affected {
			listed = listed || ok && a.CI == id
		}
		if !listed {
			what := named(n)
			if ok {
				what = d.room.Snapshot().Ref(id).String()
			}
			return graph.Errorf(graph.NotFound, "%s does not affect %s", x.Number, what).At(-1, field)
		}
		edit.Unlink = append(edit.Unlink, itsm.OldLink{Type: change.Affects, To: id})
	}
	return nil
}

// backsOutWith replaces what a change's backout needs, where that is said; null clears.
func (d *deciding) backsOutWith(x *change.Change, list graphql.Omittable[[]*gql.CIRef], edit *itsm.Input) error {
	refs, said := list.ValueOK()
	if !said {
		return nil
	}
	is, err := d.needs(refs)
	if err != nil {
		return err
	}
	for _, id := range x.Needs {
		if !slices.Contains(is, id) {
			edit.Unlink = append(edit.Unlink, itsm.OldLink{Type: change.BackedOutWith, To: id})
		}
	}
	for _, id := range is {
		if !slices.Contains(x.Needs, id) {
			edit.Link = append(edit.Link, itsm.NewLink{Type: change.BackedOutWith, To: graph.NodeRef{ID: id}})
		}
	}
	return nil
}

// stillSays refuses an edit that takes away what was asked for when the change was handed
// in. A STANDARD change that is edited is handed in again.
func stillSays(was, is *change.Change, typ string) error {
	if state := was.State(); state == change.New || typ == change.Standard {
		return nil
	}
	e := change.Says(is)
	if e == nil {
		return nil
	}
	return graph.AsError(e).WithHint("%s is handed in already: say what takes its place, or cancel it", was.Number)
}

// stillFits refuses a window that leaves out what the change does to a CI.
func stillFits(is *change.Change, edit itsm.Input) error {
	for _, a := range is.Affected {
		replaced := false
		for _, l := range edit.Link {
			replaced = replaced || l.Type == change.Affects && l.To.ID == a.CI
		}
		for _, l := range edit.Unlink {
			replaced = replaced || l.Type == change.Affects && l.To == a.CI
		}
		if !replaced {
			if err := fits(a, is.From, is.Until); err != nil {
				return graph.Errorf(graph.Invalid, "what it does to %s: %s", a.Ref, graph.AsError(err).Message).At(-1, "plannedStart").WithHint("edit that, too, or withdraw it")
			}
		}
	}
	return nil
}
