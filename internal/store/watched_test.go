package store_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/internal/store/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var background = context.Background()

// gone is the error of a store that nobody reaches.
func gone() error {
	return graph.Errorf(graph.Unavailable, "it is gone").Because(store.ErrAbsent)
}

// wire is a store at the end of a wire that can be cut; it counts what comes through.
type wire struct {
	store.Store
	cut   atomic.Bool
	slow  atomic.Bool // the head does not come within any deadline
	calls atomic.Int64
}

func (w *wire) Head(ctx context.Context) (graph.Head, error) {
	w.calls.Add(1)
	if w.cut.Load() {
		return graph.Head{}, gone()
	}
	if w.slow.Load() {
		<-ctx.Done()
		return graph.Head{}, graph.Errorf(graph.Unavailable, "too slow").Because(ctx.Err())
	}
	return w.Store.Head(ctx)
}

func (w *wire) Find(ctx context.Context, q store.Query) (store.Page, error) {
	w.calls.Add(1)
	if w.cut.Load() {
		return store.Page{}, gone()
	}
	return w.Store.Find(ctx, q)
}

func wired(t *testing.T) *wire {
	t.Helper()
	st, err := sqlite.Open(background, ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	return &wire{Store: st}
}

func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it never came to this: %s", what)
		}
	}
}

func TestAStoreThatIsAwayIsAskedSeldomAndFoundAgain(t *testing.T) {
	w := wired(t)
	st, err := store.Watch(background, func(context.Context) (store.Store, error) { return w, nil }, store.WatchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	w.cut.Store(true)
	if _, err := st.Find(background, store.Query{First: 1}); !errors.Is(err, store.ErrAbsent) {
		t.Fatalf("%v", err)
	}
	until(t, "it is known to be away", func() bool { return st.Away() != nil })
	before := w.calls.Load()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 1000 {
				if _, err := st.Find(background, store.Query{First: 1}); !graph.IsKind(err, graph.Unavailable) || errors.Unwrap(err) != nil {
					t.Errorf("%v, because %v", err, errors.Unwrap(err))
				}
			}
		})
	}
	wg.Wait()
	if n := w.calls.Load() - before; n > 50 {
		t.Errorf("4000 calls of a store that is away reached it %d times", n)
	}
	w.cut.Store(false)
	until(t, "it answers again", func() bool {
		_, err := st.Find(background, store.Query{First: 1})
		return err == nil
	})
	if st.Away() != nil {
		t.Error(st.Away())
	}
}

func TestWhoGivesUpHimselfDoesNotMakeAStoreAway(t *testing.T) {
	w := wired(t)
	st, err := store.Watch(background, func(context.Context) (store.Store, error) { return w, nil }, store.WatchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	before := w.calls.Load()
	ctx, cancel := context.WithCancel(background)
	cancel()
	if _, err := st.Find(ctx, store.Query{First: 1}); !graph.IsKind(err, graph.Unavailable) {
		t.Fatalf("%v", err)
	}
	if _, err := st.Find(background, store.Query{First: 1}); err != nil || w.calls.Load()-before != 2 {
		t.Errorf("%d calls, %v", w.calls.Load()-before, err)
	}
}

func TestAStoreThatIsSlowToTellItsHeadIsNotAway(t *testing.T) {
	w := wired(t)
	st, err := store.Watch(background, func(context.Context) (store.Store, error) { return w, nil }, store.WatchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	w.slow.Store(true)
	ctx, cancel := context.WithTimeout(background, 10*time.Millisecond)
	defer cancel()
	if _, err := st.Head(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	for end := time.Now().Add(4 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if _, err := st.Find(background, store.Query{First: 1}); err != nil {
			t.Fatalf("while pages come it is taken for away: %v", err)
		}
	}
}

func TestAnAbsentStoreIsOpenedWhenItComes(t *testing.T) {
	w := wired(t)
	var there atomic.Bool
	st, err := store.Watch(background, func(context.Context) (store.Store, error) {
		if !there.Load() {
			return nil, gone()
		}
		return w, nil
	}, store.WatchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := st.Head(background); !graph.IsKind(err, graph.Unavailable) || !errors.Is(st.Away(), store.ErrAbsent) {
		t.Errorf("%v, because %v", err, st.Away())
	}
	there.Store(true)
	until(t, "it is open", func() bool { _, err := st.Head(background); return err == nil })
	if err := st.Close(); err != nil {
		t.Error(err)
	}
	if _, err := st.Head(background); !graph.IsKind(err, graph.Unavailable) {
		t.Errorf("after Close: %v", err)
	}
}

func TestAStoreThatNeverCameCanBeClosed(t *testing.T) {
	st, err := store.Watch(background, func(context.Context) (store.Store, error) { return nil, gone() }, store.WatchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Error(err)
	}
	if _, err := st.Head(background); !graph.IsKind(err, graph.Unavailable) {
		t.Errorf("after Close: %v", err)
	}
}
