package neo4j_test

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	driver "github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/neo4jtest"
	"github.com/faultline-itsm/faultline/internal/store"
)

// put writes changes as the next entry.
func put(t testing.TB, st store.Store, changes ...graph.Change) graph.Head {
	t.Helper()
	h, err := st.Commit(context.Background(), func(ctx context.Context, tx store.Reader) (store.Outcome, error) {
		head, err := tx.Head(ctx)
		if err != nil {
			return store.Outcome{}, err
		}
		e, _ := graph.Seal(graph.Entry{At: time.Date(2026, 3, 1, 12, 0, int(head.Revision), 0, time.UTC), Actor: "ada", Source: "test",
			Message: "a test", Changes: changes}, head)
		return store.Write(&e), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func node(id graph.ID, class, name string, attributes map[string]graph.Value) *graph.Node {
	return &graph.Node{ID: id, Ref: graph.Ref{Class: class, Scope: graph.DefaultScope, Name: name}, Version: 1, Created: 1, Changed: 1,
		Claims: []graph.Claim{{Source: "test", Attributes: attributes}}}
}

func clean(t testing.TB, st store.Reader) {
	t.Helper()
	report, err := store.Check(context.Background(), st)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Broken {
		t.Errorf("Check: %s", f)
	}
}

func TestAnEstateReadsNativelyInCypher(t *testing.T) {
	var databases neo4jtest.Databases
	address := databases.Empty(t)
	st := opened(t, address)
	grace := 90 * time.Minute
	app, vm := node(1, "application", "shop", map[string]graph.Value{"owner": graph.StringValue("team-shop")}), node(2, "virtual_machine", "vm-1", nil)
	app.Keys = []graph.Key{{Source: "netbox", Value: "17"}}
	put(t, st, graph.Change{Node: app}, graph.Change{Node: vm},
		graph.Change{Requirement: &graph.Requirement{RequirementKey: graph.RequirementKey{Consumer: 1, Name: "hosts"}, Rule: graph.AtLeast, K: 1, DesignedSize: 2, Version: 1}},
		graph.Change{Relation: &graph.Relation{RelationKey: graph.RelationKey{From: 1, Type: "RUNS_ON", To: 2, Requirement: "hosts"}, Version: 1,
			Claims: []graph.RelationClaim{{Source: "test", RelationProps: graph.RelationProps{Grace: grace}}}}})
	for q, want := range map[string][]any{
		`MATCH (a:CI:Application)-[r:RUNS_ON]->(v:CI:VirtualMachine) RETURN a.ref, r.transfer, r.requirement, v.name`: {"application:shop", "HARD", "hosts", "vm-1"},
		`MATCH (a:Application {owner: 'team-shop'}) RETURN a.id, a.lifecycle, a.scope, a.class, a.keys`:               {int64(1), "LIVE", "default", "application", []any{"netbox=17"}},
		`MATCH ()-[r:RUNS_ON]->() RETURN r.grace`:                                                                     {driver.DurationOf(0, 0, 5400, 0)},
		`MATCH (a:CI)-[:HAS_REQUIREMENT]->(q:Requirement) RETURN a.name, q.name, q.rule, q.needed, q.size, q.spare`:   {"shop", "hosts", "AT_LEAST", int64(1), int64(2), int64(1)},
		`MATCH (r:Revision {number: 1}) RETURN r.actor, r.source, r.message, r.changes`:                               {"ada", "test", "a test", int64(4)},
		`MATCH (l:Ledger) RETURN l.revision`:                                                                          {int64(1)},
	} {
		if rows := run(t, address, q); len(rows) != 1 || !reflect.DeepEqual(rows[0], want) {
			t.Errorf("%s\n gives %v,\n want  %v", q, rows, want)
		}
	}
	gone := *vm
	gone.Retired, gone.Version = true, 2
	put(t, st, graph.Change{NodeWas: vm, Node: &gone})
	for q, want := range map[string][]any{
		`MATCH (n:VirtualMachine) RETURN count(n)`:                                           {int64(0)},
		`MATCH (:Application)-[:RUNS_ON]->(n:RetiredCI) RETURN n.retiredRef, n.ref, n.class`: {"virtual_machine:vm-1", nil, "virtual_machine"},
	} {
		if rows := run(t, address, q); len(rows) != 1 || !reflect.DeepEqual(rows[0], want) {
			t.Errorf("%s\n gives %v,\n want  %v", q, rows, want)
		}
	}
	clean(t, st)
}

// Whatever a name is, it is a value.
func TestNamesThatAreCypherAreNames(t *testing.T) {
	var databases neo4jtest.Databases
	address := databases.Empty(t)
	st := opened(t, address)
	evil := []string{"`) DETACH DELETE n //", "x'}) MATCH (m) DETACH DELETE m //", `"; DROP CONSTRAINT faultline_ci_ref //`, "$rows", "\\u0060", "{{ n }}"}
	id := graph.ID(0)
	var changes []graph.Change
	for _, name := range evil {
		id++
		n := node(id, "server", name, map[string]graph.Value{"description": graph.StringValue(name)})
		n.Keys, n.Aliases = []graph.Key{{Source: name, Value: name}}, []graph.Ref{{Class: "server", Scope: name, Name: name}}
		changes = append(changes, graph.Change{Node: n})
	}
	for i, name := range evil {
		from, to := graph.ID(i+1), graph.ID((i+1)%len(evil)+1)
		changes = append(changes, graph.Change{Relation: &graph.Relation{RelationKey: graph.RelationKey{From: from, Type: "DEPENDS_ON", To: to, Requirement: name, Qualifier: name},
			Version: 1, Claims: []graph.RelationClaim{{Source: name}}}},
			graph.Change{Requirement: &graph.Requirement{RequirementKey: graph.RequirementKey{Consumer: from, Name: name}, Version: 1}})
	}
	put(t, st, changes...)
	clean(t, st)
	for i, name := range evil {
		page, err := st.Find(context.Background(), store.Query{First: 10, Filter: &store.Filter{Test: &store.Test{Field: store.Name, Values: []graph.Value{graph.StringValue(name)}}}})
		if err != nil || len(page.Nodes) != 1 || page.Nodes[0].ID != graph.ID(i+1) {
			t.Errorf("%q finds %d nodes, %v", name, len(page.Nodes), err)
		}
	}
	if rows := run(t, address, `MATCH (n:CI) RETURN count(n)`); rows[0][0] != int64(len(evil)) {
		t.Errorf("%v nodes are there", rows[0][0])
	}
}

func TestEveryKindOfValueReadsNatively(t *testing.T) {
	var databases neo4jtest.Databases
	address := databases.Empty(t)
	st := opened(t, address)
	noon := time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)
	put(t, st, graph.Change{Node: node(1, "server", "s", map[string]graph.Value{
		"a_text": graph.StringValue("🧯 e\u0301 \U0010FFFF a\x00b"), "an_int": graph.IntValue(math.MaxInt64), "least": graph.IntValue(math.MinInt64), "a_float": graph.FloatValue(math.Inf(-1)),
		"a_bool": graph.BoolValue(true), "a_time": graph.TimeValue(noon), "a_span": graph.DurationValue(-1500 * time.Millisecond), "shortest": graph.DurationValue(math.MinInt64),
		"large": graph.StringValue(strings.Repeat("é", 1<<19)), "texts": graph.ListValue(graph.StringValue("b"), graph.StringValue("a")), "none": graph.ListValue(),
		"mixed": graph.ListValue(graph.StringValue("b"), graph.IntValue(1)), "bad": graph.StringValue("a\xffb"), "name": graph.StringValue("not the name")})})
	rows := run(t, address, `MATCH (n:Server) RETURN n.a_text, n.an_int, n.least, n.a_float, n.a_bool, n.a_span, n.shortest, size(n.large), n.texts, n.none, n.mixed, n.bad, n.name, n.a_time`)
	want := []any{"🧯 e\u0301 \U0010FFFF a\x00b", int64(math.MaxInt64), int64(math.MinInt64), math.Inf(-1), true, driver.DurationOf(0, 0, -2, 500_000_000),
		driver.DurationOf(0, 0, -9223372037, 145224192), int64(1 << 19), []any{"b", "a"}, []any{}, []any{"b", "1"}, "a\uFFFDb", "s"}
	for i, w := range want {
		if !reflect.DeepEqual(rows[0][i], w) {
			t.Errorf("value %d is %v, want %v", i, rows[0][i], w)
		}
	}
	if at, ok := rows[0][len(want)].(time.Time); !ok || !at.Equal(noon) {
		t.Errorf("the time is %v", rows[0][len(want)])
	}
	clean(t, st)
}

// The test of Eq on an attribute is given to Neo4j, whose idea of equality must
// leave nothing out that ours finds.
func TestNothingIsLostWhereNeo4jJudgesAnAttribute(t *testing.T) {
	var databases neo4jtest.Databases
	st := opened(t, databases.Empty(t))
	values := []graph.Value{graph.StringValue("x"), graph.StringValue(""), graph.StringValue("a\xffb"), graph.StringValue("é"), graph.StringValue("e\u0301"), graph.StringValue("a\x00")}
	var changes []graph.Change
	for i, v := range values {
		changes = append(changes, graph.Change{Node: node(graph.ID(i+1), "server", fmt.Sprint("s", i), map[string]graph.Value{"environment": v})})
	}
	put(t, st, changes...)
	for i, v := range values {
		page, err := st.Find(context.Background(), store.Query{First: 10, Count: true, Filter: &store.Filter{Test: &store.Test{Field: store.Attribute, Attribute: "environment", Values: []graph.Value{v}}}})
		if err != nil || len(page.Nodes) != 1 || page.Total != 1 || page.Nodes[0].ID != graph.ID(i+1) {
			t.Errorf("%q finds %d nodes, %v", v, len(page.Nodes), err)
		}
	}
}
