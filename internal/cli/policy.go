package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

type changePolicy struct {
	Name        string   `json:"name"`
	Version     int      `json:"version"`
	When        string   `json:"when"`
	Approvers   []string `json:"approvers"`
	Quorum      int      `json:"quorum"`
	AutoApprove bool     `json:"autoApprove"`
}

type changeModel struct {
	Name        string   `json:"name"`
	Version     int      `json:"version"`
	Title       string   `json:"title"`
	Guard       string   `json:"guard"`
	Closed      int      `json:"closed"`
	SuccessRate *float64 `json:"successRate"`
}

// aboutRules tells what expressions may name.
const aboutRules = `Expressions are CEL over what an assessment found: blast.down, blast.degraded, blast.atRisk,
blast.services, margin (the least slack of a service that is hit), risk and level[risk],
change.type, change.model, change.title, change.minutes, change.classes, services (each with
ref, criticality, to, minutes), conflicts (kinds), and history.n and history.successRate of the
change's model. A name that is none of these is refused.`

// policy is the noun of rules about who decides.
func (a *app) policy() *cobra.Command {
	return noun("policy", "Who decides on which changes", a.policySet(), a.ruleList("policy", "The policies, by name"), a.ruleWithdraw("policy"), a.policyThresholds())
}

// model is the noun of standard changes.
func (a *app) model() *cobra.Command {
	return noun("model", "Kinds of standard changes, approved in advance as long as a guard holds", a.modelSet(), a.ruleList("model", "The models, by name"), a.ruleWithdraw("model"))
}

func (a *app) policySet() *cobra.Command {
	var when string
	var approvers []string
	quorum, auto := 1, false
	cmd := &cobra.Command{
		Use: "set NAME --when EXPRESSION --approver WHO", Short: "Lay down who decides on changes of which an expression says so", Long: "Lays down who decides on changes of which an expression says so.\n\n" + aboutRules,
		Example: `  faultline policy set heavy --when 'level[risk] >= level["HIGH"]' --approver role:cab-approver --quorum 2
  faultline policy set payments --when 'services.exists(s, s.ref == "business_service:pay")' --approver olga
  faultline policy set small --when 'blast.services == 0' --auto-approve`,
		Args: takes(1, 1, "a name"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.ruleVerb(cmd, "setChangePolicy", "SetChangePolicyInput", "policy", map[string]any{"name": args[0], "when": when, "approvers": approvers, "quorum": quorum, "autoApprove": auto}, " holds")
		},
	}
	f := cmd.Flags()
	f.StringVar(&when, "when", "", "when it holds")
	f.StringArrayVar(&approvers, "approver", nil, "who decides then: a name, or role:ROLE")
	f.IntVar(&quorum, "quorum", quorum, "how many approvals it takes")
	f.BoolVar(&auto, "auto-approve", false, "nobody needs to approve where it holds and no other does")
	return prints(cmd, asTable, asJSON)
}

func (a *app) modelSet() *cobra.Command {
	var title, guard string
	cmd := &cobra.Command{
		Use: "set NAME --title TITLE --guard EXPRESSION", Short: "Lay down a kind of change that is approved in advance", Long: "Lays down a kind of change that is approved in advance, as long as its guard holds for what it breaks.\n\n" + aboutRules,
		Example: `  faultline model set reboot --title 'Reboot one server' --guard 'blast.down <= 3 && margin >= 1 && history.successRate >= 0.95'`,
		Args:    takes(1, 1, "a name"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.ruleVerb(cmd, "setChangeModel", "SetChangeModelInput", "model", map[string]any{"name": args[0], "title": title, "guard": guard}, " holds")
		},
	}
	cmd.Flags().StringVar(&title, "title", "", "what it is for")
	cmd.Flags().StringVar(&guard, "guard", "", "when it pre-authorises")
	return prints(cmd, asTable, asJSON)
}

func (a *app) ruleWithdraw(kind string) *cobra.Command {
	cmd := &cobra.Command{
		Use: "withdraw NAME", Short: "Take a " + kind + " back", Example: "  faultline " + kind + " withdraw old", Args: takes(1, 1, "a name"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.ruleVerb(cmd, "withdrawRule", "WithdrawRuleInput", kind, map[string]any{"kind": strings.ToUpper(kind), "name": args[0]}, " is withdrawn")
		},
	}
	return prints(cmd, asTable, asJSON)
}

// ruleFields are all rules as they are read.
const ruleFields = `changePolicies { name version when approvers quorum autoApprove } changeModels { name version title guard closed successRate }`

// allRules are all rules.
type allRules struct {
	ChangePolicies []changePolicy `json:"changePolicies"`
	ChangeModels   []changeModel  `json:"changeModels"`
}

// ruleVerb does something with a rule, and tells what became of it: as JSON the rule, null
// where it is no more.
func (a *app) ruleVerb(cmd *cobra.Command, mutation, typ, kind string, in map[string]any, says string) error {
	return a.with(cmd.Context(), writing, func(c *client) error {
		var data map[string]struct {
			Revision string
			Query    allRules
			Errors   []refused
		}
		if _, err := c.ask(cmd.Context(), `mutation($input: `+typ+`!) { `+mutation+`(input: $input) { revision query { `+ruleFields+` } errors { message code path } } }`, map[string]any{"input": in}, &data); err != nil {
			return err
		}
		p, name := data[mutation], in["name"].(string)
		if len(p.Errors) > 0 {
			return p.Errors[0].failure()
		}
		if a.flags.output != asJSON {
			a.line("%s", a.look.clean(kind+" "+name+says))
			return nil
		}
		h := head{schemaVersion, p.Revision}
		if kind == "policy" {
			return a.printJSON(struct {
				head
				Policy *changePolicy `json:"policy"`
			}{h, find(p.Query.ChangePolicies, func(x changePolicy) bool { return x.Name == name })})
		}
		return a.printJSON(struct {
			head
			Model *changeModel `json:"model"`
		}{h, find(p.Query.ChangeModels, func(x changeModel) bool { return x.Name == name })})
	})
}

// find is the first that fits, or nil.
func find[T any](all []T, fits func(T) bool) *T {
	if k := slices.IndexFunc(all, fits); k >= 0 {
		return &all[k]
	}
	return nil
}

func (a *app) ruleList(kind, short string) *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Short: short, Example: "  faultline " + kind + " list", Args: takes(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), reading, func(c *client) error {
				var data allRules
				if _, err := c.ask(cmd.Context(), `query { `+ruleFields+` }`, nil, &data); err != nil {
					return err
				}
				if kind == "policy" {
					return a.printPolicies(data.ChangePolicies)
				}
				return a.printModels(data.ChangeModels)
			})
		},
	}
	return prints(cmd, asTable, asWide, asJSON, asNDJSON, asCSV)
}

func (a *app) printPolicies(rows []changePolicy) error {
	if a.flags.output == asJSON {
		return a.printJSON(struct {
			SchemaVersion int            `json:"schemaVersion"`
			Policies      []changePolicy `json:"policies"`
		}{schemaVersion, rows})
	}
	return listing[changePolicy]{
		columns: []column{{head: "NAME"}, {head: "VERSION", right: true}, {head: "DECIDES", name: true}, {head: "WHEN", name: true}},
		heads:   []string{"name", "version", "decides", "when"},
		cells: func(p changePolicy) []string {
			who := fmt.Sprintf("%d of %s", p.Quorum, strings.Join(p.Approvers, ", "))
			if p.AutoApprove {
				who = "nobody needs to"
			}
			return []string{p.Name, fmt.Sprint(p.Version), who, p.When}
		},
	}.print(a, rows)
}

func (a *app) printModels(rows []changeModel) error {
	if a.flags.output == asJSON {
		return a.printJSON(struct {
			SchemaVersion int           `json:"schemaVersion"`
			Models        []changeModel `json:"models"`
		}{schemaVersion, rows})
	}
	return listing[changeModel]{
		columns: []column{{head: "NAME"}, {head: "VERSION", right: true}, {head: "TITLE", name: true}, {head: "CLOSED", right: true}, {head: "WELL"}, {head: "GUARD", name: true}},
		heads:   []string{"name", "version", "title", "closed", "successRate", "guard"},
		cells: func(m changeModel) []string {
			rate := "none yet"
			if m.SuccessRate != nil {
				rate = fmt.Sprintf("%.0f%%", *m.SuccessRate*100)
			}
			return []string{m.Name, fmt.Sprint(m.Version), m.Title, fmt.Sprint(m.Closed), rate, m.Guard}
		},
	}.print(a, rows)
}
