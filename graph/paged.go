package graph

// paged is a sparse vector of pointers whose versions share what did not change:
// two levels of 64 below a short top, so that setting one element copies about
// 3 kB whatever the length. A nil *paged is empty.
type paged[T any] struct {
	top []*pagedMid[T]
	n   int // elements that are set
}

type pagedMid[T any] struct {
	owner  *token
	leaves [64]*pagedLeaf[T]
}

type pagedLeaf[T any] struct {
	owner *token
	items [64]*T
}

// token marks the pages that one Apply has made itself and may still change. It
// must not be of size zero, or two tokens could have one address.
type token struct{ _ byte }

func (p *paged[T]) get(i uint32) *T {
	if p == nil || int(i>>12) >= len(p.top) {
		return nil
	}
	mid := p.top[i>>12]
	if mid == nil {
		return nil
	}
	leaf := mid.leaves[i>>6&63]
	if leaf == nil {
		return nil
	}
	return leaf.items[i&63]
}

// fork is a version that may be changed with set; p stays as it is.
func (p *paged[T]) fork() *paged[T] {
	if p == nil {
		return &paged[T]{}
	}
	return &paged[T]{top: append([]*pagedMid[T](nil), p.top...), n: p.n}
}

func (p *paged[T]) set(own *token, i uint32, v *T) {
	for int(i>>12) >= len(p.top) {
		p.top = append(p.top, nil)
	}
	mid := p.top[i>>12]
	switch {
	case mid == nil:
		mid = &pagedMid[T]{owner: own}
	case mid.owner != own:
		mid = &pagedMid[T]{owner: own, leaves: mid.leaves}
	}
	p.top[i>>12] = mid
	leaf := mid.leaves[i>>6&63]
	switch {
	case leaf == nil:
		leaf = &pagedLeaf[T]{owner: own}
	case leaf.owner != own:
		leaf = &pagedLeaf[T]{owner: own, items: leaf.items}
	}
	mid.leaves[i>>6&63] = leaf
	if leaf.items[i&63] == nil {
		p.n++
	}
	leaf.items[i&63] = v
}

// each calls f for every element that is set, in order of index.
func (p *paged[T]) each(f func(i uint32, v *T)) {
	if p == nil {
		return
	}
	for a, mid := range p.top {
		if mid == nil {
			continue
		}
		for b, leaf := range mid.leaves {
			if leaf == nil {
				continue
			}
			for c, v := range leaf.items {
				if v != nil {
					f(uint32(a<<12|b<<6|c), v)
				}
			}
		}
	}
}
