package records

import (
	"maps"

	"github.com/faultline-itsm/faultline/graph"
)

// overlay is recs after changes that are not yet written; after is the snapshot
// with them. It is what the store would answer if they were.
func overlay(recs graph.Records, changes []graph.Change, after *graph.Snapshot) graph.Records {
	out := graph.Records{Nodes: copied(recs.Nodes), Relations: copied(recs.Relations), Requirements: copied(recs.Requirements),
		ByRef: copied(recs.ByRef), ByKey: copied(recs.ByKey)}
	for i := range changes {
		c := &changes[i]
		switch {
		case c.Node != nil:
			out.Nodes[c.Node.ID] = c.Node
			named(out, c.Node, after)
		case c.NodeWas != nil:
			delete(out.Nodes, c.NodeWas.ID)
			maps.DeleteFunc(out.ByRef, func(_ graph.Ref, id graph.ID) bool { return id == c.NodeWas.ID })
			maps.DeleteFunc(out.ByKey, func(_ graph.Key, id graph.ID) bool { return id == c.NodeWas.ID })
		case c.Relation != nil:
			out.Relations[c.Relation.RelationKey] = c.Relation
		case c.RelationWas != nil:
			delete(out.Relations, c.RelationWas.RelationKey)
		case c.Requirement != nil:
			out.Requirements[c.Requirement.RequirementKey] = c.Requirement
		case c.RequirementWas != nil:
			delete(out.Requirements, c.RequirementWas.RequirementKey)
		}
	}
	return out
}

// named puts the names by which a store would find n.
func named(recs graph.Records, n *graph.Node, after *graph.Snapshot) {
	for _, k := range n.Keys {
		recs.ByKey[k] = n.ID
	}
	refs := n.Aliases
	if n.Retired {
		refs = []graph.Ref{n.Ref}
	}
	for _, r := range refs {
		if _, living := after.Lookup(r); !living {
			recs.ByRef[r] = n.ID
		}
	}
}

func copied[K comparable, V any](m map[K]V) map[K]V {
	if m == nil {
		return map[K]V{}
	}
	return maps.Clone(m)
}
