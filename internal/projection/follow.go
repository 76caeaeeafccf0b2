package projection

import (
	"context"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
)

// feedPage is how many entries are fetched at once.
const feedPage = 64

// Compacting costs a rebuild, so that at most a fifth of the time goes into it
// while an import keeps changing the graph.
const restPerWork = 4

// follow polls the feed and compacts in the background, until ctx ends.
func (p *Projection) follow(ctx context.Context) {
	tick := time.NewTicker(p.poll)
	defer tick.Stop()
	var compacting bool
	var rested time.Time // when the next compaction may start
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := p.advance(ctx); err != nil && ctx.Err() == nil {
				p.log.Warn("following the feed", "error", err)
			}
		case <-p.nudge:
		case s := <-p.compact:
			compacting = false
			if err := p.adopt(ctx, s); err != nil && ctx.Err() == nil {
				p.log.Warn("adopting a compacted snapshot", "error", err)
			}
		}
		if s := p.Snapshot(); !compacting && s.NeedsCompaction() && time.Now().After(rested) {
			compacting = true
			p.done.Go(func() {
				start := time.Now()
				c := s.Compact()
				rested = time.Now().Add(restPerWork * time.Since(start))
				p.compact <- c // has room: one compaction at a time
			})
		}
	}
}

// advance publishes what the store has and the newest snapshot has not.
func (p *Projection) advance(ctx context.Context) error {
	head, err := p.st.Head(ctx)
	if err != nil {
		return err
	}
	p.hear(head.Revision)
	now := p.Snapshot()
	switch h := now.Head(); {
	case head.Revision == h.Revision && head.Hash == h.Hash:
		return nil
	case head.Revision < h.Revision && p.Snapshot() == now:
		// Read before another process's commit reached us, or the store went
		// back: only the second lasts.
		again, err := p.st.Head(ctx)
		if err != nil || again.Revision >= h.Revision {
			return err
		}
		return p.rebuild(ctx, now)
	}
	s, err := CatchUp(ctx, p.st, now, head)
	if graph.IsKind(err, graph.Invalid) {
		return p.rebuild(ctx, now)
	}
	if err != nil {
		return err
	}
	p.Publish(s)
	return nil
}

// rebuild loads everything anew, because the store does not continue what we
// have: somebody put another ledger in its place.
func (p *Projection) rebuild(ctx context.Context, was *graph.Snapshot) error {
	p.log.Warn("the store does not continue the snapshot: loading it anew", "revision", was.Revision())
	s, err := Load(ctx, p.st)
	if err != nil {
		return err
	}
	p.publish(s, func(now *graph.Snapshot) bool {
		return now.Revision() <= was.Revision() || s.Revision() > now.Revision()
	})
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
// where the ledger does not continue s.
func CatchUp(ctx context.Context, r store.Reader, s *graph.Snapshot, head graph.Head) (*graph.Snapshot, error) {
	for s.Revision() < head.Revision {
		entries, err := r.Entries(ctx, s.Revision(), min(feedPage, int(head.Revision-s.Revision())))
		if err != nil {
			return nil, err
		}
		if len(entries) == 0 {
			return nil, graph.Errorf(graph.Invalid, "the ledger ends at revision %d, before its head %d", s.Revision(), head.Revision)
		}
		for i := range entries {
			e := &entries[i]
			if !store.Follows(s.Head(), e) {
				return nil, graph.Errorf(graph.Invalid, "revision %d does not continue revision %d", e.Revision, s.Revision())
			}
			if s, err = s.Apply(e.Changes, s.Head().After(e)); err != nil {
				return nil, err
			}
		}
	}
	if s.Revision() != head.Revision || s.Head().Hash != head.Hash {
		return nil, graph.Errorf(graph.Invalid, "the ledger at revision %d is not the one that was followed", head.Revision)
	}
	return s, nil
}
