package resolvers

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
	"github.com/faultline-itsm/faultline/internal/itsm"
	"github.com/faultline-itsm/faultline/internal/itsm/change"
	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// changes answers what changes there are, and what they say.
type changes struct{ *API }

// room reads records at the request's snapshot.
func (a *API) room(ctx context.Context) *records.Room {
	return a.Ledger.Room(readingOf(ctx).at())
}

// numbered is the record of a class that a client names by its number or its global id;
// nil where there is none.
func numbered(ctx context.Context, room *records.Room, class, prefix, name string) (*itsm.Record, error) {
	s := room.Snapshot()
	var id graph.ID
	if itsm.IsNumber(prefix, strings.ToUpper(name)) {
		id, _ = s.Lookup(itsm.RefOf(class, strings.ToUpper(name)))
	} else {
		var err error
		if id, err = view.DecodeID(name); err != nil {
			return nil, graph.Errorf(graph.Invalid, "%q is neither a number of a %s nor a global id", clip(name), class).WithHint("a number is written like %s", itsm.Number(prefix, 123))
		}
	}
	if id == 0 || !s.Has(id) || s.Ref(id).Class != class {
		return nil, nil
	}
	all, err := room.Records(ctx, id)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return all[0], nil
}

// mustNumbered refuses what is not there.
func mustNumbered(ctx context.Context, room *records.Room, class, prefix, name string) (*itsm.Record, error) {
	r, err := numbered(ctx, room, class, prefix, name)
	if err == nil && r == nil {
		err = graph.Errorf(graph.NotFound, "there is no %s %q", class, clip(name))
	}
	return r, err
}

func (c changes) Change(ctx context.Context, id string) (*view.Change, error) {
	r, err := numbered(ctx, c.room(ctx), graph.ChangeClass, change.Discipline.Prefix, id)
	if err != nil || r == nil {
		return nil, err
	}
	return c.seen(ctx, change.Of(r)), nil
}

func (a *API) seen(ctx context.Context, c *change.Change) *view.Change {
	return &view.Change{Of: c, Snapshot: readingOf(ctx).at()}
}

func (c changes) Changes(ctx context.Context, filter *gql.ChangeFilter, first *int, after *string) (*gql.ChangeConnection, error) {
	n, err := size(first)
	if err != nil {
		return nil, err
	}
	q := store.Query{Classes: []string{graph.ChangeClass}, Order: []store.Order{{Field: store.Name, Descending: true}}, First: n, Count: graphql.FieldRequested(ctx, "totalCount")}
	if after != nil {
		if q.After, err = readPageCursor(q.Order, *after); err != nil {
			return nil, err
		}
	}
	if q.Filter, err = c.filter(ctx, filter); err != nil {
		return nil, err
	}
	page, err := readingOf(ctx).find(ctx, q)
	if err != nil {
		return nil, err
	}
	var ids []graph.ID
	var cursors []string
	for i, node := range page.Nodes {
		ids, cursors = append(ids, node.ID), append(cursors, pageCursor(q.Order, page.Cursors[i]))
	}
	all, err := c.room(ctx).Records(ctx, ids...)
	if err != nil {
		return nil, err
	}
	info := view.PageOf(page.More, cursors...)
	out := &gql.ChangeConnection{Edges: []*gql.ChangeEdge{}, Nodes: []*view.Change{}, PageInfo: &info}
	for i, r := range all {
		v := c.seen(ctx, change.Of(r))
		out.Nodes, out.Edges = append(out.Nodes, v), append(out.Edges, &gql.ChangeEdge{Cursor: cursors[i], Node: v})
	}
	if q.Count {
		out.TotalCount = &page.Total
	}
	return out, nil
}

// filter is a filter of changes in the store's words.
func (c changes) filter(ctx context.Context, f *gql.ChangeFilter) (*store.Filter, error) {
	if f == nil {
		return nil, nil
	}
	var all []store.Filter
	in := func(attribute string, values ...string) {
		t := &store.Test{Field: store.Attribute, Attribute: attribute, Op: store.In}
		for _, v := range values {
			t.Values = append(t.Values, graph.StringValue(v))
		}
		all = append(all, store.Filter{Test: t})
	}
	if f.States != nil {
		in(itsm.StateAttribute, f.States...)
	}
	if f.Types != nil {
		in("type", f.Types...)
	}
	if f.Requester != nil {
		in("requester", *f.Requester)
	}
	if f.Implementer != nil {
		in("implementer", *f.Implementer)
	}
	if f.Affects != nil {
		r := readingOf(ctx)
		id, err := r.mustLookup(ctx, r.at(), f.Affects)
		if err != nil {
			return nil, inArgument("filter.affects", err)
		}
		t := &store.Test{Field: store.Name, Op: store.In}
		for _, l := range r.at().Links(id, graph.Consumers) {
			if ref := r.at().Ref(l.From); l.Type == change.Affects && ref.Class == graph.ChangeClass {
				t.Values = append(t.Values, graph.StringValue(ref.Name))
			}
		}
		all = append(all, store.Filter{Test: t})
	}
	if len(all) == 0 {
		return nil, nil
	}
	return &store.Filter{And: all}, nil
}

func (changes) Affects(ctx context.Context, c *view.Change) ([]*view.AffectedCI, error) {
	r := readingOf(ctx)
	out := []*view.AffectedCI{}
	var cis []*view.CI
	for _, a := range c.Of.Affected {
		v := &view.AffectedCI{Affected: a, CI: r.ci(a.CI)}
		out, cis = append(out, v), append(cis, v.CI)
	}
	return out, prefetch(ctx, cis...)
}

func (changes) BackoutNeeds(ctx context.Context, c *view.Change) ([]*view.CI, error) {
	out := []*view.CI{}
	for _, id := range c.Of.Needs {
		out = append(out, readingOf(ctx).ci(id))
	}
	return out, prefetch(ctx, out...)
}

func (c changes) Assessment(ctx context.Context, of *view.Change) (*view.Sealed, error) {
	s, err := last(ctx, c.room(ctx), of.Of)
	if err != nil || s == nil {
		return nil, err
	}
	return readingOf(ctx).sealed(s), nil
}

// last is a change's last assessment, or nil.
func last(ctx context.Context, room *records.Room, of *change.Change) (*change.Sealed, error) {
	if of.Assessed == "" {
		return nil, nil
	}
	r, err := room.Record(ctx, graph.AssessmentClass, of.Assessed)
	if err != nil {
		return nil, err
	}
	return change.SealedOf(r, of.Number)
}

func (c changes) Assessments(ctx context.Context, of *view.Change) ([]*view.Sealed, error) {
	all, err := c.room(ctx).Parts(ctx, graph.AssessmentClass, of.Of.ID)
	out := []*view.Sealed{}
	for _, r := range inOrder(all) {
		s, err := change.SealedOf(r, of.Of.Number)
		if err != nil {
			return nil, err
		}
		out = append(out, readingOf(ctx).sealed(s))
	}
	return out, err
}

// inOrder are parts of a record by their ordinal: A2 before A10.
func inOrder(parts []*itsm.Record) []*itsm.Record {
	slices.SortFunc(parts, func(a, b *itsm.Record) int { return ordinal(a.Number) - ordinal(b.Number) })
	return parts
}

func ordinal(number string) int {
	_, part, _ := strings.Cut(number, ".")
	if len(part) < 2 {
		return 0
	}
	n, _ := strconv.Atoi(part[1:]) // what is none stands first
	return n
}

// votes are all votes on a change, the oldest first.
func votes(ctx context.Context, room *records.Room, of *change.Change) (out []change.Vote, err error) {
	all, err := room.Parts(ctx, graph.VoteClass, of.ID)
	for _, r := range inOrder(all) {
		out = append(out, change.VoteOf(r))
	}
	return out, err
}

// counting are the votes that hold.
func counting(ctx context.Context, room *records.Room, of *change.Change, sealed *change.Sealed, all []change.Vote) ([]change.Vote, error) {
	seen := map[string]*change.Sealed{}
	for _, v := range all {
		if _, known := seen[v.Assessment]; known || v.Assessment == "" || v.Content != of.Content {
			continue
		}
		r, err := room.Record(ctx, graph.AssessmentClass, v.Assessment)
		if err == nil {
			seen[v.Assessment], err = change.SealedOf(r, of.Number)
		}
		if err != nil {
			return nil, err
		}
	}
	return change.Counting(of, sealed, all, seen), nil
}

func (c changes) Approval(ctx context.Context, of *view.Change) (*view.Approval, error) {
	room := c.room(ctx)
	sealed, err := last(ctx, room, of.Of)
	if err != nil {
		return nil, err
	}
	all, err := votes(ctx, room, of.Of)
	if err != nil {
		return nil, err
	}
	counting, err := counting(ctx, room, of.Of, sealed, all)
	if err != nil {
		return nil, err
	}
	out := view.NewApproval(sealed, all, counting)
	out.ConfirmedAt = room.Snapshot().Revision()
	if of.Of.Type == change.Standard {
		return out, c.byModel(ctx, room, of.Of, out)
	}
	if sealed != nil && !of.Of.Over() {
		out.StaleBecause, err = c.stale(ctx, room, of.Of, sealed)
		out.Stale = len(out.StaleBecause) > 0
	}
	return out, err
}

// byModel says of a STANDARD change whether its model pre-authorises it now: that is its
// approval, and people approve none.
func (c changes) byModel(ctx context.Context, room *records.Room, of *change.Change, out *view.Approval) error {
	out.Quorum, out.Approvers, out.Missing = nil, []view.Approver{}, []string{}
	if !of.Over() {
		because, err := c.unauthorised(ctx, room, of)
		if err != nil {
			return err
		}
		out.Stale, out.StaleBecause, out.Missing = len(because) > 0, append(out.StaleBecause, because...), append(out.Missing, because...)
	}
	if !out.Stale {
		out.Quorum = new(int)
	}
	return nil
}

// unauthorised says why the model of a STANDARD change does not pre-authorise it, at a
// room's revision; none: it does.
func (a *API) unauthorised(ctx context.Context, room *records.Room, x *change.Change) ([]string, error) {
	_, now, err := a.assessed(ctx, room, x, nil)
	if err != nil {
		if e, expected := refusal(err); expected {
			return []string{e.Says()}, nil
		}
		return nil, err
	}
	return change.Unauthorised(x, now), nil
}

func (c changes) Clocks(ctx context.Context, of *view.Change) ([]*gql.RecordClock, error) {
	out := []*gql.RecordClock{}
	for _, k := range change.Discipline.Clocks {
		is := k.Read(of.Of.Record, c.room(ctx).Now())
		out = append(out, &gql.RecordClock{Name: k.Name, Elapsed: is.Elapsed.Truncate(time.Second), Running: is.Running})
	}
	return out, nil
}

func (c changes) Comments(ctx context.Context, of *view.Change) ([]*view.Comment, error) {
	all, err := c.room(ctx).Parts(ctx, graph.CommentClass, of.Of.ID)
	out := []*view.Comment{}
	for _, r := range inOrder(all) {
		out = append(out, &view.Comment{Author: r.Text("author"), At: r.Time("at"), Text: r.Text("text")})
	}
	return out, err
}

func (c changes) OpenOutages(ctx context.Context) ([]*view.Outage, error) {
	all, err := openOutages(ctx, c.room(ctx))
	if err != nil {
		return nil, err
	}
	out := []*view.Outage{}
	var cis []*view.CI
	for _, r := range all {
		o := c.outage(ctx, r)
		out, cis = append(out, o), append(cis, o.CI)
	}
	return out, prefetch(ctx, cis...)
}

// outage is an outage with its CI.
func (a *API) outage(ctx context.Context, r *itsm.Record) *view.Outage {
	o := &view.Outage{Of: r}
	if of := r.Of(change.Affects); len(of) > 0 {
		o.CI = readingOf(ctx).ci(of[0].To)
	}
	return o
}
