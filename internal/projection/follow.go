package projection

import (
	"context"
	"fmt"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
)

// feedPage is how many entries are fetched at once.
const feedPage = 64

// Compacting costs a rebuild, so that at most a fifth of the time goes into it
// while an import keeps changing the graph.
const restPerWork = 4

// mostBehind is how many revisions are followed one by one; where there are more,
// loading everything anew is faster.
const mostBehind = 10_000

// A look at the store that got no answer is given up after a while, and the next
// one waits longer.
const (
	lookWithin = 2 * time.Second
	mostPause  = time.Second
)

// follow polls the feed, compacts and compares in the background, until ctx ends.
func (p *Projection) follow(ctx context.Context) {
	pause := p.poll
	poll, compare := time.NewTimer(pause), time.NewTimer(p.compare)
	defer poll.Stop()
	defer compare.Stop()
	var compacting bool
	var rested time.Time // when the next compaction may start
	for {
		select {
		case <-ctx.Done():
			return
		case <-poll.C:
			if p.look(ctx) {
				pause = p.poll
			} else {
				pause = min(2*pause, max(mostPause, p.poll))
			}
			poll.Reset(pause)
		case <-p.nudge:
		case c := <-p.compact:
			compacting = false
			if c.loading != p.loading {
				continue // of one that was found wrong
			}
			if err := p.adopt(ctx, c.snapshot); err != nil && ctx.Err() == nil {
				p.log.Warn("adopting a compacted snapshot", "error", err)
			}
		case <-compare.C:
			p.done.Go(func() { p.compared <- p.comparison(ctx) }) // has room: one at a time
		case c := <-p.compared:
			p.conclude(ctx, c)
			compare.Reset(p.compare)
		}
		if s := p.Snapshot(); !compacting && s.NeedsCompaction() && time.Now().After(rested) {
			compacting = true
			loading := p.loading
			p.done.Go(func() {
				start := time.Now()
				c := compacted{s.Compact(), loading}
				rested = time.Now().Add(restPerWork * time.Since(start))
				p.compact <- c // has room: one compaction at a time
			})
		}
	}
}

// compacted is a snapshot, and which loading it descends from.
type compacted struct {
	snapshot *graph.Snapshot
	loading  int
}

// look publishes what the store has and the newest snapshot has not, and says
// whether the store answered.
func (p *Projection) look(ctx context.Context) bool {
	step := p.advance
	if !p.health.now().Loaded {
		step = p.load
	}
	err := step(ctx)
	if err == nil || ctx.Err() != nil {
		return true
	}
	if first := p.health.missed(err); first {
		p.log.Warn("following the store", "error", err)
	}
	return false
}

// advance is one look at a store that is loaded.
func (p *Projection) advance(ctx context.Context) error {
	asked := time.Now()
	within, cancel := context.WithTimeout(ctx, lookWithin)
	head, err := p.st.Head(within)
	cancel()
	if err != nil {
		return err
	}
	p.health.told(head.Revision)
	now := p.Snapshot()
	switch h := now.Head(); {
	case head.Revision == h.Revision && head.Hash == h.Hash:
		p.health.confirmed(asked)
		return nil
	case head.Revision < h.Revision && p.Snapshot() == now:
		// Read before another process's commit reached us, or the store went
		// back: only the second lasts.
		again, err := p.st.Head(ctx)
		if err != nil || again.Revision >= h.Revision {
			return err
		}
		return p.rebuild(ctx, now, fmt.Sprintf("the store went back to revision %d", again.Revision))
	case head.Revision > h.Revision+mostBehind:
		return p.rebuild(ctx, now, "too many revisions behind to follow them")
	}
	err = p.catchUp(ctx, now, head)
	if err != nil && !graph.IsKind(err, graph.Unavailable) && ctx.Err() == nil {
		return p.rebuild(ctx, now, err.Error())
	}
	if err == nil {
		p.health.confirmed(asked)
	}
	return err
}

// catchUp publishes page by page what leads from s to head.
func (p *Projection) catchUp(ctx context.Context, s *graph.Snapshot, head graph.Head) error {
	for s.Revision() < head.Revision {
		var err error
		if s, err = some(ctx, p.st, s, head); err != nil {
			return err
		}
		p.Publish(s)
	}
	return reached(s, head)
}

// rebuild loads everything anew, because the store does not continue what we
// have: somebody put another ledger in its place, or we went wrong.
func (p *Projection) rebuild(ctx context.Context, was *graph.Snapshot, why string) error {
	asked := time.Now()
	s, err := Load(ctx, p.st)
	if err != nil {
		return err
	}
	p.loading++
	p.publish(s, func(now *graph.Snapshot) bool {
		return now.Revision() <= was.Revision() || s.Revision() > now.Revision()
	})
	p.log.Error("the snapshot was loaded anew", "revision", s.Revision(), "before", was.Revision(), "reason", why)
	p.health.rebuilt(why)
	p.health.loaded(asked, s.Revision())
	return nil
}

// adopt swaps a compacted snapshot in for the one of the same revision, after
// catching up with what was published meanwhile.
func (p *Projection) adopt(ctx context.Context, s *graph.Snapshot) error {
	for {
		var err error
		if s, err = CatchUp(ctx, p.st, s, p.Snapshot().Head()); err != nil {
			return err
		}
		if p.publish(s, func(now *graph.Snapshot) bool { return now.Head().Hash == s.Head().Hash }) {
			return nil
		}
	}
}

// CatchUp applies the entries between s and head. It fails with graph.Invalid
// where the ledger does not continue s, or an entry is not what its hashes say.
func CatchUp(ctx context.Context, r store.Reader, s *graph.Snapshot, head graph.Head) (*graph.Snapshot, error) {
	for s.Revision() < head.Revision {
		var err error
		if s, err = some(ctx, r, s, head); err != nil {
			return nil, err
		}
	}
	return s, reached(s, head)
}

// some applies one page of entries on the way to head.
func some(ctx context.Context, r store.Reader, s *graph.Snapshot, head graph.Head) (*graph.Snapshot, error) {
	entries, err := r.Entries(ctx, s.Revision(), min(feedPage, int(head.Revision-s.Revision())))
	if err != nil {
		return nil, err
	}
	if len(entries) == 0 {
		return nil, graph.Errorf(graph.Invalid, "the ledger ends at revision %d, before its head %d", s.Revision(), head.Revision)
	}
	for i := range entries {
		after, err := graph.VerifyEntry(entries[i], s.Head())
		if err != nil {
			return nil, err
		}
		if s, err = s.Apply(entries[i].Changes, after); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func reached(s *graph.Snapshot, head graph.Head) error {
	if s.Revision() != head.Revision || s.Head().Hash != head.Hash {
		return graph.Errorf(graph.Invalid, "the ledger at revision %d is not the one that was followed", head.Revision)
	}
	return nil
}
