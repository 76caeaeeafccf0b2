package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// entry is one commit about a CI.
type entry struct {
	Revision string     `json:"revision"`
	At       string     `json:"at"`
	Actor    string     `json:"actor"`
	Source   string     `json:"source"`
	Message  string     `json:"message"`
	Changes  []recorded `json:"changes"`
}

// recorded is one record that a commit changed.
type recorded struct {
	Kind    string          `json:"kind"`
	Outcome string          `json:"outcome"`
	Subject string          `json:"subject"`
	Before  json.RawMessage `json:"before"`
	After   json.RawMessage `json:"after"`
}

// A page of the history has so many commits with so many changes each: more of
// both would be refused for their product.
const historyPage, historyChanges = 50, 100

const historyDocument = `query($ci: CIRef!, $first: Int!, $after: Revision) { revisions(of: $ci, newestFirst: true, first: $first, after: $after) {
  nodes { revision at actor source message changes(first: 100) { kind outcome subject before after } } totalCount pageInfo { hasNextPage endCursor } } }`

func (a *app) ciHistory() *cobra.Command {
	limit := 0
	cmd := &cobra.Command{
		Use:   "history REF",
		Short: "What changed about a CI, when, by whom and why; the newest first",
		Example: `  faultline ci history server:dc1/web-01
  faultline ci history web-01 --limit 5 -o json`,
		Args: takes(1, 1, "a CI"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := validLimit(limit); err != nil {
				return err
			}
			return a.with(cmd.Context(), reading, func(c *client) error {
				ci, err := c.resolveOne(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return a.showHistory(cmd.Context(), c, ci, limit)
			})
		},
	}
	cmd.Flags().IntVar(&limit, "limit", 0, "list at most so many commits; 0: all")
	return prints(cmd, asTable, asWide, asJSON, asNDJSON)
}

func (a *app) showHistory(ctx context.Context, c *client, ci named, limit int) error {
	out := struct {
		head
		CI        named   `json:"ci"`
		Revisions []entry `json:"revisions"`
	}{head: head{SchemaVersion: schemaVersion}, CI: ci}
	var more bool
	var err error
	out.Revisions, more, err = followAll(limit, func(first int, after *string) (page[entry], error) {
		var data struct{ Revisions page[entry] }
		revision, err := c.ask(ctx, historyDocument, map[string]any{"ci": ci.input(), "first": min(first, historyPage), "after": after}, &data)
		out.Revision = firstOf(out.Revision, revision)
		return data.Revisions, err
	})
	if err != nil {
		return err
	}
	for _, e := range out.Revisions {
		if len(e.Changes) == historyChanges {
			a.warn("revision %s: the first %s changes about %s are listed, there may be more", e.Revision, number(historyChanges), ci.Ref)
		}
	}
	switch a.flags.output {
	case asJSON:
		return a.printJSON(out)
	case asNDJSON:
		for _, e := range out.Revisions {
			if err := a.printLine(e); err != nil {
				return err
			}
		}
		return nil
	}
	for _, e := range out.Revisions {
		a.line("%s  %s", a.look.paint(bold, "revision "+e.Revision), a.look.paint(dim, a.look.clean(fmt.Sprintf("%s  %s, source %s", e.At, e.Actor, e.Source))))
		if e.Message != "" {
			a.line("  %s", a.look.wrap(e.Message, 2))
		}
		for _, r := range e.Changes {
			a.line("  %-9s %s", strings.ToLower(r.Outcome), a.look.clean(r.Subject))
			for _, d := range differences(r) {
				a.line("              %s", a.look.clean(d))
			}
		}
	}
	if more {
		a.note("the newest %s commits; --limit 0 lists all", number(len(out.Revisions)))
	}
	a.next("ci", "get", ci.Ref)
	return nil
}

// differences says what an update changed, a field a line.
func differences(r recorded) (out []string) {
	if r.Outcome != "UPDATED" {
		return nil
	}
	before, after := flat(r.Before), flat(r.After)
	names := map[string]bool{}
	for _, m := range []map[string]string{before, after} {
		for k := range m {
			names[k] = true
		}
	}
	for _, k := range slices.Sorted(maps.Keys(names)) {
		if was, is := before[k], after[k]; was != is && k != "version" {
			out = append(out, fmt.Sprintf("%s: %s -> %s", k, firstOf(was, "nothing"), firstOf(is, "nothing")))
		}
	}
	return out
}

// flat gives each field of an object, and of the objects in it, as text.
func flat(raw json.RawMessage) map[string]string {
	out := map[string]string{}
	var within func(prefix string, raw json.RawMessage)
	within = func(prefix string, raw json.RawMessage) {
		var object map[string]json.RawMessage
		if json.Unmarshal(raw, &object) != nil || object == nil {
			if prefix != "" {
				out[prefix] = string(raw)
			}
			return
		}
		for k, v := range object {
			if prefix != "" {
				k = prefix + "." + k
			}
			within(k, v)
		}
	}
	within("", raw)
	return out
}
