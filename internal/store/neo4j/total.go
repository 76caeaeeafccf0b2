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

// total is what several entries change. Its one idea: most of it is written without
// ever being looked up, so it is a list, and an index is made only for who reads in
// the same transaction.
type total struct {
	list  []*graph.Change      // in the order in which they were decided
	index map[key]graph.Change // one a record; nil: nobody asked
}

func (n *total) add(changes []graph.Change) {
	for i := range changes {
		n.list = append(n.list, &changes[i])
		if n.index != nil {
			n.note(&changes[i])
		}
	}
}

// known are the changes by record.
func (n *total) known() map[key]graph.Change {
	if n.index == nil {
		n.index = make(map[key]graph.Change, len(n.list))
		for _, c := range n.list {
			n.note(c)
		}
	}
	return n.index
}

func (n *total) note(c *graph.Change) {
	k := keyOf(c)
	if first, ok := n.index[k]; ok {
		n.index[k] = followed(&first, c)
	} else {
		n.index[k] = *c
	}
}

// placed is a change with what it is mostly sorted by.
type placed struct {
	kind uint8
	id   graph.ID
	at   int
	c    *graph.Change
}

// ordered are the changes by key, one a record. What came and went again is not
// among them.
func (n *total) ordered() []*graph.Change {
	all := make([]placed, len(n.list))
	for i, c := range n.list {
		k := keyOf(c)
		all[i] = placed{k.kind, k.id, i, c}
	}
	slices.SortFunc(all, func(a, b placed) int {
		if a.kind != b.kind {
			return cmp.Compare(a.kind, b.kind)
		}
		if a.id != b.id {
			return cmp.Compare(a.id, b.id)
		}
		return cmp.Or(keyOf(a.c).compare(keyOf(b.c)), cmp.Compare(a.at, b.at))
	})
	out := make([]*graph.Change, 0, len(all))
	for i := 0; i < len(all); {
		c, same := all[i].c, i+1
		for ; same < len(all) && all[same].kind == all[i].kind && all[same].id == all[i].id && keyOf(all[same].c) == keyOf(c); same++ {
			both := followed(c, all[same].c)
			c = &both
		}
		i = same
		if was := before(c); holds(c) || holds(&was) {
			out = append(out, c)
		}
	}
	return out
}

// mayName says whether what is wanted can only be answered by the database: names
// that a change has given or taken.
func (n *total) mayName(w graph.Wants) bool {
	if len(w.Refs)+len(w.Keys) == 0 || len(n.list) == 0 {
		return false
	}
	refs, keys := make(map[graph.Ref]bool, len(w.Refs)), make(map[graph.Key]bool, len(w.Keys))
	for _, r := range w.Refs {
		refs[r] = true
	}
	for _, k := range w.Keys {
		keys[k] = true
	}
	for _, c := range n.list {
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
func (n *total) over(w graph.Wants, recs graph.Records) {
	if len(n.list) == 0 {
		return
	}
	known := n.known()
	for _, id := range w.Nodes {
		if c, ok := known[nodeKey(id)]; ok {
			replace(recs.Nodes, id, c.Node)
		}
	}
	for _, k := range w.Relations {
		if c, ok := known[relationKey(k)]; ok {
			replace(recs.Relations, k, c.Relation)
		}
	}
	for _, k := range w.Requirements {
		if c, ok := known[requirementKey(k)]; ok {
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
