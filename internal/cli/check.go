package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/faultline-itsm/faultline/internal/projection"
	"github.com/faultline-itsm/faultline/internal/store"
)

// checked is what a check found.
type checked struct {
	head
	Clean      bool         `json:"clean"`
	CIs        int          `json:"cis"`
	Retired    int          `json:"retired"`
	Relations  int          `json:"relations"`
	Broken     []brokenAt   `json:"broken"`
	BrokenMore int          `json:"brokenMore"`
	Advisories []advisement `json:"advisories"`
}

type brokenAt struct {
	Where string `json:"where"`
	Text  string `json:"text"`
}

type advisement struct {
	Kind string `json:"kind"`
	CI   string `json:"ci,omitempty"`
	Text string `json:"text"`
}

// check is the command that verifies a store.
func (a *app) check() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Verify the store: ledger, hashes, relations, rules, projection",
		Long: `Verifies the store: the ledger is an unbroken chain, replaying it from empty gives the
same content hash, no relation dangles, every rule holds, and the graph that answers are
made from is that of the records. Nothing is repaired and no store is made.

Exit 1 only where integrity is broken. Advisories are for people to look at and exit 0:
a group with fewer members than it needs, a retired provider, a blind spot, an
unfinished import. A store that does not exist, or that a killed first run left half
made, is empty and clean.`,
		Example: `  faultline check
  faultline check --store sqlite:restored.db -o json
  faultline check --store neo4j://db.example.org:7687`,
		Args: takes(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			at, err := a.ownStore(cmd)
			if err != nil {
				return err
			}
			c, err := a.verify(cmd.Context(), at)
			if errors.Is(err, errAbsent) {
				return a.printCheck(at.name, &checked{head: head{schemaVersion, "0"}, Clean: true, Broken: []brokenAt{}, Advisories: []advisement{}}, " (it does not exist yet)")
			}
			if err != nil {
				return err
			}
			return a.printCheck(at.name, c, "")
		},
	}
	return prints(cmd, asTable, asWide, asJSON)
}

// verify looks at everything.
func (a *app) verify(ctx context.Context, at place) (*checked, error) {
	st, err := a.openStore(ctx, at, reading)
	if err != nil {
		return nil, err
	}
	report, err := store.Check(ctx, st)
	var differ []string
	if err == nil && report.Clean() { // on a broken ledger there is nothing to project
		differ, err = projection.Verify(ctx, st)
	}
	if err = errors.Join(err, st.Close()); err != nil {
		return nil, err
	}
	c := &checked{head: head{schemaVersion, strconv.FormatUint(uint64(report.Head.Revision), 10)}, CIs: report.Living, Retired: report.Retired,
		Relations: report.Relations, Broken: []brokenAt{}, BrokenMore: report.BrokenMore, Advisories: []advisement{}}
	for _, f := range report.Broken {
		c.Broken = append(c.Broken, brokenAt{f.Where, f.Text})
	}
	for _, d := range differ {
		c.Broken = append(c.Broken, brokenAt{"projection", d})
	}
	c.Clean = len(c.Broken) == 0
	for _, ad := range report.Advisories {
		at := advisement{Kind: ad.Kind.String(), Text: ad.Text}
		if !ad.Ref.IsZero() {
			at.CI = ad.Ref.String()
		}
		c.Advisories = append(c.Advisories, at)
	}
	return c, nil
}

// advisoriesShown is how many sorts of each kind of advisory a table lists.
const advisoriesShown = 5

func (a *app) printCheck(name string, c *checked, remark string) error {
	if a.flags.output == asJSON {
		if err := a.printJSON(c); err != nil {
			return err
		}
		return broken(name, c)
	}
	for _, b := range c.Broken {
		a.line("%s %s: %s", a.look.paint(red, "broken"), a.look.clean(b.Where), a.look.clean(b.Text))
	}
	if c.BrokenMore > 0 {
		a.line("and %s more", number(c.BrokenMore))
	}
	if err := a.printAdvisories(c.Advisories); err != nil {
		return err
	}
	if c.Clean {
		a.line("%s: %s", a.look.clean(name), a.look.paint(green, fmt.Sprintf("clean%s; revision %s, %s CIs, %s relations, %s", remark, c.Revision, number(c.CIs), number(c.Relations),
			fmt.Sprintf("%s %s", number(len(c.Advisories)), verb(len(c.Advisories), "advisory", "advisories")))))
	}
	return broken(name, c)
}

// printAdvisories prints those of one kind together; wide, each by itself.
func (a *app) printAdvisories(all []advisement) error {
	if len(all) == 0 {
		return nil
	}
	wide := a.flags.output == asWide
	var rows [][]cell
	sorts, ofKind := 0, map[string]int{}
	if wide {
		for _, ad := range all {
			rows = append(rows, []cell{{ad.Kind, yellow}, {text: ad.CI}, {text: ad.Text, style: dim}})
		}
	} else {
		for _, k := range gather(all, func(ad advisement) (string, string) { return ad.Kind + " " + ad.Text, ad.CI }) {
			kind, text, _ := strings.Cut(k.text, " ")
			sorts++
			if ofKind[kind]++; ofKind[kind] > advisoriesShown {
				continue
			}
			who := k.refs[0]
			if n := len(k.refs) - 1; n > 0 {
				who += fmt.Sprintf(" and %s more", number(n))
			}
			rows = append(rows, []cell{{kind, yellow}, {text: who}, {text: brief(text), style: dim}})
		}
	}
	if a.look.tty && !wide { // a sentence has room in lines of its own only
		for _, r := range rows {
			a.line("%s  %s", a.look.paint(r[0].style, r[0].text), a.look.fit(a.look.clean(r[1].text), a.look.width-len(r[0].text)-2))
			a.line("    %s", a.look.paint(dim, a.look.wrap(r[2].text, 4)))
		}
	} else {
		g := grid{look: a.look, columns: []column{{head: "ADVISORY"}, {head: "CI"}, {head: "WHAT TO LOOK AT"}}, full: wide}
		if err := g.print(a.out, rows); err != nil {
			return err
		}
	}
	if more := sorts - len(rows); more > 0 && !wide {
		a.line("and %s more sorts; -o wide lists every one", number(more))
	}
	a.line("")
	return nil
}

// broken is the failure of a check that found something.
func broken(name string, c *checked) error {
	if c.Clean {
		return nil
	}
	n := len(c.Broken) + c.BrokenMore
	return failf("the store %s is broken in %s %s", name, number(n), verb(n, "place", "places")).
		hinted("keep it as it is, restore the last good dump into another store, and report this")
}
