package storetest

import (
	"fmt"
	"strings"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
)

func limits() []promise {
	return []promise{
		{"an attribute that is not indexed is refused over more than 50,000 nodes, and named", unindexed},
		{"what a query cannot mean is refused, and the nearest name proposed", nonsense},
		{"an index follows when its class changes", reindexed},
	}
}

// thing has an attribute of each kind.
func thing() *graph.Class {
	return &graph.Class{Name: "thing", Extends: "ci", Description: "a thing", Tier: "compute", Attributes: []graph.AttributeDef{
		{Name: "label", Type: graph.StringKind, Indexed: true},
		{Name: "size", Type: graph.IntKind, Indexed: true},
		{Name: "ratio", Type: graph.FloatKind, Indexed: true},
		{Name: "active", Type: graph.BoolKind, Indexed: true},
		{Name: "since", Type: graph.TimeKind, Indexed: true},
		{Name: "lasts", Type: graph.DurationKind, Indexed: true},
		{Name: "grade", Type: graph.EnumKind, Allowed: []string{"gold", "silver", "tin"}, Default: "tin", Indexed: true},
		{Name: "tags", Type: graph.ListKind, Of: graph.StringKind},
		{Name: "note", Type: graph.StringKind},
	}}
}

func attributeIs(name string, op store.Op, vs ...graph.Value) *store.Filter {
	return &store.Filter{Test: &store.Test{Field: store.Attribute, Attribute: name, Op: op, Values: vs}}
}

func unindexed(b *bench) {
	b.put(graph.Change{Class: thing()})
	id := graph.ID(0)
	more := func(n int) {
		var nodes []*graph.Node
		for range n {
			id++
			nodes = append(nodes, node(id, "thing", fmt.Sprint("t", id), nil))
		}
		b.put(created(nodes...)...)
	}
	for id < store.MaxUnindexed {
		more(10_000)
	}
	byNote := store.Query{First: 1, Filter: attributeIs("note", store.Eq, graph.StringValue("x"))}
	_, err := b.st.Find(background, byNote)
	b.must(err)
	more(1)
	orderNote := store.Query{First: 1, Order: []store.Order{{Field: store.Attribute, Attribute: "note"}}}
	for _, q := range []store.Query{byNote, orderNote} {
		_, err = b.st.Find(background, q)
		b.kind(err, graph.LimitExceeded)
		if !strings.Contains(err.Error(), "note") {
			b.Errorf("the error does not name the attribute: %v", err)
		}
	}
	_, err = b.st.Find(background, store.Query{First: 1, Filter: attributeIs("label", store.Eq, graph.StringValue("x"))})
	b.must(err)
	_, err = b.st.Find(background, store.Query{First: 1, Classes: []string{"server"}, Filter: attributeIs("description", store.Eq, graph.StringValue("x"))})
	b.must(err)
}

func nonsense(b *bench) {
	b.put(graph.Change{Class: thing()})
	one := graph.StringValue("x")
	for _, c := range []struct {
		query store.Query
		says  string
	}{
		{store.Query{First: 1, Filter: attributeIs("labl", store.Eq, one)}, "did you mean label?"},
		{store.Query{First: 1, Order: []store.Order{{Field: store.Attribute, Attribute: "sizze"}}}, "did you mean size?"},
		{store.Query{First: 1, Classes: []string{"servr"}}, "did you mean server?"},
		{store.Query{First: 1, Classes: []string{"xyzzyxyzzy"}}, "unknown"},
		{store.Query{First: 1, Filter: attributeIs("size", store.Eq, one)}, "size"},
		{store.Query{First: 1, Filter: attributeIs("size", store.Contains, graph.IntValue(1))}, "size"},
		{store.Query{First: 1, Filter: attributeIs("size", store.Eq)}, "values"},
		{store.Query{First: 1, Filter: attributeIs("size", store.IsNull, graph.IntValue(1))}, "values"},
		{store.Query{First: 1, Filter: attributeIs("size", store.Op(99), graph.IntValue(1))}, "operator"},
		{store.Query{First: 1, Filter: &store.Filter{}}, "exactly one"},
		{store.Query{First: 1, Filter: &store.Filter{And: []store.Filter{}, Or: []store.Filter{}}}, "exactly one"},
		{store.Query{First: 1, After: &store.Cursor{Keys: []graph.Value{one}}}, "cursor"},
	} {
		_, err := b.st.Find(background, c.query)
		b.kind(err, graph.Invalid)
		if !strings.Contains(err.Error(), c.says) {
			b.Errorf("the error does not say %q: %v", c.says, err)
		}
	}
	for _, n := range []int{0, -1, 1001} {
		_, err := b.st.Find(background, store.Query{First: n})
		b.kind(err, graph.LimitExceeded)
	}
}

func reindexed(b *bench) {
	class := thing()
	b.put(graph.Change{Class: class})
	value := func(s string) map[string]graph.Value { return map[string]graph.Value{"note": graph.StringValue(s)} }
	b.put(created(node(1, "thing", "a", value("x")), node(2, "thing", "b", value("y")))...)
	count := func(note string, want int) {
		b.Helper()
		page, err := b.st.Find(background, store.Query{First: 10, Filter: attributeIs("note", store.Eq, graph.StringValue(note))})
		b.must(err)
		if len(page.Nodes) != want {
			b.Errorf("%d nodes with the note %q, want %d", len(page.Nodes), note, want)
		}
	}
	count("x", 1)
	indexed := thing()
	indexed.Attributes[len(indexed.Attributes)-1].Indexed = true
	b.put(append([]graph.Change{{ClassWas: class, Class: indexed}}, created(node(3, "thing", "c", value("x")))...)...)
	count("x", 2)
	byDefault := thing()
	byDefault.Attributes[len(byDefault.Attributes)-1].Indexed = true
	byDefault.Attributes[len(byDefault.Attributes)-1].Default = "x"
	b.put(graph.Change{ClassWas: indexed, Class: byDefault})
	b.put(created(node(4, "thing", "d", nil))...)
	count("x", 3)
	count("y", 1)
	b.put(graph.Change{ClassWas: byDefault, Class: indexed})
	count("x", 2)
}
