package graph_test

import (
	"encoding/hex"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/graph/graphtest"
)

func TestRulesOfDetails(t *testing.T) {
	of := func(r graph.Rule, d graph.RuleDetails) []op {
		return []op{graph.PutRequirement{Of: at("application:shop"), Name: "r", Rule: r, RuleDetails: d}}
	}
	path := func(plane string, targets ...string) []op {
		p := graph.PutRequirement{Of: at("application:shop"), Name: "r", Rule: graph.Reaches, RuleDetails: graph.RuleDetails{Plane: plane}}
		for _, t := range targets {
			p.Reach = append(p.Reach, at(t))
		}
		return []op{p}
	}
	step := func(minute int, demand int64) graph.DemandStep {
		return graph.DemandStep{At: graphtest.Now.Add(time.Duration(minute) * time.Minute), Demand: demand}
	}
	percent := func(n int) *int { return &n }
	steps := func(list ...graph.DemandStep) graph.RuleDetails { return graph.RuleDetails{Demand: 1, Steps: list} }
	check(t, []rule{
		{name: "a failover", do: of(graph.ActivePassive, graph.RuleDetails{Failover: time.Minute}), want: "CREATED"},
		{name: "a failover of nothing", do: of(graph.ActivePassive, graph.RuleDetails{}), want: "CREATED"},
		{name: "a failover before it begins", do: of(graph.ActivePassive, graph.RuleDetails{Failover: -1}), want: "INVALID 0 failover: negative"},
		{name: "a failover of another rule", do: of(graph.Any, graph.RuleDetails{Failover: 1}), want: "INVALID 0 failover: belongs to ACTIVE_PASSIVE"},
		{name: "a demand", do: of(graph.Capacity, steps(step(0, 0), step(1, 9))), want: "CREATED"},
		{name: "the same demand", given: of(graph.Capacity, steps(step(0, 5))), do: of(graph.Capacity, steps(step(0, 5))), want: "UNCHANGED = 0"},
		{name: "the same, a nanosecond later", given: of(graph.Capacity, steps(step(0, 5))),
			do: of(graph.Capacity, steps(graph.DemandStep{At: graphtest.Now.Add(1), Demand: 5})), want: "UNCHANGED = 0"},
		{name: "another step", given: of(graph.Capacity, steps(step(0, 5))), do: of(graph.Capacity, steps(step(0, 6))), want: "UPDATED = 1"},
		{name: "no demand", do: of(graph.Capacity, graph.RuleDetails{}), want: "INVALID 0 demand: needs a demand"},
		{name: "a demand below zero", do: of(graph.Capacity, graph.RuleDetails{Demand: -1}), want: "INVALID 0 demand: below zero"},
		{name: "a step below zero", do: of(graph.Capacity, steps(step(0, -1))), want: "INVALID 0 demandSteps: below zero"},
		{name: "a step at no time", do: of(graph.Capacity, steps(graph.DemandStep{Demand: 1})), want: "INVALID 0 demandSteps: no time"},
		{name: "two steps at once", do: of(graph.Capacity, steps(step(1, 1), step(1, 2))), want: "INVALID 0 demandSteps: does not begin after"},
		{name: "a step before the last", do: of(graph.Capacity, steps(step(2, 1), step(1, 2))), want: "INVALID 0 demandSteps: does not begin after"},
		{name: "too many steps", do: of(graph.Capacity, steps(make([]graph.DemandStep, 1001)...)), want: "INVALID 0 demandSteps: more than 1000"},
		{name: "a headroom below nothing", do: of(graph.Capacity, graph.RuleDetails{Demand: 1, Headroom: -1}), want: "INVALID 0 headroomPercent: between 0 and 1000"},
		{name: "more than all is left", do: of(graph.Capacity, graph.RuleDetails{Demand: 1, Degraded: percent(101)}), want: "INVALID 0 degradedPercent: not 101%"},
		{name: "less than nothing is left", do: of(graph.Capacity, graph.RuleDetails{Demand: 1, Degraded: percent(-1)}), want: "INVALID 0 degradedPercent: not -1%"},
		{name: "a floor above the demand", do: of(graph.Capacity, graph.RuleDetails{Demand: 1, Floor: percent(101)}), want: "INVALID 0 floorPercent: not 101%"},
		{name: "a demand of another rule", do: of(graph.All, graph.RuleDetails{Demand: 1}), want: "INVALID 0 demand: belongs to CAPACITY"},
		{name: "a number of members", do: []op{graph.PutRequirement{Of: at("application:shop"), Name: "r", Rule: graph.Capacity, DesignedSize: 2, RuleDetails: steps()}}, want: "INVALID 0 designedSize: headroomPercent"},
		{name: "a path", do: path("network", "server:web", "server:db"), want: "CREATED"},
		{name: "the same path, in another order, a target twice", given: path("network", "server:web", "server:db"), do: path("network", "server:db", "server:web", "server:db"), want: "UNCHANGED = 0"},
		{name: "another target", given: path("network", "server:web"), do: path("network", "server:db"), want: "UPDATED = 1"},
		{name: "a path to nothing", do: path("network"), want: "INVALID 0 targets: names no target"},
		{name: "a path over nothing", do: path("", "server:web"), want: "INVALID 0 plane: names no plane"},
		{name: "a path over a plane that is none", do: path("ether", "server:web"), want: "INVALID 0 plane: one of"},
		{name: "a path to who asks for it", do: path("network", "application:shop"), want: "INVALID 0 targets: always reached from itself"},
		{name: "a path to nobody", do: path("network", "server:nobody"), want: "NOT_FOUND 0 targets.0: server:nobody"},
		{name: "a path with members", given: path("network", "server:web"), do: []op{relate("application:shop DEPENDS_ON server:db in r")}, want: "INVALID 0 requirement: has no members"},
		{name: "a group with members becomes a path", given: []op{need("r", graph.Any, 0, 0, 0), relate("application:shop DEPENDS_ON server:db in r")},
			do: path("network", "server:web"), want: "BLOCKED 0 rule: has 1"},
		{name: "targets of another rule", do: []op{graph.PutRequirement{Of: at("application:shop"), Name: "r", Rule: graph.Any, Reach: []graph.NodeRef{at("server:web")}}}, want: "INVALID 0 targets: belong to REACHES"},
		{name: "a target is purged", given: append(path("network", "server:web"), retire("server:web")), do: []op{purge("server:web")}, want: "BLOCKED 0 ci: is a target of 1"},
		{name: "a target is purged in the batch that asks for it", given: []op{retire("server:db")},
			do: append(path("network", "server:web"), retire("server:web"), purge("server:web")), want: "BLOCKED 2 ci: is a target of 1"},
		{name: "the rule becomes one without details", given: of(graph.Capacity, steps(step(0, 5))), do: of(graph.Any, graph.RuleDetails{}), want: "UPDATED = 1"},
	})
}

// Ledgers of before there were details keep their hashes.
func TestRequirementsWithoutDetailsKeepTheirBytes(t *testing.T) {
	spare := 1
	r := &graph.Requirement{RequirementKey: graph.RequirementKey{Consumer: 7, Name: "hosts"}, Rule: graph.AtLeast, K: 2, DesignedSize: 3, Greatest: 4,
		SpareRequired: &spare, ByRule: true, MemberType: "RUNS_ON", MemberClass: "server", Version: 5, Created: 6, Changed: 7}
	const want = "010705686f73747302040006080102010752554e535f4f4e067365727665720a0607"
	if got := hex.EncodeToString(r.Append(nil)); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}
