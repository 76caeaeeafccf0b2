package storetest

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

func values() []promise {
	return []promise{
		{"texts come back as they were: empty, 1 MB, Unicode, control characters", texts},
		{"lists keep their order, and an empty list is not an absent one", lists},
		{"times keep their microseconds, in any year", times},
		{"an int64 stays exact and is not a float", integers},
		{"every part of a record comes back", fullRecords},
	}
}

// roundTrip writes values as attributes of one node and reads them back by every
// way there is.
func (b *bench) roundTrip(vs ...graph.Value) {
	b.Helper()
	attributes := map[string]graph.Value{}
	for i, v := range vs {
		attributes[fmt.Sprint("a", i)] = v
	}
	b.put(created(node(1, "server", "s", attributes))...)
	st := b.handle()
	ways := map[string]map[string]graph.Value{"Records": b.node(st, 1).Claims[0].Attributes}
	_, all := b.load(st)
	ways["Stream"] = all[0].Node.Claims[0].Attributes
	page, err := st.Find(background, nameIs("s"))
	b.must(err)
	ways["Find"] = page.Nodes[0].Claims[0].Attributes
	entries, err := st.Entries(background, 0, 1)
	b.must(err)
	ways["Entries"] = entries[0].Changes[0].Node.Claims[0].Attributes
	for way, got := range ways {
		if len(got) != len(vs) {
			b.Errorf("%s: %d attributes, want %d", way, len(got), len(vs))
		}
		for i, v := range vs {
			if w, ok := got[fmt.Sprint("a", i)]; !ok || !w.Equal(v) {
				b.Errorf("%s: a %s came back as another: %.60q, %.60q", way, v.Kind(), v, w)
			}
		}
	}
}

func texts(b *bench) {
	b.roundTrip(graph.StringValue(""), graph.StringValue(strings.Repeat("é", 1<<19)), graph.StringValue("a\x00b"),
		graph.StringValue("'; DROP TABLE node; --"), graph.StringValue("\t\r\n\u2028"), graph.StringValue("🧯 e\u0301 \u00e9 ﷽"), graph.StringValue(" "))
}

func lists(b *bench) {
	b.roundTrip(graph.ListValue(), graph.ListValue(graph.StringValue("b"), graph.StringValue("a"), graph.StringValue("b"), graph.StringValue("")),
		graph.ListValue(graph.IntValue(3), graph.IntValue(1), graph.IntValue(2)))
}

func times(b *bench) {
	b.roundTrip(graph.TimeValue(noon), graph.TimeValue(time.Date(1969, 12, 31, 23, 59, 59, 999999000, time.UTC)),
		graph.TimeValue(time.Date(1, 1, 1, 0, 0, 0, 1000, time.UTC)), graph.TimeValue(time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC)),
		graph.DurationValue(1), graph.DurationValue(math.MinInt64), graph.DurationValue(20*time.Minute))
}

func integers(b *bench) {
	b.roundTrip(graph.IntValue(1<<53+1), graph.IntValue(math.MaxInt64), graph.IntValue(math.MinInt64), graph.IntValue(0), graph.IntValue(1),
		graph.FloatValue(1), graph.FloatValue(0), graph.FloatValue(math.MaxFloat64), graph.FloatValue(math.SmallestNonzeroFloat64),
		graph.FloatValue(-0.1), graph.FloatValue(math.Inf(1)), graph.BoolValue(true), graph.BoolValue(false))
}

func fullRecords(b *bench) {
	hard, capacity, weight, spare := graph.Hard, int64(1<<40), 0.25, 0
	evidence := graph.Evidence{Method: graph.Observed, ObservedAt: noon, ConfirmedBy: "Ada", Run: "r-1"}
	n := &graph.Node{ID: 1, Ref: graph.Ref{Class: "application", Scope: "shop", Name: "checkout"}, Version: 7, Created: 1, Changed: 1, Stub: true,
		Aliases: []graph.Ref{{Class: "application", Scope: "shop", Name: "kasse"}, {Class: "application", Scope: "old", Name: "checkout"}},
		Keys:    []graph.Key{{Source: "a", Value: "1"}, {Source: "b", Value: ""}},
		Claims: []graph.Claim{{Source: "a", Evidence: evidence, Attributes: map[string]graph.Value{"description": graph.StringValue("x")}},
			{Source: "b"}},
		Pins: []graph.Pin{{Author: "Ada", Reason: "tested", Expires: noon}, {Attribute: "environment", Value: graph.StringValue("test"), Author: "Bo"}}}
	rel := &graph.Relation{RelationKey: graph.RelationKey{From: 1, Type: "RUNS_ON", To: 2, Requirement: "hosts", Qualifier: "left"}, Version: 3, Created: 1, Changed: 1,
		Claims: []graph.RelationClaim{{Source: "a", Evidence: evidence, RelationProps: graph.RelationProps{Transfer: &hard, Grace: time.Hour,
			Phase: graph.StartPhase, Capacity: &capacity, Weight: &weight, ValidFrom: noon, ValidTo: noon.Add(time.Hour)}}, {Source: "b"}}}
	req := &graph.Requirement{RequirementKey: graph.RequirementKey{Consumer: 1, Name: "hosts"}, Rule: graph.Percent, Percent: 50, K: 2,
		DesignedSize: 3, Greatest: 4, SpareRequired: &spare, Version: 2, Created: 1, Changed: 1}
	half := 50
	power := &graph.Requirement{RequirementKey: graph.RequirementKey{Consumer: 1, Name: "power"}, Rule: graph.Capacity, Version: 1, Created: 1, Changed: 1,
		RuleDetails: graph.RuleDetails{Demand: 1 << 60, Steps: []graph.DemandStep{{At: noon, Demand: 7}}, Headroom: 20, Degraded: &half, Floor: &half}}
	standby := &graph.Requirement{RequirementKey: graph.RequirementKey{Consumer: 1, Name: "standby"}, Rule: graph.ActivePassive, Version: 1, Created: 1, Changed: 1,
		RuleDetails: graph.RuleDetails{Failover: time.Minute}}
	doc, err := graph.DocumentValue(map[string]any{"b": []int{1, 2}, "a": "<\u00fc>"})
	if err != nil {
		b.Fatal(err)
	}
	rec := &graph.Node{ID: 3, Ref: graph.Ref{Class: graph.ChangeClass, Scope: graph.DefaultScope, Name: "CHG0000001"}, Version: 1, Created: 1, Changed: 1,
		Claims: []graph.Claim{{Source: graph.RecordSource, Attributes: map[string]graph.Value{"patch": doc, "state": graph.StringValue("NEW")}}}}
	affects := &graph.Relation{RelationKey: graph.RelationKey{From: 3, Type: "AFFECTS", To: 2}, Version: 1, Created: 1, Changed: 1,
		Claims: []graph.RelationClaim{{Source: graph.RecordSource, RelationProps: graph.RelationProps{Facts: map[string]graph.Value{"effect": graph.StringValue("OUTAGE"), "from": graph.TimeValue(noon)}}}}}
	path := &graph.Requirement{RequirementKey: graph.RequirementKey{Consumer: 1, Name: "uplink"}, Rule: graph.Reaches, Version: 1, Created: 1, Changed: 1,
		RuleDetails: graph.RuleDetails{Targets: []graph.ID{2}, Plane: "network"}}
	class := &graph.Class{Name: "firewall", Extends: "network_device", Description: "filters", Tier: "network",
		Attributes: []graph.AttributeDef{{Name: "throughput", Type: graph.IntKind, Unit: "bit/s", Indexed: true}}}
	typ := &graph.RelationType{Name: "FILTERED_BY", Reverse: "FILTERS", Description: "is filtered", Plane: "network", Transfer: graph.Soft,
		Between: []graph.ClassPair{{Consumer: "ci", Provider: "firewall"}}}
	want := []graph.Change{{Class: class}, {Type: typ}, {Node: n}, {Node: server(2, "s")}, {Node: rec}, {Requirement: req}, {Requirement: power}, {Requirement: standby}, {Requirement: path}, {Relation: rel}, {Relation: affects}}
	b.put(want...)
	_, got := b.load(b.handle())
	b.sameRecords(got, want)
	recs, err := b.st.Records(background, graph.Wants{Nodes: []graph.ID{1, 2, 1, 99},
		Relations: []graph.RelationKey{rel.RelationKey, {From: 1, Type: "RUNS_ON", To: 2}, {From: 1, Type: "NEVER_SEEN", To: 2}}, Requirements: []graph.RequirementKey{req.RequirementKey, {Consumer: 1, Name: "no"}}})
	b.must(err)
	if len(recs.Nodes) != 2 || len(recs.Relations) != 1 || len(recs.Requirements) != 1 {
		b.Fatalf("%d nodes, %d relations, %d requirements", len(recs.Nodes), len(recs.Relations), len(recs.Requirements))
	}
	b.sameRecords([]graph.Change{{Node: recs.Nodes[1]}, {Relation: recs.Relations[rel.RelationKey]}, {Requirement: recs.Requirements[req.RequirementKey]}},
		[]graph.Change{{Node: n}, {Relation: rel}, {Requirement: req}})
}
