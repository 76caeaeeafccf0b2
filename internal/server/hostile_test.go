package server_test

import (
	"encoding/json"
	"fmt"
	"strings"
)

// hostile is a request that somebody sends to make the service work.
type hostile struct {
	name      string
	query     string
	variables string // JSON; "" is none
	body      string // instead of all
	code      string // of the refusal; "" where it is answered, and cheap; "*" is either
}

// request is the body that carries it. What is appended makes it another document,
// so that no cache helps.
func (h hostile) request(again int) string {
	if h.body != "" {
		return h.body
	}
	q := h.query
	if again > 0 {
		q += fmt.Sprintf(" #%d", again)
	}
	b, _ := json.Marshal(q) // strings always marshal
	if h.variables == "" {
		return `{"query":` + string(b) + `}`
	}
	return `{"query":` + string(b) + `,"variables":` + h.variables + `}`
}

const (
	limit   = "LIMIT_EXCEEDED"
	parse   = "GRAPHQL_PARSE_FAILED"
	invalid = "GRAPHQL_VALIDATION_FAILED"
	badForm = "BAD_REQUEST"
)

// generated are the documents that are large, or that grow.
func generated() []hostile {
	return []hostile{
		{name: "fragment fan-out", query: fanOut(30, "...F%d ...F%d"), code: limit}, // 2 to the 30th fields
		{name: "fragment fan-out of aliases", query: fanOut(18, "a: store { ...F%[1]d } b: store { ...F%[1]d }"), code: limit},
		{name: "fragment fan-out, inline", query: fanOut(20, "... { ...F%d } ... on Query { ...F%d }"), code: limit},
		{name: "fragment fan-out by ten", query: fanOut(12, strings.Repeat("...F%[1]d ", 10)), code: limit},
		{name: "300 KB of directives", query: "{ store { kind" + strings.Repeat(" @include(if: true)", 16_000) + " } }", code: limit},
		{name: "directives within the size", query: "{ store { kind" + strings.Repeat(" @a", 900) + " } }", code: limit},
		{name: "directives on everything", query: directives(), code: limit},
		{name: "directives by fragments", query: "{" + strings.Repeat(" ...F", 20) + " } fragment F on Query { store @include(if: true) { kind @skip(if: false) } }", code: limit},
		{name: "deep selections", query: strings.Repeat("{ store ", 600) + strings.Repeat("}", 600), code: limit},
		{name: "deeper than a stack", query: strings.Repeat("{a", 20_000), code: limit},
		{name: "deep lists", query: "{ nodes(ids: " + strings.Repeat("[", 900) + strings.Repeat("]", 900) + ") { id } }", code: limit},
		{name: "deep objects", query: "{ cis(filter: " + strings.Repeat("{not: ", 400) + "1" + strings.Repeat("}", 400) + ") { totalCount } }", code: limit},
		{name: "deep types", query: "query($a: " + strings.Repeat("[", 800) + "Int" + strings.Repeat("]", 800) + ") { store { kind } }", code: limit},
		{name: "deep default values", query: "query($a: JSON = " + strings.Repeat("{a: ", 300) + "1" + strings.Repeat("}", 300) + ") { store { kind } }", code: limit},
		{name: "deep inline fragments", query: "{ " + strings.Repeat("... { ", 490) + "store { kind }" + strings.Repeat(" }", 491), code: ""},
		{name: "a chain of fragments", query: chain(49, 0), code: ""},
		{name: "a chain of large fragments", query: chain(45, 12), code: limit},
		{name: "hundreds of fragments", query: fragments(220), code: limit},
		{name: "fragments side by side", query: fragments(50), code: limit}, // one key, 50 times
		{name: "fragments of many keys", query: distinct(49, 7), code: limit},
		{name: "one fragment thousands of times", query: "{" + strings.Repeat(" ...F", 990) + " } fragment F on Query { store { kind } }", code: limit},
		{name: "hundreds of operations", query: numbered(300, "query Q%d { store { kind } } "), code: limit},
		{name: "operations that share large fragments", query: numbered(10, "query Q%d { ...F0 } ") + strings.TrimPrefix(chain(40, 10), "{ ...F0 } "), code: limit},
		{name: "an alias flood", query: "{" + numbered(600, " a%d: store { kind }") + " }", code: limit},
		{name: "aliases of leaves", query: "{ store {" + numbered(400, " a%d: kind") + " } }", code: limit},
		{name: "aliases by fragments", query: "{" + numbered(18, " r%d: store { ...F }") + " } fragment F on StoreStatus {" + numbered(20, " a%d: kind") + " }", code: limit},
		{name: "root fields", query: "{" + strings.Repeat(" store { kind }", 21) + " }", code: limit},
		{name: "root fields by fragments", query: "{ ...F ...F ...F } fragment F on Query {" + strings.Repeat(" store { kind }", 8) + " }", code: limit},
		{name: "repeats of a key", query: "{ store {" + strings.Repeat(" kind", 490) + " } }", code: limit},
		{name: "repeats that multiply", query: "{" + strings.Repeat(" store {"+strings.Repeat(" kind", 20)+" }", 20) + " }", code: limit},
		{name: "repeats by fragments", query: "{ store { ...A ...A ...A ...A ...A } } fragment A on StoreStatus {" + strings.Repeat(" kind", 8) + " }", code: limit},
		{name: "repeats with subselections", query: "{ cis {" + strings.Repeat(" nodes { ref name class }", 100) + " } }", code: limit},
		{name: "unknown fields", query: "{" + numbered(19, " nosuchfield%d") + " store {" + numbered(400, " nosuchfield%d") + " } }", code: invalid},
		{name: "a part that is put off", query: "{ store { kind } ... @defer { ciClasses { name } } }", code: invalid}, // it would be lost
		{name: "unknown types", query: "{ store { kind } }" + numbered(48, " fragment F%[1]d on ConfigurationItemm%[1]d { ref }"), code: invalid},
		{name: "unknown arguments", query: "{ cis(" + numbered(480, "firstt%d: 1 ") + ") { totalCount } }", code: invalid},
		{name: "unknown values of an enum", query: "{ cis(orderBy: [" + numbered(300, "{field: NAMEE%d} ") + "]) { totalCount } }", code: invalid},
		{name: "unknown fields of an input", query: "{ cis(filter: {" + numbered(450, "isAA%d: 1 ") + "}) { totalCount } }", code: invalid},
		{name: "the same argument", query: "{ cis(" + strings.Repeat("first: 1 ", 480) + ") { totalCount } }", code: invalid},
		{name: "the same field of an input", query: "{ cis(filter: {" + strings.Repeat("retired: true ", 480) + "}) { totalCount } }", code: invalid},
		{name: "a name of 60,000 bytes", query: "{ " + strings.Repeat("a", 60_000) + " }", code: limit},
		{name: "names of 120 bytes", query: "{ store {" + numbered(400, " "+strings.Repeat("b", 115)+"%d") + " } }", code: invalid},
		{name: "a document of 70,000 bytes", query: "{ store { kind } }" + strings.Repeat(" ", 70_000), code: limit},
		{name: "a document of a million bytes", query: "{ store { kind } }" + strings.Repeat("#", 1_000_000), code: limit},
		{name: "60,000 blanks", query: "{ store { kind } }" + strings.Repeat(" ", 60_000), code: ""},
		{name: "60,000 line ends", query: "{ store { kind } }" + strings.Repeat("\r\n", 30_000), code: ""},
		{name: "thousands of comments", query: strings.Repeat("#\n", 20_000) + "{ store { kind } }", code: limit},
		{name: "a long comment", query: "#" + strings.Repeat("x", 60_000) + "\n{ store { kind } }", code: ""},
		{name: "a long string", query: `{ search(text: "` + strings.Repeat("x", 60_000) + `") { totalCount } }`, code: "INVALID"},
		{name: "a long string in the wrong place", query: `{ cis(first: "` + strings.Repeat("x", 60_000) + `") { totalCount } }`, code: invalid},
		{name: "a long number", query: `{ cis(first: ` + strings.Repeat("9", 60_000) + `) { totalCount } }`, code: invalid},
		{name: "a long block string", query: `{ search(text: """` + strings.Repeat("x\n ", 20_000) + `""") { totalCount } }`, code: "INVALID"},
		{name: "a block string of quotes", query: `{ search(text: """` + strings.Repeat(`\"""`, 15_000) + `""") { totalCount } }`, code: "INVALID"},
		{name: "a block string of pairs of quotes", query: `{ search(text: """` + strings.Repeat(`""x`, 20_000) + `""") { totalCount } }`, code: "INVALID"},
		{name: "unicode escapes", query: `{ search(text: "` + strings.Repeat(`\u00e9`, 10_000) + `") { totalCount } }`, code: "INVALID"},
		{name: "halves of surrogate pairs", query: `{ search(text: "` + strings.Repeat(`\ud83d`, 10_000) + `") { totalCount } }`, code: "INVALID"},
		{name: "byte order marks", query: strings.Repeat("\ufeff", 20_000) + "{ store { kind } }", code: ""},
		{name: "nulls", query: "{ store { kind } }" + strings.Repeat("\x00", 1000), code: parse},
		{name: "bytes that are no UTF-8", query: "{ store { kind } }" + strings.Repeat("\xff", 1000), code: parse},
		{name: "emoji", query: "{ " + strings.Repeat("🏃", 10_000) + " }", code: parse},
		{name: "definitions of variables", query: "query(" + numbered(390, "$v%d: Int ") + ") { store { kind } }", code: invalid},
		{name: "a list of literals", query: "{ nodes(ids: [" + strings.Repeat(`"a" `, 1900) + "]) { id } }", code: limit},
		{name: "more literals than tokens", query: "{ nodes(ids: [" + strings.Repeat(`1 `, 20_000) + "]) { id } }", code: limit},
		{name: "cut sets by the dozen", query: "{" + numbered(20, ` c%d: cutSets(service: {ref: "server:a"}) { totalCount }`) + " }", code: limit},

		{name: "a variable of many values", query: idsQuery, variables: `{"ids":[` + strings.Repeat("0,", 400_000) + `0]}`, code: limit},
		{name: "as many values as are allowed", query: idsQuery, variables: `{"ids":[` + strings.Repeat("0,", 90_000) + `0]}`, code: limit},
		{name: "many lists in a variable", query: filterQuery, variables: `{"f":{"and":[` + strings.Repeat(`{"attributes":[{"name":"x","in":[`+strings.Repeat("0,", 1900)+`0]}]},`, 45) + `{}]}}`, code: "*"},
		{name: "fewer lists in a variable", query: filterQuery, variables: `{"f":{"and":[` + strings.Repeat(`{"attributes":[{"name":"x","in":[`+strings.Repeat("0,", 1900)+`0]}]},`, 20) + `{}]}}`, code: "*"},
		{name: "many fields in a variable", query: "query($s: JSON) { store { kind } }", variables: `{"s":{` + numbered(39_900, `"a%d":0,`) + `"b":0}}`, code: limit},
		{name: "objects of many fields in a variable", query: "query($s: JSON) { store { kind } }", variables: `{"s":[` + strings.Repeat(`{`+numbered(1_900, `"a%d":0,`)+`"b":0},`, 20) + `0]}`, code: invalid},
		{name: "objects of one field in a variable", query: filterQuery, variables: `{"f":{"and":[` + strings.Repeat(`{"or":[`+strings.Repeat(`{"retired":true},`, 900)+`{}]},`, 6) + `{}]}}`, code: "*"},
		{name: "many objects in a literal", query: "{ cis(filter: {and: [" + strings.Repeat("{or:[{}]}", 240) + "]}) { totalCount } }", code: "*"},
		{name: "lists of nothing", query: filterQuery, variables: `{"f":[` + strings.Repeat(`[`+strings.Repeat("[],", 1900)+`0],`, 25) + `0]}`, code: "*"},
		{name: "objects in a variable", query: idsQuery, variables: `{"ids":[` + strings.Repeat("{},", 300_000) + `{}]}`, code: limit},
		{name: "a deep variable", query: filterQuery, variables: `{"f":` + strings.Repeat(`{"and":[`, 5000) + strings.Repeat(`]}`, 5000) + `}`, code: limit},
		{name: "a variable deeper than a decoder goes", query: filterQuery, variables: `{"f":` + strings.Repeat(`[`, 200_000) + strings.Repeat(`]`, 200_000) + `}`, code: limit},
		{name: "a wide filter", query: filterQuery, variables: `{"f":{"or":[` + strings.Repeat(`{"retired":true},`, 1900) + `{}]}}`, code: "*"},
		{name: "a variable with a long name", query: filterQuery, variables: `{"f":{"` + strings.Repeat("x", 500_000) + `":1}}`, code: invalid},
		{name: "a variable with a long value", query: "query($o: CIOrderField!) { cis(orderBy: [{field: $o}]) { totalCount } }", variables: `{"o":"` + strings.Repeat("x", 500_000) + `"}`, code: invalid},
		{name: "a number that is none", query: "query($n: Int) { cis(first: $n) { totalCount } }", variables: `{"n":"NaN"}`, code: invalid},
		{name: "a number beyond all", query: "query($n: Int) { cis(first: $n) { totalCount } }", variables: `{"n":1e999999999}`, code: invalid},
		{name: "pages by a variable", query: "query($n: Int) { cis(first: $n) { nodes { relations(direction: PROVIDERS, first: $n) { nodes { ref } } } } }", variables: `{"n":999}`, code: limit},
		{name: "nodes by a variable", query: "query($ids: [ID!]!) {" + numbered(15, " n%d: nodes(ids: $ids) { id }") + " }", variables: `{"ids":[` + strings.Repeat(`"a",`, 900) + `"a"]}`, code: limit},

		{name: "a body that is cut off", body: `{"query":"{ store`, code: badForm},
		{name: "a body of brackets", body: strings.Repeat("[", 900_000), code: limit},
		{name: "a body of commas", body: strings.Repeat(",", 900_000), code: badForm},
		{name: "a body of text", body: `"` + strings.Repeat("x", 900_000) + `"`, code: badForm},
		{name: "a batch", body: `[{"query":"{ store { kind } }"},{"query":"{ store { kind } }"}]`, code: badForm},
		{name: "a query that is a number", body: `{"query":1e400}`, code: badForm},
		{name: "nothing", body: ` `, code: badForm},
	}
}

const (
	idsQuery    = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
	filterQuery = "query($f: CIFilter) { cis(filter: $f, first: 1) { totalCount } }"
)

// fanOut is n fragments, each of which spreads the next one several times.
func fanOut(n int, spreads string) string {
	var b strings.Builder
	b.WriteString("{ ...F0 }")
	for i := range n {
		next := spreads
		if strings.Contains(next, "[1]") {
			next = fmt.Sprintf(next, i+1)
		} else {
			next = fmt.Sprintf(next, i+1, i+1)
		}
		fmt.Fprintf(&b, " fragment F%d on Query { %s }", i, next)
	}
	fmt.Fprintf(&b, " fragment F%d on Query { store { kind } }", n)
	return b.String()
}

// chain is n fragments that each select some fields and the next one.
func chain(n, fields int) string {
	var b strings.Builder
	b.WriteString("{ ...F0 }")
	for i := range n {
		fmt.Fprintf(&b, " fragment F%d on Query { ", i)
		for f := range fields {
			if i%30 != f {
				b.WriteString("__typename ")
			}
		}
		fmt.Fprintf(&b, "...F%d }", i+1)
	}
	fmt.Fprintf(&b, " fragment F%d on Query { store { kind } }", n)
	return b.String()
}

func fragments(n int) string {
	var b strings.Builder
	b.WriteString("{")
	for i := range n {
		fmt.Fprintf(&b, " ...F%d", i)
	}
	b.WriteString(" }")
	for i := range n {
		fmt.Fprintf(&b, " fragment F%d on Query { __typename }", i)
	}
	return b.String()
}

// distinct is fragments whose fields have keys of their own, all at one place.
func distinct(n, fields int) string {
	var b strings.Builder
	b.WriteString("{ store {")
	for i := range n {
		fmt.Fprintf(&b, " ...F%d", i)
	}
	b.WriteString(" } }")
	for i := range n {
		fmt.Fprintf(&b, " fragment F%d on StoreStatus {", i)
		for f := range fields {
			fmt.Fprintf(&b, " k%d_%d: kind", i, f)
		}
		b.WriteString(" }")
	}
	return b.String()
}

func numbered(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

func directives() string {
	const d = "@include(if: true) "
	return "query Q($a: Boolean = true " + d + ") " + d + "{ ...F " + d + "... on Query " + d + "{ store " + strings.Repeat(d, 18) + "{ kind " + d + "} } } fragment F on Query " + d + "{ store { kind } }"
}
