package sqlite

import "sync"

// words give the strings that repeat in every row small numbers. A committed
// number is never given to another word, so what was read once is true for good.
type words struct {
	mu    sync.RWMutex
	known map[string]int64
}

func (w *words) recall(text string) (int64, bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	n, ok := w.known[text]
	return n, ok
}

func (w *words) remember(text string, n int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.known[text] = n
}

// lexicon is what one transaction knows: the words, and those that it has added
// itself, which nobody else may learn before it commits.
type lexicon struct {
	*words
	c     *conn
	fresh map[string]int64 // nil for a reader
}

// find is the number of a word, 0 where the store has never seen it.
func (l *lexicon) find(text string) (int64, error) {
	if n, ok := l.recall(text); ok {
		return n, nil
	}
	if n, ok := l.fresh[text]; ok {
		return n, nil
	}
	n, err := l.c.number(getWord, text)
	if err == nil && n != 0 {
		l.remember(text, n)
	}
	return n, err
}

// learn is the number of a word, which it adds where needed.
func (l *lexicon) learn(text string) (int64, error) {
	n, err := l.find(text)
	if err != nil || n != 0 {
		return n, err
	}
	if err := l.c.run(addWord, text); err != nil {
		return 0, err
	}
	if n, err = l.c.number(lastWord); err != nil {
		return 0, err
	}
	l.fresh[text] = n
	return n, nil
}

// committed shares what the transaction has added.
func (l *lexicon) committed() {
	for text, n := range l.fresh {
		l.remember(text, n)
	}
}
