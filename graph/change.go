package graph

import "time"

// Change is one record before and after: what an operation did, and what it
// replaced. Exactly one pair is set; a nil before is a creation, a nil after a
// removal. Changes are what a store writes, what the feed carries, what a
// snapshot applies and what the ledger's hash covers.
type Change struct {
	Op             int // index of the operation that caused it
	NodeWas        *Node
	Node           *Node
	RelationWas    *Relation
	Relation       *Relation
	RequirementWas *Requirement
	Requirement    *Requirement
	ClassWas       *Class
	Class          *Class
	TypeWas        *RelationType
	Type           *RelationType
}

// Nodes are the nodes that a change of the graph is about; of a class or a type, none.
func (c *Change) Nodes() (ids []ID) {
	for _, n := range []*Node{c.NodeWas, c.Node} {
		if n != nil {
			return []ID{n.ID}
		}
	}
	for _, r := range []*Relation{c.RelationWas, c.Relation} {
		if r != nil {
			return []ID{r.From, r.To}
		}
	}
	for _, r := range []*Requirement{c.RequirementWas, c.Requirement} {
		if r != nil {
			ids = append(append(ids, r.Consumer), r.Targets...)
		}
	}
	return ids
}

// Hash is a SHA-256.
type Hash [32]byte

// Sum is a content hash: the sum of record hashes modulo 2^256, so that it is
// updated per commit and does not depend on order.
type Sum [32]byte

// Head is the end of a ledger.
type Head struct {
	Revision Revision
	At       time.Time // of the last commit; zero for an empty ledger
	LastID   ID        // the greatest id ever assigned
	Hash     Hash      // of the last entry; zero for an empty ledger
	Content  Sum       // of all records at this revision
	OpenRuns []Run     // imports in progress or killed: the last chunk seen of each, by hash
}

// Entry is one commit of the ledger.
type Entry struct {
	Revision Revision
	At       time.Time // microseconds, UTC
	Actor    string
	Source   string
	Message  string
	Run      *Run
	Changes  []Change // in order of operations
	Previous Hash     // of the entry before, zero for the first
	Hash     Hash     // over Previous and all of the above
	Content  Sum      // of all records after this entry
}

// Outcome is what became of one operation.
type Outcome uint8

// The outcomes. Unchanged writes nothing.
const (
	Unchanged Outcome = iota
	Created
	Updated
	Removed
)

var outcomeNames = enumNames{"outcome", []string{"UNCHANGED", "CREATED", "UPDATED", "REMOVED"}}

func (o Outcome) String() string { return outcomeNames.name(uint8(o)) }

// MarshalText is String.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (o *Outcome) UnmarshalText(b []byte) error { return outcomeNames.read(b, (*uint8)(o)) }

// Effect says what one operation of a batch did, or would do.
type Effect struct {
	Outcome Outcome
	ID      ID     // of the node it was about (the consumer for relations and requirements)
	Version int64  // of the record it was about, after it
	Note    string // an advisory for the person, or ""
}

// Plan is a checked batch: what it would change at the head it was checked on.
type Plan struct {
	Changes []Change // empty: nothing to write
	Effects []Effect // one an operation, in order
	LastID  ID       // the greatest id assigned, after it
}
