package graphtest

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/faultline-itsm/faultline/graph"
)

// relationType is allowed between any two CIs; transfers are stated a relation.
const relationType = "DEPENDS_ON"

// Snapshot builds the engine's form of the model from scratch.
func (m *Model) Snapshot() (*graph.Snapshot, error) {
	b := graph.NewBuilder()
	for _, c := range m.Changes() {
		if err := b.Add(c); err != nil {
			return nil, err
		}
	}
	return b.Build(m.Head(1))
}

// Head is a ledger's end at that revision.
func (m *Model) Head(r graph.Revision) graph.Head { return graph.Head{Revision: r, LastID: m.lastID} }

// Changes create the whole model: nodes, requirements, relations.
func (m *Model) Changes() []graph.Change { return Diff(NewModel(), m) }

// Diff is what turns one model into the other, as a plan would say it: what
// goes first, then nodes, requirements and relations.
func Diff(was, is *Model) []graph.Change {
	var out []graph.Change
	nodesWas, nodes := was.nodes(), is.nodes()
	reqsWas, reqs := was.requirements(), is.requirements()
	relsWas, rels := was.relations(), is.relations()
	for _, k := range sorted(relsWas, compareRelations) {
		if rels[k] == nil {
			out = append(out, graph.Change{RelationWas: relsWas[k]})
		}
	}
	for _, k := range sorted(reqsWas, compareRequirements) {
		// The greatest membership never falls: one that has a smaller one is new.
		if reqs[k] == nil || reqs[k].Greatest < reqsWas[k].Greatest {
			out = append(out, graph.Change{RequirementWas: reqsWas[k]})
			delete(reqsWas, k)
		}
	}
	for _, k := range sorted(nodesWas, cmp.Compare) {
		if nodes[k] == nil {
			out = append(out, graph.Change{NodeWas: nodesWas[k]})
		}
	}
	for _, k := range sorted(nodes, cmp.Compare) {
		if !reflect.DeepEqual(nodesWas[k], nodes[k]) {
			out = append(out, graph.Change{NodeWas: nodesWas[k], Node: nodes[k]})
		}
	}
	for _, k := range sorted(reqs, compareRequirements) {
		if !reflect.DeepEqual(reqsWas[k], reqs[k]) {
			out = append(out, graph.Change{RequirementWas: reqsWas[k], Requirement: reqs[k]})
		}
	}
	for _, k := range sorted(rels, compareRelations) {
		if !reflect.DeepEqual(relsWas[k], rels[k]) {
			out = append(out, graph.Change{RelationWas: relsWas[k], Relation: rels[k]})
		}
	}
	return out
}

func sorted[K comparable, V any](from map[K]V, by func(a, b K) int) []K {
	return slices.SortedFunc(maps.Keys(from), by)
}

func compareRequirements(a, b graph.RequirementKey) int {
	return cmp.Or(cmp.Compare(a.Consumer, b.Consumer), cmp.Compare(a.Name, b.Name))
}

func compareRelations(a, b graph.RelationKey) int {
	return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.Type, b.Type), cmp.Compare(a.To, b.To),
		cmp.Compare(a.Requirement, b.Requirement), cmp.Compare(a.Qualifier, b.Qualifier))
}

func (m *Model) nodes() map[graph.ID]*graph.Node {
	out := map[graph.ID]*graph.Node{}
	for name, c := range m.CIs {
		n := &graph.Node{
			ID: c.ID, Ref: graph.Ref{Class: c.Class, Scope: graph.DefaultScope, Name: name},
			Version: 1, Created: 1, Changed: 1, Retired: c.Retired,
			Claims: []graph.Claim{{Source: graph.ManualSource}},
		}
		if c.Lifecycle != graph.Live {
			n.Claims[0].Attributes = map[string]graph.Value{"lifecycle": graph.StringValue(c.Lifecycle.String())}
		}
		if c.Pinned {
			n.Pins = []graph.Pin{{Author: "ada", Reason: "looked at it", Expires: c.Until}}
		}
		out[c.ID] = n
	}
	return out
}

func (m *Model) requirements() map[graph.RequirementKey]*graph.Requirement {
	out := map[graph.RequirementKey]*graph.Requirement{}
	for _, q := range m.Requirements {
		r := &graph.Requirement{
			RequirementKey: m.requirementKey(q), Rule: q.Rule, K: q.K, Percent: q.Percent,
			DesignedSize: q.Designed, Greatest: q.Greatest, ByRule: q.ByRule, RuleDetails: q.Details,
			Version: 1, Created: 1, Changed: 1,
		}
		if q.Spare >= 0 {
			r.SpareRequired = &q.Spare
		}
		if q.Rule == graph.Reaches {
			r.Plane = graph.Builtin().Type(relationType).Plane
			for _, t := range q.Targets {
				r.Targets = append(r.Targets, m.ID(t))
			}
			slices.Sort(r.Targets)
		}
		if q.ByRule {
			r.MemberType, r.MemberClass = relationType, q.MemberClass
		}
		out[r.RequirementKey] = r
	}
	return out
}

func (m *Model) requirementKey(q Requirement) graph.RequirementKey {
	return graph.RequirementKey{Consumer: m.ID(q.Of), Name: q.Name}
}

func (m *Model) relations() map[graph.RelationKey]*graph.Relation {
	out := map[graph.RelationKey]*graph.Relation{}
	for _, r := range m.Relations {
		transfer, err := graph.NewTransfer(r.Passes[1], r.Passes[2], r.Passes[3])
		if err != nil {
			panic(fmt.Sprintf("graphtest: %s to %s: %v", r.From, r.To, err))
		}
		k := m.relationKey(r)
		out[k] = &graph.Relation{RelationKey: k, Version: 1, Created: 1, Changed: 1, Claims: r.claims(&transfer)}
	}
	return out
}

func (m *Model) relationKey(r Relation) graph.RelationKey {
	return graph.RelationKey{From: m.ID(r.From), Type: relationType, To: m.ID(r.To), Requirement: r.Requirement, Qualifier: r.Qualifier}
}
