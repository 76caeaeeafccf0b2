package store

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"sync"
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// ErrAbsent is in the cause of an error where nobody answered at a store's
// address, or what answered is still starting: to wait may help. Wrong
// credentials or somebody else's graph are no absence.
var ErrAbsent = errors.New("nobody answers where the store should be")

// Watched is a store that may go away and come back, or not be there yet. While
// its head cannot be read every call fails at once, with the reason, and one
// goroutine tries again, with pauses that grow. Nobody waits for a store that is
// known to be away, and no caller's retries reach it.
type Watched struct {
	open    func(context.Context) (Store, error)
	opts    WatchOptions
	ctx     context.Context // of the trying
	stop    context.CancelFunc
	running sync.WaitGroup

	mu      sync.Mutex
	st      Store // nil: it was never there
	away    error // why nothing is asked now; nil while it answers
	trying  bool
	ended   bool
	answers int // calls that went well, to tell a store that is slow from one that is away
}

var (
	_ Store   = (*Watched)(nil)
	_ Auditor = (*Watched)(nil)
)

// WatchOptions of a watched store; the zero value is what a service wants.
type WatchOptions struct {
	Logger *slog.Logger // is told when the store goes and comes; nil: silent

	// GaveUp is called, once at most, where a store that was absent at first turns
	// out to be one that cannot be opened. From then on every call fails with the
	// same error.
	GaveUp func(error)
}

// How a store that is away is tried again.
const (
	firstPause = 100 * time.Millisecond // doubled after each try
	mostPause  = 2 * time.Second
	tryWithin  = 2 * time.Second  // that it is given to tell its head
	openWithin = 15 * time.Second // a server that has just started is slow to lay out
)

// Watch opens a store. Where it is absent (ErrAbsent) that is no error: it is
// opened as soon as it comes.
func Watch(ctx context.Context, open func(context.Context) (Store, error), opts WatchOptions) (*Watched, error) {
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	w := &Watched{open: open, opts: opts}
	w.ctx, w.stop = context.WithCancel(context.WithoutCancel(ctx))
	if err := w.try(ctx); err != nil {
		if !absent(err) || ctx.Err() != nil {
			w.stop()
			return nil, err
		}
		w.lost(err)
		w.doubt()
	}
	return w, nil
}

func absent(err error) bool {
	return errors.Is(err, ErrAbsent) || errors.Is(err, context.DeadlineExceeded)
}

// Away says why the store is not asked now; nil while it answers. The error has its
// cause.
func (w *Watched) Away() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.away
}

// Close ends the trying and closes the store. A second call does nothing.
func (w *Watched) Close() error {
	w.mu.Lock()
	w.ended = true
	w.mu.Unlock()
	w.stop()
	w.running.Wait()
	w.mu.Lock()
	st := w.st
	w.mu.Unlock()
	if st == nil {
		return nil
	}
	return st.Close()
}

// now is the store, or why it is not asked.
func (w *Watched) now() (Store, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.ended && w.st == nil:
		return nil, graph.Errorf(graph.Unavailable, "the store is closed")
	case w.away != nil && !w.ended:
		return nil, unlogged(w.away)
	}
	return w.st, nil
}

// unlogged is an error without its cause, which was logged when the store went away:
// edges log the causes of what they answer, and a log that says the same for each
// request is no use.
func unlogged(err error) error {
	if e, ok := errors.AsType[*graph.Error](err); ok {
		c := *e
		c.Cause = nil
		return &c
	}
	return err
}

// seen looks at how a call ended: what may mean that the store is away is found
// out by asking for its head, and one that was slow to tell it is back when anything
// goes well.
func (w *Watched) seen(err error) {
	if err == nil {
		w.answered()
	} else if graph.IsKind(err, graph.Unavailable) && !errors.Is(err, context.Canceled) {
		w.doubt()
	}
}

func (w *Watched) answered() {
	w.mu.Lock()
	w.answers++
	was := w.away
	w.away = nil
	w.mu.Unlock()
	w.back(was)
}

// doubt starts the trying, unless it goes on already.
func (w *Watched) doubt() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.trying || w.ended {
		return
	}
	w.trying = true
	w.running.Go(w.keepTrying)
}

func (w *Watched) keepTrying() {
	for pause := firstPause; ; pause = min(2*pause, mostPause) {
		before := w.count()
		err := w.try(w.ctx)
		switch {
		case w.ctx.Err() != nil:
			return
		case err == nil, errors.Is(err, context.DeadlineExceeded) && w.count() > before:
			w.found()
			return
		case w.unopenable(err):
			w.lost(err)
			if w.opts.GaveUp != nil {
				w.opts.GaveUp(err)
			}
			return // trying stays true: nobody tries again
		}
		w.lost(err)
		select {
		case <-w.ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// try asks the store for its head; it opens it first where that was not done.
func (w *Watched) try(ctx context.Context) error {
	w.mu.Lock()
	st := w.st
	w.mu.Unlock()
	if st == nil {
		within, cancel := context.WithTimeout(ctx, openWithin)
		defer cancel()
		var err error
		if st, err = w.open(within); err != nil {
			return err
		}
		w.mu.Lock()
		w.st = st
		w.mu.Unlock()
	}
	within, cancel := context.WithTimeout(ctx, tryWithin)
	defer cancel()
	if _, err := st.Head(within); graph.IsKind(err, graph.Unavailable) {
		return err
	}
	return nil // what else is wrong with it, who asks it is told
}

// unopenable says whether err is of a store that waiting does not open.
func (w *Watched) unopenable(err error) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.st == nil && !absent(err)
}

func (w *Watched) lost(err error) {
	w.mu.Lock()
	first := w.away == nil
	w.away = err
	w.mu.Unlock()
	if first {
		w.opts.Logger.Warn("the store is away", "error", err, "cause", errors.Unwrap(err))
	}
}

func (w *Watched) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.answers
}

func (w *Watched) found() {
	w.mu.Lock()
	was := w.away
	w.away, w.trying = nil, false
	w.mu.Unlock()
	w.back(was)
}

// back tells that a store that was away answers.
func (w *Watched) back(was error) {
	if was != nil {
		w.opts.Logger.Warn("the store answers again")
	}
}

// asked calls the store, unless it is away, and looks at how the call ended.
func asked[T any](w *Watched, call func(Store) (T, error)) (T, error) {
	st, err := w.now()
	if err != nil {
		var none T
		return none, err
	}
	answer, err := call(st)
	w.seen(err)
	return answer, err
}

// Head is the end of the ledger; see Reader.
func (w *Watched) Head(ctx context.Context) (graph.Head, error) {
	return asked(w, func(st Store) (graph.Head, error) { return st.Head(ctx) })
}

// Records are full records; see Reader.
func (w *Watched) Records(ctx context.Context, wants graph.Wants) (graph.Records, error) {
	return asked(w, func(st Store) (graph.Records, error) { return st.Records(ctx, wants) })
}

// Find is one page of nodes; see Reader.
func (w *Watched) Find(ctx context.Context, q Query) (Page, error) {
	return asked(w, func(st Store) (Page, error) { return st.Find(ctx, q) })
}

// Entries is the feed; see Reader.
func (w *Watched) Entries(ctx context.Context, after graph.Revision, limit int) ([]graph.Entry, error) {
	return asked(w, func(st Store) ([]graph.Entry, error) { return st.Entries(ctx, after, limit) })
}

// Answer is what an idempotency key was answered with; see Reader.
func (w *Watched) Answer(ctx context.Context, principal, key string) (*Answer, error) {
	return asked(w, func(st Store) (*Answer, error) { return st.Answer(ctx, principal, key) })
}

// Stream calls each with every record; see Reader.
func (w *Watched) Stream(ctx context.Context, each func(graph.Change) error) (graph.Head, error) {
	return asked(w, func(st Store) (graph.Head, error) { return st.Stream(ctx, each) })
}

// Audit is the audit of a store that is an Auditor; another one has nothing to find.
func (w *Watched) Audit(ctx context.Context, found func(Finding)) error {
	st, err := w.now()
	if err != nil {
		return err
	}
	if a, ok := st.(Auditor); ok {
		err = a.Audit(ctx, found)
		w.seen(err)
	}
	return err
}

// Commit runs decide under the ledger's lock and writes its entry; see Store.
func (w *Watched) Commit(ctx context.Context, decide Decide) (graph.Head, error) {
	return asked(w, func(st Store) (graph.Head, error) { return st.Commit(ctx, decide) })
}

// CommitInTurn commits decisions one after another; see Store.
func (w *Watched) CommitInTurn(ctx context.Context, decisions iter.Seq[Decide], done func()) error {
	_, err := asked(w, func(st Store) (struct{}, error) { return struct{}{}, st.CommitInTurn(ctx, decisions, done) })
	return err
}
