package storetest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
)

func pasts() []promise {
	return []promise{
		{"the graph as of any revision is exactly the graph then", pastIsExact},
		{"records, names and lists as of a revision are those of then", pastRecords},
		{"what is not there yet, or never was, is refused", pastBounds},
	}
}

// pastIsExact remembers all records at each revision of a history, and compares.
func pastIsExact(b *bench) {
	remembered := map[graph.Revision][]graph.Change{}
	for n := range uint64(12) {
		b.episode(n, 12)
		head, all := b.load(b.st)
		remembered[head.Revision] = all
	}
	for at, want := range remembered {
		p, err := store.OpenPast(background, b.st, at)
		b.must(err)
		var got []graph.Change
		b.must(p.Stream(background, func(c graph.Change) error {
			got = append(got, c)
			return nil
		}))
		b.sameRecords(inOrder(want), inOrder(got))
		s, err := p.Snapshot(background)
		b.must(err)
		entries, err := b.st.Entries(background, at-1, 1)
		b.must(err)
		if s.Revision() != at || p.Head().Content != entries[0].Content || p.Head().Hash != entries[0].Hash {
			b.Errorf("as of revision %d the head is %+v", at, p.Head())
		}
	}
	// Read on while the graph goes on.
	first := slices.Min(slices.Collect(maps.Keys(remembered)))
	p, err := store.OpenPast(background, b.st, first)
	b.must(err)
	b.episode(99, 40)
	var got []graph.Change
	b.must(retried(func() error {
		got = nil
		_, err := p.Snapshot(background) // which catches up
		b.must(err)
		return p.Stream(background, func(c graph.Change) error {
			got = append(got, c)
			return nil
		})
	}))
	b.sameRecords(inOrder(remembered[first]), inOrder(got))
}

func retried(f func() error) error {
	err := f()
	if err != nil {
		err = f()
	}
	return err
}

// inOrder sorts records by kind and key: the past streams what is gone last.
func inOrder(list []graph.Change) []graph.Change {
	out := slices.Clone(list)
	slices.SortFunc(out, func(x, y graph.Change) int { return cmp.Compare(place(x), place(y)) })
	return out
}

func place(c graph.Change) string {
	switch {
	case c.Class != nil:
		return "0" + c.Class.Name
	case c.Type != nil:
		return "1" + c.Type.Name
	case c.Node != nil:
		return fmt.Sprintf("2%09d", c.Node.ID)
	case c.Requirement != nil:
		return fmt.Sprintf("3%09d%s", c.Requirement.Consumer, c.Requirement.Name)
	}
	return fmt.Sprintf("4%+v", c.Relation.RelationKey)
}

func pastRecords(b *bench) {
	_, one, err := commit(background, b.st, putNode("server", "a", map[string]graph.Value{"environment": graph.StringValue("test")}), putNode("server", "b", nil))
	b.must(err)
	_, _, err = commit(background, b.st, putNode("server", "a", map[string]graph.Value{"environment": graph.StringValue("production")}),
		graph.Rename{Node: byRef("server", "b"), Name: "c"})
	b.must(err)
	_, _, err = commit(background, b.st, graph.Retire{Node: byRef("server", "a")})
	b.must(err)
	p, err := store.OpenPast(background, b.st, one.Revision)
	b.must(err)
	s, err := p.Snapshot(background)
	b.must(err)
	a, ok := s.Lookup(graph.Ref{Class: "server", Scope: graph.DefaultScope, Name: "a"})
	if _, b2 := s.Lookup(graph.Ref{Class: "server", Scope: graph.DefaultScope, Name: "b"}); !ok || !b2 || s.Len() != 2 {
		b.Fatalf("a and b are not there as of revision %d", one.Revision)
	}
	recs, err := p.Records(background, graph.Wants{Nodes: []graph.ID{a}})
	b.must(err)
	if n := recs.Nodes[a]; n == nil || n.Retired || n.Version != 1 || s.Catalogue().Effective(n)["environment"].Str() != "test" {
		b.Fatalf("as of revision %d it is %+v", one.Revision, n)
	}
	page, err := p.Find(background, store.Query{Classes: []string{"server"}, Order: []store.Order{{Field: store.Name}}, First: 10, Count: true}, s.Catalogue())
	b.must(err)
	if page.Total != 2 || page.Nodes[0].Ref.Name != "a" || page.Nodes[1].Ref.Name != "b" || page.Revision != one.Revision {
		b.Fatalf("as of revision %d the list is %+v", one.Revision, page)
	}
}

func pastBounds(b *bench) {
	_, head, err := commit(background, b.st, putNode("server", "a", nil))
	b.must(err)
	for _, at := range []graph.Revision{0, head.Revision + 1} {
		_, err := store.OpenPast(background, b.st, at)
		b.kind(err, graph.NotFound)
	}
}
