package resolvers

import (
	"context"
	"slices"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// feed reads pages of the ledger up to the request's revision: what came later is
// not part of its answer.
type feed struct {
	store       store.Store
	at          graph.Revision
	newestFirst bool
	of          graph.ID // only entries about this CI; 0: all
}

// historyPage is how many entries are looked through at once for those about one
// CI.
const historyPage = 64

// page reads n entries, and whether more follow.
func (f *feed) page(ctx context.Context, after *graph.Revision, n int) (out []graph.Entry, more bool, err error) {
	last := f.start(after)
	for {
		some, end, err := f.read(ctx, last, n+1-len(out))
		if err != nil {
			return nil, false, err
		}
		for i := range some {
			last = some[i].Revision
			if takes := f.takes(); takes == nil || slices.ContainsFunc(some[i].Changes, func(c graph.Change) bool { return takes(&c) }) {
				out = append(out, some[i])
			}
		}
		if len(out) > n {
			return out[:n], true, nil
		}
		if end {
			return out, false, nil
		}
	}
}

// takes says which changes the feed is about; nil: all.
func (f *feed) takes() func(*graph.Change) bool {
	if f.of == 0 {
		return nil
	}
	return func(c *graph.Change) bool { return view.About(c, f.of) }
}

// start is the revision that the first page follows.
func (f *feed) start(after *graph.Revision) graph.Revision {
	switch {
	case !f.newestFirst && after == nil:
		return 0
	case !f.newestFirst:
		return *after
	case after == nil:
		return f.at + 1
	}
	return min(f.at+1, *after)
}

// read reads some entries that follow last. end says that none follow these.
func (f *feed) read(ctx context.Context, last graph.Revision, n int) (some []graph.Entry, end bool, err error) {
	if f.of != 0 {
		n = historyPage
	}
	if f.newestFirst {
		if last <= 1 {
			return nil, true, nil
		}
		some, err = f.store.Entries(ctx, last, -n)
		return some, len(some) == 0 || some[len(some)-1].Revision <= 1, err
	}
	if last >= f.at {
		return nil, true, nil
	}
	some, err = f.store.Entries(ctx, last, min(n, int(f.at-last)))
	return some, len(some) == 0 || some[len(some)-1].Revision >= f.at, err
}
