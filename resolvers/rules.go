package resolvers

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
	"github.com/faultline-itsm/faultline/internal/itsm"
	"github.com/faultline-itsm/faultline/internal/itsm/change"
	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// rules are the policies and models that people write.
type rules struct{ *API }

// holding are the rules of a class that are not withdrawn, by name.
func holding(ctx context.Context, room *records.Room, class string) ([]*itsm.Record, error) {
	all, err := room.All(ctx, class, nil)
	return slices.DeleteFunc(all, func(r *itsm.Record) bool { return r.Values["withdrawn"].Bool() }), err
}

func (r rules) ChangePolicies(ctx context.Context) ([]*gql.ChangePolicy, error) {
	all, err := holding(ctx, r.room(ctx), graph.PolicyClass)
	out := []*gql.ChangePolicy{}
	for _, x := range all {
		p := change.PolicyOf(x)
		v := &gql.ChangePolicy{Name: p.Name, Version: int(p.Version), When: p.When, Approvers: p.Approvers, Quorum: p.Quorum, AutoApprove: p.Auto}
		if v.Approvers == nil {
			v.Approvers = []string{}
		}
		out = append(out, v)
	}
	return out, err
}

func (r rules) ChangeModels(ctx context.Context) ([]*gql.ChangeModel, error) {
	room := r.room(ctx)
	all, err := holding(ctx, room, graph.ModelClass)
	if err != nil {
		return nil, err
	}
	out := []*gql.ChangeModel{}
	for _, x := range all {
		m := change.ModelOf(x)
		h, _, err := history(ctx, room, m.Name, nil)
		if err != nil {
			return nil, err
		}
		v := &gql.ChangeModel{Name: m.Name, Version: int(m.Version), Title: m.Title, Guard: m.Guard, Closed: h.N}
		if rate := h.Rate(); h.N > 0 {
			v.SuccessRate = &rate
		}
		out = append(out, v)
	}
	return out, nil
}

// history is how the changes of a model went that are done, and those of them that
// affected some classes.
func history(ctx context.Context, room *records.Room, model string, classes []string) (h, on change.History, err error) {
	all, err := room.All(ctx, graph.ChangeClass, &store.Filter{Test: &store.Test{Field: store.Attribute, Attribute: "model", Op: store.Eq, Values: []graph.Value{graph.StringValue(model)}}})
	for _, r := range all {
		c := change.Of(r)
		if h.Add(c); slices.ContainsFunc(c.Classes(), func(class string) bool { return slices.Contains(classes, class) }) {
			on.Add(c)
		}
	}
	return h, on, err
}

// ruled adds policies, model and history to what a change is assessed in.
func ruled(ctx context.Context, room *records.Room, x *change.Context) error {
	all, err := holding(ctx, room, graph.PolicyClass)
	if err != nil {
		return err
	}
	for _, r := range all {
		x.Policies = append(x.Policies, change.PolicyOf(r))
	}
	name := x.Change.Text("model")
	if name == "" {
		return nil
	}
	if x.History, x.Alike, err = history(ctx, room, name, x.Classes()); err != nil || x.Change.Type != change.Standard {
		return err
	}
	r, err := room.Record(ctx, graph.ModelClass, name)
	if graph.IsKind(err, graph.NotFound) || err == nil && r.Values["withdrawn"].Bool() {
		return nil
	}
	if err == nil {
		m := change.ModelOf(r)
		x.Model = &m
	}
	return err
}

var ruleName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,62}$`)

// set writes a rule, new or anew.
func (r rules) set(ctx context.Context, key *string, in any, class, name, expression, field string, more func(map[string]graph.Value) error) (*gql.RulePayload, error) {
	return r.rulePayload(ctx, request{nil, key, in}, func(d *deciding) (out records.Decision, err error) {
		if !ruleName.MatchString(name) {
			return out, graph.Errorf(graph.Invalid, "%q is no name of a rule", clip(name)).At(-1, "name").WithHint("a letter, then up to 62 letters, digits, - and _")
		}
		if err := change.CheckRule(expression); err != nil {
			e := graph.AsError(err)
			return out, e.At(-1, field)
		}
		values := map[string]graph.Value{"expression": graph.StringValue(expression), "withdrawn": {}}
		if err := more(values); err != nil {
			return out, err
		}
		out.Says = "set " + class + " " + name
		out.Ops = []graph.Operation{graph.PutNode{Node: graph.NodeRef{Ref: itsm.RefOf(class, name)}, Attributes: values}}
		return out, nil
	})
}

func (r rules) rulePayload(ctx context.Context, q request, do func(*deciding) (records.Decision, error)) (*gql.RulePayload, error) {
	done, refused, err := r.decided(ctx, q, do)
	if err != nil {
		return nil, err
	}
	out := &gql.RulePayload{Revision: done.Revision, Errors: []view.UserError{}}
	if refused != nil {
		out.Revision, out.Errors = readingOf(ctx).at().Revision(), append(out.Errors, refused)
	}
	return out, nil
}

func (r rules) SetChangePolicy(ctx context.Context, in gql.SetChangePolicyInput) (*gql.RulePayload, error) {
	return r.set(ctx, in.IdempotencyKey, in, graph.PolicyClass, in.Name, in.When, "when", func(values map[string]graph.Value) error {
		switch {
		case in.Quorum < 1 || in.Quorum > 10:
			return graph.Errorf(graph.Invalid, "a quorum of %d is out of range", in.Quorum).At(-1, "quorum").WithHint("give 1 to 10")
		case in.AutoApprove && len(in.Approvers) > 0:
			return graph.Errorf(graph.Invalid, "nobody needs to approve, and %s decides", clip(in.Approvers[0])).At(-1, "approvers").WithHint("name approvers, or let it pass by itself: not both")
		case !in.AutoApprove && len(in.Approvers) == 0:
			return graph.Errorf(graph.Invalid, "nobody would decide").At(-1, "approvers").WithHint("name people or teams, or role:cab-approver")
		}
		var all []graph.Value
		for _, a := range in.Approvers {
			if role, ok := strings.CutPrefix(a, "role:"); ok && !slices.Contains(itsm.Roles, itsm.Role(role)) {
				return graph.Errorf(graph.Invalid, "%q is not a role", clip(role)).At(-1, "approvers")
			}
			if itsm.Blank(a) {
				return graph.Errorf(graph.Invalid, "one of the approvers has no name").At(-1, "approvers").WithHint("name people or teams, or role:cab-approver")
			}
			all = append(all, graph.StringValue(a))
		}
		values["approvers"], values["quorum"], values["auto_approve"] = graph.ListValue(all...), graph.IntValue(int64(in.Quorum)), graph.BoolValue(in.AutoApprove)
		return nil
	})
}

func (r rules) SetChangeModel(ctx context.Context, in gql.SetChangeModelInput) (*gql.RulePayload, error) {
	return r.set(ctx, in.IdempotencyKey, in, graph.ModelClass, in.Name, in.Guard, "guard", func(values map[string]graph.Value) error {
		if itsm.Blank(in.Title) {
			return graph.Errorf(graph.Invalid, "the title is empty").At(-1, "title").WithHint("say what it is for")
		}
		values["title"] = graph.StringValue(in.Title)
		return nil
	})
}

func (r rules) WithdrawRule(ctx context.Context, in gql.WithdrawRuleInput) (*gql.RulePayload, error) {
	class := map[string]string{"POLICY": graph.PolicyClass, "MODEL": graph.ModelClass}[in.Kind]
	return r.rulePayload(ctx, request{nil, in.IdempotencyKey, in}, func(d *deciding) (out records.Decision, err error) {
		x, err := d.room.Record(d.ctx, class, in.Name)
		if err != nil || x.Values["withdrawn"].Bool() {
			return out, graph.Errorf(graph.NotFound, "there is no %s %q", strings.ToLower(in.Kind), clip(in.Name)).At(-1, "name")
		}
		out.Says = "withdraw " + class + " " + in.Name
		out.Ops = []graph.Operation{graph.ClaimAttributes{Node: graph.NodeRef{ID: x.ID}, Attributes: map[string]graph.Value{"withdrawn": graph.BoolValue(true)}}}
		return out, nil
	})
}

// thresholds are those that hold at a room's revision.
func thresholds(ctx context.Context, room *records.Room) (change.Thresholds, error) {
	r, err := room.Record(ctx, graph.ThresholdClass, change.ThresholdsName)
	if graph.IsKind(err, graph.NotFound) {
		return change.DefaultThresholds, nil
	}
	return change.ThresholdsOf(r), err
}

func (r rules) ChangeThresholds(ctx context.Context) (*change.Thresholds, error) {
	t, err := thresholds(ctx, r.room(ctx))
	return &t, err
}

func (r rules) SetChangeThresholds(ctx context.Context, in gql.SetChangeThresholdsInput) (*gql.RulePayload, error) {
	return r.rulePayload(ctx, request{nil, in.IdempotencyKey, in}, func(d *deciding) (out records.Decision, err error) {
		t, err := thresholds(d.ctx, d.room)
		if err != nil {
			return out, err
		}
		said := in.Criticality != nil
		if said {
			t.Criticality = *in.Criticality
		}
		for _, x := range []struct {
			is  *int
			say *int
		}{{&t.LargeBlast, in.LargeBlast}, {&t.MostlyWell, in.MostlyWell}, {&t.OftenWell, in.OftenWell}, {&t.EnoughAlike, in.EnoughAlike}} {
			if x.say != nil {
				*x.is, said = *x.say, true
			}
		}
		if !said {
			return out, graph.Errorf(graph.Invalid, "nothing is said").WithHint("give one threshold at least")
		}
		if err := t.Check(); err != nil {
			return out, err
		}
		out.Says = "set the thresholds of changes"
		out.Ops = []graph.Operation{graph.PutNode{Node: graph.NodeRef{Ref: itsm.RefOf(graph.ThresholdClass, change.ThresholdsName)}, Attributes: t.Values()}}
		return out, nil
	})
}
