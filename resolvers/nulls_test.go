package resolvers_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/faultline-itsm/faultline/resolvers"
)

// Each nullable field of an input of a mutation stands in exactly one of the two
// tables below: null clears what was stated of it and absence keeps it, or null is
// the same as absence. docs/api.md says the same in words.

const (
	standing = `a: upsertCIs(input: {items: [{ci: {ref: "server:s"}}, {ci: {ref: "application:a"}}, {ci: {ref: "database:d"}}]}) { errors { message } } ` +
		`ch: createChange(input: {title: "t", affects: [{ci: {ref: "server:s"}}], plannedStart: "2026-12-01T10:00:00Z", plannedEnd: "2026-12-01T12:00:00Z"}) { errors { message } } ` +
		`ou: reportOutage(input: {ci: {ref: "database:d"}, from: "2026-11-24T08:00:00Z"}) { errors { message } }`
	edit = `editChange(input: {change: "CHG0000001" %s})`
	ci   = `upsertCIs(input: {items: [{ci: {ref: "server:s"} %s}]})`
	rel  = `upsertRelations(input: {items: [{from: {ref: "application:a"}, type: "RUNS_ON", to: {ref: "server:s"} %s}]})`
	need = `upsertRequirements(input: {items: [{of: {ref: "application:a"}, name: "db", rule: %s}]})`

	class = `defineClasses(input: {items: [{name: "thing" %s}]})`
	typ   = `defineRelationTypes(input: {items: [{name: "X_BY", reverse: "XS", plane: "network" %s}]})`
	pin   = `pin(input: {ci: {ref: "server:s"}, attribute: "os", reason: "r" %s})`
	agree = `upsertRelations(input: {items: [{from: {ref: "application:a"}, type: "RUNS_ON", to: {ref: "server:s"}}]}) { errors { message } } b: confirmRelations(input: {items: [{from: {ref: "application:a"}, type: "RUNS_ON", to: {ref: "server:s"} %s}]})`

	classNow = `{ ciClasses { name extends description tier abstract attributes { name } identifiers requires { reason } redundancy { name } ranking { sources } } }`
	typeNow  = `{ relationTypes { name description between { consumer provider } } }`
	pinNow   = `{ ci(ref: {ref: "server:s"}) { attributes { name text } pins { attribute value expires } } }`
	ciNow    = `{ ci(ref: {ref: "server:s"}) { attributes { name text } claims { source method observedAt confirmedBy } } }`
	relNow   = `{ ci(ref: {ref: "application:a"}) { relations(direction: PROVIDERS) { edges { properties { transfer grace phase capacity weight validFrom validTo } sources { source method observedAt confirmedBy } } } } }`
	editNow  = `{ change(id: "CHG0000001") { description model plannedStart plannedEnd implementer patch implementationPlan backoutPlan testPlan backoutNeeds { ref } } }`
	needNow  = `{ ci(ref: {ref: "application:a"}) { requirements { name rule needed designedSize spareRequired failover demand demandSteps { at demand } headroomPercent degradedPercent floorPercent plane targets { ref } } } }`
)

// cleared: given states the field, absent leaves it out, null clears it; refused is
// where the rule needs the field.
var cleared = map[string]struct {
	mutation, given, absent, null string
	read                          string
	refused                       bool
}{
	"UpsertCIItem.attributes":               {ci, `attributes: {os: "x", description: "y"}`, ``, `attributes: null`, ciNow, false},
	"UpsertCIItem.evidence":                 {ci, `evidence: {method: OBSERVED, confirmedBy: "Ada"}`, ``, `evidence: null`, ciNow, false},
	"EvidenceInput.method":                  {ci, `evidence: {method: OBSERVED}`, `evidence: {}`, `evidence: {method: null}`, ciNow, false},
	"EvidenceInput.confirmedBy":             {rel, `evidence: {confirmedBy: "Ada"}`, `evidence: {}`, `evidence: {confirmedBy: null}`, relNow, false},
	"EvidenceInput.observedAt":              {rel, `weight: 1, evidence: {observedAt: "2026-01-01T00:00:00Z"}`, `weight: 2`, `weight: null, evidence: {observedAt: null}`, relNow, false},
	"UpsertRelationItem.transfer":           {rel, `transfer: "SOFT"`, ``, `transfer: null`, relNow, false},
	"UpsertRelationItem.grace":              {rel, `grace: "PT20M"`, ``, `grace: null`, relNow, false},
	"UpsertRelationItem.phase":              {rel, `phase: START`, ``, `phase: null`, relNow, false},
	"UpsertRelationItem.capacity":           {rel, `capacity: 5`, ``, `capacity: null`, relNow, false},
	"UpsertRelationItem.weight":             {rel, `weight: 0.5`, ``, `weight: null`, relNow, false},
	"UpsertRelationItem.validFrom":          {rel, `validFrom: "2026-01-01T00:00:00Z"`, ``, `validFrom: null`, relNow, false},
	"UpsertRelationItem.validTo":            {rel, `validTo: "2026-01-01T00:00:00Z"`, ``, `validTo: null`, relNow, false},
	"UpsertRelationItem.evidence":           {rel, `evidence: {method: OBSERVED, confirmedBy: "Ada", observedAt: "2026-01-01T00:00:00Z"}`, ``, `evidence: null`, relNow, false},
	"UpsertRequirementItem.k":               {need, `AT_LEAST, k: 2`, `AT_LEAST`, `AT_LEAST, k: null`, needNow, true},
	"UpsertRequirementItem.percent":         {need, `PERCENT, percent: 60, designedSize: 10`, `PERCENT`, `PERCENT, percent: null`, needNow, true},
	"UpsertRequirementItem.designedSize":    {need, `ALL, designedSize: 3`, `ALL`, `ALL, designedSize: null`, needNow, false},
	"UpsertRequirementItem.spareRequired":   {need, `ANY, designedSize: 3, spareRequired: 2`, `ANY, designedSize: 3`, `ANY, designedSize: 3, spareRequired: null`, needNow, false},
	"UpsertRequirementItem.failover":        {need, `ACTIVE_PASSIVE, failover: "PT1M"`, `ACTIVE_PASSIVE`, `ACTIVE_PASSIVE, failover: null`, needNow, false},
	"UpsertRequirementItem.demand":          {need, `CAPACITY, demand: 5`, `CAPACITY`, `CAPACITY, demand: null`, needNow, true},
	"UpsertRequirementItem.demandSteps":     {need, `CAPACITY, demand: 5, demandSteps: [{at: "2026-01-01T00:00:00Z", demand: 9}]`, `CAPACITY, demand: 5`, `CAPACITY, demand: 5, demandSteps: null`, needNow, false},
	"UpsertRequirementItem.headroomPercent": {need, `CAPACITY, demand: 5, headroomPercent: 20`, `CAPACITY, demand: 5`, `CAPACITY, demand: 5, headroomPercent: null`, needNow, false},
	"UpsertRequirementItem.degradedPercent": {need, `CAPACITY, demand: 5, degradedPercent: 20`, `CAPACITY, demand: 5`, `CAPACITY, demand: 5, degradedPercent: null`, needNow, false},
	"UpsertRequirementItem.floorPercent":    {need, `CAPACITY, demand: 5, floorPercent: 20`, `CAPACITY, demand: 5`, `CAPACITY, demand: 5, floorPercent: null`, needNow, false},
	"UpsertRequirementItem.targets":         {need, `REACHES, plane: "network", targets: [{ref: "server:s"}]`, `REACHES`, `REACHES, targets: null`, needNow, true},
	"UpsertRequirementItem.plane":           {need, `REACHES, plane: "network", targets: [{ref: "server:s"}]`, `REACHES`, `REACHES, plane: null`, needNow, true},
	"ConfirmRelationItem.observedAt":        {agree, `confirmedBy: "Ada", observedAt: "2026-01-01T00:00:00Z"`, `confirmedBy: "Ada"`, `confirmedBy: "Eve", observedAt: null`, relNow, false},
	"PinInput.value":                        {pin, `value: "x"`, ``, `value: null`, pinNow, true},
	"PinInput.expires":                      {pin, `value: "x", expires: "2030-01-01T00:00:00Z"`, `value: "x"`, `value: "x", expires: null`, pinNow, false},
	"ClassItem.extends":                     {class, `extends: "server"`, ``, `extends: null`, classNow, true},
	"ClassItem.description":                 {class, `extends: "server", description: "d"`, `extends: "server"`, `extends: "server", description: null`, classNow, false},
	"ClassItem.tier":                        {class, `extends: "server", tier: "business"`, `extends: "server"`, `extends: "server", tier: null`, classNow, false},
	"ClassItem.abstract":                    {class, `extends: "server", abstract: true`, `extends: "server"`, `extends: "server", abstract: null`, classNow, false},
	"ClassItem.attributes":                  {class, `extends: "server", attributes: [{name: "slot", type: INT}]`, `extends: "server"`, `extends: "server", attributes: null`, classNow, false},
	"ClassItem.identifiers":                 {class, `extends: "server", identifiers: [["os"]]`, `extends: "server"`, `extends: "server", identifiers: null`, classNow, false},
	"ClassItem.requires":                    {class, `extends: "server", requires: [{types: ["RUNS_ON"], direction: PROVIDERS, reason: "x"}]`, `extends: "server"`, `extends: "server", requires: null`, classNow, false},
	"ClassItem.redundancy":                  {class, `extends: "server", redundancy: [{name: "r", type: "RUNS_ON", rule: ANY, reason: "x"}]`, `extends: "server"`, `extends: "server", redundancy: null`, classNow, false},
	"ClassItem.ranking":                     {class, `extends: "server", ranking: [{sources: ["a"]}]`, `extends: "server"`, `extends: "server", ranking: null`, classNow, false},
	"EditChangeInput.description":           {edit, `description: "d"`, ``, `description: null`, editNow, false},
	"EditChangeInput.plannedStart":          {edit, `plannedStart: "2026-12-01T11:00:00Z"`, ``, `plannedStart: null`, editNow, false},
	"EditChangeInput.plannedEnd":            {edit, `plannedEnd: "2026-12-01T13:00:00Z"`, ``, `plannedEnd: null`, editNow, false},
	"EditChangeInput.model":                 {edit, `model: "m"`, ``, `model: null`, editNow, false},
	"EditChangeInput.implementer":           {edit, `implementer: "ivan"`, ``, `implementer: null`, editNow, false},
	"EditChangeInput.patch":                 {edit, `patch: {retireCIs: [{ci: {ref: "database:d"}}]}`, ``, `patch: null`, editNow, false},
	"EditChangeInput.implementationPlan":    {edit, `implementationPlan: "p"`, ``, `implementationPlan: null`, editNow, false},
	"EditChangeInput.backoutPlan":           {edit, `backoutPlan: "p"`, ``, `backoutPlan: null`, editNow, false},
	"EditChangeInput.backoutNeeds":          {edit, `backoutNeeds: [{ref: "database:d"}]`, ``, `backoutNeeds: null`, editNow, false},
	"EditChangeInput.testPlan":              {edit, `testPlan: "p"`, ``, `testPlan: null`, editNow, false},
	"RelationTypeItem.description":          {typ, `description: "d"`, ``, `description: null`, typeNow, false},
	"RelationTypeItem.between":              {typ, `between: [{consumer: "server", provider: "rack"}]`, ``, `between: null`, typeNow, false},
}

func TestNullClearsAndAbsentKeeps(t *testing.T) {
	for field, c := range cleared {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			b := open(t, nil)
			do := func(b bench, item string) string {
				t.Helper()
				return messages(t, b.ask(t, "mutation { "+fmt.Sprintf(c.mutation, item)+" { errors { message } } }", nil))
			}
			must := func(b bench, item string) {
				t.Helper()
				if said := do(b, item); said != "" {
					t.Fatalf("%s is refused: %s", item, said)
				}
			}
			read := func(b bench) string { return data(t, b.ask(t, c.read, nil)) }
			b.ask(t, "mutation { "+standing+" }", nil)
			must(b, c.given)
			given := read(b)
			must(b, c.absent)
			if now := read(b); field != "EvidenceInput.observedAt" && now != given {
				t.Errorf("absence does not keep:\n%s\nwas\n%s", now, given)
			} else if !strings.Contains(now, "2026-01-01") && field == "EvidenceInput.observedAt" {
				t.Errorf("absence does not keep:\n%s", now)
			}
			if c.refused {
				if do(b, c.null) == "" || read(b) != given {
					t.Error("null is not refused")
				}
				return
			}
			must(b, c.null)
			never := open(t, nil)
			never.ask(t, "mutation { "+standing+" }", nil)
			must(never, c.absent)
			must(never, c.null)
			if now, want := read(b), read(never); now != want || now == given {
				t.Errorf("after null is\n%s\nwithout it ever\n%s", now, want)
			}
		})
	}
}

// same: null is the same as absence, in a mutation that has the field as %s.
var same = map[string]string{
	"UpsertCIItem.class":           `upsertCIs(input: {items: [{ci: {ref: "server:new"}, %s}]})`,
	"UpsertCIItem.scope":           `upsertCIs(input: {items: [{ci: {key: {source: "k", value: "9"}}, class: "server", name: "new", %s}]})`,
	"UpsertCIItem.name":            `upsertCIs(input: {items: [{ci: {ref: "server:new"}, %s}]})`,
	"UpsertCIItem.keys":            `upsertCIs(input: {items: [{ci: {key: {source: "k", value: "1"}}, %s}]})`,
	"UpsertCIItem.expectedVersion": `upsertCIs(input: {items: [{ci: {ref: "server:s"}, %s}]})`,

	"UpsertRelationItem.requirement":     `upsertRelations(input: {items: [{from: {ref: "application:a"}, type: "RUNS_ON", to: {ref: "server:s"}, %s}]})`,
	"UpsertRelationItem.qualifier":       `upsertRelations(input: {items: [{from: {ref: "application:a"}, type: "RUNS_ON", to: {ref: "server:s"}, %s}]})`,
	"UpsertRelationItem.expectedVersion": `upsertRelations(input: {items: [{from: {ref: "application:a"}, type: "RUNS_ON", to: {ref: "server:s"}, %s}]})`,

	"UpsertRequirementItem.expectedVersion": `upsertRequirements(input: {items: [{of: {ref: "application:a"}, name: "db", rule: ALL, %s}]})`,

	"WithdrawRelationItem.requirement":     `withdrawRelations(input: {items: [{from: {ref: "application:a"}, type: "RUNS_ON", to: {ref: "server:s"}, %s}]})`,
	"WithdrawRelationItem.qualifier":       `withdrawRelations(input: {items: [{from: {ref: "application:a"}, type: "RUNS_ON", to: {ref: "server:s"}, %s}]})`,
	"WithdrawRelationItem.expectedVersion": `withdrawRelations(input: {items: [{from: {ref: "application:a"}, type: "RUNS_ON", to: {ref: "server:s"}, %s}]})`,

	"ConfirmRelationItem.requirement":     `confirmRelations(input: {items: [{from: {ref: "application:a"}, type: "RUNS_ON", to: {ref: "server:s"}, %s}]})`,
	"ConfirmRelationItem.qualifier":       `confirmRelations(input: {items: [{from: {ref: "application:a"}, type: "RUNS_ON", to: {ref: "server:s"}, %s}]})`,
	"ConfirmRelationItem.confirmedBy":     `confirmRelations(input: {items: [{from: {ref: "application:a"}, type: "RUNS_ON", to: {ref: "server:s"}, %s}]})`,
	"ConfirmRelationItem.expectedVersion": `confirmRelations(input: {items: [{from: {ref: "application:a"}, type: "RUNS_ON", to: {ref: "server:s"}, %s}]})`,

	"WithdrawRequirementItem.expectedVersion": `withdrawRequirements(input: {items: [{of: {ref: "application:a"}, name: "db", %s}]})`,
	"RenameCIItem.scope":                      `renameCIs(input: {items: [{ci: {ref: "server:s"}, name: "t", %s}]})`,
	"RenameCIItem.name":                       `renameCIs(input: {items: [{ci: {ref: "server:s"}, scope: "t", %s}]})`,
	"RenameCIItem.expectedVersion":            `renameCIs(input: {items: [{ci: {ref: "server:s"}, name: "t", %s}]})`,
	"RetireCIItem.expectedVersion":            `retireCIs(input: {items: [{ci: {ref: "server:s"}, %s}]})`,
	"RestoreCIItem.expectedVersion":           `restoreCIs(input: {items: [{ci: {ref: "server:s"}, %s}]})`,

	"PinInput.attribute":   `pin(input: {ci: {ref: "server:s"}, reason: "r", %s})`,
	"PinInput.author":      `pin(input: {ci: {ref: "server:s"}, reason: "r", %s})`,
	"UnpinInput.attribute": `unpin(input: {ci: {ref: "server:s"}, %s})`,

	"AttributeDefinitionInput.of":          `defineClasses(input: {items: [{name: "thing", extends: "ci", attributes: [{name: "x", type: INT, %s}]}]})`,
	"AttributeDefinitionInput.unit":        `defineClasses(input: {items: [{name: "thing", extends: "ci", attributes: [{name: "x", type: INT, %s}]}]})`,
	"AttributeDefinitionInput.description": `defineClasses(input: {items: [{name: "thing", extends: "ci", attributes: [{name: "x", type: INT, %s}]}]})`,
	"AttributeDefinitionInput.required":    `defineClasses(input: {items: [{name: "thing", extends: "ci", attributes: [{name: "x", type: INT, %s}]}]})`,
	"AttributeDefinitionInput.allowed":     `defineClasses(input: {items: [{name: "thing", extends: "ci", attributes: [{name: "x", type: INT, %s}]}]})`,
	"AttributeDefinitionInput.default":     `defineClasses(input: {items: [{name: "thing", extends: "ci", attributes: [{name: "x", type: INT, %s}]}]})`,
	"AttributeDefinitionInput.indexed":     `defineClasses(input: {items: [{name: "thing", extends: "ci", attributes: [{name: "x", type: INT, %s}]}]})`,

	"RedundancyRuleInput.provider": `defineClasses(input: {items: [{name: "thing", extends: "ci", redundancy: [{name: "r", type: "RUNS_ON", rule: ANY, reason: "r", %s}]}]})`,
	"RedundancyRuleInput.k":        `defineClasses(input: {items: [{name: "thing", extends: "ci", redundancy: [{name: "r", type: "RUNS_ON", rule: ANY, reason: "r", %s}]}]})`,
	"RedundancyRuleInput.percent":  `defineClasses(input: {items: [{name: "thing", extends: "ci", redundancy: [{name: "r", type: "RUNS_ON", rule: ANY, reason: "r", %s}]}]})`,
	"SourceRankingInput.attribute": `defineClasses(input: {items: [{name: "thing", extends: "ci", ranking: [{sources: ["a"], %s}]}]})`,

	"UpsertCIsInput.*":                `upsertCIs(input: {items: [{ci: {ref: "server:s"}, attributes: {os: "x"}}], %s})`,
	"UpsertRelationsInput.*":          `upsertRelations(input: {items: [{from: {ref: "application:a"}, type: "RUNS_ON", to: {ref: "server:s"}}], %s})`,
	"UpsertRequirementsInput.*":       `upsertRequirements(input: {items: [{of: {ref: "application:a"}, name: "db", rule: ALL}], %s})`,
	"WithdrawRelationsInput.*":        `withdrawRelations(input: {items: [], %s})`,
	"WithdrawRequirementsInput.*":     `withdrawRequirements(input: {items: [], %s})`,
	"ConfirmRelationsInput.*":         `confirmRelations(input: {items: [], %s})`,
	"RenameCIsInput.*":                `renameCIs(input: {items: [{ci: {ref: "server:s"}, name: "t"}], %s})`,
	"RetireCIsInput.*":                `retireCIs(input: {items: [{ci: {ref: "server:s"}}], %s})`,
	"RestoreCIsInput.*":               `restoreCIs(input: {items: [], %s})`,
	"DefineClassesInput.*":            `defineClasses(input: {items: [{name: "thing", extends: "ci"}], %s})`,
	"DefineRelationTypesInput.*":      `defineRelationTypes(input: {items: [], %s})`,
	"CreateBaselineInput.at":          `createBaseline(input: {name: "b", %s})`,
	"CreateBaselineInput.description": `createBaseline(input: {name: "b", %s})`,
	"CreateBaselineInput.*":           `createBaseline(input: {name: "b", %s})`,
	"RemoveBaselineInput.*":           `removeBaseline(input: {name: "b", %s})`,
	"PinInput.*":                      `pin(input: {ci: {ref: "server:s"}, reason: "r", %s})`,
	"UnpinInput.*":                    `unpin(input: {ci: {ref: "server:s"}, %s})`,

	"CreateChangeInput.description":          `createChange(input: {title: "u", %s})`,
	"CreateChangeInput.affects":              `createChange(input: {title: "u", %s})`,
	"CreateChangeInput.plannedStart":         `createChange(input: {title: "u", %s})`,
	"CreateChangeInput.plannedEnd":           `createChange(input: {title: "u", %s})`,
	"CreateChangeInput.implementer":          `createChange(input: {title: "u", %s})`,
	"CreateChangeInput.patch":                `createChange(input: {title: "u", %s})`,
	"CreateChangeInput.implementationPlan":   `createChange(input: {title: "u", %s})`,
	"CreateChangeInput.backoutNeeds":         `createChange(input: {title: "u", %s})`,
	"CreateChangeInput.backoutPlan":          `createChange(input: {title: "u", %s})`,
	"CreateChangeInput.testPlan":             `createChange(input: {title: "u", %s})`,
	"AffectedCIInput.from":                   `createChange(input: {title: "u", affects: [{ci: {ref: "server:s"}, %s}]})`,
	"AffectedCIInput.until":                  `createChange(input: {title: "u", affects: [{ci: {ref: "server:s"}, %s}]})`,
	"AffectedCIInput.reason":                 `createChange(input: {title: "u", affects: [{ci: {ref: "server:s"}, %s}]})`,
	"AffectedCIInput.expires":                `createChange(input: {title: "u", affects: [{ci: {ref: "server:s"}, %s}]})`,
	"EditChangeInput.type":                   `editChange(input: {change: "CHG0000001", description: "u", %s})`,
	"EditChangeInput.title":                  `editChange(input: {change: "CHG0000001", description: "u", %s})`,
	"EditChangeInput.affects":                `editChange(input: {change: "CHG0000001", description: "u", %s})`,
	"EditChangeInput.withdraw":               `editChange(input: {change: "CHG0000001", description: "u", %s})`,
	"EditChangeInput.expectedVersion":        `editChange(input: {change: "CHG0000001", description: "u", %s})`,
	"ChangeVerbInput.reason":                 `submitChange(input: {change: "CHG0000001", %s})`,
	"ChangeVerbInput.expectedVersion":        `submitChange(input: {change: "CHG0000001", %s})`,
	"DecideChangeInput.assessmentId":         `approveChange(input: {change: "CHG0000001", %s})`,
	"AddChangeTaskInput.description":         `addChangeTask(input: {change: "CHG0000001", title: "t", %s})`,
	"AddChangeTaskInput.assignee":            `addChangeTask(input: {change: "CHG0000001", title: "t", %s})`,
	"AddChangeTaskInput.due":                 `addChangeTask(input: {change: "CHG0000001", title: "t", %s})`,
	"AddChangeTaskInput.idempotencyKey":      `addChangeTask(input: {change: "CHG0000001", title: "t", %s})`,
	"CloseChangeTaskInput.comment":           `closeChangeTask(input: {task: "CHG0000001.T1", %s})`,
	"CloseChangeTaskInput.idempotencyKey":    `closeChangeTask(input: {task: "CHG0000001.T1", %s})`,
	"DecideChangeInput.onBehalfOf":           `approveChange(input: {change: "CHG0000001", %s})`,
	"DelegateDecisionsInput.from":            `delegateDecisions(input: {to: "dora", until: "2027-01-01T00:00:00Z", %s})`,
	"DelegateDecisionsInput.reason":          `delegateDecisions(input: {to: "dora", until: "2027-01-01T00:00:00Z", %s})`,
	"DelegateDecisionsInput.idempotencyKey":  `delegateDecisions(input: {to: "dora", until: "2027-01-01T00:00:00Z", %s})`,
	"WithdrawDelegationInput.idempotencyKey": `withdrawDelegation(input: {delegation: "DLG0000001", %s})`,
	"DecideChangeInput.comment":              `approveChange(input: {change: "CHG0000001", %s})`,
	"FinishChangeInput.actualStart":          `finishChange(input: {change: "CHG0000001", closureCode: SUCCESSFUL, %s})`,
	"FinishChangeInput.actualEnd":            `finishChange(input: {change: "CHG0000001", closureCode: SUCCESSFUL, %s})`,
	"ReportOutageInput.from":                 `reportOutage(input: {ci: {ref: "server:s"}, %s})`,
	"ReportOutageInput.until":                `reportOutage(input: {ci: {ref: "server:s"}, %s})`,
	"ReportOutageInput.title":                `reportOutage(input: {ci: {ref: "server:s"}, %s})`,
	"EndOutageInput.until":                   `endOutage(input: {outage: "OUT0000001", %s})`,
	"CreateChangeInput.*":                    `createChange(input: {title: "u", %s})`,
	"EditChangeInput.*":                      `editChange(input: {change: "CHG0000001", description: "u", %s})`,
	"ChangeVerbInput.idempotencyKey":         `submitChange(input: {change: "CHG0000001", %s})`,
	"DecideChangeInput.idempotencyKey":       `approveChange(input: {change: "CHG0000001", %s})`,
	"FinishChangeInput.idempotencyKey":       `finishChange(input: {change: "CHG0000001", closureCode: SUCCESSFUL, %s})`,
	"ReviewChangeInput.idempotencyKey":       `reviewChange(input: {change: "CHG0000001", review: "r", %s})`,
	"CommentOnChangeInput.idempotencyKey":    `commentOnChange(input: {change: "CHG0000001", text: "t", %s})`,
	"ReportOutageInput.idempotencyKey":       `reportOutage(input: {ci: {ref: "server:s"}, %s})`,
	"EndOutageInput.idempotencyKey":          `endOutage(input: {outage: "OUT0000001", %s})`,

	"GraphPatchInput.upsertCIs":                `createChange(input: {title: "u", patch: {source: "manual", %s}})`,
	"GraphPatchInput.upsertRequirements":       `createChange(input: {title: "u", patch: {source: "manual", %s}})`,
	"GraphPatchInput.upsertRelations":          `createChange(input: {title: "u", patch: {source: "manual", %s}})`,
	"GraphPatchInput.withdrawRelations":        `createChange(input: {title: "u", patch: {source: "manual", %s}})`,
	"GraphPatchInput.withdrawRequirements":     `createChange(input: {title: "u", patch: {source: "manual", %s}})`,
	"GraphPatchInput.renameCIs":                `createChange(input: {title: "u", patch: {source: "manual", %s}})`,
	"GraphPatchInput.retireCIs":                `createChange(input: {title: "u", patch: {source: "manual", %s}})`,
	"CreateTokenInput.source":                  `createToken(input: {principal: "", roles: [VIEWER], %s})`,
	"CreateTokenInput.teams":                   `createToken(input: {principal: "", roles: [VIEWER], %s})`,
	"CreateTokenInput.expires":                 `createToken(input: {principal: "", roles: [VIEWER], %s})`,
	"CreateChangeWindowInput.recurrence":       `createChangeWindow(input: {kind: BLACKOUT, title: "t", starts: "2026-12-01T00:00:00Z", duration: "PT1H", %s})`,
	"CreateChangeWindowInput.timeZone":         `createChangeWindow(input: {kind: BLACKOUT, title: "t", starts: "2026-12-01T00:00:00Z", duration: "PT1H", %s})`,
	"CreateChangeWindowInput.classes":          `createChangeWindow(input: {kind: BLACKOUT, title: "t", starts: "2026-12-01T00:00:00Z", duration: "PT1H", %s})`,
	"CreateChangeWindowInput.owners":           `createChangeWindow(input: {kind: BLACKOUT, title: "t", starts: "2026-12-01T00:00:00Z", duration: "PT1H", %s})`,
	"CreateChangeWindowInput.cis":              `createChangeWindow(input: {kind: BLACKOUT, title: "t", starts: "2026-12-01T00:00:00Z", duration: "PT1H", %s})`,
	"CreateChangeWindowInput.idempotencyKey":   `createChangeWindow(input: {kind: BLACKOUT, title: "t", starts: "2026-12-01T00:00:00Z", duration: "PT1H", %s})`,
	"WithdrawChangeWindowInput.idempotencyKey": `withdrawChangeWindow(input: {window: "WIN0000001", %s})`,
	"CreateChangeInput.model":                  `createChange(input: {title: "u", %s})`,
	"SetChangePolicyInput.approvers":           `setChangePolicy(input: {name: "p", when: "true", autoApprove: true, %s})`,
	"SetChangePolicyInput.idempotencyKey":      `setChangePolicy(input: {name: "p", when: "true", autoApprove: true, %s})`,
	"SetChangeThresholdsInput.criticality":     `setChangeThresholds(input: {%s})`, "SetChangeThresholdsInput.largeBlast": `setChangeThresholds(input: {%s})`, "SetChangeThresholdsInput.mostlyWell": `setChangeThresholds(input: {%s})`,
	"SetChangeThresholdsInput.oftenWell": `setChangeThresholds(input: {%s})`, "SetChangeThresholdsInput.enoughAlike": `setChangeThresholds(input: {%s})`, "SetChangeThresholdsInput.idempotencyKey": `setChangeThresholds(input: {%s})`,
	"SetChangeModelInput.idempotencyKey": `setChangeModel(input: {name: "p", title: "t", guard: "true", %s})`,
	"WithdrawRuleInput.idempotencyKey":   `withdrawRule(input: {kind: POLICY, name: "p", %s})`,
	"ReviewChangeInput.observed":         `reviewChange(input: {change: "CHG0000001", review: "r", %s})`,
	"ApplyPlanInput.*":                   `applyPlan(input: {planId: "PLAN", %s})`, // of a plan that is made for it
}

func TestNullElsewhereIsAbsence(t *testing.T) {
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphqls", Input: resolvers.SDL()})
	must(t, err)
	for name, mutation := range same {
		input, field, _ := strings.Cut(name, ".")
		for _, f := range map[bool][]string{true: {"message", "idempotencyKey"}, false: {field}}[field == "*"] {
			t.Run(input+"."+f, func(t *testing.T) {
				t.Parallel()
				var answers [2][]byte
				for i, given := range []string{"", f + ": null"} {
					b := open(t, nil)
					b.ask(t, "mutation { "+standing+` k: upsertCIs(input: {items: [{ci: {key: {source: "k", value: "1"}}, class: "server", name: "keyed"}]}) { errors { message } } }`, nil)
					b.ask(t, "mutation { "+fmt.Sprintf(rel, "")+" { errors { message } } }", nil)
					b.ask(t, "mutation { "+fmt.Sprintf(need, "ALL")+" { errors { message } } }", nil)
					asked := strings.ReplaceAll(fmt.Sprintf(mutation, given), "PLAN", b.plan(t, `{retireCIs: [{ci: {ref: "server:s"}}]}`))
					items := "items { status id version note }"
					if verb, _, _ := strings.Cut(asked, "("); schema.Types[schema.Mutation.Fields.ForName(verb).Type.Name()].Fields.ForName("items") == nil {
						items = ""
					}
					after := "query { revisions(newestFirst: true, first: 1) { nodes { message changes { record } } } }"
					if strings.Contains(asked, "Token(") {
						after = ""
					}
					answers[i] = b.ask(t, "mutation { "+asked+` { revision `+items+` errors { message path }
					  `+after+` } }`, nil)
				}
				if !bytes.Equal(answers[0], answers[1]) || !bytes.Contains(answers[0], []byte(`"revision"`)) {
					t.Errorf("without it\n%s\nwith null\n%s", answers[0], answers[1])
				}
			})
		}
	}
}

func TestEveryNullableInputIsInTheTables(t *testing.T) {
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphqls", Input: resolvers.SDL()})
	must(t, err)
	known := map[string]bool{}
	for _, name := range slices.Concat(slices.Collect(maps.Keys(cleared)), slices.Collect(maps.Keys(same))) {
		if input, all := strings.CutSuffix(name, ".*"); all {
			known[input+".message"], known[input+".idempotencyKey"] = true, true
			continue
		}
		if known[name] {
			t.Errorf("%s stands in both tables", name)
		}
		known[name] = true
	}
	seen := map[string]bool{}
	var visit func(d *ast.Definition)
	visit = func(d *ast.Definition) {
		if d.Kind != ast.InputObject || seen[d.Name] {
			return
		}
		seen[d.Name] = true
		for _, f := range d.Fields {
			visit(schema.Types[f.Type.Name()])
			name := d.Name + "." + f.Name
			if !f.Type.NonNull && d.Directives.ForName("oneOf") == nil && !known[name] {
				t.Errorf("of %s nobody says what null means", name)
			}
			delete(known, name)
		}
	}
	for _, m := range schema.Mutation.Fields {
		for _, a := range m.Arguments {
			visit(schema.Types[a.Type.Name()])
		}
	}
	for name := range known {
		t.Errorf("%s is no input of a mutation", name)
	}
}

// data is the data of an answer.
func data(t testing.TB, answer []byte) string {
	t.Helper()
	var out struct {
		Data   json.RawMessage
		Errors []struct{ Message string }
	}
	must(t, json.Unmarshal(answer, &out))
	if out.Errors != nil {
		t.Fatal(out.Errors)
	}
	return string(out.Data)
}

// messages are the refusals of a mutation's only field.
func messages(t testing.TB, answer []byte) string {
	t.Helper()
	var fields map[string]struct {
		Errors []struct{ Message string }
	}
	must(t, json.Unmarshal([]byte(data(t, answer)), &fields))
	for _, f := range fields {
		if len(f.Errors) > 0 {
			return fmt.Sprint(f.Errors)
		}
	}
	return ""
}
