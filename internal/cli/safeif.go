package cli

import (
	"context"

	"github.com/spf13/cobra"
)

// safety is what would make a scenario safe for a service.
type safety struct {
	head
	Service  named  `json:"service"`
	Safe     bool   `json:"safe"` // it does not get worse as it is
	From     string `json:"from"`
	To       string `json:"to"`
	Complete bool   `json:"complete"`
	Sets     []struct {
		Text  string `json:"text"`
		Edits []struct {
			Kind        string  `json:"kind"`
			CI          named   `json:"ci"`
			Beside      *named  `json:"beside"`
			Type        *string `json:"type"`
			Requirement *string `json:"requirement"`
		} `json:"edits"`
	} `json:"sets"`
}

const safeIfDocument = `query($scenario: ScenarioInput!, $window: WindowInput, $options: ImpactOptions, $ci: CIRef!) { impact(scenario: $scenario, window: $window, options: $options) {
  revision safeIf(service: $ci) { from to complete sets { text edits { kind ci { id ref name class } beside { id ref name class } type requirement } } } } }`

// safeIf is the command that finds what would make a scenario safe.
func (a *app) safeIf() *cobra.Command {
	var effect string
	var causes []string
	var when timing
	cmd := &cobra.Command{
		Use:   "safe-if REF --if REF...",
		Short: "The smallest edits that take the impact off a service",
		Long: `What would make it safe: the smallest sets of edits, of one or two, after which the
service keeps delivering (it may lose its spare): keep a CI up, give a provider a
spare, move a CI off what it depends on. Each was solved, none is a guess.`,
		Example: `  faultline safe-if 'business_service:boutique/Online Boutique checkout' --if cluster:DO-NYC1
  faultline safe-if business_service:checkout --if ups:dc1/main --until 30m`,
		Args: takes(1, -1, "a CI, and --if with what fails"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(causes) == 0 {
				return usagef("%s needs --if with what fails", cmd.CommandPath()).hinted("for example:%s", firstExample(cmd))
			}
			if err := anEffect(effect); err != nil {
				return err
			}
			if err := when.check(effect); err != nil {
				return err
			}
			return a.with(cmd.Context(), reading, func(c *client) error {
				return a.showSafeIf(cmd.Context(), c, args[0], append(causes, args[1:]...), effect, when)
			})
		},
	}
	cmd.Flags().StringArrayVar(&causes, "if", nil, "a CI that fails; more of them may follow it")
	cmd.Flags().StringVar(&effect, "effect", effects[0], "what happens to them: "+either(effects))
	when.flags(cmd)
	complete(cmd, "effect", oneOf(effects...))
	return prints(cmd, asTable, asJSON)
}

func (a *app) showSafeIf(ctx context.Context, c *client, word string, causes []string, effect string, when timing) error {
	cis, err := c.resolve(ctx, append([]string{word}, causes...)...)
	if err != nil {
		return err
	}
	q := when.question(cis[1:], effect)
	var data struct {
		Impact struct {
			Revision string
			SafeIf   *safety
		}
	}
	vars := map[string]any{"scenario": q.scenario, "window": q.window, "options": q.options, "ci": cis[0].input()}
	if _, err := c.ask(ctx, safeIfDocument, vars, &data); err != nil {
		return err
	}
	answer := &safety{Safe: true, Complete: true}
	if data.Impact.SafeIf != nil {
		answer = data.Impact.SafeIf
	}
	answer.Service, answer.Revision, answer.SchemaVersion = cis[0], data.Impact.Revision, schemaVersion
	if a.flags.output == asJSON {
		return a.printJSON(answer)
	}
	if answer.Safe {
		a.line("%s is safe: it does not get worse", a.look.paint(bold, a.look.clean(cis[0].Ref)))
		return nil
	}
	a.line("%s  %s", a.look.paint(bold, a.look.clean(cis[0].Ref)), a.transition(answer.From, answer.To))
	a.line("")
	if len(answer.Sets) == 0 {
		a.line("%s", a.look.wrap("No one or two edits of what the proof rests on suffice; why shows the proof.", 0))
	} else {
		a.line("It is safe if you")
	}
	for _, s := range answer.Sets {
		a.line("  %s %s", a.look.pick("•", "-"), a.look.wrap(s.Text, 4))
	}
	if !answer.Complete {
		a.line("  %s", a.look.paint(dim, "there may be more: not everything was tried"))
	}
	a.next(append([]string{"why", cis[0].Ref, "--if"}, causes...)...)
	return nil
}
