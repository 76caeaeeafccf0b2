package resolvers

import (
	"context"
	"strconv"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
	"github.com/faultline-itsm/faultline/internal/tracing"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// cutSets answers which CIs take a service DOWN, alone or two together.
type cutSets struct{}

func (cutSets) CutSets(ctx context.Context, service gql.CIRef, maxSize int, plane *string, _, _ *gql.PointInTime) (*view.CutSets, error) {
	r := readingOf(ctx)
	s := r.at()
	id, err := r.mustLookup(ctx, s, &service)
	if err != nil {
		return nil, err
	}
	_, span := tracing.Begin(ctx, "solve")
	found, err := graph.CutSets(s, id, maxSize, value(plane))
	span.End(tracing.CodeOf(err))
	if err != nil {
		return nil, err
	}
	out := &view.CutSets{CutSetAnswer: found, Service: r.ci(id), Snapshot: s}
	return out, prefetch(ctx, out.Service)
}

// Sets is one page of the sets.
func (cutSets) Sets(ctx context.Context, c *view.CutSets, first *int, after *string) ([]*gql.CutSet, error) {
	n, err := size(first)
	if err != nil {
		return nil, err
	}
	from := 0
	name := []string{strconv.FormatUint(uint64(c.Revision), 10), strconv.FormatUint(uint64(c.Service.Number), 10)}
	if after != nil {
		at, err := view.DecodeCursor("cutset", *after)
		if err != nil || len(at) != 3 || at[0] != name[0] || at[1] != name[1] {
			return nil, view.BadCursor()
		}
		if from, err = strconv.Atoi(at[2]); err != nil || from < 0 {
			return nil, view.BadCursor()
		}
		from++
	}
	r := readingOf(ctx)
	out := []*gql.CutSet{}
	var all []*view.CI
	for k := from; k < min(from+n, len(c.CutSetAnswer.Sets)); k++ {
		v := &gql.CutSet{Cursor: view.EncodeCursor("cutset", name[0], name[1], strconv.Itoa(k))}
		for _, id := range c.CutSetAnswer.Sets[k] {
			v.Cis = append(v.Cis, r.ci(id))
		}
		out, all = append(out, v), append(all, v.Cis...)
	}
	return out, prefetch(ctx, all...)
}
