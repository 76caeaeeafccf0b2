package store

import (
	"context"
	"errors"
	"iter"
	"sync/atomic"

	"github.com/faultline-itsm/faultline/graph"
)

// Observer is told of the calls of a store. Its methods may be called from many
// goroutines.
type Observer interface {
	// Call is told which method begins, and returns whom to tell how it ended; the
	// context is the call's from there on. What decide refuses within Commit is
	// the caller's word, not the store's: it ends such a call as nil does.
	Call(ctx context.Context, method string) (context.Context, func(error))

	// Committed is told of each entry that became durable, by how many changes it
	// has.
	Committed(changes int)
}

// Methods are the names by which an Observer is told of them.
var Methods = []string{"Head", "Records", "Find", "Entries", "Answer", "Stream", "Commit", "CommitInTurn"}

// Observed is a store whose calls o is told of. What the store can do beside the
// port, it still can: an Auditor stays one. Reads within Commit are part of it.
func Observed(st Store, o Observer) Store {
	seen := &observed{st, o}
	if a, ok := st.(Auditor); ok {
		return struct {
			*observed
			Auditor
		}{seen, a}
	}
	return seen
}

type observed struct {
	Store
	o Observer
}

// told calls the store and has the observer know.
func told[T any](ctx context.Context, s *observed, method string, call func(context.Context) (T, error)) (T, error) {
	ctx, end := s.o.Call(ctx, method)
	answer, err := call(ctx)
	end(err)
	return answer, err
}

func (s *observed) Head(ctx context.Context) (graph.Head, error) {
	return told(ctx, s, "Head", s.Store.Head)
}

func (s *observed) Records(ctx context.Context, wants graph.Wants) (graph.Records, error) {
	return told(ctx, s, "Records", func(ctx context.Context) (graph.Records, error) { return s.Store.Records(ctx, wants) })
}

func (s *observed) Find(ctx context.Context, q Query) (Page, error) {
	return told(ctx, s, "Find", func(ctx context.Context) (Page, error) { return s.Store.Find(ctx, q) })
}

func (s *observed) Entries(ctx context.Context, after graph.Revision, limit int) ([]graph.Entry, error) {
	return told(ctx, s, "Entries", func(ctx context.Context) ([]graph.Entry, error) { return s.Store.Entries(ctx, after, limit) })
}

func (s *observed) Answer(ctx context.Context, principal, key string) (*Answer, error) {
	return told(ctx, s, "Answer", func(ctx context.Context) (*Answer, error) { return s.Store.Answer(ctx, principal, key) })
}

func (s *observed) Stream(ctx context.Context, each func(graph.Change) error) (graph.Head, error) {
	return told(ctx, s, "Stream", func(ctx context.Context) (graph.Head, error) { return s.Store.Stream(ctx, each) })
}

func (s *observed) Commit(ctx context.Context, decide Decide) (graph.Head, error) {
	ctx, end := s.o.Call(ctx, "Commit")
	var last overheard
	h, err := s.Store.Commit(ctx, last.listen(decide))
	if err == nil {
		last.committed(s.o)
	}
	end(last.fault(err))
	return h, err
}

func (s *observed) CommitInTurn(ctx context.Context, decisions iter.Seq[Decide], done func()) error {
	ctx, end := s.o.Call(ctx, "CommitInTurn")
	var line []*overheard // that are not done
	err := s.Store.CommitInTurn(ctx, func(yield func(Decide) bool) {
		for d := range decisions {
			line = append(line, &overheard{})
			if !yield(line[len(line)-1].listen(d)) {
				return
			}
		}
	}, func() {
		line[0].committed(s.o)
		line = line[1:]
		done()
	})
	fault := err
	for _, x := range line {
		fault = x.fault(fault)
	}
	end(fault)
	return err
}

// overheard is what a decision said, the last time that it was asked: it may still run
// when a store gives up waiting for it.
type overheard struct{ last atomic.Pointer[said] }

type said struct {
	Outcome
	err error
}

func (x *overheard) listen(decide Decide) Decide {
	return func(ctx context.Context, tx Reader) (Outcome, error) {
		o, err := decide(ctx, tx)
		x.last.Store(&said{o, err})
		return o, err
	}
}

// fault is an error, unless it is the decision's own word.
func (x *overheard) fault(err error) error {
	if d := x.last.Load(); d != nil && d.err != nil && errors.Is(err, d.err) {
		return nil
	}
	return err
}

// committed tells of the entries.
func (x *overheard) committed(o Observer) {
	if d := x.last.Load(); d != nil {
		for _, e := range d.Entries {
			if Says(e) {
				o.Committed(len(e.Changes))
			}
		}
	}
}
