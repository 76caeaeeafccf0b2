package cli

import (
	"context"

	"github.com/spf13/cobra"
)

// reachAnswer is a reach with all its pages followed.
type reachAnswer struct {
	head
	CI         named     `json:"ci"`
	Direction  string    `json:"direction"`
	TotalCount int       `json:"totalCount"`
	Reach      []reached `json:"reach"`
}

// reach is the command for the plain question.
func (a *app) reach() *cobra.Command {
	var count, providers bool
	limit := 0
	cmd := &cobra.Command{
		Use:   "reach REF",
		Short: "Everything that depends on a CI, whatever the redundancy",
		Long: `Everything that depends on a CI, transitively, whatever the redundancy; with
--providers everything that it depends on. The CI itself is not counted. What
really breaks is the question of impact.`,
		Example: `  faultline reach cluster:DO-NYC1
  faultline reach cluster:DO-NYC1 --count
  faultline reach 'business_service:boutique/Online Boutique checkout' --providers -o csv`,
		Args: takes(1, 1, "a CI"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if count && a.flags.output != asTable {
				return usagef("--count prints one bare number").hinted("leave -o out, or --count")
			}
			if err := validLimit(limit); err != nil {
				return err
			}
			direction := "CONSUMERS"
			if providers {
				direction = "PROVIDERS"
			}
			return a.with(cmd.Context(), reading, func(c *client) error {
				ci, err := c.resolveOne(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return a.showReach(cmd.Context(), c, ci, direction, limit, count)
			})
		},
	}
	cmd.Flags().BoolVar(&count, "count", false, "print how many there are, one bare number")
	cmd.Flags().BoolVar(&providers, "providers", false, "the other way: what it depends on")
	cmd.Flags().IntVar(&limit, "limit", 0, "list at most so many; 0: all")
	return prints(cmd, asTable, asWide, asJSON, asNDJSON, asCSV)
}

func (a *app) showReach(ctx context.Context, c *client, ci named, direction string, limit int, count bool) error {
	out := reachAnswer{head: head{SchemaVersion: schemaVersion}, CI: ci, Direction: direction, Reach: []reached{}}
	fetch := func(first int, after *string) (page[reached], error) {
		var data struct{ Reach page[reached] }
		revision, err := c.ask(ctx, reachDocument, map[string]any{"ci": ci.input(), "direction": direction, "first": first, "after": after}, &data)
		out.Revision = firstOf(out.Revision, revision)
		if data.Reach.TotalCount != nil {
			out.TotalCount = *data.Reach.TotalCount
		}
		return data.Reach, err
	}
	if count {
		if _, err := fetch(1, nil); err != nil {
			return err
		}
		a.line("%d", out.TotalCount)
		return nil
	}
	var err error
	if out.Reach, _, err = followAll(limit, fetch); err != nil {
		return err
	}
	if a.flags.output == asJSON {
		return a.printJSON(out)
	}
	rows := listing[reached]{
		columns: []column{{head: "CI", name: true}, {head: "CLASS"}, {head: "TIER"}},
		heads:   []string{"ref", "class", "tier"},
		cells:   func(r reached) []string { return []string{r.Ref, r.Class, r.Tier} },
	}
	if err := rows.print(a, out.Reach); err != nil {
		return err
	}
	if n := out.TotalCount; n > len(out.Reach) {
		a.note("%s of %s CIs; --limit 0 lists all", number(len(out.Reach)), number(n))
	}
	if direction == "CONSUMERS" {
		a.next("impact", ci.Ref)
	} else {
		a.next("spof", ci.Ref)
	}
	return nil
}
