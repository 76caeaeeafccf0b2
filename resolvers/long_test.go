package resolvers_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/neo4jtest"
	"github.com/faultline-itsm/faultline/internal/store/neo4j"
)

// What is too long is refused, in few words; what just fits is kept to the byte,
// also in an index; and every store answers with the same bytes.
func TestLongTextsAreAnsweredAlike(t *testing.T) {
	var databases neo4jtest.Databases
	inNeo4j, err := neo4j.Open(t.Context(), databases.Empty(t))
	must(t, err)
	one, other := over(t, inFile(t)), over(t, inNeo4j)
	ask := func(query string, vars map[string]any) string {
		t.Helper()
		a, b := one.ask(t, query, vars), other.ask(t, query, vars)
		if !bytes.Equal(a, b) {
			t.Errorf("%s answers\n%.2000s\nand Neo4j\n%.2000s", query, a, b)
		}
		return string(a)
	}
	if said := ask(`mutation { defineClasses(input: {items: [{name: "note", extends: "server", description: "It is long.", attributes: [{name: "text", type: STRING, indexed: true}]}]}) { errors { message } } }`, nil); strings.Contains(said, "message") {
		t.Fatal(said)
	}
	const write = `mutation ($item: UpsertCIItem!) { upsertCIs(input: {items: [$item]}) { items { status } errors { code path message } } }`
	text := func(n int) string { return strings.Repeat("é", n/2) }
	for name, c := range map[string]struct {
		item map[string]any
		says string
	}{
		"a text that fits":     {item(text(graph.MaxNameBytes), text(graph.MaxValueBytes), ""), "CREATED"},
		"a text of 1 MB":       {item("a", text(1<<20), ""), "bytes"},
		"a name of 1 MB":       {item(text(1<<20), "x", ""), "bytes"},
		"a key of 1 MB":        {item("b", "x", text(1<<20)), "bytes"},
		"a key that just fits": {item("c", "x", text(graph.MaxNameBytes)), "CREATED"},
	} {
		said := ask(write, map[string]any{"item": c.item})
		if !strings.Contains(said, c.says) || len(said) > 4<<10 {
			t.Errorf("%s: %d bytes, %.1000s", name, len(said), said)
		}
	}
	const find = `query ($text: JSON!) { cis(filter: {attributes: [{name: "text", eq: $text}]}) { nodes { ref attributes(names: ["text"]) { text } } } }`
	if said := ask(find, map[string]any{"text": text(graph.MaxValueBytes)}); strings.Count(said, "é") < graph.MaxValueBytes/2 {
		t.Errorf("the text that fits is not found: %.1000s", said)
	}
	if said := ask(find, map[string]any{"text": text(1 << 20)}); len(said) > 4<<10 {
		t.Errorf("a filter by 1 MB is answered with %d bytes", len(said))
	}
	if said := ask(`{ store { nodes } }`, nil); !strings.Contains(said, `"nodes": 2`) {
		t.Errorf("of those that were refused something is left: %s", said)
	}
}

func item(name, text, key string) map[string]any {
	i := map[string]any{"ci": map[string]any{"ref": fmt.Sprint("note:default/", name)}, "attributes": map[string]any{"text": text}}
	if key != "" {
		i["keys"] = []any{map[string]any{"source": "inventory", "value": key}}
	}
	return i
}
