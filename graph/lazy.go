package graph

import "sync"

// lazy is what is made once, when somebody first asks for it. Its zero value is ready;
// unlike a function that remembers, it takes no memory of its own. Safe for concurrent use.
type lazy[T any] struct {
	once sync.Once
	made bool
	is   T
}

// get makes it, if nobody has yet.
func (l *lazy[T]) get(from func() T) T {
	l.once.Do(func() { l.is, l.made = from(), true })
	if !l.made {
		panic("graph: what is made once came to nothing, which was reported to who asked first")
	}
	return l.is
}
