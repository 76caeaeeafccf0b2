package itsm

import (
	"maps"
	"slices"

	"github.com/faultline-itsm/faultline/graph"
)

// Create makes a record of that number.
func (d *Discipline) Create(number string, c Case) ([]graph.Operation, error) {
	m, err := d.allowed(Create, &c)
	if err != nil {
		return nil, err
	}
	values := maps.Clone(c.Input.Values)
	if values == nil {
		values = map[string]graph.Value{}
	}
	values[StateAttribute] = graph.StringValue(d.States[0])
	if err := d.complete(m.To, values, len(c.Input.Link) > 0); err != nil {
		return nil, err
	}
	var fresh *Record
	if err := fresh.entered(values, c.Now); err != nil {
		return nil, err
	}
	node := graph.NodeRef{Ref: RefOf(d.Class, number)}
	none := int64(0)
	ops := []graph.Operation{graph.PutNode{Node: node, Attributes: values, ExpectedVersion: &none}}
	return d.link(ops, node, nil, c.Input)
}

// Move does a verb: it takes the record where the verb leads, with what is said
// about it. It refuses with PermissionDenied, Blocked or Invalid.
func (d *Discipline) Move(verb string, c Case) ([]graph.Operation, error) {
	m, err := d.allowed(verb, &c)
	if err != nil {
		return nil, err
	}
	values := map[string]graph.Value{}
	maps.Copy(values, c.Input.Values)
	if m.To != "" {
		values[StateAttribute] = graph.StringValue(m.To)
	}
	after := maps.Clone(c.Record.Values)
	maps.Copy(after, values)
	if err := d.complete(m.To, after, d.linked(c)); err != nil {
		return nil, err
	}
	if values[StateAttribute].Str() != "" && values[StateAttribute].Str() != c.Record.State() {
		if err := c.Record.entered(values, c.Now); err != nil {
			return nil, err
		}
	}
	node := graph.NodeRef{ID: c.Record.ID}
	ops := []graph.Operation{graph.ClaimAttributes{Node: node, Attributes: values, ExpectedVersion: c.Input.ExpectedVersion}}
	return d.link(ops, node, c.Record, c.Input)
}

// Voided says whether an input changes what decisions stand on.
func (d *Discipline) Voided(r *Record, in Input) bool {
	for _, name := range d.Voids {
		if v, said := in.Values[name]; said && !v.Equal(r.Values[name]) {
			return true
		}
	}
	return slices.ContainsFunc(in.Unlink, func(l OldLink) bool { return slices.Contains(d.Voids, l.Type) }) ||
		slices.ContainsFunc(in.Link, func(l NewLink) bool { return slices.Contains(d.Voids, l.Type) && !r.says(l) })
}

// says tells whether a record has a link already, and says the same.
func (r *Record) says(l NewLink) bool {
	return slices.ContainsFunc(r.Links, func(x Linked) bool {
		return x.Type == l.Type && (x.To == l.To.ID || x.Ref == l.To.Ref) && maps.EqualFunc(x.Facts, l.Facts, graph.Value.Equal)
	})
}

// allowed is the move, if it may be made.
func (d *Discipline) allowed(verb string, c *Case) (*Move, error) {
	m, err := d.move(verb, c)
	if err != nil {
		return nil, err
	}
	if err := c.Actor.Must(verb+" it", m.Roles...); err != nil {
		return nil, err
	}
	for _, g := range m.Guards {
		if err := g.Test(*c); err != nil {
			e := *graph.AsError(err)
			if e.Kind == graph.Blocked && len(e.By) == 0 {
				e.By = []string{g.Name}
			}
			return nil, &e
		}
	}
	return m, nil
}

// complete refuses a state that needs what is not known.
func (d *Discipline) complete(state string, values map[string]graph.Value, linked bool) error {
	for _, name := range d.Required[state] {
		if v, ok := values[name]; ok && !v.IsZero() && !Blank(v.String()) {
			continue
		}
		if slices.ContainsFunc(d.Links, func(l Link) bool { return l.Type == name }) {
			if linked {
				continue
			}
			return graph.Errorf(graph.Invalid, "it is not said what it %s", name).At(-1, name).WithHint("name at least one CI")
		}
		return graph.Errorf(graph.Invalid, "%s is not known", name).At(-1, name).WithHint("%s needs it", state)
	}
	return nil
}

// linked says whether the record is related to something after the input.
func (d *Discipline) linked(c Case) bool {
	return len(c.Record.Links)-len(c.Input.Unlink)+len(c.Input.Link) > 0
}

// link adds the operations for links that are made and removed.
func (d *Discipline) link(ops []graph.Operation, node graph.NodeRef, r *Record, in Input) ([]graph.Operation, error) {
	counts := map[string]int{}
	if r != nil {
		for _, l := range r.Links {
			counts[l.Type]++
		}
	}
	for _, l := range in.Unlink {
		if r == nil || !slices.ContainsFunc(r.Links, func(x Linked) bool { return x.Type == l.Type && x.To == l.To }) {
			return nil, graph.Errorf(graph.NotFound, "it has no such link").At(-1, l.Type)
		}
		counts[l.Type]--
		ops = append(ops, graph.WithdrawRelation{From: node, Type: l.Type, To: graph.NodeRef{ID: l.To}})
	}
	for _, l := range in.Link {
		at := slices.IndexFunc(d.Links, func(x Link) bool { return x.Type == l.Type })
		if at < 0 {
			return nil, graph.Errorf(graph.Internal, "%s has no link %s", d.Class, l.Type)
		}
		if counts[l.Type]++; d.Links[at].Most > 0 && counts[l.Type] > d.Links[at].Most {
			return nil, graph.Errorf(graph.LimitExceeded, "it may be linked to at most %d by %s", d.Links[at].Most, l.Type).At(-1, l.Type).WithHint("make several of it")
		}
		ops = append(ops, graph.PutRelation{From: node, Type: l.Type, To: l.To, Props: graph.RelationProps{Facts: l.Facts}})
	}
	return ops, nil
}

// Part makes a node that hangs on a record: a comment, a vote, an assessment.
func Part(class, name string, of graph.NodeRef, values map[string]graph.Value) []graph.Operation {
	node := graph.NodeRef{Ref: RefOf(class, name)}
	none := int64(0)
	return []graph.Operation{
		graph.PutNode{Node: node, Attributes: values, ExpectedVersion: &none},
		graph.PutRelation{From: node, Type: PartOf, To: of},
	}
}

// PartOf is the relation from what hangs on a record to it.
const PartOf = "PART_OF"
