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
	out := &gql.ServiceMargin{Revision: r.at().Revision(), Intervals: []*gql.MarginInterval{}}
	for _, stage := range x.Stages(graph.Window{From: from, Until: until}, id) {
		a, err := assess(ctx, stage.Snapshot, graph.Scenario{Effects: stage.Effects}, graph.Options{Now: r.now(), Window: &stage.Window})
		if err != nil {
			return nil, err
		}
		list, err := a.Margin(id)
		if err != nil {
			return nil, err
		}
		reach := reaching(stage.Snapshot, stage.Effects)
		for _, x := range list {
			v := m.interval(ctx, id, stage, x, because(reach, stage, x))
			if k := len(out.Intervals) - 1; k >= 0 && isOne(out.Intervals[k], v) {
				out.Intervals[k].Until = v.Until
			} else {
				out.Intervals = append(out.Intervals, v)
			}
		}
	}
	var cis []*view.CI
	for _, v := range out.Intervals {
		cis = append(append(cis, v.Consumer), v.Lost...)
	}
	return out, prefetch(ctx, cis...)
}

// interval is a part of a service's margin. A group of a CI that a scheduled patch is
// still to make is told as one of the service, with whose it is.
func (m margins) interval(ctx context.Context, service graph.ID, stage change.Stage, x graph.Margin, because []string) *gql.MarginInterval {
	r := readingOf(ctx)
	v := &gql.MarginInterval{From: x.From, Until: x.Until, State: x.State, Slack: x.Slack, Consumer: r.ci(x.Requirement.Consumer), Requirement: x.Requirement.Name, Lost: []*view.CI{}, Because: because}
	if !r.at().Has(x.Requirement.Consumer) {
		v.Consumer, v.Requirement = r.ci(service), x.Requirement.Name+" of "+stage.Ref(x.Requirement.Consumer).String()
	}
	for _, id := range x.Lost {
		if r.at().Has(id) {
			v.Lost = append(v.Lost, r.ci(id))
		}
	}
	return v
}

// isOne says whether nothing but the time tells two parts of a margin apart.
func isOne(a, b *gql.MarginInterval) bool {
	return a.Until.Equal(b.From) && a.State == b.State && a.Slack == b.Slack && a.Consumer.Number == b.Consumer.Number && a.Requirement == b.Requirement && slices.Equal(a.Because, b.Because) &&
		slices.EqualFunc(a.Lost, b.Lost, func(p, q *view.CI) bool { return p.Number == q.Number })
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

// because are the parties whose effects in that time reach what is lost, and the changes
// whose patches are about the group, or what is lost.
func because(reach map[graph.ID]graph.IDSet, stage change.Stage, x graph.Margin) []string {
	out := []string{}
	for _, e := range stage.Effects {
		if e.From.Before(x.Until) && (e.Until.IsZero() || e.Until.After(x.From)) && slices.ContainsFunc(x.Lost, reach[e.CI].Has) {
			out = append(out, e.Party)
		}
	}
	for _, o := range stage.By {
		for k := range o.Patch {
			if slices.ContainsFunc(o.Patch[k].Nodes(), func(id graph.ID) bool { return id == x.Requirement.Consumer || slices.Contains(x.Lost, id) }) {
				out = append(out, o.Number)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
