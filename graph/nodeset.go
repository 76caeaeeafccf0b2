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
func (b nodeSet) nodes() []uint32 {
	n := 0
	for _, word := range b {
		n += bits.OnesCount64(word)
	}
	out := make([]uint32, 0, n)
	for k, word := range b {
		for ; word != 0; word &= word - 1 {
			out = append(out, uint32(k<<6+bits.TrailingZeros64(word)))
		}
	}
	return out
}

// numbered is a set of which each node has a number, from 0 in ascending order.
type numbered struct {
	nodeSet
	list   []uint32 // the nodes
	before []uint32 // by word: how many of them are in earlier ones
}

func (b nodeSet) numbered() *numbered {
	x := &numbered{b, b.nodes(), make([]uint32, len(b))}
	n := 0
	for k, word := range b {
		x.before[k] = uint32(n)
		n += bits.OnesCount64(word)
	}
	return x
}

// number is the number of a node of the set.
func (x *numbered) number(i uint32) uint32 {
	return x.before[i>>6] + uint32(bits.OnesCount64(x.nodeSet[i>>6]&(1<<(i&63)-1)))
}
