package resolvers

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"github.com/99designs/gqlgen/graphql"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
)

// inputs turns the items of mutations and patches into operations.
type inputs struct {
	ctx     context.Context // of the one request whose items these are
	reading *reading
}

func (in *inputs) upsertCI(i *gql.UpsertCIItem) ([]graph.Operation, error) {
	n, err := refAt("ci", i.CI)
	if err != nil {
		return nil, err
	}
	op := graph.PutNode{Node: n, Class: value(i.Class), Scope: value(i.Scope), Name: value(i.Name), ExpectedVersion: version(i.ExpectedVersion)}
	op.Evidence, op.Forget = evidence(i.Evidence)
	given, said := i.Attributes.ValueOK()
	op.Whole = said && given == nil
	if op.Attributes, err = in.attributes(n, op.Class, given); err != nil {
		return nil, err
	}
	for _, k := range i.Keys {
		op.Keys = append(op.Keys, graph.Key{Source: k.Source, Value: k.Value})
	}
	return []graph.Operation{op}, nil
}

// attributes reads values by the types that the CI's class gives them.
func (in *inputs) attributes(n graph.NodeRef, class string, raw any) (map[string]graph.Value, error) {
	if raw == nil {
		return nil, nil
	}
	given, ok := raw.(map[string]any)
	if !ok {
		return nil, graph.Errorf(graph.Invalid, "attributes is not an object of names and values").At(-1, "attributes")
	}
	class, err := in.classOf(n, class)
	if err != nil {
		return nil, err
	}
	cat := in.reading.at().Catalogue()
	out := make(map[string]graph.Value, len(given))
	for _, name := range slices.Sorted(maps.Keys(given)) {
		def := cat.Attribute(class, name)
		if def == nil {
			if cat.Class(class) == nil {
				return nil, graph.Errorf(graph.Invalid, "the class %q is unknown", clip(class)).At(-1, "ci").WithHint("ciClasses lists them")
			}
			return nil, graph.Errorf(graph.Invalid, "the class %s has no attribute %q", class, clip(name)).At(-1, "attributes."+name).
				WithHint("ciClasses lists the attributes")
		}
		b, err := json.Marshal(given[name])
		if err != nil {
			return nil, graph.Errorf(graph.Invalid, "the attribute %s is no JSON value", name).At(-1, "attributes."+name)
		}
		if out[name], err = graph.ParseValue(*def, b); err != nil {
			return nil, at("attributes."+name, err)
		}
	}
	return out, nil
}

// classOf is the class of a CI that is there, or the one it is to be made in.
func (in *inputs) classOf(n graph.NodeRef, class string) (string, error) {
	if !n.Ref.IsZero() {
		return n.Ref.Class, nil
	}
	s := in.reading.at()
	id, ok, err := in.reading.lookup(in.ctx, s, n)
	if err != nil {
		return "", err
	}
	if ok {
		return s.Ref(id).Class, nil
	}
	if class == "" {
		return "", graph.Errorf(graph.NotFound, "no CI is named %s", named(n)).At(-1, "ci").WithHint("to create it, give class and name")
	}
	return class, nil
}

func (in *inputs) upsertRelation(i *gql.UpsertRelationItem) ([]graph.Operation, error) {
	from, to, err := ends(i.From, i.To)
	if err != nil {
		return nil, err
	}
	op := graph.PutRelation{From: from, Type: i.Type, To: to, Requirement: value(i.Requirement), Qualifier: value(i.Qualifier), ExpectedVersion: version(i.ExpectedVersion)}
	op.Evidence, op.Forget = evidence(i.Evidence)
	op.Keep = kept(i.Transfer, graph.TransferField) | kept(i.Grace, graph.GraceField) | kept(i.Phase, graph.PhaseField) | kept(i.Capacity, graph.CapacityField) |
		kept(i.Weight, graph.WeightField) | kept(i.ValidFrom, graph.ValidFromField) | kept(i.ValidTo, graph.ValidToField)
	op.Props = graph.RelationProps{Transfer: i.Transfer.Value(), Grace: value(i.Grace.Value()), Phase: value(i.Phase.Value()), Capacity: i.Capacity.Value(),
		Weight: i.Weight.Value(), ValidFrom: value(i.ValidFrom.Value()), ValidTo: value(i.ValidTo.Value())}
	return []graph.Operation{op}, nil
}

// kept is the field where nothing was said of it: it stays. Null clears it.
func kept[T any, F ~uint8 | ~uint16](o graphql.Omittable[T], field F) F {
	if o.IsSet() {
		return 0
	}
	return field
}

func (in *inputs) upsertRequirement(i *gql.UpsertRequirementItem) ([]graph.Operation, error) {
	of, err := refAt("of", i.Of)
	if err != nil {
		return nil, err
	}
	details := graph.RuleDetails{Failover: value(i.Failover.Value()), Demand: value(i.Demand.Value()), Headroom: value(i.HeadroomPercent.Value()),
		Degraded: i.DegradedPercent.Value(), Floor: i.FloorPercent.Value()}
	for _, s := range i.DemandSteps.Value() {
		details.Steps = append(details.Steps, *s)
	}
	details.Plane = value(i.Plane.Value())
	var reach []graph.NodeRef
	for k, r := range i.Targets.Value() {
		n, err := refAt("targets."+strconv.Itoa(k), r)
		if err != nil {
			return nil, err
		}
		reach = append(reach, n)
	}
	return []graph.Operation{graph.PutRequirement{RuleDetails: details, Reach: reach, Of: of, Name: i.Name, Rule: i.Rule, K: value(i.K.Value()), Percent: value(i.Percent.Value()),
		DesignedSize: value(i.DesignedSize.Value()), SpareRequired: i.SpareRequired.Value(), ExpectedVersion: version(i.ExpectedVersion),
		Keep: kept(i.K, graph.KField) | kept(i.Percent, graph.PercentField) | kept(i.DesignedSize, graph.DesignedSizeField) | kept(i.SpareRequired, graph.SpareRequiredField) |
			kept(i.Failover, graph.FailoverField) | kept(i.Demand, graph.DemandField) | kept(i.DemandSteps, graph.DemandStepsField) |
			kept(i.HeadroomPercent, graph.HeadroomField) | kept(i.DegradedPercent, graph.DegradedField) | kept(i.FloorPercent, graph.FloorField) |
			kept(i.Targets, graph.TargetsField) | kept(i.Plane, graph.PlaneField)}}, nil
}

func (in *inputs) withdrawRelation(i *gql.WithdrawRelationItem) ([]graph.Operation, error) {
	from, to, err := ends(i.From, i.To)
	if err != nil {
		return nil, err
	}
	return []graph.Operation{graph.WithdrawRelation{From: from, Type: i.Type, To: to, Requirement: value(i.Requirement), Qualifier: value(i.Qualifier),
		ExpectedVersion: version(i.ExpectedVersion)}}, nil
}

func (in *inputs) withdrawRequirement(i *gql.WithdrawRequirementItem) ([]graph.Operation, error) {
	of, err := refAt("of", i.Of)
	return []graph.Operation{graph.WithdrawRequirement{Of: of, Name: i.Name, ExpectedVersion: version(i.ExpectedVersion)}}, err
}

func (in *inputs) renameCI(i *gql.RenameCIItem) ([]graph.Operation, error) {
	n, err := refAt("ci", i.CI)
	if err == nil && value(i.Scope) == "" && value(i.Name) == "" {
		err = graph.Errorf(graph.Invalid, "neither a new scope nor a new name is given").At(-1, "name")
	}
	return []graph.Operation{graph.Rename{Node: n, Scope: normal(i.Scope), Name: normal(i.Name), ExpectedVersion: version(i.ExpectedVersion)}}, err
}

func (in *inputs) retireCI(i *gql.RetireCIItem) ([]graph.Operation, error) {
	n, err := refAt("ci", i.CI)
	return []graph.Operation{graph.Retire{Node: n, ExpectedVersion: version(i.ExpectedVersion)}}, err
}

func (in *inputs) restoreCI(i *gql.RestoreCIItem) ([]graph.Operation, error) {
	n, err := refAt("ci", i.CI)
	return []graph.Operation{graph.Restore{Node: n, ExpectedVersion: version(i.ExpectedVersion)}}, err
}

// refAt reads how a CI is named, in a field.
func refAt(field string, r *gql.CIRef) (graph.NodeRef, error) {
	n, err := nodeRef(r)
	return n, at(field, err)
}

func ends(from, to *gql.CIRef) (f, t graph.NodeRef, err error) {
	if f, err = refAt("from", from); err == nil {
		t, err = refAt("to", to)
	}
	return f, t, err
}

// at names the field at fault.
func at(field string, err error) error {
	if err == nil {
		return nil
	}
	e := *graph.AsError(err)
	return e.At(-1, field)
}

// evidence is what is said of it, and what is taken back: all of it where it is
// null, of it what is null.
func evidence(given graphql.Omittable[*gql.EvidenceInput]) (is graph.Evidence, forget graph.EvidenceFields) {
	e, said := given.ValueOK()
	switch {
	case !said:
		return is, 0
	case e == nil:
		return is, graph.AllEvidence
	}
	return graph.Evidence{Method: value(e.Method.Value()), ConfirmedBy: value(e.ConfirmedBy.Value()), ObservedAt: value(e.ObservedAt.Value())},
		nulled(e.Method, graph.MethodField) | nulled(e.ConfirmedBy, graph.ConfirmedByField) | nulled(e.ObservedAt, graph.ObservedAtField)
}

func nulled[T any](o graphql.Omittable[*T], field graph.EvidenceFields) graph.EvidenceFields {
	if v, said := o.ValueOK(); said && v == nil {
		return field
	}
	return 0
}

// value is what is given, else the zero value.
func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

func version(v *int) *int64 {
	if v == nil {
		return nil
	}
	wide := int64(*v)
	return &wide
}
