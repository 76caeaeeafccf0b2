package neo4j

import (
	"context"
	"sync"
	"time"
)

// gate answers whether what was read is of one revision. Neo4j shows a commit to
// readers piece by piece while it is applied, so a reader compares the head
// before and after, and looks at it under the lock that a writer holds while it
// commits. One look serves all who ask before it begins: readers wait in one
// line, not each for each other's lock.
type gate struct {
	s       *Store
	mu      sync.Mutex
	next    *look // not begun yet
	looking bool
}

type look struct {
	done chan struct{}
	mark *mark
	err  error
}

// now is the head at a moment after the call, with nothing half published.
func (g *gate) now(ctx context.Context) (*mark, error) {
	g.mu.Lock()
	if g.next == nil {
		g.next = &look{done: make(chan struct{})}
	}
	l := g.next
	if !g.looking {
		g.looking = true
		g.s.users.Add(1) // the caller is counted in, so Close has not begun to wait
		go g.serve()
	}
	g.mu.Unlock()
	select {
	case <-l.done:
		return l.mark, l.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (g *gate) serve() {
	defer g.s.users.Done()
	for {
		g.mu.Lock()
		l := g.next
		g.next = nil
		if l == nil {
			g.looking = false
			g.mu.Unlock()
			return
		}
		g.mu.Unlock()
		l.mark, l.err = g.s.look()
		close(l.done)
	}
}

// lookWithin bounds a look: a commit is applied in milliseconds, a large one on a slow
// disk in seconds; whoever takes longer has lost its connection.
const lookWithin = 10 * time.Second

// look reads the head under the lock. It has a deadline of its own: it works for
// many callers, who leave when theirs ends.
func (s *Store) look() (m *mark, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), min(lookWithin, s.longest))
	defer cancel()
	err = s.within(ctx, func(r runner) error {
		m, err = lockedMark(ctx, r, lockToRead)
		return err
	})
	if err == nil {
		s.settled.Store(m)
	}
	return m, err
}

// lockedMark is the head under a lock that is held until the transaction ends.
func lockedMark(ctx context.Context, r runner, lock statement) (*mark, error) {
	v, err := row(ctx, r, lock, nil)
	if err != nil {
		return nil, err
	}
	return readMark(v)
}

// settle is the head, and all that led to it is there to be read. It costs a
// look only where the head is one that this process has not settled before.
func (s *Store) settle(ctx context.Context, r runner) (*mark, error) {
	v, err := row(ctx, r, getHead, nil)
	if err != nil {
		return nil, err
	}
	if known := s.settled.Load(); known != nil && len(v) > 0 && v[0] == known.text {
		return known, nil
	}
	return s.gate.now(ctx)
}
