package guard_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/guard"
)

const sdl = `
type Query { ci: CI  cis(first: Int, after: String): Page!  nodes(ids: [ID!]!): [CI]!  solve: CI }
type Page { edges: [Edge!]!  nodes: [CI!]!  total: Int  info: Info! }
type Edge { cursor: String!  node: CI! }
type Info { more: Boolean! }
type CI { name: String!  keys: [Key!]!  groups: [CI!]!  relations(first: Int): Page!  changes(first: Int): [Key!]! }
type Key { value: String! }
type Mutation { write: CI }
`

func schema(t testing.TB) *ast.Schema {
	t.Helper()
	s, err := gqlparser.LoadSchema(&ast.Source{Input: sdl})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var prices = guard.Prices{Page: 50, MaxPage: 1000, Fields: map[string]int{"Query.solve": 100, "Page.total": 7}, Lists: map[string]int{"CI.groups": 10}, Sized: map[string]string{"Query.nodes": "ids"}}

func open(t testing.TB, l guard.Limits) *guard.Guard { return guard.New(schema(t), l, prices) }

func TestTheCostIsWhatMayBeAnswered(t *testing.T) {
	g := open(t, guard.Limits{Cost: math.MaxInt - 1, Depth: 100})
	for _, c := range []struct {
		query, variables string
		cost             int
	}{
		{"{ __typename }", "", 0},
		{"{ __schema { types { name } } }", "", 0},
		{"{ ci { name } }", "", 1},
		{"{ ci { name keys { value } } }", "", 2},
		{"{ solve { name } }", "", 101},
		{"{ cis { nodes { name } } }", "", 1 + 50},
		{"{ cis(first: 10) { nodes { name } } }", "", 1 + 10},
		{"{ cis(first: 10) { nodes { name } info { more } total } }", "", 1 + 10 + 1 + 7},
		{"{ cis(first: 10) { edges { cursor node { name } } } }", "", 1 + 10*2},
		{"{ cis(first: 10) { nodes { keys { value } } } }", "", 1 + 10*2},
		{"{ cis(first: 10) { nodes { groups { name } } } }", "", 1 + 10*11},
		{"{ cis(first: 10) { nodes { relations(first: 5) { nodes { name } } } } }", "", 1 + 10*(1+1+5)},
		{"{ cis(first: 10) { nodes { changes(first: 5) { value } } } }", "", 1 + 10*(1+5)},
		{"{ cis(first: 0) { nodes { name } } }", "", 1 + 1},
		{"{ cis(first: -5) { nodes { name } } }", "", 1 + 1},
		{"{ cis(first: 2000000000) { nodes { name } } }", "", 1 + 1000},
		{"{ cis(first: null) { nodes { name } } }", "", 1 + 50},
		{"query($n: Int) { cis(first: $n) { nodes { name } } }", `{"n": 7}`, 1 + 7},
		{"query($n: Int) { cis(first: $n) { nodes { name } } }", `{"n": "7"}`, 1 + 7},
		{"query($n: Int) { cis(first: $n) { nodes { name } } }", `{"n": "NaN"}`, 1 + 1},
		{"query($n: Int) { cis(first: $n) { nodes { name } } }", `{"n": 1e300}`, 1 + 1000},
		{"query($n: Int) { cis(first: $n) { nodes { name } } }", `{"n": {}}`, 1 + 50},
		{"query($n: Int) { cis(first: $n) { nodes { name } } }", ``, 1 + 50},
		{"query($n: Int = 7) { cis(first: $n) { nodes { name } } }", ``, 1 + 7},
		{"query($n: Int = 7) { cis(first: $n) { nodes { name } } }", `{"n": 8}`, 1 + 8},
		{`{ nodes(ids: ["a", "b", "c"]) { name } }`, "", 3},
		{`{ nodes(ids: "a") { name } }`, "", 1},
		{`query($ids: [ID!]!) { nodes(ids: $ids) { name } }`, `{"ids": ["a", "b"]}`, 2},
		{`query($ids: [ID!]! = ["a", "b"]) { nodes(ids: $ids) { name } }`, ``, 2},
		{"{ cis(first: 10) { ...P } } fragment P on Page { nodes { ...C } info { more } } fragment C on CI { keys { value } }", "", 1 + 10*2 + 1},
		{"{ cis(first: 10) { ... on Page { nodes { ... { name keys { value } } } } } }", "", 1 + 10*2},
		{"{ a: cis(first: 10) { nodes { name } } b: cis(first: 10) { nodes { name } } }", "", 2 * 11},
		{"mutation { write { name } }", "", 1},
		{nested(8), "", math.MaxInt - 1},
	} {
		doc, errs := g.Read(c.query)
		if errs != nil {
			t.Fatalf("%s: %v", c.query, errs)
		}
		var variables map[string]any
		if c.variables != "" {
			d := json.NewDecoder(strings.NewReader(c.variables))
			d.UseNumber()
			if err := d.Decode(&variables); err != nil {
				t.Fatal(err)
			}
		}
		cost, _ := g.Cost(doc, doc.Operations[0], variables)
		if cost.Requested != c.cost && (c.cost != math.MaxInt-1 || cost.Requested < c.cost) {
			t.Errorf("%s %s: %d, want %d", c.query, c.variables, cost.Requested, c.cost)
		}
	}
}

// nested is pages of 1,000 within pages, so many that the product is beyond an int.
func nested(n int) string {
	return "{ cis(first: 1000) { nodes { " + strings.Repeat("relations(first: 1000) { nodes { ", n) + "name" + strings.Repeat(" } }", n+1) + " }"
}

// Each limit lets its number pass and refuses one more.
func TestEachLimitIsWhereItSaysItIs(t *testing.T) {
	for _, c := range []struct {
		what   string
		limits guard.Limits
		query  func(n int) string
	}{
		{"size", guard.Limits{Size: 20}, func(n int) string { return "{ci{name}}" + strings.Repeat(" ", n-10) }},
		{"tokens", guard.Limits{Tokens: 20}, func(n int) string { return "{ci{name}}" + strings.Repeat("#\n", n-6) }},
		{"name", guard.Limits{Name: 20}, func(n int) string { return "{" + strings.Repeat("a", n) + ": ci { name } }" }},
		{"operations", guard.Limits{Operations: 20}, func(n int) string { return each(n, "query Q%d { ci { name } } ") }},
		{"fragments", guard.Limits{Fragments: 20}, func(n int) string {
			return "{ ci {" + each(n, " ...F%d") + "} }" + each(n, " fragment F%d on CI { name }")
		}},
		{"depth", guard.Limits{Depth: 20, Cost: 1 << 62}, func(n int) string {
			return "{ ci {" + strings.Repeat(" groups {", n-2) + " name" + strings.Repeat(" }", n)
		}},
		{"fields", guard.Limits{Fields: 20}, func(n int) string {
			return "{ ci {" + strings.Repeat(" ...F", (n-1)/2) + strings.Repeat(" name", (n-1)%2) + " } } fragment F on CI { name }"
		}},
		{"root fields", guard.Limits{RootFields: 20}, func(n int) string { return "{" + strings.Repeat(" ci { name }", n) + " }" }},
		{"aliases", guard.Limits{Aliases: 20}, func(n int) string { return "{ ci {" + each(n, " a%d: name") + " } }" }},
		{"directives", guard.Limits{Directives: 20}, func(n int) string { return "{ ci {" + strings.Repeat(" name @skip(if: false)", n) + " } }" }},
		{"repeats", guard.Limits{Repeats: 20}, func(n int) string { return "{ ci {" + strings.Repeat(" name", n) + " } }" }},
		{"repeats that meet", guard.Limits{Repeats: 20}, func(n int) string {
			return "{" + strings.Repeat(" ci { name name }", n/2) + strings.Repeat(" ci { name }", n%2) + " }"
		}},
		{"nesting", guard.Limits{Nesting: 20}, func(n int) string {
			return "{ nodes(ids: " + strings.Repeat("[", n) + strings.Repeat("]", n) + ") { name } }"
		}},
	} {
		g := open(t, c.limits)
		for n, refused := range map[int]bool{20: false, 21: true} {
			_, errs := g.Read(c.query(n))
			if got := len(errs) > 0 && graph.IsKind(errs[0], graph.LimitExceeded); got != refused {
				t.Errorf("%s of %d: %v", c.what, n, errs)
			}
			if name := "document." + strings.ReplaceAll(c.what, " ", "-"); refused && (!strings.HasPrefix(name, guard.Reason(errs[0])) || !slices.Contains(guard.Reasons(), guard.Reason(errs[0]))) {
				t.Errorf("%s is refused because of %q", c.what, guard.Reason(errs[0]))
			}
		}
	}
}

func each(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// A fragment that is spread twice by each of many is measured once, not two to the
// many.
func TestAFanOutIsMeasuredOnce(t *testing.T) {
	g := open(t, guard.Limits{})
	query := "{ ci { ...F0 } }" + each(40, " fragment F%[1]d on CI { ...G%[1]d ...G%[1]d }")
	for i := range 40 {
		query = strings.ReplaceAll(query, fmt.Sprintf("...G%d ", i), fmt.Sprintf("...F%d ", i+1))
	}
	_, errs := g.Read(query + " fragment F40 on CI { name }")
	if len(errs) != 1 || !graph.IsKind(errs[0], graph.LimitExceeded) {
		t.Error(errs)
	}
}

func TestARequestIsBoundedBeforeItIsDecoded(t *testing.T) {
	l := guard.Limits{Nesting: 3, Values: 40, Elements: 10}.Filled()
	for body, refused := range map[string]bool{
		`{"query":"{ci}","variables":{"a":[[[1]]]}}`:                                              false,
		`{"query":"{ci}","variables":{"a":[[[[1]]]]}}`:                                            true,
		`{"variables":{"a":[1,2,3,4,5,6,7,8,9,10]}}`:                                              false,
		`{"variables":{"a":[1,2,3,4,5,6,7,8,9,10,11]}}`:                                           true,
		`{"query":"[[[[[[[[[[[[[[[,,,,,,,,,,,,,,,,,,"}`:                                           false,
		`{"query":"\"[[[[[[[[[[[[[[[[[[[","variables":{}}`:                                        false,
		`{"query":"\\","a":[[[[[1]]]]]}`:                                                          true,
		`{"a":[{},{},{},{}]}`:                                                                     false,
		`{"a":[{},{},{},{},{},{},{},{}]}`:                                                         true,
		`]]]]}}}}{"a":1}`:                                                                         false,
		`,,,,,,,,,,,,,,,,,,,,,,`:                                                                  false,
		`{"a":[[1,2,3,4,5,6,7,8,9],[1,2,3,4,5,6,7,8,9],[1,2,3,4,5,6,7,8,9]]}`:                     false,
		`{"a":[[1,2,3,4,5,6,7,8,9],[1,2,3,4,5,6,7,8,9],[1,2,3,4,5,6,7,8,9],[1,2,3,4,5,6,7,8,9]]}`: true,
	} {
		if err := l.Input([]byte(body)); (err != nil) != refused {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// Whoever counts refusals gets few reasons, whatever is sent.
func TestAReasonIsOneOfFew(t *testing.T) {
	g := open(t, guard.Limits{})
	for query, want := range map[string]string{
		"{ ci { name }": guard.Unparsable, "": guard.Invalid, "{ nosuch }": guard.Invalid, "{ ...F } fragment F on Query { ...F }": guard.Invalid,
		"{ __schema { types { fields { type { fields { name } } } } } }": guard.Introspecting, "{ __schema { types { name } } a: __schema { types { name } } }": guard.Introspecting,
	} {
		if _, errs := g.Read(query); len(errs) == 0 || guard.Reason(errs[0]) != want {
			t.Errorf("%s: %v, want %s", query, errs, want)
		}
	}
	doc, errs := g.Read("{ cis(first: 1000) { nodes { relations(first: 1000) { nodes { name } } } } }")
	if errs != nil {
		t.Fatal(errs)
	}
	if _, err := g.Cost(doc, doc.Operations[0], nil); guard.Reason(err) != "document.cost" {
		t.Error(err)
	}
	if got := guard.Reason(graph.Errorf(graph.Internal, "else")); got != "" {
		t.Errorf("a fault has the reason %q", got)
	}
}

// Suggestions help people; after ten errors nobody reads on.
func TestTenErrorsAreTold(t *testing.T) {
	_, errs := open(t, guard.Limits{}).Read("{ ci {" + each(100, " nname%d") + " } }")
	if len(errs) != 10 || !strings.Contains(errs[0].Error(), `"nname0"`) {
		t.Errorf("%d errors: %v", len(errs), errs)
	}
}
