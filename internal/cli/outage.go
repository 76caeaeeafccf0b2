package cli

import (
	"strings"
	"time"

	"github.com/spf13/cobra"
)

type outage struct {
	Number   string     `json:"number"`
	CI       named      `json:"ci"`
	Effect   string     `json:"effect"`
	From     time.Time  `json:"from"`
	Until    *time.Time `json:"until"`
	Reporter string     `json:"reporter"`
	Title    *string    `json:"title"`
}

const outageFields = `{ number ci { id ref name class } effect from until reporter title }`

// outage is the noun of CIs that do not deliver: every assessment has them in its context.
func (a *app) outage() *cobra.Command {
	return noun("outage", "CIs that do not deliver: every assessment of a change has them in its context", a.outageReport(), a.outageEnd(), a.outageList())
}

// outageVerb sends one verb and prints a line.
func (a *app) outageVerb(cmd *cobra.Command, c *client, mutation, typ string, in map[string]any, says string) error {
	var data map[string]struct {
		Outage *outage
		Errors []refused
	}
	if _, err := c.ask(cmd.Context(), `mutation($input: `+typ+`!) { `+mutation+`(input: $input) { outage `+outageFields+` errors { message code path } } }`, map[string]any{"input": in}, &data); err != nil {
		return err
	}
	p := data[mutation]
	if len(p.Errors) > 0 {
		return p.Errors[0].failure()
	}
	if a.flags.output == asJSON {
		return a.printJSON(struct {
			SchemaVersion int `json:"schemaVersion"`
			*outage
		}{schemaVersion, p.Outage})
	}
	a.line("%s", a.look.clean(p.Outage.Number+says+p.Outage.CI.Ref))
	return nil
}

func (a *app) outageReport() *cobra.Command {
	effect, from, title := "outage", "", ""
	cmd := &cobra.Command{
		Use: "report REF", Short: "Say that a CI does not deliver, or less than it should", Example: "  faultline outage report server:dc1/db-1 --title 'disk full'\n  faultline outage report queue:shop/orders --effect degradation",
		Args: takes(1, 1, "a CI"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if effect != "outage" && effect != "degradation" {
				return usagef("--effect %q is none", effect).hinted("outage or degradation")
			}
			return a.with(cmd.Context(), writing, func(c *client) error {
				ci, err := c.resolveOne(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				in := map[string]any{"ci": ci.input(), "effect": strings.ToUpper(effect)}
				if title != "" {
					in["title"] = title
				}
				if from != "" {
					t, err := instant("--from", from)
					if err != nil {
						return err
					}
					in["from"] = t.Format(time.RFC3339)
				}
				return a.outageVerb(cmd, c, "reportOutage", "ReportOutageInput", in, " is open on ")
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&effect, "effect", effect, "what it does: outage or degradation")
	f.StringVar(&from, "from", "", "since when; now, where it is not given")
	f.StringVar(&title, "title", "", "what it is about")
	return prints(cmd, asTable, asJSON)
}

func (a *app) outageEnd() *cobra.Command {
	until := ""
	cmd := &cobra.Command{
		Use: "end OUT...", Short: "Say that the CI delivers again", Example: "  faultline outage end OUT0000001", Args: takes(1, 1, "an outage"),
		RunE: func(cmd *cobra.Command, args []string) error {
			in := map[string]any{"outage": args[0]}
			if until != "" {
				t, err := instant("--until", until)
				if err != nil {
					return err
				}
				in["until"] = t.Format(time.RFC3339)
			}
			return a.with(cmd.Context(), writing, func(c *client) error {
				return a.outageVerb(cmd, c, "endOutage", "EndOutageInput", in, " is over on ")
			})
		},
	}
	cmd.Flags().StringVar(&until, "until", "", "when it ended; now, where it is not given")
	return prints(cmd, asTable, asJSON)
}

func (a *app) outageList() *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Short: "Outages that are open", Example: "  faultline outage list", Args: takes(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return listing[outage]{
				columns: []column{{head: "NUMBER"}, {head: "EFFECT"}, {head: "CI", name: true}, {head: "SINCE"}, {head: "BY"}, {head: "TITLE", name: true}},
				heads:   []string{"number", "effect", "ref", "from", "reporter", "title"},
				cells: func(o outage) []string {
					return []string{o.Number, o.Effect, o.CI.Ref, o.From.UTC().Format(time.RFC3339), o.Reporter, deref(o.Title)}
				},
			}.ask(cmd, a, `query { openOutages `+outageFields+` }`, "outages")
		},
	}
	return prints(cmd, asTable, asWide, asJSON, asNDJSON, asCSV)
}
