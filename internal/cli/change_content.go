package cli

import (
	"context"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// The words of changes on the command line.
var (
	changeTypes  = []string{"normal", "emergency", "standard"}
	changeStates = []string{"new", "assess", "authorize", "scheduled", "implement", "review", "closed", "canceled"}
)

// changeContent is what a change says, from the command line.
type changeContent struct {
	typ, title, description, implementer, model, from, until, patch string
	affects, exclude, withdraw, backoutNeeds                        []string
	implementationPlan, backoutPlan, testPlan, message              string
	given                                                           func(flag string) bool // '' clears
}

func (w *changeContent) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	w.given = f.Changed
	f.StringVar(&w.typ, "type", "", "how it is decided: "+either(changeTypes))
	f.StringVar(&w.title, "title", "", "what it is about, in one line")
	f.StringVar(&w.description, "description", "", "what it is about, for people; @FILE reads it from a file")
	f.StringArrayVar(&w.affects, "affects", nil, "a CI that it affects, and how: REF or REF="+strings.Join(effects, "|"))
	f.StringArrayVar(&w.exclude, "exclude", nil, "a CI that it does not touch, and why: REF=REASON")
	f.StringVar(&w.from, "from", "", "when it is planned to begin, for example 2026-12-01T22:00:00Z")
	f.StringVar(&w.until, "until", "", "when it is planned to end, or how long it takes: 2h30m")
	f.StringVar(&w.implementer, "implementer", "", "who carries it out")
	f.StringVar(&w.model, "model", "", "the change model that it follows; a standard change needs one")
	f.StringVar(&w.patch, "patch", "", "what it changes in the graph: a file of NDJSON as import takes it, or of a GraphPatchInput; of an edit '' takes it back")
	f.StringVar(&w.implementationPlan, "implementation-plan", "", "how it is carried out; @FILE reads it from a file")
	f.StringVar(&w.backoutPlan, "backout-plan", "", "how it is undone; @FILE")
	f.StringArrayVar(&w.backoutNeeds, "backout-needs", nil, "a CI that it takes to undo it, beside what the graph tells of what it affects; of an edit all of them, or ''")
	f.StringVar(&w.testPlan, "test-plan", "", "how one sees that it worked; @FILE")
	f.StringVar(&w.message, "message", "", "why, for the ledger")
	complete(cmd, "type", oneOf(changeTypes...))
}

// contentFlags are the flags that say something of a change.
func contentFlags(cmd *cobra.Command) (flags []string) {
	cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
		if !slices.Contains([]string{"message", "expect-version", "help"}, f.Name) {
			flags = append(flags, "--"+f.Name)
		}
	})
	return flags
}

// input is what was said of a change, as a request says it.
func (w *changeContent) input(ctx context.Context, c *client) (map[string]any, error) {
	in := map[string]any{}
	for _, x := range []struct{ flag, name, text string }{{"title", "title", w.title}, {"message", "message", w.message}, {"implementer", "implementer", w.implementer}, {"model", "model", w.model}, {"description", "description", w.description},
		{"implementation-plan", "implementationPlan", w.implementationPlan}, {"backout-plan", "backoutPlan", w.backoutPlan}, {"test-plan", "testPlan", w.testPlan}} {
		if x.text == "" {
			if w.given(x.flag) && x.name == "title" {
				in[x.name] = "" // which is refused
			} else if w.given(x.flag) && x.name != "message" {
				in[x.name] = nil // which clears it
			}
			continue
		}
		text, err := textOrFile(x.text)
		if err != nil {
			return nil, err
		}
		in[x.name] = text
	}
	if w.typ != "" {
		if !slices.Contains(changeTypes, w.typ) {
			return nil, usagef("--type %q is none", w.typ).hinted("one of %s", either(changeTypes))
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
	} else if w.given("patch") {
		in["patch"] = nil
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
		seen := map[string]bool{}
		for k := range inputs {
			if seen[cis[k].ID] { // a request would say so of what it holds alone
				return usagef("%s is named twice", cis[k].Ref).hinted("a change has one effect on a CI: name it once, with --affects or --exclude")
			}
			seen[cis[k].ID] = true
			inputs[k]["ci"] = cis[k].input()
		}
		in["affects"] = inputs
	}
	for _, x := range []struct {
		name string
		refs []string
	}{{"withdraw", w.withdraw}, {"backoutNeeds", w.backoutNeeds}} {
		if len(x.refs) == 0 {
			continue
		}
		cis, err := c.resolve(ctx, slices.DeleteFunc(slices.Clone(x.refs), func(ref string) bool { return ref == "" && x.name == "backoutNeeds" })...)
		if err != nil {
			return err
		}
		list := []any{}
		for _, ci := range cis {
			list = append(list, ci.input())
		}
		in[x.name] = list
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
