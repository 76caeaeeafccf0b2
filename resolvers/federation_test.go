package resolvers_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/guard"
	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/resolvers"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

const entities = `query($r: [_Any!]!) { _entities(representations: $r) { ... on ConfigurationItem { ref version
	relations(direction: PROVIDERS, first: 2) { edges { since node { ref changedIn } } } } } }`

// representations are of the first n CIs.
func representations(n int) map[string]any {
	out := make([]any, n)
	for i := range out {
		out[i] = map[string]any{"__typename": "ConfigurationItem", "id": view.EncodeID(graph.ID(i + 1))}
	}
	return map[string]any{"r": out}
}

func TestEntitiesAreFetchedTogether(t *testing.T) {
	c := &counted{}
	b := open(t, func(st store.Store) store.Store { c.Store = st; return c }, func(c *resolvers.Config) { c.Limits.Cost = 1 << 30 })
	rows(t, b, 400)
	for _, n := range []int{1, 1000} {
		before := c.calls.Load()
		answer := b.ask(t, entities, representations(n))
		ok(t, answer)
		if calls := c.calls.Load() - before; calls > 2 {
			t.Errorf("%d entities took %d store calls, at most 2 are expected: one a level", n, calls)
		}
		if got := strings.Count(string(answer), `"version"`); got != n {
			t.Errorf("%d of %d entities were answered", got, n)
		}
	}
}

func TestRepresentationsMultiplyTheCostAndAreBounded(t *testing.T) {
	b := open(t, nil)
	const one = 1 + 1 + 2*(1+1) // itself, its relations, twice an edge and its node
	for _, n := range []int{1, 100} {
		resp := b.Execute(context.Background(), resolvers.Request{Query: entities, Variables: representations(n), Cost: true})
		if cost := resp.Extensions["cost"].(guard.Cost); cost.Requested != n*one {
			t.Errorf("%d representations cost %d, not %d", n, cost.Requested, n*one)
		}
	}
	if answer := string(b.ask(t, entities, representations(1000))); strings.Contains(answer, `"code": "LIMIT_EXCEEDED"`) {
		t.Errorf("the most that is allowed is refused: %.400s", answer)
	}
	answer := string(b.ask(t, `query($r: [_Any!]!) { _entities(representations: $r) { __typename } }`, representations(1001)))
	if !strings.Contains(answer, `"code": "LIMIT_EXCEEDED"`) || strings.Contains(answer, "__typename") {
		t.Errorf("1,001 representations are not refused: %.400s", answer)
	}
}

func TestAGatewayReadsTheSchemaThatIsServed(t *testing.T) {
	var answer struct {
		Data struct {
			Service struct{ SDL string } `json:"_service"`
		}
	}
	must(t, json.Unmarshal(open(t, nil).ask(t, `{ _service { sdl } }`, nil), &answer))
	if answer.Data.Service.SDL != resolvers.SDL() {
		t.Errorf("another schema is served to gateways: %.200s", answer.Data.Service.SDL)
	}
}
