package guard

import (
	"math"
	"strconv"

	"github.com/faultline-itsm/faultline/internal/limit"
)

// Limits bound a document. Zero is the default.
type Limits struct {
	Size       int // bytes
	Tokens     int // comments included
	Name       int // bytes of a name
	Nesting    int // lists and objects within a value
	Values     int // JSON values of a request, in objects and lists
	Elements   int // of one list or object of a request
	Operations int
	Fragments  int
	Depth      int
	Fields     int // fields, spreads and inline fragments, each fragment as often as it is spread
	RootFields int
	Aliases    int
	Directives int
	Repeats    int // of one response key, merged as the answer merges them
	Errors     int // told of one document
	Cost       int
}

// Rows is the table of all of them. The ranges are what a service can bear: beyond
// them a document costs seconds or gigabytes, below them no tool works.
var Rows = []limit.Row[Limits]{
	limit.New("document.size", limit.Bytes, 64<<10, 1<<10, 1<<20, "bytes of a document", func(l *Limits) limit.Cell { return limit.In(&l.Size) }),
	limit.New("document.tokens", limit.Count, 2_000, 100, 50_000, "tokens of a document, comments included", func(l *Limits) limit.Cell { return limit.In(&l.Tokens) }),
	limit.New("document.name", limit.Bytes, 128, 32, 1<<10, "bytes of a name", func(l *Limits) limit.Cell { return limit.In(&l.Name) }),
	limit.New("document.nesting", limit.Count, 32, 4, 100, "lists and objects inside one another in a value, in the document or in the variables", func(l *Limits) limit.Cell { return limit.In(&l.Nesting) }),
	limit.New("document.values", limit.Count, 40_000, 100, 1_000_000, "JSON values of a request, variables included; an object counts 5 beside its fields", func(l *Limits) limit.Cell { return limit.In(&l.Values) }),
	limit.New("document.elements", limit.Count, 2_000, 100, 100_000, "elements of one list or object in the variables", func(l *Limits) limit.Cell { return limit.In(&l.Elements) }),
	limit.New("document.operations", limit.Count, 10, 1, 100, "operations of a document", func(l *Limits) limit.Cell { return limit.In(&l.Operations) }),
	limit.New("document.fragments", limit.Count, 50, 10, 500, "fragments of a document", func(l *Limits) limit.Cell { return limit.In(&l.Fragments) }),
	limit.New("document.depth", limit.Count, 12, 6, 50, "fields inside one another; ofType counts nothing", func(l *Limits) limit.Cell { return limit.In(&l.Depth) }),
	limit.New("document.fields", limit.Count, 500, 100, 5_000, "selections of an operation, fragments as often as they are spread", func(l *Limits) limit.Cell { return limit.In(&l.Fields) }),
	limit.New("document.root-fields", limit.Count, 20, 1, 200, "fields of an operation's root", func(l *Limits) limit.Cell { return limit.In(&l.RootFields) }),
	limit.New("document.aliases", limit.Count, 50, 1, 500, "aliases of an operation", func(l *Limits) limit.Cell { return limit.In(&l.Aliases) }),
	limit.New("document.directives", limit.Count, 20, 1, 200, "directives of an operation", func(l *Limits) limit.Cell { return limit.In(&l.Directives) }),
	limit.New("document.repeats", limit.Count, 32, 2, 200, "selections of one response key at one place of the answer", func(l *Limits) limit.Cell { return limit.In(&l.Repeats) }),
	limit.New("document.errors", limit.Count, 10, 1, 100, "errors told of one document", func(l *Limits) limit.Cell { return limit.In(&l.Errors) }),
	limit.New("document.cost", limit.Count, 10_000, 1_000, 10_000_000, "cost of an operation", func(l *Limits) limit.Cell { return limit.In(&l.Cost) }),
}

// Filled is the limits with the defaults where they say nothing.
func (l Limits) Filled() Limits {
	limit.Fill(Rows, &l)
	return l
}

// count writes a saturated sum.
func count(n int) string {
	if n == math.MaxInt {
		return "countless"
	}
	return strconv.Itoa(n)
}

// plus and times saturate: a sum that wrapped around would let everything pass.
func plus(a, b int) int {
	if a > math.MaxInt-b {
		return math.MaxInt
	}
	return a + b
}

func times(a, b int) int {
	if a != 0 && b > math.MaxInt/a {
		return math.MaxInt
	}
	return a * b
}
