package server

import (
	"context"
	"time"
)

// turns lets so many requests be answered at the same time, a short queue wait for
// their turn, and turns away the rest at once: a client that is told to come back
// costs nothing, one that waits for an answer that comes too late costs twice.
type turns struct {
	executing chan struct{}
	waiting   chan struct{}
	wait      time.Duration
}

func newTurns(l Limits) *turns {
	return &turns{make(chan struct{}, l.Executing), make(chan struct{}, l.Queue), l.Wait}
}

// enter waits for a turn; ok is false where there is none. leave gives it back.
func (t *turns) enter(ctx context.Context) (leave func(), ok bool) {
	select {
	case t.executing <- struct{}{}:
		return t.leave, true
	default:
	}
	select {
	case t.waiting <- struct{}{}:
		defer func() { <-t.waiting }()
	default:
		return nil, false
	}
	within, cancel := context.WithTimeout(ctx, t.wait)
	defer cancel()
	return t.await(within)
}

// await waits for a turn as long as ctx lasts, outside the queue: what has begun is
// not refused.
func (t *turns) await(ctx context.Context) (leave func(), ok bool) {
	select {
	case t.executing <- struct{}{}:
		return t.leave, true
	case <-ctx.Done():
		return nil, false
	}
}

func (t *turns) leave() { <-t.executing }
