package change

import (
	"iter"
	"slices"

	"github.com/faultline-itsm/faultline/graph"
)

// touch is a CI that a change affects by itself, and when.
type touch struct {
	ci graph.ID
	graph.Window
}

// touches are what a change affects by itself: the CIs of its effects in their time, and
// what its patch changes in all of the change's, as nobody knows when in it that is done.
func (c *Change) touches(patch []graph.Change) iter.Seq[touch] {
	return func(yield func(touch) bool) {
		patched := patchedCIs(patch)
		for e := range c.effects() {
			t := touch{e.CI, graph.Window{From: e.From, Until: e.Until}}
			if k, found := slices.BinarySearch(patched, e.CI); found {
				patched = slices.Delete(patched, k, k+1)
				if t.From = c.From; !t.Until.IsZero() {
					t.Until = c.Until
				}
			}
			if !yield(t) {
				return
			}
		}
		for _, id := range patched {
			if !yield(touch{id, graph.Window{From: c.From, Until: c.Until}}) {
				return
			}
		}
	}
}

// touches are those of the change in the graph as it is: what its patch makes is not yet
// there.
func (x *Solved) touches() iter.Seq[touch] {
	return func(yield func(touch) bool) {
		for t := range x.Change.touches(x.Patch) {
			if x.Snapshot.Has(t.ci) && !yield(t) {
				return
			}
		}
	}
}

func (x *Solved) touchesByCI() map[graph.ID][]graph.Window {
	out := map[graph.ID][]graph.Window{}
	for t := range x.touches() {
		out[t.ci] = append(out[t.ci], t.Window)
	}
	return out
}

// patchedCIs are the CIs that a patch retires or changes, and those whose relations and
// groups it does, each once, by id.
func patchedCIs(patch []graph.Change) (out []graph.ID) {
	for k := range patch {
		c := &patch[k]
		for _, n := range []*graph.Node{c.Node, c.NodeWas} {
			if n != nil {
				out = append(out, n.ID)
			}
		}
		for _, r := range []*graph.Relation{c.Relation, c.RelationWas} {
			if r != nil {
				out = append(out, r.From, r.To)
			}
		}
		for _, r := range []*graph.Requirement{c.Requirement, c.RequirementWas} {
			if r != nil {
				out = append(out, r.Consumer)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
