package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// classInfo is a class of configuration items.
type classInfo struct {
	Name        string      `json:"name"`
	Extends     *string     `json:"extends"`
	Description string      `json:"description"`
	Tier        string      `json:"tier"`
	Abstract    bool        `json:"abstract"`
	Builtin     bool        `json:"builtin"`
	Attributes  []attribDef `json:"attributes"`
	Identifiers [][]string  `json:"identifiers"`
	Requires    []required  `json:"requires"`
	Redundancy  []freeGroup `json:"redundancy"`
	Ranking     []ranking   `json:"ranking"`
	Descendants []string    `json:"descendants"`
}

type attribDef struct {
	Name        string   `json:"name"`
	Type        string   `json:"type"`
	Of          *string  `json:"of"`
	Unit        *string  `json:"unit"`
	Description string   `json:"description"`
	Required    bool     `json:"required"`
	Allowed     []string `json:"allowed"`
	Default     *string  `json:"default"`
	Indexed     bool     `json:"indexed"`
}

type required struct {
	Types     []string `json:"types"`
	Direction string   `json:"direction"`
	Reason    string   `json:"reason"`
}

type freeGroup struct {
	Name     string  `json:"name"`
	Type     string  `json:"type"`
	Provider *string `json:"provider"`
	Rule     string  `json:"rule"`
	K        *int    `json:"k"`
	Percent  *int    `json:"percent"`
	Reason   string  `json:"reason"`
}

type ranking struct {
	Attribute *string  `json:"attribute"`
	Sources   []string `json:"sources"`
}

const classesDocument = `{ ciClasses { name extends description tier abstract builtin attributes { name type of unit description required allowed default indexed }
  identifiers requires { types direction reason } redundancy { name type provider rule k percent reason } ranking { attribute sources } descendants } }`

// class is the command about classes.
func (a *app) class() *cobra.Command {
	return noun("class", "Classes of CIs: list, show", a.classList(), a.classShow())
}

func (c *client) classes(ctx context.Context) ([]classInfo, string, error) {
	var data struct{ CIClasses []classInfo }
	revision, err := c.ask(ctx, classesDocument, nil, &data)
	return data.CIClasses, revision, err
}

func (a *app) classList() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "The classes of CIs; -o tree shows what inherits from what",
		Example: `  faultline class list
  faultline class list -o tree`,
		Args: takes(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), reading, func(c *client) error {
				all, revision, err := c.classes(cmd.Context())
				if err != nil {
					return err
				}
				switch a.flags.output {
				case asJSON:
					return a.printJSON(struct {
						head
						Classes []classInfo `json:"ciClasses"`
					}{head{schemaVersion, revision}, all})
				case asTree:
					a.classTree(all, "", "")
					return nil
				}
				rows := listing[classInfo]{
					columns: []column{{head: "CLASS"}, {head: "EXTENDS"}, {head: "TIER"}, {head: "WHAT IT IS", name: true}},
					heads:   []string{"class", "extends", "tier", "description"},
					cells:   func(k classInfo) []string { return []string{k.Name, deref(k.Extends), k.Tier, k.Description} },
				}
				if err := rows.print(a, all); err != nil {
					return err
				}
				a.next("class", "show", "server")
				return nil
			})
		},
	}
	return prints(cmd, asTable, asWide, asJSON, asNDJSON, asCSV, asTree)
}

// classTree prints the classes below one.
func (a *app) classTree(all []classInfo, parent, indent string) {
	var below []classInfo
	for _, k := range all {
		if deref(k.Extends) == parent {
			below = append(below, k)
		}
	}
	for i, k := range below {
		twig, lead := "", ""
		if parent != "" {
			twig, lead = a.look.pick("├─ ", "|- "), a.look.pick("│  ", "|  ")
			if i == len(below)-1 {
				twig, lead = a.look.pick("└─ ", "`- "), "   "
			}
		}
		a.line("%s%s%s", indent, twig, k.Name)
		a.classTree(all, k.Name, indent+lead)
	}
}

func (a *app) classShow() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "show CLASS",
		Short:   "One class: attributes, required relations, redundancy for free",
		Example: `  faultline class show server`,
		Args:    takes(1, 1, "a class"),
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return classNames(cmd), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), reading, func(c *client) error {
				all, revision, err := c.classes(cmd.Context())
				if err != nil {
					return err
				}
				var names []string
				for _, k := range all {
					if k.Name != args[0] {
						names = append(names, k.Name)
						continue
					}
					if a.flags.output == asJSON {
						return a.printJSON(struct {
							head
							classInfo
						}{head{schemaVersion, revision}, k})
					}
					return a.printClass(k)
				}
				return unknownClass(args[0], names)
			})
		},
	}
	return prints(cmd, asTable, asWide, asJSON)
}

func (a *app) printClass(k classInfo) error {
	a.line("%s", a.look.paint(bold, k.Name))
	about := "tier " + k.Tier
	if k.Extends != nil {
		about += ", extends " + *k.Extends
	}
	if k.Abstract {
		about += ", only groups subclasses"
	}
	a.line("%s", a.look.paint(dim, about))
	a.line("%s", a.look.wrap(k.Description, 0))
	if len(k.Attributes) > 0 {
		a.title("Attributes")
		rows := make([][]cell, len(k.Attributes))
		for i, at := range k.Attributes {
			rows[i] = []cell{{text: at.Name, style: bold}, {text: at.kind()}, {text: strings.Join(at.remarks(), ", "), style: dim}, {text: at.Description}}
		}
		if err := (grid{look: a.look, columns: []column{{}, {}, {name: true}, {name: true}}, full: a.flags.output == asWide, indent: "  "}).print(a.out, rows); err != nil {
			return err
		}
	}
	if len(k.Requires) > 0 {
		a.title("Not completely modelled without")
		for _, r := range k.Requires {
			to := "to what it depends on"
			if r.Direction == "CONSUMERS" {
				to = "from what depends on it"
			}
			a.line("  %s", a.look.wrap(fmt.Sprintf("%s (%s): %s", strings.Join(r.Types, " or "), to, r.Reason), 2))
		}
	}
	if len(k.Redundancy) > 0 {
		a.title("Redundancy for free")
		for _, r := range k.Redundancy {
			a.line("  %s", a.look.wrap(fmt.Sprintf("%s: %s of its %s %s: %s", r.Name, r.Rule, r.Type, firstOf(deref(r.Provider), "relations"), r.Reason), 2))
		}
	}
	a.next("ci", "list", "--class", k.Name)
	return nil
}

func (d attribDef) kind() string {
	kind := strings.ToLower(d.Type)
	if d.Of != nil {
		kind += " of " + strings.ToLower(*d.Of)
	}
	return kind
}

// remarks are what else there is to say of an attribute.
func (d attribDef) remarks() (out []string) {
	if d.Unit != nil {
		out = append(out, *d.Unit)
	}
	if d.Required {
		out = append(out, "required")
	}
	if d.Indexed {
		out = append(out, "indexed")
	}
	if len(d.Allowed) > 0 {
		out = append(out, either(d.Allowed))
	}
	if d.Default != nil {
		out = append(out, "default "+*d.Default)
	}
	return out
}
