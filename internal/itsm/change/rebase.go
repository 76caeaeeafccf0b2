package change

import (
	"cmp"
	"maps"
	"reflect"
	"slices"

	"github.com/faultline-itsm/faultline/graph"
)

// rebase is a patch of a graph as it is written on that graph with another patch of it;
// false where both say something of one relation or group, and not the same.
func rebase(s *graph.Snapshot, first, second []graph.Change) (out []graph.Change, ok bool) {
	return newBase(s, first).rebase(second)
}

// base is a graph with a patch, on which others can be written. Each patch gave what it
// makes the first ids that were free.
type base struct {
	last graph.ID
	made map[graph.Ref]graph.ID // what the patch makes
	of   map[any]*graph.Change  // what it says in the end
}

func newBase(s *graph.Snapshot, patch []graph.Change) *base {
	b := &base{last: s.Head().LastID, made: map[graph.Ref]graph.ID{}, of: map[any]*graph.Change{}}
	b.add(patch)
	return b
}

func (b *base) add(patch []graph.Change) {
	for k := range patch {
		c := &patch[k]
		if b.of[keyOf(c)] = c; c.Node != nil && c.NodeWas == nil {
			b.made[c.Node.Ref], b.last = c.Node.ID, max(b.last, c.Node.ID)
		}
	}
}

func (b *base) rebase(patch []graph.Change) (out []graph.Change, ok bool) {
	last := b.last
	ids := map[graph.ID]graph.ID{} // of what the patch makes
	is := func(id graph.ID) graph.ID {
		if to, ok := ids[id]; ok {
			return to
		}
		return id
	}
	for _, c := range patch {
		switch {
		case c.Node != nil && c.NodeWas == nil:
			n := *c.Node
			if id, both := b.made[n.Ref]; both {
				ids[n.ID], n.ID = id, id
				c.NodeWas = &graph.Node{Ref: n.Ref}
			} else {
				last++
				ids[n.ID], n.ID = last, last
			}
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
		if f := b.of[keyOf(&c)]; f != nil {
			switch {
			case c.Node != nil:
				c.NodeWas, c.Node = f.Node, mergeNode(f.Node, c.NodeWas, c.Node)
			case !sameEdit(&c, f):
				return nil, false
			default:
				continue // both withdraw it, or say the same of it
			}
		}
		out = append(out, c)
	}
	return out, true
}

// sameEdit says whether two changes make the same of one relation or group.
func sameEdit(a, b *graph.Change) bool {
	relation := func(c *graph.Change) (r graph.Relation) {
		if c.Relation != nil {
			r = *c.Relation
			r.Version, r.Created, r.Changed = 0, 0, 0
		}
		return r
	}
	requirement := func(c *graph.Change) (q graph.Requirement) {
		if c.Requirement != nil {
			q = *c.Requirement
			q.Version, q.Created, q.Changed = 0, 0, 0
		}
		return q
	}
	return reflect.DeepEqual(relation(a), relation(b)) && reflect.DeepEqual(requirement(a), requirement(b))
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
		all := map[string]graph.Value{}
		maps.Copy(all, n.Claims[k].Attributes)
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
