package resolvers

import "github.com/faultline-itsm/faultline/internal/guard"

// prices is what questions cost beyond the rows that they answer with: what is
// solved, counted or searched for costs more than what is looked up. docs/api.md
// tells them to clients.
var prices = guard.Prices{
	Page: defaultPage, MaxPage: maxPage,
	Fields: map[string]int{
		"Query.impact":                  100,
		"Query.planChanges":             110,
		"Query.cutSets":                 500,
		"Query.dangerous":               2000,
		"Query.illusions":               2000,
		"Query.reach":                   50,
		"Query.search":                  20,
		"CIConnection.totalCount":       50,
		"ImpactAssessment.interactions": 300,
		"ImpactAssessment.verifyFirst":  300,
		"ImpactAssessment.safeIf":       500,
		"ImpactAssessment.possibleOnly": 100,
		"ImpactAssessment.countsIn":     100,
		"ImpactAssessment.why":          10,
		"ImpactAssessment.whyNot":       10,
		"Mutation.upsertCIs":            10,
		"Mutation.upsertRelations":      10,
		"Mutation.upsertRequirements":   10,
		"Mutation.withdrawRelations":    10,
		"Mutation.withdrawRequirements": 10,
		"Mutation.confirmRelations":     10,
		"Mutation.renameCIs":            10,
		"Mutation.retireCIs":            10,
		"Mutation.restoreCIs":           10,
		"Mutation.pin":                  10,
		"Mutation.unpin":                10,
		"Mutation.defineClasses":        10,
		"Mutation.defineRelationTypes":  10,
		"Mutation.applyPlan":            110,
	},
	Lists: map[string]int{
		"Query.ciClasses":       100,
		"Query.relationTypes":   50,
		"Requirement.providers": 10,
		"Dangers.nodes":         20,
		"Illusions.nodes":       100,
		"Illusion.hollowed":     2,
		"Hollowed.lost":         2,
		"SafeIf.sets":           10,
		"Doubt.ifTrue":          5,
		"Doubt.ifFalse":         5,
	},
	Sized: map[string]string{"Query.nodes": "ids", "Query._entities": "representations"},
}
