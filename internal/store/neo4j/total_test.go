package neo4j

import (
	"testing"

	"github.com/faultline-itsm/faultline/graph"
)

// What is decided and not written yet must be written before the database is asked
// for a name that it has to do with, and only then.
func TestOnlyNamesThatAChangeTouchesAreWaitedFor(t *testing.T) {
	ref := func(name string) graph.Ref { return graph.Ref{Class: "server", Scope: "dc1", Name: name} }
	key := func(value string) graph.Key { return graph.Key{Source: "netbox", Value: value} }
	pending := total{}
	pending.add([]graph.Change{
		{Node: &graph.Node{ID: 1, Ref: ref("new"), Keys: []graph.Key{key("1")}}},
		{NodeWas: &graph.Node{ID: 2, Ref: ref("before"), Aliases: []graph.Ref{ref("long before")}, Keys: []graph.Key{key("2")}}, Node: &graph.Node{ID: 2, Ref: ref("after")}},
		{NodeWas: &graph.Node{ID: 3, Ref: ref("retired")}, Node: &graph.Node{ID: 3, Ref: ref("retired"), Retired: true}},
		{Relation: &graph.Relation{RelationKey: graph.RelationKey{From: 1, Type: "DEPENDS_ON", To: 2}}},
	})
	for _, c := range []struct {
		wants graph.Wants
		want  bool
	}{
		{graph.Wants{Refs: []graph.Ref{ref("other"), ref("new")}}, true},
		{graph.Wants{Refs: []graph.Ref{ref("before")}}, true},
		{graph.Wants{Refs: []graph.Ref{ref("long before")}}, true},
		{graph.Wants{Refs: []graph.Ref{ref("after")}}, true},
		{graph.Wants{Refs: []graph.Ref{ref("retired")}}, true},
		{graph.Wants{Keys: []graph.Key{key("1")}}, true},
		{graph.Wants{Keys: []graph.Key{key("2")}}, true},
		{graph.Wants{Refs: []graph.Ref{ref("other")}, Keys: []graph.Key{key("3")}, Nodes: []graph.ID{1, 2}}, false},
		{graph.Wants{}, false},
	} {
		if got := pending.mayName(c.wants); got != c.want {
			t.Errorf("%+v: %t", c.wants, got)
		}
	}
}
