package neo4j

import (
	"cmp"
	"slices"
	"strings"

	"github.com/faultline-itsm/faultline/graph"
)

// The kinds of record, in the port's order.
const (
	classKind uint8 = iota
	typeKind
	nodeKind
	requirementKind
	relationKind
)

// key is what a record is known by, of whatever kind it is; keys in their order
// are records in the port's.
type key struct {
	kind        uint8
	id          graph.ID // of a node, or of the consumer
	name        string   // of a class, a type, a requirement; a relation's type
	to          graph.ID
	requirement string
	qualifier   string
}

func (k key) compare(o key) int {
	return cmp.Or(cmp.Compare(k.kind, o.kind), cmp.Compare(k.id, o.id), strings.Compare(k.name, o.name),
		cmp.Compare(k.to, o.to), strings.Compare(k.requirement, o.requirement), strings.Compare(k.qualifier, o.qualifier))
}

func nodeKey(id graph.ID) key { return key{kind: nodeKind, id: id} }
func requirementKey(k graph.RequirementKey) key {
	return key{kind: requirementKind, id: k.Consumer, name: k.Name}
}
func relationKey(k graph.RelationKey) key {
	return key{kind: relationKind, id: k.From, name: k.Type, to: k.To, requirement: k.Requirement, qualifier: k.Qualifier}
}

// keyOf is the key of a change's record.
func keyOf(c *graph.Change) key {
	switch {
	case c.Node != nil:
		return nodeKey(c.Node.ID)
	case c.NodeWas != nil:
		return nodeKey(c.NodeWas.ID)
	case c.Relation != nil:
		return relationKey(c.Relation.RelationKey)
	case c.RelationWas != nil:
		return relationKey(c.RelationWas.RelationKey)
	case c.Requirement != nil:
		return requirementKey(c.Requirement.RequirementKey)
	case c.RequirementWas != nil:
		return requirementKey(c.RequirementWas.RequirementKey)
	case c.Class != nil:
		return key{kind: classKind, name: c.Class.Name}
	case c.ClassWas != nil:
		return key{kind: classKind, name: c.ClassWas.Name}
	case c.Type != nil:
		return key{kind: typeKind, name: c.Type.Name}
	case c.TypeWas != nil:
		return key{kind: typeKind, name: c.TypeWas.Name}
	}
	return key{}
}

// before is a change that would undo c: its after side is what was before.
func before(c *graph.Change) graph.Change {
	return graph.Change{Node: c.NodeWas, Relation: c.RelationWas, Requirement: c.RequirementWas, Class: c.ClassWas, Type: c.TypeWas}
}

// holds says whether the after side of c is there.
func holds(c *graph.Change) bool {
	return c.Node != nil || c.Relation != nil || c.Requirement != nil || c.Class != nil || c.Type != nil
}

// followed is one change in place of two of the same record.
func followed(first, second *graph.Change) graph.Change {
	return graph.Change{NodeWas: first.NodeWas, Node: second.Node, RelationWas: first.RelationWas, Relation: second.Relation,
		RequirementWas: first.RequirementWas, Requirement: second.Requirement, ClassWas: first.ClassWas, Class: second.Class,
		TypeWas: first.TypeWas, Type: second.Type}
}

// total is what several entries change, once a record.
type total map[key]graph.Change

func (n total) add(changes []graph.Change) {
	for i := range changes {
		c := changes[i]
		k := keyOf(&c)
		if first, ok := n[k]; ok {
			c = followed(&first, &c)
		}
		n[k] = c
	}
}

// ordered are the changes by key. What came and went again is not among them.
func (n total) ordered() []*graph.Change {
	out := make([]*graph.Change, 0, len(n))
	keys := make([]key, 0, len(n))
	for k, c := range n {
		if was := before(&c); holds(&c) || holds(&was) {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, key.compare)
	for _, k := range keys {
		c := n[k]
		out = append(out, &c)
	}
	return out
}

// mayName says whether what is wanted can only be answered by the database: names
// that a change has given or taken.
func (n total) mayName(w graph.Wants) bool {
	if len(w.Refs)+len(w.Keys) == 0 || len(n) == 0 {
		return false
	}
	refs, keys := make(map[graph.Ref]bool, len(w.Refs)), make(map[graph.Key]bool, len(w.Keys))
	for _, r := range w.Refs {
		refs[r] = true
	}
	for _, k := range w.Keys {
		keys[k] = true
	}
	for _, c := range n {
		if named(c.NodeWas, refs, keys) || named(c.Node, refs, keys) {
			return true
		}
	}
	return false
}

func named(n *graph.Node, refs map[graph.Ref]bool, keys map[graph.Key]bool) bool {
	return n != nil && (refs[n.Ref] || slices.ContainsFunc(n.Aliases, func(r graph.Ref) bool { return refs[r] }) ||
		slices.ContainsFunc(n.Keys, func(k graph.Key) bool { return keys[k] }))
}

// over puts what the changes leave over what the database holds.
func (n total) over(w graph.Wants, recs graph.Records) {
	for _, id := range w.Nodes {
		if c, ok := n[nodeKey(id)]; ok {
			replace(recs.Nodes, id, c.Node)
		}
	}
	for _, k := range w.Relations {
		if c, ok := n[relationKey(k)]; ok {
			replace(recs.Relations, k, c.Relation)
		}
	}
	for _, k := range w.Requirements {
		if c, ok := n[requirementKey(k)]; ok {
			replace(recs.Requirements, k, c.Requirement)
		}
	}
}

func replace[K comparable, T any](in map[K]*T, k K, with *T) {
	if with == nil {
		delete(in, k)
	} else {
		in[k] = with
	}
}
