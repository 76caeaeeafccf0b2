package graph_test

import (
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

func TestRulesOfNodes(t *testing.T) {
	check(t, []rule{
		{name: "a new ref makes a CI", do: []op{put("server:dc1/new", "os", "Debian")}, want: "CREATED = 1",
			holds: func(w world) {
				n := w.node("server:dc1/new")
				w.equal("its record", []any{n.ID, n.Version, n.Created, n.Changed, n.Claims[0].Source}, []any{graph.ID(8), int64(1), graph.Revision(2), graph.Revision(2), graph.ManualSource})
			}},
		{name: "operations see those before them", do: []op{put("server:new"), put("server:new", "os", "Debian"), relate("application:shop RUNS_ON server:new")}, want: "CREATED UPDATED CREATED = 2"},
		{name: "another value", do: []op{put("server:web", "os", "BSD")}, want: "UPDATED = 1",
			holds: func(w world) { w.equal("the version", w.node("server:web").Version, int64(2)) }},
		{name: "the same value", do: []op{put("server:web", "os", "Debian")}, want: "UNCHANGED = 0"},
		{name: "nothing new is said, an absent attribute is kept", do: []op{put("server:web")}, want: "UNCHANGED = 0",
			holds: func(w world) { w.equal("os", w.value("server:web", "os"), "Debian") }},
		{name: "an explicit null withdraws", do: []op{put("server:web", "os", nil)}, want: "UPDATED = 1",
			holds: func(w world) {
				w.equal("os", w.value("server:web", "os"), "")
				w.equal("the version", w.node("server:web").Version, int64(2))
			}},
		{name: "a null of what was never said", do: []op{put("server:db", "os", nil)}, want: "UNCHANGED = 0"},
		{name: "a null of another's word takes nothing away", by: "scan", given: []op{said("scan", put("server:web", "os", nil))}, do: []op{put("server:web", "os", nil)}, want: "UNCHANGED = 0",
			holds: func(w world) { w.equal("os", w.value("server:web", "os"), "Debian") }},
		{name: "when and by which run it was seen does not count", given: []op{graph.ClaimAttributes{Node: at("server:web"), Evidence: seen(1, "r1", "")}},
			do: []op{graph.ClaimAttributes{Node: at("server:web"), Attributes: attributes([]any{"os", "Debian"}), Evidence: seen(2, "r2", "")}}, want: "UNCHANGED = 0"},
		{name: "who confirms it counts, but is no new value", do: []op{graph.ClaimAttributes{Node: at("server:web"), Evidence: seen(2, "r2", "ada")}}, want: "UPDATED = 1",
			holds: func(w world) {
				n := w.node("server:web")
				w.equal("the version", n.Version, int64(1))
				w.equal("who confirms", n.Claims[0].ConfirmedBy, "ada")
			}},
		{name: "a second source that does not win changes the record, not the version", by: "zabbix", do: []op{put("server:web", "os", "Windows")}, want: "UPDATED = 1",
			holds: func(w world) {
				n := w.node("server:web")
				w.equal("claims", len(n.Claims), 2)
				w.equal("os", w.value("server:web", "os"), "Debian")
				w.equal("the version", n.Version, int64(1))
			}},
		{name: "a second source that wins raises the version", by: "discovery", do: []op{put("server:web", "os", "Windows")}, want: "UPDATED = 1",
			holds: func(w world) {
				w.equal("os", w.value("server:web", "os"), "Windows")
				w.equal("the version", w.node("server:web").Version, int64(2))
			}},
		{name: "a second source that says the same raises nothing", by: "discovery", do: []op{put("server:web", "os", "Debian")}, want: "UPDATED = 1",
			holds: func(w world) { w.equal("the version", w.node("server:web").Version, int64(1)) }},
		{name: "a claim that is withdrawn leaves the other's word", given: []op{said("discovery", put("server:web", "os", "Windows"))}, by: "discovery",
			do: []op{graph.WithdrawClaim{Node: at("server:web")}, graph.WithdrawClaim{Node: at("server:web")}}, want: "UPDATED UNCHANGED = 1",
			holds: func(w world) {
				w.equal("os", w.value("server:web", "os"), "Debian")
				w.equal("the version", w.node("server:web").Version, int64(3))
				w.equal("claims", len(w.node("server:web").Claims), 1)
			}},
		{name: "a claim nobody made is withdrawn in vain", by: "scan", do: []op{graph.WithdrawClaim{Node: at("server:web")}}, want: "UNCHANGED = 0"},

		{name: "an unknown class", do: []op{put("server:ok"), put("servr:new")}, want: "INVALID 1 class: did you mean server?"},
		{name: "a class that only groups others", do: []op{put("hardware:new")}, want: "INVALID 0 class: server"},
		{name: "an unknown attribute", do: []op{put("server:web", "colour", "red")}, want: `INVALID 0 attributes.colour: no attribute "colour"`},
		{name: "a null of an unknown attribute", do: []op{put("server:web", "colour", nil)}, want: `INVALID 0 attributes.colour: no attribute`},
		{name: "a value of another type", do: []op{put("server:web", "memory", "much")}, want: "INVALID 0 attributes.memory: of type int, not string"},
		{name: "not a value of the enum", do: []op{put("server:web", "lifecycle", "GONE")}, want: "INVALID 0 attributes.lifecycle: one of LIVE"},
		{name: "the class of a CI stays", do: []op{graph.PutNode{Node: at("#1"), Class: "virtual_machine"}}, want: "INVALID 0 class: cannot become a virtual_machine"},
		{name: "an id is not made up", do: []op{put("#99")}, want: "NOT_FOUND 0 ci: id 99"},
		{name: "a claim needs its CI", do: []op{graph.ClaimAttributes{Node: at("server:nobody")}}, want: "NOT_FOUND 0 ci: server:nobody"},
		{name: "no name at all", do: []op{graph.PutNode{}}, want: "INVALID 0 ci: exactly one of id, ref and key"},
		{name: "two names at once", do: []op{graph.PutNode{Node: graph.NodeRef{ID: 1, Ref: at("server:web").Ref}}}, want: "INVALID 0 ci: 2 ways"},
		{name: "a ref that is none", do: []op{graph.PutNode{Node: graph.NodeRef{Ref: graph.Ref{Class: "server", Scope: "default", Name: " x"}}}}, want: "INVALID 0 ci: blank"},
		{name: "a source that is none", by: " x", do: []op{put("server:web")}, want: "INVALID -1 -: blank"},

		{name: "the expected version", do: []op{graph.PutNode{Node: at("server:web"), ExpectedVersion: version(1), Attributes: attributes([]any{"os", "BSD"})}}, want: "UPDATED"},
		{name: "another version", do: []op{graph.PutNode{Node: at("server:web"), ExpectedVersion: version(7)}}, want: "VERSION_CONFLICT 0 expectedVersion: it is at 1"},
		{name: "what is expected to be new", do: []op{graph.PutNode{Node: at("server:new"), ExpectedVersion: version(0)}}, want: "CREATED"},
		{name: "what is expected to be there", do: []op{graph.PutNode{Node: at("server:new"), ExpectedVersion: version(1)}}, want: "VERSION_CONFLICT 0 expectedVersion: it is at 0"},

		{name: "a stub claims nothing and is made once", do: []op{graph.PutNode{Node: at("server:new"), Stub: true}, graph.PutNode{Node: at("server:new"), Stub: true}}, want: "CREATED UNCHANGED = 1",
			holds: func(w world) {
				w.equal("stub and claims", []any{w.node("server:new").Stub, len(w.node("server:new").Claims)}, []any{true, 0})
			}},
		{name: "a stub of what is there changes nothing", do: []op{graph.PutNode{Node: at("server:web"), Stub: true}}, want: "UNCHANGED = 0"},
		{name: "who describes a stub makes it a CI", given: []op{graph.PutNode{Node: at("server:new"), Stub: true}}, do: []op{put("server:new")}, want: "UPDATED = 1",
			holds: func(w world) { w.equal("stub", w.node("server:new").Stub, false) }},
		{name: "a stub that is named by its key keeps it", given: []op{graph.PutNode{Node: at("netbox=1"), Class: "server", Name: "new", Stub: true}},
			do: []op{graph.PutNode{Node: at("netbox=1"), Class: "server", Name: "new", Stub: true}}, want: "UNCHANGED = 0"},
	})
}

// seen is evidence of a day, a run and a person.
func seen(day int, run, by string) graph.Evidence {
	return graph.Evidence{ObservedAt: time.Date(2026, 1, day, 0, 0, 0, 0, time.UTC), Run: run, ConfirmedBy: by}
}

func TestRulesOfKeys(t *testing.T) {
	key := func(node, key string) op { return graph.PutKey{Node: at(node), Key: at(key).Key} }
	byKey := func(key, class, name string) graph.PutNode {
		return graph.PutNode{Node: at(key), Class: class, Name: name}
	}
	check(t, []rule{
		{name: "a key finds its CI, also in the same batch", do: []op{key("server:web", "netbox=1"), put("netbox=1", "os", "BSD")}, want: "UPDATED UPDATED = 1",
			holds: func(w world) {
				w.equal("who has it", w.id("netbox=1"), graph.ID(1))
				w.equal("os", w.value("server:web", "os"), "BSD")
			}},
		{name: "the same key again", given: []op{key("server:web", "netbox=1")}, do: []op{key("server:web", "netbox=1")}, want: "UNCHANGED = 0"},
		{name: "a key is no value", do: []op{key("server:web", "netbox=1")}, want: "UPDATED", holds: func(w world) { w.equal("the version", w.node("server:web").Version, int64(1)) }},
		{name: "two living CIs with one key", given: []op{key("server:web", "netbox=1")}, do: []op{key("server:db", "netbox=1")}, want: "DUPLICATE_KEY 0 keys: belongs to server:web"},
		{name: "also in one batch", do: []op{key("server:web", "netbox=1"), key("server:db", "netbox=1")}, want: "DUPLICATE_KEY 1 keys: belongs to server:web"},
		{name: "another source's key of that value", given: []op{key("server:web", "netbox=1")}, do: []op{key("server:db", "scan=1")}, want: "UPDATED"},
		{name: "after retirement a key is free", given: []op{key("server:web", "netbox=1"), retire("server:web")}, do: []op{key("server:db", "netbox=1")}, want: "UPDATED",
			holds: func(w world) { w.equal("who has it", w.id("netbox=1"), graph.ID(2)) }},
		{name: "also in the batch that retires", given: []op{key("server:web", "netbox=1")}, do: []op{retire("server:web"), key("server:db", "netbox=1")}, want: "UPDATED UPDATED"},
		{name: "keys come with a CI", do: []op{graph.PutNode{Node: at("server:new"), Keys: []graph.Key{{Source: "b", Value: "2"}, {Source: "b", Value: "1"}, {Source: "a", Value: "3"}}}}, want: "CREATED",
			holds: func(w world) {
				w.equal("its keys", w.node("server:new").Keys, []graph.Key{{Source: "a", Value: "3"}, {Source: "b", Value: "1"}, {Source: "b", Value: "2"}})
			}},
		{name: "a CI is made by its key", do: []op{byKey("netbox=1", "server", "new"), byKey("netbox=1", "server", "new")}, want: "CREATED UNCHANGED = 1",
			holds: func(w world) { w.equal("who has it", w.id("netbox=1"), w.id("server:new")) }},
		{name: "a key alone makes nothing", do: []op{put("netbox=1")}, want: "NOT_FOUND 0 ci: give class and name"},
		{name: "a ref that somebody has without the key", do: []op{byKey("netbox=1", "server", "web")}, want: "DUPLICATE_KEY 0 ci: server:web exists"},
		{name: "a retired CI is not raised by its key", given: []op{key("server:web", "netbox=1"), retire("server:web")}, do: []op{byKey("netbox=1", "server", "web")}, want: "BLOCKED 0 ci: restore it first"},
		{name: "nor is its ref taken by an upsert with another key", given: []op{retire("server:web")}, do: []op{byKey("netbox=1", "server", "web")}, want: "BLOCKED 0 ci: restore it first"},
		{name: "the key of a retired CI may name another one", given: []op{key("server:web", "netbox=1"), retire("server:web")}, do: []op{byKey("netbox=1", "server", "next")}, want: "CREATED",
			holds: func(w world) { w.equal("who has it", w.id("netbox=1"), w.id("server:next")) }},
		{name: "a key without a value", do: []op{graph.PutKey{Node: at("server:web"), Key: graph.Key{Source: "netbox"}}}, want: "INVALID 0 keys: has no value"},
		{name: "a key with a control character", do: []op{graph.PutKey{Node: at("server:web"), Key: graph.Key{Source: "netbox", Value: "a\nb"}}}, want: "INVALID 0 keys: control character"},
	})
}

func TestRulesOfPins(t *testing.T) {
	pin := func(node, attribute, value, reason string) op {
		p := graph.Pin{Attribute: attribute, Author: "ada", Reason: reason}
		if attribute != "" {
			p.Value = graph.StringValue(value)
		}
		return graph.SetPin{Node: at(node), Pin: p}
	}
	nanos := graph.Pin{Author: "ada", Expires: time.Date(2026, 1, 1, 0, 0, 0, 123456789, time.UTC)}
	check(t, []rule{
		{name: "a pin holds against all sources", do: []op{pin("server:web", "os", "BSD", "saw it"), put("server:web", "os", "Windows")}, want: "UPDATED UPDATED = 1",
			holds: func(w world) {
				w.equal("os", w.value("server:web", "os"), "BSD")
				w.equal("the version", w.node("server:web").Version, int64(2))
			}},
		{name: "a pin to what holds anyway is no new value", do: []op{pin("server:web", "os", "Debian", "saw it")}, want: "UPDATED",
			holds: func(w world) { w.equal("the version", w.node("server:web").Version, int64(1)) }},
		{name: "the same pin again", given: []op{pin("server:web", "os", "BSD", "saw it")}, do: []op{pin("server:web", "os", "BSD", "saw it")}, want: "UNCHANGED = 0"},
		{name: "another reason", given: []op{pin("server:web", "os", "BSD", "saw it")}, do: []op{pin("server:web", "os", "BSD", "was told")}, want: "UPDATED",
			holds: func(w world) { w.equal("pins", len(w.node("server:web").Pins), 1) }},
		{name: "without the pin the sources' word holds", given: []op{pin("server:web", "os", "BSD", "")},
			do: []op{graph.Unpin{Node: at("server:web"), Attribute: "os"}, graph.Unpin{Node: at("server:web"), Attribute: "os"}}, want: "UPDATED UNCHANGED = 1",
			holds: func(w world) { w.equal("os", w.value("server:web", "os"), "Debian") }},
		{name: "a pin of the impact changes what holds", do: []op{pin("server:web", "", "", "looked")}, want: "UPDATED", holds: func(w world) { w.equal("the version", w.node("server:web").Version, int64(2)) }},
		{name: "an end in nanoseconds is the same when it is said again", given: []op{graph.SetPin{Node: at("server:web"), Pin: nanos}}, do: []op{graph.SetPin{Node: at("server:web"), Pin: nanos}}, want: "UNCHANGED = 0"},
		{name: "a pin of the lifecycle reaches the snapshot", do: []op{pin("server:web", "lifecycle", "PLANNED", "")}, want: "UPDATED",
			holds: func(w world) { w.equal("lifecycle", w.Snapshot.Lifecycle(1), graph.Planned) }},
		{name: "without an author", do: []op{graph.SetPin{Node: at("server:web"), Pin: graph.Pin{Attribute: "os", Value: graph.StringValue("x")}}}, want: "INVALID 0 author: who verified it"},
		{name: "an attribute without a value", do: []op{graph.SetPin{Node: at("server:web"), Pin: graph.Pin{Attribute: "os", Author: "ada"}}}, want: "INVALID 0 value: without a value"},
		{name: "the impact with a value", do: []op{graph.SetPin{Node: at("server:web"), Pin: graph.Pin{Author: "ada", Value: graph.StringValue("x")}}}, want: "INVALID 0 value: has a value"},
		{name: "a value of another type", do: []op{graph.SetPin{Node: at("server:web"), Pin: graph.Pin{Attribute: "memory", Value: graph.StringValue("x"), Author: "ada"}}}, want: "INVALID 0 attributes.memory: of type int"},
	})
}
