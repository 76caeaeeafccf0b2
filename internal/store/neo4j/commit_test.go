package neo4j_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	driver "github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/neo4jtest"
	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/internal/store/neo4j"
)

func opened(t testing.TB, address string) *neo4j.Store {
	t.Helper()
	st, err := neo4j.Open(context.Background(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	return st
}

// connected is a driver of one's own, as a script has it.
func connected(t testing.TB, address string) driver.DriverWithContext {
	t.Helper()
	d, err := neo4jtest.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close(context.Background()) })
	return d
}

// BenchmarkCommit is one new CI a commit, from one caller and from several.
func BenchmarkCommit(b *testing.B) {
	for _, callers := range []int{1, 8, 32} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			var databases neo4jtest.Databases
			st := opened(b, databases.Empty(b))
			var left atomic.Int64
			left.Store(int64(b.N))
			b.ResetTimer()
			var wg sync.WaitGroup
			for range callers {
				wg.Go(func() {
					for left.Add(-1) >= 0 {
						_, err := st.Commit(context.Background(), func(ctx context.Context, tx store.Reader) (store.Outcome, error) {
							head, err := tx.Head(ctx)
							if err != nil {
								return store.Outcome{}, err
							}
							n := &graph.Node{ID: head.LastID + 1, Version: 1, Created: 1, Changed: 1,
								Ref: graph.Ref{Class: "server", Scope: "dc1", Name: fmt.Sprint("srv-", head.LastID+1)}}
							e, _ := graph.Seal(graph.Entry{At: time.Unix(1, 0).UTC(), Source: "bench", Changes: []graph.Change{{Node: n}}}, head)
							return store.Write(&e), nil
						})
						if err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
		})
	}
}
