package storetest

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
)

func turns() []promise {
	return []promise{
		{"decisions in turn are commits one after another", inTurn},
		{"what one decision writes, the next one in turn may change", changedInTurn},
		{"between decisions in turn others may commit", othersInTurn},
		{"decisions in turn end with the first error, and what was done stands", errorInTurn},
		{"decisions in turn that are cancelled end, and none is half written", cancelledInTurn},
	}
}

// inTurn also reads from another handle what is said to be done.
func inTurn(b *bench) {
	other := b.handle()
	const n = 12
	done := 0
	b.must(b.st.CommitInTurn(background, func(yield func(store.Decide) bool) {
		for i := range graph.ID(n) {
			changes := created(server(i+1, fmt.Sprint("s", i)))
			if i > 0 {
				changes = append(changes, graph.Change{Relation: relation(i+1, "DEPENDS_ON", 1)})
			}
			if !yield(sealed(changes...)) {
				return
			}
		}
	}, func() {
		done++
		h, err := other.Head(background)
		b.must(err)
		if h.Revision < graph.Revision(done) {
			b.Errorf("%d are done, and the store is at revision %d", done, h.Revision)
		}
	}))
	h, all := b.load(b.st)
	if done != n || h.Revision != n || len(all) != n+n-1 {
		b.Errorf("%d are done, %d records at revision %d", done, len(all), h.Revision)
	}
}

func changedInTurn(b *bench) {
	one, two := server(1, "one"), server(2, "two")
	one.Keys = []graph.Key{{Source: "test", Value: "k"}}
	moved := edited(one, func(n *graph.Node) { n.Ref.Name = "other" })
	again := edited(moved.Node, func(n *graph.Node) { n.Keys = nil })
	r := relation(2, "RUNS_ON", 1)
	was := &graph.Requirement{RequirementKey: graph.RequirementKey{Consumer: 1, Name: "q"}, Rule: graph.AtLeast, K: 1, Version: 1}
	is := *was
	is.K, is.Version = 2, 2
	q := graph.Change{RequirementWas: was, Requirement: &is}
	b.must(b.st.CommitInTurn(background, slices.Values([]store.Decide{
		sealed(created(one)...),
		sealed(moved),
		sealed(append(created(two, server(3, "one")), graph.Change{Relation: r})...),
		sealed(again, graph.Change{Requirement: was}),
		sealed(q),
		sealed(graph.Change{RelationWas: r}),
		sealed(graph.Change{Relation: r}),
	}), func() {}))
	h, all := b.load(b.st)
	if h.Revision != 7 || len(all) != 5 {
		b.Errorf("%d records at revision %d", len(all), h.Revision)
	}
	if n := b.node(b.st, 1); n.Ref.Name != "other" || len(n.Keys) != 0 {
		b.Errorf("node 1 is %+v", n)
	}
}

// planned are decisions to write entries that follow each other, as long as nobody
// else writes; how many wrote nothing is counted.
func planned(h graph.Head, n int, moved *int) iter.Seq[store.Decide] {
	return func(yield func(store.Decide) bool) {
		for i := range n {
			e := seal(h, created(server(graph.ID(i+1), fmt.Sprint("s", i)))...)
			h = h.After(e)
			gone := false
			if !yield(func(ctx context.Context, tx store.Reader) (store.Outcome, error) {
				at, err := tx.Head(ctx)
				if was := gone; err == nil && !store.Follows(at, e) {
					if gone = true; !was {
						*moved++
					}
					return store.Outcome{}, nil
				}
				return store.Write(e), err
			}) {
				return
			}
		}
	}
}

func othersInTurn(b *bench) {
	other := b.handle()
	const n, after = 9, 5
	moved, asked, done := 0, 0, 0
	b.must(b.st.CommitInTurn(background, func(yield func(store.Decide) bool) {
		for d := range planned(graph.Head{}, n, &moved) {
			if asked == after {
				if _, err := other.Commit(background, sealed(created(server(100, "other"))...)); err != nil {
					b.Fatal(err)
				}
			}
			if asked++; !yield(d) {
				return
			}
		}
	}, func() { done++ }))
	h, all := b.load(b.st)
	if wrote := n - moved; done != n || moved == 0 || h.Revision != graph.Revision(wrote+1) || len(all) != wrote+1 {
		b.Errorf("%d of %d are done, %d wrote nothing, %d records at revision %d", done, n, moved, len(all), h.Revision)
	}
	if b.node(b.st, 100) == nil {
		b.Error("the other's node is lost")
	}
}

func errorInTurn(b *bench) {
	asked, done := 0, 0
	err := b.st.CommitInTurn(background, func(yield func(store.Decide) bool) {
		for d := range planned(graph.Head{}, 6, new(int)) {
			if asked++; asked == 4 {
				d = func(context.Context, store.Reader) (store.Outcome, error) { return store.Outcome{}, errMine }
			}
			if !yield(d) {
				return
			}
		}
	}, func() { done++ })
	if err != errMine || asked != 4 || done != 3 {
		b.Errorf("%v after %d, %d of them done", err, asked, done)
	}
	if h, _ := b.load(b.st); h.Revision != 3 {
		b.Errorf("the store is at revision %d", h.Revision)
	}
}

func cancelledInTurn(b *bench) {
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	asked, done := 0, 0
	err := b.st.CommitInTurn(ctx, func(yield func(store.Decide) bool) {
		for d := range planned(graph.Head{}, 6, new(int)) {
			if asked++; asked == 4 {
				cancel()
			}
			if !yield(d) {
				return
			}
		}
	}, func() { done++ })
	b.kind(err, graph.Unavailable)
	if h, all := b.load(b.st); int(h.Revision) != len(all) || done > len(all) || len(all) > 4 {
		b.Errorf("%d done, %d records at revision %d", done, len(all), h.Revision)
	}
}
