package cli

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// change is the noun of requests for change.
func (a *app) change() *cobra.Command {
	return noun("change", "Requests for change: see what one breaks, then decide",
		a.changeCreate(), a.changeEdit(), a.changeSubmit(), a.changeAssess(), a.changeRequest(), a.changeApprove(), a.changeReject(), a.changeStart(), a.changeFinish(),
		a.changeReview(), a.changeCancel(), a.changeComment(), a.changeTasks(), a.changeGate(), a.changeList(), a.changeShow(), a.changeRecord())
}

func (a *app) changeCreate() *cobra.Command {
	var w changeContent
	cmd := &cobra.Command{
		Use:   "create --title TITLE",
		Short: "Write a request for change; prints its number",
		Long: `Writes a request for change and prints its number. What it affects goes down, or less, for
as long as the change takes; what it changes in the graph for good is its patch, which is
applied when it is finished.`,
		Example: `  faultline change create --title 'Patch db-1' --affects server:dc1/db-1=restart --from 2026-12-01T22:00:00Z --until 2h
  faultline change create --title 'Decommission web-9' --affects server:dc1/web-9=remove --from 2026-12-01T22:00:00Z --until 1h --patch patch.ndjson
  faultline change create --title 'New kernel' --affects web-1=restart --from 2026-12-01T22:00:00Z --until 30m --backout-plan @backout.md`,
		Args: takes(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if w.title == "" {
				return usagef("--title is missing").hinted("say in one line what is changed")
			}
			return a.with(cmd.Context(), writing, func(c *client) error {
				in, err := w.input(cmd.Context(), c)
				if err != nil {
					return err
				}
				p, err := c.writes(cmd.Context(), "createChange", "CreateChangeInput", in)
				if err != nil {
					return err
				}
				return a.told(p, p.Change.Number, "change", "submit", p.Change.Number)
			})
		},
	}
	w.flags(cmd)
	return prints(cmd, asTable, asJSON)
}

// told prints what became of a change: all of it as JSON, or a line.
func (a *app) told(p *changePayload, line string, next ...string) error {
	if a.flags.output == asJSON {
		return a.printJSON(struct {
			head
			*changed
		}{head{schemaVersion, p.Revision}, p.Change})
	}
	a.line("%s", a.look.clean(line))
	if len(next) > 0 {
		a.next(next...)
	}
	return nil
}

func (a *app) changeEdit() *cobra.Command {
	var w changeContent
	version := 0
	cmd := &cobra.Command{
		Use:   "edit CHG...",
		Short: "Change what it says; voids what was decided where that stands on it",
		Long: `Changes what a change says. An edit of the affected CIs, the window, the patch or the plans
voids assessment and votes, and takes it back to be assessed.`,
		Example: `  faultline change edit CHG0000123 --until 2026-12-01T23:30:00Z
  faultline change edit CHG0000123 --affects server:dc1/db-2=restart --withdraw server:dc1/db-1`,
		Args: takes(1, 1, "a change"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), writing, func(c *client) error {
				in, err := w.input(cmd.Context(), c)
				if err != nil {
					return err
				}
				if says := slices.DeleteFunc(slices.Collect(maps.Keys(in)), func(name string) bool { return name == "message" }); len(says) == 0 {
					return usagef("nothing is said to edit").hinted("one or more of %s", either(contentFlags(cmd)))
				}
				in["change"] = args[0]
				if version > 0 {
					in["expectedVersion"] = version
				}
				p, err := c.writes(cmd.Context(), "editChange", "EditChangeInput", in)
				if err != nil {
					return err
				}
				return a.told(p, p.Change.Number+" is "+p.Change.State, "change", "assess", p.Change.Number)
			})
		},
	}
	w.flags(cmd)
	cmd.Flags().StringArrayVar(&w.withdraw, "withdraw", nil, "a CI that it affects no more")
	cmd.Flags().IntVar(&version, "expect-version", 0, "refuse the edit unless its version is this one")
	return prints(cmd, asTable, asJSON)
}

// verb is a command that does one thing with a change.
func (a *app) verb(cmd *cobra.Command, mutation, typ string, fill func(map[string]any) error, next func(*changed) []string) *cobra.Command {
	cmd.Args = takes(1, 1, "a change")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		in := map[string]any{"change": args[0]}
		if fill != nil {
			if err := fill(in); err != nil {
				return err
			}
		}
		return a.with(cmd.Context(), writing, func(c *client) error {
			p, err := c.does(cmd.Context(), mutation, typ, in, changeFields)
			if err != nil {
				return err
			}
			line := p.Change.Number + " is " + p.Change.State
			if p.Change.State == "AUTHORIZE" && p.Change.Approval.Quorum != nil {
				line += ", " + number(p.Change.Approval.Approvals) + " of " + number(*p.Change.Approval.Quorum) + " approvals"
			}
			var hint []string
			if next != nil {
				hint = next(p.Change)
			}
			return a.told(p, line, hint...)
		})
	}
	return prints(cmd, asTable, asJSON)
}

func (a *app) changeSubmit() *cobra.Command {
	return a.verb(&cobra.Command{Use: "submit CHG...", Short: "Hand it in", Example: "  faultline change submit CHG0000123"}, "submitChange", "ChangeVerbInput", nil,
		func(c *changed) []string { return []string{"change", "assess", c.Number} })
}

func (a *app) changeRequest() *cobra.Command {
	return a.verb(&cobra.Command{Use: "request-approval CHG...", Short: "Ask for the decision", Example: "  faultline change request-approval CHG0000123"}, "requestChangeApproval", "ChangeVerbInput", nil, nil)
}

func (a *app) changeApprove() *cobra.Command {
	var assessment, comment, of string
	cmd := a.verb(&cobra.Command{Use: "approve CHG... --assessment ID", Short: "Say yes, to what an assessment shows",
		Long: `Says yes to a change, on what the assessment that is named shows. It is refused where that does not
hold any more, and to who asked for the change, edited it or carries it out.`,
		Example: "  faultline change show CHG0000123\n  faultline change approve CHG0000123 --assessment CHG0000123.A1"}, "approveChange", "DecideChangeInput",
		func(in map[string]any) error {
			if assessment == "" {
				return usagef("--assessment is missing").hinted("name the assessment that you looked at: faultline change show %s", in["change"])
			}
			in["assessmentId"] = assessment
			if comment != "" {
				in["comment"] = comment
			}
			inPlaceOf(in, of)
			return nil
		}, nil)
	cmd.Flags().StringVar(&assessment, "assessment", "", "the assessment that you looked at")
	cmd.Flags().StringVar(&comment, "comment", "", "why")
	cmd.Flags().StringVar(&of, "for", "", "in whose place, where they delegated it")
	return cmd
}

// inPlaceOf says in whose place somebody decides.
func inPlaceOf(in map[string]any, of string) {
	if of != "" {
		in["onBehalfOf"] = of
	}
}

func (a *app) changeReject() *cobra.Command {
	var assessment, comment, of string
	cmd := a.verb(&cobra.Command{Use: "reject CHG... --comment WHY", Short: "Say no, and why", Example: "  faultline change reject CHG0000123 --comment 'not on a Friday'"}, "rejectChange", "DecideChangeInput",
		func(in map[string]any) error {
			if comment == "" {
				return usagef("--comment is missing").hinted("say why")
			}
			if in["comment"] = comment; assessment != "" {
				in["assessmentId"] = assessment
			}
			inPlaceOf(in, of)
			return nil
		}, nil)
	cmd.Flags().StringVar(&assessment, "assessment", "", "the assessment that you looked at")
	cmd.Flags().StringVar(&comment, "comment", "", "why")
	cmd.Flags().StringVar(&of, "for", "", "in whose place, where they delegated it")
	return cmd
}

// reasoned is a verb that may need a reason.
func (a *app) reasoned(cmd *cobra.Command, mutation, why string, needed bool) *cobra.Command {
	reason := ""
	cmd = a.verb(cmd, mutation, "ChangeVerbInput", func(in map[string]any) error {
		if reason == "" && needed {
			return usagef("--reason is missing").hinted("say why")
		}
		if reason != "" {
			in["reason"] = reason
		}
		return nil
	}, nil)
	cmd.Flags().StringVar(&reason, "reason", "", why)
	return cmd
}

func (a *app) changeStart() *cobra.Command {
	return a.reasoned(&cobra.Command{Use: "start CHG...", Short: "Begin it, inside its window or with a reason", Example: "  faultline change start CHG0000123"}, "startChange", "why it begins outside its window", false)
}

func (a *app) changeCancel() *cobra.Command {
	return a.reasoned(&cobra.Command{Use: "cancel CHG... --reason WHY", Short: "Give it up", Example: "  faultline change cancel CHG0000123 --reason 'no longer needed'"}, "cancelChange", "why", true)
}

// closures are the words for how a change went.
var closures = []string{"successful", "successful-with-issues", "unsuccessful"}

func (a *app) changeFinish() *cobra.Command {
	closure, begin, end, backedOut := "successful", "", "", false
	cmd := a.verb(&cobra.Command{Use: "finish CHG...", Short: "End it; its patch is applied unless it was backed out",
		Example: "  faultline change finish CHG0000123\n  faultline change finish CHG0000123 --closure unsuccessful --backed-out\n  faultline change finish CHG0000123 --start 2026-12-01T22:04:00Z --end 2026-12-01T22:31:00Z"}, "finishChange", "FinishChangeInput",
		func(in map[string]any) error {
			if !slices.Contains(closures, closure) {
				return usagef("--closure %q is none", closure).hinted("one of %s", either(closures))
			}
			in["closureCode"], in["backedOut"] = strings.ToUpper(strings.ReplaceAll(closure, "-", "_")), backedOut
			for _, x := range []struct{ flag, field, text string }{{"--start", "actualStart", begin}, {"--end", "actualEnd", end}} {
				if x.text == "" {
					continue
				}
				t, err := instant(x.flag, x.text)
				if err != nil {
					return err
				}
				in[x.field] = t.Format(time.RFC3339)
			}
			return nil
		}, nil)
	f := cmd.Flags()
	f.StringVar(&closure, "closure", closure, "how it went: "+either(closures))
	f.BoolVar(&backedOut, "backed-out", false, "it was undone: its patch is not applied")
	f.StringVar(&begin, "start", "", "when it began, where that was not when it was said")
	f.StringVar(&end, "end", "", "when it ended; now, where it is not given")
	complete(cmd, "closure", oneOf(closures...))
	return cmd
}

func (a *app) changeReview() *cobra.Command {
	text, observed := "", []string{}
	cmd := a.verb(&cobra.Command{Use: "review CHG... --text TEXT", Short: "Close it with its post-implementation review", Example: "  faultline change review CHG0000123 --text @review.md --observed business_service:shop",
		Long: `Closes a change, and scores what its last assessment predicted against what was observed: the CIs with
an outage reported in the time in which it was carried out, and those named with --observed.`}, "reviewChange", "ReviewChangeInput",
		func(in map[string]any) error {
			said, err := textOrFile(text)
			if err == nil && said == "" {
				err = usagef("--text is missing").hinted("say how it went")
			}
			cis := []any{}
			for _, ref := range observed {
				cis = append(cis, map[string]any{"ref": ref})
			}
			in["review"], in["observed"] = said, cis
			return err
		}, nil)
	cmd.Flags().StringArrayVar(&observed, "observed", nil, "a CI that was seen DEGRADED or DOWN: REF")
	cmd.Flags().StringVar(&text, "text", "", "what it says; @FILE reads it from a file")
	return cmd
}

func (a *app) changeComment() *cobra.Command {
	text := ""
	cmd := a.verb(&cobra.Command{Use: "comment CHG... --text TEXT", Short: "Say something about it", Example: "  faultline change comment CHG0000123 --text 'the vendor is informed'"}, "commentOnChange", "CommentOnChangeInput",
		func(in map[string]any) error {
			said, err := textOrFile(text)
			if err == nil && said == "" {
				err = usagef("--text is missing")
			}
			in["text"] = said
			return err
		}, nil)
	cmd.Flags().StringVar(&text, "text", "", "what is said; @FILE reads it from a file")
	return cmd
}
