package projection

import (
	"context"
	"sync"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
)

// History shows earlier revisions of a store. What was built is kept for a while: the
// same past is asked for more than once.
type History struct {
	st store.Reader

	mu   sync.Mutex
	kept []*Moment // the last asked for first
}

// Moment is a store as it was at one revision.
type Moment struct {
	*store.Past
	Snapshot *graph.Snapshot
}

// maxMoments bounds how many earlier revisions are kept.
const maxMoments = 4

// NewHistory looks at the past of a store.
func NewHistory(st store.Reader) *History { return &History{st: st} }

// At is the store as it was at a revision. It costs what a start costs, and the
// entries since; a revision that was asked for lately costs nothing.
func (h *History) At(ctx context.Context, at graph.Revision) (*Moment, error) {
	h.mu.Lock() // one is built at a time: each takes as much as a start
	defer h.mu.Unlock()
	for k, m := range h.kept {
		if m.Snapshot.Revision() == at {
			copy(h.kept[1:k+1], h.kept[:k])
			h.kept[0] = m
			return m, nil
		}
	}
	p, err := store.OpenPast(ctx, h.st, at)
	if err != nil {
		return nil, err
	}
	s, err := p.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	m := &Moment{p, s}
	h.kept = append([]*Moment{m}, h.kept[:min(len(h.kept), maxMoments-1)]...)
	return m, nil
}

// RevisionAt is the last revision that was committed at or before a time. It fails
// with graph.NotFound where there was none yet, and where the time is after now, the
// clock of whoever asks: nobody knows what will be.
func (h *History) RevisionAt(ctx context.Context, at, now time.Time) (graph.Revision, error) {
	if at.After(now) {
		return 0, graph.Errorf(graph.NotFound, "%s is in the future", at.UTC().Format(time.RFC3339)).WithHint("ask as of a time up to now; what is planned is asked with a window")
	}
	head, err := h.st.Head(ctx)
	if err != nil {
		return 0, err
	}
	lo, hi := graph.Revision(0), head.Revision // the answer is in [lo, hi]; 0: none yet
	for lo < hi {
		mid := (lo + hi + 1) / 2
		entries, err := h.st.Entries(ctx, mid-1, 1)
		if err != nil {
			return 0, err
		}
		if len(entries) == 1 && !entries[0].At.After(at) {
			lo = mid
		} else {
			hi = mid - 1
		}
	}
	if lo == 0 {
		return 0, graph.Errorf(graph.NotFound, "at %s nothing had been committed yet", at.UTC().Format(time.RFC3339)).WithHint("the first revision is 1: ask as of that, or of a later time")
	}
	return lo, nil
}
