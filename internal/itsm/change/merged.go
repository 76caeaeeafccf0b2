package change

import (
	"fmt"
	"slices"
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// What two patches leave behind together, and neither of them alone.

// merged are services that this change and another one leave worse together, for good:
// two that each retire a leg, say. Of patches that contradict each other that is not
// asked.
func (x *Solved) merged(o Other) (out []Conflict) {
	if x.after == nil || len(x.Patch)+len(o.Patch) == 0 {
		return nil
	}
	begin := x.Change.Until
	if o.Until.After(begin) {
		begin = o.Until
	}
	mine, theirs := removals(x.Change), removals(o.Change)
	if !slices.ContainsFunc(touched(theirs, o.Patch), x.near(mine).Has) {
		return nil // neither makes a difference to what the other does
	}
	rest := graph.Window{From: begin}
	solve := func(effects []graph.OwnEffect, patch []graph.Change) (*graph.Assessment, error) {
		return graph.Assess(x.Snapshot, graph.Scenario{Effects: effects, Context: x.openAt(begin), Patch: patch}, graph.Options{Now: x.Now, Window: &rest})
	}
	alone, err := solve(theirs, o.Patch)
	if err != nil {
		return nil // which its own assessment says
	}
	both, err := solve(slices.Concat(mine, theirs), merge(x.Snapshot, x.Patch, o.Patch))
	if err != nil {
		return []Conflict{{Kind: PatchConflict, Changes: []string{o.Number}, Text: fmt.Sprintf("what its patch and that of %s leave behind together cannot be solved: %s", o.Number, graph.AsError(err).Message)}}
	}
	for _, i := range x.hitServices(both) {
		_, here := x.after.States(i.CI)
		_, there := alone.States(i.CI)
		if i.To < graph.Degraded || i.To <= max(here, there) || !x.Snapshot.Has(i.CI) {
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

// merge is two patches of one graph that do not contradict each other: what both do is
// done once. Each gave what it makes the first ids that were free.
func merge(s *graph.Snapshot, mine, theirs []graph.Change) []graph.Change {
	out := slices.Clone(mine)
	last := s.Head().LastID
	made, done := map[graph.Ref]graph.ID{}, map[any]bool{}
	for k := range mine {
		if c := &mine[k]; c.Node != nil && c.NodeWas == nil {
			made[c.Node.Ref], last = c.Node.ID, max(last, c.Node.ID)
		} else {
			done[keyOf(c)] = true
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
		if c.Node != nil || !done[keyOf(&c)] {
			out = append(out, c)
		}
	}
	return out
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
