package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// ci is the command about configuration items.
func (a *app) ci() *cobra.Command {
	return noun("ci", "Configuration items: get, list, history", append(a.pastFlags(a.ciGet(), a.ciList()), a.ciHistory())...)
}

// attribute is an effective attribute.
type attribute struct {
	Name   string          `json:"name"`
	Value  json.RawMessage `json:"value"`
	Text   string          `json:"text"`
	Source *string         `json:"source"`
	Pinned bool            `json:"pinned"`
}

// item is a CI with all that is known of it.
type item struct {
	ID         string      `json:"id"`
	Ref        string      `json:"ref"`
	Class      string      `json:"class"`
	Scope      string      `json:"scope"`
	Name       string      `json:"name"`
	Tier       string      `json:"tier"`
	Lifecycle  string      `json:"lifecycle"`
	Retired    bool        `json:"retired"`
	Stub       bool        `json:"stub"`
	Aliases    []string    `json:"aliases"`
	Keys       []key       `json:"keys"`
	Version    int         `json:"version"`
	CreatedIn  string      `json:"createdIn"`
	ChangedIn  string      `json:"changedIn"`
	Attributes []attribute `json:"attributes"`
}

type key struct {
	Source string `json:"source"`
	Value  string `json:"value"`
}

// group is a redundancy group as it is.
type group struct {
	Name         string  `json:"name"`
	Rule         string  `json:"rule"`
	Needed       int     `json:"needed"`
	Demand       *string `json:"demand"`   // of CAPACITY
	Failover     *string `json:"failover"` // of ACTIVE_PASSIVE
	Plane        *string `json:"plane"`    // of REACHES
	Targets      []named `json:"targets"`
	Members      int     `json:"members"`
	DesignedSize int     `json:"designedSize"`
	ByRule       bool    `json:"byRule"`
	Providers    []named `json:"providers"`
}

// edge is a relation as seen from one of its ends.
type edge struct {
	Type        string  `json:"type"`
	Name        string  `json:"name"`
	Direction   string  `json:"direction"`
	Node        named   `json:"node"`
	Requirement *string `json:"requirement"`
	ByRule      bool    `json:"byRule"`
	Qualifier   *string `json:"qualifier"`
	Properties  struct {
		Transfer string `json:"transfer"`
	} `json:"properties"`
	Source string `json:"source"`
}

// described is what ci get prints: the CI with its groups and relations.
type described struct {
	head
	item
	Requirements []group `json:"requirements"`
	Providers    []edge  `json:"providers"`
	Consumers    []edge  `json:"consumers"`
}

const itemFields = `id ref class scope name tier lifecycle retired stub aliases keys { source value } version createdIn changedIn
  attributes { name value text source pinned }`

const describeDocument = `query($ci: CIRef!) { ci(ref: $ci) { ` + itemFields + `
  requirements { name rule needed demand failover plane targets { id ref name class } members designedSize byRule providers { id ref name class } } } }`

const relationsDocument = `query($ci: CIRef!, $direction: Direction!, $first: Int!, $after: String) { ci(ref: $ci) { relations(direction: $direction, first: $first, after: $after) {
  edges { type name direction node { id ref name class } requirement byRule qualifier properties { transfer } source } totalCount pageInfo { hasNextPage endCursor } } } }`

func (a *app) ciGet() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "get REF",
		Short: "One CI: its attributes and where they come from, its groups and relations",
		Example: `  faultline ci get server:dc1/web-01
  faultline ci get web-01 -o json`,
		Args: takes(1, 1, "a CI"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), reading, func(c *client) error {
				ci, err := c.resolveOne(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				d, err := c.describe(cmd.Context(), ci)
				if err != nil {
					return err
				}
				if a.flags.output == asJSON {
					return a.printJSON(d)
				}
				return a.printCI(d)
			})
		},
	}
	return prints(cmd, asTable, asWide, asJSON)
}

func (c *client) describe(ctx context.Context, ci named) (*described, error) {
	var data struct {
		CI *struct {
			item
			Requirements []group `json:"requirements"`
		}
	}
	revision, err := c.ask(ctx, describeDocument, map[string]any{"ci": ci.input()}, &data)
	if err != nil {
		return nil, err
	}
	if data.CI == nil {
		return nil, failf("%s has just gone", ci.Ref)
	}
	d := &described{head: head{schemaVersion, revision}, item: data.CI.item, Requirements: data.CI.Requirements}
	if d.Providers, err = c.relations(ctx, ci, "PROVIDERS"); err != nil {
		return nil, err
	}
	d.Consumers, err = c.relations(ctx, ci, "CONSUMERS")
	return d, err
}

func (c *client) relations(ctx context.Context, ci named, direction string) ([]edge, error) {
	all, _, err := followAll(0, func(first int, after *string) (page[edge], error) {
		var data struct {
			CI struct {
				Relations struct {
					Edges      []edge
					TotalCount *int
					PageInfo   pageInfo
				}
			}
		}
		_, err := c.ask(ctx, relationsDocument, map[string]any{"ci": ci.input(), "direction": direction, "first": first, "after": after}, &data)
		r := data.CI.Relations
		return page[edge]{Nodes: r.Edges, TotalCount: r.TotalCount, PageInfo: r.PageInfo}, err
	})
	return all, err
}

// relationsShown is how many relations each way a table lists.
const relationsShown = 20

func (a *app) printCI(d *described) error {
	a.line("%s", a.look.paint(bold, a.look.clean(d.Ref)))
	remarks := []string{d.Class, strings.ToLower(d.Lifecycle)}
	if d.Retired {
		remarks = append(remarks, "retired")
	}
	if d.Stub {
		remarks = append(remarks, "a stub that nobody has described")
	}
	a.line("%s", a.look.paint(dim, fmt.Sprintf("%s; version %d, created in revision %s, changed in %s", strings.Join(remarks, ", "), d.Version, d.CreatedIn, d.ChangedIn)))
	for _, alias := range d.Aliases {
		a.line("%s", a.look.paint(dim, a.look.clean("formerly "+alias)))
	}
	for _, k := range d.Keys {
		a.line("%s", a.look.paint(dim, a.look.clean("known to "+k.Source+" as "+k.Value)))
	}
	if len(d.Attributes) > 0 {
		a.title("Attributes")
		rows := make([][]cell, len(d.Attributes))
		for i, at := range d.Attributes {
			from := "by default"
			if at.Pinned {
				from = "pinned"
			} else if at.Source != nil {
				from = "from " + *at.Source
			}
			rows[i] = []cell{{text: at.Name}, {text: at.Text, style: bold}, {text: from, style: dim}}
		}
		if err := (grid{look: a.look, columns: []column{{}, {name: true}, {}}, full: a.flags.output == asWide, indent: "  "}).print(a.out, rows); err != nil {
			return err
		}
	}
	if len(d.Requirements) > 0 {
		a.title("Redundancy groups")
		for _, q := range d.Requirements {
			by := ""
			if q.ByRule {
				by = ", by a rule of its class"
			}
			switch {
			case q.Plane != nil:
				var to []string
				for _, t := range q.Targets {
					to = append(to, t.Ref)
				}
				a.line("  %s  %s: %s over %s", a.look.clean(q.Name), q.Rule, a.look.clean(strings.Join(to, " or ")), *q.Plane)
			case q.Demand != nil:
				a.line("  %s  %s: %s units needed, of %d members%s", a.look.clean(q.Name), q.Rule, *q.Demand, q.Members, by)
			default:
				a.line("  %s  %s: %d of %d needed, designed for %d%s", a.look.clean(q.Name), q.Rule, q.Needed, q.Members, q.DesignedSize, by)
			}
		}
	}
	if err := a.printRelations("Depends on", d.Providers); err != nil {
		return err
	}
	if err := a.printRelations("Needed by", d.Consumers); err != nil {
		return err
	}
	a.next("impact", d.Ref)
	return nil
}

func (a *app) printRelations(title string, list []edge) error {
	if len(list) == 0 {
		return nil
	}
	a.title("%s (%s)", title, number(len(list)))
	shown := list
	if a.flags.output != asWide {
		shown = list[:min(len(list), relationsShown)]
	}
	rows := make([][]cell, len(shown))
	for i, e := range shown {
		remark := strings.ToLower(e.Properties.Transfer)
		if e.Requirement != nil {
			remark += ", in group " + *e.Requirement
		}
		if e.Qualifier != nil {
			remark += ", " + *e.Qualifier
		}
		rows[i] = []cell{{text: e.Name}, {text: e.Node.Ref}, {text: remark, style: dim}}
	}
	err := grid{look: a.look, columns: []column{{}, {name: true}, {}}, full: a.flags.output == asWide, indent: "  "}.print(a.out, rows)
	a.left(len(shown), len(list))
	return err
}
