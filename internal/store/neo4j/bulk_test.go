package neo4j_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/neo4jtest"
	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/internal/store/neo4j"
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

func opened(t testing.TB, url string) *neo4j.Store {
	t.Helper()
	st, err := neo4j.Open(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	return st
}

func write(t testing.TB, st store.Store, entries ...*graph.Entry) {
	t.Helper()
	for _, e := range entries {
		if _, err := st.Commit(context.Background(), func(context.Context, store.Reader) (*graph.Entry, error) { return e, nil }); err != nil {
			t.Fatal(err)
		}
	}
}

// BenchmarkBulk is the bare rate of the store, against which an import is
// measured. Of 20,000 nodes and 100,000 relations.
func BenchmarkBulk(b *testing.B) {
	var databases neo4jtest.Databases
	entries, n := bulkEntries(20_000)
	url := databases.Empty(b)
	for b.Loop() {
		b.StopTimer()
		if err := neo4jtest.Wipe(context.Background(), url); err != nil {
			b.Fatal(err)
		}
		st := opened(b, url)
		b.StartTimer()
		write(b, st, entries...)
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}

// BenchmarkStream is a cold start's part in the store.
func BenchmarkStream(b *testing.B) {
	var databases neo4jtest.Databases
	entries, n := bulkEntries(20_000)
	st := opened(b, databases.Empty(b))
	write(b, st, entries...)
	for b.Loop() {
		if _, err := st.Stream(context.Background(), func(graph.Change) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}

// BenchmarkCommit is one new CI a commit, from one caller and from eight.
func BenchmarkCommit(b *testing.B) {
	for _, callers := range []int{1, 8, 32} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			var databases neo4jtest.Databases
			st := opened(b, databases.Empty(b))
			b.SetParallelism(callers)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					_, err := st.Commit(context.Background(), func(ctx context.Context, tx store.Reader) (*graph.Entry, error) {
						head, err := tx.Head(ctx)
						if err != nil {
							return nil, err
						}
						n := &graph.Node{ID: head.LastID + 1, Version: 1, Created: 1, Changed: 1,
							Ref: graph.Ref{Class: "server", Scope: "dc1", Name: fmt.Sprint("srv-", head.LastID+1)}}
						e, _ := graph.Seal(graph.Entry{At: time.Unix(1, 0).UTC(), Source: "bench", Changes: []graph.Change{{Node: n}}}, head)
						return &e, nil
					})
					if err != nil {
						b.Error(err)
						return
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
		})
	}
}
