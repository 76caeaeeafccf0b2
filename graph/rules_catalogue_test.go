package graph_test

import (
	"strings"
	"testing"

	"github.com/faultline-itsm/faultline/graph"
)

func class(name, extends string, attributes ...graph.AttributeDef) graph.DefineClass {
	return graph.DefineClass{Class: graph.Class{Name: name, Extends: extends, Attributes: attributes}}
}

func attribute(name string, kind graph.ValueKind) graph.AttributeDef {
	return graph.AttributeDef{Name: name, Type: kind}
}

func enum(name string, allowed ...string) graph.AttributeDef {
	return graph.AttributeDef{Name: name, Type: graph.EnumKind, Allowed: allowed}
}

func required(a graph.AttributeDef, byDefault string) graph.AttributeDef {
	a.Required, a.Default = true, byDefault
	return a
}

func with(d graph.DefineClass, change func(*graph.Class)) op {
	change(&d.Class)
	return d
}

func TestRulesOfClasses(t *testing.T) {
	firewall := class("firewall", "network_device", attribute("throughput", graph.IntKind), enum("mode", "ROUTED", "BRIDGED"))
	server := *graph.Builtin().Class("server")
	all := func(c graph.Class) op { return graph.DefineClass{Class: c} }
	check(t, []rule{
		{name: "a class of one's own", do: []op{firewall, put("firewall:f", "throughput", 5, "mode", "ROUTED", "serial_number", "x")}, want: "CREATED CREATED = 2",
			holds: func(w world) {
				c := w.Snapshot.Catalogue()
				w.equal("a firewall is hardware", c.IsA("firewall", "hardware"), true)
				w.equal("built in", c.Class("firewall").Builtin, false)
			}},
		{name: "the same again", given: []op{firewall}, do: []op{firewall}, want: "UNCHANGED = 0"},
		{name: "it is not built in because it says so", do: []op{with(firewall, func(c *graph.Class) { c.Builtin = true })}, want: "CREATED", holds: func(w world) { w.equal("built in", w.Snapshot.Catalogue().Class("firewall").Builtin, false) }},
		{name: "extends nothing", do: []op{class("firewall", "")}, want: "INVALID 0 extends: extends nothing"},
		{name: "extends what is unknown", do: []op{class("firewall", "netwrk_device")}, want: "INVALID 0 extends: did you mean network_device?"},
		{name: "extends itself", do: []op{class("firewall", "firewall")}, want: "INVALID 0 extends: unknown"},
		{name: "extends itself through another", given: []op{class("a", "ci"), class("b", "a")}, do: []op{class("a", "b")}, want: "INVALID 0 extends: extend itself through b"},
		{name: "extends a record", do: []op{class("bug", "record")}, want: "INVALID 0 extends: records"},
		{name: "moves to another parent", given: []op{firewall}, do: []op{class("firewall", "server")}, want: "BLOCKED 0 extends: keeps doing so"},
		{name: "a parent that comes later in the batch", do: []op{class("a", "b"), class("b", "ci")}, want: "INVALID 0 extends: unknown"},
		{name: "a tier that is none", do: []op{with(firewall, func(c *graph.Class) { c.Tier = "cellar" })}, want: "INVALID 0 tier: one of business"},
		{name: "a name that is none", do: []op{class("Firewall", "ci")}, want: "INVALID 0 name: [a-z]"},
		{name: "a name that is too long", do: []op{class(strings.Repeat("a", 64), "ci")}, want: "INVALID 0 name: [a-z]"},
		{name: "a reserved word", do: []op{class("relation", "ci")}, want: "INVALID 0 name: reserved"},

		{name: "an attribute that is a reserved word", do: []op{class("a", "ci", attribute("id", graph.IntKind))}, want: "INVALID 0 attributes.id: reserved"},
		{name: "an attribute whose name is none", do: []op{class("a", "ci", attribute("x-y", graph.IntKind))}, want: "INVALID 0 attributes.x-y: not a name"},
		{name: "an attribute twice", do: []op{class("a", "ci", attribute("x", graph.IntKind), attribute("x", graph.IntKind))}, want: "INVALID 0 attributes.x: twice"},
		{name: "an attribute without a type", do: []op{class("a", "ci", attribute("x", graph.NoValue))}, want: "INVALID 0 attributes.x: one of string, int"},
		{name: "a type that is none", do: []op{class("a", "ci", attribute("x", 77))}, want: "INVALID 0 attributes.x: one of string, int"},
		{name: "a list of nothing", do: []op{class("a", "ci", attribute("x", graph.ListKind))}, want: "INVALID 0 attributes.x: list of nothing"},
		{name: "a list of lists", do: []op{class("a", "ci", graph.AttributeDef{Name: "x", Type: graph.ListKind, Of: graph.ListKind})}, want: "INVALID 0 attributes.x: list of nothing"},
		{name: "elements of what is no list", do: []op{class("a", "ci", graph.AttributeDef{Name: "x", Type: graph.IntKind, Of: graph.IntKind})}, want: "INVALID 0 attributes.x: no list"},
		{name: "an enum without values", do: []op{class("a", "ci", enum("x"))}, want: "INVALID 0 attributes.x: without values"},
		{name: "values of what is no enum", do: []op{class("a", "ci", graph.AttributeDef{Name: "x", Type: graph.IntKind, Allowed: []string{"1"}})}, want: "INVALID 0 attributes.x: make it an enum"},
		{name: "a default of another type", do: []op{class("a", "ci", graph.AttributeDef{Name: "x", Type: graph.IntKind, Default: "five"})}, want: "INVALID 0 attributes.x.default: five is not a whole number"},
		{name: "an attribute that it inherits", do: []op{class("a", "server", attribute("serial_number", graph.IntKind))}, want: "INVALID 0 attributes.serial_number: declared by server already"},
		{name: "an attribute that a subclass has", given: []op{class("a", "ci"), class("b", "a", attribute("x", graph.IntKind))}, do: []op{class("a", "ci", attribute("x", graph.IntKind))}, want: "INVALID 0 attributes.x: declared by b already"},
		{name: "an attribute that a cousin has is another", given: []op{class("a", "ci", attribute("x", graph.IntKind))}, do: []op{class("b", "ci", attribute("x", graph.StringKind))}, want: "CREATED"},

		{name: "a required relation of an unknown type", do: []op{with(class("a", "ci"), func(c *graph.Class) { c.Requires = []graph.RequiredLink{{Types: []string{"NEEDS"}}} })}, want: `INVALID 0 requires: "NEEDS" is unknown`},
		{name: "a required relation without a type", do: []op{with(class("a", "ci"), func(c *graph.Class) { c.Requires = []graph.RequiredLink{{}} })}, want: "INVALID 0 requires: names no type"},
		{name: "a direction that is none", do: []op{with(class("a", "ci"), func(c *graph.Class) { c.Requires = []graph.RequiredLink{{Types: []string{"RUNS_ON"}, Direction: 5}} })}, want: "INVALID 0 requires: PROVIDERS, CONSUMERS"},
		{name: "a redundancy rule of an unknown type", do: []op{with(class("a", "ci"), func(c *graph.Class) { c.Redundancy = []graph.RedundancyRule{{Name: "x", Type: "NEEDS"}} })}, want: "INVALID 0 redundancy: unknown"},
		{name: "a redundancy rule to an unknown class", do: []op{with(class("a", "ci"), func(c *graph.Class) {
			c.Redundancy = []graph.RedundancyRule{{Name: "x", Type: "RUNS_ON", Provider: "nothing"}}
		})}, want: "INVALID 0 redundancy: unknown"},
		{name: "a redundancy rule without its number", do: []op{with(class("a", "ci"), func(c *graph.Class) {
			c.Redundancy = []graph.RedundancyRule{{Name: "x", Type: "RUNS_ON", Rule: graph.AtLeast}}
		})}, want: "INVALID 0 redundancy.k: at least 1"},
		{name: "identified by what it has not", do: []op{with(class("a", "ci"), func(c *graph.Class) { c.Identifiers = [][]string{{"owner", "colour"}} })}, want: `INVALID 0 identifiers: no attribute "colour"`},
		{name: "sources ranked for what it has not", do: []op{with(class("a", "ci"), func(c *graph.Class) { c.Ranking = []graph.SourceRanking{{Attribute: "colour"}} })}, want: `INVALID 0 ranking: no attribute "colour"`},

		{name: "more attributes for a built-in class", do: []op{class("server", "", attribute("height", graph.IntKind)), put("server:web", "height", 2)}, want: "UPDATED UPDATED = 2",
			holds: func(w world) {
				c := w.Snapshot.Catalogue().Class("server")
				w.equal("attributes and rules", []any{len(c.Attributes), len(c.Redundancy), c.Builtin}, []any{len(server.Attributes) + 1, len(server.Redundancy), true})
			}},
		{name: "the same again, with what is built in", given: []op{class("server", "hardware", attribute("height", graph.IntKind))}, do: []op{class("server", "", attribute("height", graph.IntKind)), class("server", "", server.Attributes...)}, want: "UNCHANGED UNCHANGED = 0"},
		{name: "all that is built in, said again", do: []op{all(server), all(*graph.Builtin().Class("hardware"))}, want: "UNCHANGED UNCHANGED = 0"},
		{name: "another attribute each time", given: []op{class("server", "", attribute("height", graph.IntKind))}, do: []op{class("server", "", attribute("depth", graph.IntKind))}, want: "UPDATED = 1",
			holds: func(w world) {
				w.equal("height is still there", w.Snapshot.Catalogue().Attribute("server", "height") != nil, true)
			}},
		{name: "a built-in attribute changed", do: []op{class("server", "", attribute("os", graph.IntKind))}, want: "BLOCKED 0 attributes.os: cannot be changed"},
		{name: "another description of a built-in class", do: []op{with(class("server", ""), func(c *graph.Class) { c.Description = "x" })}, want: "BLOCKED 0 name: extends server"},
		{name: "another parent of a built-in class", do: []op{class("server", "ci")}, want: "BLOCKED 0 name: extends server"},
		{name: "rules of a built-in class", do: []op{with(class("server", ""), func(c *graph.Class) {
			c.Redundancy = []graph.RedundancyRule{{Name: "x", Type: "RUNS_ON"}}
		})}, want: "BLOCKED 0 name: extends server"},
		{name: "an attribute for all CIs that a team's class has", given: []op{firewall}, do: []op{class("ci", "", attribute("throughput", graph.IntKind))}, want: "INVALID 0 attributes.throughput: declared by firewall already"},
	})
}

// What would make CIs invalid that exist is refused; what no CI can contradict is not.
func TestRulesOfChangingClasses(t *testing.T) {
	box := class("box", "ci", attribute("size", graph.IntKind), enum("mode", "A", "B"))
	one := []op{box, put("box:1")}
	size := attribute("size", graph.IntKind)
	check(t, []rule{
		{name: "an attribute goes", given: one, do: []op{class("box", "ci", size)}, want: "BLOCKED 0 attributes.mode: CIs may have it"},
		{name: "without CIs it may", given: one[:1], do: []op{class("box", "ci", size)}, want: "UPDATED = 1"},
		{name: "retired CIs are CIs", given: []op{box, put("box:1"), retire("box:1")}, do: []op{class("box", "ci", size)}, want: "BLOCKED 0 attributes.mode: CIs may have it"},
		{name: "purged ones are none", given: []op{box, put("box:1"), retire("box:1")}, do: []op{purge("box:1"), class("box", "ci", size)}, want: "REMOVED UPDATED"},
		{name: "CIs of a subclass are CIs", given: []op{box, class("crate", "box"), put("crate:1")}, do: []op{class("box", "ci", size)}, want: "BLOCKED 0 attributes.mode: CIs may have it"},
		{name: "CIs of this batch are CIs", given: one[:1], do: []op{put("box:1"), class("box", "ci", size)}, want: "BLOCKED 1 attributes.mode: CIs may have it"},
		{name: "another type", given: one, do: []op{class("box", "ci", attribute("size", graph.FloatKind), enum("mode", "A", "B"))}, want: "BLOCKED 0 attributes.size: no longer fit"},
		{name: "a value of an enum goes", given: one, do: []op{class("box", "ci", size, enum("mode", "B"))}, want: "BLOCKED 0 attributes.mode: no longer fit"},
		{name: "a value of an enum comes", given: one, do: []op{class("box", "ci", size, enum("mode", "A", "B", "C"))}, want: "UPDATED"},
		{name: "an attribute comes", given: one, do: []op{class("box", "ci", size, enum("mode", "A", "B"), attribute("x", graph.IntKind))}, want: "UPDATED"},
		{name: "an attribute is required", given: one, do: []op{class("box", "ci", required(size, ""), enum("mode", "A", "B"))}, want: "BLOCKED 0 attributes.size: give it a default"},
		{name: "an attribute is required and has a default", given: one, do: []op{class("box", "ci", required(size, "1"), enum("mode", "A", "B"))}, want: "UPDATED",
			holds: func(w world) { w.equal("its size", w.value("box:1", "size"), "1") }},
		{name: "a required attribute loses its default", given: []op{class("box", "ci", required(size, "1")), put("box:1")}, do: []op{class("box", "ci", required(size, ""))}, want: "BLOCKED 0 attributes.size: give it a default"},
		{name: "it becomes abstract", given: one, do: []op{with(box, func(c *graph.Class) { c.Abstract = true })}, want: "BLOCKED 0 abstract: just that"},

		{name: "a CI without what is required", given: []op{class("box", "ci", required(size, ""))}, do: []op{put("box:1")}, want: "INVALID 0 attributes.size: requires the attribute size"},
		{name: "a CI with it", given: []op{class("box", "ci", required(size, ""))}, do: []op{put("box:1", "size", 1)}, want: "CREATED"},
		{name: "a stub needs nothing", given: []op{class("box", "ci", required(size, ""))}, do: []op{graph.PutNode{Node: at("box:1"), Stub: true}}, want: "CREATED"},
		{name: "who describes the stub does", given: []op{class("box", "ci", required(size, "")), graph.PutNode{Node: at("box:1"), Stub: true}}, do: []op{put("box:1")}, want: "INVALID 0 attributes.size: requires the attribute size"},
		{name: "what is required is not withdrawn", given: []op{class("box", "ci", required(size, "")), put("box:1", "size", 1)}, do: []op{put("box:1", "size", nil)}, want: "INVALID 0 attributes.size: requires the attribute size"},
		{name: "nor with the whole claim", given: []op{class("box", "ci", required(size, "")), put("box:1", "size", 1)}, do: []op{graph.WithdrawClaim{Node: at("box:1")}}, want: "INVALID 0 attributes.size: requires the attribute size"},
		{name: "while another source says it, it may", given: []op{class("box", "ci", required(size, "")), put("box:1", "size", 1), said("scan", put("box:1", "size", 2))}, do: []op{put("box:1", "size", nil)}, want: "UPDATED"},
	})
}

func TestRulesOfRelationTypes(t *testing.T) {
	typ := func(change func(*graph.RelationType)) op {
		x := graph.RelationType{Name: "FILTERED_BY", Reverse: "FILTERS", Plane: "network", Transfer: graph.Hard, Between: []graph.ClassPair{{Consumer: "ci", Provider: "server"}}}
		if change != nil {
			change(&x)
		}
		return graph.DefineRelationType{Type: x}
	}
	narrow := typ(func(x *graph.RelationType) { x.Between[0].Consumer = "database" })
	filtered := relate("application:shop FILTERED_BY server:web")
	check(t, []rule{
		{name: "a type of one's own", do: []op{typ(nil), filtered}, want: "CREATED CREATED = 2"},
		{name: "the same again", given: []op{typ(nil)}, do: []op{typ(nil)}, want: "UNCHANGED = 0"},
		{name: "it allows what it says", given: []op{typ(nil)}, do: []op{relate("application:shop FILTERED_BY database:orders")}, want: "INVALID 0 type: goes to: server"},
		{name: "another transfer reaches its relations", given: []op{typ(nil), filtered}, do: []op{typ(func(x *graph.RelationType) { x.Transfer = graph.Soft })}, want: "UPDATED = 1",
			holds: func(w world) {
				for _, l := range w.Snapshot.Links(1, graph.Consumers) {
					if l.Type == "FILTERED_BY" {
						w.equal("it passes on", l.Transfer, graph.Soft)
					}
				}
			}},
		{name: "a built-in type stays", do: []op{graph.DefineRelationType{Type: *graph.Builtin().Type("RUNS_ON")}}, want: "BLOCKED 0 name: built in"},
		{name: "a name that is none", do: []op{typ(func(x *graph.RelationType) { x.Name = "filtered_by" })}, want: "INVALID 0 name: [A-Z]"},
		{name: "no name to read it backwards", do: []op{typ(func(x *graph.RelationType) { x.Reverse = "" })}, want: "INVALID 0 reverse: HOSTS for RUNS_ON"},
		{name: "no plane", do: []op{typ(func(x *graph.RelationType) { x.Plane = "" })}, want: "INVALID 0 plane: for example hosting"},
		{name: "an impact that is none", do: []op{typ(func(x *graph.RelationType) { x.Impact = 7 })}, want: "INVALID 0 impact: TO_CONSUMER, NONE"},
		{name: "a transfer that is not monotone", do: []op{typ(func(x *graph.RelationType) { x.Transfer = 0b01_10_11_00 })}, want: "INVALID 0 transfer: not monotone"},
		{name: "between unknown classes", do: []op{typ(func(x *graph.RelationType) { x.Between[0].Provider = "servr" })}, want: "INVALID 0 between: did you mean server?"},
		{name: "without pairs, between any two CIs", do: []op{typ(func(x *graph.RelationType) { x.Between = nil }), filtered}, want: "CREATED CREATED"},

		{name: "a pair goes that nothing needs", given: []op{typ(nil)}, do: []op{narrow}, want: "UPDATED"},
		{name: "a pair goes that a relation needs", given: []op{typ(nil), filtered}, do: []op{narrow}, want: "BLOCKED 0 between: application:shop FILTERED_BY server:web"},
		{name: "a pair goes that a relation of this batch needs", do: []op{typ(nil), filtered, narrow}, want: "BLOCKED 2 between: application:shop FILTERED_BY server:web"},
		{name: "a pair goes after its relations", given: []op{typ(nil), filtered}, do: []op{unrelate("application:shop FILTERED_BY server:web"), narrow}, want: "REMOVED UPDATED"},
	})
}
