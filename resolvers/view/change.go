package view

import (
	"slices"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/itsm"
	"github.com/faultline-itsm/faultline/internal/itsm/change"
)

// Change is a request for change at a snapshot.
type Change struct {
	Of       *change.Change
	Snapshot *graph.Snapshot
}

// IsNode marks what has a global id.
func (*Change) IsNode() {}

// ID is the global id.
func (c *Change) ID() string { return EncodeID(c.Of.ID) }

// Number is for people.
func (c *Change) Number() string { return c.Of.Number }

// Version rises with each edit.
func (c *Change) Version() int { return int(c.Of.Version) }

// ContentVersion rises with each edit that voids decisions.
func (c *Change) ContentVersion() int { return int(c.Of.Content) }

// Type is how it is decided.
func (c *Change) Type() string { return c.Of.Type }

// State is where it stands.
func (c *Change) State() string { return c.Of.State() }

// Title is what it is about.
func (c *Change) Title() string { return c.Of.Title }

// Description is what it is about, for people.
func (c *Change) Description() *string { return text(c.Of.Text("description")) }

// Requester wants it.
func (c *Change) Requester() string { return c.Of.Requester }

// Implementer carries it out.
func (c *Change) Implementer() *string { return text(c.Of.Implementer) }

// Model is the change model that it follows.
func (c *Change) Model() *string { return text(c.Of.Text("model")) }

// Authors made an edit that voids decisions.
func (c *Change) Authors() []string {
	if c.Of.Authors == nil {
		return []string{}
	}
	return c.Of.Authors
}

// PlannedStart is when it is planned to begin.
func (c *Change) PlannedStart() *time.Time { return instant(c.Of.From) }

// PlannedEnd is when it is planned to end.
func (c *Change) PlannedEnd() *time.Time { return instant(c.Of.Until) }

// ActualStart is when it began.
func (c *Change) ActualStart() *time.Time { return instant(c.Of.Time("actual_start")) }

// ActualEnd is when it ended.
func (c *Change) ActualEnd() *time.Time { return instant(c.Of.Time("actual_end")) }

// ImplementationPlan is how it is carried out.
func (c *Change) ImplementationPlan() *string { return text(c.Of.Text("implementation_plan")) }

// BackoutPlan is how it is undone.
func (c *Change) BackoutPlan() *string { return text(c.Of.Text("backout_plan")) }

// TestPlan is how one sees that it worked.
func (c *Change) TestPlan() *string { return text(c.Of.Text("test_plan")) }

// Patch is what it changes in the graph.
func (c *Change) Patch() any {
	var out any
	if !c.Of.Patch().Document(&out) {
		return nil
	}
	return inWords(out)
}

// inWords is a patch with its lengths of time as they are written in one: it is kept as
// it was read, in nanoseconds.
func inWords(x any) any {
	switch x := x.(type) {
	case []any:
		for k := range x {
			x[k] = inWords(x[k])
		}
	case map[string]any:
		for name, v := range x {
			n, number := v.(float64)
			if number && (name == "grace" || name == "failover") {
				x[name] = graph.FormatDuration(time.Duration(n))
				continue
			}
			x[name] = inWords(v)
		}
	}
	return x
}

// PatchApplied says whether the graph has it.
func (c *Change) PatchApplied() bool { return c.Of.Values["patch_applied"].Bool() }

// StaleSince is since when it is known to break more than what was decided on.
func (c *Change) StaleSince() *time.Time { return instant(c.Of.Time("stale_since")) }

// StaleBecause is why.
func (c *Change) StaleBecause() []string {
	if why := c.Of.Texts("stale_because"); why != nil {
		return why
	}
	return []string{}
}

// ClosureCode is how it went.
func (c *Change) ClosureCode() *string { return text(c.Of.Text("closure_code")) }

// BackedOut says whether it was undone.
func (c *Change) BackedOut() bool { return c.Of.Values["backed_out"].Bool() }

// OutsideWindow says whether it was begun outside its window.
func (c *Change) OutsideWindow() bool { return c.Of.Values["outside_window"].Bool() }

// Reason is why it was rejected, canceled or begun outside its window.
func (c *Change) Reason() *string { return text(c.Of.Text("reason")) }

// Review is what the post-implementation review says.
func (c *Change) Review() *string { return text(c.Of.Text("review")) }

// ReviewScore is what was predicted against what was observed.
func (c *Change) ReviewScore() *change.Score {
	var s change.Score
	if !c.Of.Values["score"].Document(&s) {
		return nil
	}
	return &s
}

// AffectedCI is what a change does to one CI.
type AffectedCI struct {
	change.Affected
	CI *CI
}

// Effect is what is done to it.
func (a AffectedCI) Effect() *graph.EffectKind {
	if a.Affected.Excluded {
		return nil
	}
	return &a.Kind
}

// From is since when.
func (a AffectedCI) From() *time.Time { return instant(a.Affected.From) }

// Until is until when.
func (a AffectedCI) Until() *time.Time { return instant(a.Affected.Until) }

// Excluded says that the change does not touch it.
func (a AffectedCI) Excluded() bool { return a.Affected.Excluded }

// Reason is why somebody says so.
func (a AffectedCI) Reason() *string { return text(a.Affected.Reason) }

// Author says so.
func (a AffectedCI) Author() *string { return text(a.Affected.Author) }

// Expires is until when an exclusion holds.
func (a AffectedCI) Expires() *time.Time { return instant(a.Affected.Expires) }

// Approver may decide.
type Approver struct{ change.Approver }

// Name is a person or team.
func (a Approver) Name() *string { return text(a.Approver.Name) }

// Role is a role.
func (a Approver) Role() *string { return text(a.Approver.Role) }

func approvers(list []change.Approver) []Approver {
	out := make([]Approver, len(list))
	for i, a := range list {
		out[i] = Approver{a}
	}
	return out
}

// Vote is one person's decision.
type Vote struct {
	change.Vote
	Counts bool
}

// Assessment is the one that was seen.
func (v Vote) Assessment() *string { return text(v.Vote.Assessment) }

// OnBehalfOf is in whose place.
func (v Vote) OnBehalfOf() *string { return text(v.For) }

// Comment is why.
func (v Vote) Comment() *string { return text(v.Vote.Comment) }

// Approval is who decides on a change, and whether that holds.
type Approval struct {
	Quorum       *int
	Approvals    int
	Missing      []string
	Approvers    []Approver
	Votes        []Vote
	Stale        bool
	StaleBecause []string
	ConfirmedAt  graph.Revision
}

// Comment is what somebody said.
type Comment struct {
	Author, Text string
	At           time.Time
}

// Sealed is a sealed assessment.
type Sealed struct{ Of *change.Sealed }

// Number names it.
func (s *Sealed) Number() string { return s.Of.Number }

// Revision is that of the graph that was assessed.
func (s *Sealed) Revision() graph.Revision { return s.Of.Revision }

// ContentVersion is that of the change.
func (s *Sealed) ContentVersion() int { return int(s.Of.Content) }

// At is when.
func (s *Sealed) At() time.Time { return s.Of.At }

// By is who asked.
func (s *Sealed) By() string { return s.Of.By }

// Engine is its version.
func (s *Sealed) Engine() string { return s.Of.Engine }

// Verdict is it in one sentence.
func (s *Sealed) Verdict() string { return s.Of.Result.Verdict }

// Complete says whether everything was looked at.
func (s *Sealed) Complete() bool { return s.Of.Result.Complete }

// Counts are how many CIs get worse.
func (s *Sealed) Counts() change.Counts { return s.Of.Result.Counts }

// Services change their state during the window.
func (s *Sealed) Services() []change.ServiceImpact { return s.Of.Result.Services }

// After are left worse.
func (s *Sealed) After() []change.ServiceImpact { return s.Of.Result.After }

// Conflicts are what it collides with.
func (s *Sealed) Conflicts() []change.Conflict { return s.Of.Result.Conflicts }

// Risk is how risky it is.
func (s *Sealed) Risk() change.Risk { return s.Of.Result.Risk }

// Approvers decide.
func (s *Sealed) Approvers() []Approver { return approvers(s.Of.Result.Approvers) }

// Quorum is how many approvals it takes.
func (s *Sealed) Quorum() int { return s.Of.Result.Quorum }

// Audience notices.
func (s *Sealed) Audience() []change.Contact { return s.Of.Result.Audience }

// Unknown is what is not known, in words.
func (s *Sealed) Unknown() []string { return append([]string{}, s.Of.Result.Unknown...) }

// Assumptions are what is taken for granted, in words.
func (s *Sealed) Assumptions() []string { return append([]string{}, s.Of.Result.Assumed...) }

// BlindSpots are how many there are.
func (s *Sealed) BlindSpots() int { return s.Of.Result.BlindSpots }

// PossibleOnly are CIs that get worse only if all that is recorded counts.
func (s *Sealed) PossibleOnly() int { return s.Of.Result.Unproven }

// NotAssessed is what was not looked at.
func (s *Sealed) NotAssessed() []string { return s.Of.Result.Missing }

// Margin is the least slack of a service that it hits.
func (s *Sealed) Margin() int { return s.Of.Result.Margin }

// Rules are the policies as they were applied.
func (s *Sealed) Rules() []change.Rule { return s.Of.Result.Rules }

// Model is the change's model as it was applied.
func (s *Sealed) Model() *change.Rule { return s.Of.Result.Model }

// Scenario is what was assessed.
func (s *Sealed) Scenario() any { return s.Of.Scenario }

// Seal is the hash over it.
func (s *Sealed) Seal() string { return s.Of.Seal }

// NewApproval says who decides, by what was found and who voted.
func NewApproval(sealed *change.Sealed, votes, counting []change.Vote) *Approval {
	out := &Approval{Approvers: []Approver{}, Votes: []Vote{}, StaleBecause: []string{}, Missing: []string{}}
	if sealed != nil {
		out.Missing = append(out.Missing, sealed.Result.Lacks(counting)...)
		out.Quorum, out.Approvers = &sealed.Result.Quorum, approvers(sealed.Result.Approvers)
	}
	for _, v := range votes {
		counts := slices.ContainsFunc(counting, func(c change.Vote) bool { return c.Number == v.Number })
		if counts && v.Approved {
			out.Approvals++
		}
		out.Votes = append(out.Votes, Vote{v, counts})
	}
	return out
}

// RiskFactor is one reason for a risk.
type RiskFactor = change.Factor

// Outage is a CI that does not deliver.
type Outage struct {
	Of *itsm.Record
	CI *CI
}

// IsNode marks what has a global id.
func (*Outage) IsNode() {}

// ID is the global id.
func (o *Outage) ID() string { return EncodeID(o.Of.ID) }

// Number is for people.
func (o *Outage) Number() string { return o.Of.Number }

// Effect is what it does to the CI.
func (o *Outage) Effect() graph.EffectKind {
	var k graph.EffectKind
	_ = k.UnmarshalText([]byte(o.Of.Text("effect"))) // an outage where it says none
	return k
}

// From is since when.
func (o *Outage) From() time.Time { return o.Of.Time("from") }

// Until is until when.
func (o *Outage) Until() *time.Time { return instant(o.Of.Time("until")) }

// Reporter says so.
func (o *Outage) Reporter() string { return o.Of.Text("reporter") }

// Title is what it is about.
func (o *Outage) Title() *string { return text(o.Of.Text("title")) }

// ChangePayload is what became of a change.
type ChangePayload struct {
	Revision graph.Revision
	Change   *Change
	Errors   []UserError
	Query    Query
}

// OutagePayload is what became of an outage.
type OutagePayload struct {
	Revision graph.Revision
	Outage   *Outage
	Errors   []UserError
	Query    Query
}
