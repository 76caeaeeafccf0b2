package records

import (
	"context"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
)

// Prepared is a plan that was sealed as the entry after a snapshot, for example one
// that a Rehearsal made. Several can be prepared one after another, each on the
// snapshot that the one before leads to, before the first is written.
type Prepared struct {
	entry  *graph.Entry // nil: there is nothing to write
	before graph.Head
	after  *graph.Snapshot
}

// Snapshot is the graph after it.
func (p *Prepared) Snapshot() *graph.Snapshot { return p.after }

// Prepare seals a plan of meta's author that was checked at s. It writes nothing.
func (l *Ledger) Prepare(meta graph.Batch, plan *graph.Plan, s *graph.Snapshot) (*Prepared, error) {
	p := &Prepared{before: s.Head(), after: s}
	if idle(p.before, meta.Run, plan) {
		return p, nil
	}
	e, head := l.sealed(meta, plan, p.before)
	p.entry = e
	var err error
	p.after, err = s.Apply(plan.Changes, head)
	return p, err
}

// CommitPrepared writes what was prepared. Where the head is another by now, nothing
// is written and moved is true: what was planned may no longer hold.
func (l *Ledger) CommitPrepared(ctx context.Context, p *Prepared) (moved bool, err error) {
	_, err = l.st.Commit(ctx, func(ctx context.Context, tx store.Reader) (store.Outcome, error) {
		head, err := tx.Head(ctx)
		if err != nil {
			return store.Outcome{}, err
		}
		if moved = head.Revision != p.before.Revision || head.Hash != p.before.Hash; moved {
			return store.Outcome{}, nil
		}
		l.keep(p.after)
		return store.Write(p.entry), nil
	})
	switch {
	case moved:
		return true, nil
	case err != nil:
		return false, err
	}
	l.p.Publish(p.after)
	return false, nil
}
