// Package projection keeps the newest snapshot of a store's topology in memory.
// Its one idea: it follows the store's feed and publishes immutable snapshots
// that only ever move forward, so readers share one without a lock. It refuses
// to decide anything: rules are checked by whoever commits.
package projection

import (
	"context"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
)

// Options of a projection; the zero value is what a command wants.
type Options struct {
	Poll    time.Duration // how often the feed is asked; 0: 100 ms
	Compare time.Duration // how often all of it is compared with the store; 0: hourly
	Logger  *slog.Logger  // nil: silent

	// Wait opens also where the store does not answer yet. Until it does the
	// snapshot is empty, and Status says that nothing is loaded.
	Wait bool
}

// maxWait bounds how long Await waits for a revision.
const maxWait = 2 * time.Second

// Projection publishes snapshots of one store. All methods may be called from
// many goroutines.
type Projection struct {
	st      store.Store
	poll    time.Duration
	compare time.Duration
	log     *slog.Logger
	current atomic.Pointer[graph.Snapshot]
	health  health

	mu      sync.Mutex // held to publish
	changed chan struct{}

	stop     context.CancelFunc
	done     sync.WaitGroup
	nudge    chan struct{}   // something was published: is a compaction due?
	compact  chan compacted  // to be caught up and swapped in
	compared chan comparison // with the store
	loading  int             // how often all was loaded anew; the follower's own
}

// Open loads the topology of the store, which may be empty, and follows its
// feed until Close. The store stays the caller's to close, after the projection.
func Open(ctx context.Context, st store.Store, opts Options) (*Projection, error) {
	p := &Projection{st: st, poll: opts.Poll, compare: opts.Compare, log: opts.Logger, changed: make(chan struct{}),
		nudge: make(chan struct{}, 1), compact: make(chan compacted, 1), compared: make(chan comparison, 1)}
	if p.poll <= 0 {
		p.poll = 100 * time.Millisecond
	}
	if p.compare <= 0 {
		p.compare = time.Hour
	}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	if err := p.load(ctx); err != nil {
		if !opts.Wait || !graph.IsKind(err, graph.Unavailable) || ctx.Err() != nil {
			return nil, err
		}
		p.health.missed(err)
		empty, err := graph.NewBuilder().Build(graph.Head{})
		if err != nil {
			return nil, err
		}
		p.current.Store(empty)
	}
	follow, stop := context.WithCancel(context.WithoutCancel(ctx))
	p.stop = stop
	p.done.Go(func() { p.follow(follow) })
	return p, nil
}

// load is the first loading.
func (p *Projection) load(ctx context.Context) error {
	asked := time.Now()
	s, err := Load(ctx, p.st)
	if err != nil {
		return err
	}
	p.publish(s, func(now *graph.Snapshot) bool { return now == nil || now.Revision() <= s.Revision() })
	p.health.loaded(asked, s.Revision())
	return nil
}

// Load builds a snapshot of all that the store holds, at one revision.
func Load(ctx context.Context, st store.Reader) (*graph.Snapshot, error) {
	// Many times what is kept passes through here, record by record. While the heap is
	// small it would be collected over and over: a sixth of a start. Memory that nobody
	// writes to costs nothing but the number.
	heap := make([]byte, 128<<20)
	defer runtime.KeepAlive(&heap[0])
	b := graph.NewBuilder()
	head, err := st.Stream(ctx, b.Add)
	if err != nil {
		return nil, err
	}
	return b.Build(head)
}

// Snapshot is the newest one.
func (p *Projection) Snapshot() *graph.Snapshot { return p.current.Load() }

// Changed is closed at the next publication.
func (p *Projection) Changed() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.changed
}

// Await is the newest snapshot once it has reached the revision. It waits up to
// two seconds, then fails with graph.RevisionNotReached.
func (p *Projection) Await(ctx context.Context, min graph.Revision) (*graph.Snapshot, error) {
	if s := p.Snapshot(); s.Revision() >= min {
		return s, nil
	}
	limit := time.NewTimer(maxWait)
	defer limit.Stop()
	for {
		changed := p.Changed()
		s := p.Snapshot()
		if s.Revision() >= min {
			return s, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, graph.Errorf(graph.Unavailable, "waiting for revision %d was cancelled at revision %d", min, s.Revision()).Because(ctx.Err())
		case <-limit.C:
			return nil, graph.Errorf(graph.RevisionNotReached, "revision %d has not arrived; this replica is at %d", min, s.Revision()).
				WithHint("try again in a moment")
		}
	}
}

// Publish makes s the newest snapshot, unless one of the same or a later
// revision is already there.
func (p *Projection) Publish(s *graph.Snapshot) {
	p.publish(s, func(now *graph.Snapshot) bool { return s.Revision() > now.Revision() })
}

// publish stores s where fits agrees with what is there now.
func (p *Projection) publish(s *graph.Snapshot, fits func(now *graph.Snapshot) bool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !fits(p.current.Load()) {
		return false
	}
	p.current.Store(s)
	close(p.changed)
	p.changed = make(chan struct{})
	select {
	case p.nudge <- struct{}{}:
	default:
	}
	return true
}

// Close stops following and waits until nothing runs any more. The last
// snapshot stays readable.
func (p *Projection) Close() error {
	p.stop()
	p.done.Wait()
	return nil
}
