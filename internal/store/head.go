package store

import "github.com/faultline-itsm/faultline/graph"

// Follows says whether the entry continues a ledger that ends at h.
func Follows(h graph.Head, e *graph.Entry) bool {
	return e.Revision == h.Revision+1 && e.Previous == h.Hash
}
