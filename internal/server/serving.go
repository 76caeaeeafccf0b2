package server

import (
	"context"
	"net"
	"sync"
)

// serving is what streams must know of the server that carries them: they would
// hold it up for ever, and of a WebSocket it knows nothing once it is one.
type serving struct {
	ctx     context.Context // ends when the server is to stop
	sockets sync.WaitGroup
}

type servingKey struct{}

func (s *serving) base(net.Listener) context.Context {
	return context.WithValue(context.WithoutCancel(s.ctx), servingKey{}, s)
}

// wait waits for the WebSockets to be closed.
func (s *serving) wait(ctx context.Context) error {
	closed := make(chan struct{})
	go func() {
		s.sockets.Wait()
		close(closed)
	}()
	select {
	case <-closed:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// streaming is a context that ends with the request, and when the server is to
// stop; stopped says whether that was the reason.
func streaming(ctx context.Context) (out context.Context, stopped func() bool, cancel func()) {
	out, end := context.WithCancel(ctx)
	s, ok := ctx.Value(servingKey{}).(*serving)
	if !ok {
		return out, func() bool { return false }, end
	}
	unhook := context.AfterFunc(s.ctx, end)
	return out, func() bool { return s.ctx.Err() != nil }, func() { unhook(); end() }
}

// socketOpened counts a WebSocket in, so that the server waits for its end.
func socketOpened(ctx context.Context) (closed func()) {
	s, ok := ctx.Value(servingKey{}).(*serving)
	if !ok {
		return func() {}
	}
	s.sockets.Add(1)
	return s.sockets.Done
}

// places counts what each principal has open.
type places struct {
	mu    sync.Mutex
	most  int
	taken map[string]int
}

func newPlaces(most int) *places { return &places{most: most, taken: map[string]int{}} }

// take takes a place; ok is false where the principal has none left.
func (p *places) take(principal string) (leave func(), ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.taken[principal] >= p.most {
		return nil, false
	}
	p.taken[principal]++
	return sync.OnceFunc(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.taken[principal]--; p.taken[principal] == 0 {
			delete(p.taken, principal)
		}
	}), true
}

// open is how many are taken.
func (p *places) open() (n float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, taken := range p.taken {
		n += float64(taken)
	}
	return n
}
