package records

import (
	"context"
	"errors"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
)

// Item is one item of a list: its operations, or why its input cannot be turned
// into any.
type Item struct {
	Ops   []graph.Operation
	Fault *graph.Error
}

// ItemResult is what became of one item: its effects, one an operation, or why
// it was refused.
type ItemResult struct {
	Effects []graph.Effect
	Err     *graph.Error // its Op is the index within the item
}

// ItemsReceipt is what became of a list of items.
type ItemsReceipt struct {
	Revision graph.Revision // of this commit, or the head's where nothing changed
	Items    []ItemResult   // one an item, in order
	Snapshot *graph.Snapshot
}

// CommitItems commits items, each of one or more operations, as one batch with
// meta's author and source. PARTIAL (atomic false) leaves out the items that are
// at fault or that the rules refuse, each with its reason, and commits the others
// together. ATOMIC writes nothing where one is refused: those at fault, or the
// first one that the rules refuse, have their reason, the others have neither
// effects nor a reason. Both are answers, not errors: an error is one of the
// store, or of the batch as a whole (more than graph.MaxOperations).
//
// With once, the same again is answered as it was the first time, and writes
// nothing; see Once.
func (l *Ledger) CommitItems(ctx context.Context, meta graph.Batch, items []Item, atomic bool, once *Once) (ItemsReceipt, error) {
	all, faulty := newSelection(meta, items)
	if err := bounded(all.batch); err != nil {
		return ItemsReceipt{}, err
	}
	var out ItemsReceipt
	var known *ItemsReceipt
	decide := func(ctx context.Context, tx store.Reader, s *graph.Snapshot) (plan *graph.Plan, err error) {
		out = ItemsReceipt{Items: make([]ItemResult, len(items))} // again: decide may be called again
		if known, err = once.known(ctx, tx, l.now()); err != nil || known != nil {
			return nil, err
		}
		for i := range items {
			out.Items[i].Err = items[i].Fault
		}
		if faulty && atomic || len(all.items) == 0 {
			return nil, nil
		}
		recs, err := touched(ctx, tx, all.batch, s)
		if err != nil {
			return nil, err
		}
		return settle(all, s, recs, out.Items, atomic)
	}
	answer := func(at graph.Revision) (*store.Answer, error) {
		if known != nil {
			return nil, nil
		}
		out.Revision = at
		return once.answer(&out, l.now())
	}
	after, err := l.write(ctx, meta, decide, answer)
	if err != nil {
		return ItemsReceipt{}, err
	}
	if known != nil {
		out = *known
	}
	out.Snapshot = after
	return out, nil
}

// settle checks the items of all, fills their results, and returns the plan of
// those that pass: nil where none does.
func settle(all selection, s *graph.Snapshot, recs graph.Records, results []ItemResult, atomic bool) (*graph.Plan, error) {
	good := all
	for {
		plan, err := graph.Check(good.batch, s, recs)
		if err == nil {
			for k, i := range good.items {
				results[i].Effects = plan.Effects[good.first[k]:good.first[k+1]]
			}
			return plan, nil
		}
		refused, e, ok := good.refused(err)
		if !ok {
			return nil, err
		}
		if atomic {
			results[good.items[refused]].Err = e
			return nil, nil
		}
		if good, err = sift(good, s, recs, results); err != nil {
			return nil, err
		}
		if len(good.items) == 0 {
			return nil, nil
		}
	}
}

// sift finds the items that are refused and returns the others. What stands
// before the first refused item is checked once more, applied, and the rest is
// checked on top of it: so each item is checked about twice, however many are
// refused.
func sift(sel selection, s *graph.Snapshot, recs graph.Records, results []ItemResult) (selection, error) {
	good := sel.pick(nil)
	for rest := sel; len(rest.items) > 0; {
		_, err := graph.Check(rest.batch, s, recs)
		if err == nil {
			return good.with(rest), nil
		}
		k, e, ok := rest.refused(err)
		if !ok {
			return good, err
		}
		results[rest.items[k]].Err = e
		before, err := passing(rest.slice(0, k), s, recs, results)
		if err != nil {
			return good, err
		}
		good = good.with(before.selection)
		s, recs = before.s, before.recs
		rest = rest.slice(k+1, len(rest.items))
	}
	return good, nil
}

// checked is a selection that passes, and what holds after it.
type checked struct {
	selection
	s    *graph.Snapshot
	recs graph.Records
}

// passing is what of sel passes, applied to s. Nearly always all of it does; a
// rule that looks at the batch's end can still refuse one.
func passing(sel selection, s *graph.Snapshot, recs graph.Records, results []ItemResult) (checked, error) {
	for len(sel.items) > 0 {
		plan, err := graph.Check(sel.batch, s, recs)
		if err == nil {
			head := s.Head()
			head.LastID = max(head.LastID, plan.LastID)
			after, err := s.Apply(plan.Changes, head)
			return checked{sel, after, overlay(recs, plan.Changes, after)}, err
		}
		k, e, ok := sel.refused(err)
		if !ok {
			return checked{}, err
		}
		results[sel.items[k]].Err = e
		sel = sel.slice(0, k).with(sel.slice(k+1, len(sel.items)))
	}
	return checked{sel, s, recs}, nil
}

// selection is some of the items as one batch.
type selection struct {
	batch graph.Batch
	items []int // which, ascending
	first []int // of each, its first operation in the batch; and the end
	all   []Item
}

// newSelection is all items that are not at fault.
func newSelection(meta graph.Batch, items []Item) (all selection, faulty bool) {
	every := make([]int, 0, len(items))
	for i := range items {
		if items[i].Fault == nil {
			every = append(every, i)
		}
	}
	return selection{batch: meta, all: items}.pick(every), len(every) < len(items)
}

// pick is the selection of exactly these items.
func (s selection) pick(items []int) selection {
	s.items, s.first, s.batch.Ops = items, make([]int, 1, len(items)+1), nil
	for _, i := range items {
		s.batch.Ops = append(s.batch.Ops, s.all[i].Ops...)
		s.first = append(s.first, len(s.batch.Ops))
	}
	return s
}

func (s selection) slice(from, to int) selection { return s.pick(s.items[from:to:to]) }

func (s selection) with(more selection) selection {
	return s.pick(append(s.items[:len(s.items):len(s.items)], more.items...))
}

// refused says which of the selection's items err refuses, with the operation
// counted within it.
func (s selection) refused(err error) (item int, e *graph.Error, ok bool) {
	found, isError := errors.AsType[*graph.Error](err)
	if !isError || found.Op < 0 || found.Op >= len(s.batch.Ops) {
		return 0, nil, false
	}
	for s.first[item+1] <= found.Op {
		item++
	}
	mine := *found
	mine.Op -= s.first[item]
	return item, &mine, true
}
