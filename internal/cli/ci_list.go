package cli

import (
	"context"
	"slices"

	"github.com/spf13/cobra"
)

const listDocument = `query($filter: CIFilter, $first: Int!, $after: String) { cis(filter: $filter, orderBy: [{field: REF}], first: $first, after: $after) {
  nodes { ` + itemFields + ` } totalCount pageInfo { hasNextPage endCursor } } }`

// cisShown is how many CIs a table lists unasked.
const cisShown = 50

func (a *app) ciList() *cobra.Command {
	var classes, wheres []string
	limit := 0
	cmd := &cobra.Command{
		Use:   "list",
		Short: "CIs by class and attributes",
		Long: `CIs by class (subclasses included) and attributes, by ref. All --where must hold:
attribute=value, != (is not), ~ (contains), ^= (begins with), < > <= >=. name, scope
and ref can be asked for as well. A table shows the first 50; the other forms all.`,
		Example: `  faultline ci list --class server
  faultline ci list --class virtual_machine --where 'lifecycle!=LIVE' --where 'name^=vm1'
  faultline ci list --where 'environment=production' -o ndjson`,
		Args: takes(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := validLimit(limit); err != nil {
				return err
			}
			if !cmd.Flags().Changed("limit") && (a.flags.output == asTable || a.flags.output == asWide) {
				limit = cisShown
			}
			conditions := make([]condition, len(wheres))
			for i, w := range wheres {
				var err error
				if conditions[i], err = parseWhere(w); err != nil {
					return err
				}
			}
			return a.with(cmd.Context(), reading, func(c *client) error {
				return a.showList(cmd.Context(), c, classes, conditions, limit)
			})
		},
	}
	cmd.Flags().StringSliceVar(&classes, "class", nil, "of these classes, subclasses included")
	cmd.Flags().StringArrayVar(&wheres, "where", nil, "only where this holds, for example 'os^=Debian'; repeatable")
	cmd.Flags().IntVar(&limit, "limit", 0, "list at most so many; 0: all (a table shows 50 unasked)")
	complete(cmd, "class", classNames)
	return prints(cmd, asTable, asWide, asJSON, asNDJSON, asCSV)
}

// attributeKinds are the types of attributes, by name, in the classes asked for.
// A class or attribute that does not exist is refused here, with what may have been meant.
func (c *client) attributeKinds(ctx context.Context, classes []string, conditions []condition) (map[string]string, error) {
	if len(classes) == 0 && !slices.ContainsFunc(conditions, func(c condition) bool { return !fields[c.name] }) {
		return nil, nil
	}
	var data struct{ CIClasses []classInfo }
	if _, err := c.ask(ctx, `{ ciClasses { name descendants attributes { name type of } } }`, nil, &data); err != nil {
		return nil, err
	}
	var names []string
	within := map[string]bool{}
	for _, k := range data.CIClasses {
		names = append(names, k.Name)
		if slices.Contains(classes, k.Name) {
			for _, d := range k.Descendants {
				within[d] = true
			}
		}
	}
	for _, want := range classes {
		if !slices.Contains(names, want) {
			return nil, unknownClass(want, names)
		}
	}
	kinds := map[string]string{}
	for _, k := range data.CIClasses {
		if len(classes) > 0 && !within[k.Name] {
			continue
		}
		for _, at := range k.Attributes {
			kinds[at.Name] = at.Type
			if at.Of != nil {
				kinds[at.Name] = *at.Of
			}
		}
	}
	for _, w := range conditions {
		if _, ok := kinds[w.name]; !ok && !fields[w.name] {
			known := []string{"name", "scope", "ref"}
			for k := range kinds {
				known = append(known, k)
			}
			slices.Sort(known)
			return nil, failf("no class asked for has the attribute %q", w.name).
				hinted("%s", meant(nearest(w.name, known, 3), "faultline class show CLASS lists the attributes"))
		}
	}
	return kinds, nil
}

func unknownClass(want string, names []string) error {
	return failf("the class %q is unknown", want).hinted("%s", meant(nearest(want, names, 3), "faultline class list lists them"))
}

func (a *app) showList(ctx context.Context, c *client, classes []string, conditions []condition, limit int) error {
	kinds, err := c.attributeKinds(ctx, classes, conditions)
	if err != nil {
		return err
	}
	filter, err := whereFilter(classes, conditions, kinds)
	if err != nil {
		return err
	}
	out := struct {
		head
		TotalCount int    `json:"totalCount"`
		CIs        []item `json:"cis"`
	}{head: head{SchemaVersion: schemaVersion}}
	fetch := func(first int, after *string) (page[item], error) {
		var data struct{ CIs page[item] }
		revision, err := c.ask(ctx, listDocument, map[string]any{"filter": filter, "first": first, "after": after}, &data)
		out.Revision = firstOf(out.Revision, revision)
		if n := data.CIs.TotalCount; n != nil {
			out.TotalCount = *n
		}
		return data.CIs, err
	}
	rows := listing[item]{
		columns: []column{{head: "CI", name: true}, {head: "CLASS"}, {head: "LIFECYCLE"}},
		heads:   []string{"ref", "class", "lifecycle", "version", "changed_in"},
		cells: func(i item) []string {
			return []string{i.Ref, i.Class, i.Lifecycle, number(i.Version), i.ChangedIn}
		},
	}
	if a.flags.output == asWide {
		rows.columns = append(rows.columns, column{head: "VERSION", right: true}, column{head: "CHANGED IN", right: true})
	}
	if a.flags.output == asNDJSON { // page by page: there may be millions
		_, err := follow(limit, fetch, func(page []item) error { return rows.print(a, page) })
		return err
	}
	if out.CIs, _, err = followAll(limit, fetch); err != nil {
		return err
	}
	if a.flags.output == asJSON {
		return a.printJSON(out)
	}
	if err := rows.print(a, out.CIs); err != nil {
		return err
	}
	switch {
	case out.TotalCount > len(out.CIs):
		a.note("%s of %s CIs; --limit 0 lists all", number(len(out.CIs)), number(out.TotalCount))
	case out.TotalCount == 0:
		a.note("no CI fits")
	}
	if len(out.CIs) > 0 {
		a.next("ci", "get", out.CIs[0].Ref)
	}
	return nil
}
