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

// CommitPrepared writes what was prepared, one after another, in one transaction.
// Where the head is another by now, nothing is written and moved is true: what was
// planned may no longer hold.
func (l *Ledger) CommitPrepared(ctx context.Context, list ...*Prepared) (moved bool, err error) {
	if len(list) == 0 {
		return false, nil
	}
	first, last := list[0], list[len(list)-1]
	var entries []*graph.Entry
	for _, p := range list {
		if p.entry != nil {
			entries = append(entries, p.entry)
		}
	}
	_, err = l.st.Commit(ctx, func(ctx context.Context, tx store.Reader) (store.Outcome, error) {
		head, err := tx.Head(ctx)
		if err != nil {
			return store.Outcome{}, err
		}
		if moved = !same(head, first.before); moved {
			return store.Outcome{}, nil
		}
		l.keep(last.after)
		return store.Write(entries...), nil
	})
	switch {
	case moved:
		return true, nil
	case err != nil:
		return false, err
	}
	l.p.Publish(last.after)
	return false, nil
}
