package graph_test

import (
	"testing"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/graph/graphtest"
)

func TestRulesOfNames(t *testing.T) {
	ref := func(s string) graph.Ref { return at(s).Ref }
	check(t, []rule{
		{name: "a rename keeps the id, and the old ref stays an alias", do: []op{rename("server:web", "www")}, want: "UPDATED = 1",
			holds: func(w world) {
				n := w.node("server:www")
				w.equal("its record", []any{n.ID, n.Version, n.Aliases}, []any{graph.ID(1), int64(2), []graph.Ref{ref("server:web")}})
				w.equal("who is found by the old ref", w.id("server:web"), graph.ID(1))
			}},
		{name: "another scope", do: []op{graph.Rename{Node: at("server:web"), Scope: "dc1"}}, want: "UPDATED",
			holds: func(w world) { w.equal("its ref", w.Snapshot.Ref(1), ref("server:dc1/web")) }},
		{name: "to the name that it has", do: []op{rename("server:web", "web")}, want: "UNCHANGED = 0"},
		{name: "an upsert of the old ref reaches the CI", given: []op{rename("server:web", "www")}, do: []op{put("server:web", "os", "BSD"), relate("application:shop RUNS_ON server:web")}, want: "UPDATED UNCHANGED",
			holds: func(w world) { w.equal("os", w.value("server:www", "os"), "BSD") }},
		{name: "in the batch of the rename, too", do: []op{rename("server:web", "www"), put("server:web", "os", "BSD"), put("server:www", "memory", 1)}, want: "UPDATED UPDATED UPDATED = 1"},
		{name: "there and back leaves one alias", given: []op{rename("server:web", "www")}, do: []op{rename("server:www", "web")}, want: "UPDATED",
			holds: func(w world) { w.equal("aliases", w.node("server:web").Aliases, []graph.Ref{ref("server:www")}) }},
		{name: "aliases are oldest first", given: []op{rename("server:web", "b"), rename("server:b", "c"), rename("server:c", "web")}, do: []op{rename("server:web", "d")}, want: "UPDATED",
			holds: func(w world) {
				w.equal("aliases", w.node("server:d").Aliases, []graph.Ref{ref("server:b"), ref("server:c"), ref("server:web")})
			}},
		{name: "two swap their names", do: []op{rename("server:web", "tmp"), rename("server:db", "web"), rename("server:tmp", "db")}, want: "UPDATED UPDATED UPDATED = 2",
			holds: func(w world) {
				w.equal("web and db", []graph.ID{w.id("server:web"), w.id("server:db")}, []graph.ID{2, 1})
			}},
		{name: "a former ref may be taken", given: []op{rename("server:web", "www")}, do: []op{rename("server:db", "web")}, want: "UPDATED", holds: func(w world) { w.equal("who is web", w.id("server:web"), graph.ID(2)) }},
		{name: "a name that somebody has", do: []op{rename("server:web", "db")}, want: "DUPLICATE_KEY 0 name: server:db already exists"},
		{name: "a name that somebody has since this batch", do: []op{put("server:new"), rename("server:web", "new")}, want: "DUPLICATE_KEY 1 name: server:new already exists"},
		{name: "a name that is none", do: []op{rename("server:web", "a\nb")}, want: "INVALID 0 name: control character"},
		{name: "a scope that is none", do: []op{graph.Rename{Node: at("server:web"), Scope: "a/b"}}, want: "INVALID 0 scope: contains a '/'"},
		{name: "another version", do: []op{graph.Rename{Node: at("server:web"), Name: "www", ExpectedVersion: version(9)}}, want: "VERSION_CONFLICT 0 expectedVersion: it is at 1"},
		{name: "nobody", do: []op{rename("server:nobody", "x")}, want: "NOT_FOUND 0 ci: server:nobody"},
		{name: "the retired keep their names", given: []op{retire("server:web")}, do: []op{rename("#1", "www")}, want: "BLOCKED 0 ci: restore it first"},
	})
}

func TestRulesOfRetiring(t *testing.T) {
	check(t, []rule{
		{name: "relations stay, and who depends on it is told", do: []op{retire("server:web")}, want: "UPDATED = 1",
			holds: func(w world) {
				w.equal("version", w.node("server:web").Version, int64(2))
				w.equal("providers of the shop", len(w.Snapshot.Links(w.id("application:shop"), graph.Providers)), 1)
			}},
		{name: "twice", given: []op{retire("server:web")}, do: []op{retire("server:web"), retire("#1")}, want: "UNCHANGED UNCHANGED = 0"},
		{name: "an upsert of a retired ref", given: []op{retire("server:web")}, do: []op{put("server:web")}, want: "BLOCKED 0 ci: restore it first"},
		{name: "also as a stub", given: []op{retire("server:web")}, do: []op{graph.PutNode{Node: at("server:web"), Stub: true}}, want: "BLOCKED 0 ci: restore it first"},
		{name: "also in the batch that retires", do: []op{retire("server:web"), put("server:web")}, want: "BLOCKED 1 ci: restore it first"},
		{name: "no claims, keys and pins of the retired", given: []op{retire("server:web")}, do: []op{graph.ClaimAttributes{Node: at("server:web")}}, want: "BLOCKED 0 ci: is retired"},
		{name: "no withdrawal from the retired", given: []op{retire("server:web")}, do: []op{graph.WithdrawClaim{Node: at("server:web")}}, want: "BLOCKED 0 ci: is retired"},
		{name: "no key", given: []op{retire("server:web")}, do: []op{graph.PutKey{Node: at("server:web"), Key: at("a=b").Key}}, want: "BLOCKED 0 ci: is retired"},
		{name: "no pin", given: []op{retire("server:web")}, do: []op{graph.SetPin{Node: at("server:web"), Pin: graph.Pin{Author: "ada"}}}, want: "BLOCKED 0 ci: is retired"},
		{name: "no requirement", given: []op{retire("server:web")}, do: []op{graph.PutRequirement{Of: at("server:web"), Name: "x"}}, want: "BLOCKED 0 of: is retired"},
		{name: "a retired ref may be taken by a rename", given: []op{retire("server:web")}, do: []op{rename("server:db", "web")}, want: "UPDATED",
			holds: func(w world) { w.equal("who is web", w.id("server:web"), graph.ID(2)) }},
		{name: "in the same batch, too", do: []op{retire("server:web"), rename("server:db", "web"), put("server:web", "memory", 1)}, want: "UPDATED UPDATED UPDATED = 2"},
		{name: "another version", do: []op{graph.Retire{Node: at("server:web"), ExpectedVersion: version(2)}}, want: "VERSION_CONFLICT 0 expectedVersion: it is at 1"},
		{name: "nobody", do: []op{retire("server:nobody")}, want: "NOT_FOUND 0 ci: server:nobody"},

		{name: "restoring undoes it", given: []op{retire("server:web")}, do: []op{restore("server:web"), put("server:web")}, want: "UPDATED UNCHANGED = 1",
			holds: func(w world) {
				w.equal("retired", w.Snapshot.Retired(1), false)
				w.equal("version", w.node("server:web").Version, int64(3))
			}},
		{name: "the living are not restored", do: []op{restore("server:web")}, want: "UNCHANGED = 0"},
		{name: "under a taken ref", given: []op{retire("server:web"), rename("server:db", "web")}, do: []op{restore("#1")}, want: "DUPLICATE_KEY 0 ci: server:web already exists"},
		{name: "under a ref that this batch takes", given: []op{retire("server:web")}, do: []op{rename("server:db", "web"), restore("#1")}, want: "DUPLICATE_KEY 1 ci: server:web already exists"},
		{name: "under a ref that this batch gives up", given: []op{retire("server:web"), rename("server:db", "web")}, do: []op{rename("server:web", "db"), restore("#1")}, want: "UPDATED UPDATED"},
		{name: "with a key that another one has by now", given: []op{graph.PutKey{Node: at("server:web"), Key: at("netbox=1").Key}, retire("server:web"), graph.PutKey{Node: at("server:db"), Key: at("netbox=1").Key}},
			do: []op{restore("server:web")}, want: "DUPLICATE_KEY 0 ci: the key 1 of netbox now belongs to server:db"},
		{name: "with a key that another one gets in this batch", given: []op{graph.PutKey{Node: at("server:web"), Key: at("netbox=1").Key}, retire("server:web")},
			do: []op{graph.PutKey{Node: at("server:db"), Key: at("netbox=1").Key}, restore("server:web")}, want: "DUPLICATE_KEY 1 ci: the key 1 of netbox now belongs to server:db"},

		{name: "the living are not purged", do: []op{purge("server:web")}, want: "BLOCKED 0 ci: retire it first"},
		{name: "with the node go its relations", given: []op{retire("server:web")}, do: []op{purge("server:web")}, want: "REMOVED = 2",
			holds: func(w world) {
				w.equal("there", w.Snapshot.Has(1), false)
				w.equal("relations", w.Snapshot.RelationCount(), 0)
			}},
		{name: "and its requirements and their members", given: []op{graph.PutRequirement{Of: at("application:shop"), Name: "db"}, relate("application:shop DEPENDS_ON database:orders in db"), retire("application:shop")},
			do: []op{purge("application:shop")}, want: "REMOVED = 4"},
		{name: "what came and went within a batch is not written", do: []op{put("server:new"), relate("application:shop RUNS_ON server:new"), retire("server:new"), purge("server:new")}, want: "CREATED CREATED UPDATED REMOVED = 0"},
		{name: "its name is free", given: []op{retire("server:web")}, do: []op{purge("server:web"), put("server:web")}, want: "REMOVED CREATED",
			holds: func(w world) { w.equal("the new one", w.id("server:web"), graph.ID(8)) }},
		{name: "renamed, retired and purged by the new name in one batch", do: []op{rename("server:web", "www"), retire("server:www"), purge("server:www")}, want: "UPDATED UPDATED REMOVED = 2"},
		{name: "nobody", do: []op{purge("server:nobody")}, want: "NOT_FOUND 0 ci: server:nobody"},
	})
}

// The advisory counts who sees the CI DOWN: living CIs over relations that pass
// something on, each once.
func TestRetiringSaysWhoIsHit(t *testing.T) {
	t.Parallel()
	w := world{t, graphtest.NewMemory()}
	w.commit(graph.Batch{Ops: append(estate(), put("team:ops"), put("document:plan"), put("server:gone"),
		relate("server:web DOCUMENTED_BY document:plan"), relate("server:web OWNED_BY team:ops"), relate("server:db MANAGED_BY team:ops"),
		relate("application:shop DEPENDS_ON server:web"), relate("database:orders RUNS_ON server:web"), relate("server:gone DEPENDS_ON server:web"), retire("server:gone"))})
	for node, want := range map[string]string{
		"application:shop": "",
		"document:plan":    "",
		"team:ops":         "a living CI depends on it and now sees it DOWN",
		"server:web":       "2 living CIs depend on it and now see it DOWN",
	} {
		plan, err := w.Plan(graph.Batch{Ops: []op{retire(node)}})
		if err != nil || plan.Effects[0].Note != want {
			t.Errorf("retiring %s says %q, want %q (%v)", node, plan.Effects[0].Note, want, err)
		}
	}
}
