package graph

import (
	"iter"
	"time"
)

// EffectKind is what a change, or a failure, does to one CI.
type EffectKind uint8

// The effects of impact-semantics.md, section 5.
const (
	Outage      EffectKind = iota // DOWN
	Degradation                   // DEGRADED
	Failover                      // AT_RISK
	Restart                       // DOWN while it restarts
	Remove                        // DOWN for good: removing a CI never improves its consumers
)

var effectNames = enumNames{"effect", []string{"OUTAGE", "DEGRADATION", "FAILOVER", "RESTART", "REMOVE"}}

func (k EffectKind) String() string                { return effectNames.name(uint8(k)) }
func (k EffectKind) MarshalText() ([]byte, error)  { return []byte(k.String()), nil }
func (k *EffectKind) UnmarshalText(b []byte) error { return effectNames.read(b, (*uint8)(k)) }

// State is the CI's own state while the effect lasts.
func (k EffectKind) State() State {
	switch k {
	case Degradation:
		return Degraded
	case Failover:
		return AtRisk
	}
	return Down
}

// OwnEffect is one effect on one CI, for as long as it lasts.
type OwnEffect struct {
	CI          ID
	Kind        EffectKind
	From, Until time.Time // half-open; zero: as long as the window
	// Party is the change that the effect belongs to; effects without one are each
	// a party of their own.
	Party string
}

// Scenario is a question: what if all of these hold at once? Several effects are
// solved together, never as a union of single runs.
type Scenario struct {
	Effects []OwnEffect
	// Context are effects that hold anyway, in baseline and scenario: open outages,
	// other changes that are scheduled. What they do is not blamed on the scenario.
	Context []OwnEffect
	// Excluded are CIs that somebody says the scenario does not touch: relations do
	// not raise them above the baseline, only effects of their own do.
	Excluded []ID
	// Patch is a checked batch (Plan.Changes) that the scenario applies to the
	// graph. CIs that only the patch creates have the ids that the plan gave them.
	Patch []Change
}

// all are the effects, then those of the context.
func (sc *Scenario) all() iter.Seq[OwnEffect] {
	return func(yield func(OwnEffect) bool) {
		for _, list := range [2][]OwnEffect{sc.Effects, sc.Context} {
			for _, e := range list {
				if !yield(e) {
					return
				}
			}
		}
	}
}

// Options bound and date an assessment.
type Options struct {
	Now    time.Time // the clock of the request: evidence is as of then
	Budget int       // relations to evaluate at most; of one instant, beyond the baseline; 0: no bound
	// Window is the time to look at. Without one, the answer is that of one
	// instant: every effect starts now and has no end, all grace has elapsed.
	Window *Window
	// Focus narrows the answer down to what effects on some CIs can make worse; nil: it is
	// about all. There is a window then and no patch, and the focus was made for such
	// scenarios on this graph.
	Focus *Focus
	// World is whose baseline and scenario the lists, counts and proofs are of.
	World World
}

// Link is one relation as a snapshot knows it.
type Link struct {
	RelationKey
	ByRule   string   // the requirement that a class rule put it in, or ""
	Transfer Transfer // effective
	Phase    Phase    // effective
	Grace    time.Duration
	Dated    bool // it has a validity interval
	sure     certainty
	capacity int64 // -1: not stated
}

// Band is how sure it is that the relation is as recorded, as of now.
func (l Link) Band(now time.Time) Band { return l.sure.band(now) }

// Group is the requirement that the relation counts in: its own, or by rule, or "".
func (l Link) Group() string {
	if l.Requirement != "" {
		return l.Requirement
	}
	return l.ByRule
}

// Counts are how many CIs rose, by the state they rose to.
type Counts struct{ Down, Degraded, AtRisk int }

// Total is the size of the blast radius.
func (c Counts) Total() int { return c.Down + c.Degraded + c.AtRisk }

// Impacted is one CI that rose.
type Impacted struct {
	CI       ID
	From, To State // baseline and scenario
	Distance int   // fewest relations from an effect through CIs that rose; 0: it has an effect itself
}

// JustificationKind says what made a CI rise.
type JustificationKind uint8

// The justifications of impact-semantics.md, section 7, and the two own causes
// that are not effects.
const (
	ByEffect      JustificationKind = iota // an effect of the scenario
	ByLifecycle                            // its lifecycle is other than LIVE and IN_TEST
	ByRetirement                           // it is retired
	ByRelation                             // a single relation passed it on
	ByRequirement                          // a requirement failed or lost its spare
)

var justificationNames = enumNames{"justification", []string{"EFFECT", "LIFECYCLE", "RETIRED", "RELATION", "REQUIREMENT"}}

func (k JustificationKind) String() string { return justificationNames.name(uint8(k)) }

// Justification is one rise and its cause. In a proof each cites only earlier
// ones, so they form a DAG, on cyclic graphs too.
type Justification struct {
	CI          ID
	State       State // it rose to
	Kind        JustificationKind
	Effect      EffectKind        // ByEffect
	Lifecycle   Lifecycle         // ByLifecycle
	Relation    Link              // ByRelation
	Provider    State             // ByRelation: the provider's state that was passed on
	Requirement *RequirementState // ByRequirement
	Baseline    bool              // it was so before the scenario
}

// RequirementState is how a requirement stands.
type RequirementState struct {
	Requirement Requirement
	State       State
	K, N, Size  int // needed, members now, designed size
	Delivering  int // members at AT_RISK or better, after transfer
	Spare       int // required above K
	Members     []Member
	Path        *PathState     // of REACHES, else nil; then it has no members
	Capacity    *CapacityState // of CAPACITY, else nil; then K is how many members must deliver, whichever fail
}

// PathState is how a REACHES requirement stands.
type PathState struct {
	Plane   string
	Targets []ID       // by ref
	Barrier []Obstacle // what stands in the way of a better path, by ref
}

// Obstacle is a CI that stands in the way of a path, with its state.
type Obstacle struct {
	CI    ID
	State State
}

// CapacityState is how a CAPACITY requirement stands, in units of capacity.
type CapacityState struct {
	Demand, Wanted int64 // at that time; wanted: with the headroom, rounded up
	Have, Recorded int64 // what members hold in their states, rounded down; what they hold when all are well; the greatest number where they are more
}

// Left is how many more members may fail before the requirement is short; it is
// negative where it is short already.
func (r *RequirementState) Left() int { return r.Delivering - r.K }

// Member is one relation of a requirement with what its provider passes on.
type Member struct {
	Link     Link
	Provider State // the provider's own state
	State    State // after transfer
	Band     Band  // how sure it is that it is one
}

// Proof says why a CI is in its state.
type Proof struct {
	CI       ID
	From, To State
	// Path is one shortest witness: from a CI with an effect to CI, each entry
	// passing its state on to the next.
	Path []Justification
	// Rises is the whole proof, causes before what they cause; the last is CI's.
	Rises []Justification
}

// SlackKind says why a CI did not rise.
type SlackKind uint8

// Why a CI did not rise.
const (
	NotReached  SlackKind = iota // nothing it depends on is touched
	HeldUp                       // a requirement on the way held (Holders)
	NotPassedOn                  // relations on the way pass nothing on at that state (Holders)
	HeldByPin                    // it is pinned as not impacted (Holders)
	AlreadySo                    // it was in that state before
)

var slackNames = enumNames{"slack", []string{"NOT_REACHED", "HELD_UP", "NOT_PASSED_ON", "PINNED", "ALREADY"}}

func (k SlackKind) String() string { return slackNames.name(uint8(k)) }

// Slack says what keeps a CI up.
type Slack struct {
	CI      ID
	State   State
	Kind    SlackKind
	Holders []Holder // nearest to CI first, then by ref
}

// Holder is a place where the impact stopped on its way to the CI.
type Holder struct {
	CI          ID                // the consumer that did not rise
	Kind        SlackKind         // HeldUp, NotPassedOn or HeldByPin
	Requirement *RequirementState // HeldUp: the group that held
	Relation    Link              // NotPassedOn
	Provider    State             // NotPassedOn: of the provider that was not passed on
	Ignored     bool              // NotPassedOn: the relation is not sure enough to count
	Band        Band              // NotPassedOn: how sure it is
	Lapsed      bool              // NotPassedOn: the relation is not valid at that instant
}

// BlindSpotKind says what is not known about a reached CI.
type BlindSpotKind uint8

// The blind spots of this version.
const (
	MissingRelation  BlindSpotKind = iota // its class must have a relation that it lacks: none is recorded
	EmptyRequirement                      // a requirement that never had a member
	StubCI                                // named by a relation, described by nobody
	UnstatedCapacity                      // a CAPACITY requirement with a member of which nobody says what it holds
)

var blindSpotNames = enumNames{"blind spot", []string{"MISSING_RELATION", "EMPTY_REQUIREMENT", "STUB", "UNSTATED_CAPACITY"}}

func (k BlindSpotKind) String() string { return blindSpotNames.name(uint8(k)) }

// BlindSpot is something an answer does not know.
type BlindSpot struct {
	CI          ID
	Kind        BlindSpotKind
	Missing     *RequiredLink // MissingRelation
	Requirement string        // EmptyRequirement, UnstatedCapacity
}

// AssumptionKind names what an answer takes for granted.
type AssumptionKind uint8

// The assumptions of this version.
const (
	AssumedNow           AssumptionKind = iota // one instant: effects start now and have no end
	AssumedPin                                 // a pin held a CI (CI, Text has author and reason)
	AssumedGrace                               // relations with grace are read as after it elapsed (Count)
	AssumedEvidence                            // by what rules and terms relations count
	AssumedUnderdesigned                       // a requirement with fewer members than it needs (CI, Text)
	AssumedWindow                              // the window, and that what lies outside it does not count
	AssumedNone                                // a person confirmed that a CI has no relation of a type (CI, Text)
	AssumedOutside                             // effects that lie outside the window (Count)
	AssumedUntil                               // the window was solved in part
	AssumedFailover                            // an ACTIVE_PASSIVE requirement goes over to another member (CI, Text)
	AssumedPartial                             // a source whose last import is not complete (Text)
)

var assumptionNames = enumNames{"assumption", []string{"INSTANT", "PIN", "GRACE_NOT_APPLIED", "EVIDENCE", "UNDERDESIGNED", "WINDOW", "CONFIRMED_NONE", "OUTSIDE_WINDOW", "SOLVED_UNTIL", "FAILOVER", "PARTIAL_SYNC"}}

func (k AssumptionKind) String() string { return assumptionNames.name(uint8(k)) }

// Assumption is one thing an answer takes for granted, with words for a person.
type Assumption struct {
	Kind  AssumptionKind
	CI    ID // or 0
	Count int
	Text  string
}

// CutSet is a minimal set of CIs whose outage takes a service DOWN, by ref.
type CutSet []ID

// CutSetAnswer lists the cut sets of one service.
type CutSetAnswer struct {
	Revision    Revision
	Service     ID
	Sets        []CutSet // ordered by (class, scope, name) of their members
	Size        int      // of the sets that were looked for, at most
	Candidates  int      // CIs that were considered
	AlreadyDown bool     // the service is DOWN without any effect: then Sets is empty
}
