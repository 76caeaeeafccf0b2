package neo4j

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	driver "github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
)

// What one transaction takes at most: a group shares one commit, but nobody
// should wait long for the others.
const (
	maxGroup   = 64
	maxChanges = 20_000
	maxTime    = 50 * time.Millisecond
)

// lateness is how long a caller whose deadline has passed waits for the truth
// about a commit that is on its way.
const lateness = 500 * time.Millisecond

// writer is the one goroutine of the process that writes.
type writer struct {
	s     *Store
	queue chan *request
	done  chan struct{}
}

// request is a commit that waits for its turn.
type request struct {
	ctx    context.Context
	decide store.Decide
	taken  atomic.Bool // by the writer, or by the caller who gave up
	answer chan answer
}

type answer struct {
	head graph.Head
	err  error
}

func newWriter(s *Store) *writer {
	w := &writer{s: s, queue: make(chan *request), done: make(chan struct{})}
	go w.loop()
	return w
}

// Commit runs decide under the ledger's lock and writes its entry; see
// store.Store.
func (s *Store) Commit(ctx context.Context, decide store.Decide) (graph.Head, error) {
	if err := s.enter(); err != nil {
		return graph.Head{}, err
	}
	defer s.users.Done()
	r := &request{ctx: ctx, decide: decide, answer: make(chan answer, 1)}
	select {
	case s.writer.queue <- r:
	case <-ctx.Done():
		return graph.Head{}, s.explain(ctx, ctx.Err())
	}
	select {
	case a := <-r.answer:
		return a.head, a.err
	case <-ctx.Done():
	}
	if r.taken.CompareAndSwap(false, true) {
		return graph.Head{}, s.explain(ctx, ctx.Err())
	}
	select { // it is being written: the truth is worth a short wait
	case a := <-r.answer:
		return a.head, a.err
	case <-time.After(lateness):
		return graph.Head{}, graph.Errorf(graph.Unavailable, "cancelled while the store %s committed: whether it did is not known", s.name).
			WithHint("send the same again: what is there already is not written twice").Because(ctx.Err())
	}
}

func (w *writer) loop() {
	defer close(w.done)
	for r := range w.queue {
		w.serve(r)
	}
}

// close ends the goroutine; nobody may be in Commit any more.
func (w *writer) close() {
	close(w.queue)
	<-w.done
}

// serve runs a transaction for r and whoever waits by then.
func (w *writer) serve(r *request) {
	if !r.taken.CompareAndSwap(false, true) {
		return
	}
	group, answers, err := w.transact(r, true)
	if err != nil && len(group) > 1 && !errors.Is(err, errUnknownOutcome) {
		// One of them, or the database, spoilt it for all: each alone, now.
		for _, r := range group {
			one, a, err := w.transact(r, false)
			w.reply(one, a, err)
		}
		return
	}
	w.reply(group, answers, err)
}

func (w *writer) reply(group []*request, answers []answer, err error) {
	for i, r := range group {
		if err != nil {
			r.answer <- answer{err: w.s.explain(r.ctx, err)}
		} else {
			r.answer <- answers[i]
		}
	}
}

// transact decides and writes first and, where asked for company, those who wait
// by then, in one transaction. What they decided, refusals too, is only true if
// the transaction commits: else err answers all of them. What fails for a reason
// that passes is repeated with the same group, as long as no commit was sent.
func (w *writer) transact(first *request, company bool) (group []*request, answers []answer, err error) {
	c := newCompany(w.s.longest)
	defer c.end()
	c.join(first)
	group = []*request{first}
	err = w.s.insist(c.ctx, func() error {
		answers, err = w.once(c, &group, company)
		return err
	})
	return group, answers, err
}

// once is one try of a transaction; members that join stay in the group.
func (w *writer) once(c *companions, group *[]*request, company bool) (answers []answer, err error) {
	session, end := w.s.open(c.ctx)
	defer end()
	tx, err := session.BeginTransaction(c.ctx, w.s.lease((*group)[0].ctx))
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Close(context.WithoutCancel(c.ctx)) }() // rolls back what was not committed
	t, err := w.s.newTransaction(c.ctx, tx)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	for i := 0; i < len(*group); i++ {
		a, err := t.decide((*group)[i])
		if err != nil {
			return nil, err
		}
		answers = append(answers, a)
		if company && i == len(*group)-1 && len(*group) < maxGroup && t.changes < maxChanges && time.Since(start) < maxTime {
			if r := w.another(); r != nil {
				c.join(r)
				*group = append(*group, r)
			}
		}
	}
	if err = t.finish(tx); errors.Is(err, errUnknownOutcome) {
		err = t.resolve(tx, err)
	}
	return answers, err
}

// another is the next one who waits, or nil.
func (w *writer) another() *request {
	for {
		select {
		case r, ok := <-w.queue:
			if !ok {
				return nil
			}
			if r.taken.CompareAndSwap(false, true) {
				return r
			}
		default:
			return nil
		}
	}
}

// companions share a transaction: its context ends when each of theirs has, and
// not when one has.
type companions struct {
	ctx    context.Context
	cancel context.CancelFunc
	mu     sync.Mutex
	left   int
	stops  []func() bool
}

func newCompany(longest time.Duration) *companions {
	c := &companions{}
	c.ctx, c.cancel = context.WithTimeout(context.Background(), longest)
	return c
}

func (c *companions) join(r *request) {
	c.mu.Lock()
	c.left++
	c.mu.Unlock()
	c.stops = append(c.stops, context.AfterFunc(r.ctx, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.left--; c.left == 0 {
			c.cancel()
		}
	}))
}

func (c *companions) end() {
	for _, stop := range c.stops {
		stop()
	}
	c.cancel()
}

// transaction is one transaction under the write lock.
type transaction struct {
	view
	ctx     context.Context // of all companions
	total   total           // what was decided and is not written yet
	entries []*graph.Entry  // those that are not written yet
	rows    []any           // they, where that was made already
	answers map[answerKey]*store.Answer
	wrote   bool
	changes int
	broken  error // the database's: nothing can be written any more
}

func (s *Store) newTransaction(ctx context.Context, tx driver.ExplicitTransaction) (*transaction, error) {
	m, err := lockedMark(ctx, joint{tx}, lockToWrite)
	if err != nil {
		return nil, err
	}
	return s.transactionAt(ctx, tx, m)
}

// transactionAt is one that decides on top of a head, whoever holds the lock.
func (s *Store) transactionAt(ctx context.Context, tx driver.ExplicitTransaction, m *mark) (*transaction, error) {
	t := &transaction{view: view{s: s, r: joint{tx}, mark: m}, ctx: ctx, total: total{}, answers: map[answerKey]*store.Answer{}}
	_, err := t.catalogue(ctx)
	return t, err
}

// fail keeps the first error of the database: after it the transaction is over,
// whatever a decision makes of it.
func (t *transaction) fail(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if _, ours := errors.AsType[*graph.Error](err); !ours && t.broken == nil {
		t.broken = err
	}
	return t.s.explain(ctx, err)
}

// decide asks one request and takes its entry. The answer holds its refusal; err
// is the transaction's.
func (t *transaction) decide(r *request) (a answer, err error) {
	if err := r.ctx.Err(); err != nil {
		return answer{err: t.s.explain(r.ctx, err)}, nil
	}
	out, refusal := t.ask(r)
	if t.broken != nil {
		return answer{}, t.broken
	}
	if refusal == nil && !out.Empty() && r.ctx.Err() != nil {
		refusal = t.s.explain(r.ctx, r.ctx.Err())
	}
	if refusal == nil {
		refusal = out.Continue(t.mark.Head)
	}
	if refusal != nil {
		return answer{err: refusal}, nil
	}
	for _, e := range out.Entries {
		if !store.Says(e) {
			continue
		}
		if err := t.take(e); err != nil {
			return answer{}, err
		}
	}
	if a := out.Answer; a != nil {
		t.answers[answerKey{a.Principal, a.Key}] = a
	}
	return answer{head: t.mark.Head}, nil
}

// ask calls decide. What it panics with must not end the one goroutine that
// writes for all.
func (t *transaction) ask(r *request) (out store.Outcome, err error) {
	tx := &inside{t: t}
	defer func() {
		tx.over = true
		if p := recover(); p != nil {
			out, err = store.Outcome{}, graph.Errorf(graph.Internal, "internal error").Because(fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
		}
	}()
	return r.decide(r.ctx, tx)
}

// take moves the head on to an entry, which is written later, with others.
func (t *transaction) take(e *graph.Entry) error {
	defined := t.mark.defined
	for i := range e.Changes {
		if c := &e.Changes[i]; c.Class != nil || c.Type != nil {
			defined = e.Revision
		}
	}
	m, err := markOf(t.mark.After(e), defined)
	if err != nil {
		return err
	}
	t.mark = m
	t.total.add(e.Changes)
	t.entries = append(t.entries, e)
	t.wrote = true
	t.changes += len(e.Changes)
	return nil
}

// finish writes what is left and commits.
func (t *transaction) finish(tx driver.ExplicitTransaction) error {
	if !t.wrote && len(t.answers) == 0 {
		return tx.Rollback(t.ctx)
	}
	if err := t.remember(); err != nil {
		return err
	}
	if t.wrote {
		if err := t.publish(); err != nil {
			return err
		}
	}
	if err := tx.Commit(t.ctx); err != nil {
		if _, refused := errors.AsType[*driver.Neo4jError](err); refused {
			return err // the server says that it did not
		}
		return errors.Join(errUnknownOutcome, err)
	}
	if t.wrote {
		t.s.settled.Store(t.mark)
		t.learned()
	}
	return nil
}

// publish writes the records, the entries and the head. From here on, readers wait
// for the commit.
func (t *transaction) publish() error {
	if err := t.flush(); err != nil {
		return err
	}
	rows := t.rows
	if rows == nil {
		var err error
		if rows, err = t.entryRows(); err != nil {
			return err
		}
	}
	n, err := number(t.ctx, t.r, putHead, params{"rows": rows, "revision": int64(t.mark.Revision), "at": t.mark.At, "head": t.mark.text})
	if err != nil {
		return err
	}
	if n != int64(len(rows)) {
		return graph.Errorf(graph.Invalid, "the ledger's head is gone: somebody removed it").WithHint("restore the store from a dump")
	}
	return nil
}
