package graph_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/faultline-itsm/faultline/graph"
)

// What a relation type says holds for its relations that state nothing, also
// for those that were there before the type was changed.
func TestChangingARelationTypeChangesItsRelations(t *testing.T) {
	t.Parallel()
	feeds := &graph.RelationType{Name: "FEEDS_FROM", Reverse: "FEEDS", Plane: "data", Transfer: graph.Hard}
	s := typed(t, feeds)
	wantType := func(s *graph.Snapshot, want graph.State, reach int) {
		t.Helper()
		a, err := graph.Assess(s, graph.Scenario{Effects: []graph.OwnEffect{{CI: 2}}}, graph.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, got := a.States(1); got != want {
			t.Errorf("the consumer is %s, want %s", got, want)
		}
		if got := s.ReachCount(2, graph.Consumers); got != reach {
			t.Errorf("reach counts %d, want %d", got, reach)
		}
		if _, stated := a.States(3); stated != graph.Degraded && reach > 1 {
			t.Errorf("the consumer that states SOFT is %s, want DEGRADED whatever the type says", stated)
		}
	}
	wantType(s, graph.Down, 2)

	soft := *feeds
	soft.Transfer = graph.Soft
	after, err := s.Apply([]graph.Change{{TypeWas: feeds, Type: &soft}}, graph.Head{Revision: 2, LastID: 3})
	if err != nil {
		t.Fatal(err)
	}
	wantType(after, graph.Degraded, 2)
	wantType(s, graph.Down, 2) // the old snapshot has not moved
	if after.Revision() != 2 {
		t.Errorf("the snapshot is at revision %d, want 2", after.Revision())
	}

	silent := soft
	silent.Impact = graph.NoImpact
	quiet, err := after.Apply([]graph.Change{{TypeWas: &soft, Type: &silent}}, graph.Head{Revision: 3, LastID: 3})
	if err != nil {
		t.Fatal(err)
	}
	wantType(quiet, graph.Operational, 0)
}

// With a plane, only what a relation of that plane provides may be a cut.
func TestCutSetsOfAPlane(t *testing.T) {
	t.Parallel()
	s := typed(t, &graph.RelationType{Name: "FEEDS_FROM", Reverse: "FEEDS", Plane: "telemetry", Transfer: graph.Hard})
	for plane, want := range map[string]string{"": "p", "telemetry": "p", "power": ""} {
		got, err := graph.CutSets(s, 1, 1, plane)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, set := range got.Sets {
			names = append(names, s.Ref(set[0]).Name)
		}
		if strings.Join(names, " ") != want {
			t.Errorf("on plane %q: %v, want %q", plane, names, want)
		}
	}
	if _, err := graph.CutSets(s, 1, 1, "astral"); !graph.IsKind(err, graph.Invalid) {
		t.Errorf("a plane that no type has: %v, want INVALID", err)
	}
	if _, err := graph.CutSets(s, 1, 3, ""); !graph.IsKind(err, graph.Invalid) {
		t.Errorf("size 2: %v, want INVALID: not in this version", err)
	}
}

// A retired ref may be taken by another CI; whoever asks for the ref gets the
// living one, and the tombstone keeps its name and its consumers.
func TestATombstonesRefMayBeTaken(t *testing.T) {
	t.Parallel()
	s := typed(t, &graph.RelationType{Name: "FEEDS_FROM", Reverse: "FEEDS", Plane: "data", Transfer: graph.Hard})
	ref := s.Ref(2)
	retired := node(2, ref.Name)
	retired.Retired = true
	after, err := s.Apply([]graph.Change{{NodeWas: node(2, ref.Name), Node: retired}}, graph.Head{Revision: 2, LastID: 3})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := after.Lookup(ref); ok || after.Len() != 2 || !after.Has(2) || after.Ref(2) != ref {
		t.Errorf("after it retired: found %t, %d living, ref %v", ok, after.Len(), after.Ref(2))
	}
	after, err = after.Apply([]graph.Change{{Node: node(4, ref.Name)}}, graph.Head{Revision: 3, LastID: 4})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*graph.Snapshot{after, after.Compact()} {
		if id, ok := s.Lookup(ref); !ok || id != 4 || !slices.Equal(s.LookupName(ref.Name), []graph.ID{4}) {
			t.Errorf("the ref finds %d, the name %v, want 4", id, s.LookupName(ref.Name))
		}
		if got := len(s.Links(2, graph.Consumers)); got != 2 {
			t.Errorf("the tombstone has %d consumers, want 2", got)
		}
	}
}

// typed is c -[type]-> p, and d -[type, SOFT]-> p: ids 1, 2 and 3.
func typed(t *testing.T, of *graph.RelationType) *graph.Snapshot {
	t.Helper()
	soft := graph.Soft
	b := graph.NewBuilder()
	for _, c := range []graph.Change{
		{Type: of}, {Node: node(1, "c")}, {Node: node(2, "p")}, {Node: node(3, "d")},
		{Relation: &graph.Relation{RelationKey: graph.RelationKey{From: 1, Type: of.Name, To: 2}, Version: 1, Claims: []graph.RelationClaim{{Source: "test"}}}},
		{Relation: &graph.Relation{RelationKey: graph.RelationKey{From: 3, Type: of.Name, To: 2}, Version: 1,
			Claims: []graph.RelationClaim{{Source: "test", RelationProps: graph.RelationProps{Transfer: &soft}}}}},
	} {
		if err := b.Add(c); err != nil {
			t.Fatal(err)
		}
	}
	s, err := b.Build(graph.Head{Revision: 1, LastID: 3})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func node(id graph.ID, name string) *graph.Node {
	return &graph.Node{ID: id, Ref: graph.Ref{Class: "application", Scope: graph.DefaultScope, Name: name}, Version: 1,
		Claims: []graph.Claim{{Source: "test"}}}
}
