package cli

import (
	"github.com/spf13/cobra"
)

// cutSets are the single points of failure of a service.
type cutSets struct {
	head
	Service     named  `json:"service"`
	AlreadyDown bool   `json:"alreadyDown"`
	Candidates  int    `json:"candidates"`
	TotalCount  int    `json:"totalCount"`
	Summary     string `json:"summary"`
	Sets        []struct {
		CIs []named `json:"cis"`
	} `json:"sets"`
}

const cutSetsDocument = `query($service: CIRef!, $plane: String) { cutSets(service: $service, plane: $plane) {
  revision service { id ref name class } alreadyDown candidates totalCount summary sets { cis { id ref name class } } } }`

// spof is the command for single points of failure.
func (a *app) spof() *cobra.Command {
	var size int
	var plane string
	cmd := &cobra.Command{
		Use:   "spof REF",
		Short: "The single points of failure of a service",
		Long: `The CIs whose outage alone takes a service DOWN, among all that it depends on. With
--plane only those that provide a relation of that plane.`,
		Example: `  faultline spof 'business_service:boutique/Online Boutique storefront'
  faultline spof business_service:checkout --plane power -o json`,
		Args: takes(1, 1, "a service"),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case size == 2:
				return usagef("--size 2 comes with a later version: pairs that fail together").hinted("leave it out: size 1 are the single points of failure")
			case size != 1:
				return usagef("--size is %d", size).hinted("size 1 are the single points of failure; pairs come with a later version")
			}
			return a.with(cmd.Context(), reading, func(c *client) error {
				ci, err := c.resolveOne(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				vars := map[string]any{"service": ci.input()}
				if plane != "" {
					vars["plane"] = plane
				}
				var data struct{ CutSets cutSets }
				if _, err := c.ask(cmd.Context(), cutSetsDocument, vars, &data); err != nil {
					return err
				}
				return a.printCutSets(data.CutSets)
			})
		},
	}
	cmd.Flags().IntVar(&size, "size", 1, "how many CIs fail together: 1")
	cmd.Flags().StringVar(&plane, "plane", "", "only providers of this plane, for example power or network")
	complete(cmd, "size", oneOf("1"))
	complete(cmd, "plane", planes)
	return prints(cmd, asTable, asWide, asJSON, asNDJSON, asCSV)
}

func (a *app) printCutSets(answer cutSets) error {
	if a.flags.output == asJSON {
		answer.SchemaVersion = schemaVersion
		return a.printJSON(answer)
	}
	var cis []named
	for _, s := range answer.Sets {
		cis = append(cis, s.CIs...)
	}
	people := a.flags.output == asTable || a.flags.output == asWide
	if people {
		a.line("%s", a.look.paint(bold, a.look.wrap(answer.Summary, 0)))
		if len(cis) > 0 {
			a.line("")
		}
	}
	rows := listing[named]{
		columns: []column{{head: "CI", name: true}, {head: "CLASS"}},
		heads:   []string{"ref", "class"},
		cells:   func(n named) []string { return []string{n.Ref, n.Class} },
	}
	if err := rows.print(a, cis); err != nil {
		return err
	}
	if len(cis) > 0 {
		a.next("why", answer.Service.Ref, "--if", cis[len(cis)-1].Ref)
	}
	return nil
}
