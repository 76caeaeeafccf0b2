package neo4j_test

import (
	"context"
	"strings"
	"testing"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/neo4jtest"
	"github.com/faultline-itsm/faultline/internal/store"
)

// Writing behind the service's back is not supported, but it is found, and said
// where.
func TestHandEditsAreFoundAndNamed(t *testing.T) {
	var databases neo4jtest.Databases
	address := databases.Empty(t)
	for _, c := range []struct{ edit, says string }{
		{`MATCH (n:CI {name: 'web-1'}) SET n.environment = 'test'`, `server:web-1: its property environment in Neo4j is "test", its record says "production"`},
		{`MATCH (n:CI {name: 'web-1'}) REMOVE n.environment`, `server:web-1: its property environment in Neo4j is absent`},
		{`MATCH (n:CI {name: 'web-1'}) SET n.note = 'hello'`, `server:web-1: its property note in Neo4j is "hello", its record says absent`},
		{`MATCH (n:CI {name: 'web-1'}) SET n.name = 'web-9'`, `server:web-1: its property name in Neo4j is "web-9"`},
		{`MATCH (n:CI {name: 'web-1'}) SET n.id = 77`, `server:web-1: a node with the labels`},
		{`MATCH (n:CI {name: 'web-1'}) SET n:Important`, `server:web-1: its labels in Neo4j are`},
		{`MATCH (n:CI {name: 'web-1'}) REMOVE n:Server`, `server:web-1: its labels in Neo4j are`},
		{`MATCH (n:CI {name: 'web-1'}) REMOVE n._record`, `node 2: it has no record of its own`},
		{`MATCH (n:CI {name: 'web-1'}) MATCH (m:CI {name: 'web-2'}) SET n._record = m._record`, `node 2: it has no record of its own`},
		{`MATCH (n:CI {name: 'web-1'}) SET n._record = 'no record'`, `node 2: it has no record of its own`},
		{`MATCH (n:CI) SET n._record = 'no record'`, `node 3: it has no record of its own`},
		{`MATCH (n:CI {name: 'web-2'}) DETACH DELETE n`, `records: their content hash is not that of the head`},
		{`CREATE (:CI:Server {name: 'mine', ref: 'server:mine'})`, `server:mine: a node with the labels`},
		{`CREATE (:Node:CI:Server {id: 90, name: 'mine', ref: 'server:mine'})`, `server:mine: a node with the labels`},
		{`MATCH (a:CI {name: 'shop'}) MATCH (b:CI {name: 'web-2'}) CREATE (a)-[:USES]->(b)`, `relation 1 -[USES]-> 3: it has no record of its own`},
		{`MATCH (a:CI {name: 'shop'}) CREATE (:Note)-[:ABOUT]->(a)`, `application:shop: a relationship ABOUT comes from a node that is none of ours`},
		{`MATCH (a:CI)-[r:RUNS_ON]->(:CI {name: 'web-1'}) SET r.transfer = 'NONE'`, `relation 1 -[RUNS_ON]-> 2: its property transfer in Neo4j is "NONE", its record says "HARD"`},
		{`MATCH (a:CI)-[r:RUNS_ON]->(:CI {name: 'web-1'}) SET r._record = 'no record'`, `relation 1 -[RUNS_ON]-> 2: it has no record of its own`},
		{`MATCH (a:CI)-[r:RUNS_ON]->(:CI {name: 'web-1'}) DELETE r`, `records: their content hash is not that of the head`},
		{`MATCH (q:Requirement) SET q.needed = 2`, `requirement "hosts" of node 1: its property needed in Neo4j is 2, its record says 1`},
		{`MATCH (q:Requirement) SET q._record = 'no record'`, `requirement hosts of node 1: it has no record`},
		{`MATCH (q:Requirement) DETACH DELETE q`, `records: their content hash is not that of the head`},
		{`MATCH (k:Key) DELETE k`, `keys: of 1 that records name, 0 are there`},
		{`MATCH (f:FormerRef) DELETE f`, `former refs: of 1 that records name, 0 are there`},
		{`MATCH (c:Class {name: 'thing'}) SET c.description = 'no thing'`, `definition of thing: its property description in Neo4j is "no thing"`},
		{`MATCH (c:Class {name: 'thing'}) SET c._record = 'no record'`, `definition of thing: it has no record`},
		{`MATCH (r:Revision {number: 2}) SET r._entry = 'no entry'`, `revision 2: its entry is damaged, and the ledger cannot be followed beyond it`},
		{`MATCH (r:Revision {number: 3}) SET r._entry = 'no entry'`, `revision 3: its entry is damaged: somebody wrote behind the service's back`},
		{`MATCH (r:Revision {number: 2}) SET r.actor = 'eve'`, `revision 2: its property actor in Neo4j is "eve", its record says "ada"`},
		{`MATCH (r:Revision {number: 2}) DELETE r`, `revision 2: is missing from the ledger`},
		{`MATCH (r:Revision {number: 3}) DELETE r`, `revision 3: is the head, but the ledger ends at revision 2`},
		{`MATCH (r:Revision {number: 2}) SET r._hash = null`, `revision 2: `},
	} {
		t.Run(c.edit, func(t *testing.T) {
			if err := neo4jtest.Wipe(context.Background(), address); err != nil {
				t.Fatal(err)
			}
			st := opened(t, address)
			small(t, st)
			clean(t, st)
			run(t, address, c.edit)
			report, err := store.Check(context.Background(), st)
			if err != nil {
				t.Fatal(err)
			}
			var all []string
			for _, f := range report.Broken {
				all = append(all, f.String())
			}
			if text := strings.Join(all, "\n"); !strings.Contains(text, c.says) {
				t.Errorf("Check says\n%s\nbut not\n%s", text, c.says)
			}
		})
	}
}

// small is an estate with one of everything.
func small(t *testing.T, st store.Store) {
	t.Helper()
	app := node(1, "application", "shop", nil)
	app.Aliases = []graph.Ref{{Class: "application", Scope: "default", Name: "store"}}
	web := node(2, "server", "web-1", map[string]graph.Value{"environment": graph.StringValue("production")})
	web.Keys = []graph.Key{{Source: "netbox", Value: "17"}}
	put(t, st, graph.Change{Class: &graph.Class{Name: "thing", Extends: "ci", Description: "a thing", Tier: "compute"}},
		graph.Change{Node: app}, graph.Change{Node: web}, graph.Change{Node: node(3, "server", "web-2", nil)})
	put(t, st, graph.Change{Requirement: &graph.Requirement{RequirementKey: graph.RequirementKey{Consumer: 1, Name: "hosts"}, Rule: graph.AtLeast, K: 1, DesignedSize: 2, Version: 1}})
	put(t, st, graph.Change{Relation: &graph.Relation{RelationKey: graph.RelationKey{From: 1, Type: "RUNS_ON", To: 2, Requirement: "hosts"}, Version: 1,
		Claims: []graph.RelationClaim{{Source: "test"}}}})
}

// A commit on what somebody has removed by hand must not be half there.
func TestACommitOnWhatIsGoneIsRefused(t *testing.T) {
	var databases neo4jtest.Databases
	address := databases.Empty(t)
	st := opened(t, address)
	small(t, st)
	run(t, address, `MATCH (n:CI {name: 'web-2'}) DETACH DELETE n`)
	was := node(3, "server", "web-2", nil)
	is := *was
	is.Version = 2
	for name, c := range map[string]graph.Change{
		"a node changed":       {NodeWas: was, Node: &is},
		"a node removed":       {NodeWas: was},
		"a relation made":      {Relation: &graph.Relation{RelationKey: graph.RelationKey{From: 1, Type: "RUNS_ON", To: 3}, Version: 1, Claims: []graph.RelationClaim{{Source: "test"}}}},
		"a relation withdrawn": {RelationWas: &graph.Relation{RelationKey: graph.RelationKey{From: 1, Type: "RUNS_ON", To: 3}, Version: 1}},
	} {
		_, err := st.Commit(context.Background(), func(ctx context.Context, tx store.Reader) (store.Outcome, error) {
			head, err := tx.Head(ctx)
			if err != nil {
				return store.Outcome{}, err
			}
			e, _ := graph.Seal(graph.Entry{Source: "test", Changes: []graph.Change{c}}, head)
			return store.Write(&e), nil
		})
		if !graph.IsKind(err, graph.Internal) || !strings.Contains(err.Error(), "faultline check") {
			t.Errorf("%s: %v", name, err)
		}
		if h, err := st.Head(context.Background()); err != nil || h.Revision != 3 {
			t.Errorf("%s: the head is at %d, %v", name, h.Revision, err)
		}
	}
}
