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

// margins answer when a service is without a spare.
type margins struct{ *API }

func (m margins) Margin(ctx context.Context, service gql.CIRef, from, until time.Time) (*gql.ServiceMargin, error) {
	switch {
	case !from.Before(until):
		return nil, inArgument("until", graph.Errorf(graph.Invalid, "the time from %s until %s is empty", stampOf(from), stampOf(until)))
	case until.Sub(from) > 366*24*time.Hour:
		return nil, inArgument("until", graph.Errorf(graph.LimitExceeded, "that is more than a year").WithHint("ask for less at once"))
	}
	r := readingOf(ctx)
	id, err := r.mustLookup(ctx, r.at(), &service)
	if err != nil {
		return nil, inArgument("service", err)
	}
	x, err := m.context(ctx, m.room(ctx), &change.Change{Record: &itsm.Record{}}, graph.Window{From: from, Until: until})
	if err != nil {
		return nil, err
	}
	effects := x.Forward(from, until)
	a, err := assess(ctx, r.at(), graph.Scenario{Effects: effects}, graph.Options{Now: r.now(), Window: &graph.Window{From: from, Until: until}})
	if err != nil {
		return nil, err
	}
	list, err := a.Margin(id)
	if err != nil {
		return nil, err
	}
	out := &gql.ServiceMargin{Revision: r.at().Revision(), Intervals: []*gql.MarginInterval{}}
	reach := reaching(r.at(), effects)
	var cis []*view.CI
	ci := func(id graph.ID) *view.CI {
		c := r.ci(id)
		cis = append(cis, c)
		return c
	}
	for _, x := range list {
		v := &gql.MarginInterval{From: x.From, Until: x.Until, State: x.State, Slack: x.Slack, Consumer: ci(x.Requirement.Consumer), Requirement: x.Requirement.Name, Lost: []*view.CI{}, Because: because(reach, effects, x)}
		for _, id := range x.Lost {
			v.Lost = append(v.Lost, ci(id))
		}
		out.Intervals = append(out.Intervals, v)
	}
	return out, prefetch(ctx, cis...)
}

// reaching is what each effect's CI reaches, itself included.
func reaching(s *graph.Snapshot, effects []graph.OwnEffect) map[graph.ID]graph.IDSet {
	out := map[graph.ID]graph.IDSet{}
	for _, e := range effects {
		if _, known := out[e.CI]; !known {
			out[e.CI] = s.Dependents(e.CI)
		}
	}
	return out
}

// because are the parties whose effects in that time reach what is lost.
func because(reach map[graph.ID]graph.IDSet, effects []graph.OwnEffect, x graph.Margin) []string {
	out := []string{}
	for _, e := range effects {
		if slices.Contains(out, e.Party) || !e.From.Before(x.Until) || !e.Until.IsZero() && !e.Until.After(x.From) {
			continue
		}
		if slices.ContainsFunc(x.Lost, reach[e.CI].Has) {
			out = append(out, e.Party)
		}
	}
	slices.Sort(out)
	return out
}
