package resolvers

import "github.com/faultline-itsm/faultline/internal/gql"

// root gives each type of the schema its resolvers: one struct a concept.
type root struct{ *API }

var _ gql.ResolverRoot = root{}

type (
	query struct {
		items
		catalogue
		impact
		planning
		reach
		cutSets
		estate
		baselines
		search
		changes
		windows
		margins
		rules
		tokens
		delegations
		ledger
		status
		federation
	}
	mutation struct {
		describing
		retiring
		pinning
		baselines
		defining
		planning
		changing
		outages
		windows
		rules
		tokens
		delegations
	}
)

func (r root) Query() gql.QueryResolver {
	return query{items{r.API}, catalogue{}, impact{r.API}, planning{r.API}, reach{}, cutSets{}, estate{}, baselines{r.API}, search{}, changes{r.API}, windows{r.API}, margins{r.API}, rules{r.API}, tokens{r.API}, delegations{r.API}, ledger{r.API}, status{r.API}, federation{}}
}

func (r root) Mutation() gql.MutationResolver {
	return mutation{describing{r.API}, retiring{r.API}, pinning{r.API}, baselines{r.API}, defining{r.API}, planning{r.API}, changing{r.API}, outages{r.API}, windows{r.API}, rules{r.API}, tokens{r.API}, delegations{r.API}}
}

func (r root) Subscription() gql.SubscriptionResolver { return following{r.API} }

func (r root) ConfigurationItem() gql.ConfigurationItemResolver { return relations{} }
func (r root) ImpactAssessment() gql.ImpactAssessmentResolver   { return assessment{} }
func (r root) Change() gql.ChangeResolver                       { return changes{r.API} }
func (r root) ChangeAssessment() gql.ChangeAssessmentResolver   { return sealedAssessment{r.API} }
func (r root) CutSets() gql.CutSetsResolver                     { return cutSets{} }
func (r root) LedgerEntry() gql.LedgerEntryResolver             { return entries{r.API} }
