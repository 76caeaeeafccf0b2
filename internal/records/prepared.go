package records

import (
	"context"
	"iter"

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

// CommitPrepared writes groups of what was prepared, one after another, each in a
// transaction, and calls done for each that is durable. Where the head is another one
// than a group was prepared on, neither it nor any other group is written, and moved is
// true: what was planned may no longer hold.
func (l *Ledger) CommitPrepared(ctx context.Context, groups iter.Seq[[]*Prepared], done func()) (moved bool, err error) {
	var line []*prepared // that are not done
	err = l.st.CommitInTurn(ctx, func(yield func(store.Decide) bool) {
		for list := range groups {
			g := &prepared{list: list}
			line = append(line, g)
			if !yield(g.decide(l)) || moved {
				return
			}
		}
	}, func() {
		g := line[0]
		line = line[1:]
		if moved = moved || g.moved; !moved {
			l.p.Publish(g.after())
			done()
		}
	})
	return moved, err
}

// prepared is a group that is written as a whole.
type prepared struct {
	list  []*Prepared
	moved bool // the head was another one
}

func (g *prepared) after() *graph.Snapshot { return g.list[len(g.list)-1].after }

func (g *prepared) decide(l *Ledger) store.Decide {
	return func(ctx context.Context, tx store.Reader) (store.Outcome, error) {
		head, err := tx.Head(ctx)
		if err != nil {
			return store.Outcome{}, err
		}
		if g.moved = !same(head, g.list[0].before); g.moved {
			return store.Outcome{}, nil
		}
		l.keep(g.after())
		var entries []*graph.Entry
		for _, p := range g.list {
			if p.entry != nil {
				entries = append(entries, p.entry)
			}
		}
		return store.Write(entries...), nil
	}
}
