package resolvers

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/99designs/gqlgen/graphql"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// assessment answers with the lists of a solved scenario.
type assessment struct{}

// impactCursor is a place in one list of one answer.
type impactCursor struct {
	token, scenario, list string
	at                    int
}

func (c impactCursor) String() string {
	return view.EncodeCursor("impact", c.token, c.scenario, c.list, strconv.Itoa(c.at))
}

func readImpactCursor(s string) (c impactCursor, err error) {
	parts, err := view.DecodeCursor("impact", s)
	if err != nil || len(parts) != 4 {
		return c, view.BadCursor()
	}
	c = impactCursor{token: parts[0], scenario: parts[1], list: parts[2]}
	if c.at, err = strconv.Atoi(parts[3]); err != nil || c.at < 0 {
		return c, view.BadCursor()
	}
	return c, nil
}

// cut is one page of a list of an answer: its bounds, and where each row stands.
type cut struct {
	from, to int
	info     view.PageInfo
	cursors  []string
}

func cutPage(a *view.Assessment, list string, total int, first *int, after *string) (c cut, err error) {
	n, err := size(first)
	if err != nil {
		return c, err
	}
	if after != nil {
		at, err := readImpactCursor(*after)
		if err != nil || at.list != list || at.token != a.Token {
			return c, view.BadCursor()
		}
		c.from = min(at.at+1, total)
	}
	c.to = min(total, c.from+n)
	for i := c.from; i < c.to; i++ {
		c.cursors = append(c.cursors, impactCursor{a.Token, a.Scenario, list, i}.String())
	}
	c.info = view.PageOf(c.to < total, c.cursors...)
	return c, nil
}

func (assessment) Impacted(ctx context.Context, a *view.Assessment, filter *gql.ImpactFilter, orderBy []*gql.ImpactOrder, first *int, after *string) (*gql.ImpactedCIConnection, error) {
	all, err := filtered(a, filter)
	if err != nil {
		return nil, err
	}
	return impactedPage(ctx, a, listName("impacted", filter, orderBy), ordered(a, all, orderBy), first, after)
}

func (assessment) AlreadyAffected(ctx context.Context, a *view.Assessment, first *int, after *string) (*gql.ImpactedCIConnection, error) {
	return impactedPage(ctx, a, "already", listed(a.AlreadyAffected()), first, after)
}

// rows are impacted CIs in an order, of which only a page is put in it.
type rows interface {
	Len() int
	Span(from, to int) []graph.Impacted
}

// listed is a list that is in order already.
type listed []graph.Impacted

func (l listed) Len() int                           { return len(l) }
func (l listed) Span(from, to int) []graph.Impacted { return l[from:to] }

func impactedPage(ctx context.Context, a *view.Assessment, list string, all rows, first *int, after *string) (*gql.ImpactedCIConnection, error) {
	total := all.Len()
	c, err := cutPage(a, list, total, first, after)
	if err != nil {
		return nil, err
	}
	out := &gql.ImpactedCIConnection{PageInfo: &c.info, TotalCount: &total, Edges: []*gql.ImpactedCIEdge{}, Nodes: []*view.Impacted{}}
	var cis []*view.CI
	for i, row := range all.Span(c.from, c.to) {
		v := &view.Impacted{Impacted: row, CI: a.At(row.CI), Assessment: a}
		cis, out.Nodes = append(cis, v.CI), append(out.Nodes, v)
		out.Edges = append(out.Edges, &gql.ImpactedCIEdge{Cursor: c.cursors[i], Node: v})
	}
	return out, prefetch(ctx, cis...)
}

func (assessment) Services(ctx context.Context, a *view.Assessment, first *int, after *string) (*gql.ImpactedServiceConnection, error) {
	all := a.Ranked().OfClasses(view.Services(a.Snapshot()))
	total := all.Len()
	c, err := cutPage(a, "services", total, first, after)
	if err != nil {
		return nil, err
	}
	out := &gql.ImpactedServiceConnection{PageInfo: &c.info, TotalCount: &total, Edges: []*gql.ImpactedServiceEdge{}, Nodes: []*view.ImpactedService{}}
	var cis []*view.CI
	for i, row := range all.Span(c.from, c.to) {
		v := &view.ImpactedService{Impacted: view.Impacted{Impacted: row, CI: a.At(row.CI), Assessment: a}}
		cis, out.Nodes = append(cis, v.CI), append(out.Nodes, v)
		out.Edges = append(out.Edges, &gql.ImpactedServiceEdge{Cursor: c.cursors[i], Node: v})
	}
	if graphql.AnyFieldRequested(ctx, "nodes.businessCriticality", "edges.node.businessCriticality") {
		if err := prefetchRecords(ctx, cis); err != nil {
			return nil, err
		}
	}
	return out, prefetch(ctx, cis...)
}

// filtered are the impacted CIs that a filter lets pass.
func filtered(a *view.Assessment, f *gql.ImpactFilter) (*graph.Ranking, error) {
	all := a.Ranked()
	if f == nil {
		return all, nil
	}
	classes, err := expandClasses(a.Snapshot().Catalogue(), f.IsA)
	if err != nil {
		return nil, err
	}
	if classes != nil {
		all = all.OfClasses(func(class string) bool { return slices.Contains(classes, class) })
	}
	return all.Only(func(i graph.Impacted) bool {
		return (f.States == nil || slices.Contains(f.States, i.To)) && (f.MaxDistance == nil || i.Distance <= *f.MaxDistance)
	}), nil
}

// ordered sorts impacted CIs anew, where that is asked for.
func ordered(a *view.Assessment, all *graph.Ranking, by []*gql.ImpactOrder) rows {
	if len(by) == 0 {
		return all
	}
	s, out := a.Snapshot(), all.Span(0, all.Len())
	slices.SortStableFunc(out, func(x, y graph.Impacted) int {
		for _, o := range by {
			c := 0
			switch o.Field {
			case gql.ImpactOrderFieldState:
				c = cmp.Compare(x.To, y.To)
			case gql.ImpactOrderFieldDistance:
				c = cmp.Compare(x.Distance, y.Distance)
			case gql.ImpactOrderFieldRef:
				c = s.Ref(x.CI).Compare(s.Ref(y.CI))
			}
			if o.Direction == gql.OrderDirectionDesc {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
		return s.Ref(x.CI).Compare(s.Ref(y.CI))
	})
	return listed(out)
}

// listName tells the lists of one answer apart, in cursors.
func listName(list string, f *gql.ImpactFilter, by []*gql.ImpactOrder) string {
	if f != nil {
		list += fmt.Sprint(f.States, f.IsA)
		if f.MaxDistance != nil {
			list += strconv.Itoa(*f.MaxDistance)
		}
	}
	for _, o := range by {
		list += " " + string(o.Field) + " " + string(o.Direction)
	}
	return list
}
