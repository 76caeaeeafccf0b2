package cli

import (
	"strconv"

	"github.com/spf13/cobra"
)

// dangers are the most dangerous CIs of the estate.
type dangers struct {
	head
	Evaluated int         `json:"evaluated"`
	Complete  bool        `json:"complete"`
	Nodes     []dangerous `json:"dangerous"`
}

type dangerous struct {
	CI           named  `json:"ci"`
	ServicesDown int    `json:"servicesDown"`
	Down         int    `json:"down"`
	Text         string `json:"text"`
}

const dangerDocument = `query($top: Int!, $isA: [String!]) { dangerous(top: $top, isA: $isA) {
  revision evaluated complete nodes { ci { id ref name class } servicesDown down text } } }`

// danger is the command that ranks CIs by what they take with them.
func (a *app) danger() *cobra.Command {
	top := 0
	var classes []string
	cmd := &cobra.Command{
		Use:   "danger",
		Short: "The most dangerous CIs: what takes the most services DOWN when it fails alone",
		Long: `Judges every CI failing alone, and ranks those that take the most with them: services
first, then CIs, then by name. Only DOWN counts here; impact tells who is degraded or
loses a spare.`,
		Example: `  faultline danger
  faultline danger --top 5 --class network_device,pdu
  faultline danger -o json | jq -r '.dangerous[0].ci.ref'`,
		Args: takes(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if top < 1 || top > pageSize {
				return usagef("--top is %d", top).hinted("give 1 to %d", pageSize)
			}
			return a.with(cmd.Context(), reading, func(c *client) error {
				vars := map[string]any{"top": top}
				if len(classes) > 0 {
					vars["isA"] = classes
				}
				var data struct {
					Dangerous struct {
						dangers
						Nodes []dangerous `json:"nodes"`
					}
				}
				if _, err := c.ask(cmd.Context(), dangerDocument, vars, &data); err != nil {
					return err
				}
				answer := data.Dangerous.dangers
				answer.Nodes = data.Dangerous.Nodes
				return a.printDangers(answer)
			})
		},
	}
	cmd.Flags().IntVar(&top, "top", 20, "how many to rank")
	cmd.Flags().StringSliceVar(&classes, "class", nil, "only CIs of these classes and their subclasses")
	return prints(cmd, asTable, asWide, asJSON, asNDJSON, asCSV)
}

func (a *app) printDangers(answer dangers) error {
	if a.flags.output == asJSON {
		answer.SchemaVersion = schemaVersion
		return a.printJSON(answer)
	}
	if a.flags.output == asTable || a.flags.output == asWide {
		text := number(answer.Evaluated) + verb(answer.Evaluated, " CI was", " CIs were") + " judged, each failing alone"
		if len(answer.Nodes) == 0 {
			text += "; none takes another one DOWN"
		}
		if !answer.Complete {
			text += "; there was no time for the others"
		}
		a.line("%s", a.look.paint(bold, a.look.wrap(text, 0)))
		if len(answer.Nodes) > 0 {
			a.line("")
		}
	}
	rows := listing[dangerous]{
		columns: []column{{head: "SERVICES DOWN"}, {head: "CIS DOWN"}, {head: "CI", name: true}, {head: "CLASS"}},
		heads:   []string{"servicesDown", "down", "ref", "class"},
		cells: func(d dangerous) []string {
			return []string{strconv.Itoa(d.ServicesDown), strconv.Itoa(d.Down), d.CI.Ref, d.CI.Class}
		},
	}
	if err := rows.print(a, answer.Nodes); err != nil {
		return err
	}
	if len(answer.Nodes) > 0 {
		a.next("impact", answer.Nodes[0].CI.Ref)
	}
	return nil
}
