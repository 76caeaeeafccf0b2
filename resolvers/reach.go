package resolvers

import (
	"context"
	"slices"
	"strconv"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
	"github.com/faultline-itsm/faultline/internal/tracing"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// reach answers what depends on a CI.
type reach struct{}

func (reach) Reach(ctx context.Context, ci gql.CIRef, d graph.Direction, first *int, after *string, _, _ *gql.PointInTime) (*gql.ReachConnection, error) {
	n, err := size(first)
	if err != nil {
		return nil, err
	}
	r := readingOf(ctx)
	s := r.at()
	id, err := r.mustLookup(ctx, s, &ci)
	if err != nil {
		return nil, err
	}
	_, span := tracing.Begin(ctx, "solve")
	found := s.Reach(id, d)
	span.End("")
	from, err := afterRef(s, found, after)
	if err != nil {
		return nil, err
	}
	total, to := len(found), min(len(found), from+n)
	out := &gql.ReachConnection{TotalCount: &total, Edges: []*gql.ReachEdge{}, Nodes: []*view.CI{}}
	cursors := []string{}
	for _, id := range found[from:to] {
		c := r.ci(id)
		cursors = append(cursors, view.EncodeCursor("reach", id.String()))
		out.Nodes = append(out.Nodes, c)
		out.Edges = append(out.Edges, &gql.ReachEdge{Cursor: cursors[len(cursors)-1], Node: c})
	}
	info := view.PageOf(to < total, cursors...)
	out.PageInfo = &info
	return out, prefetch(ctx, out.Nodes...)
}

// afterRef is where a list that is ordered by ref goes on.
func afterRef(s *graph.Snapshot, ids []graph.ID, after *string) (int, error) {
	if after == nil {
		return 0, nil
	}
	parts, err := view.DecodeCursor("reach", *after)
	if err != nil || len(parts) != 1 {
		return 0, view.BadCursor()
	}
	id, err := strconv.ParseUint(parts[0], 10, 63)
	if err != nil || !s.Has(graph.ID(id)) {
		return 0, view.BadCursor()
	}
	ref := s.Ref(graph.ID(id))
	at, found := slices.BinarySearchFunc(ids, ref, func(id graph.ID, ref graph.Ref) int { return s.Ref(id).Compare(ref) })
	for found && at < len(ids) && s.Ref(ids[at]) == ref { // a retired CI and a living one may share a ref
		at++
	}
	return at, nil
}
