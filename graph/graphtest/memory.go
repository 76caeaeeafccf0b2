package graphtest

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// Memory is the smallest store that the rules can be tried on: every record in
// its canonical form, so that nothing survives a commit that would not survive a
// disk, and the snapshot of them. It finds names by looking at all nodes.
type Memory struct {
	Snapshot *graph.Snapshot
	Entries  []graph.Entry

	nodes        map[graph.ID][]byte
	relations    map[graph.RelationKey][]byte
	requirements map[graph.RequirementKey][]byte
	classes      map[string][]byte
	types        map[string][]byte
}

// NewMemory is an empty store.
func NewMemory() *Memory {
	return &Memory{Snapshot: graph.Empty(), nodes: map[graph.ID][]byte{}, relations: map[graph.RelationKey][]byte{},
		requirements: map[graph.RequirementKey][]byte{}, classes: map[string][]byte{}, types: map[string][]byte{}}
}

// Clone is another store with the same content.
func (m *Memory) Clone() *Memory {
	return &Memory{Snapshot: m.Snapshot, Entries: slices.Clone(m.Entries), nodes: maps.Clone(m.nodes), relations: maps.Clone(m.relations),
		requirements: maps.Clone(m.requirements), classes: maps.Clone(m.classes), types: maps.Clone(m.types)}
}

// Plan checks a batch with the records that it asks for, and no others.
func (m *Memory) Plan(b graph.Batch) (*graph.Plan, error) {
	recs := m.Records(graph.WantedNames(b, m.Snapshot))
	full := m.Records(graph.WantedRecords(b, m.Snapshot, recs))
	recs.Nodes, recs.Relations, recs.Requirements = full.Nodes, full.Relations, full.Requirements
	for k, id := range m.Records(graph.WantedKeys(b, recs)).ByKey {
		recs.ByKey[k] = id
	}
	return graph.Check(b, m.Snapshot, recs)
}

// Commit checks a batch and writes what it plans.
func (m *Memory) Commit(b graph.Batch) (*graph.Plan, error) {
	plan, err := m.Plan(b)
	if err != nil || len(plan.Changes) == 0 {
		return plan, err
	}
	return plan, m.Write(b, plan.Changes)
}

// Write seals changes as the next entry, without a check.
func (m *Memory) Write(b graph.Batch, changes []graph.Change) error {
	at := time.Date(2026, 1, 1, 0, 0, len(m.Entries), 0, time.UTC)
	e, head := graph.Seal(graph.Entry{At: at, Actor: b.Actor, Source: b.Source, Message: b.Message, Run: b.Run, Changes: changes}, m.Snapshot.Head())
	s, err := m.Snapshot.Apply(changes, head)
	if err != nil {
		return err
	}
	m.Snapshot, m.Entries = s, append(m.Entries, e)
	for i := range changes {
		m.write(&changes[i])
	}
	return nil
}

func (m *Memory) write(c *graph.Change) {
	switch {
	case c.Node != nil:
		m.nodes[c.Node.ID] = c.Node.Append(nil)
	case c.NodeWas != nil:
		delete(m.nodes, c.NodeWas.ID)
	case c.Relation != nil:
		m.relations[c.Relation.RelationKey] = c.Relation.Append(nil)
	case c.RelationWas != nil:
		delete(m.relations, c.RelationWas.RelationKey)
	case c.Requirement != nil:
		m.requirements[c.Requirement.RequirementKey] = c.Requirement.Append(nil)
	case c.RequirementWas != nil:
		delete(m.requirements, c.RequirementWas.RequirementKey)
	case c.Class != nil:
		m.classes[c.Class.Name] = c.Class.Append(nil)
	case c.Type != nil:
		m.types[c.Type.Name] = c.Type.Append(nil)
	}
}

// Records are what is wanted of what exists.
func (m *Memory) Records(w graph.Wants) graph.Records {
	out := graph.Records{Nodes: map[graph.ID]*graph.Node{}, Relations: map[graph.RelationKey]*graph.Relation{},
		Requirements: map[graph.RequirementKey]*graph.Requirement{}, ByRef: map[graph.Ref]graph.ID{}, ByKey: map[graph.Key]graph.ID{}}
	for _, id := range w.Nodes {
		take(out.Nodes, id, m.nodes, graph.DecodeNode)
	}
	for _, k := range w.Relations {
		take(out.Relations, k, m.relations, graph.DecodeRelation)
	}
	for _, k := range w.Requirements {
		take(out.Requirements, k, m.requirements, graph.DecodeRequirement)
	}
	for _, r := range w.Refs {
		if id := m.named(r); id != 0 {
			out.ByRef[r] = id
		}
	}
	for _, k := range w.Keys {
		if id := m.keyed(k); id != 0 {
			out.ByKey[k] = id
		}
	}
	return out
}

// All are all records, and all names that any of them has.
func (m *Memory) All() graph.Records {
	w := graph.Wants{Nodes: slices.Collect(maps.Keys(m.nodes)), Relations: slices.Collect(maps.Keys(m.relations)),
		Requirements: slices.Collect(maps.Keys(m.requirements))}
	for id := range m.nodes {
		n := m.Node(id)
		w.Refs = append(append(w.Refs, n.Ref), n.Aliases...)
		w.Keys = append(w.Keys, n.Keys...)
	}
	return m.Records(w)
}

// Node is one record, or nil.
func (m *Memory) Node(id graph.ID) *graph.Node {
	one := map[graph.ID]*graph.Node{}
	take(one, id, m.nodes, graph.DecodeNode)
	return one[id]
}

// Everything is a change that creates each record that exists, in the order that
// a Builder wants: classes, types, nodes, requirements, relations.
func (m *Memory) Everything() (out []graph.Change) {
	all := m.All()
	for _, name := range slices.Sorted(maps.Keys(m.classes)) {
		out = append(out, graph.Change{Class: decoded(m.classes[name], graph.DecodeClass)})
	}
	for _, name := range slices.Sorted(maps.Keys(m.types)) {
		out = append(out, graph.Change{Type: decoded(m.types[name], graph.DecodeRelationType)})
	}
	for _, id := range sorted(all.Nodes, cmp.Compare) {
		out = append(out, graph.Change{Node: all.Nodes[id]})
	}
	for _, k := range sorted(all.Requirements, compareRequirements) {
		out = append(out, graph.Change{Requirement: all.Requirements[k]})
	}
	for _, k := range sorted(all.Relations, compareRelations) {
		out = append(out, graph.Change{Relation: all.Relations[k]})
	}
	return out
}

// Rebuilt is the snapshot of the records, made from scratch.
func (m *Memory) Rebuilt() (*graph.Snapshot, error) {
	b := graph.NewBuilder()
	for _, c := range m.Everything() {
		if err := b.Add(c); err != nil {
			return nil, err
		}
	}
	return b.Build(m.Snapshot.Head())
}

// named finds the living node of a ref, else the living one that last came with
// it as a former ref, else the retired one that last came with it.
func (m *Memory) named(r graph.Ref) graph.ID {
	return m.best(func(n *graph.Node) int {
		switch {
		case n.Ref == r && !n.Retired:
			return 3
		case slices.Contains(n.Aliases, r) && !n.Retired:
			return 2
		case n.Ref == r:
			return 1
		}
		return 0
	})
}

// keyed finds the living node of a key, else the retired one that last came.
func (m *Memory) keyed(k graph.Key) graph.ID {
	return m.best(func(n *graph.Node) int {
		switch {
		case !slices.Contains(n.Keys, k):
			return 0
		case n.Retired:
			return 1
		}
		return 2
	})
}

// best is the node of the highest rank, of equals the one that came last; 0 where
// all ranks are 0.
func (m *Memory) best(rank func(*graph.Node) int) (best graph.ID) {
	most := 0
	for _, id := range sorted(m.nodes, cmp.Compare) {
		if r := rank(m.Node(id)); r > 0 && r >= most {
			most, best = r, id
		}
	}
	return best
}

func take[K comparable, V any](into map[K]*V, k K, from map[K][]byte, decode func([]byte) (*V, error)) {
	if b, ok := from[k]; ok {
		into[k] = decoded(b, decode)
	}
}

func decoded[V any](b []byte, decode func([]byte) (*V, error)) *V {
	v, err := decode(b)
	if err != nil {
		panic("graphtest: a record that was written cannot be read: " + err.Error())
	}
	return v
}
