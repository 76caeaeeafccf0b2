package records

import (
	"context"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
)

// ItemsPlan is what CommitItems would do with a list of items.
type ItemsPlan struct {
	Items    []ItemResult    // one an item, in order: its effects, or why it is refused
	Refused  int             // how many are refused
	Plan     *graph.Plan     // of the others; nil where there are none
	Snapshot *graph.Snapshot // at which they were checked
}

// replans is how often a plan is made again because the head moved meanwhile.
const replans = 8

// PlanItems checks items at the head and writes nothing. Each refused item has its
// reason; the others are checked as if it were not there. Where the head does not
// rest for as long as a check takes, it fails with graph.Unavailable.
func (l *Ledger) PlanItems(ctx context.Context, meta graph.Batch, items []Item) (ItemsPlan, error) {
	all, _ := newSelection(meta, items)
	if err := bounded(all.batch); err != nil {
		return ItemsPlan{}, err
	}
	for range replans {
		p, err := l.planOnce(ctx, all, items)
		if err != nil {
			return ItemsPlan{}, err
		}
		// The records were read at the snapshot's head only if it is the head still.
		head, err := l.st.Head(ctx)
		if err != nil || same(head, p.Snapshot.Head()) {
			return p, err
		}
	}
	return ItemsPlan{}, graph.Errorf(graph.Unavailable, "the graph changes faster than it can be planned on").WithHint("try again")
}

func (l *Ledger) planOnce(ctx context.Context, all selection, items []Item) (ItemsPlan, error) {
	p := ItemsPlan{Items: make([]ItemResult, len(items))}
	for i := range items {
		p.Items[i].Err = items[i].Fault
	}
	var err error
	if p.Snapshot, err = l.current(ctx); err != nil {
		return p, err
	}
	recs, err := touched(ctx, l.st, all.batch, p.Snapshot)
	if err != nil {
		return p, err
	}
	p.Plan, err = settle(all, p.Snapshot, recs, p.Items, false)
	for i := range p.Items {
		if p.Items[i].Err != nil {
			p.Refused++
		}
	}
	return p, err
}

// CommitPlanned commits items as they were planned, if the head is the one that
// they were planned at; where it is another, nothing is written and moved is true.
// With once, the same again is answered as it was the first time, wherever the head
// is. A plan of which something is refused is graph.Blocked.
func (l *Ledger) CommitPlanned(ctx context.Context, meta graph.Batch, p ItemsPlan, once *Once) (out ItemsReceipt, moved bool, err error) {
	if p.Refused > 0 {
		return out, false, graph.Errorf(graph.Blocked, "%d items of the plan are refused", p.Refused)
	}
	var known *ItemsReceipt
	decide := func(ctx context.Context, tx store.Reader, s *graph.Snapshot) (plan *graph.Plan, err error) {
		if known, err = once.known(ctx, tx, l.now()); err != nil || known != nil {
			return nil, err
		}
		if moved = !same(s.Head(), p.Snapshot.Head()); moved {
			return nil, nil
		}
		return p.Plan, nil
	}
	answer := func(at graph.Revision) (*store.Answer, error) {
		if known != nil || moved {
			return nil, nil
		}
		out = ItemsReceipt{Revision: at, Items: p.Items}
		return once.answer(&out, l.now())
	}
	after, err := l.write(ctx, meta, decide, answer)
	if known != nil {
		out, moved = *known, false
	}
	out.Snapshot = after
	return out, moved, err
}

// Answered is what a commit under the key was answered with; nil where the key is
// new, or nil. It reads without holding the head: who goes on to commit asks again.
func (l *Ledger) Answered(ctx context.Context, once *Once) (*ItemsReceipt, error) {
	return once.known(ctx, l.st, l.now())
}

func same(a, b graph.Head) bool { return a.Revision == b.Revision && a.Hash == b.Hash }

// bounded refuses what is too much for one batch.
func bounded(b graph.Batch) error {
	if n := len(b.Ops); n > graph.MaxOperations {
		return graph.Errorf(graph.LimitExceeded, "%d operations in one batch; at most %d are allowed", n, graph.MaxOperations).
			WithHint("send fewer items at once")
	}
	return nil
}
