package cli

import (
	"context"
	"os"
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

// changeContent is what a change says, from the command line.
type changeContent struct {
	typ, title, description, implementer, model, from, until, patch string
	affects, exclude, withdraw                                      []string
	implementationPlan, backoutPlan, testPlan, message              string
}

func (w *changeContent) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&w.typ, "type", "", "how it is decided: normal, emergency or standard")
	f.StringVar(&w.title, "title", "", "what it is about, in one line")
	f.StringVar(&w.description, "description", "", "what it is about, for people; @FILE reads it from a file")
	f.StringArrayVar(&w.affects, "affects", nil, "a CI that it affects, and how: REF or REF="+strings.Join(effects, "|"))
	f.StringArrayVar(&w.exclude, "exclude", nil, "a CI that it does not touch, and why: REF=REASON")
	f.StringVar(&w.from, "from", "", "when it is planned to begin, for example 2026-12-01T22:00:00Z")
	f.StringVar(&w.until, "until", "", "when it is planned to end, or how long it takes: 2h30m")
	f.StringVar(&w.implementer, "implementer", "", "who carries it out")
	f.StringVar(&w.model, "model", "", "the change model that it follows; a standard change needs one")
	f.StringVar(&w.patch, "patch", "", "what it changes in the graph: a file of NDJSON as import takes it, or of a GraphPatchInput")
	f.StringVar(&w.implementationPlan, "implementation-plan", "", "how it is carried out; @FILE reads it from a file")
	f.StringVar(&w.backoutPlan, "backout-plan", "", "how it is undone; @FILE")
	f.StringVar(&w.testPlan, "test-plan", "", "how one sees that it worked; @FILE")
	f.StringVar(&w.message, "message", "", "why, for the ledger")
	complete(cmd, "type", oneOf("normal", "emergency", "standard"))
}

// input is what was said of a change, as a request says it.
func (w *changeContent) input(ctx context.Context, c *client) (map[string]any, error) {
	in := map[string]any{}
	for name, v := range map[string]*string{"title": &w.title, "implementer": &w.implementer, "model": &w.model, "message": &w.message, "description": &w.description,
		"implementationPlan": &w.implementationPlan, "backoutPlan": &w.backoutPlan, "testPlan": &w.testPlan} {
		if *v == "" {
			continue
		}
		text, err := textOrFile(*v)
		if err != nil {
			return nil, err
		}
		in[name] = text
	}
	if w.typ != "" {
		if !slices.Contains([]string{"normal", "emergency", "standard"}, w.typ) {
			return nil, usagef("--type %q is none", w.typ).hinted("one of normal, emergency or standard")
		}
		in["type"] = strings.ToUpper(w.typ)
	}
	if err := w.window(in); err != nil {
		return nil, err
	}
	if err := w.touches(ctx, c, in); err != nil {
		return nil, err
	}
	if w.patch != "" {
		p, err := readPatch(w.patch)
		if err != nil {
			return nil, err
		}
		in["patch"] = p
	}
	return in, nil
}

// window reads when it is planned.
func (w *changeContent) window(in map[string]any) error {
	var begin time.Time
	if w.from != "" {
		var err error
		if begin, err = instant("--from", w.from); err != nil {
			return err
		}
		in["plannedStart"] = begin.Format(time.RFC3339)
	}
	if d, failed := time.ParseDuration(w.until); failed == nil {
		if begin.IsZero() {
			return usagef("--until %s is a length of time, and --from is not given", w.until).hinted("say when it begins, too")
		}
		in["plannedEnd"] = begin.Add(d).Format(time.RFC3339)
	} else if w.until != "" {
		end, err := instant("--until", w.until)
		if err != nil {
			return err
		}
		in["plannedEnd"] = end.Format(time.RFC3339)
	}
	return nil
}

// touches reads the CIs.
func (w *changeContent) touches(ctx context.Context, c *client, in map[string]any) error {
	var words []string
	var inputs []map[string]any
	for _, text := range w.affects {
		ref, effect := text, "outage"
		if at := strings.LastIndex(text, "="); at > 0 && slices.Contains(effects, text[at+1:]) {
			ref, effect = text[:at], text[at+1:]
		} else if at > 0 {
			return usagef("--affects %q ends in no effect", text).hinted("one of %s", either(effects))
		}
		words, inputs = append(words, ref), append(inputs, map[string]any{"effect": strings.ToUpper(effect)})
	}
	for _, text := range w.exclude {
		ref, reason, said := strings.Cut(text, "=")
		if !said || reason == "" {
			return usagef("--exclude %q does not say why", text).hinted("write REF=REASON, for example 'business_service:mail=it waits in the queue'")
		}
		words, inputs = append(words, ref), append(inputs, map[string]any{"excluded": true, "reason": reason})
	}
	if len(words) > 0 {
		cis, err := c.resolve(ctx, words...)
		if err != nil {
			return err
		}
		for k := range inputs {
			inputs[k]["ci"] = cis[k].input()
		}
		in["affects"] = inputs
	}
	if len(w.withdraw) > 0 {
		cis, err := c.resolve(ctx, w.withdraw...)
		if err != nil {
			return err
		}
		var gone []any
		for _, ci := range cis {
			gone = append(gone, ci.input())
		}
		in["withdraw"] = gone
	}
	return nil
}

// textOrFile is a text, or with @ before it what a file holds.
func textOrFile(text string) (string, error) {
	name, ok := strings.CutPrefix(text, "@")
	if !ok {
		return text, nil
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return "", usagef("%s cannot be read: %s", name, lastCause(err))
	}
	return strings.TrimRight(string(b), "\n"), nil
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
				p, err := c.does(cmd.Context(), "createChange", "CreateChangeInput", in, changeFields)
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
				in["change"] = args[0]
				if version > 0 {
					in["expectedVersion"] = version
				}
				p, err := c.does(cmd.Context(), "editChange", "EditChangeInput", in, changeFields)
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
	closure, end, backedOut := "successful", "", false
	cmd := a.verb(&cobra.Command{Use: "finish CHG...", Short: "End it; its patch is applied unless it was backed out",
		Example: "  faultline change finish CHG0000123\n  faultline change finish CHG0000123 --closure unsuccessful --backed-out"}, "finishChange", "FinishChangeInput",
		func(in map[string]any) error {
			if !slices.Contains(closures, closure) {
				return usagef("--closure %q is none", closure).hinted("one of %s", either(closures))
			}
			in["closureCode"], in["backedOut"] = strings.ToUpper(strings.ReplaceAll(closure, "-", "_")), backedOut
			if end == "" {
				return nil
			}
			t, err := instant("--end", end)
			in["actualEnd"] = t.Format(time.RFC3339)
			return err
		}, nil)
	f := cmd.Flags()
	f.StringVar(&closure, "closure", closure, "how it went: "+either(closures))
	f.BoolVar(&backedOut, "backed-out", false, "it was undone: its patch is not applied")
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
