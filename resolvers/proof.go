package resolvers

import (
	"context"
	"slices"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

func (assessment) Why(ctx context.Context, a *view.Assessment, ci gql.CIRef) (*gql.Proof, error) {
	id, err := readingOf(ctx).mustLookup(ctx, a.Snapshot(), &ci)
	if err != nil {
		return nil, err
	}
	p := a.Assessment.Why(id)
	if p == nil {
		return nil, nil
	}
	t := &telling{a: a, words: view.Words{Snapshot: a.Snapshot()}}
	out := &gql.Proof{CI: t.ci(id), From: p.From, To: p.To, Text: t.words.Path(p.Path), Path: t.justifications(p.Path), Rises: t.justifications(p.Rises)}
	return out, prefetch(ctx, t.cis...)
}

func (assessment) WhyNot(ctx context.Context, a *view.Assessment, ci gql.CIRef) (*gql.Slack, error) {
	id, err := readingOf(ctx).mustLookup(ctx, a.Snapshot(), &ci)
	if err != nil {
		return nil, err
	}
	slack := a.Assessment.WhyNot(id)
	if slack == nil {
		return nil, nil
	}
	t := &telling{a: a, words: view.Words{Snapshot: a.Snapshot()}}
	out := &gql.Slack{CI: t.ci(id), State: slack.State, Kind: slack.Kind.String(), Text: t.words.Slack(slack), Holders: t.holders(slack.Holders)}
	return out, prefetch(ctx, t.cis...)
}

func (assessment) Held(ctx context.Context, a *view.Assessment, first *int, after *string) (*gql.HolderConnection, error) {
	held := a.Assessment.Held()
	c, err := cutPage(a, "held", len(held), first, after)
	if err != nil {
		return nil, err
	}
	total := len(held)
	t := &telling{a: a, words: view.Words{Snapshot: a.Snapshot()}}
	out := &gql.HolderConnection{PageInfo: &c.info, TotalCount: &total, Nodes: t.holders(held[c.from:c.to]), Edges: []*gql.HolderEdge{}}
	for i, h := range out.Nodes {
		out.Edges = append(out.Edges, &gql.HolderEdge{Cursor: c.cursors[i], Node: h})
	}
	return out, prefetch(ctx, t.cis...)
}

func (assessment) BlindSpots(ctx context.Context, a *view.Assessment, first *int, after *string) (*gql.BlindSpots, error) {
	all := a.Assessment.BlindSpots()
	c, err := cutPage(a, "blindSpots", len(all), first, after)
	if err != nil {
		return nil, err
	}
	t := &telling{a: a, words: view.Words{Snapshot: a.Snapshot()}}
	out := &gql.BlindSpots{TotalCount: len(all), PageInfo: &c.info, Nodes: []*gql.BlindSpot{}, PartialSources: append([]string{}, a.Snapshot().PartialSources()...)}
	for _, b := range all[c.from:c.to] {
		v := &gql.BlindSpot{CI: t.ci(b.CI), Kind: b.Kind.String(), Missing: b.Missing, Text: t.words.BlindSpot(b)}
		if b.Requirement != "" {
			v.Requirement = &b.Requirement
		}
		out.Nodes = append(out.Nodes, v)
	}
	return out, prefetch(ctx, t.cis...)
}

func (assessment) Assumptions(ctx context.Context, a *view.Assessment) ([]*gql.Assumption, error) {
	t := &telling{a: a}
	out := []*gql.Assumption{}
	for _, s := range a.Assessment.Assumptions() {
		v := &gql.Assumption{Kind: s.Kind.String(), Text: s.Text}
		if s.CI != 0 {
			v.CI = t.ci(s.CI)
		}
		if s.Count > 0 {
			v.Count = &s.Count
		}
		out = append(out, v)
	}
	return out, prefetch(ctx, t.cis...)
}

// telling turns parts of proofs into their views and keeps the CIs that they
// name, to be fetched together.
type telling struct {
	a     *view.Assessment
	words view.Words
	cis   []*view.CI
}

func (t *telling) ci(id graph.ID) *view.CI {
	c := t.a.At(id)
	t.cis = append(t.cis, c)
	return c
}

func (t *telling) justifications(list []graph.Justification) []*gql.Justification {
	out := []*gql.Justification{}
	for i, j := range list {
		v := &gql.Justification{CI: t.ci(j.CI), State: j.State, Kind: j.Kind.String(), Baseline: j.Baseline, Causes: causes(list[:i], j), Text: t.words.Step(j)}
		switch j.Kind {
		case graph.ByEffect:
			v.Effect = &j.Effect
		case graph.ByLifecycle:
			v.Lifecycle = &j.Lifecycle
		case graph.ByRelation:
			v.Relation = t.relation(j.Relation, j.Provider)
		case graph.ByRequirement:
			v.Requirement = t.requirement(j.Requirement)
		}
		out = append(out, v)
	}
	return out
}

// causes are the positions of the earlier steps that a step rests on: of its
// provider, or of the members that were not well, each in the state passed on.
func causes(earlier []graph.Justification, j graph.Justification) []int {
	out := []int{}
	rests := func(ci graph.ID, s graph.State) {
		for i := len(earlier) - 1; i >= 0; i-- {
			if earlier[i].CI == ci && earlier[i].State == s {
				out = append(out, i)
				return
			}
		}
	}
	switch j.Kind {
	case graph.ByRelation:
		rests(j.Relation.To, j.Provider)
	case graph.ByRequirement:
		for _, m := range j.Requirement.Members {
			if m.State > graph.Operational {
				rests(m.Link.To, m.Provider)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (t *telling) relation(l graph.Link, provider graph.State) *gql.PassingRelation {
	out := &gql.PassingRelation{Type: l.Type, Consumer: t.ci(l.From), Provider: t.ci(l.To), ProviderState: provider, Transfer: l.Transfer}
	if l.Qualifier != "" {
		out.Qualifier = &l.Qualifier
	}
	return out
}

func (t *telling) requirement(r *graph.RequirementState) *gql.RequirementState {
	q := r.Requirement
	out := &gql.RequirementState{Name: q.Name, Consumer: t.ci(q.Consumer), Rule: q.Rule, ByRule: q.ByRule, State: r.State, Needed: r.K,
		DesignedSize: r.Size, Delivering: r.Delivering, Left: r.Left(), SpareRequired: r.Spare, Capacity: r.Capacity, Members: []*gql.RequirementMember{}}
	if p := r.Path; p != nil {
		out.Path = &gql.PathState{Plane: p.Plane, Targets: []*view.CI{}, Barrier: []*view.CI{}}
		for _, id := range p.Targets {
			out.Path.Targets = append(out.Path.Targets, t.ci(id))
		}
		for _, b := range p.Barrier {
			out.Path.Barrier = append(out.Path.Barrier, t.ci(b.CI))
		}
	}
	for _, m := range r.Members {
		out.Members = append(out.Members, &gql.RequirementMember{CI: t.ci(m.Link.To), Type: m.Link.Type, ProviderState: m.Provider, State: m.State, Band: m.Band})
	}
	return out
}

func (t *telling) holders(list []graph.Holder) []*gql.Holder {
	out := []*gql.Holder{}
	for _, h := range list {
		v := &gql.Holder{CI: t.ci(h.CI), Kind: h.Kind.String(), Text: t.words.Held(h)}
		switch h.Kind {
		case graph.HeldUp:
			v.Requirement = t.requirement(h.Requirement)
		case graph.NotPassedOn:
			v.Relation = t.relation(h.Relation, h.Provider)
		}
		out = append(out, v)
	}
	return out
}
