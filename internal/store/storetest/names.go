package storetest

import (
	"github.com/faultline-itsm/faultline/graph"
)

func names() []promise {
	return []promise{
		{"refs and keys are compared by bytes: case, accents and normal forms count", byBytes},
		{"a former ref finds its node, a retired one is found while nobody lives there", formerRefs},
		{"keys find the living node, and move with retiring and restoring", keys},
		{"two nodes may swap their names in one commit", swapNames},
		{"what was removed is gone, and may come again", removed},
	}
}

func (b *bench) found(refs []graph.Ref, keys []graph.Key) graph.Records {
	b.Helper()
	recs, err := b.st.Records(background, graph.Wants{Refs: refs, Keys: keys})
	b.must(err)
	return recs
}

func (b *bench) refIs(name string, want graph.ID) {
	b.Helper()
	r := ref("server", name)
	if got := b.found([]graph.Ref{r}, nil).ByRef[r]; got != want {
		b.Errorf("%s finds %d, want %d", r, got, want)
	}
}

func (b *bench) keyIs(k graph.Key, want graph.ID) {
	b.Helper()
	if got := b.found(nil, []graph.Key{k}).ByKey[k]; got != want {
		b.Errorf("the key %v finds %d, want %d", k, got, want)
	}
}

func byBytes(b *bench) {
	different := []string{"a", "A", "ä", "a\u0308", "Ä", "ａ", "a ", "ß", "ss", "ı", "i", "I", "İ", "K", "\u212a"}
	var all []*graph.Node
	for i, name := range different {
		n := server(graph.ID(i+1), name)
		n.Keys = []graph.Key{{Source: "src", Value: name}}
		all = append(all, n)
	}
	b.put(created(all...)...)
	for i, name := range different {
		b.refIs(name, graph.ID(i+1))
		b.keyIs(graph.Key{Source: "src", Value: name}, graph.ID(i+1))
		page, err := b.st.Find(background, nameIs(name))
		b.must(err)
		if len(page.Nodes) != 1 || page.Nodes[0].ID != graph.ID(i+1) {
			b.Errorf("%q finds %d nodes", name, len(page.Nodes))
		}
	}
}

func formerRefs(b *bench) {
	old := server(1, "old")
	b.put(created(old)...)
	renamed := edited(old, func(n *graph.Node) { n.Ref.Name, n.Aliases = "new", []graph.Ref{old.Ref} })
	b.put(renamed)
	b.refIs("new", 1)
	b.refIs("old", 1)
	second := server(2, "old")
	b.put(created(second)...)
	b.refIs("old", 2)
	retire := func(n *graph.Node) { n.Retired = true }
	gone := edited(second, retire)
	b.put(gone)
	b.refIs("old", 1) // the living one that had it goes before the dead one
	dead := edited(renamed.Node, retire)
	b.put(dead)
	b.refIs("new", 1)
	b.refIs("old", 2)
	third := server(3, "new")
	b.put(created(third)...)
	b.refIs("new", 3)
	b.put(edited(gone.Node, func(n *graph.Node) { n.Retired = false }))
	b.refIs("old", 2)
	b.refIs("nobody", 0)
	if got := b.found([]graph.Ref{{Class: "database", Scope: "default", Name: "new"}, {Class: "server", Scope: "elsewhere", Name: "new"}}, nil).ByRef; len(got) != 0 {
		b.Errorf("another class or scope finds %v", got)
	}
}

func keys(b *bench) {
	k, l := graph.Key{Source: "netbox", Value: "17"}, graph.Key{Source: "netbox", Value: "18"}
	first := server(1, "a")
	first.Keys = []graph.Key{k}
	b.put(created(first)...)
	b.keyIs(k, 1)
	both := edited(first, func(n *graph.Node) { n.Keys = []graph.Key{k, l} })
	b.put(both)
	b.keyIs(l, 1)
	dead := edited(both.Node, func(n *graph.Node) { n.Retired = true })
	b.put(dead)
	b.keyIs(k, 1)
	second := server(2, "b")
	second.Keys = []graph.Key{k}
	b.put(created(second)...)
	b.keyIs(k, 2)
	b.keyIs(l, 1)
	third := server(3, "c")
	third.Keys = []graph.Key{k}
	if _, err := b.st.Commit(background, sealed(created(third)...)); err == nil {
		b.Error("two living nodes have one key")
	}
	b.put(edited(second, func(n *graph.Node) { n.Keys = nil }), edited(dead.Node, func(n *graph.Node) { n.Retired = false }))
	b.keyIs(k, 1)
	b.keyIs(graph.Key{Source: "other", Value: "17"}, 0)
}

func swapNames(b *bench) {
	x, y := server(1, "x"), server(2, "y")
	x.Keys, y.Keys = []graph.Key{{Source: "s", Value: "x"}}, []graph.Key{{Source: "s", Value: "y"}}
	b.put(created(x, y)...)
	swap := func(n, with *graph.Node) graph.Change {
		return edited(n, func(c *graph.Node) { c.Ref, c.Keys = with.Ref, with.Keys })
	}
	b.put(swap(x, y), swap(y, x))
	b.refIs("x", 2)
	b.refIs("y", 1)
	b.keyIs(graph.Key{Source: "s", Value: "x"}, 2)
}

func removed(b *bench) {
	app, host := node(1, "application", "app", nil), server(2, "host")
	app.Keys, app.Aliases = []graph.Key{{Source: "s", Value: "1"}}, []graph.Ref{ref("application", "former")}
	rel, req := relation(1, "RUNS_ON", 2), &graph.Requirement{RequirementKey: graph.RequirementKey{Consumer: 1, Name: "hosts"}, Version: 1, Created: 1, Changed: 1}
	b.put(append(created(app, host), graph.Change{Requirement: req}, graph.Change{Relation: rel})...)
	b.put(graph.Change{RelationWas: rel}, graph.Change{RequirementWas: req}, graph.Change{NodeWas: app})
	if _, all := b.load(b.st); len(all) != 1 {
		b.Errorf("%d records are left", len(all))
	}
	b.keyIs(graph.Key{Source: "s", Value: "1"}, 0)
	if got := b.found([]graph.Ref{app.Ref, app.Aliases[0]}, nil).ByRef; len(got) != 0 {
		b.Errorf("the purged node is found: %v", got)
	}
	again := node(3, "application", "app", nil)
	b.put(append(created(again), graph.Change{Relation: relation(3, "RUNS_ON", 2)})...)
}
