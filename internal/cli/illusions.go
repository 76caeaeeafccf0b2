package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

// illusions are what members of redundancy groups share.
type illusions struct {
	head
	Redundant  int        `json:"redundant"`
	TotalCount int        `json:"totalCount"`
	Complete   bool       `json:"complete"`
	Nodes      []illusion `json:"illusions"`
}

type illusion struct {
	Shared   named      `json:"shared"`
	Broken   int        `json:"broken"`
	Hollowed []hollowed `json:"hollowed"`
	Text     string     `json:"text"`
}

// hollowed is a redundancy group whose members share something.
type hollowed struct {
	Consumer    named   `json:"consumer"`
	Requirement string  `json:"requirement"`
	State       string  `json:"state"`
	Behind      bool    `json:"behind"`
	Lost        []named `json:"lost"`
	Members     int     `json:"members"`
	Needed      int     `json:"needed"`
}

const illusionsDocument = `query($service: CIRef, $top: Int!) { illusions(service: $service, top: $top) { revision redundant totalCount complete
  nodes { shared { id ref name class } broken text hollowed { consumer { id ref name class } requirement state behind lost { id ref name class } members needed } } } }`

// illusionsShown is how many groups a table names of each CI that is shared.
const illusionsShown = 4

// illusions is the command that finds redundancy that is not.
func (a *app) illusions() *cobra.Command {
	top := 0
	cmd := &cobra.Command{
		Use:   "illusions [REF]",
		Short: "Redundancy that is not: what members of one redundancy group share",
		Long: `Finds CIs whose outage alone takes several members of a redundancy group that was made
so that members fail one by one: two servers in one rack, two feeds on one UPS. What
breaks the most groups comes first. Then what members only miss together when they fail
or start: one vendor who supports them, one backup of both. With REF only what that service depends on.`,
		Example: `  faultline illusions
  faultline illusions 'business_service:boutique/Online Boutique checkout'
  faultline illusions -o csv`,
		Args: takes(0, 1, "a service"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if top < 1 || top > pageSize {
				return usagef("--top is %d", top).hinted("give 1 to %d", pageSize)
			}
			return a.with(cmd.Context(), reading, func(c *client) error {
				vars := map[string]any{"top": top}
				if len(args) > 0 {
					ci, err := c.resolveOne(cmd.Context(), args[0])
					if err != nil {
						return err
					}
					vars["service"] = ci.input()
				}
				var data struct {
					Illusions struct {
						illusions
						Nodes []illusion `json:"nodes"`
					}
				}
				if _, err := c.ask(cmd.Context(), illusionsDocument, vars, &data); err != nil {
					return err
				}
				answer := data.Illusions.illusions
				answer.Nodes = data.Illusions.Nodes
				return a.printIllusions(answer)
			})
		},
	}
	cmd.Flags().IntVar(&top, "top", 20, "how many shared CIs to tell")
	return prints(cmd, asTable, asWide, asJSON, asNDJSON, asCSV)
}

func (a *app) printIllusions(answer illusions) error {
	switch a.flags.output {
	case asJSON:
		answer.SchemaVersion = schemaVersion
		return a.printJSON(answer)
	case asTable, asWide:
		a.drawIllusions(answer)
		return nil
	}
	return listing[illusion]{
		heads: []string{"shared", "class", "broken", "hollowed", "text"},
		cells: func(i illusion) []string {
			return []string{i.Shared.Ref, i.Shared.Class, strconv.Itoa(i.Broken), strconv.Itoa(len(i.Hollowed)), i.Text}
		},
	}.print(a, answer.Nodes)
}

func (a *app) drawIllusions(answer illusions) {
	text := fmt.Sprintf("%s redundancy %s; %s", number(answer.Redundant), verb(answer.Redundant, "group", "groups"),
		map[bool]string{true: "no CI is shared by several members of one", false: number(answer.TotalCount) + verb(answer.TotalCount, " CI is", " CIs are") + " shared by several members of one"}[answer.TotalCount == 0])
	if !answer.Complete {
		text += "; there was no time for all CIs"
	}
	a.line("%s", a.look.paint(bold, a.look.wrap(text, 0)))
	for _, i := range answer.Nodes {
		a.line("")
		breaks := map[bool]string{true: "breaks none", false: fmt.Sprintf("breaks %s of %s", number(i.Broken), number(len(i.Hollowed)))}[i.Broken == 0]
		if !slices.ContainsFunc(i.Hollowed, func(h hollowed) bool { return !h.Behind }) {
			breaks = "missed only when they fail or start"
		}
		a.line("%s  %s", a.look.paint(bold, a.look.clean(i.Shared.Ref)), a.look.paint(dim, breaks))
		shown := len(i.Hollowed)
		if a.flags.output == asTable {
			shown = min(shown, illusionsShown)
		}
		for _, h := range i.Hollowed[:shown] {
			var lost []string
			for _, l := range h.Lost {
				lost = append(lost, l.Ref)
			}
			says := "%q of %s loses %d of %d%s: %s"
			if h.Behind {
				says = "it stands behind %[3]d of %[4]d members of %[1]q of %[2]s%[5]s: %[6]s"
			}
			a.line("  %s %s", a.look.painted(h.State), a.look.wrap(fmt.Sprintf(says, h.Requirement, h.Consumer.Ref, len(h.Lost), h.Members, needed(h.Needed), strings.Join(lost, ", ")), 4))
		}
		a.left(shown, len(i.Hollowed))
	}
	a.left(len(answer.Nodes), answer.TotalCount)
	if len(answer.Nodes) > 0 {
		a.next("impact", answer.Nodes[0].Shared.Ref)
	}
}

// needed is how many members a group needs; nothing for CAPACITY, which counts what
// they hold.
func needed(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", %d needed", n)
}
