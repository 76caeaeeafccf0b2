package neo4j_test

import (
	"context"
	"fmt"
	"net/url"
	"slices"
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
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	d, err := driver.NewDriverWithContext("bolt://"+u.Host, driver.BasicAuth(u.User.Username(), password, ""))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close(context.Background()) })
	return d
}

// together is how many entries one transaction takes.
const together = 4

func write(t testing.TB, st store.Store, entries ...*graph.Entry) {
	t.Helper()
	for some := range slices.Chunk(entries, together) { // as an import does
		if _, err := st.Commit(context.Background(), func(context.Context, store.Reader) (store.Outcome, error) { return store.Write(some...), nil }); err != nil {
			t.Fatal(err)
		}
	}
}

// raw writes what bulkEntries hold as a script would: the properties that people
// read, without records, revisions or rules.
func raw(b *testing.B, d driver.DriverWithContext, entries []*graph.Entry) {
	ctx := context.Background()
	session := d.NewSession(ctx, driver.SessionConfig{})
	defer func() { _ = session.Close(ctx) }()
	do := func(q string, p map[string]any) []any {
		res, err := session.Run(ctx, q, p)
		if err != nil {
			b.Fatal(err)
		}
		rec, err := res.Single(ctx)
		if err != nil {
			b.Fatal(err)
		}
		return rec.Values
	}
	for _, e := range entries {
		var nodes, relations []any
		var ends []int64
		for _, c := range e.Changes {
			if n := c.Node; n != nil {
				nodes = append(nodes, []any{int64(n.ID), n.Ref.String(), n.Ref.Class, n.Ref.Scope, n.Ref.Name, "LIVE", "production", "one of many"})
				continue
			}
			ends = append(ends, int64(c.Relation.From), int64(c.Relation.To))
		}
		if len(nodes) > 0 {
			do(`UNWIND $rows AS r CREATE (n:Node:CI:Server {id: r[0], ref: r[1], class: r[2], scope: r[3], name: r[4], lifecycle: r[5], environment: r[6], description: r[7]}) RETURN count(n)`, map[string]any{"rows": nodes})
		}
		if len(ends) == 0 {
			continue
		}
		slices.Sort(ends)
		v := do(`UNWIND $ids AS i MATCH (n:Node {id: i}) USING INDEX n:Node(id) RETURN collect(i), collect(id(n))`, map[string]any{"ids": slices.Compact(ends)})
		at := map[graph.ID]any{}
		for i, id := range v[0].([]any) {
			at[graph.ID(id.(int64))] = v[1].([]any)[i]
		}
		for _, c := range e.Changes {
			if x := c.Relation; x != nil {
				relations = append(relations, []any{at[x.From], at[x.To], x.Type, "HARD", x.Qualifier})
			}
		}
		do(`UNWIND $rows AS r MATCH (a) WHERE id(a) = r[0] MATCH (b) WHERE id(b) = r[1] CREATE (a)-[x:$(r[2]) {transfer: r[3], qualifier: r[4]}]->(b) RETURN count(x)`, map[string]any{"rows": relations})
	}
}

// BenchmarkBulk is the bare rate of the store, against which an import is
// measured, and how it compares with raw statements for the same graph, in turns.
// Of 20,000 nodes and 100,000 relations.
func BenchmarkBulk(b *testing.B) {
	var databases neo4jtest.Databases
	entries, n := bulkEntries(20_000)
	address := databases.Empty(b)
	d := connected(b, address)
	var took [2]time.Duration
	for b.Loop() {
		for which := range took {
			if err := neo4jtest.Wipe(context.Background(), address); err != nil {
				b.Fatal(err)
			}
			st := opened(b, address)
			start := time.Now()
			if which == 0 {
				write(b, st, entries...)
			} else {
				raw(b, d, entries)
			}
			took[which] += time.Since(start)
		}
	}
	rate := func(which int) float64 { return float64(n) * float64(b.N) / took[which].Seconds() }
	b.ReportMetric(rate(0), "records/s")
	b.ReportMetric(rate(1), "raw-records/s")
	b.ReportMetric(rate(0)/rate(1), "of-raw")
}

// drain reads the topology alone, the fastest way that was found: pages by
// Neo4j's own ids, columns collected, two sessions.
func drain(b *testing.B, d driver.DriverWithContext) {
	ctx := context.Background()
	do := func(q string, p map[string]any) []any {
		session := d.NewSession(ctx, driver.SessionConfig{})
		defer func() { _ = session.Close(ctx) }()
		res, err := session.Run(ctx, q, p)
		if err != nil {
			b.Error(err)
			return nil
		}
		rec, err := res.Single(ctx)
		if err != nil {
			b.Error(err)
			return nil
		}
		return rec.Values
	}
	const page = 20_000
	for what, q := range map[string]string{
		`MATCH (n:Node) RETURN max(id(n))`:   `UNWIND range($lo, $hi) AS i MATCH (n:Node) WHERE id(n) = i RETURN collect(i), collect(n.ref), collect(n.class)`,
		`MATCH ()-[x]->() RETURN max(id(x))`: `UNWIND range($lo, $hi) AS i MATCH (a)-[x]->(b) WHERE id(x) = i RETURN collect(id(a)), collect(id(b)), collect(type(x))`,
	} {
		last := do(what, nil)[0].(int64)
		turn := make(chan struct{}, 2)
		var wg sync.WaitGroup
		for lo := int64(0); lo <= last; lo += page {
			turn <- struct{}{}
			wg.Go(func() {
				do(q, map[string]any{"lo": lo, "hi": min(lo+page-1, last)})
				<-turn
			})
		}
		wg.Wait()
	}
}

// BenchmarkStream is a cold start's part in the store, and how it compares with a
// raw drain of the topology, in turns.
func BenchmarkStream(b *testing.B) {
	var databases neo4jtest.Databases
	entries, n := bulkEntries(20_000)
	address := databases.Empty(b)
	st := opened(b, address)
	d := connected(b, address)
	write(b, st, entries...)
	var took [2]time.Duration
	for b.Loop() {
		start := time.Now()
		if _, err := st.Stream(context.Background(), func(graph.Change) error { return nil }); err != nil {
			b.Fatal(err)
		}
		took[0] += time.Since(start)
		start = time.Now()
		drain(b, d)
		took[1] += time.Since(start)
	}
	rate := func(which int) float64 { return float64(n) * float64(b.N) / took[which].Seconds() }
	b.ReportMetric(rate(0), "records/s")
	b.ReportMetric(rate(1), "raw-records/s")
	b.ReportMetric(rate(0)/rate(1), "of-raw")
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
