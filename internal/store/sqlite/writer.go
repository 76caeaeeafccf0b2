package sqlite

import (
	"context"
	"fmt"
	"iter"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
)

// What one transaction takes at most: a group shares one sync of the disk, but
// nobody should wait long for the others.
const (
	maxGroup   = 64
	maxChanges = 20_000
	maxTime    = 50 * time.Millisecond
)

// writer is the one goroutine that writes.
type writer struct {
	s     *Store
	c     *conn
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

func newWriter(s *Store, c *conn) *writer {
	s.words.known = map[string]int64{}
	w := &writer{s: s, c: c, queue: make(chan *request), done: make(chan struct{})}
	go w.loop()
	return w
}

// Commit runs decide under the lock of the file and writes its entry; see
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
		return graph.Head{}, s.explain(ctx.Err())
	}
	select {
	case a := <-r.answer:
		return a.head, a.err
	case <-ctx.Done():
		if r.taken.CompareAndSwap(false, true) {
			return graph.Head{}, s.explain(ctx.Err())
		}
		a := <-r.answer // it is being written: the truth is worth the short wait
		return a.head, a.err
	}
}

// CommitInTurn commits decisions one after another; see store.Store.
func (s *Store) CommitInTurn(ctx context.Context, decisions iter.Seq[store.Decide], done func()) error {
	for d := range decisions {
		if _, err := s.Commit(ctx, d); err != nil {
			return err
		}
		done()
	}
	return nil
}

func (w *writer) loop() {
	defer close(w.done)
	for r := range w.queue {
		w.serve(r)
	}
}

// close ends the goroutine; nobody may be in Commit any more.
func (w *writer) close() error {
	close(w.queue)
	<-w.done
	if w.s.scratch == "" {
		_ = w.c.run(checkpoint) // a tidy file; the log holds all that it did not reach
	}
	return w.c.close()
}

// serve runs a transaction for r and whoever waits by then.
func (w *writer) serve(r *request) {
	if !r.taken.CompareAndSwap(false, true) {
		return
	}
	group, answers, err := w.transact(r, true)
	if err != nil && len(group) > 1 {
		// One of them, or the disk, spoilt it for all: each alone, now.
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
			r.answer <- answer{err: w.s.explain(err)}
		} else {
			r.answer <- answers[i]
		}
	}
}

// transact decides and writes first and, where asked for company, those who wait
// by then, in one transaction. What they decided, refusals too, is only true if
// the transaction commits: else err answers all of them.
func (w *writer) transact(first *request, company bool) (group []*request, answers []answer, err error) {
	group = []*request{first}
	if err := w.s.insist(first.ctx, func() error { return w.c.run(beginWrite) }); err != nil {
		return group, nil, err
	}
	t, err := w.s.newTransaction(w.c)
	if err == nil {
		start := time.Now()
		for i := 0; i < len(group) && err == nil; i++ {
			var a answer
			a, err = t.decide(group[i])
			answers = append(answers, a)
			if company && i == len(group)-1 && len(group) < maxGroup && t.changes < maxChanges && time.Since(start) < maxTime {
				group = w.join(group)
			}
		}
	}
	if err == nil {
		err = t.finish()
	}
	if err != nil {
		_ = w.c.run(rollback) // it may have been rolled back already
	}
	return group, answers, err
}

// join takes the next one who waits into the group.
func (w *writer) join(group []*request) []*request {
	for {
		select {
		case r, ok := <-w.queue:
			if !ok {
				return group
			}
			if r.taken.CompareAndSwap(false, true) {
				return append(group, r)
			}
		default:
			return group
		}
	}
}

// transaction is one BEGIN IMMEDIATE at work.
type transaction struct {
	reader
	wrote    bool // entries
	answered bool
	changes  int
}

func (s *Store) newTransaction(c *conn) (*transaction, error) {
	t := &transaction{reader: reader{s: s, c: c, words: lexicon{words: &s.words, c: c, fresh: map[string]int64{}}}}
	var err error
	t.head, t.defined, err = readHead(c)
	if err != nil {
		return nil, err
	}
	t.cat, err = s.catalogueOf(c, t.defined)
	return t, err
}

// decide asks one request and writes its entry. The answer holds its refusal;
// err is the transaction's.
func (t *transaction) decide(r *request) (a answer, err error) {
	if err := r.ctx.Err(); err != nil {
		return answer{err: t.s.explain(err)}, nil
	}
	out, refusal := t.ask(r)
	if refusal == nil && !out.Empty() && r.ctx.Err() != nil {
		refusal = t.s.explain(r.ctx.Err())
	}
	if refusal == nil {
		refusal = out.Continue(t.head)
	}
	if refusal != nil {
		return answer{err: refusal}, nil
	}
	for _, e := range out.Entries {
		if !store.Says(e) {
			continue
		}
		if err := t.write(e); err != nil {
			return answer{}, err
		}
		t.head = t.head.After(e)
		t.wrote = true
		t.changes += len(e.Changes)
	}
	if out.Answer != nil {
		if err := t.remember(out.Answer); err != nil {
			return answer{}, err
		}
		t.answered = true
	}
	return answer{head: t.head}, nil
}

// ask calls decide. What it panics with must not end the one goroutine that
// writes for all.
func (t *transaction) ask(r *request) (out store.Outcome, err error) {
	tx := &inside{reader: &t.reader}
	defer func() {
		tx.over = true
		if p := recover(); p != nil {
			out, err = store.Outcome{}, graph.Errorf(graph.Internal, "internal error").Because(fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
		}
	}()
	return r.decide(r.ctx, tx)
}

// finish writes the head and commits.
func (t *transaction) finish() error {
	if !t.wrote && !t.answered {
		return t.c.run(rollback)
	}
	if t.wrote {
		if err := writeHead(t.c, t.head, t.defined); err != nil {
			return err
		}
	}
	if err := t.c.run(commit); err != nil {
		return err
	}
	t.words.committed()
	return nil
}
