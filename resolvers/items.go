package resolvers

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// items answers with configuration items by name, id and filter.
type items struct{ *API }

func (items) Node(ctx context.Context, id string) (view.Node, error) {
	found, err := byID(ctx, id)
	if err != nil || found[0] == nil {
		return nil, err
	}
	return found[0], nil
}

func (items) Nodes(ctx context.Context, ids []string, _, _ *gql.PointInTime) ([]view.Node, error) {
	if len(ids) > maxPage {
		return nil, graph.Errorf(graph.LimitExceeded, "%d ids were given; at most %d are allowed", len(ids), maxPage)
	}
	return byID(ctx, ids...)
}

// byID finds nodes in the order asked; nil where one does not exist.
func byID(ctx context.Context, ids ...string) ([]view.Node, error) {
	r := readingOf(ctx)
	out := make([]view.Node, len(ids))
	var found []*view.CI
	for i, s := range ids {
		id, err := view.DecodeID(s)
		if err != nil {
			return nil, err
		}
		switch {
		case !r.at().Has(id):
		case r.at().Ref(id).Class == graph.ChangeClass && r.moment == nil:
			if out[i], err = (changes{r.api}).Change(ctx, s); err != nil {
				return nil, err
			}
		default:
			c := r.ci(id)
			out[i], found = c, append(found, c)
		}
	}
	return out, prefetch(ctx, found...)
}

func (items) CI(ctx context.Context, ref gql.CIRef, _, _ *gql.PointInTime) (*view.CI, error) {
	n, err := nodeRef(&ref)
	if err != nil {
		return nil, err
	}
	r := readingOf(ctx)
	id, ok, err := r.lookup(ctx, r.at(), n)
	if err != nil || !ok {
		return nil, err
	}
	c := r.ci(id)
	return c, prefetch(ctx, c)
}

// onlyCIs leaves records out of a list that asks for no class.
func onlyCIs(s *graph.Snapshot, q store.Query) store.Query {
	if len(q.Classes) > 0 {
		return q
	}
	var records []graph.Value
	for _, class := range s.Catalogue().Descendants("record") {
		if s.Knows(class) {
			records = append(records, graph.StringValue(class))
		}
	}
	if len(records) == 0 {
		return q
	}
	not := store.Filter{Not: &store.Filter{Test: &store.Test{Field: store.Class, Op: store.In, Values: records}}}
	if q.Filter == nil {
		q.Filter = &not
	} else {
		q.Filter = &store.Filter{And: []store.Filter{*q.Filter, not}}
	}
	return q
}

func (items) Cis(ctx context.Context, filter *gql.CIFilter, orderBy []*gql.CIOrder, first *int, after *string, _, _ *gql.PointInTime) (*gql.CIConnection, error) {
	r := readingOf(ctx)
	q, err := pageQuery(r.at().Catalogue(), filter, orderBy, first, after)
	if err != nil {
		return nil, err
	}
	q.Count = graphql.FieldRequested(ctx, "totalCount")
	q = r.veil.keep(onlyCIs(r.at(), q))
	page, err := r.find(ctx, q)
	if err != nil {
		return nil, err
	}
	out := &gql.CIConnection{}
	cursors := make([]string, len(page.Nodes))
	for i, n := range page.Nodes {
		if !r.at().Has(n.ID) { // made and not yet shown
			return nil, r.seen(max(page.Revision, r.at().Revision()+1))
		}
		c := r.ci(n.ID)
		c.Record = n
		cursors[i] = pageCursor(q.Order, page.Cursors[i])
		out.Nodes = append(out.Nodes, c)
		out.Edges = append(out.Edges, &gql.CIEdge{Cursor: cursors[i], Node: c})
	}
	info := view.PageOf(page.More, cursors...)
	out.PageInfo = &info
	if q.Count {
		out.TotalCount = &page.Total
	}
	return out, prefetch(ctx, out.Nodes...)
}
