package view

import (
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// Assessment is a solved scenario.
type Assessment struct {
	*graph.Assessment
	// Token names this answer in cursors, Scenario what was asked.
	Token, Scenario string
	// Base is the snapshot without the scenario's patch.
	Base *graph.Snapshot
	// Patch is what the scenario's patch leaves, or nil.
	Patch *Patch
}

// Revision is that of the graph that was assessed.
func (a *Assessment) Revision() graph.Revision { return a.Base.Revision() }

// At is a CI of the assessed graph.
func (a *Assessment) At(id graph.ID) *CI { return At(id, a.Snapshot(), a.Patch) }

// Summary is the verdict in one sentence.
func (a *Assessment) Summary() string { return Verdict(a.Assessment) }

// Impacted is a CI that got worse.
type Impacted struct {
	graph.Impacted
	CI         *CI
	Assessment *Assessment
}

// Certain is its state with only what is confirmed.
func (i Impacted) Certain() graph.State { return i.Assessment.In(graph.Certain, i.CI.Number) }

// Possible is its state with all that is recorded.
func (i Impacted) Possible() graph.State { return i.Assessment.In(graph.Possible, i.CI.Number) }

// After is how long after the effect it gets worse: not known without grace.
func (i Impacted) After() *time.Duration { return nil }

// Because is the last step in words.
func (i Impacted) Because() string {
	if j, ok := i.Assessment.Cause(i.CI.Number); ok {
		return Words{i.Assessment.Snapshot()}.Step(j)
	}
	return ""
}

// ImpactedService is a service that got worse.
type ImpactedService struct{ Impacted }

// Criticality is the attribute that says how much the business depends on it.
const Criticality = "business_criticality"

// BusinessCriticality is where somebody said so.
func (i ImpactedService) BusinessCriticality() *string { return i.CI.Attribute(Criticality) }
