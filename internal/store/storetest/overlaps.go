package storetest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
)

func overlaps() []promise {
	return []promise{
		{"revisions are gap free under overlapping writers", gapFree},
		{"of two handles, one retires X while the other relates Y to X: the rules hold in the order of the ledger", retireAndRelate},
		{"two handles that upsert one ref make one CI", upsertOneRef},
		{"of two updates that expect one version, one wins", versionsCompare},
		{"a lost acknowledgement and a retry make no duplicate", lostAcknowledgement},
		{"readers see one revision while others write", oneRevision},
	}
}

func gapFree(b *bench) {
	other := b.handle()
	const writers, each = 8, 15
	heads := make([][]graph.Head, writers)
	var wg sync.WaitGroup
	for w := range writers {
		st := b.st
		if w%2 == 1 {
			st = other
		}
		wg.Go(func() {
			for i := range each {
				h, err := st.Commit(background, func(ctx context.Context, tx store.Reader) (store.Outcome, error) {
					head, err := tx.Head(ctx)
					if err != nil {
						return store.Outcome{}, err
					}
					return store.Write(seal(head, created(server(head.LastID+1, fmt.Sprintf("s-%d-%d", w, i)))...)), nil
				})
				if err != nil {
					b.Errorf("writer %d: %v", w, err)
					return
				}
				heads[w] = append(heads[w], h)
			}
		})
	}
	wg.Wait()
	seen := map[graph.Revision]bool{}
	for w := range heads {
		last := graph.Revision(0)
		for _, h := range heads[w] {
			if seen[h.Revision] || h.Revision <= last {
				b.Errorf("writer %d was given revision %d after %d", w, h.Revision, last)
			}
			seen[h.Revision], last = true, h.Revision
		}
	}
	for _, st := range []store.Store{b.st, other} {
		if h, err := st.Head(background); err != nil || h.Revision != writers*each || h.LastID != writers*each || len(seen) != writers*each {
			b.Errorf("head at %d, last id %d, %d revisions given, %v", h.Revision, h.LastID, len(seen), err)
		}
	}
}

func retireAndRelate(b *bench) {
	other := b.handle()
	for i := range 15 {
		x, y := fmt.Sprint("x", i), fmt.Sprint("y", i)
		_, _, err := commit(background, b.st, putNode("server", x, nil), putNode("application", y, nil))
		b.must(err)
		var retired, related error
		var wg sync.WaitGroup
		wg.Go(func() { _, _, retired = commit(background, b.st, graph.Retire{Node: byRef("server", x)}) })
		wg.Go(func() {
			_, _, related = commit(background, other, graph.PutRelation{From: byRef("application", y), Type: "RUNS_ON", To: byRef("server", x)})
		})
		wg.Wait()
		b.must(retired)
		b.legal(x, related == nil)
	}
}

// legal checks that x was only related to while it lived.
func (b *bench) legal(x string, related bool) {
	b.Helper()
	entries, err := b.st.Entries(background, 0, -1000)
	b.must(err)
	var retiredAt, relatedAt graph.Revision
	var id graph.ID
	for i := len(entries) - 1; i >= 0; i-- {
		for _, c := range entries[i].Changes {
			switch {
			case c.Node != nil && c.Node.Ref.Name == x:
				id = c.Node.ID
				if c.Node.Retired {
					retiredAt = entries[i].Revision
				}
			case c.Relation != nil && c.Relation.To == id:
				relatedAt = entries[i].Revision
			}
		}
	}
	if retiredAt == 0 || related != (relatedAt != 0) || relatedAt > retiredAt {
		b.Errorf("%s was retired at revision %d and related to at %d (answered: %v)", x, retiredAt, relatedAt, related)
	}
}

func upsertOneRef(b *bench) {
	other := b.handle()
	for i := range 10 {
		name := fmt.Sprint("s", i)
		plans := make([]*graph.Plan, 4)
		var wg sync.WaitGroup
		for k := range plans {
			st := b.st
			if k%2 == 1 {
				st = other
			}
			wg.Go(func() {
				var err error
				plans[k], _, err = commit(background, st, putNode("server", name, map[string]graph.Value{"environment": graph.StringValue("test")}))
				if err != nil {
					b.Errorf("upsert %s: %v", name, err)
				}
			})
		}
		wg.Wait()
		if b.Failed() {
			return
		}
		made := 0
		for _, p := range plans {
			if p.Effects[0].Outcome == graph.Created {
				made++
			}
			if p.Effects[0].ID != plans[0].Effects[0].ID {
				b.Errorf("%s got the ids %d and %d", name, p.Effects[0].ID, plans[0].Effects[0].ID)
			}
		}
		page, err := b.st.Find(background, nameIs(name))
		b.must(err)
		if made != 1 || len(page.Nodes) != 1 {
			b.Errorf("%s was created %d times and is there %d times", name, made, len(page.Nodes))
		}
	}
}

func versionsCompare(b *bench) {
	other := b.handle()
	_, _, err := commit(background, b.st, putNode("server", "s", map[string]graph.Value{"environment": graph.StringValue("v0")}))
	b.must(err)
	for round := range 8 {
		n, err := b.st.Find(background, nameIs("s"))
		b.must(err)
		version := n.Nodes[0].Version
		errs := make([]error, 2)
		var wg sync.WaitGroup
		for k, st := range []store.Store{b.st, other} {
			wg.Go(func() {
				op := putNode("server", "s", map[string]graph.Value{"environment": graph.StringValue(fmt.Sprintf("v%d-%d", round+1, k))})
				op.ExpectedVersion = &version
				_, _, errs[k] = commit(background, st, op)
			})
		}
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			b.Fatalf("both answered %v and %v", errs[0], errs[1])
		}
		for _, err := range errs {
			if err != nil {
				b.kind(err, graph.VersionConflict)
			}
		}
	}
}

func lostAcknowledgement(b *bench) {
	for i := range 30 {
		name := fmt.Sprint("s", i)
		ctx, cancel := context.WithCancel(background)
		time.AfterFunc(time.Duration(i)*50*time.Microsecond, cancel)
		_, _, lost := commit(ctx, b.st, putNode("server", name, nil))
		cancel()
		before, err := b.st.Find(background, nameIs(name))
		b.must(err)
		if lost == nil && len(before.Nodes) != 1 {
			b.Errorf("%s was acknowledged and is not there", name)
		}
		plan, _, err := commit(background, b.handle(), putNode("server", name, nil))
		b.must(err)
		if len(before.Nodes) == 0 && plan.Effects[0].Outcome != graph.Created {
			b.Errorf("the retry of %s: %s", name, plan.Effects[0].Outcome)
		}
		after, err := b.st.Find(background, nameIs(name))
		b.must(err)
		if len(after.Nodes) != 1 {
			b.Errorf("%s is there %d times", name, len(after.Nodes))
		}
	}
}

// oneRevision writes the same number to two nodes in each commit: whoever sees
// two numbers saw two revisions.
func oneRevision(b *bench) {
	at := func(id graph.ID, n int64) *graph.Node {
		x := node(id, "server", fmt.Sprint("s", id), map[string]graph.Value{"description": graph.StringValue(fmt.Sprint(n))})
		x.Version = n + 1
		return x
	}
	b.put(created(at(1, 0), at(2, 0))...)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for _, st := range []store.Store{b.st, b.handle()} {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				var versions []int64
				var all []graph.Change
				head, err := st.Stream(background, func(c graph.Change) error {
					versions, all = append(versions, c.Node.Version), append(all, c)
					return nil
				})
				if err != nil || len(versions) != 2 || versions[0] != versions[1] || graph.Revision(versions[0]) != head.Revision {
					b.Errorf("a stream at revision %d saw %v, %v", head.Revision, versions, err)
					return
				}
				if _, summed := graph.Seal(graph.Entry{Changes: all}, graph.Head{}); summed.Content != head.Content {
					b.Errorf("the records at revision %d are not those of its content hash", head.Revision)
					return
				}
				page, err := st.Find(background, store.Query{First: 10})
				if err != nil || len(page.Nodes) != 2 || page.Nodes[0].Version != page.Nodes[1].Version || graph.Revision(page.Nodes[0].Version) != page.Revision {
					b.Errorf("a page at revision %d, %v", page.Revision, err)
					return
				}
			}
		})
	}
	for n := int64(1); n <= 60; n++ {
		b.put(graph.Change{NodeWas: at(1, n-1), Node: at(1, n)}, graph.Change{NodeWas: at(2, n-1), Node: at(2, n)})
	}
	close(stop)
	wg.Wait()
}
