package resolvers

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
	"github.com/faultline-itsm/faultline/internal/itsm"
	"github.com/faultline-itsm/faultline/internal/itsm/change"
	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// windows are when changes may be made, the schedule, and the search for a slot.
type windows struct{ *API }

// activeWindows are the records of the windows that hold, by number.
func activeWindows(ctx context.Context, room *records.Room) ([]*itsm.Record, error) {
	return room.All(ctx, graph.WindowClass, &store.Filter{Test: &store.Test{Field: store.Attribute, Attribute: itsm.StateAttribute, Op: store.Eq, Values: []graph.Value{graph.StringValue("ACTIVE")}}})
}

func (w windows) ChangeWindows(ctx context.Context) ([]*view.ChangeWindow, error) {
	all, err := activeWindows(ctx, w.room(ctx))
	if err != nil {
		return nil, err
	}
	out := shownWindows(ctx, all[:min(len(all), maxPage)])
	return out, fetchWindows(ctx, out)
}

func (w windows) ActiveWindows(ctx context.Context, first *int, after *string) (*gql.ChangeWindowConnection, error) {
	all, err := activeWindows(ctx, w.room(ctx))
	if err != nil {
		return nil, err
	}
	page, err := knownAfter("windows", all, func(r *itsm.Record) []string { return []string{r.Number} }, first, after)
	if err != nil {
		return nil, err
	}
	out := &gql.ChangeWindowConnection{Nodes: shownWindows(ctx, page.rows), Edges: []*gql.ChangeWindowEdge{}, PageInfo: &page.info, TotalCount: len(all)}
	for k, v := range out.Nodes {
		out.Edges = append(out.Edges, &gql.ChangeWindowEdge{Cursor: page.cursors[k], Node: v})
	}
	return out, fetchWindows(ctx, out.Nodes)
}

func shownWindows(ctx context.Context, records []*itsm.Record) []*view.ChangeWindow {
	out := []*view.ChangeWindow{}
	for _, r := range records {
		out = append(out, shownWindow(ctx, r))
	}
	return out
}

func shownWindow(ctx context.Context, r *itsm.Record) *view.ChangeWindow {
	v := &view.ChangeWindow{Record: r, Of: change.WindowOf(r), CIs: []*view.CI{}}
	for _, id := range v.Of.CIs {
		v.CIs = append(v.CIs, readingOf(ctx).ci(id))
	}
	return v
}

func fetchWindows(ctx context.Context, list []*view.ChangeWindow) error {
	var cis []*view.CI
	for _, w := range list {
		cis = append(cis, w.CIs...)
	}
	return prefetch(ctx, cis...)
}

func (w windows) SafeSlots(ctx context.Context, name string, earliest *time.Time) (*gql.SafeSlots, error) {
	room := w.room(ctx)
	r, err := mustNumbered(ctx, room, graph.ChangeClass, change.Discipline.Prefix, name)
	if err != nil {
		return nil, inArgument("change", err)
	}
	c := change.Of(r)
	if c.From.IsZero() || c.Until.IsZero() {
		return nil, inArgument("change", graph.Errorf(graph.Invalid, "it has no window, so it is not known how long it takes").WithHint("plan it for some time: slots says when it fits"))
	}
	x, err := w.context(ctx, room, c, graph.Window{From: room.Now(), Until: later(room.Now(), value(earliest)).Add(change.Horizon + c.Until.Sub(c.From))})
	if err != nil {
		return nil, err
	}
	from := room.Now()
	if earliest != nil && earliest.After(from) {
		from = *earliest
	}
	found, err := change.Slots(x, from.UTC().Truncate(time.Second), func(ids []graph.ID) (map[graph.ID]change.About, error) { return aboutCIs(ctx, room, ids) })
	if err != nil {
		return nil, err
	}
	out := &gql.SafeSlots{Revision: room.Snapshot().Revision(), Slots: []*gql.Slot{}, Blocked: []*gql.BlockedStretch{}, Complete: found.Complete}
	for _, s := range found.Slots {
		out.Slots = append(out.Slots, &gql.Slot{From: s.From, Until: s.Until})
	}
	for _, s := range found.Blocked {
		out.Blocked = append(out.Blocked, &gql.BlockedStretch{From: s.From, Until: s.Until, Kind: s.Kind, Text: s.Text})
	}
	return out, nil
}

func (w windows) windowPayload(ctx context.Context, q request, do func(*deciding) (records.Decision, error)) (*view.ChangeWindowPayload, error) {
	done, refused, err := w.decided(ctx, q, do)
	if err != nil {
		return nil, err
	}
	out := &view.ChangeWindowPayload{Revision: readingOf(ctx).at().Revision(), Errors: []view.UserError{}}
	if refused != nil {
		out.Errors = append(out.Errors, refused)
		return out, nil
	}
	out.Revision = done.Revision
	all, err := w.room(ctx).Records(ctx, done.ID)
	if err != nil || len(all) == 0 {
		return out, err
	}
	out.Window = shownWindow(ctx, all[0])
	return out, fetchWindows(ctx, []*view.ChangeWindow{out.Window})
}

func (w windows) CreateChangeWindow(ctx context.Context, in gql.CreateChangeWindowInput) (*view.ChangeWindowPayload, error) {
	return w.windowPayload(ctx, request{nil, in.IdempotencyKey, in}, func(d *deciding) (out records.Decision, err error) {
		of := &change.Window{Title: in.Title, Blackout: in.Kind == "BLACKOUT", Start: in.Starts, Length: in.Duration, Rule: strings.TrimPrefix(value(in.Recurrence), "RRULE:"), Zone: value(in.TimeZone), State: in.FromState, Classes: in.Classes, Owners: in.Owners}
		if itsm.Blank(of.Title) {
			return out, graph.Errorf(graph.Invalid, "the title is empty").At(-1, "title").WithHint("say what it is for")
		}
		for _, c := range of.Classes {
			if d.room.Snapshot().Catalogue().Class(c) == nil {
				return out, graph.Errorf(graph.Invalid, "the class %q is unknown", clip(c)).At(-1, "classes").WithHint("ciClasses lists them")
			}
		}
		var links []itsm.NewLink
		for k, ref := range in.Cis {
			id, err := d.ci(ref, "cis."+strconv.Itoa(k))
			if err != nil {
				return out, err
			}
			of.CIs = append(of.CIs, id)
			links = append(links, itsm.NewLink{Type: change.Affects, To: graph.NodeRef{ID: id}})
		}
		if err := of.Check(); err != nil {
			return out, err
		}
		values := map[string]graph.Value{"kind": graph.StringValue(in.Kind), "title": graph.StringValue(of.Title), "starts": graph.TimeValue(of.Start), "duration": graph.DurationValue(of.Length), "from_state": graph.StringValue(of.State.String())}
		for name, text := range map[string]string{"recurrence": of.Rule, "time_zone": of.Zone} {
			if text != "" {
				values[name] = graph.StringValue(text)
			}
		}
		for name, list := range map[string][]string{"classes": of.Classes, "owners": of.Owners} {
			if len(list) > 0 {
				var all []graph.Value
				for _, t := range list {
					all = append(all, graph.StringValue(t))
				}
				values[name] = graph.ListValue(all...)
			}
		}
		number, take, err := d.room.Next(d.ctx, change.WindowDiscipline.Prefix)
		if err != nil {
			return out, err
		}
		out.Ops, err = change.WindowDiscipline.Create(number, itsm.Case{Input: itsm.Input{Values: values, Link: links}, Actor: d.who, Now: d.room.Now()})
		out.Ops, out.Says = append(out.Ops, take), "create "+number
		return out, err
	})
}

func (w windows) WithdrawChangeWindow(ctx context.Context, in gql.WithdrawChangeWindowInput) (*view.ChangeWindowPayload, error) {
	return w.windowPayload(ctx, request{nil, in.IdempotencyKey, in}, func(d *deciding) (out records.Decision, err error) {
		r, err := mustNumbered(d.ctx, d.room, graph.WindowClass, change.WindowDiscipline.Prefix, in.Window)
		if err != nil {
			return out, at("window", err)
		}
		out.Says = "withdraw " + r.Number
		out.Ops, err = change.WindowDiscipline.Move("withdraw", itsm.Case{Record: r, Actor: d.who, Now: d.room.Now()})
		return out, err
	})
}
