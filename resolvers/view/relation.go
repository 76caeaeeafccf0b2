package view

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// Relations is a page of a CI's relations.
type Relations struct {
	Edges      []*RelationEdge
	PageInfo   PageInfo
	TotalCount *int
}

// Nodes are the other ends.
func (r *Relations) Nodes() []*CI {
	out := make([]*CI, len(r.Edges))
	for i, e := range r.Edges {
		out[i] = e.Node
	}
	return out
}

// RelationEdge is one relation as seen from one of its ends.
type RelationEdge struct {
	Link      graph.Link
	Direction graph.Direction
	Node      *CI
	Record    *graph.Relation // nil where no field needs it
	Now       time.Time       // the clock of the request
}

// RecordFields are the fields of an edge that need the relation's record.
var RecordFields = []string{"properties", "source", "sources", "since", "changedIn", "version"}

// Cursor is the edge's place in its list.
func (e *RelationEdge) Cursor() string {
	return EncodeCursor("relation", linkKey(e.Link, e.Node.Number.String())...)
}

// Type is read from consumer to provider.
func (e *RelationEdge) Type() string { return e.Link.Type }

// Name is the type as read from this end.
func (e *RelationEdge) Name() string {
	if t := e.Node.Snapshot.Catalogue().Type(e.Link.Type); t != nil && e.Direction == graph.Consumers && t.Reverse != "" {
		return t.Reverse
	}
	return e.Link.Type
}

// Requirement is the redundancy group that it counts in.
func (e *RelationEdge) Requirement() *string { return text(e.Link.Group()) }

// Band is how sure the relation is.
func (e *RelationEdge) Band() graph.Band { return e.Link.Band(e.Now) }

// ByRule says whether a rule put it there.
func (e *RelationEdge) ByRule() bool { return e.Link.ByRule != "" }

// Qualifier tells parallel relations apart.
func (e *RelationEdge) Qualifier() *string { return text(e.Link.Qualifier) }

// RelationProperties are effective.
type RelationProperties struct {
	Transfer           graph.Transfer
	Grace              *time.Duration
	Phase              graph.Phase
	Capacity           *int64
	Weight             *float64
	ValidFrom, ValidTo *time.Time
}

// Properties are the effective ones.
func (e *RelationEdge) Properties() RelationProperties {
	p := e.Node.Snapshot.Catalogue().EffectiveRelation(e.Record)
	out := RelationProperties{Transfer: e.Link.Transfer, Phase: p.Phase, Capacity: p.Capacity, Weight: p.Weight,
		ValidFrom: instant(p.ValidFrom), ValidTo: instant(p.ValidTo)}
	if p.Grace > 0 {
		out.Grace = &p.Grace
	}
	return out
}

// RelationSource is that one source states the relation.
type RelationSource struct {
	Source      string
	Method      *graph.Method
	ObservedAt  *time.Time
	ConfirmedBy *string
}

// Source is the one heard first.
func (e *RelationEdge) Source() string { return e.Record.Claims[0].Source }

// Sources are all that state it, by name.
func (e *RelationEdge) Sources() []RelationSource {
	out := make([]RelationSource, len(e.Record.Claims))
	for i, c := range e.Record.Claims {
		out[i] = RelationSource{c.Source, method(c.Method), instant(c.ObservedAt), text(c.ConfirmedBy)}
	}
	return out
}

// Since is the revision that made it.
func (e *RelationEdge) Since() graph.Revision { return e.Record.Created }

// ChangedIn is the revision that changed it last.
func (e *RelationEdge) ChangedIn() graph.Revision { return e.Record.Changed }

// Version rises with every effective change.
func (e *RelationEdge) Version() int { return int(e.Record.Version) }

// RelationsArgs are the arguments of the field relations.
type RelationsArgs struct {
	Direction graph.Direction
	Types     []string
	First     int
	After     *string
	Now       time.Time // the clock of the request
}

// Key tells two selections of one CI's relations apart.
func (a RelationsArgs) Key() string {
	after := ""
	if a.After != nil {
		after = *a.After
	}
	return fmt.Sprintf("%d %q %d %q", a.Direction, a.Types, a.First, after)
}

// PageOfRelations is one page of a CI's relations, without records.
func (c *CI) PageOfRelations(a RelationsArgs) (*Relations, error) {
	for _, t := range a.Types {
		if c.Snapshot.Catalogue().Type(t) == nil {
			return nil, graph.Errorf(graph.Invalid, "the relation type %q is unknown", clip(t)).WithHint("relationTypes lists them")
		}
	}
	links := c.Snapshot.Links(c.Number, a.Direction)
	if len(a.Types) > 0 {
		links = slices.DeleteFunc(slices.Clone(links), func(l graph.Link) bool { return !slices.Contains(a.Types, l.Type) })
	}
	total, from := len(links), 0
	if a.After != nil {
		after, err := DecodeCursor("relation", *a.After)
		if err != nil || len(after) != 5 {
			return nil, BadCursor()
		}
		far, err := strconv.ParseUint(after[2], 10, 63) // by its id: the cursor is shown to who may not know its name
		if err != nil || !c.Snapshot.Has(graph.ID(far)) {
			return nil, BadCursor()
		}
		after[2] = c.Snapshot.Ref(graph.ID(far)).String()
		from, _ = slices.BinarySearchFunc(links, after, func(l graph.Link, after []string) int {
			return cmp.Or(compareLinks(linkKey(l, c.Snapshot.Ref(other(l, a.Direction)).String()), after), -1)
		})
	}
	to := min(total, from+a.First)
	page := &Relations{TotalCount: &total}
	for _, l := range links[from:to] {
		page.Edges = append(page.Edges, &RelationEdge{Link: l, Direction: a.Direction, Node: c.Other(other(l, a.Direction)), Now: a.Now})
	}
	page.PageInfo = PageInfo{HasNextPage: to < total}
	if n := len(page.Edges); n > 0 {
		page.PageInfo = PageOf(to < total, page.Edges[n-1].Cursor())
	}
	return page, nil
}

func other(l graph.Link, d graph.Direction) graph.ID {
	if d == graph.Providers {
		return l.To
	}
	return l.From
}

// linkKey is what a snapshot orders links by, and the written requirement, which
// tells links apart that differ in nothing else.
func linkKey(l graph.Link, far string) []string {
	return []string{l.Group(), l.Type, far, l.Qualifier, l.Requirement}
}

func compareLinks(a, b []string) int {
	for i := range a {
		c := strings.Compare(a[i], b[i])
		if i == 2 && c != 0 {
			ra, _ := graph.ParseRef(a[i])
			rb, _ := graph.ParseRef(b[i])
			c = ra.Compare(rb)
		}
		if c != 0 {
			return c
		}
	}
	return 0
}
