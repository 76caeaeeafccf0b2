package graph

import (
	"sync"
	"sync/atomic"
)

// lazy is what is made once, when somebody first asks for it. Its zero value is ready;
// unlike a function that remembers, it takes no memory of its own. Safe for concurrent use.
type lazy[T any] struct {
	made atomic.Bool
	mu   sync.Mutex
	is   T
}

// get makes it, if nobody has yet.
func (l *lazy[T]) get(from func() T) T {
	if !l.made.Load() {
		l.make(from)
	}
	return l.is
}

func (l *lazy[T]) make(from func() T) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.made.Load() {
		l.is = from()
		l.made.Store(true)
	}
}
