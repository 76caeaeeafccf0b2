package graph_test

import (
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// What an operation leaves as it was, and what it takes back.
func TestRulesOfWhatIsKept(t *testing.T) {
	const runs = "application:shop RUNS_ON server:web"
	soft := graph.Soft
	keeping := func(fields graph.RelationFields, p graph.RelationProps) op {
		r := relate(runs)
		r.Props, r.Keep = p, fields
		return r
	}
	evidence := func(forget graph.EvidenceFields, is graph.Evidence) op {
		r := relate(runs)
		r.Evidence, r.Forget = is, forget
		return r
	}
	seen := graph.Evidence{Method: graph.Observed, ConfirmedBy: "ada", ObservedAt: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	stated := stating(runs, graph.RelationProps{Transfer: &soft, Grace: time.Hour})
	numbers := func(keep graph.RequirementFields, r graph.Rule, k int) op {
		q := need("r", r, k, 0, 0)
		q.Keep = keep
		return q
	}
	group := func(rule graph.Rule, k, designed int) func(w world) {
		return func(w world) {
			q := w.requirement("application:shop", "r")
			w.equal("rule, k, designed size", []int{int(q.Rule), q.K, q.DesignedSize}, []int{int(rule), k, designed})
		}
	}
	whole := func(attributes ...any) op {
		p := put("server:web", attributes...)
		p.Whole = true
		return p
	}
	claim := func(want map[string]string) func(w world) {
		return func(w world) {
			got := map[string]string{}
			for name, v := range w.node("server:web").Claims[0].Attributes {
				got[name] = v.String()
			}
			w.equal("what it says", got, want)
		}
	}
	pinned := func(p graph.Pin, keep graph.PinFields) op {
		return graph.SetPin{Node: at("server:web"), Pin: p, Keep: keep}
	}
	first := graph.Pin{Attribute: "os", Value: graph.StringValue("BSD"), Author: "ada", Reason: "seen", Expires: seen.ObservedAt}
	class := graph.Class{Name: "firewall", Extends: "network_device", Description: "filters", Attributes: []graph.AttributeDef{{Name: "slots", Type: graph.IntKind}}}
	check(t, []rule{
		{name: "a property that is kept", given: []op{stated}, do: []op{keeping(graph.TransferField, graph.RelationProps{Grace: time.Minute})}, want: "UPDATED",
			holds: func(w world) {
				p := w.relation(runs).Claims[0].RelationProps
				w.equal("transfer and grace", []any{*p.Transfer, p.Grace}, []any{graph.Soft, time.Minute})
			}},
		{name: "all are kept", given: []op{stated}, do: []op{keeping(0xff, graph.RelationProps{})}, want: "UNCHANGED = 0"},
		{name: "of another source's word nothing is kept", by: "scan", given: []op{stated}, do: []op{keeping(0xff, graph.RelationProps{})}, want: "UPDATED",
			holds: func(w world) {
				w.equal("its grace", w.relation(runs).Claims[1].Grace, time.Duration(0))
			}},
		{name: "of a new relation there is nothing to keep", do: []op{func() op { r := relate("application:shop RUNS_ON server:db"); r.Keep = 0xff; return r }()}, want: "CREATED"},
		{name: "an end that is kept, before a beginning that is new", given: []op{stating(runs, graph.RelationProps{ValidTo: seen.ObservedAt})},
			do: []op{keeping(graph.ValidToField, graph.RelationProps{ValidFrom: seen.ObservedAt})}, want: "INVALID 0 validTo: before it begins"},

		{name: "evidence that is taken back", given: []op{evidence(0, seen)}, do: []op{evidence(graph.ConfirmedByField, graph.Evidence{})}, want: "UPDATED",
			holds: func(w world) {
				w.equal("who, how", []any{w.relation(runs).Claims[0].ConfirmedBy, w.relation(runs).Claims[0].Method}, []any{"", graph.Observed})
			}},
		{name: "all of it, and another in its place", given: []op{evidence(0, seen)}, do: []op{evidence(graph.AllEvidence, graph.Evidence{Method: graph.Inferred})}, want: "UPDATED",
			holds: func(w world) {
				w.equal("evidence", w.relation(runs).Claims[0].Evidence, graph.Evidence{Method: graph.Inferred})
			}},
		{name: "what was never said is not taken back", do: []op{evidence(graph.AllEvidence, graph.Evidence{})}, want: "UNCHANGED = 0"},
		{name: "of a CI, too", given: []op{graph.PutNode{Node: at("server:web"), Evidence: seen}}, do: []op{graph.PutNode{Node: at("server:web"), Forget: graph.AllEvidence}}, want: "UPDATED",
			holds: func(w world) { w.equal("evidence", w.node("server:web").Claims[0].Evidence, graph.Evidence{}) }},
		{name: "a confirmation at an expected version", do: []op{graph.Confirm{From: at("application:shop"), Type: "RUNS_ON", To: at("server:web"), Evidence: seen, ExpectedVersion: version(3)}},
			want: "VERSION_CONFLICT 0 expectedVersion: it is at 1"},

		{name: "all attributes are taken back", do: []op{whole()}, want: "UPDATED", holds: claim(map[string]string{})},
		{name: "all but those that are said", given: []op{put("server:web", "owner", "ada")}, do: []op{whole("owner", "ada")}, want: "UPDATED", holds: claim(map[string]string{"owner": "ada"})},
		{name: "the whole of the same", do: []op{whole("os", "Debian")}, want: "UNCHANGED = 0"},
		{name: "the whole of a new CI", do: []op{func() op { p := put("server:new", "os", "BSD"); p.Whole = true; return p }()}, want: "CREATED"},

		{name: "a number that is kept", given: []op{need("r", graph.AtLeast, 2, 0, 3)}, do: []op{numbers(graph.KField|graph.DesignedSizeField, graph.AtLeast, 0)}, want: "UNCHANGED = 0"},
		{name: "a number that the new rule does not have", given: []op{need("r", graph.AtLeast, 2, 0, 3)}, do: []op{numbers(0xff, graph.Any, 0)}, want: "UPDATED", holds: group(graph.Any, 0, 3)},
		{name: "a number that is not kept", given: []op{need("r", graph.AtLeast, 2, 0, 3)}, do: []op{numbers(graph.KField, graph.AtLeast, 0)}, want: "UPDATED", holds: group(graph.AtLeast, 2, 0)},
		{name: "of a new group there is nothing to keep", do: []op{numbers(graph.KField, graph.AtLeast, 0)}, want: "INVALID 0 k: AT_LEAST needs k"},

		{name: "a pin's value and end are kept", given: []op{pinned(first, 0)}, do: []op{pinned(graph.Pin{Attribute: "os", Author: "eve", Reason: "again"}, graph.ValueField|graph.ExpiresField)}, want: "UPDATED",
			holds: func(w world) {
				p := w.node("server:web").Pins[0]
				w.equal("the pin", []any{p.Value.String(), p.Author, p.Expires}, []any{"BSD", "eve", seen.ObservedAt})
			}},
		{name: "of a new pin there is nothing to keep", do: []op{pinned(graph.Pin{Attribute: "os", Author: "eve", Reason: "again"}, graph.ValueField)}, want: "INVALID 0 value: without a value"},

		{name: "a class is kept but for what is said", given: []op{graph.DefineClass{Class: class}}, want: "UPDATED",
			do: []op{graph.DefineClass{Class: graph.Class{Name: "firewall", Description: "blocks"}, Keep: graph.ExtendsField | graph.AttributesField}},
			holds: func(w world) {
				c := w.Snapshot.Catalogue().Class("firewall")
				w.equal("the class", []any{c.Extends, c.Description, len(c.Attributes)}, []any{"network_device", "blocks", 1})
			}},
		{name: "a class that is all kept", given: []op{graph.DefineClass{Class: class}}, do: []op{graph.DefineClass{Class: graph.Class{Name: "firewall"}, Keep: 0xffff}}, want: "UNCHANGED = 0"},
		{name: "a type that is all kept", given: []op{graph.DefineRelationType{Type: graph.RelationType{Name: "X", Reverse: "Y", Plane: "p", Description: "d"}}},
			do: []op{graph.DefineRelationType{Type: graph.RelationType{Name: "X", Reverse: "Y", Plane: "p"}, Keep: 0xffff}}, want: "UNCHANGED = 0"},
	})
}
