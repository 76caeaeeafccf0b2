package resolvers

import (
	"context"
	"slices"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
	"github.com/faultline-itsm/faultline/internal/itsm"
	"github.com/faultline-itsm/faultline/internal/itsm/change"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

func (w windows) ChangeSchedule(ctx context.Context, from, until time.Time) ([]*gql.ScheduleEntry, error) {
	all, err := w.schedule(ctx, from, until)
	if err != nil {
		return nil, err
	}
	all = all[:min(len(all), maxPage)]
	return all, fetchScheduled(ctx, all)
}

func (w windows) ChangeCalendar(ctx context.Context, from, until time.Time, first *int, after *string) (*gql.ScheduleConnection, error) {
	all, err := w.schedule(ctx, from, until)
	if err != nil {
		return nil, err
	}
	page, err := knownAfter("calendar", all, scheduleKey, first, after)
	if err != nil {
		return nil, err
	}
	out := &gql.ScheduleConnection{Nodes: page.rows, Edges: []*gql.ScheduleEdge{}, PageInfo: &page.info, TotalCount: len(all)}
	for k, e := range page.rows {
		out.Edges = append(out.Edges, &gql.ScheduleEdge{Cursor: page.cursors[k], Node: e})
	}
	return out, fetchScheduled(ctx, page.rows)
}

// schedule is all that is on the change schedule within a time, by time, then number.
func (w windows) schedule(ctx context.Context, from, until time.Time) ([]*gql.ScheduleEntry, error) {
	switch {
	case !from.Before(until):
		return nil, inArgument("until", graph.Errorf(graph.Invalid, "the schedule from %s until %s is empty", stampOf(from), stampOf(until)))
	case until.Sub(from) > 366*24*time.Hour:
		return nil, inArgument("until", graph.Errorf(graph.LimitExceeded, "that is more than a year").WithHint("ask for less at once"))
	}
	room := w.room(ctx)
	others, err := w.others(ctx, room, &change.Change{Record: &itsm.Record{}}, graph.Window{From: from, Until: until})
	if err != nil {
		return nil, err
	}
	out := []*gql.ScheduleEntry{}
	for _, o := range others {
		if o.From.Before(until) && o.Until.After(from) {
			out = append(out, &gql.ScheduleEntry{From: o.From, Until: o.Until, Change: w.seen(ctx, o.Change)})
		}
	}
	all, err := activeWindows(ctx, room)
	if err != nil {
		return nil, err
	}
	for _, v := range shownWindows(ctx, all) {
		for _, o := range v.Of.Occurrences(from, until) {
			out = append(out, &gql.ScheduleEntry{From: o.From, Until: o.Until, Window: v})
		}
	}
	slices.SortFunc(out, func(a, b *gql.ScheduleEntry) int { return slices.Compare(scheduleKey(a), scheduleKey(b)) })
	return out, nil
}

// scheduleKey is where an entry stands on the schedule.
func scheduleKey(e *gql.ScheduleEntry) []string {
	const stamp = "2006-01-02T15:04:05.000000"
	key := []string{e.From.UTC().Format(stamp), e.Until.UTC().Format(stamp)}
	if e.Change != nil {
		return append(key, e.Change.Number())
	}
	return append(key, e.Window.Number())
}

func fetchScheduled(ctx context.Context, list []*gql.ScheduleEntry) error {
	var shown []*view.ChangeWindow
	for _, e := range list {
		if e.Window != nil && !slices.Contains(shown, e.Window) {
			shown = append(shown, e.Window)
		}
	}
	return fetchWindows(ctx, shown)
}
