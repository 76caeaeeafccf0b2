package graph

import "math/bits"

// nodeSet is a set of a snapshot's nodes, a bit each.
type nodeSet []uint64

// nodeSet is a set of these nodes of s.
func (s *Snapshot) nodeSet(nodes []uint32) nodeSet {
	b := make(nodeSet, s.size()/64+1)
	b.add(nodes)
	return b
}

func (b nodeSet) add(nodes []uint32) {
	for _, i := range nodes {
		b.put(i)
	}
}

func (b nodeSet) put(i uint32) { b[i>>6] |= 1 << (i & 63) }

func (b nodeSet) has(i uint32) bool { return b[i>>6]>>(i&63)&1 == 1 }

// nodes are those of the set, ascending.
func (b nodeSet) nodes() (out []uint32) {
	for k, word := range b {
		for ; word != 0; word &= word - 1 {
			out = append(out, uint32(k<<6+bits.TrailingZeros64(word)))
		}
	}
	return out
}
