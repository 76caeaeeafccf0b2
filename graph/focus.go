package graph

import "bytes"

// Focus narrows assessments down to what some CIs reach: what makes no difference there
// is not solved. It is made once and used for many scenarios on the same graph, none of
// which has a patch. Of CIs outside of it, nothing is told.
type Focus struct {
	s *Snapshot
	// outside has heldBit for each node that nothing reached depends on. Whatever a node
	// inside depends on is inside, so that states inside are those of the whole graph.
	outside []uint8
	reached []uint64 // a bit a node
}

// Focus is about what these nodes reach, and they.
func (s *Snapshot) Focus(ids ...ID) *Focus {
	f := &Focus{s: s, outside: bytes.Repeat([]byte{heldBit}, s.size()), reached: make([]uint64, s.size()/64+1)}
	reached := s.spread(s.indexes(ids), Consumers)
	for _, i := range reached {
		f.reached[i>>6] |= 1 << (i & 63)
	}
	for _, i := range s.spread(reached, Providers) {
		f.outside[i] = 0
	}
	return f
}

// Meets says whether an effect on a node can make a difference to what the focus is about.
func (f *Focus) Meets(id ID) bool {
	i, ok := f.s.at(id)
	return ok && f.outside[i] == 0
}

// about says whether the focus is about node i; nil is about all.
func (f *Focus) about(i uint32) bool { return f == nil || f.reached[i>>6]>>(i&63)&1 == 1 }

// mask is what is not solved on a graph; nil: everything is.
func (f *Focus) mask() []uint8 {
	if f == nil {
		return nil
	}
	return f.outside
}
