package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/faultline-itsm/faultline/graph"
)

func (a *app) changeAssess() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "assess CHG...",
		Short: "Solve what it breaks, with what else it collides, and seal the answer",
		Long: `Solves what a change breaks in the context of open outages and scheduled changes, with what
other changes it collides, and how risky it is. The answer is sealed and kept: a decision
names it.`,
		Example: `  faultline change assess CHG0000123
  faultline change assess CHG0000123 -o json | jq -r .assessmentId`,
		Args: takes(1, 1, "a change"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), writing, func(c *client) error {
				p, err := c.does(cmd.Context(), "assessChange", "ChangeVerbInput", map[string]any{"change": args[0]}, changeFields)
				if err != nil {
					return err
				}
				if a.flags.output == asJSON {
					return a.printJSON(struct {
						SchemaVersion int    `json:"schemaVersion"`
						Change        string `json:"change"`
						*sealed
					}{schemaVersion, p.Change.Number, p.Change.Assessment})
				}
				a.drawHead(p.Change)
				a.drawSealed(p.Change)
				a.next("change", "request-approval", p.Change.Number)
				return nil
			})
		},
	}
	return prints(cmd, asTable, asWide, asJSON)
}

func (a *app) changeShow() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "show CHG...",
		Short:   "A change, what it breaks, who decides and who did",
		Example: "  faultline change show CHG0000123\n  faultline change show CHG0000123 -o json",
		Args:    takes(1, 1, "a change"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), reading, func(c *client) error {
				x, at, err := c.changeOf(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				if a.flags.output == asJSON {
					return a.printJSON(struct {
						head
						*changed
					}{head{schemaVersion, at}, x})
				}
				a.drawChange(x)
				return nil
			})
		},
	}
	return prints(cmd, asTable, asWide, asJSON)
}

// drawHead prints which change it is.
func (a *app) drawHead(x *changed) {
	a.line("%s  %s", a.look.paint(bold, x.Number+"  "+a.look.clean(x.Title)), a.look.paint(dim, x.Type+"  "+x.State))
	a.line("  %s", a.look.paint(dim, a.look.wrap(fmt.Sprintf("%s; wanted by %s, carried out by %s", a.plannedOf(x.changeRow), x.Requester, or(deref(x.Implementer), "nobody yet")), 2)))
}

// drawChange prints a change for people.
func (a *app) drawChange(x *changed) {
	a.drawHead(x)
	if x.Description != nil {
		a.line("  %s", a.look.wrap(*x.Description, 2))
	}
	if x.ActualStart != nil {
		says := "carried out " + a.between(x.ActualStart, x.ActualEnd)
		if x.OutsideWindow {
			says += ", outside its window"
		}
		a.line("  %s", a.look.wrap(says, 2))
	}
	if len(x.Affects) > 0 {
		a.title("Affects (%s)", number(len(x.Affects)))
		for _, f := range x.Affects {
			if f.Excluded {
				a.line("  %s", a.look.wrap(fmt.Sprintf("not %s: %s (%s)", f.CI.Ref, deref(f.Reason), deref(f.Author)), 4))
				continue
			}
			text := fmt.Sprintf("%s  %s", strings.ToLower(deref(f.Effect)), f.CI.Ref)
			if f.From != nil || f.Until != nil {
				text += "  " + a.between(f.From, f.Until)
			}
			a.line("  %s", a.look.clean(text))
		}
	}
	if len(x.BackoutNeeds) > 0 {
		a.title("Its backout needs")
		for _, n := range x.BackoutNeeds {
			a.line("  %s", a.look.clean(n.Ref))
		}
	}
	if x.Patch != nil {
		a.title("%s", map[bool]string{true: "Its patch is applied", false: "It patches the graph when it is finished"}[x.PatchApplied])
	}
	if x.Assessment != nil {
		a.drawSealed(x)
	}
	if x.StaleSince != nil && !x.Approval.Stale {
		a.title("STALE since %s", a.clock(*x.StaleSince))
		for _, why := range x.StaleBecause {
			a.line("  %s", a.look.wrap(why, 2))
		}
	}
	a.drawApproval(x)
	for _, k := range x.Clocks {
		if d, err := graph.ParseDuration(k.Elapsed); err == nil && d >= time.Minute {
			a.line("  %s", a.look.paint(dim, k.Name+" took "+span(d)+map[bool]string{true: " so far", false: ""}[k.Running]))
		}
	}
	a.drawTasks(x.Tasks)
	for _, p := range []struct {
		title string
		text  *string
	}{{"Implementation plan", x.ImplementationPlan}, {"Backout plan", x.BackoutPlan}, {"Test plan", x.TestPlan}, {"Reason", x.Reason}, {"Review", x.Review}} {
		if p.text != nil {
			a.title("%s", p.title)
			a.line("  %s", a.look.wrap(*p.text, 2))
		}
	}
	if x.ReviewScore != nil {
		a.drawScore(x.ReviewScore)
	}
	for k, c := range x.Comments {
		if k == 0 {
			a.title("Comments")
		}
		a.line("  %s", a.look.wrap(fmt.Sprintf("%s, %s: %s", c.Author, a.clock(c.At), c.Text), 4))
	}
}

func (a *app) drawScore(s *reviewScore) {
	a.title("Predicted by %s, and observed", s.Assessment)
	a.drawMatches(s.Services, s.CIs, s.Classes, s.Relations)
	for _, m := range s.Missed {
		a.line("  %s", a.look.wrap(m.Text, 4))
	}
	if len(s.Unseen) > 0 {
		a.line("  %s", a.look.wrap("predicted, and not observed: "+strings.Join(s.Unseen, ", "), 4))
	}
	for _, d := range s.Deviations {
		a.line("  %s", a.look.wrap("otherwise than its patch: "+d, 4))
	}
}

// drawMatches prints what was predicted against what was observed.
func (a *app) drawMatches(services, cis predicted, lists ...[]predicted) {
	part := func(p *float64) string {
		if p == nil {
			return ""
		}
		return fmt.Sprintf("%.2f", *p)
	}
	rows := [][]cell{}
	add := func(name string, p predicted) {
		rows = append(rows, []cell{{text: name}, {text: number(p.Predicted)}, {text: number(p.Observed)}, {text: number(p.Both)}, {text: part(p.Precision)}, {text: part(p.Recall)}})
	}
	add("services", services)
	add("all CIs", cis)
	for _, list := range lists {
		for _, p := range list {
			add("  "+p.Name, p)
		}
	}
	_ = grid{look: a.look, columns: []column{{name: true}, {head: "PREDICTED", right: true}, {head: "OBSERVED", right: true}, {head: "BOTH", right: true}, {head: "PRECISION", right: true}, {head: "RECALL", right: true}},
		full: a.flags.output == asWide, indent: "  "}.print(a.out, rows)
}

func (a *app) changeRecord() *cobra.Command {
	cmd := &cobra.Command{
		Use: "record", Short: "How good predictions were, by all reviews", Example: "  faultline change record", Args: takes(0, 0, ""),
		Long: `Adds up what the reviews of closed changes found: how much of what was predicted DEGRADED or DOWN was
observed (precision), and how much of what was observed was predicted (recall), for services, by class, and by the
type of relation that passed it on. A type with a low precision is recorded where it does not hold; a class with a low recall
lacks relations.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), reading, func(c *client) error {
				var data struct{ TrackRecord trackRecord }
				if _, err := c.ask(cmd.Context(), `query { trackRecord `+trackRecordFields+` }`, nil, &data); err != nil {
					return err
				}
				r := data.TrackRecord
				if a.flags.output == asJSON {
					return a.printJSON(struct {
						SchemaVersion int `json:"schemaVersion"`
						trackRecord
					}{schemaVersion, r})
				}
				if r.Reviews == 0 {
					a.line("no change was reviewed yet")
					return nil
				}
				a.title("%s reviews: predicted, and observed", number(r.Reviews))
				a.drawMatches(r.Services, r.CIs, r.Classes, r.Relations)
				return nil
			})
		},
	}
	return prints(cmd, asTable, asWide, asJSON)
}

// drawTrackRecord prints what reviews found of what an assessment stands on.
func (a *app) drawTrackRecord(r trackRecord) {
	var parts []string
	for _, p := range r.Relations {
		if p.Precision != nil {
			parts = append(parts, fmt.Sprintf("%s %.0f %% of %d", p.Name, 100**p.Precision, p.Predicted))
		}
	}
	if len(parts) > 0 {
		a.line("  %s", a.look.paint(dim, a.look.wrap(fmt.Sprintf("of what was predicted before, by %s reviews, was observed: %s", number(r.Reviews), strings.Join(parts, ", ")), 4)))
	}
}

func (a *app) plannedOf(x changeRow) string {
	if x.PlannedStart == nil && x.PlannedEnd == nil {
		return "no window yet"
	}
	return a.between(x.PlannedStart, x.PlannedEnd)
}

func (a *app) between(from, until *time.Time) string {
	word := func(t *time.Time) string {
		if t == nil {
			return "?"
		}
		return a.clock(*t)
	}
	return word(from) + " until " + word(until)
}

// drawSealed prints what a change was found to break.
func (a *app) drawSealed(x *changed) {
	s := x.Assessment
	a.title("%s  %s", s.Number, a.look.clean(s.Verdict))
	a.line("  %s", a.look.paint(dim, fmt.Sprintf("by %s at %s, revision %s; %s DOWN, %s DEGRADED, %s at risk", a.look.clean(s.By), a.clock(s.At), s.Revision, number(s.Counts.Down), number(s.Counts.Degraded), number(s.Counts.AtRisk))))
	if x.Approval.Stale && x.Type != "STANDARD" {
		for _, why := range x.Approval.StaleBecause {
			a.line("  %s %s", a.look.paint(bold, "STALE"), a.look.wrap(why, 8))
		}
	}
	for _, list := range []struct {
		title string
		of    []sealedService
	}{{"Services during the change", s.Services}, {"Services that it leaves worse", s.After}} {
		if len(list.of) == 0 {
			continue
		}
		a.title("%s (%s)", list.title, number(len(list.of)))
		for k, v := range list.of {
			if k == servicesShown && a.flags.output != asWide {
				a.left(k, len(list.of))
				break
			}
			more := ""
			if v.Possible != v.To || v.Certain != v.To {
				more = fmt.Sprintf("  certainly %s, possibly %s", v.Certain, v.Possible)
			}
			a.line("  %s  %s%s", a.look.painted(v.To), a.look.clean(v.CI.Ref), a.look.paint(dim, more))
			if n := len(v.Timeline); n > 1 && v.Timeline[n-1].Until != nil {
				a.line("  %s  %s", a.bar(v.Timeline[0].From, *v.Timeline[n-1].Until, v.Timeline), a.look.paint(dim, a.said(v.Timeline)))
			}
		}
	}
	if len(s.Conflicts) > 0 {
		a.title("Collides (%s)", number(len(s.Conflicts)))
		for k, c := range s.Conflicts {
			if k == servicesShown && a.flags.output != asWide {
				a.left(k, len(s.Conflicts))
				break
			}
			text := c.Kind + "  " + c.Text
			if c.From != nil {
				text += ", " + a.between(c.From, c.Until)
			}
			a.line("  %s", a.look.wrap(text, 4))
		}
	}
	a.title("Risk %s", s.Risk.Level)
	for _, f := range s.Risk.Factors {
		a.line("  %s", a.look.wrap(fmt.Sprintf("%s  %s: %s", f.Level, f.Kind, f.Value), 4))
		if f.Lowers != nil {
			a.line("    %s", a.look.paint(dim, a.look.wrap("lower: "+*f.Lowers, 4)))
		}
	}
	a.drawTrackRecord(s.TrackRecord)
	for _, n := range s.NotAssessed {
		a.line("  ? %s", a.look.wrap(n, 4))
	}
	for _, list := range []struct {
		title string
		of    []string
	}{{"What is not known", s.Unknown}, {"Taken for granted", s.Assumptions}} {
		if len(list.of) == 0 {
			continue
		}
		a.title("%s", list.title)
		for _, text := range list.of {
			a.line("  %s", a.look.wrap(text, 4))
		}
	}
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
