package resolvers

import (
	"context"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
	"github.com/faultline-itsm/faultline/internal/tracing"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// cutSets answers which CIs take a service DOWN alone.
type cutSets struct{}

func (cutSets) CutSets(ctx context.Context, service gql.CIRef, maxSize int, plane *string) (*gql.CutSets, error) {
	r := readingOf(ctx)
	s := r.at()
	id, err := r.mustLookup(ctx, s, &service)
	if err != nil {
		return nil, err
	}
	var only string
	if plane != nil {
		only = *plane
	}
	_, span := tracing.Begin(ctx, "solve")
	found, err := graph.CutSets(s, id, maxSize, only)
	span.End(tracing.CodeOf(err))
	if err != nil {
		return nil, err
	}
	out := &gql.CutSets{Revision: found.Revision, Service: r.ci(id), AlreadyDown: found.AlreadyDown, Candidates: found.Candidates,
		TotalCount: len(found.Sets), Sets: []*gql.CutSet{}, Summary: view.Words{Snapshot: s}.CutSets(found)}
	all := []*view.CI{out.Service}
	for _, set := range found.Sets {
		v := &gql.CutSet{}
		for _, id := range set {
			v.Cis = append(v.Cis, r.ci(id))
		}
		out.Sets, all = append(out.Sets, v), append(all, v.Cis...)
	}
	return out, prefetch(ctx, all...)
}
