package resolvers

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
	"github.com/faultline-itsm/faultline/internal/itsm"
	"github.com/faultline-itsm/faultline/internal/itsm/change"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// The subscriptions about changes and what stands on them.

// partKinds are the events that are a new part of a change.
var partKinds = map[string]string{graph.VoteClass: "VOTED", graph.AssessmentClass: "ASSESSED", graph.TaskClass: "TASK", graph.CommentClass: "COMMENTED"}

// happened is what one record's change says about a change: whose number, and which kinds
// of events.
func happened(c *graph.Change) (number string, kinds []string) {
	n := c.Node
	if n == nil {
		return "", nil
	}
	if kind, ok := partKinds[n.Ref.Class]; ok {
		number, _, _ = strings.Cut(n.Ref.Name, ".")
		return number, []string{kind}
	}
	if n.Ref.Class != graph.ChangeClass {
		return "", nil
	}
	if c.NodeWas == nil {
		return n.Ref.Name, []string{"CREATED"}
	}
	was, is := said(c.NodeWas), said(n)
	if !was[itsm.StateAttribute].Equal(is[itsm.StateAttribute]) {
		kinds = append(kinds, "STATE")
	}
	switch since, before := is["stale_since"], was["stale_since"]; {
	case !since.IsZero() && !since.Equal(before):
		kinds = append(kinds, "STALE")
	case since.IsZero() && !before.IsZero() && was["assessed"].Equal(is["assessed"]) && was["content_version"].Equal(is["content_version"]):
		kinds = append(kinds, "HOLDS_AGAIN")
	}
	if slices.ContainsFunc(edits, func(name string) bool { return !was[name].Equal(is[name]) }) {
		kinds = append(kinds, "EDITED")
	}
	return n.Ref.Name, kinds
}

// edits are the attributes whose change is an edit. Affected CIs are relations: their
// edit raises the content's version.
var edits = []string{"title", "description", "type", "model", "implementer", "planned_start", "planned_end", "implementation_plan", "backout_plan", "test_plan", "patch", "content_version"}

// said is what the service says of a record.
func said(n *graph.Node) map[string]graph.Value {
	for _, c := range n.Claims {
		if c.Source == graph.RecordSource {
			return c.Attributes
		}
	}
	return nil
}

func (f following) ChangeEvents(ctx context.Context, of *string, kinds []string, after *graph.Revision) (<-chan gql.ChangeStreamEvent, error) {
	number := ""
	if of != nil {
		r, err := mustNumbered(ctx, f.room(ctx), graph.ChangeClass, change.Discipline.Prefix, *of)
		if err != nil {
			return nil, inArgument("change", err)
		}
		number = r.Number
	}
	asked := func(c *graph.Change) bool {
		about, found := happened(c)
		return len(found) > 0 && (number == "" || about == number) && (kinds == nil || slices.ContainsFunc(found, func(k string) bool { return slices.Contains(kinds, k) }))
	}
	s, opening, err := f.opened(ctx, after, asked)
	if err != nil {
		return nil, err
	}
	out := make(chan gql.ChangeStreamEvent, 1)
	defer close(out)
	switch event := s.event.(type) {
	case *view.LedgerEntry:
		e, err := f.changeEvent(ctx, event, asked)
		if err != nil {
			return nil, err
		}
		out <- e
	case view.ResyncRequired:
		if !opening {
			out <- event
		}
	}
	return out, nil
}

// changeEvent is what an entry of the ledger says about a change.
func (f following) changeEvent(ctx context.Context, entry *view.LedgerEntry, asked func(*graph.Change) bool) (*view.ChangeEvent, error) {
	e := &view.ChangeEvent{Revision: entry.Revision(), At: entry.At(), By: entry.Actor(), Kinds: []string{}, Because: []string{}}
	number := ""
	for i := range entry.Entry.Changes {
		c := &entry.Entry.Changes[i]
		about, kinds := happened(c)
		if number == "" && asked(c) {
			number = about
		}
		for _, k := range kinds {
			if !slices.Contains(e.Kinds, k) {
				e.Kinds = append(e.Kinds, k)
			}
		}
		if slices.Contains(kinds, "STATE") {
			was, is := said(c.NodeWas)[itsm.StateAttribute].Str(), said(c.Node)[itsm.StateAttribute].Str()
			e.From, e.To = &was, &is
		}
		if slices.Contains(kinds, "STALE") {
			for _, v := range said(c.Node)["stale_because"].List() {
				e.Because = append(e.Because, v.Str())
			}
		}
	}
	r, err := mustNumbered(ctx, f.room(ctx), graph.ChangeClass, change.Discipline.Prefix, number)
	if err == nil {
		e.Change = f.seen(ctx, change.Of(r))
	}
	return e, err
}

func (f following) ServiceMargin(ctx context.Context, service gql.CIRef, from, until time.Time) (<-chan *gql.ServiceMargin, error) {
	if err := f.mayFollow(ctx); err != nil {
		return nil, err
	}
	m, err := margins{f.API}.Margin(ctx, service, from, until) // also before it begins: what cannot be asked is refused at once
	if err != nil {
		return nil, err
	}
	ctx.Value(streamKey{}).(*Stream).state = true
	s, opening, err := f.opened(ctx, nil, nil)
	if err != nil {
		return nil, err
	}
	out := make(chan *gql.ServiceMargin, 1)
	defer close(out)
	if opening {
		return out, nil
	}
	s.is = fingerprintOf(m)
	out <- m
	return out, nil
}

// fingerprintOf is what tells margins apart, whatever the revision.
func fingerprintOf(m *gql.ServiceMargin) string {
	form := make([]any, len(m.Intervals))
	for i, x := range m.Intervals {
		lost := []graph.ID{}
		for _, c := range x.Lost {
			lost = append(lost, c.Number)
		}
		form[i] = []any{x.From, x.Until, x.State, x.Slack, x.Consumer.Number, x.Requirement, lost, x.Because}
	}
	b, _ := json.Marshal(form) // of these nothing can fail
	return string(b)
}
