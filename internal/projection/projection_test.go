package projection_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/projection"
	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/internal/store/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var background = context.Background()

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, path string) (*sqlite.Store, *projection.Projection) {
	t.Helper()
	st, err := sqlite.Open(background, path)
	must(t, err)
	p, err := projection.Open(background, st, projection.Options{Poll: 10 * time.Millisecond})
	must(t, err)
	t.Cleanup(func() {
		must(t, p.Close())
		must(t, st.Close())
	})
	return st, p
}

// add commits n servers behind the projection's back.
func add(t *testing.T, st store.Store, n int) graph.Head {
	t.Helper()
	h, err := st.Commit(background, func(ctx context.Context, tx store.Reader) (store.Outcome, error) {
		head, err := tx.Head(ctx)
		if err != nil {
			return store.Outcome{}, err
		}
		e := graph.Entry{At: time.Unix(int64(head.Revision), 0).UTC()}
		for i := range n {
			id := head.LastID + graph.ID(i+1)
			e.Changes = append(e.Changes, graph.Change{Node: &graph.Node{ID: id, Version: 1,
				Ref: graph.Ref{Class: "server", Scope: "default", Name: fmt.Sprint("s", id)}}})
		}
		sealed, _ := graph.Seal(e, head)
		return store.Write(&sealed), nil
	})
	must(t, err)
	return h
}

func TestANewStoreHasAnEmptySnapshot(t *testing.T) {
	_, p := open(t, filepath.Join(t.TempDir(), "new.db"))
	if s := p.Snapshot(); s.Revision() != 0 || s.Len() != 0 {
		t.Errorf("revision %d with %d nodes", s.Revision(), s.Len())
	}
}

func TestWhatAnotherProcessCommitsArrives(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	_, p := open(t, path)
	other, err := sqlite.Open(background, path)
	must(t, err)
	defer other.Close()
	for range 200 {
		add(t, other, 1)
	}
	s, err := p.Await(background, 200)
	must(t, err)
	if s.Len() != 200 {
		t.Errorf("%d nodes at revision %d", s.Len(), s.Revision())
	}
}

func TestAwaitGivesUpAfterTwoSeconds(t *testing.T) {
	_, p := open(t, filepath.Join(t.TempDir(), "store.db"))
	start := time.Now()
	_, err := p.Await(background, 7)
	if !graph.IsKind(err, graph.RevisionNotReached) || time.Since(start) < 2*time.Second || time.Since(start) > 4*time.Second {
		t.Errorf("after %s: %v", time.Since(start), err)
	}
	ctx, cancel := context.WithTimeout(background, 20*time.Millisecond)
	defer cancel()
	if _, err := p.Await(ctx, 7); !graph.IsKind(err, graph.Unavailable) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestPublishOnlyMovesForward(t *testing.T) {
	st, p := open(t, filepath.Join(t.TempDir(), "store.db"))
	old := p.Snapshot()
	changed := p.Changed()
	add(t, st, 1)
	now, err := p.Await(background, 1)
	must(t, err)
	select {
	case <-changed:
	default:
		t.Error("Changed was not closed")
	}
	p.Publish(old)
	if p.Snapshot() != now {
		t.Error("an old snapshot was published")
	}
}

func TestALargeDeltaIsCompactedInTheBackground(t *testing.T) {
	st, p := open(t, filepath.Join(t.TempDir(), "store.db"))
	for range 4 {
		add(t, st, 1000)
	}
	deadline := time.Now().Add(10 * time.Second)
	for s := p.Snapshot(); s.Revision() < 4 || s.NeedsCompaction(); s = p.Snapshot() {
		if time.Now().After(deadline) {
			t.Fatalf("revision %d still needs compaction", s.Revision())
		}
		time.Sleep(5 * time.Millisecond)
	}
	if n := p.Snapshot().Len(); n != 4000 {
		t.Errorf("%d nodes", n)
	}
}

// exchange is a store whose content can be exchanged, as by a restore.
type exchange struct {
	store.Store
	mu sync.Mutex
}

func (x *exchange) set(st store.Store) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.Store = st
}

func (x *exchange) now() store.Store {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.Store
}

func (x *exchange) Head(ctx context.Context) (graph.Head, error) { return x.now().Head(ctx) }

func (x *exchange) Entries(ctx context.Context, after graph.Revision, limit int) ([]graph.Entry, error) {
	return x.now().Entries(ctx, after, limit)
}

func (x *exchange) Stream(ctx context.Context, each func(graph.Change) error) (graph.Head, error) {
	return x.now().Stream(ctx, each)
}

func TestAnotherLedgerInItsPlaceIsLoadedAnew(t *testing.T) {
	one, err := sqlite.Open(background, ":memory:")
	must(t, err)
	other, err := sqlite.Open(background, ":memory:")
	must(t, err)
	defer one.Close()
	defer other.Close()
	add(t, one, 1)
	add(t, one, 1)
	add(t, other, 5)
	st := &exchange{}
	st.set(one)
	p, err := projection.Open(background, st, projection.Options{Poll: 5 * time.Millisecond})
	must(t, err)
	defer p.Close()
	st.set(other)
	for deadline := time.Now().Add(5 * time.Second); p.Snapshot().Len() != 5; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("revision %d with %d nodes", p.Snapshot().Revision(), p.Snapshot().Len())
		}
	}
}
