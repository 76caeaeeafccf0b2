package view

import (
	"sync"
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
	// Doubts are the relations to verify first, once somebody has asked.
	Doubts Doubts
}

// Doubts are worked out once.
type Doubts struct {
	sync.Mutex
	Known, Complete bool
	List            []graph.Doubt
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

// After is how long after the start it gets to its worst.
func (i Impacted) After() *time.Duration {
	if d, ok := i.Assessment.After(i.CI.Number); ok {
		return &d
	}
	return nil
}

// Timeline is the window by its states.
func (i Impacted) Timeline() []StateInterval {
	out := []StateInterval{}
	for _, x := range i.Assessment.Timeline(i.CI.Number) {
		out = append(out, StateInterval{From: x.From, Until: instant(x.Until), State: x.Scenario, Baseline: x.Baseline})
	}
	return out
}

// Lasts is how long it is worse than without the scenario.
func (i Impacted) Lasts() *StateDurations {
	line := i.Assessment.Timeline(i.CI.Number)
	if len(line) == 0 {
		return nil
	}
	out := &StateDurations{}
	for _, x := range line {
		if x.Scenario <= x.Baseline {
			continue
		}
		if x.Until.IsZero() {
			return nil
		}
		switch x.Scenario {
		case graph.AtRisk:
			out.AtRisk += x.Lasts()
		case graph.Degraded:
			out.Degraded += x.Lasts()
		case graph.Down:
			out.Down += x.Lasts()
		}
	}
	return out
}

// Alone are the changes that, each by itself, bring it to its worst.
func (i Impacted) Alone() []string {
	if out := i.Assessment.Joint().Alone(i.CI.Number); out != nil {
		return out
	}
	return []string{}
}

// StateInterval is a part of a CI's time.
type StateInterval struct {
	From            time.Time
	Until           *time.Time
	State, Baseline graph.State
}

// StateDurations are how long a CI is in each state.
type StateDurations struct{ AtRisk, Degraded, Down time.Duration }

// Window is the time that was looked at.
type Window struct {
	From  time.Time
	Until *time.Time
}

// Window is nil for one instant.
func (a *Assessment) Window() *Window {
	if w := a.Assessment.Window(); w != nil {
		return &Window{From: w.From, Until: instant(w.Until)}
	}
	return nil
}

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
