package cli

import (
	"context"
	"encoding/json"

	"github.com/spf13/cobra"
)

// cutSets are the single points of failure of a service.
type cutSets struct {
	head
	Service     named    `json:"service"`
	AlreadyDown bool     `json:"alreadyDown"`
	Candidates  int      `json:"candidates"`
	TotalCount  int      `json:"totalCount"`
	Singles     int      `json:"singles"`
	Summary     string   `json:"summary"`
	Sets        []cutSet `json:"sets"`
}

type cutSet struct {
	Cursor string  `json:"-"`
	CIs    []named `json:"cis"`
}

// UnmarshalJSON reads the cursor, too, which is not printed.
func (c *cutSet) UnmarshalJSON(b []byte) error {
	var in struct {
		Cursor string
		CIs    []named
	}
	err := json.Unmarshal(b, &in)
	c.Cursor, c.CIs = in.Cursor, in.CIs
	return err
}

// cutSets asks for all pages.
func (c *client) cutSets(ctx context.Context, ci named, size int, plane string) (cutSets, error) {
	vars := map[string]any{"service": ci.input(), "size": size}
	if plane != "" {
		vars["plane"] = plane
	}
	var out cutSets
	for {
		var data struct{ CutSets cutSets }
		if _, err := c.ask(ctx, cutSetsDocument, vars, &data); err != nil {
			return out, err
		}
		sets := append(out.Sets, data.CutSets.Sets...)
		out = data.CutSets
		if out.Sets = sets; len(data.CutSets.Sets) == 0 || len(sets) >= out.TotalCount {
			return out, nil
		}
		vars["after"] = sets[len(sets)-1].Cursor
	}
}

const cutSetsDocument = `query($service: CIRef!, $size: Int!, $plane: String, $after: String) { cutSets(service: $service, maxSize: $size, plane: $plane) {
  revision service { id ref name class } alreadyDown candidates totalCount singles summary sets(after: $after) { cursor cis { id ref name class } } } }`

// spofsListed is how many sets a table lists unasked.
const spofsListed = 50

// spof is the command for single points of failure.
func (a *app) spof() *cobra.Command {
	var size int
	var plane string
	cmd := &cobra.Command{
		Use:   "spof REF",
		Short: "The single points of failure of a service",
		Long: `The CIs whose outage alone takes a service DOWN, among all that it depends on. With
--size 2 also the pairs that do so together, and not alone. With --plane only those
that provide a relation of that plane.`,
		Example: `  faultline spof 'business_service:boutique/Online Boutique storefront'
  faultline spof business_service:checkout --size 2
  faultline spof business_service:checkout --plane power -o json`,
		Args: takes(1, 1, "a service"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if size != 1 && size != 2 {
				return usagef("--size is %d", size).hinted("1 are the single points of failure; with 2 come pairs that fail together")
			}
			return a.with(cmd.Context(), reading, func(c *client) error {
				ci, err := c.resolveOne(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				answer, err := c.cutSets(cmd.Context(), ci, size, plane)
				if err != nil {
					return err
				}
				return a.printCutSets(answer)
			})
		},
	}
	cmd.Flags().IntVar(&size, "size", 1, "how many CIs fail together: 1, or 2 for pairs as well")
	cmd.Flags().StringVar(&plane, "plane", "", "only providers of this plane, for example power or network")
	complete(cmd, "size", oneOf("1", "2"))
	complete(cmd, "plane", planes)
	return prints(cmd, asTable, asWide, asJSON, asNDJSON, asCSV)
}

func (a *app) printCutSets(answer cutSets) error {
	if a.flags.output == asJSON {
		answer.SchemaVersion = schemaVersion
		return a.printJSON(answer)
	}
	sets, more := answer.Sets, 0
	if a.flags.output == asTable && len(sets) > spofsListed {
		sets, more = sets[:spofsListed], len(sets)-spofsListed
	}
	people := a.flags.output == asTable || a.flags.output == asWide
	if people {
		a.line("%s", a.look.paint(bold, a.look.wrap(answer.Summary, 0)))
		if len(sets) > 0 {
			a.line("")
		}
	}
	if err := a.listCutSets(sets, answer.TotalCount > answer.Singles); err != nil {
		return err
	}
	if people {
		a.left(len(sets), len(sets)+more)
	}
	if n := len(sets); n > 0 {
		args := []string{"why", answer.Service.Ref, "--if"}
		for _, ci := range sets[n-1].CIs {
			args = append(args, ci.Ref)
		}
		a.next(args...)
	}
	return nil
}

// listCutSets prints a CI a line, or with pairs a set a line.
func (a *app) listCutSets(sets []cutSet, pairs bool) error {
	if !pairs {
		cis := make([]named, len(sets))
		for k, s := range sets {
			cis[k] = s.CIs[0]
		}
		return listing[named]{
			columns: []column{{head: "CI", name: true}, {head: "CLASS"}},
			heads:   []string{"ref", "class"},
			cells:   func(n named) []string { return []string{n.Ref, n.Class} },
		}.print(a, cis)
	}
	return listing[cutSet]{
		columns: []column{{head: "CI", name: true}, {head: "TOGETHER WITH", name: true}},
		heads:   []string{"ref", "with"},
		cells: func(s cutSet) []string {
			if len(s.CIs) == 1 {
				return []string{s.CIs[0].Ref, ""}
			}
			return []string{s.CIs[0].Ref, s.CIs[1].Ref}
		},
	}.print(a, sets)
}
