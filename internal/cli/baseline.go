package cli

import (
	"time"

	"github.com/spf13/cobra"
)

// baselineRow is a revision with a name.
type baselineRow struct {
	Name        string    `json:"name"`
	Revision    string    `json:"revision"`
	At          time.Time `json:"at"`
	Description *string   `json:"description"`
}

const baselinesDocument = `query { baselines { name revision at description } }`

// baseline is the noun of named revisions.
func (a *app) baseline() *cobra.Command {
	return noun("baseline", "Configuration baselines: revisions with a name, to compare with", a.baselineCreate(), a.baselineList(), a.baselineRemove())
}

func (a *app) baselineCreate() *cobra.Command {
	var at, description string
	cmd := &cobra.Command{
		Use:   "create NAME",
		Short: "Give a revision a name",
		Long:  "Gives a revision of the graph a name: the newest one, or with --at another one. diff and --as-of take the name.",
		Example: `  faultline baseline create 'before the move'
  faultline baseline create q3 --at 2026-09-30T22:00:00Z --description 'for the audit'`,
		Args: takes(1, 1, "a name"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), writing, func(c *client) error {
				input := map[string]any{"name": args[0]}
				if at != "" {
					input["at"] = pointInTime(at)
				}
				if description != "" {
					input["description"] = description
				}
				var data struct{ CreateBaseline done }
				if _, err := c.ask(cmd.Context(), `mutation($input: CreateBaselineInput!) { createBaseline(input: $input) { revision errors { message path code } } }`, map[string]any{"input": input}, &data); err != nil {
					return err
				}
				if err := data.CreateBaseline.failed(); err != nil {
					return err
				}
				a.line("baseline %q is there", a.look.clean(args[0]))
				a.next("diff", args[0])
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&at, "at", "", "which point: a revision, a time or another baseline")
	cmd.Flags().StringVar(&description, "description", "", "what it is for")
	return cmd
}

// done is the payload of a mutation of one thing.
type done struct {
	Revision string
	Errors   []struct {
		Message string
		Code    string
	}
}

// failed is the first refusal.
func (d done) failed() error {
	if len(d.Errors) == 0 {
		return nil
	}
	return &failure{message: d.Errors[0].Message, code: exitError}
}

func (a *app) baselineList() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "The baselines, by name",
		Example: "  faultline baseline list",
		Args:    takes(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return listing[baselineRow]{
				columns: []column{{head: "NAME", name: true}, {head: "REVISION"}, {head: "COMMITTED"}, {head: "FOR"}},
				heads:   []string{"name", "revision", "at", "description"},
				cells: func(b baselineRow) []string {
					return []string{b.Name, b.Revision, b.At.UTC().Format(time.RFC3339), deref(b.Description)}
				},
			}.ask(cmd, a, baselinesDocument, "baselines")
		},
	}
	return prints(cmd, asTable, asWide, asJSON, asNDJSON, asCSV)
}

func (a *app) baselineRemove() *cobra.Command {
	return &cobra.Command{
		Use:     "remove NAME",
		Short:   "Take the name from a revision",
		Example: "  faultline baseline remove 'before the move'",
		Args:    takes(1, 1, "a name"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), writing, func(c *client) error {
				var data struct{ RemoveBaseline done }
				if _, err := c.ask(cmd.Context(), `mutation($input: RemoveBaselineInput!) { removeBaseline(input: $input) { revision errors { message path code } } }`, map[string]any{"input": map[string]any{"name": args[0]}}, &data); err != nil {
					return err
				}
				if err := data.RemoveBaseline.failed(); err != nil {
					return err
				}
				a.line("baseline %q is gone; its revision stays", a.look.clean(args[0]))
				return nil
			})
		},
	}
}
