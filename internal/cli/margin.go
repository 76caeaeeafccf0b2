package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// serviceMargin is a service's margin over a time.
type serviceMargin struct {
	Revision  string           `json:"revision"`
	Intervals []marginInterval `json:"intervals"`
}

type marginInterval struct {
	From        time.Time `json:"from"`
	Until       time.Time `json:"until"`
	State       string    `json:"state"`
	Slack       int       `json:"slack"`
	Consumer    named     `json:"consumer"`
	Requirement string    `json:"requirement"`
	Lost        []named   `json:"lost"`
	Because     []string  `json:"because"`
}

const marginDocument = `query($service: CIRef!, $from: Time!, $until: Time!) { margin(service: $service, from: $from, until: $until) { revision intervals { from until state slack
  consumer { id ref name class } requirement lost { id ref name class } because } } }`

func (a *app) margin() *cobra.Command {
	from, until := "now", "720h"
	cmd := &cobra.Command{
		Use: "margin REF", Short: "When a service is without a spare, because of which changes",
		Long: `Follows how much a service can still lose, with the changes that are scheduled or under way and
the open outages: the least slack among the redundancy groups that it stands on.`,
		Example: "  faultline margin 'business_service:shop'\n  faultline margin 'business_service:shop' --from 2026-12-01T00:00:00Z --until 168h",
		Args:    takes(1, 1, "a service"),
		RunE: func(cmd *cobra.Command, args []string) error {
			begin, err := instant("--from", from)
			if err != nil {
				return err
			}
			end := begin
			if d, failed := time.ParseDuration(until); failed == nil {
				end = begin.Add(d)
			} else if end, err = instant("--until", until); err != nil {
				return err
			}
			return a.with(cmd.Context(), reading, func(c *client) error {
				ci, err := c.resolveOne(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				var data struct{ Margin serviceMargin }
				if _, err := c.ask(cmd.Context(), marginDocument, map[string]any{"service": ci.input(), "from": begin.Format(time.RFC3339), "until": end.Format(time.RFC3339)}, &data); err != nil {
					return err
				}
				if a.flags.output == asJSON {
					return a.printJSON(struct {
						SchemaVersion int   `json:"schemaVersion"`
						Service       named `json:"service"`
						serviceMargin
					}{schemaVersion, ci, data.Margin})
				}
				if a.rows() {
					return marginRows.print(a, data.Margin.Intervals)
				}
				a.drawMargin(ci, data.Margin.Intervals)
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&from, "from", from, "from when")
	cmd.Flags().StringVar(&until, "until", until, "until when, or for how long: 168h")
	return prints(cmd, asTable, asWide, asJSON, asNDJSON, asCSV)
}

// marginRows is a margin for programs; people see it drawn.
var marginRows = listing[marginInterval]{
	heads: []string{"from", "until", "state", "slack", "consumer", "requirement", "because"},
	row: func(x marginInterval) []string {
		return []string{stamp(&x.From), stamp(&x.Until), x.State, strconv.Itoa(x.Slack), x.Consumer.Ref, x.Requirement, strings.Join(x.Because, " ")}
	},
}

func (a *app) drawMargin(of named, list []marginInterval) {
	if len(list) == 0 {
		a.line("%s stands on nothing redundant: it has no margin to lose", a.look.clean(of.Ref))
		return
	}
	a.line("%s", a.look.paint(bold, a.look.clean(of.Ref)))
	var line []interval
	for k := range list {
		line = append(line, interval{From: list[k].From, Until: &list[k].Until, State: list[k].State, Baseline: "OPERATIONAL"})
	}
	a.line("  %s", a.bar(list[0].From, list[len(list)-1].Until, line))
	for _, x := range list {
		margin := fmt.Sprintf("%d spare", x.Slack)
		switch {
		case x.Slack == 0:
			margin = "no spare"
		case x.Slack < 0:
			margin = "short by " + number(-x.Slack)
		}
		text := fmt.Sprintf("%s  %q of %s", margin, x.Requirement, x.Consumer.Ref)
		if len(x.Lost) > 0 {
			text += " without " + refs(x.Lost)
		}
		if len(x.Because) > 0 {
			text += ": " + strings.Join(x.Because, ", ")
		}
		a.line("  %s  %s  %s", a.look.painted(x.State), a.look.paint(dim, a.between(&x.From, &x.Until)), a.look.clean(text))
	}
}
