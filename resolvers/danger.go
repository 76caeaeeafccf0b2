package resolvers

import (
	"context"
	"slices"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
	"github.com/faultline-itsm/faultline/internal/tracing"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// estate answers questions about all CIs at once: each is failed alone.
type estate struct{}

// ranked bounds how many rows of a ranking are told.
func ranked(top int) error {
	if top < 1 || top > maxPage {
		return graph.Errorf(graph.Invalid, "top is %d", top).WithHint("give 1 to %d", maxPage).At(-1, "top")
	}
	return nil
}

func (estate) Dangerous(ctx context.Context, top int, isA []string, _, _ *gql.PointInTime) (*gql.Dangers, error) {
	if err := ranked(top); err != nil {
		return nil, err
	}
	r := readingOf(ctx)
	s := r.at()
	classes, err := expandClasses(s.Catalogue(), isA)
	if err != nil {
		return nil, err
	}
	var of func(string) bool
	if classes != nil {
		of = func(class string) bool { return slices.Contains(classes, class) }
	}
	_, span := tracing.Begin(ctx, "solve")
	found := s.Dangerous(top, view.Services(s), of)
	span.End("")
	out := &gql.Dangers{Revision: found.Revision, Evaluated: found.Evaluated, Complete: found.Complete, Nodes: []*gql.DangerousCI{}}
	words := view.Words{Snapshot: s}
	var all []*view.CI
	for _, d := range found.Ranked {
		v := &gql.DangerousCI{CI: r.ci(d.CI), ServicesDown: d.Services, Down: d.Down, Text: words.Danger(d)}
		out.Nodes, all = append(out.Nodes, v), append(all, v.CI)
	}
	return out, prefetch(ctx, all...)
}

func (estate) Illusions(ctx context.Context, service *gql.CIRef, top int, _, _ *gql.PointInTime) (*gql.Illusions, error) {
	if err := ranked(top); err != nil {
		return nil, err
	}
	r := readingOf(ctx)
	s := r.at()
	var of graph.ID
	if service != nil {
		var err error
		if of, err = r.mustLookup(ctx, s, service); err != nil {
			return nil, err
		}
	}
	_, span := tracing.Begin(ctx, "solve")
	found, err := s.Illusions(of)
	span.End(tracing.CodeOf(err))
	if err != nil {
		return nil, err
	}
	out := &gql.Illusions{Revision: found.Revision, Redundant: found.Redundant, TotalCount: len(found.Ranked), Complete: found.Complete, Nodes: []*gql.Illusion{}}
	words := view.Words{Snapshot: s}
	var all []*view.CI
	ci := func(id graph.ID) *view.CI {
		c := r.ci(id)
		all = append(all, c)
		return c
	}
	for _, x := range found.Ranked[:min(top, len(found.Ranked))] {
		v := &gql.Illusion{Shared: ci(x.Shared), Broken: x.Broken, Hollowed: []*gql.Hollowed{}, Text: words.Illusion(x)}
		for _, h := range x.Hollowed {
			w := &gql.Hollowed{Consumer: ci(h.Requirement.Consumer), Requirement: h.Requirement.Name, State: h.State, Behind: h.Behind, Members: h.Members, Needed: h.Needed, Lost: []*view.CI{}}
			for _, id := range h.Lost {
				w.Lost = append(w.Lost, ci(id))
			}
			v.Hollowed = append(v.Hollowed, w)
		}
		out.Nodes = append(out.Nodes, v)
	}
	return out, prefetch(ctx, all...)
}

func (assessment) SafeIf(ctx context.Context, a *view.Assessment, service gql.CIRef) (*gql.SafeIf, error) {
	id, err := readingOf(ctx).mustLookup(ctx, a.Snapshot(), &service)
	if err != nil {
		return nil, err
	}
	found := a.Assessment.SafeIf(id)
	if found == nil {
		return nil, nil
	}
	t := &telling{a: a, words: view.Words{Snapshot: a.Snapshot()}}
	out := &gql.SafeIf{Service: t.ci(id), From: found.From, To: found.To, Complete: found.Complete, Sets: []*gql.SafeSet{}}
	for _, set := range found.Sets {
		v := &gql.SafeSet{Text: t.words.Safe(set)}
		for _, e := range set {
			w := &gql.SafeEdit{Kind: e.Kind.String(), CI: t.ci(e.CI)}
			if e.Beside != 0 {
				w.Beside, w.Type = t.ci(e.Beside), &e.Type
			}
			if e.Requirement != "" {
				w.Requirement = &e.Requirement
			}
			v.Edits = append(v.Edits, w)
		}
		out.Sets = append(out.Sets, v)
	}
	return out, prefetch(ctx, t.cis...)
}
