package resolvers

import (
	"fmt"
	"maps"
	"slices"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/itsm/change"
)

// deviations are what the graph says at a change's review otherwise than its patch did
// when it was applied: what the patch would change if it were applied again, and what
// another source says against it; and what it was to remove that is still there. None where
// it was backed out.
func (c changing) deviations(d *deciding, x *change.Change) ([]string, error) {
	out := []string{}
	if x.Values["backed_out"].Bool() {
		return out, nil
	}
	s := d.room.Snapshot()
	for _, a := range x.Affected {
		if !a.Excluded && a.Kind == graph.Remove && s.Has(a.CI) && !s.Retired(a.CI) {
			out = append(out, fmt.Sprintf("%s was to be removed, and is in service", s.Ref(a.CI)))
		}
	}
	if !x.Values["patch_applied"].Bool() {
		return out, nil
	}
	b, err := c.patchBatchOf(d.ctx, x)
	if err == nil {
		plan, failed := d.room.Plan(d.ctx, b)
		if err = failed; err == nil {
			for i := range plan.Changes {
				out = append(out, deviates(d.room.Snapshot(), &plan.Changes[i])...)
			}
		}
	}
	if err != nil {
		e, expected := refusal(err)
		if !expected {
			return nil, err
		}
		return append(out, "it cannot be compared: "+e.Says()), nil
	}
	overruled, err := c.overruled(d, b.Ops)
	if err != nil {
		return nil, err
	}
	out = append(out, overruled...)
	slices.Sort(out)
	return slices.Compact(out), nil
}

// deviates says what a change of the graph would still have to do.
func deviates(s *graph.Snapshot, c *graph.Change) []string {
	link := func(k graph.RelationKey) string { return fmt.Sprintf("%s %s %s", s.Ref(k.From), k.Type, s.Ref(k.To)) }
	switch {
	case c.Node != nil && c.NodeWas == nil:
		return []string{fmt.Sprintf("%s is not there", c.Node.Ref)}
	case c.Node != nil && c.Node.Retired && !c.NodeWas.Retired:
		return []string{fmt.Sprintf("%s is in service, and the patch retired it", c.NodeWas.Ref)}
	case c.Node != nil && c.Node.Ref != c.NodeWas.Ref:
		return []string{fmt.Sprintf("%s is called so, and the patch called it %s", c.NodeWas.Ref, c.Node.Ref)}
	case c.Node != nil:
		var out []string
		was, is := s.Catalogue().Effective(c.NodeWas), s.Catalogue().Effective(c.Node)
		for _, name := range slices.Sorted(maps.Keys(is)) {
			if !was[name].Equal(is[name]) {
				out = append(out, isNot(name, c.Node.Ref, is[name]))
			}
		}
		return out
	case c.Relation != nil && c.RelationWas == nil:
		return []string{link(c.Relation.RelationKey) + " is not there"}
	case c.Relation != nil:
		return []string{link(c.Relation.RelationKey) + " is told otherwise"}
	case c.RelationWas != nil:
		return []string{link(c.RelationWas.RelationKey) + " is there, and the patch withdrew it"}
	case c.Requirement != nil:
		return []string{fmt.Sprintf("the group %q of %s is told otherwise", c.Requirement.Name, s.Ref(c.Requirement.Consumer))}
	case c.RequirementWas != nil:
		return []string{fmt.Sprintf("the group %q of %s is there, and the patch withdrew it", c.RequirementWas.Name, s.Ref(c.RequirementWas.Consumer))}
	}
	return nil
}

// overruled are the attributes of CIs of which the patch said something, and another
// source is believed.
func (c changing) overruled(d *deciding, patch []graph.Operation) (out []string, err error) {
	s := d.room.Snapshot()
	said := map[graph.ID][]map[string]graph.Value{}
	for _, op := range patch {
		put, ok := op.(graph.PutNode)
		if !ok || len(put.Attributes) == 0 {
			continue
		}
		id, ok, err := readingOf(d.ctx).resolve(d.ctx, s, put.Node)
		if err != nil {
			return nil, err
		}
		if ok {
			said[id] = append(said[id], put.Attributes)
		}
	}
	all, err := d.room.Records(d.ctx, slices.Sorted(maps.Keys(said))...)
	for _, is := range all {
		for _, attributes := range said[is.ID] {
			for name, v := range attributes {
				if !v.IsZero() && !v.Equal(is.Values[name]) {
					out = append(out, isNot(name, s.Ref(is.ID), v))
				}
			}
		}
	}
	return out, err
}

// isNot does not tell the value itself: who reads the change may not read the CI.
func isNot(name string, of graph.Ref, said graph.Value) string {
	if said.IsZero() {
		return fmt.Sprintf("%s of %s is told, and the patch took it away", name, of)
	}
	return fmt.Sprintf("%s of %s is not %q", name, of, said.String())
}
