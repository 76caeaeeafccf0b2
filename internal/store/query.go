package store

import "github.com/faultline-itsm/faultline/graph"

// Filter is a tree of tests; of its fields exactly one is set. Comparison is
// case-sensitive, by code points, the same on every store. A test on an
// attribute that the node does not have is false (IsNull is true).
type Filter struct {
	And  []Filter
	Or   []Filter
	Not  *Filter
	Test *Test
}

// Test compares one field with values.
type Test struct {
	Field     Field
	Attribute string // for Attribute: its name
	Op        Op
	Values    []graph.Value // one; any number for In; none for IsNull
}

// Field is what can be filtered and ordered on.
type Field uint8

// The fields of a node.
const (
	Name Field = iota
	Scope
	Class
	RefField  // class, scope, name
	Attribute // an effective attribute, see graph.AttributeDef.Indexed
	Changed   // the revision of the last change
)

// Op is an operator.
type Op uint8

// The operators.
const (
	Eq Op = iota
	In
	StartsWith
	Contains
	Lt
	Lte
	Gt
	Gte
	IsNull
)

// Order is one sort key; nulls come last in both directions.
type Order struct {
	Field      Field
	Attribute  string
	Descending bool
}

// Cursor is the place of a row in an order: its sort key values, then its id.
type Cursor struct {
	Keys []graph.Value // one an Order; the zero Value for a null
	ID   graph.ID
}

// MaxUnindexed is how many nodes a class may have for an attribute that is not
// indexed to be filtered or ordered on; above it Find answers LimitExceeded and
// names the attribute.
const MaxUnindexed = 50_000
