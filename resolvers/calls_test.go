package resolvers_test

import (
	"bytes"
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/resolvers"
)

// counted counts the calls that read.
type counted struct {
	store.Store
	calls atomic.Int64
}

func (c *counted) Records(ctx context.Context, w graph.Wants) (graph.Records, error) {
	c.calls.Add(1)
	return c.Store.Records(ctx, w)
}

func (c *counted) Find(ctx context.Context, q store.Query) (store.Page, error) {
	c.calls.Add(1)
	return c.Store.Find(ctx, q)
}

func (c *counted) Entries(ctx context.Context, after graph.Revision, limit int) ([]graph.Entry, error) {
	c.calls.Add(1)
	return c.Store.Entries(ctx, after, limit)
}

// rows makes n services, each of one application on a server of its own, in one
// rack.
func rows(t testing.TB, b bench, n int) {
	t.Helper()
	var cis, relations []any
	ref := func(s string) map[string]any { return map[string]any{"ref": s} }
	cis = append(cis, map[string]any{"ci": ref("rack:r1")})
	for i := range n {
		app, server, service := fmt.Sprintf("application:a%04d", i), fmt.Sprintf("server:s%04d", i), fmt.Sprintf("business_service:b%04d", i)
		cis = append(cis, map[string]any{"ci": ref(app), "attributes": map[string]any{"environment": "production"}}, map[string]any{"ci": ref(server)}, map[string]any{"ci": ref(service)})
		relations = append(relations,
			map[string]any{"from": ref(app), "type": "RUNS_ON", "to": ref(server)},
			map[string]any{"from": ref(service), "type": "DEPENDS_ON", "to": ref(app)},
			map[string]any{"from": ref(server), "type": "DEPENDS_ON", "to": ref("rack:r1")})
	}
	for ; len(cis) > 0; cis = cis[min(1000, len(cis)):] {
		ok(t, b.ask(t, `mutation($i: [UpsertCIItem!]!) { upsertCIs(input: {items: $i}) { errors { message } } }`, map[string]any{"i": cis[:min(1000, len(cis))]}))
	}
	for ; len(relations) > 0; relations = relations[min(1000, len(relations)):] {
		ok(t, b.ask(t, `mutation($i: [UpsertRelationItem!]!) { upsertRelations(input: {items: $i}) { errors { message } } }`, map[string]any{"i": relations[:min(1000, len(relations))]}))
	}
}

func ok(t testing.TB, answer []byte) {
	t.Helper()
	if bytes.Contains(answer, []byte(`"message"`)) {
		t.Fatalf("refused: %.2000s", answer)
	}
}

func TestStoreCallsDoNotDependOnTheNumberOfRows(t *testing.T) {
	queries := map[string]struct {
		query string
		most  int64
	}{
		"cis": {`{ cis(filter: {isA: ["application"]}, first: 1000, orderBy: [{field: REF}]) { totalCount nodes { ref version attributes { name value }
			relations(direction: PROVIDERS) { edges { type since source properties { transfer } node { ref changedIn requirements { name }
				relations(direction: PROVIDERS, first: 1) { edges { version node { ref aliases } } } } } } } } }`, 4},
		"cis by snapshot": {`{ cis(first: 1000) { nodes { ref class relations(direction: PROVIDERS) { nodes { ref lifecycle } } } } }`, 1},
		"impact":          {`{ impact(scenario: {effects: [{ci: {ref: "rack:r1"}}]}) { impacted(first: 1000) { nodes { ci { ref version } because } } } }`, 1},
		"services":        {`{ impact(scenario: {effects: [{ci: {ref: "rack:r1"}}]}) { services(first: 1000) { nodes { ci { ref } businessCriticality } } } }`, 1},
		"why":             {`{ impact(scenario: {effects: [{ci: {ref: "rack:r1"}}]}) { why(ci: {ref: "application:a0001"}) { rises { ci { ref version } } } } }`, 1},
		"reach":           {`{ reach(ci: {ref: "rack:r1"}, first: 1000) { nodes { ref createdIn relations(direction: CONSUMERS) { edges { since } } } } }`, 1},
		"search":          {`{ search(text: "a0", first: 1000) { nodes { ref node { ... on ConfigurationItem { version } } } } }`, 1},
		"revisions":       {`{ revisions(first: 100) { nodes { revision changes(first: 1000) { subject ci { ref version } } } } }`, 2},
	}
	calls := map[string][]int64{}
	for _, n := range []int{10, 1000} {
		c := &counted{}
		b := open(t, func(st store.Store) store.Store { c.Store = st; return c }, func(c *resolvers.Config) { c.Limits.Cost = 1 << 30 })
		rows(t, b, n)
		for name, q := range queries {
			before := c.calls.Load()
			ok(t, b.ask(t, q.query, nil))
			calls[name] = append(calls[name], c.calls.Load()-before)
		}
	}
	for name, n := range calls {
		if n[0] != n[1] || n[1] > queries[name].most {
			t.Errorf("%s: %d store calls for 10 rows, %d for 1,000; at most %d are expected", name, n[0], n[1], queries[name].most)
		}
	}
}
