package cli

import (
	"strings"

	"github.com/spf13/cobra"
)

// typeInfo is a type of relation.
type typeInfo struct {
	Name        string `json:"name"`
	Reverse     string `json:"reverse"`
	Description string `json:"description"`
	Plane       string `json:"plane"`
	Transfer    string `json:"transfer"`
	Impact      string `json:"impact"`
	Between     []pair `json:"between"`
	Builtin     bool   `json:"builtin"`
}

type pair struct {
	Consumer string `json:"consumer"`
	Provider string `json:"provider"`
}

const typesDocument = `{ relationTypes { name reverse description plane transfer impact between { consumer provider } builtin } }`

// relationType is the command about types of relations.
func (a *app) relationType() *cobra.Command {
	return noun("relation-type", "Types of relations: list", a.relationTypeList())
}

func (a *app) relationTypeList() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "The types of relations: what they pass on, and between which classes",
		Example: `  faultline relation-type list
  faultline relation-type list -o wide`,
		Args: takes(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), reading, func(c *client) error {
				var data struct{ RelationTypes []typeInfo }
				revision, err := c.ask(cmd.Context(), typesDocument, nil, &data)
				if err != nil {
					return err
				}
				if a.flags.output == asJSON {
					return a.printJSON(struct {
						head
						Types []typeInfo `json:"relationTypes"`
					}{head{schemaVersion, revision}, data.RelationTypes})
				}
				return a.printTypes(data.RelationTypes)
			})
		},
	}
	return prints(cmd, asTable, asWide, asJSON, asNDJSON, asCSV)
}

func (a *app) printTypes(all []typeInfo) error {
	rows := listing[typeInfo]{
		columns: []column{{head: "TYPE"}, {head: "READ BACKWARDS"}, {head: "PLANE"}, {head: "PASSES ON"}, {head: "WHAT IT SAYS", name: true}},
		heads:   []string{"type", "reverse", "plane", "transfer", "description", "between"},
		cells: func(t typeInfo) []string {
			passes := t.Transfer
			if t.Impact == "NONE" {
				passes = "nothing"
			}
			return []string{t.Name, t.Reverse, t.Plane, passes, t.Description, pairs(t.Between)}
		},
	}
	if a.flags.output == asWide {
		rows.columns = append(rows.columns, column{head: "BETWEEN"})
	}
	return rows.print(a, all)
}

// pairs lists the classes that a type may join.
func pairs(list []pair) string {
	if len(list) == 0 {
		return "any two CIs"
	}
	out := make([]string, len(list))
	for i, p := range list {
		out[i] = p.Consumer + " > " + p.Provider
	}
	return strings.Join(out, ", ")
}
