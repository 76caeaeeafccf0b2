package resolvers

import (
	"container/list"
	"sync"
)

// shelf keeps values by name, within a bound of how many they are and one of what
// they weigh. They stand in a line; where they are too many the first go, the last
// one stays whatever it weighs. It may be used by many goroutines.
type shelf[T any] struct {
	most, heaviest int

	mu     sync.Mutex
	line   list.List // of *held[T]
	byName map[string]*list.Element
	weight int
}

type held[T any] struct {
	name   string
	value  T
	weight int
}

// put keeps a value as the last in line, in place of an earlier one of its name. The
// first go also while they are spent.
func (k *shelf[T]) put(name string, value T, weight int, spent func(T) bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if old, ok := k.byName[name]; ok {
		k.drop(old)
	}
	if k.byName == nil {
		k.byName = map[string]*list.Element{}
	}
	k.byName[name] = k.line.PushBack(&held[T]{name, value, weight})
	k.weight += weight
	for k.line.Len() > 1 && (k.line.Len() > k.most || k.weight > k.heaviest || spent(k.line.Front().Value.(*held[T]).value)) {
		k.drop(k.line.Front())
	}
}

func (k *shelf[T]) drop(e *list.Element) {
	h := k.line.Remove(e).(*held[T])
	delete(k.byName, h.name)
	k.weight -= h.weight
}

// get is the value of a name; where it is used it becomes the last in line.
func (k *shelf[T]) get(name string, used bool) (value T, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	e, ok := k.byName[name]
	if !ok {
		return value, false
	}
	if used {
		k.line.MoveToBack(e)
	}
	return e.Value.(*held[T]).value, true
}
