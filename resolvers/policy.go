package resolvers

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"github.com/faultline-itsm/faultline/internal/itsm"
)

// policies say which roles may ask for each field of the three roots: one of them. A
// field without a policy is nobody's, and a test fails where there is one. Rooms refuse
// further by their own rules: four eyes, the implementer, the source of a token.
var policies = map[string][]itsm.Role{
	"Query.node": readers, "Query.nodes": readers, "Query.ci": readers, "Query.cis": readers, "Query.ciClasses": readers, "Query.relationTypes": readers,
	"Query.impact": readers, "Query.planChanges": readers, "Query.reach": readers, "Query.cutSets": readers, "Query.dangerous": readers, "Query.illusions": readers,
	"Query.baselines": readers, "Query.diff": readers, "Query.search": readers, "Query.revisions": readers, "Query.store": readers, "Query.viewer": everybody,
	"Query.change": readers, "Query.changes": readers, "Query.openOutages": readers, "Query.trackRecord": readers, "Query.changeWindows": readers, "Query.changeSchedule": readers, "Query.activeWindows": readers, "Query.changeCalendar": readers, "Query.safeSlots": readers, "Query.changePolicies": readers, "Query.changeModels": readers, "Query.changeThresholds": readers, "Query.margin": readers, "Query._entities": readers, "Query._service": everybody,
	"Query.__schema": everybody, "Query.__type": everybody, "Query.__typename": everybody,
	"Query.delegations": readers, "Mutation.delegateDecisions": readers, "Mutation.withdrawDelegation": everybody,
	"Query.tokens": {itsm.Admin, itsm.Auditor},

	"Mutation.upsertCIs": writers, "Mutation.upsertRelations": writers, "Mutation.upsertRequirements": writers, "Mutation.withdrawRelations": writers,
	"Mutation.withdrawRequirements": writers, "Mutation.confirmRelations": writers, "Mutation.renameCIs": writers, "Mutation.retireCIs": writers,
	"Mutation.restoreCIs": writers, "Mutation.applyPlan": {itsm.ConfigManager}, "Mutation.pin": {itsm.ConfigManager}, "Mutation.unpin": {itsm.ConfigManager},
	"Mutation.defineClasses": {itsm.ConfigManager}, "Mutation.defineRelationTypes": {itsm.ConfigManager},
	"Mutation.createBaseline": {itsm.ConfigManager, itsm.ChangeManager}, "Mutation.removeBaseline": {itsm.ConfigManager, itsm.ChangeManager},

	"Mutation.createChange": readers, "Mutation.editChange": readers, "Mutation.submitChange": readers, "Mutation.assessChange": readers,
	"Mutation.requestChangeApproval": readers, "Mutation.approveChange": readers, "Mutation.rejectChange": readers, "Mutation.startChange": readers,
	"Mutation.finishChange": readers, "Mutation.reviewChange": readers, "Mutation.cancelChange": readers, "Mutation.commentOnChange": readers, "Mutation.addChangeTask": readers, "Mutation.closeChangeTask": readers,
	"Mutation.setChangePolicy": {itsm.ChangeManager}, "Mutation.setChangeModel": {itsm.ChangeManager}, "Mutation.setChangeThresholds": {itsm.ChangeManager}, "Mutation.withdrawRule": {itsm.ChangeManager}, "Mutation.createChangeWindow": {itsm.ChangeManager}, "Mutation.withdrawChangeWindow": {itsm.ChangeManager}, "Mutation.reportOutage": readers, "Mutation.endOutage": readers,
	"Mutation.createToken": {itsm.Admin}, "Mutation.revokeToken": {itsm.Admin}, "Mutation.__typename": everybody,

	"Subscription.revisionCommitted": readers, "Subscription.ciChanged": readers, "Subscription.changeEvents": readers, "Subscription.serviceMargin": readers, "Subscription.__typename": everybody,
}

var (
	everybody = []itsm.Role{}
	writers   = []itsm.Role{itsm.CIWriter, itsm.ConfigManager}
	readers   = itsm.Readers
)

// permission refuses the fields of the roots to who may not ask for them.
type permission struct{ *API }

func (permission) ExtensionName() string                   { return "Permission" }
func (permission) Validate(graphql.ExecutableSchema) error { return nil }

func (p permission) InterceptField(ctx context.Context, next graphql.Resolver) (any, error) {
	f := graphql.GetFieldContext(ctx)
	if f.Object != "Query" && f.Object != "Mutation" && f.Object != "Subscription" {
		return next(ctx)
	}
	if err := permitted(p.actor(ctx), f.Object, f.Field.Name); err != nil {
		return nil, err
	}
	return next(ctx)
}

// permitted refuses a field of a root to who has none of its roles.
func permitted(who itsm.Actor, root, field string) error {
	roles, known := policies[root+"."+field]
	if !known {
		roles = []itsm.Role{"nobody"}
	}
	return who.Must("ask for "+field, roles...)
}
