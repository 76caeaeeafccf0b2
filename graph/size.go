package graph

import (
	"unsafe"
)

// overlaidBytes is about what a node of a delta takes, its pages and relations
// included.
const overlaidBytes = 512

// Bytes is how much memory the snapshot takes: the arrays of its base, counted,
// and its delta, estimated. Interned names and the catalogue are left out: they do
// not grow with the number of CIs. Snapshots share most of it with the ones before
// them.
func (s *Snapshot) Bytes() int {
	b := s.base
	n := size(b.ids) + size(b.byID) + size(b.class) + size(b.scope) + size(b.flags) + size(b.nameAt) + size(b.nameBuf) + size(b.byRef) +
		size(b.outAt) + size(b.out) + size(b.shape) + size(b.inAt) + size(b.in) + size(b.infoAt) + size(b.info) + size(b.reqs) + size(b.odd) +
		size(b.unhealthy) + size(b.unhealthyReq)
	if s.delta != nil {
		n += s.delta.nodes.n * overlaidBytes
	}
	return n
}

func size[T any](list []T) int {
	var one T
	return cap(list) * int(unsafe.Sizeof(one))
}
