package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// gates are what a pipeline may stop on.
var gates = []string{"down", "degraded", "at-risk", "conflict", "stale", "unapproved"}

func (a *app) changeGate() *cobra.Command {
	var failOn []string
	cmd := &cobra.Command{
		Use:   "gate CHG... --fail-on degraded,conflict,stale",
		Short: "For pipelines: exit 3 where a change must not go on",
		Long: `Looks at a change's last assessment, and whether it still holds, and exits 3 where it shows what
--fail-on names: a service that gets down, degraded or at-risk (or worse), a conflict, an
assessment that is stale or missing, an approval that is missing. A standard change is approved as
long as its model pre-authorises it, and stale when it does not.`,
		Example: `  faultline change gate CHG0000123 --fail-on degraded,conflict
  faultline change gate CHG0000123 --fail-on stale,unapproved && ./deploy`,
		Args: takes(1, 1, "a change"),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, f := range failOn {
				if !slices.Contains(gates, f) {
					return usagef("--fail-on %q is no gate", f).hinted("one of %s", either(gates))
				}
			}
			if len(failOn) == 0 {
				return usagef("--fail-on is missing").hinted("one or more of %s", either(gates))
			}
			return a.with(cmd.Context(), reading, func(c *client) error { return a.gate(cmd.Context(), c, args[0], failOn) })
		},
	}
	cmd.Flags().StringSliceVar(&failOn, "fail-on", nil, "on what to stop: "+strings.Join(gates, ","))
	complete(cmd, "fail-on", oneOf(gates...))
	return prints(cmd, asTable, asJSON)
}

func (a *app) gate(ctx context.Context, c *client, number string, failOn []string) error {
	x, at, err := c.changeOf(ctx, number)
	if err != nil {
		return err
	}
	reasons := gateReasons(x, failOn)
	if a.flags.output == asJSON {
		if err := a.printJSON(struct {
			head
			Change  string   `json:"change"`
			Passes  bool     `json:"passes"`
			Reasons []string `json:"reasons"`
		}{head{schemaVersion, at}, x.Number, len(reasons) == 0, reasons}); err != nil {
			return err
		}
	} else {
		a.line("%s %s", x.Number, map[bool]string{true: "passes", false: "does not pass"}[len(reasons) == 0])
		for _, r := range reasons {
			a.line("  • %s", a.look.wrap(r, 4))
		}
	}
	if len(reasons) > 0 {
		return &failure{code: exitTripped}
	}
	return nil
}

// gateReasons say what of failOn stops a change. What pre-authorises a STANDARD change
// is asked now, so that takes no assessment of somebody.
func gateReasons(x *changed, failOn []string) []string {
	stops := func(f string) bool { return slices.Contains(failOn, f) }
	s, out := x.Assessment, []string{}
	assessed := s != nil && s.ContentVersion == x.ContentVersion
	if !assessed && (x.Type != "STANDARD" || slices.ContainsFunc(gates[:4], stops)) {
		return append(out, "it has no assessment of this version")
	}
	if assessed {
		out = append(out, foundReasons(s, stops)...)
	}
	out = append(out, decidedReasons(x, stops)...)
	if assessed && !s.Complete {
		out = append(out, "the assessment is not complete")
	}
	return out
}

// foundReasons are what the change breaks.
func foundReasons(s *sealed, stops func(string) bool) (out []string) {
	worst := map[string]string{"down": "DOWN", "degraded": "DEGRADED", "at-risk": "AT_RISK"}
	for _, v := range slices.Concat(s.Services, s.After) {
		for _, f := range []string{"down", "degraded", "at-risk"} {
			if stops(f) && (v.To == worst[f] || worse(v.To, worst[f])) {
				out = append(out, v.CI.Ref+" gets "+v.To)
				break
			}
		}
	}
	if stops("conflict") {
		for _, c := range s.Conflicts {
			out = append(out, c.Kind+": "+c.Text)
		}
	}
	return out
}

// decidedReasons are why nobody, or no model, lets the change pass now.
func decidedReasons(x *changed, stops func(string) bool) (out []string) {
	p := x.Approval
	if stops("stale") && p.Stale {
		for _, why := range p.StaleBecause {
			out = append(out, "stale: "+why)
		}
	}
	if stops("unapproved") && len(p.Missing) > 0 {
		out = append(out, "it is not approved: "+strings.Join(p.Missing, "; "))
	}
	return out
}
