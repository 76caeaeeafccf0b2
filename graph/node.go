package graph

import "time"

// Node is the full record of a CI (or, later, of an ITSM record). Stores keep
// it; a Snapshot holds only its topology and hot columns. Treat records as
// immutable: whoever changes one makes a copy.
type Node struct {
	ID      ID
	Ref     Ref      // while retired: the ref it had, which another may take
	Version int64    // starts at 1, rises when an effective value changes
	Created Revision // of the commit that made it
	Changed Revision // of the last commit that changed the record
	Retired bool     // a tombstone: relations stay, consumers see it DOWN
	Stub    bool     // made for a dangling relation, nobody described it yet
	Aliases []Ref    // former refs, oldest first
	Keys    []Key    // by source, value
	Claims  []Claim  // by source, at most one a source
	Pins    []Pin    // by attribute; the impact pin has attribute ""
}

// Claim is what one source says about one node.
type Claim struct {
	Source string
	Evidence
	Attributes map[string]Value // never holds the zero Value
}

// Evidence says how a fact came to be known. ObservedAt, Run do not count when a
// repeated claim is compared with what is stored.
type Evidence struct {
	Method      Method
	ObservedAt  time.Time // zero where nobody said
	ConfirmedBy string    // a person, or ""
	Run         string    // the sync run that said it, or ""
}

// Method is how a source came to know a fact.
type Method uint8

// Unstated means Declared; it is kept apart so that an export writes only what
// the input said.
const (
	Unstated Method = iota
	Declared
	Discovered
	Observed
	Inferred
)

var methodNames = enumNames{"evidence method", []string{"", "DECLARED", "DISCOVERED", "OBSERVED", "INFERRED"}}

func (m Method) String() string                { return methodNames.name(uint8(m)) }
func (m Method) MarshalText() ([]byte, error)  { return []byte(m.String()), nil }
func (m *Method) UnmarshalText(b []byte) error { return methodNames.read(b, (*uint8)(m)) }

// Pin holds a value against all sources, or (Attribute "") states "verified not
// impacted": for such a CI only its own effects count.
type Pin struct {
	Attribute string
	Value     Value
	Author    string
	Reason    string
	Expires   time.Time // zero: never
}

// Relation is the full record of one relation, consumer to provider.
type Relation struct {
	RelationKey
	Version int64
	Created Revision
	Changed Revision
	Claims  []RelationClaim // by source, at least one
}

// RelationKey identifies a relation. Requirement and Qualifier are usually
// empty; the qualifier tells parallel relations apart (two cables).
type RelationKey struct {
	From        ID // the consumer
	Type        string
	To          ID // the provider
	Requirement string
	Qualifier   string
}

// RelationClaim is what one source says about one relation.
type RelationClaim struct {
	Source string
	Evidence
	RelationProps
}

// RelationProps are the properties that a source may state. Nil or zero is
// "not stated": the type's default holds.
type RelationProps struct {
	Transfer           *Transfer
	Grace              time.Duration // how long the consumer survives; 0 is none
	Phase              Phase
	Capacity           *int64
	Weight             *float64
	ValidFrom, ValidTo time.Time // half-open UTC; zero: unbounded

	// Facts are what a record says about the CI: the effect of a change on it and
	// when. Only types that declare them ([Facts]) have any; never the zero Value.
	Facts map[string]Value
}

// Phase says when the consumer needs the provider.
type Phase uint8

// UnstatedPhase means Run.
const (
	UnstatedPhase Phase = iota
	RunPhase
	StartPhase // only to start: a licence server, an image registry
)

var phaseNames = enumNames{"phase", []string{"", "RUN", "START"}}

func (p Phase) String() string                { return phaseNames.name(uint8(p)) }
func (p Phase) MarshalText() ([]byte, error)  { return []byte(p.String()), nil }
func (p *Phase) UnmarshalText(b []byte) error { return phaseNames.read(b, (*uint8)(p)) }

// RequirementKey identifies a requirement: it belongs to its consumer.
type RequirementKey struct {
	Consumer ID
	Name     string
}

// Requirement is a redundancy group of one consumer: how many of its members
// must deliver.
type Requirement struct {
	RequirementKey
	Rule          Rule
	K             int  // for AT_LEAST
	Percent       int  // for PERCENT, 1 to 100, of the designed size
	DesignedSize  int  // 0 where nobody gave it: then Greatest counts
	Greatest      int  // the greatest membership ever committed
	SpareRequired *int // nil: min(1, max(0, N-k))
	RuleDetails
	// ByRule says that a RedundancyRule of the consumer's class made it, where
	// nobody wrote one. Its members are then the consumer's relations outside
	// requirements of type MemberType to providers of class MemberClass (or any),
	// so importing the same relations again changes nothing.
	ByRule                  bool
	MemberType, MemberClass string
	Version                 int64
	Created                 Revision
	Changed                 Revision
}

// Size is N: the designed size, else the greatest membership ever committed.
func (r *Requirement) Size() int {
	if r.DesignedSize > 0 {
		return r.DesignedSize
	}
	return r.Greatest
}

// Needed is k for a size N, by the requirement's rule (impact-semantics.md,
// section 4).
func (r *Requirement) Needed() int { return r.Rule.Needed(r.Size(), r.K, r.Percent) }

// Spare is how many members above k must deliver before the requirement stops
// being AT_RISK.
func (r *Requirement) Spare() int {
	if r.SpareRequired != nil {
		return *r.SpareRequired
	}
	return min(1, max(0, r.Size()-r.Needed()))
}

// Rule is how a requirement counts its members.
type Rule uint8

// The rules of this version.
const (
	All Rule = iota
	Any
	AtLeast
	Percent
	ActivePassive // as Any, with a time for going over to another member
	Capacity      // enough capacity for a demand
	Reaches       // a path over a plane to one of some targets
)

var ruleNames = enumNames{"requirement rule", []string{"ALL", "ANY", "AT_LEAST", "PERCENT", "ACTIVE_PASSIVE", "CAPACITY", "REACHES"}}

func (r Rule) String() string                { return ruleNames.name(uint8(r)) }
func (r Rule) MarshalText() ([]byte, error)  { return []byte(r.String()), nil }
func (r *Rule) UnmarshalText(b []byte) error { return ruleNames.read(b, (*uint8)(r)) }

// Needed is k for a designed size n; 0 for CAPACITY and REACHES, which do not count members.
func (r Rule) Needed(n, k, percent int) int {
	switch r {
	case All:
		return n
	case Any, ActivePassive:
		return 1
	case Percent:
		return max(1, (percent*n+99)/100)
	}
	return k
}
