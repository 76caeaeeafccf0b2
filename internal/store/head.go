package store

import (
	"cmp"
	"slices"

	"github.com/faultline-itsm/faultline/graph"
)

// Next is the head after an entry that was sealed on h. It believes the entry's
// hashes (graph.VerifyEntry does not); a store and a projection use it, which
// either sealed the entry or compare its Previous themselves.
func Next(h graph.Head, e *graph.Entry) graph.Head {
	next := graph.Head{Revision: e.Revision, At: e.At, LastID: h.LastID, Hash: e.Hash, Content: e.Content, OpenRuns: h.OpenRuns}
	for i := range e.Changes {
		if c := &e.Changes[i]; c.Node != nil && c.NodeWas == nil {
			next.LastID = max(next.LastID, c.Node.ID)
		}
	}
	if e.Run != nil {
		next.OpenRuns = withRun(h.OpenRuns, *e.Run)
	}
	return next
}

// withRun puts the last chunk seen of a run into the open ones, which are
// ordered by hash, or drops the run where that chunk ends it.
func withRun(open []graph.Run, run graph.Run) []graph.Run {
	out := slices.Clone(open)
	at, found := slices.BinarySearchFunc(out, run, func(a, b graph.Run) int { return cmp.Compare(a.Hash, b.Hash) })
	switch {
	case run.Last() && found:
		out = slices.Delete(out, at, at+1)
	case run.Last():
	case found:
		out[at] = run
	default:
		out = slices.Insert(out, at, run)
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// Follows says whether the entry continues a ledger that ends at h.
func Follows(h graph.Head, e *graph.Entry) bool {
	return e.Revision == h.Revision+1 && e.Previous == h.Hash
}
