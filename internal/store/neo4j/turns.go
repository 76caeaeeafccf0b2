package neo4j

import (
	"context"
	"errors"
	"iter"
	"slices"
	"time"

	driver "github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
)

// CommitInTurn commits decisions one after another; see store.Store. Half of the time
// of a large commit is the server's alone, which brings what was written into its files.
// Meanwhile the next decision's records are written, in a transaction that takes the
// write lock when the one before is through. Where that is not the head that it was
// decided on, or anything else goes wrong, it is rolled back and committed as any other.
func (s *Store) CommitInTurn(ctx context.Context, decisions iter.Seq[store.Decide], done func()) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.users.Done()
	q := &turns{s: s, ctx: ctx, done: done}
	for d := range decisions {
		if err := q.next(d); err != nil {
			return err
		}
	}
	return q.land()
}

// turns are decisions that are committed one after another.
type turns struct {
	s      *Store
	ctx    context.Context
	done   func()
	last   *mark   // of what was committed last, here or in flight; nil: not known
	flying *flight // nil: none
}

// flight is a transaction that commits.
type flight struct {
	decide store.Decide
	landed chan struct{} // closed when it is over
	err    error         // then
}

// ahead is a transaction that was written before its turn.
type ahead struct {
	*transaction
	tx     driver.ExplicitTransaction
	before *mark
	end    func()
}

// patience is how long what was written ahead may be in the way of what commits: they
// might wait for each other, one of them here.
const patience = 2 * time.Second

// next begins the turn of a decision, and ends the one before.
func (q *turns) next(decide store.Decide) error {
	a := q.ahead(decide)
	if f := q.flying; a != nil && f != nil {
		select {
		case <-f.landed:
			if f.err != nil { // what a stands on is to be committed again first
				a = a.giveUp()
			}
		case <-time.After(patience):
			a = a.giveUp()
		}
	}
	if err := q.land(); err != nil {
		a.giveUp()
		return err
	}
	if a != nil && a.locked() {
		q.fly(a, decide)
		return nil
	}
	a.giveUp()
	q.last = nil
	if _, err := q.s.Commit(q.ctx, decide); err != nil {
		return err
	}
	q.done()
	return nil
}

// land waits for what flies. Where it did not arrive it is committed as any other, if
// it is known that it did not.
func (q *turns) land() error {
	f := q.flying
	if f == nil {
		return nil
	}
	q.flying = nil
	if <-f.landed; f.err != nil {
		if !again(f.err) {
			return q.s.explain(q.ctx, f.err)
		}
		q.last = nil
		if _, err := q.s.Commit(q.ctx, f.decide); err != nil {
			return err
		}
	}
	q.done()
	return nil
}

// fly commits a transaction whose turn it is. Whoever asked may leave: that does not
// end it.
func (q *turns) fly(a *ahead, decide store.Decide) {
	f := &flight{decide: decide, landed: make(chan struct{})}
	q.flying, q.last = f, a.mark
	ctx, cancel := context.WithTimeout(context.WithoutCancel(q.ctx), q.s.longest)
	a.ctx = ctx
	q.s.users.Go(func() {
		defer cancel()
		defer a.giveUp()
		defer close(f.landed)
		if f.err = a.finish(a.tx); errors.Is(f.err, errUnknownOutcome) {
			f.err = a.resolve(a.tx, f.err)
		}
	})
}

// ahead writes a decision's records on top of what is known to come before; nil where
// that cannot be, or goes wrong. Only new records are written ahead: nothing that is in
// flight waits for these.
func (q *turns) ahead(decide store.Decide) *ahead {
	if q.last == nil {
		m, err := q.s.gate.now(q.ctx)
		if err != nil {
			return nil
		}
		q.last = m
	}
	ctx, cancel := context.WithTimeout(q.ctx, q.s.longest)
	session, end := q.s.open(ctx)
	tx, err := session.BeginTransaction(ctx, q.s.lease(ctx))
	if err != nil {
		end()
		cancel()
		return nil
	}
	t, err := q.s.transactionAt(ctx, tx, q.last)
	a := &ahead{transaction: t, tx: tx, before: q.last, end: func() { _ = tx.Close(context.WithoutCancel(ctx)); end(); cancel() }}
	if err == nil {
		_, err = t.decide(&request{ctx: q.ctx, decide: decide})
	}
	fresh := !slices.ContainsFunc(t.entries, func(e *graph.Entry) bool {
		return slices.ContainsFunc(e.Changes, func(c graph.Change) bool {
			return c.Class != nil || c.Type != nil || c.NodeWas != nil || c.RelationWas != nil || c.RequirementWas != nil && c.Requirement == nil
		})
	})
	if err != nil || !t.wrote || len(t.answers) > 0 || !fresh || t.flush() != nil {
		return a.giveUp()
	}
	if t.rows, err = t.entryRows(); err != nil {
		return a.giveUp()
	}
	return a
}

// locked takes the write lock, and says whether the ledger ends where the transaction
// was decided.
func (a *ahead) locked() bool {
	m, err := lockedMark(a.ctx, a.r, lockToWrite)
	return err == nil && m.text == a.before.text
}

// giveUp rolls it back.
func (a *ahead) giveUp() *ahead {
	if a != nil && a.end != nil {
		a.end()
		a.end = nil
	}
	return nil
}
