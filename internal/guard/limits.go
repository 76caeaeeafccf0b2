package guard

import (
	"math"
	"strconv"

	"github.com/faultline-itsm/faultline/graph"
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

// Setting is a limit for people.
type Setting struct{ Name, Value, Meaning string }

// limits is the table of all of them: name, default, meaning.
var limits = []struct {
	name    string
	value   int
	meaning string
	of      func(*Limits) *int
}{
	{"document.size", 64 << 10, "bytes of a document", func(l *Limits) *int { return &l.Size }},
	{"document.tokens", 2_000, "tokens of a document, comments included", func(l *Limits) *int { return &l.Tokens }},
	{"document.name", 128, "bytes of a name", func(l *Limits) *int { return &l.Name }},
	{"document.nesting", 32, "lists and objects inside one another in a value, in the document or in the variables", func(l *Limits) *int { return &l.Nesting }},
	{"document.values", 40_000, "JSON values of a request, variables included; an object counts 5 beside its fields", func(l *Limits) *int { return &l.Values }},
	{"document.elements", 2_000, "elements of one list or object in the variables", func(l *Limits) *int { return &l.Elements }},
	{"document.operations", 10, "operations of a document", func(l *Limits) *int { return &l.Operations }},
	{"document.fragments", 50, "fragments of a document", func(l *Limits) *int { return &l.Fragments }},
	{"document.depth", 12, "fields inside one another; ofType counts nothing", func(l *Limits) *int { return &l.Depth }},
	{"document.fields", 500, "selections of an operation, fragments as often as they are spread", func(l *Limits) *int { return &l.Fields }},
	{"document.root-fields", 20, "fields of an operation's root", func(l *Limits) *int { return &l.RootFields }},
	{"document.aliases", 50, "aliases of an operation", func(l *Limits) *int { return &l.Aliases }},
	{"document.directives", 20, "directives of an operation", func(l *Limits) *int { return &l.Directives }},
	{"document.repeats", 32, "selections of one response key at one place of the answer", func(l *Limits) *int { return &l.Repeats }},
	{"document.errors", 10, "errors told of one document", func(l *Limits) *int { return &l.Errors }},
	{"document.cost", 10_000, "cost of an operation", func(l *Limits) *int { return &l.Cost }},
}

// Filled is the limits with the defaults where they say nothing.
func (l Limits) Filled() Limits {
	for _, s := range limits {
		if v := s.of(&l); *v <= 0 {
			*v = s.value
		}
	}
	return l
}

// Settings lists the limits as they hold.
func (l Limits) Settings() (out []Setting) {
	l = l.Filled()
	for _, s := range limits {
		out = append(out, Setting{s.name, strconv.Itoa(*s.of(&l)), s.meaning})
	}
	return out
}

// above refuses what is above a limit. It never repeats what was sent.
func above(what string, n, limit int) error {
	if n <= limit {
		return nil
	}
	return graph.Errorf(graph.LimitExceeded, "the document has %s %s; at most %d are allowed", count(n), what, limit).
		WithHint("split it into several requests, or ask for less at once")
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
