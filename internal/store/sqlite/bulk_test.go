package sqlite

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
)

// bulkEntries seal n servers and five relations each, in commits of 5,000
// records: what an import of new things comes down to, without parsing and
// without rules.
func bulkEntries(n int) (entries []*graph.Entry, records int) {
	const perEntry = 5000
	head := graph.Head{}
	var changes []graph.Change
	flush := func() {
		if len(changes) == 0 {
			return
		}
		e, next := graph.Seal(graph.Entry{At: time.Unix(1, 0).UTC(), Source: "bench", Changes: changes}, head)
		entries, head, changes = append(entries, &e), next, nil
	}
	add := func(c graph.Change) {
		records++
		if changes = append(changes, c); len(changes) == perEntry {
			flush()
		}
	}
	for i := range n {
		add(graph.Change{Node: &graph.Node{ID: graph.ID(i + 1), Version: 1, Created: 1, Changed: 1,
			Ref:    graph.Ref{Class: "server", Scope: "dc1", Name: fmt.Sprintf("srv-%07d", (i*7919)%n)},
			Claims: []graph.Claim{{Source: "bench", Attributes: map[string]graph.Value{"environment": graph.StringValue("production"), "description": graph.StringValue("one of many")}}}}})
	}
	for i := range n {
		for k := range 5 {
			to := graph.ID((i*31+k*17+1)%n + 1)
			add(graph.Change{Relation: &graph.Relation{Version: 1, Created: 1, Changed: 1,
				RelationKey: graph.RelationKey{From: graph.ID(i + 1), Type: "DEPENDS_ON", To: to, Qualifier: fmt.Sprint(k)},
				Claims:      []graph.RelationClaim{{Source: "bench"}}}})
		}
	}
	flush()
	return entries, records
}

// BenchmarkBulk is the bare rate of the store, against which an import is
// measured. Of 20,000 nodes and 100,000 relations.
func BenchmarkBulk(b *testing.B) {
	entries, n := bulkEntries(20_000)
	for b.Loop() {
		b.StopTimer()
		st, err := Open(context.Background(), filepath.Join(b.TempDir(), "bulk.db"))
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		for _, e := range entries {
			if _, err := st.Commit(context.Background(), func(context.Context, store.Reader) (store.Outcome, error) { return store.Write(e), nil }); err != nil {
				b.Fatal(err)
			}
		}
		b.StopTimer()
		if err := st.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}

// BenchmarkStream is a cold start's part in the store.
func BenchmarkStream(b *testing.B) {
	entries, n := bulkEntries(20_000)
	st, err := Open(context.Background(), filepath.Join(b.TempDir(), "bulk.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	for _, e := range entries {
		if _, err := st.Commit(context.Background(), func(context.Context, store.Reader) (store.Outcome, error) { return store.Write(e), nil }); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if _, err := st.Stream(context.Background(), func(graph.Change) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}
