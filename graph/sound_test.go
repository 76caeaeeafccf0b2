package graph_test

import (
	"fmt"
	"reflect"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/graph/graphtest"
)

// unsound is what is wrong with a store: its snapshot, which was changed commit by
// commit, must be that of its records made from scratch, its content the sum of
// all its records, and names and keys must be of one living node each.
func unsound(m *graphtest.Memory) string {
	fresh, err := m.Rebuilt()
	if err != nil {
		return "its records make no graph: " + err.Error()
	}
	if fault := differ(m.Snapshot, fresh); fault != "" {
		return fault
	}
	all := m.Everything()
	if e, _ := graph.Seal(graph.Entry{Changes: all}, graph.Head{}); e.Content != m.Snapshot.Head().Content {
		return "the content is not the sum of all records"
	}
	refs, keys := map[graph.Ref]graph.ID{}, map[graph.Key]graph.ID{}
	for i := range all {
		if q := all[i].Requirement; q != nil {
			if fault := sameInside(m.Snapshot, q); fault != "" {
				return fault
			}
		}
		n := all[i].Node
		if n == nil || n.Retired {
			continue
		}
		if refs[n.Ref] != 0 {
			return fmt.Sprintf("%s is two living nodes", n.Ref)
		}
		refs[n.Ref] = n.ID
		for _, k := range n.Keys {
			if keys[k] != 0 {
				return fmt.Sprintf("the key %v is of nodes %d and %d", k, keys[k], n.ID)
			}
			keys[k] = n.ID
		}
	}
	return ""
}

// sameInside says how a requirement in the snapshot differs from its record.
func sameInside(s *graph.Snapshot, q *graph.Requirement) string {
	want := *q
	want.Version, want.Created, want.Changed = 0, 0, 0
	for _, got := range s.Requirements(q.Consumer) {
		if got.Name == q.Name && !reflect.DeepEqual(got, want) {
			return fmt.Sprintf("the snapshot has the requirement %+v, its record is %+v", got, want)
		}
	}
	return ""
}

// differ is in what two snapshots of the same nodes are not the same.
func differ(a, b *graph.Snapshot) string {
	if a.Len() != b.Len() || a.RelationCount() != b.RelationCount() {
		return fmt.Sprintf("%d nodes and %d relations, made from scratch %d and %d", a.Len(), a.RelationCount(), b.Len(), b.RelationCount())
	}
	for id := graph.ID(1); id <= max(a.Head().LastID, b.Head().LastID); id++ {
		what := []struct {
			name string
			of   func(*graph.Snapshot) any
		}{
			{"has it", func(s *graph.Snapshot) any { return s.Has(id) }},
			{"ref", func(s *graph.Snapshot) any { return s.Ref(id) }},
			{"retired", func(s *graph.Snapshot) any { return s.Retired(id) }},
			{"lifecycle", func(s *graph.Snapshot) any { return s.Lifecycle(id) }},
			{"found by its name", func(s *graph.Snapshot) any { found, _ := s.Lookup(s.Ref(id)); return found }},
			{"providers", func(s *graph.Snapshot) any { return s.Links(id, graph.Providers) }},
			{"consumers", func(s *graph.Snapshot) any { return s.Links(id, graph.Consumers) }},
			{"requirements", func(s *graph.Snapshot) any { return s.Requirements(id) }},
			{"members", func(s *graph.Snapshot) any {
				var out []any
				for _, q := range s.Requirements(id) {
					out = append(out, q.Name, s.Members(q.RequirementKey))
				}
				return out
			}},
		}
		for _, w := range what {
			if x, y := w.of(a), w.of(b); !reflect.DeepEqual(x, y) {
				return fmt.Sprintf("node %d, %s: %v, made from scratch %v", id, w.name, x, y)
			}
		}
	}
	return ""
}
