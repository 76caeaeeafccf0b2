package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// changeThresholds are what counts as much where changes are assessed.
type changeThresholds struct {
	Criticality string `json:"criticality"`
	LargeBlast  int    `json:"largeBlast"`
	MostlyWell  int    `json:"mostlyWell"`
	OftenWell   int    `json:"oftenWell"`
	EnoughAlike int    `json:"enoughAlike"`
}

const thresholdFields = `changeThresholds { criticality largeBlast mostlyWell oftenWell enoughAlike }`

func (a *app) policyThresholds() *cobra.Command {
	var say changeThresholds
	cmd := &cobra.Command{
		Use: "thresholds", Short: "What counts as much where changes are assessed; with flags, set it",
		Long: `Prints what counts as much where changes are assessed: from which criticality on a CI counts, how
many CIs DOWN are a risk by number alone, and how well changes of a model have to go. With flags
it sets these, for assessments from then on: each seals those that it was made with.`,
		Example: "  faultline policy thresholds\n  faultline policy thresholds --criticality CRITICAL --large-blast 500",
		Args:    takes(0, 0, ""),
	}
	f := cmd.Flags()
	f.StringVar(&say.Criticality, "criticality", "", "from which on a CI counts for conflicts, staleness and a lost spare: LOW, MEDIUM, HIGH, CRITICAL")
	f.IntVar(&say.LargeBlast, "large-blast", 0, "how many CIs DOWN are a MODERATE risk by number alone")
	f.IntVar(&say.MostlyWell, "mostly-well", 0, "of 100 changes of a model, how many have to go well; fewer are a MODERATE risk")
	f.IntVar(&say.OftenWell, "often-well", 0, "fewer than so many of 100 are a HIGH risk")
	f.IntVar(&say.EnoughAlike, "enough-alike", 0, "if there were so many or more")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		in := map[string]any{}
		for flag, v := range map[string]any{"criticality": strings.ToUpper(say.Criticality), "large-blast": say.LargeBlast, "mostly-well": say.MostlyWell, "often-well": say.OftenWell, "enough-alike": say.EnoughAlike} {
			if f.Changed(flag) {
				in[fieldOf(flag)] = v
			}
		}
		if len(in) == 0 {
			return a.with(cmd.Context(), reading, func(c *client) error {
				var data struct{ ChangeThresholds changeThresholds }
				at, err := c.ask(cmd.Context(), `query { `+thresholdFields+` }`, nil, &data)
				if err != nil {
					return err
				}
				return a.printThresholds(at, data.ChangeThresholds)
			})
		}
		return a.with(cmd.Context(), writing, func(c *client) error {
			var data struct {
				SetChangeThresholds struct {
					Revision string
					Query    struct{ ChangeThresholds changeThresholds }
					Errors   []refused
				}
			}
			_, err := c.ask(cmd.Context(), `mutation($input: SetChangeThresholdsInput!) { setChangeThresholds(input: $input) { revision query { `+thresholdFields+` } errors { message code path } } }`, map[string]any{"input": in}, &data)
			if err != nil {
				return err
			}
			if p := data.SetChangeThresholds; len(p.Errors) > 0 {
				return p.Errors[0].failure()
			}
			return a.printThresholds(data.SetChangeThresholds.Revision, data.SetChangeThresholds.Query.ChangeThresholds)
		})
	}
	return prints(cmd, asTable, asJSON)
}

// fieldOf is a flag as the API names it: large-blast is largeBlast.
func fieldOf(flag string) string {
	words := strings.Split(flag, "-")
	for k := range words[1:] {
		words[k+1] = strings.ToUpper(words[k+1][:1]) + words[k+1][1:]
	}
	return strings.Join(words, "")
}

func (a *app) printThresholds(at string, t changeThresholds) error {
	if a.flags.output == asJSON {
		return a.printJSON(struct {
			head
			changeThresholds
		}{head{schemaVersion, at}, t})
	}
	for _, text := range []string{
		fmt.Sprintf("criticality   a CI counts for conflicts, staleness and a lost spare from %s on", t.Criticality),
		fmt.Sprintf("large-blast   %s CIs DOWN are a MODERATE risk by number alone", number(t.LargeBlast)),
		fmt.Sprintf("mostly-well   less than %d of 100 changes of a model that went well are a MODERATE risk", t.MostlyWell),
		fmt.Sprintf("often-well    less than %d of 100 are a HIGH one", t.OftenWell),
		fmt.Sprintf("enough-alike  if there were %d or more", t.EnoughAlike),
	} {
		a.line("%s", text)
	}
	return nil
}
