package resolvers

import (
	"context"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

func (assessment) Joint(ctx context.Context, a *view.Assessment) (*gql.JointRun, error) {
	j := a.Assessment.Joint()
	out := &gql.JointRun{Parties: append([]string{}, j.Parties...), InteractionCount: len(j.Interactions), MarginLostCount: len(j.MarginLost), Complete: j.Complete,
		MarginLost: []*view.CI{}}
	for _, id := range j.MarginLost[:min(maxPage, len(j.MarginLost))] {
		out.MarginLost = append(out.MarginLost, a.At(id))
	}
	return out, prefetch(ctx, out.MarginLost...)
}

func (assessment) Interactions(ctx context.Context, a *view.Assessment) ([]*gql.Interaction, error) {
	j := a.Assessment.Joint()
	t := &telling{a: a, words: view.Words{Snapshot: a.Snapshot()}}
	out := []*gql.Interaction{}
	for _, x := range j.Interactions[:min(maxPage, len(j.Interactions))] {
		v := &gql.Interaction{CI: t.ci(x.CI), State: x.State, Parties: x.Parties, Text: t.words.Interaction(x)}
		if !x.From.IsZero() {
			v.From = &x.From
		}
		if !x.Until.IsZero() {
			v.Until = &x.Until
		}
		if x.Breaks != nil {
			v.Requirement = t.requirement(x.Breaks)
		}
		out = append(out, v)
	}
	return out, prefetch(ctx, t.cis...)
}

func (assessment) PossibleOnly(ctx context.Context, a *view.Assessment, first *int, after *string) (*gql.ImpactedCIConnection, error) {
	return impactedPage(ctx, a, "possibleOnly", listed(a.Assessment.PossibleOnly()), first, after)
}

// maxVerifyFirst bounds how many relations are named to be verified.
const maxVerifyFirst = 20

func (assessment) VerifyFirst(ctx context.Context, a *view.Assessment, first *int) ([]*gql.Doubt, error) {
	n := 3
	if first != nil {
		n = *first
	}
	if n < 1 || n > maxVerifyFirst {
		return nil, graph.Errorf(graph.Invalid, "first is %d", n).WithHint("give 1 to %d", maxVerifyFirst).At(-1, "first")
	}
	doubts, _, err := verifyFirst(ctx, a)
	if err != nil {
		return nil, err
	}
	t := &telling{a: a, words: view.Words{Snapshot: a.Snapshot()}}
	out := []*gql.Doubt{}
	for _, d := range doubts[:min(n, len(doubts))] {
		v := &gql.Doubt{Type: d.Relation.Type, Consumer: t.ci(d.Relation.From), Provider: t.ci(d.Relation.To), Band: d.Band,
			IfTrue: t.flips(d.IfTrue), IfFalse: t.flips(d.IfFalse), Text: t.words.Doubt(d)}
		if g := d.Relation.Group(); g != "" {
			v.Requirement = &g
		}
		if d.Relation.Qualifier != "" {
			v.Qualifier = &d.Relation.Qualifier
		}
		out = append(out, v)
	}
	return out, prefetch(ctx, t.cis...)
}

func (assessment) VerifyFirstComplete(ctx context.Context, a *view.Assessment) (bool, error) {
	_, complete, err := verifyFirst(ctx, a)
	return complete, err
}

// verifyFirst is worked out once an answer: a greedy choice of many begins with that
// of few.
func verifyFirst(ctx context.Context, a *view.Assessment) ([]graph.Doubt, bool, error) {
	a.Doubts.Lock()
	defer a.Doubts.Unlock()
	if !a.Doubts.Known {
		weights, err := criticalities(ctx, a)
		if err != nil {
			return nil, false, err
		}
		a.Doubts.List, a.Doubts.Complete = a.Assessment.VerifyFirst(maxVerifyFirst, func(id graph.ID) int { return weights[id] })
		a.Doubts.Known = true
	}
	return a.Doubts.List, a.Doubts.Complete, nil
}

func (t *telling) flips(list []graph.Flip) []*gql.Flip {
	out := []*gql.Flip{}
	for _, f := range list {
		out = append(out, &gql.Flip{CI: t.ci(f.CI), From: f.From, To: f.To})
	}
	return out
}

// criticalityWeights are what a service counts by how much the business depends on
// it; one of which nobody said it counts like MEDIUM.
var criticalityWeights = map[string]int{"CRITICAL": 1000, "HIGH": 100, "MEDIUM": 10, "LOW": 1}

// criticalities are the weights of the services that a scenario reaches.
func criticalities(ctx context.Context, a *view.Assessment) (map[graph.ID]int, error) {
	keep := view.Services(a.Snapshot())
	var services []*view.CI
	for _, id := range a.Reached() {
		if keep(a.Snapshot().Ref(id).Class) {
			services = append(services, a.At(id))
		}
	}
	if err := prefetchRecords(ctx, services); err != nil {
		return nil, err
	}
	out := map[graph.ID]int{}
	for _, ci := range services {
		out[ci.Number] = criticalityWeights["MEDIUM"]
		if c := ci.Attribute(view.Criticality); c != nil && criticalityWeights[*c] > 0 {
			out[ci.Number] = criticalityWeights[*c]
		}
	}
	return out, nil
}

func (assessment) CountsIn(_ context.Context, a *view.Assessment, world graph.World) (*graph.Counts, error) {
	c := a.Assessment.CountsIn(world)
	return &c, nil
}

func (assessment) Failovers(ctx context.Context, a *view.Assessment) ([]*gql.FailoverEntry, error) {
	t := &telling{a: a}
	out := []*gql.FailoverEntry{}
	all := a.Assessment.Failovers()
	for _, f := range all[:min(maxPage, len(all))] {
		v := &gql.FailoverEntry{CI: t.ci(f.Requirement.Consumer), Requirement: f.Requirement.Name, From: t.ci(f.From), To: t.ci(f.To), Lasts: f.Lasts}
		if !f.At.IsZero() {
			v.At = &f.At
		}
		out = append(out, v)
	}
	return out, prefetch(ctx, t.cis...)
}
