package cli

import (
	"context"

	"github.com/spf13/cobra"
)

// justification is one step of a proof.
type justification struct {
	CI          named    `json:"ci"`
	State       string   `json:"state"`
	Kind        string   `json:"kind"`
	Baseline    bool     `json:"baseline"`
	Causes      []int    `json:"causes"`
	Text        string   `json:"text"`
	Requirement *members `json:"requirement"`
}

// members is a redundancy group with what became of each member.
type members struct {
	Name       string `json:"name"`
	State      string `json:"state"`
	Needed     int    `json:"needed"`
	Delivering int    `json:"delivering"`
	Left       int    `json:"left"`
	Members    []struct {
		CI    named  `json:"ci"`
		State string `json:"state"`
	} `json:"members"`
}

// proof is why a CI gets worse.
type proof struct {
	CI    named           `json:"ci"`
	From  string          `json:"from"`
	To    string          `json:"to"`
	Text  string          `json:"text"`
	Path  []justification `json:"path"`
	Rises []justification `json:"rises"`
}

// slack is what keeps a CI from getting worse.
type slack struct {
	CI      named  `json:"ci"`
	State   string `json:"state"`
	Kind    string `json:"kind"`
	Text    string `json:"text"`
	Holders []struct {
		CI          named    `json:"ci"`
		Kind        string   `json:"kind"`
		Text        string   `json:"text"`
		Requirement *members `json:"requirement"`
	} `json:"holders"`
}

// reason is the whole answer to why.
type reason struct {
	head
	CI     named  `json:"ci"`
	Why    *proof `json:"why"`
	WhyNot *slack `json:"whyNot"`
}

const groupFields = `requirement { name state needed delivering left members { ci { id ref name class } state } }`

const stepFields = `ci { id ref name class } state kind baseline causes text ` + groupFields

const whyDocument = `query($scenario: ScenarioInput!, $window: WindowInput, $options: ImpactOptions, $ci: CIRef!) { impact(scenario: $scenario, window: $window, options: $options) { revision
  why(ci: $ci) { ci { id ref name class } from to text path { ` + stepFields + ` } rises { ` + stepFields + ` } }
  whyNot(ci: $ci) { ci { id ref name class } state kind text holders { ci { id ref name class } kind text ` + groupFields + ` } } } }`

// why is the command that prints a proof.
func (a *app) why() *cobra.Command {
	var effect string
	var causes []string
	var when timing
	cmd := &cobra.Command{
		Use:   "why REF --if REF...",
		Short: "The proof that a CI gets worse, or what holds it up",
		Long: `Why a CI gets worse if others have an effect: the shortest chain of steps, each of
which makes the next, and the redundancy groups on the way with every member.
Where it does not get worse: what holds it up. -o tree prints the whole proof. With
--from or --until it is asked at the instant of its worst.`,
		Example: `  faultline why 'business_service:boutique/Online Boutique checkout' --if cluster:DO-NYC1
  faultline why application:shop/web --if server:dc1/db-1 server:dc1/db-2 --effect restart
  faultline why application:shop/web --if server:dc1/db-1 -o tree`,
		// What follows --if may be several words, as the contract writes it.
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
				return a.showWhy(cmd.Context(), c, args[0], append(causes, args[1:]...), effect, when)
			})
		},
	}
	cmd.Flags().StringArrayVar(&causes, "if", nil, "a CI that fails; more of them may follow it")
	cmd.Flags().StringVar(&effect, "effect", effects[0], "what happens to them: "+either(effects))
	when.flags(cmd)
	complete(cmd, "effect", oneOf(effects...))
	return prints(cmd, asTable, asTree, asJSON)
}

func (a *app) showWhy(ctx context.Context, c *client, word string, causes []string, effect string, when timing) error {
	cis, err := c.resolve(ctx, append([]string{word}, causes...)...)
	if err != nil {
		return err
	}
	r, err := c.reason(ctx, when.question(cis[1:], effect), cis[0])
	if err != nil {
		return err
	}
	switch {
	case a.flags.output == asJSON:
		return a.printJSON(r)
	case r.Why == nil:
		a.printHolds(r.WhyNot)
	case a.flags.output == asTree:
		a.printProofTree(r.Why)
	default:
		a.line("%s  %s", a.look.paint(bold, a.look.clean(r.CI.Ref)), a.transition(r.Why.From, r.Why.To))
		a.line("")
		a.printSteps(r.Why.Path)
	}
	if r.Why != nil && a.flags.output != asTree {
		a.next(append(append([]string{"why", r.CI.Ref, "--if"}, causes...), "-o", "tree")...)
	} else {
		a.next("spof", r.CI.Ref)
	}
	return nil
}

func (c *client) reason(ctx context.Context, q question, ci named) (*reason, error) {
	var data struct{ Impact reason }
	if _, err := c.ask(ctx, whyDocument, map[string]any{"scenario": q.scenario, "window": q.window, "options": q.options, "ci": ci.input()}, &data); err != nil {
		return nil, err
	}
	r := data.Impact
	r.SchemaVersion, r.CI = schemaVersion, ci
	return &r, nil
}
