package graph

import (
	"bytes"
	"cmp"
	"iter"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// Snapshot is the topology of the graph at one revision, with the few hot columns
// that questions need. It is immutable and may be shared freely. It is a compact
// base and, after Apply, a delta of overlaid nodes that shares all the rest; a
// growing delta is merged by Compact.
type Snapshot struct {
	head      Head
	cat       *Catalogue
	base      *base
	names     names
	delta     *delta // nil: the base as it is
	pins      map[uint32][]Pin
	living    int
	relations int
	raises    bool // some relation, or requirement, passes on more than its worst provider's state

	paths  pathCache
	still  [3]atomic.Pointer[reading] // by world, where it is the same at all times
	starts [3]atomic.Pointer[start]   // the same: where what holds anyway was asked for
	heavy  [3]heaviest                // the same: of what was asked for, what does the most
}

// delta is what differs from the base.
type delta struct {
	nodes paged[overlay]
	reqs  paged[req]
	byRef paged[[]uint32] // by refBucket: nodes whose ref the base's table does not have
	odd   []odd           // behind base.odd
	added uint32          // nodes behind the base's
	made  uint32          // requirements behind the base's
}

// overlay is one node as the delta has it.
type overlay struct {
	owner *token
	id    uint32
	class uint16
	scope uint32
	flags uint8
	name  string
	out   []edge
	reqs  []uint32 // of this consumer, by name
	in    []uint32 // may be the base's own words
	extra []uint32 // in words that came since
	info  []uint32
	owned uint8 // which slices belong to owner: 1 out, 2 in, 4 extra, 8 info, 16 reqs
}

// edge is a relation of an overlaid consumer.
type edge struct {
	to, shape uint32
	req       uint32 // requirement+1, or 0
}

const refBuckets = 1 << 18

// Empty is the snapshot of an empty store: the built-in catalogue, revision 0.
func Empty() *Snapshot {
	s, err := NewBuilder().Build(Head{})
	if err != nil {
		panic(err) // nothing was added that could be wrong
	}
	return s
}

// Head is the end of the ledger that the snapshot shows.
func (s *Snapshot) Head() Head { return s.head }

// Revision is the revision that the snapshot shows.
func (s *Snapshot) Revision() Revision { return s.head.Revision }

// Catalogue is the classes and relation types at that revision.
func (s *Snapshot) Catalogue() *Catalogue { return s.cat }

// Len is the number of living nodes.
func (s *Snapshot) Len() int { return s.living }

// Knows says whether a node of the class is there, or was since the snapshot's base
// was built.
func (s *Snapshot) Knows(class string) bool {
	_, ok := s.names.classes.find(class)
	return ok
}

// RelationCount is the number of relations, those of retired nodes included.
func (s *Snapshot) RelationCount() int { return s.relations }

// size is the number of node indexes, absent ones included.
func (s *Snapshot) size() int {
	if s.delta == nil {
		return len(s.base.ids)
	}
	return len(s.base.ids) + int(s.delta.added)
}

func (s *Snapshot) reqSize() int {
	if s.delta == nil {
		return len(s.base.reqs)
	}
	return len(s.base.reqs) + int(s.delta.made)
}

func (s *Snapshot) overlaid(i uint32) *overlay {
	if s.delta == nil {
		return nil
	}
	return s.delta.nodes.get(i)
}

// at is the index of a node, living or retired.
func (s *Snapshot) at(id ID) (uint32, bool) {
	if int(id) < len(s.base.byID) {
		i := s.base.byID[id]
		if i == 0 {
			return 0, false
		}
		return i - 1, s.flagsOf(i-1)&flagAbsent == 0
	}
	// Ids are assigned in order, so the nodes behind the base's stand in it.
	i := int(id) - len(s.base.byID) + len(s.base.ids)
	if id > MaxID || i >= s.size() {
		return 0, false
	}
	return uint32(i), s.flagsOf(uint32(i))&flagAbsent == 0
}

func (s *Snapshot) idOf(i uint32) ID {
	if o := s.overlaid(i); o != nil {
		return ID(o.id)
	}
	return ID(s.base.ids[i])
}

func (s *Snapshot) flagsOf(i uint32) uint8 {
	if o := s.overlaid(i); o != nil {
		return o.flags
	}
	if int(i) >= len(s.base.flags) {
		return flagAbsent
	}
	return s.base.flags[i]
}

func (s *Snapshot) classOf(i uint32) uint16 {
	if o := s.overlaid(i); o != nil {
		return o.class
	}
	return s.base.class[i]
}

func (s *Snapshot) className(i uint32) string { return s.names.classes.list[s.classOf(i)] }

func (s *Snapshot) refOf(i uint32) Ref {
	if o := s.overlaid(i); o != nil {
		return Ref{s.names.classes.list[o.class], s.names.scopes.list[o.scope], o.name}
	}
	b := s.base
	return Ref{s.names.classes.list[b.class[i]], s.names.scopes.list[b.scope[i]], string(b.name(i))}
}

// compareRefs orders two nodes by their refs without making strings.
func (s *Snapshot) compareRefs(i, j uint32) int {
	if s.overlaid(i) != nil || s.overlaid(j) != nil {
		return s.refOf(i).Compare(s.refOf(j))
	}
	b := s.base
	if c, d := b.class[i], b.class[j]; c != d {
		return strings.Compare(s.names.classes.list[c], s.names.classes.list[d])
	}
	if c, d := b.scope[i], b.scope[j]; c != d {
		return strings.Compare(s.names.scopes.list[c], s.names.scopes.list[d])
	}
	return bytes.Compare(b.name(i), b.name(j))
}

// in is the words of provider i, in two slices.
func (s *Snapshot) in(i uint32) ([]uint32, []uint32) {
	if s.delta != nil {
		if o := s.delta.nodes.get(i); o != nil {
			return o.in, o.extra
		}
		if int(i) >= len(s.base.ids) {
			return nil, nil
		}
	}
	return s.base.in[s.base.inAt[i]:s.base.inAt[i+1]], nil
}

func (s *Snapshot) infoIn(i uint32) []uint32 {
	if o := s.overlaid(i); o != nil {
		return o.info
	}
	return s.base.info[s.base.infoAt[i]:s.base.infoAt[i+1]]
}

func (s *Snapshot) req(r uint32) *req {
	if s.delta != nil {
		if q := s.delta.reqs.get(r); q != nil {
			return q
		}
	}
	return &s.base.reqs[r]
}

func (s *Snapshot) oddAt(i uint32) odd {
	if int(i) < len(s.base.odd) {
		return s.base.odd[i]
	}
	return s.delta.odd[int(i)-len(s.base.odd)]
}

// edges calls f for each relation of consumer i until it returns false.
func (s *Snapshot) edges(i uint32, f func(e edge) bool) {
	if o := s.overlaid(i); o != nil {
		for _, e := range o.out {
			if !f(e) {
				return
			}
		}
		return
	}
	b := s.base
	lo, hi := b.outAt[i], b.outAt[i+1]
	reqs := s.reqsOf(i)
	for e := lo; e < hi; e++ {
		x := edge{to: b.out[e], shape: b.shapeOf(e)}
		for len(reqs) > 0 {
			q := &b.reqs[reqs[0]]
			if e < q.first {
				break
			}
			if e < q.first+q.n {
				x.req = reqs[0] + 1
				break
			}
			reqs = reqs[1:]
		}
		if !f(x) {
			return
		}
	}
}

// reqsOf is the requirements of consumer i, by name.
func (s *Snapshot) reqsOf(i uint32) []uint32 {
	if o := s.overlaid(i); o != nil {
		return o.reqs
	}
	b := s.base
	if b.flags[i]&flagGrouped == 0 {
		return nil
	}
	lo, _ := slices.BinarySearchFunc(b.reqs, i, func(q req, c uint32) int { return cmp.Compare(q.consumer, c) })
	var out []uint32
	for r := lo; r < len(b.reqs) && b.reqs[r].consumer == i; r++ {
		out = append(out, uint32(r))
	}
	return out
}

// Lookup finds the living node with that ref.
func (s *Snapshot) Lookup(r Ref) (ID, bool) {
	i, ok := s.lookup(r)
	if !ok {
		return 0, false
	}
	return s.idOf(i), true
}

func (s *Snapshot) lookup(r Ref) (uint32, bool) {
	class, ok := s.names.classes.find(r.Class)
	if !ok {
		return 0, false
	}
	scope, ok := s.names.scopes.find(r.Scope)
	if !ok {
		return 0, false
	}
	h := refHash(uint16(class), scope, r.Name)
	b := s.base
	if n := len(b.byRef); n > 0 {
		for k := slot(h, n); b.byRef[k] != 0; {
			i := b.byRef[k] - 1
			if s.named(i, uint16(class), scope, r.Name) {
				return i, true
			}
			if k++; k == n {
				k = 0
			}
		}
	}
	if s.delta != nil {
		if list := s.delta.byRef.get(uint32(slot(h, refBuckets))); list != nil {
			for _, i := range *list {
				if s.named(i, uint16(class), scope, r.Name) {
					return i, true
				}
			}
		}
	}
	return 0, false
}

func (s *Snapshot) named(i uint32, class uint16, scope uint32, name string) bool {
	if o := s.overlaid(i); o != nil {
		return o.class == class && o.scope == scope && o.name == name && o.flags&(flagRetired|flagAbsent) == 0
	}
	b := s.base
	return b.class[i] == class && b.scope[i] == scope && string(b.name(i)) == name
}

// LookupName finds the living nodes with that bare name, by ref. It looks at
// every node.
func (s *Snapshot) LookupName(name string) []ID {
	var found []uint32
	for i := range uint32(s.size()) {
		if s.flagsOf(i)&(flagRetired|flagAbsent) != 0 {
			continue
		}
		if o := s.overlaid(i); o != nil {
			if o.name == name {
				found = append(found, i)
			}
		} else if string(s.base.name(i)) == name {
			found = append(found, i)
		}
	}
	slices.SortFunc(found, s.compareRefs)
	return s.idsOf(found)
}

func (s *Snapshot) idsOf(nodes []uint32) []ID {
	out := make([]ID, len(nodes))
	for k, i := range nodes {
		out[k] = s.idOf(i)
	}
	return out
}

// Has says whether the node exists, living or retired.
func (s *Snapshot) Has(id ID) bool {
	_, ok := s.at(id)
	return ok
}

// Ref is the node's ref (of a retired node, the one it had); zero for no node.
func (s *Snapshot) Ref(id ID) Ref {
	if i, ok := s.at(id); ok {
		return s.refOf(i)
	}
	return Ref{}
}

// Retired says whether the node is a tombstone.
func (s *Snapshot) Retired(id ID) bool {
	i, ok := s.at(id)
	return ok && s.flagsOf(i)&flagRetired != 0
}

// Lifecycle is the effective lifecycle of a CI.
func (s *Snapshot) Lifecycle(id ID) Lifecycle {
	i, ok := s.at(id)
	if !ok {
		return Live
	}
	return Lifecycle(s.flagsOf(i) & lifecycleBits)
}

// Nodes are the living nodes, by id.
func (s *Snapshot) Nodes() iter.Seq[ID] {
	return func(yield func(ID) bool) {
		last := ID(len(s.base.byID) + s.size() - len(s.base.ids))
		for id := ID(1); id < last; id++ {
			if i, ok := s.at(id); ok && s.flagsOf(i)&flagRetired == 0 && !yield(id) {
				return
			}
		}
	}
}

// pinned says whether an impact pin of the graph holds node i at that time, and
// which. The zero time is before every expiry.
func (s *Snapshot) pinned(i uint32, now time.Time) (Pin, bool) {
	for _, p := range s.pins[i] {
		if p.Attribute == "" && p.holds(now) {
			return p, true
		}
	}
	return Pin{}, false
}
