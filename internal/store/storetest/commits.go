package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
)

func commits() []promise {
	return []promise{
		{"a new store is empty and sound", newStore},
		{"what was committed is there, also for another handle", readYourWrites},
		{"a commit is all or nothing", allOrNothing},
		{"an error of decide comes back as it is and writes nothing", decideError},
		{"a decision without changes writes nothing", nothingToWrite},
		{"a plan that panics is an error, and the store goes on", panics},
		{"an entry that does not continue the ledger is refused", wrongEntry},
		{"several entries of one commit are written together, or none", severalEntries},
		{"one bad decision does not spoil the others of its group", badNeighbour},
		{"a repeated batch writes nothing", idempotent},
		{"imports in progress are part of the head", openRuns},
		{"within a commit one reads at the head", readsInside},
		{"after Close every method is unavailable", afterClose},
		{"a cancelled call ends, and writes nothing", cancelled},
	}
}

func newStore(b *bench) {
	h, all := b.load(b.st)
	if h.Revision != 0 || h.LastID != 0 || !h.At.IsZero() || h.Hash != (graph.Hash{}) || h.Content != (graph.Sum{}) || len(all) != 0 {
		b.Errorf("head %+v, %d records", h, len(all))
	}
	entries, err := b.st.Entries(background, 0, 10)
	b.must(err)
	page, err := b.st.Find(background, store.Query{First: 10, Count: true})
	b.must(err)
	if len(entries) != 0 || len(page.Nodes) != 0 || page.Total != 0 {
		b.Errorf("%d entries, %d nodes of %d", len(entries), len(page.Nodes), page.Total)
	}
}

func severalEntries(b *bench) {
	three := func(h graph.Head) (entries []*graph.Entry) {
		for range 3 {
			e := seal(h, created(server(h.LastID+1, fmt.Sprint("s", h.LastID)))...)
			entries, h = append(entries, e), h.After(e)
		}
		return entries
	}
	write := func(change func([]*graph.Entry) []*graph.Entry) (graph.Head, error) {
		return b.st.Commit(background, func(ctx context.Context, tx store.Reader) (store.Outcome, error) {
			h, err := tx.Head(ctx)
			return store.Write(change(three(h))...), err
		})
	}
	h, err := write(func(e []*graph.Entry) []*graph.Entry { return e })
	b.must(err)
	if h.Revision != 3 || h.LastID != 3 {
		b.Errorf("three entries lead to revision %d, last id %d", h.Revision, h.LastID)
	}
	_, err = write(func(e []*graph.Entry) []*graph.Entry { return []*graph.Entry{e[0], e[2]} })
	b.kind(err, graph.Internal)
	now, all := b.load(b.st)
	entries, err := b.st.Entries(background, 0, 10)
	b.must(err)
	if now.Hash != h.Hash || len(all) != 3 || len(entries) != 3 {
		b.Errorf("after a refused commit the store holds %d records and %d entries at revision %d, want 3 of each", len(all), len(entries), now.Revision)
	}
}

func readYourWrites(b *bench) {
	other := b.handle()
	for i := range 20 {
		id := graph.ID(i + 1)
		h := b.put(created(server(id, fmt.Sprint("s", i)))...)
		if h.Revision != graph.Revision(i+1) || h.LastID != id {
			b.Fatalf("commit %d returned revision %d, last id %d", i, h.Revision, h.LastID)
		}
		for _, st := range []store.Store{b.st, other} {
			now, err := st.Head(background)
			b.must(err)
			if now.Hash != h.Hash || now.Content != h.Content || now.At != h.At || now.LastID != h.LastID {
				b.Fatalf("the head is %+v, the commit returned %+v", now, h)
			}
			if n := b.node(st, id); n == nil || n.Ref.Name != fmt.Sprint("s", i) {
				b.Fatalf("node %d is %+v", id, n)
			}
		}
	}
}

func allOrNothing(b *bench) {
	before := b.put(created(server(1, "taken"))...)
	_, err := b.st.Commit(background, sealed(created(server(2, "new"), server(3, "taken"))...))
	if err == nil {
		b.Fatal("two living nodes with one ref were written")
	}
	after, err := b.st.Head(background)
	b.must(err)
	if after.Hash != before.Hash || b.node(b.st, 2) != nil {
		b.Error("half of the batch was written")
	}
	b.put(created(server(2, "new"))...)
}

var errMine = errors.New("mine")

func decideError(b *bench) {
	refusal := graph.Errorf(graph.Blocked, "no").At(3, "name")
	for _, mine := range []error{errMine, refusal} {
		_, err := b.st.Commit(background, func(context.Context, store.Reader) (store.Outcome, error) { return store.Outcome{}, mine })
		if err != mine {
			b.Errorf("got %v", err)
		}
	}
	if h, err := b.st.Head(background); err != nil || h.Revision != 0 {
		b.Errorf("revision %d, %v", h.Revision, err)
	}
}

func nothingToWrite(b *bench) {
	before := b.put(created(server(1, "a"))...)
	h, err := b.st.Commit(background, func(context.Context, store.Reader) (store.Outcome, error) { return store.Outcome{}, nil })
	b.must(err)
	again, err := b.st.Commit(background, sealed())
	b.must(err)
	if h.Hash != before.Hash || again.Hash != before.Hash {
		b.Errorf("revision %d, then %d and %d", before.Revision, h.Revision, again.Revision)
	}
}

func panics(b *bench) {
	_, err := b.st.Commit(background, func(context.Context, store.Reader) (store.Outcome, error) { panic("oh") })
	b.kind(err, graph.Internal)
	b.put(created(server(1, "a"))...)
}

func wrongEntry(b *bench) {
	first := b.put(created(server(1, "a"))...)
	for _, head := range []graph.Head{{}, {Revision: 1}, {Revision: 2, Hash: first.Hash}} {
		_, err := b.st.Commit(background, func(context.Context, store.Reader) (store.Outcome, error) {
			return store.Write(seal(head, created(server(2, "b"))...)), nil
		})
		b.kind(err, graph.Internal)
	}
}

func badNeighbour(b *bench) {
	b.put(created(server(1, "taken"))...)
	var wg sync.WaitGroup
	errs := make([]error, 40)
	for i := range errs {
		wg.Go(func() {
			_, errs[i] = b.st.Commit(background, func(ctx context.Context, tx store.Reader) (store.Outcome, error) {
				head, err := tx.Head(ctx)
				switch {
				case err != nil:
					return store.Outcome{}, err
				case i%4 == 1:
					return store.Outcome{}, errMine
				case i%4 == 2:
					return store.Write(seal(head, created(server(head.LastID+1, "taken"))...)), nil
				case i%8 == 3:
					panic("oh")
				}
				return store.Write(seal(head, created(server(head.LastID+1, fmt.Sprint("s", i)))...)), nil
			})
		})
	}
	wg.Wait()
	good := 0
	for i, err := range errs {
		switch {
		case i%4 == 1 && err != errMine, i%4 == 2 && err == nil, i%8 == 3 && err == nil:
			b.Errorf("commit %d answered %v", i, err)
		case i%4 == 0 || i%8 == 7:
			b.must(err)
			good++
			if page, err := b.st.Find(background, nameIs(fmt.Sprint("s", i))); err != nil || len(page.Nodes) != 1 {
				b.Errorf("node s%d is there %d times, %v", i, len(page.Nodes), err)
			}
		}
	}
	if h, err := b.st.Head(background); err != nil || h.Revision != graph.Revision(good+1) {
		b.Errorf("%d good commits made revision %d, %v", good, h.Revision, err)
	}
}

func nameIs(name string) store.Query {
	return store.Query{First: 10, Filter: &store.Filter{Test: &store.Test{Field: store.Name, Values: []graph.Value{graph.StringValue(name)}}}}
}

func idempotent(b *bench) {
	ops := []graph.Operation{
		putNode("server", "web-01", map[string]graph.Value{"environment": graph.StringValue("production")}),
		putNode("application", "shop", nil),
		graph.PutRelation{From: byRef("application", "shop"), Type: "RUNS_ON", To: byRef("server", "web-01")},
	}
	_, first, err := commit(background, b.st, ops...)
	b.must(err)
	plan, again, err := commit(background, b.st, ops...)
	b.must(err)
	if len(plan.Changes) != 0 || again.Hash != first.Hash {
		b.Errorf("the repeat made %d changes and revision %d", len(plan.Changes), again.Revision)
	}
}

func openRuns(b *bench) {
	run := func(hash string, chunk int, changes ...graph.Change) graph.Head {
		h, err := b.st.Commit(background, func(ctx context.Context, tx store.Reader) (store.Outcome, error) {
			head, err := tx.Head(ctx)
			if err != nil {
				return store.Outcome{}, err
			}
			e, next := graph.Seal(graph.Entry{At: noon, Source: "test", Changes: changes,
				Run: &graph.Run{Hash: hash, Source: "test", Chunk: chunk, Chunks: 3}}, head)
			if got := head.After(&e); fmt.Sprint(got) != fmt.Sprint(next) {
				return store.Outcome{}, fmt.Errorf("Head.After says %+v, graph.Seal %+v", got, next)
			}
			return store.Write(&e), nil
		})
		b.must(err)
		return h
	}
	run("bb", 0, created(server(1, "a"))...)
	run("aa", 0, created(server(2, "b"))...)
	run("bb", 1, created(server(3, "c"))...)
	h, err := b.handle().Head(background)
	b.must(err)
	want := []graph.Run{{Hash: "aa", Source: "test", Chunk: 0, Chunks: 3}, {Hash: "bb", Source: "test", Chunk: 1, Chunks: 3}}
	if fmt.Sprint(h.OpenRuns) != fmt.Sprint(want) {
		b.Errorf("open runs %v", h.OpenRuns)
	}
	if h := run("bb", 2); len(h.OpenRuns) != 1 || h.Revision != 4 {
		b.Errorf("closing a run without changes gave revision %d and open runs %v", h.Revision, h.OpenRuns)
	}
	if h := run("aa", 2); len(h.OpenRuns) != 0 {
		b.Errorf("open runs %v", h.OpenRuns)
	}
}

func readsInside(b *bench) {
	first := b.put(created(server(1, "a"))...)
	var leaked store.Reader
	_, err := b.st.Commit(background, func(ctx context.Context, tx store.Reader) (store.Outcome, error) {
		leaked = tx
		head, err := tx.Head(ctx)
		if err != nil || head.Hash != first.Hash {
			return store.Outcome{}, fmt.Errorf("head %+v, %w", head, err)
		}
		streamed := 0
		if _, err := tx.Stream(ctx, func(graph.Change) error { streamed++; return nil }); err != nil {
			return store.Outcome{}, err
		}
		page, err := tx.Find(ctx, nameIs("a"))
		if err != nil {
			return store.Outcome{}, err
		}
		entries, err := tx.Entries(ctx, 0, 10)
		if err != nil {
			return store.Outcome{}, err
		}
		recs, err := tx.Records(ctx, graph.Wants{Nodes: []graph.ID{1}})
		if all := len(page.Nodes) + len(entries) + len(recs.Nodes); streamed != 1 || all != 3 {
			b.Errorf("streamed %d, found %d, %d entries, %d records", streamed, len(page.Nodes), len(entries), len(recs.Nodes))
		}
		return store.Outcome{}, err
	})
	b.must(err)
	if _, err := leaked.Head(background); err == nil {
		b.Error("a transaction can be read after its decision")
	}
}

func afterClose(b *bench) {
	st := b.open()
	b.must(st.Close())
	b.must(st.Close())
	for name, err := range everyMethod(background, st) {
		if !graph.IsKind(err, graph.Unavailable) {
			b.Errorf("%s after Close: %v", name, err)
		}
	}
}

// everyMethod is what each method answers.
func everyMethod(ctx context.Context, st store.Store) map[string]error {
	errs := map[string]error{}
	_, errs["Head"] = st.Head(ctx)
	_, errs["Records"] = st.Records(ctx, graph.Wants{Nodes: []graph.ID{1}})
	_, errs["Find"] = st.Find(ctx, store.Query{First: 1})
	_, errs["Entries"] = st.Entries(ctx, 0, 1)
	_, errs["Stream"] = st.Stream(ctx, func(graph.Change) error { return nil })
	_, errs["Answer"] = st.Answer(ctx, "tester", "k")
	_, errs["Commit"] = st.Commit(ctx, sealed(created(server(1, "a"))...))
	errs["CommitInTurn"] = st.CommitInTurn(ctx, slices.Values([]store.Decide{sealed(created(server(1, "a"))...)}), func() {})
	return errs
}

func cancelled(b *bench) {
	ctx, cancel := context.WithCancel(background)
	cancel()
	for name, err := range everyMethod(ctx, b.st) {
		if !errors.Is(err, context.Canceled) || !graph.IsKind(err, graph.Unavailable) {
			b.Errorf("%s with a cancelled context: %v", name, err)
		}
	}
	if h, err := b.st.Head(background); err != nil || h.Revision != 0 {
		b.Errorf("revision %d, %v", h.Revision, err)
	}
	var many []*graph.Node
	for i := range 3000 {
		many = append(many, server(graph.ID(i+1), fmt.Sprint("s", i)))
	}
	b.put(created(many...)...)
	ctx, cancel = context.WithCancel(background)
	seen := 0
	_, err := b.st.Stream(ctx, func(graph.Change) error {
		if seen++; seen == 10 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) || seen == 3000 {
		b.Errorf("a stream that was cancelled went on for %d records: %v", seen, err)
	}
	_, err = b.st.Stream(background, func(graph.Change) error { return errMine })
	if err != errMine {
		b.Errorf("the error of a stream's callback came back as %v", err)
	}
}
