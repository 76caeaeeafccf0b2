package change

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// What two patches leave behind together, and neither of them alone.

// merged are services that this change and another one leave worse together, for good:
// two that each retire a leg, say. Of patches that contradict each other that is not
// asked; of two that are about one relation or group, it is not known.
func (x *Solved) merged(o Other) (out []Conflict) {
	mine, theirs := removals(x.Change), removals(o.Change)
	if x.after == nil || len(o.Patch)+len(theirs) == 0 || !slices.ContainsFunc(touched(theirs, o.Patch), x.near(mine).Has) {
		return nil // neither makes a difference to what the other does
	}
	both, ok := merge(x.Snapshot, x.Patch, o.Patch)
	if x.pairs++; !ok || x.pairs > maxOthers {
		x.apart = append(x.apart, o.Number)
		return nil
	}
	begin := x.Change.Until
	if o.Until.After(begin) {
		begin = o.Until
	}
	held := x.Change.Excluded(x.Now) // by both: then alone as together
	ours := o.Excluded(x.Now)
	held = slices.DeleteFunc(held, func(id graph.ID) bool { return !slices.Contains(ours, id) })
	rest := graph.Window{From: begin}
	var failed error
	solve := func(effects []graph.OwnEffect, patch []graph.Change) *graph.Assessment {
		a, err := graph.Assess(x.Snapshot, graph.Scenario{Effects: effects, Context: x.openAt(begin), Patch: patch, Excluded: held}, graph.Options{Now: x.Now, Window: &rest})
		failed = cmp.Or(failed, err)
		return a
	}
	here, there, together := solve(mine, x.Patch), solve(theirs, o.Patch), solve(slices.Concat(mine, theirs), both)
	if failed != nil {
		x.apart = append(x.apart, o.Number)
		return nil
	}
	for _, i := range x.hitServices(together) {
		_, a := here.States(i.CI)
		_, b := there.States(i.CI)
		if i.To < graph.Degraded || i.To <= max(a, b) || !x.Snapshot.Has(i.CI) {
			continue
		}
		n := x.named(x.Snapshot, i.CI)
		out = append(out, Conflict{Kind: RedundancyInteraction, CI: &n, State: &i.To, From: when(begin), Changes: []string{o.Number},
			Text: fmt.Sprintf("what it and %s leave behind takes %s %s for good; neither of them does alone", o.Number, n.Ref, i.To)})
	}
	return out
}

// near is what an answer about what the change leaves behind can depend on.
func (x *Solved) near(removed []graph.OwnEffect) graph.IDSet {
	if x.around == nil {
		set := x.Snapshot.Around(touched(removed, x.Patch)...)
		x.around = &set
	}
	return *x.around
}

// touched are the nodes that removals and a patch are about.
func touched(removed []graph.OwnEffect, patch []graph.Change) (ids []graph.ID) {
	for _, e := range removed {
		ids = append(ids, e.CI)
	}
	for k := range patch {
		ids = append(ids, patch[k].Nodes()...)
	}
	return ids
}

// atAnyTime is a collision of what the change leaves behind, whenever it is made; nil:
// there is none.
func atAnyTime(c Context) (*Conflict, error) {
	if !c.Change.Lasts() {
		return nil, nil
	}
	x, err := Solve(c)
	if err != nil {
		return nil, err
	}
	for _, o := range x.Others {
		if len(x.patchConflicts(o)) > 0 {
			continue // which is no matter of time, and blocks no slot
		}
		for _, found := range x.merged(o) {
			if found.Kind == RedundancyInteraction {
				return &found, nil
			}
		}
	}
	return nil, nil
}

// removals are the effects of a change that have no end.
func removals(c *Change) (out []graph.OwnEffect) {
	for e := range c.effects() {
		if e.Kind == graph.Remove {
			out = append(out, e)
		}
	}
	return out
}

// openAt are the outages that are not over by then.
func (x *Solved) openAt(at time.Time) []graph.OwnEffect {
	return slices.DeleteFunc(slices.Clone(x.Outages), func(e graph.OwnEffect) bool { return !e.Until.IsZero() && !e.Until.After(at) })
}

// merge is two patches of one graph that do not contradict each other; false where both
// are about one relation or group. Each gave what it makes the first ids that were free.
func merge(s *graph.Snapshot, mine, theirs []graph.Change) (out []graph.Change, ok bool) {
	out = slices.Clone(mine)
	last := s.Head().LastID
	made, at := map[graph.Ref]graph.ID{}, map[any]int{} // what mine makes, and where it is about what
	for k := range mine {
		if c := &mine[k]; c.Node != nil && c.NodeWas == nil {
			made[c.Node.Ref], last = c.Node.ID, max(last, c.Node.ID)
		} else {
			at[keyOf(c)] = k
		}
	}
	ids := map[graph.ID]graph.ID{} // of what theirs makes
	is := func(id graph.ID) graph.ID {
		if to, ok := ids[id]; ok {
			return to
		}
		return id
	}
	for _, c := range theirs {
		k, shared := at[keyOf(&c)]
		switch {
		case c.Node != nil && c.NodeWas == nil:
			if id, ok := made[c.Node.Ref]; ok {
				ids[c.Node.ID] = id
				continue
			}
			last++
			n := *c.Node
			ids[n.ID], n.ID = last, last
			c.Node = &n
		case c.Node != nil && shared:
			out[k].Node = mergeNode(out[k].Node, c.NodeWas, c.Node)
			continue
		case shared && (c.Relation != nil || mine[k].Relation != nil || c.Requirement != nil || mine[k].Requirement != nil):
			return nil, false
		case shared:
			continue // both withdraw it
		case c.Relation != nil:
			r := *c.Relation
			r.From, r.To = is(r.From), is(r.To)
			c.Relation = &r
		case c.Requirement != nil:
			q := *c.Requirement
			q.Consumer, q.Targets = is(q.Consumer), slices.Clone(q.Targets)
			for k, id := range q.Targets {
				q.Targets[k] = is(id)
			}
			c.Requirement = &q
		}
		out = append(out, c)
	}
	return out, true
}

// mergeNode is a node as one patch leaves it, with what another one changes of it.
func mergeNode(mine, was, is *graph.Node) *graph.Node {
	n := *mine
	n.Claims = slices.Clone(mine.Claims)
	if is.Retired != was.Retired {
		n.Retired = is.Retired
	}
	if is.Ref != was.Ref {
		n.Ref = is.Ref
	}
	said := func(of *graph.Node, source string) map[string]graph.Value {
		for _, c := range of.Claims {
			if c.Source == source {
				return c.Attributes
			}
		}
		return nil
	}
	for _, c := range is.Claims {
		before := said(was, c.Source)
		k := slices.IndexFunc(n.Claims, func(m graph.Claim) bool { return m.Source == c.Source })
		if k < 0 {
			n.Claims = append(n.Claims, c)
			continue
		}
		all := maps.Clone(n.Claims[k].Attributes)
		for name, v := range c.Attributes {
			if !v.Equal(before[name]) {
				all[name] = v
			}
		}
		for name := range before {
			if _, still := c.Attributes[name]; !still {
				delete(all, name)
			}
		}
		n.Claims[k].Attributes = all
	}
	slices.SortFunc(n.Claims, func(a, b graph.Claim) int { return cmp.Compare(a.Source, b.Source) })
	return &n
}

// keyOf is what a change of the graph is about.
func keyOf(c *graph.Change) any {
	switch {
	case c.Relation != nil:
		return c.Relation.RelationKey
	case c.RelationWas != nil:
		return c.RelationWas.RelationKey
	case c.Requirement != nil:
		return c.Requirement.RequirementKey
	case c.RequirementWas != nil:
		return c.RequirementWas.RequirementKey
	case c.Node != nil:
		return c.Node.ID
	}
	return nil
}
