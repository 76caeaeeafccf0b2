package records

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/projection"
	"github.com/faultline-itsm/faultline/internal/store"
)

// decision turns what holds at the head into a plan; nil changes nothing.
type decision func(ctx context.Context, tx store.Reader, s *graph.Snapshot) (*graph.Plan, error)

// telling is the answer that is kept of a commit, which led to a revision; nil
// for none.
type telling func(at graph.Revision) (*store.Answer, error)

// write commits what decide plans as an entry of b's author, together with the
// answer, and returns the snapshot after it, which it has published.
func (l *Ledger) write(ctx context.Context, b graph.Batch, decide decision, answer telling) (*graph.Snapshot, error) {
	var after *graph.Snapshot
	_, err := l.st.Commit(ctx, func(ctx context.Context, tx store.Reader) (store.Outcome, error) {
		s, err := l.atHead(ctx, tx)
		if err != nil {
			return store.Outcome{}, err
		}
		after = s
		plan, err := decide(ctx, tx, s)
		if err != nil {
			return store.Outcome{}, err
		}
		var out store.Outcome
		if !idle(s.Head(), b.Run, plan) {
			e, head := l.sealed(b, plan, s.Head())
			if after, err = s.Apply(plan.Changes, head); err != nil {
				return store.Outcome{}, err
			}
			l.keep(after)
			out.Entries = []*graph.Entry{e}
		}
		out.Answer, err = answer(after.Revision())
		return out, err
	})
	if err != nil {
		return nil, err
	}
	l.p.Publish(after)
	return after, nil
}

// sealed is a plan as the entry after h, and the head after it.
func (l *Ledger) sealed(b graph.Batch, plan *graph.Plan, h graph.Head) (*graph.Entry, graph.Head) {
	e, head := graph.Seal(graph.Entry{At: l.after(h.At), Actor: b.Actor, Source: b.Source, Message: b.Message, Run: b.Run, Changes: plan.Changes}, h)
	return &e, head
}

// idle says whether an entry would say nothing: no changes, and no run to open,
// move on or close. The chunks of a run without changes only matter once it is
// open: an import of what is already there writes nothing at all.
func idle(h graph.Head, run *graph.Run, plan *graph.Plan) bool {
	if plan != nil && len(plan.Changes) > 0 {
		return false
	}
	if run == nil || !run.Last() {
		return true
	}
	_, open := slices.BinarySearchFunc(h.OpenRuns, run.Hash, func(r graph.Run, hash string) int { return cmp.Compare(r.Hash, hash) })
	return !open
}

// now is the clock in the ledger's resolution.
func (l *Ledger) now() time.Time { return l.clock().UTC().Truncate(time.Microsecond) }

// after is the clock in the ledger's resolution, and never before the last
// entry: a clock that was set back must not reorder history.
func (l *Ledger) after(last time.Time) time.Time {
	now := l.now()
	if now.Before(last) {
		return last
	}
	return now
}

// atHead is the snapshot at the head that tx has locked: the one that an earlier
// decision of the same transaction left, or the newest published one, caught up.
func (l *Ledger) atHead(ctx context.Context, tx store.Reader) (*graph.Snapshot, error) {
	head, err := tx.Head(ctx)
	if err != nil {
		return nil, err
	}
	s := l.p.Snapshot()
	if s.Head().Hash == head.Hash && s.Revision() == head.Revision {
		return s, nil // first choice: the projection compacts it
	}
	l.mu.Lock()
	pending := l.pending
	l.mu.Unlock()
	if pending != nil && pending.Revision() == head.Revision && pending.Head().Hash == head.Hash {
		return pending, nil
	}
	caught, err := projection.CatchUp(ctx, tx, s, head)
	if graph.IsKind(err, graph.Invalid) {
		// The newest snapshot is of another ledger: the projection will find out
		// by itself; what is decided here must not wait for it.
		return projection.Load(ctx, tx)
	}
	return caught, err
}

func (l *Ledger) keep(s *graph.Snapshot) {
	l.mu.Lock()
	l.pending = s
	l.mu.Unlock()
}
