package cli

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

var effects = []string{"outage", "degradation", "failover", "restart", "remove"}

// impact is the command that answers what breaks.
func (a *app) impact() *cobra.Command {
	var effect, failOn string
	var only, changes []string
	var when timing
	limit := 0
	cmd := &cobra.Command{
		Use:   "impact REF...",
		Short: "What breaks if CIs go down: services, CIs by state, what stays up and why",
		Long: `What breaks, what stays up and why, and what is not known, if all the CIs named have
the effect at once. Nothing is written.

JSON lists every CI that rises, AT_RISK too, with all pages followed. --state
limits what is listed; the counts never change.

With --from or --until it looks at that time: when each CI gets worse, and for how
long; grace is applied, and --overrun shows what gets worse if it takes longer than
planned. Without them the effects start now and have no end.

--change asks what changes break together, each in its own time, with their patches; the
window is theirs where none is given. CIs that are named beside them have their effect as well.

--certain counts only what is confirmed, --possible all that is recorded, and does
not rely on spares that nobody confirmed.

--fail-on makes a gate of it: exit 3 where a CI, other than those named, rises to
that state or a worse one.`,
		Example: `  faultline impact cluster:DO-NYC1
  faultline impact server:dc1/web-01 server:dc1/web-02 --effect restart
  faultline impact ups:dc1/main --fail-on degraded
  faultline impact ups:dc1/main --from 2026-12-01T22:00:00Z --until 2026-12-01T22:30:00Z --overrun 50%
  faultline impact server:dc1/db-1 --certain
  faultline impact --change CHG0000123 --change CHG0000124
  faultline impact switch-7 -o json | jq -r '.impacted[].ci.ref'`,
		Args: takes(0, -1, ""),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args)+len(changes) == 0 {
				return usagef("%s needs at least one CI, or --change", cmd.CommandPath()).hinted("for example:%s", firstExample(cmd))
			}
			listed, err := states(only)
			if err != nil {
				return err
			}
			if err := cmp.Or(anEffect(effect), validLimit(limit)); err != nil {
				return err
			}
			if failOn != "" && !slices.Contains(stateNames, failOn) {
				return usagef("--fail-on %q is no state", failOn).hinted("one of %s", either(stateNames))
			}
			if err := when.check(effect); err != nil {
				return err
			}
			return a.with(cmd.Context(), reading, func(c *client) error {
				if err := c.windowOf(cmd.Context(), &when, changes); err != nil {
					return err
				}
				return a.showImpact(cmd.Context(), c, args, changes, effect, when, listed, limit, failOn)
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&effect, "effect", effects[0], "what happens: "+either(effects))
	f.StringSliceVar(&changes, "change", nil, "a change that is made, too: CHG0000123; may be repeated")
	f.StringSliceVar(&only, "state", nil, "list only CIs that get into these: "+strings.Join(stateNames, ","))
	f.StringVar(&failOn, "fail-on", "", "exit 3 where another CI gets to "+either(stateNames)+", or worse")
	f.IntVar(&limit, "limit", 0, "list at most so many CIs; 0: in a table 25, else all")
	when.flags(cmd)
	complete(cmd, "effect", oneOf(effects...))
	complete(cmd, "state", oneOf(stateNames...))
	complete(cmd, "fail-on", oneOf(stateNames...))
	return prints(cmd, asTable, asWide, asJSON, asNDJSON, asCSV)
}

func anEffect(effect string) error {
	if !slices.Contains(effects, effect) {
		return usagef("--effect %q is no effect", effect).hinted("%s", meant(nearest(effect, effects, 1), "one of "+either(effects)))
	}
	return nil
}

// listedAtMost is how many CIs a table lists unasked.
const listedAtMost = 25

// windowOf takes the time of changes for the window, where none is given.
func (c *client) windowOf(ctx context.Context, when *timing, changes []string) error {
	for _, number := range changes {
		var data struct{ Change *changeRow }
		if _, err := c.ask(ctx, `query($id: ID!) { change(id: $id) { `+changeRowFields+` } }`, map[string]any{"id": number}, &data); err != nil {
			return err
		}
		switch x := data.Change; {
		case x == nil:
			return noChange(number)
		case when.from+when.until != "" || x.PlannedStart == nil || x.PlannedEnd == nil:
		default:
			if when.begin.IsZero() || x.PlannedStart.Before(when.begin) {
				when.begin = *x.PlannedStart
			}
			if x.PlannedEnd.After(when.end) {
				when.end = *x.PlannedEnd
			}
		}
	}
	return nil
}

func (a *app) showImpact(ctx context.Context, c *client, words, changes []string, effect string, when timing, only []string, limit int, failOn string) error {
	cis, err := c.resolve(ctx, words...)
	if err != nil {
		return err
	}
	q := when.question(cis, effect)
	if len(changes) > 0 {
		q.scenario["changes"] = changes
	}
	q.states, q.limit = only, limit
	if a.flags.output == asTable || a.flags.output == asWide {
		q.words, q.brief = true, a.flags.output == asTable
		if q.states == nil && a.flags.output == asTable {
			q.states = []string{"DOWN", "DEGRADED"} // AT_RISK is counted: most of it follows from what is listed
		}
		if limit == 0 && a.flags.output == asTable {
			q.limit = listedAtMost
		}
	}
	answer, err := c.assess(ctx, q)
	if err != nil {
		return err
	}
	if when.overrun > 0 {
		if err := c.overrunOf(ctx, q, answer); err != nil {
			return err
		}
	}
	if err := a.printImpact(ctx, c, cis, changes, effect, q, answer); err != nil {
		return err
	}
	if failOn == "" {
		return nil
	}
	return c.gate(ctx, q, failOn)
}

func (a *app) printImpact(ctx context.Context, c *client, cis []named, changes []string, effect string, q question, answer *assessment) error {
	switch a.flags.output {
	case asJSON:
		return a.printJSON(answer)
	case asNDJSON:
		for _, i := range answer.Impacted {
			if err := a.printLine(i); err != nil {
				return err
			}
		}
		return nil
	case asCSV:
		s, err := a.sheet("ref", "class", "from", "to", "certain", "possible", "distance")
		if err != nil {
			return err
		}
		for _, i := range answer.Impacted {
			if err := s.row(i.CI.Ref, i.CI.Class, i.From, i.To, i.Certain, i.Possible, strconv.Itoa(i.Distance)); err != nil {
				return err
			}
		}
		return s.end()
	}
	up, err := c.stillUp(ctx, cis, q, answer)
	if err != nil {
		return err
	}
	what := strings.Join(changes, " and ")
	if len(cis) > 0 {
		what = strings.Trim(what+", "+effect+" of "+refs(cis), ", ")
	}
	a.screen(what, answer, up)
	if len(changes) > 0 {
		return nil
	}
	if i := slices.IndexFunc(answer.Services, func(s service) bool { return s.Distance > 0 }); i >= 0 {
		args := []string{"why", answer.Services[i].CI.Ref, "--if"}
		for _, ci := range cis {
			args = append(args, ci.Ref)
		}
		a.next(args...)
	} else {
		a.next("reach", cis[0].Ref)
	}
	return nil
}

const gateDocument = `query($scenario: ScenarioInput!, $window: WindowInput, $options: ImpactOptions, $states: [State!]) { impact(scenario: $scenario, window: $window, options: $options) { complete
  impacted(filter: {states: $states}, orderBy: [{field: DISTANCE, direction: DESC}], first: 1) { nodes { ci { id ref name class } to distance } } } }`

// gate fails where a CI without an effect of its own gets to the state, or worse:
// that what is taken down is down, everybody knew.
func (c *client) gate(ctx context.Context, q question, failOn string) error {
	var worse []string
	for _, name := range stateNames {
		worse = append(worse, stateWords[name])
		if name == failOn {
			break
		}
	}
	var data struct {
		Impact struct {
			Complete bool
			Impacted page[impacted]
		}
	}
	if _, err := c.ask(ctx, gateDocument, map[string]any{"scenario": q.scenario, "window": q.window, "options": q.options, "states": worse}, &data); err != nil {
		return err
	}
	tripped := &failure{code: exitTripped}
	switch hit := data.Impact.Impacted.Nodes; {
	case len(hit) > 0 && hit[0].Distance > 0:
		tripped.message = "--fail-on " + failOn + ": " + hit[0].CI.Ref + " gets " + hit[0].To
	case !data.Impact.Complete:
		tripped.message = "--fail-on " + failOn + ": the answer is not complete"
	default:
		return nil
	}
	return tripped
}
