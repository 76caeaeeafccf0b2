package projection

import (
	"sync"
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// When a projection counts as stale: looks at the store come every 100 ms, and a
// commit elsewhere is to be seen within a second.
const staleAfter = time.Second

// Status is how a projection stands to its store.
type Status struct {
	Loaded bool           // false until the store has answered for the first time
	Head   graph.Revision // of the store, as it last told
	Told   time.Time      // when it did; before it ever did, when it was first asked

	// StaleSince is when it was last known that nothing newer is in the store. It is
	// zero while that is less than a second ago.
	StaleSince time.Time
	Trouble    error // why the last look at the store failed; nil where it did not

	Rebuilt    time.Time // when the snapshot was last loaded anew; zero: never
	RebuiltWhy string

	// Doubt is what the last comparison found wrong with the store itself: its
	// records are not those that its ledger leads to. To load anew mends nothing.
	Doubt error
}

// health is what Status is made of.
type health struct {
	mu    sync.Mutex
	fresh time.Time // when a look began that found nothing newer
	s     Status
}

// now is the status at this moment.
func (h *health) now() Status {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.s
	if s.Loaded && time.Since(h.fresh) > staleAfter {
		s.StaleSince = h.fresh
	}
	return s
}

// told notes the head of the store.
func (h *health) told(head graph.Revision) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.s.Head, h.s.Told = head, time.Now()
}

// confirmed notes that a look that began then found nothing newer, or all of it.
func (h *health) confirmed(then time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if then.After(h.fresh) {
		h.fresh = then
	}
	h.s.Trouble = nil
}

// loaded notes that everything was loaded, by a look that began then.
func (h *health) loaded(then time.Time, at graph.Revision) {
	h.confirmed(then)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.s.Loaded, h.s.Head, h.s.Told = true, max(h.s.Head, at), time.Now()
}

// missed notes that a look failed, and says whether the one before it did not.
func (h *health) missed(err error) (first bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	first = h.s.Trouble == nil
	h.s.Trouble = err
	if h.s.Told.IsZero() {
		h.s.Told = time.Now()
	}
	return first
}

func (h *health) rebuilt(why string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.s.Rebuilt, h.s.RebuiltWhy = time.Now(), why
}

func (h *health) doubted(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.s.Doubt = err
}

// Status says whether the projection is loaded, how old it may be, and what it
// had to mend.
func (p *Projection) Status() Status { return p.health.now() }

// Ready fails with graph.Unavailable while nothing was loaded yet: then there is
// nothing to answer from.
func (p *Projection) Ready() error {
	s := p.health.now()
	switch {
	case s.Loaded:
		return nil
	case graph.IsKind(s.Trouble, graph.Unavailable):
		return s.Trouble
	case s.Trouble != nil:
		return graph.Errorf(graph.Unavailable, "the store cannot be loaded").WithHint("run faultline check; the log has the reason")
	}
	return graph.Errorf(graph.Unavailable, "the store is being loaded").WithHint("try again in a moment")
}
