package cli

import (
	"time"

	"github.com/spf13/cobra"
)

// delegation lets one person decide in place of another one.
type delegation struct {
	Number      string     `json:"number"`
	By          string     `json:"by"`
	To          string     `json:"to"`
	Roles       []string   `json:"roles"`
	From        time.Time  `json:"from"`
	Until       time.Time  `json:"until"`
	Reason      *string    `json:"reason"`
	WithdrawnAt *time.Time `json:"withdrawnAt"`
	Holds       bool       `json:"holds"`
}

const delegationFields = `{ number by to roles from until reason withdrawnAt holds }`

func (a *app) delegation() *cobra.Command {
	return noun("delegation", "Let somebody decide on changes in your place for a while", a.delegationCreate(), a.delegationList(), a.delegationWithdraw())
}

// delegationVerb sends one verb and prints a line.
func (a *app) delegationVerb(cmd *cobra.Command, mutation, typ string, in map[string]any, says func(*delegation) string) error {
	return a.with(cmd.Context(), writing, func(c *client) error {
		var data map[string]struct {
			Delegation *delegation
			Errors     []refused
		}
		if _, err := c.ask(cmd.Context(), `mutation($input: `+typ+`!) { `+mutation+`(input: $input) { delegation `+delegationFields+` errors { message code path } } }`, map[string]any{"input": in}, &data); err != nil {
			return err
		}
		p := data[mutation]
		if len(p.Errors) > 0 {
			return p.Errors[0].failure()
		}
		if a.flags.output == asJSON {
			return a.printJSON(struct {
				SchemaVersion int `json:"schemaVersion"`
				*delegation
			}{schemaVersion, p.Delegation})
		}
		a.line("%s", a.look.clean(says(p.Delegation)))
		return nil
	})
}

func (a *app) delegationCreate() *cobra.Command {
	var from, until, reason string
	cmd := &cobra.Command{
		Use: "create PERSON --until WHEN", Short: "Let somebody decide in your place for a while",
		Long: `Lets somebody decide on changes in your place for a while, with the roles that you have then. Their
vote counts as yours, and four eyes hold for both of you: what either of you asked for, edited or
carries out, they cannot approve.`,
		Example: "  faultline delegation create dora --until 2027-01-02T00:00:00Z --reason 'on leave'\n  faultline change approve CHG0000123 --assessment CHG0000123.A1 --for cleo",
		Args:    takes(1, 1, "a person"),
		RunE: func(cmd *cobra.Command, args []string) error {
			in := map[string]any{"to": args[0]}
			if until == "" {
				return usagef("--until is missing").hinted("say when it ends")
			}
			begin := a.Clock()
			if from != "" {
				var err error
				if begin, err = instant("--from", from); err != nil {
					return err
				}
				in["from"] = begin.Format(time.RFC3339)
			}
			d, notLength := time.ParseDuration(until)
			end := begin.Add(d)
			if notLength != nil {
				var err error
				if end, err = instant("--until", until); err != nil {
					return err
				}
			}
			in["until"] = end.Format(time.RFC3339)
			if reason != "" {
				in["reason"] = reason
			}
			return a.delegationVerb(cmd, "delegateDecisions", "DelegateDecisionsInput", in, func(d *delegation) string {
				return d.Number + ": " + d.To + " decides in place of " + d.By + ", " + a.between(&d.From, &d.Until)
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&from, "from", "", "from when; from now on, where it is not given")
	f.StringVar(&until, "until", "", "until when, or how long: 336h; at most a year")
	f.StringVar(&reason, "reason", "", "why")
	return prints(cmd, asTable, asJSON)
}

func (a *app) delegationList() *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Short: "The delegations that hold or will hold", Example: "  faultline delegation list", Args: takes(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return listing[delegation]{
				columns: []column{{head: "NUMBER"}, {head: "BY", name: true}, {head: "TO", name: true}, {head: "HOLDS"}, {head: "WHY"}},
				heads:   []string{"number", "by", "to", "from", "until", "why"},
				cells: func(d delegation) []string {
					return []string{d.Number, d.By, d.To, a.between(&d.From, &d.Until), deref(d.Reason)}
				},
				row: func(d delegation) []string {
					return []string{d.Number, d.By, d.To, stamp(&d.From), stamp(&d.Until), deref(d.Reason)}
				},
			}.ask(cmd, a, `query { delegations `+delegationFields+` }`, "delegations")
		},
	}
	return prints(cmd, asTable, asWide, asJSON, asNDJSON, asCSV)
}

func (a *app) delegationWithdraw() *cobra.Command {
	cmd := &cobra.Command{
		Use: "withdraw DLG...", Short: "Withdraw a delegation", Example: "  faultline delegation withdraw DLG0000001", Args: takes(1, 1, "a delegation"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.delegationVerb(cmd, "withdrawDelegation", "WithdrawDelegationInput", map[string]any{"delegation": args[0]}, func(d *delegation) string {
				return d.Number + " is withdrawn: " + d.To + " decides in place of " + d.By + " no more"
			})
		},
	}
	return prints(cmd, asTable, asJSON)
}
