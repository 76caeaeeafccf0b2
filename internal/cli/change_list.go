package cli

import (
	"cmp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

func (a *app) changeList() *cobra.Command {
	var states, types []string
	var requester, implementer, affects string
	limit := 0
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Changes, the newest first",
		Example: `  faultline change list --state authorize
  faultline change list --affects server:dc1/db-1 -o json`,
		Args: takes(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			filter := map[string]any{}
			if err := cmp.Or(validLimit(limit), among(filter, "states", "state", states, changeStates), among(filter, "types", "type", types, changeTypes)); err != nil {
				return err
			}
			return a.with(cmd.Context(), reading, func(c *client) error {
				for name, v := range map[string]string{"requester": requester, "implementer": implementer} {
					if v != "" {
						filter[name] = v
					}
				}
				if affects != "" {
					ci, err := c.resolveOne(cmd.Context(), affects)
					if err != nil {
						return err
					}
					filter["affects"] = ci.input()
				}
				rows, more, err := followAll(limit, func(first int, after *string) (page[changeRow], error) {
					var data struct{ Changes page[changeRow] }
					_, err := c.ask(cmd.Context(), `query($filter: ChangeFilter, $first: Int!, $after: String) { changes(filter: $filter, first: $first, after: $after) { nodes { `+changeRowFields+` } `+pageFields+` } }`,
						map[string]any{"filter": filter, "first": first, "after": after}, &data)
					return data.Changes, err
				})
				if err != nil {
					return err
				}
				return a.printChanges(rows, more)
			})
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&states, "state", nil, "only in these states: "+strings.Join(changeStates, ","))
	f.StringSliceVar(&types, "type", nil, "only of these types: "+strings.Join(changeTypes, ","))
	f.StringVar(&requester, "requester", "", "only those that this person wants")
	f.StringVar(&implementer, "implementer", "", "only those that this person carries out")
	f.StringVar(&affects, "affects", "", "only those that affect this CI")
	f.IntVar(&limit, "limit", 0, "at most so many; 0: all")
	complete(cmd, "state", oneOf(changeStates...))
	complete(cmd, "type", oneOf(changeTypes...))
	return prints(cmd, asTable, asWide, asJSON, asNDJSON, asCSV)
}

// among puts words of a flag into a filter, and refuses those that are none of all.
func among(filter map[string]any, field, flag string, words, all []string) error {
	var out []string
	for _, w := range words {
		if !slices.Contains(all, strings.ToLower(w)) {
			return usagef("--%s %q is none", flag, w).hinted("one of %s", either(all))
		}
		out = append(out, strings.ToUpper(w))
	}
	if len(out) > 0 {
		filter[field] = out
	}
	return nil
}

func (a *app) printChanges(rows []changeRow, more bool) error {
	if a.flags.output == asJSON {
		return a.printJSON(struct {
			SchemaVersion int         `json:"schemaVersion"`
			Complete      bool        `json:"complete"`
			Changes       []changeRow `json:"changes"`
		}{schemaVersion, !more, rows})
	}
	return listing[changeRow]{
		columns: []column{{head: "NUMBER"}, {head: "STATE"}, {head: "TYPE"}, {head: "PLANNED"}, {head: "TITLE", name: true}, {head: "BY"}},
		heads:   []string{"number", "state", "type", "from", "until", "title", "requester"},
		cells: func(x changeRow) []string {
			return []string{x.Number, x.State, x.Type, a.plannedOf(x), x.Title, x.Requester}
		},
		row: func(x changeRow) []string {
			return []string{x.Number, x.State, x.Type, stamp(x.PlannedStart), stamp(x.PlannedEnd), x.Title, x.Requester}
		},
	}.print(a, rows)
}
