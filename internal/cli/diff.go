package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
)

// comparison is what is different between two points of the ledger.
type comparison struct {
	head
	From       string       `json:"from"`
	To         string       `json:"to"`
	TotalCount int          `json:"totalCount"`
	Added      int          `json:"added"`
	Removed    int          `json:"removed"`
	Changed    int          `json:"changed"`
	Rows       []difference `json:"differences"`
}

type difference struct {
	Record   string  `json:"record"`
	Change   string  `json:"change"`
	Ref      string  `json:"ref"`
	Name     *string `json:"name"`
	Provider *string `json:"provider"`
	Fields   []struct {
		Field string  `json:"field"`
		Was   *string `json:"was"`
		Is    *string `json:"is"`
	} `json:"fields"`
	Text string `json:"text"`
}

const diffDocument = `query($from: PointInTime!, $to: PointInTime, $first: Int!, $after: String) { diff(from: $from, to: $to, first: $first, after: $after) {
  from to totalCount added removed changed nodes { record change ref name provider fields { field was is } text } pageInfo { hasNextPage endCursor } } }`

// diffPage is how many differences are asked for at once.
const diffPage = 500

// diff is the command that compares two points of the ledger.
func (a *app) diff() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "diff FROM [TO]",
		Short: "What is different between two revisions, times or baselines",
		Long: `What is different between two points of the ledger, each a revision, a time or the name
of a baseline; TO is the newest revision where it is not given. What holds is
compared: who says so does not count.`,
		Example: `  faultline diff 'before the move'
  faultline diff 120 140 -o json
  faultline diff 2026-11-01T00:00:00Z 2026-12-01T00:00:00Z`,
		Args: takes(1, 2, "where to begin"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), reading, func(c *client) error {
				answer, err := c.compare(cmd.Context(), args)
				if err != nil {
					return err
				}
				return a.printDiff(answer)
			})
		},
	}
	return prints(cmd, asTree, asTable, asWide, asJSON, asNDJSON, asCSV)
}

// compare follows all pages.
func (c *client) compare(ctx context.Context, points []string) (*comparison, error) {
	vars := map[string]any{"from": pointInTime(points[0]), "first": diffPage}
	if len(points) > 1 {
		vars["to"] = pointInTime(points[1])
	}
	var out *comparison
	for {
		var data struct {
			Diff struct {
				comparison
				Nodes    []difference
				PageInfo pageInfo
			}
		}
		if _, err := c.ask(ctx, diffDocument, vars, &data); err != nil {
			return nil, err
		}
		d := data.Diff
		if out == nil {
			out = &d.comparison
			out.SchemaVersion, out.Revision, out.Rows = schemaVersion, d.To, []difference{}
			vars["to"] = map[string]any{"revision": d.To} // the same answer on the pages behind
			vars["from"] = map[string]any{"revision": d.From}
		}
		out.Rows = append(out.Rows, d.Nodes...)
		if !d.PageInfo.HasNextPage || d.PageInfo.EndCursor == nil {
			return out, nil
		}
		vars["after"] = *d.PageInfo.EndCursor
	}
}

func (a *app) printDiff(answer *comparison) error {
	switch a.flags.output {
	case asJSON:
		return a.printJSON(answer)
	case asTree:
		a.drawDiff(answer)
		return nil
	}
	return listing[difference]{
		columns: []column{{head: "CHANGE"}, {head: "WHAT"}, {head: "CI", name: true}, {head: "IN WORDS"}},
		heads:   []string{"change", "record", "ref", "text"},
		cells:   func(d difference) []string { return []string{d.Change, d.Record, d.Ref, d.Text} },
	}.print(a, answer.Rows)
}

// diffMarks are how a difference begins its line.
var diffMarks = map[string]struct {
	mark  string
	style style
}{"ADDED": {"+", green}, "REMOVED": {"-", red}, "CHANGED": {"~", yellow}}

// drawDiff prints what belongs to one CI together: the CI, then its groups and
// relations, with what of them is different.
func (a *app) drawDiff(answer *comparison) {
	head := fmt.Sprintf("Revision %s to %s: ", answer.From, answer.To)
	if answer.TotalCount == 0 {
		a.line("%s", a.look.paint(bold, head+"nothing is different"))
		return
	}
	a.line("%s", a.look.paint(bold, a.look.wrap(fmt.Sprintf("%s%s new, %s gone, %s changed", head, number(answer.Added), number(answer.Removed), number(answer.Changed)), 0)))
	byCI := map[string][]difference{}
	var order []string
	for _, d := range answer.Rows {
		if _, seen := byCI[d.Ref]; !seen {
			order = append(order, d.Ref)
		}
		byCI[d.Ref] = append(byCI[d.Ref], d)
	}
	for _, ref := range order {
		a.line("")
		rows := byCI[ref]
		title, rest := "  "+a.look.clean(ref), rows
		if rows[0].Record == "CI" || rows[0].Name == nil {
			title, rest = a.marked(rows[0].Change, a.look.clean(ref)), rows[1:]
			a.line("%s", title)
			a.fieldsOf(rows[0], "  ")
		} else {
			a.line("%s", title)
		}
		for k, d := range rest {
			branch := a.look.pick("├─ ", "|- ")
			stem := a.look.pick("│  ", "|  ")
			if k == len(rest)-1 {
				branch, stem = a.look.pick("└─ ", "`- "), "   "
			}
			what := deref(d.Name)
			if d.Provider != nil {
				what += " " + *d.Provider
			} else {
				what = fmt.Sprintf("group %q", what)
			}
			a.line("  %s%s", branch, a.marked(d.Change, a.look.clean(what)))
			a.fieldsOf(d, "  "+stem)
		}
	}
}

func (a *app) marked(change, text string) string {
	m := diffMarks[change]
	return a.look.paint(m.style, m.mark) + " " + a.look.paint(m.style, text)
}

// fieldsOf prints what of a record is different; of one that is new or gone, that
// says nothing more.
func (a *app) fieldsOf(d difference, indent string) {
	if d.Change != "CHANGED" {
		return
	}
	for _, f := range d.Fields {
		a.line("%s    %s: %s %s %s", indent, f.Field, a.look.clean(orNone(f.Was)), a.look.pick("→", "->"), a.look.clean(orNone(f.Is)))
	}
}

func orNone(s *string) string {
	if s == nil {
		return "nothing"
	}
	return *s
}
