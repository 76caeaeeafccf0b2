package projection_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/projection"
	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/internal/store/sqlite"
)

// lying is a store that gives node 2 another name on the way to the reader: a bit
// that fell over in memory, or a fault of ours in following the feed.
type lying struct {
	store.Store
	mu              sync.Mutex
	entries, stream bool
}

func (x *lying) lies(entries, stream bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.entries, x.stream = entries, stream
}

func (x *lying) lie() (entries, stream bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.entries, x.stream
}

func (x *lying) Stream(ctx context.Context, each func(graph.Change) error) (graph.Head, error) {
	if _, stream := x.lie(); stream {
		return tampered{x.Store}.Stream(ctx, each)
	}
	return x.Store.Stream(ctx, each)
}

func (x *lying) Entries(ctx context.Context, after graph.Revision, limit int) ([]graph.Entry, error) {
	entries, err := x.Store.Entries(ctx, after, limit)
	if lies, _ := x.lie(); lies {
		for i := range entries {
			for k := range entries[i].Changes {
				if c := &entries[i].Changes[k]; c.Node != nil && c.Node.ID == 2 {
					n := *c.Node
					n.Ref.Name = "another"
					c.Node = &n
				}
			}
		}
	}
	return entries, err
}

// following opens a projection over a store that may lie.
func following(t *testing.T, compare time.Duration) (*lying, *projection.Projection) {
	t.Helper()
	st, err := sqlite.Open(background, ":memory:")
	must(t, err)
	add(t, st, 1)
	x := &lying{Store: st}
	x.lies(false, compare > 0)
	if compare > 0 {
		add(t, st, 1)
	}
	p, err := projection.Open(background, x, projection.Options{Poll: 5 * time.Millisecond, Compare: compare})
	must(t, err)
	t.Cleanup(func() {
		must(t, p.Close())
		must(t, st.Close())
	})
	return x, p
}

// until waits for something that must come.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it never came to this: %s", what)
		}
	}
}

func TestAnEntryThatIsNotWhatItsHashSaysIsNotFollowed(t *testing.T) {
	x, p := following(t, 0)
	x.lies(true, false)
	add(t, x.Store, 1)
	s, err := p.Await(background, 2)
	must(t, err)
	if got := s.Ref(2).Name; got != "s2" {
		t.Errorf("node 2 is shown as %s", got)
	}
	until(t, "the status names the rebuild", func() bool { return !p.Status().Rebuilt.IsZero() })
	if why := p.Status().RebuiltWhy; !strings.Contains(why, "revision 2 was changed") {
		t.Errorf("it was rebuilt because %q", why)
	}
}

func TestASnapshotThatDiffersFromTheStoreIsReplaced(t *testing.T) {
	x, p := following(t, 20*time.Millisecond)
	if got := p.Snapshot().Ref(2).Name; got != "another" {
		t.Fatalf("node 2 is loaded as %s", got)
	}
	x.lies(false, false)
	add(t, x.Store, 1) // what is compared is brought to one revision
	until(t, "node 2 has the store's name", func() bool { return p.Snapshot().Ref(2).Name == "s2" })
	s, err := p.Await(background, 3)
	must(t, err)
	if s.Ref(2).Name != "s2" {
		t.Errorf("node 2 is shown as %s again", s.Ref(2).Name)
	}
	until(t, "the status says why", func() bool { return strings.Contains(p.Status().RebuiltWhy, "it differed from the store: ") })
	until(t, "the store is not doubted", func() bool { return p.Status().Doubt == nil })
}

func TestRecordsThatAreNotThoseOfTheLedgerAreDoubted(t *testing.T) {
	_, p := following(t, 20*time.Millisecond)
	until(t, "the status says so", func() bool { return p.Status().Doubt != nil })
	if err := p.Status().Doubt; !graph.IsKind(err, graph.Invalid) || !strings.Contains(err.Error(), "run faultline check") {
		t.Errorf("%v", err)
	}
}

// cut is a store whose head cannot be asked for while it is off.
type cut struct {
	store.Store
	off atomic.Bool
}

func (x *cut) Head(ctx context.Context) (graph.Head, error) {
	if x.off.Load() {
		return graph.Head{}, graph.Errorf(graph.Unavailable, "off")
	}
	return x.Store.Head(ctx)
}

func TestWhoIsOffForLongIsStaleAndThenLoadsAnew(t *testing.T) {
	st, err := sqlite.Open(background, ":memory:")
	must(t, err)
	defer st.Close()
	x := &cut{Store: st}
	p, err := projection.Open(background, x, projection.Options{Poll: 5 * time.Millisecond})
	must(t, err)
	defer p.Close()
	before := time.Now()
	x.off.Store(true)
	until(t, "it is stale", func() bool { return !p.Status().StaleSince.IsZero() })
	if s := p.Status(); s.Trouble == nil || s.StaleSince.Before(before.Add(-time.Second)) || time.Since(before) < 500*time.Millisecond {
		t.Errorf("after %s: %+v", time.Since(before), s)
	}
	const many = 10_050 // revisions, more than are followed one by one
	for n := 0; n < many; n++ {
		add(t, st, 1)
	}
	x.off.Store(false)
	until(t, "it has all", func() bool { return p.Snapshot().Len() == many })
	until(t, "it is fresh", func() bool { return p.Status().StaleSince.IsZero() && p.Status().Trouble == nil })
	if why := p.Status().RebuiltWhy; !strings.Contains(why, "too many revisions behind") {
		t.Errorf("it was rebuilt because %q", why)
	}
}

func TestAFollowedStoreIsFresh(t *testing.T) {
	st, p := open(t, ":memory:")
	add(t, st, 1)
	_, err := p.Await(background, 1)
	must(t, err)
	s := p.Status()
	if !s.Loaded || !s.StaleSince.IsZero() || s.Trouble != nil || s.Head != 1 || !s.Rebuilt.IsZero() {
		t.Errorf("%+v", s)
	}
}
