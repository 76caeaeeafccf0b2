package graph

import (
	"hash/maphash"
	"math/bits"
)

// base is the compact, immutable part of a snapshot. Nodes have dense indexes,
// given by a breadth-first search against the direction of dependency, so that
// what falls together lies together. Relations are kept both ways.
type base struct {
	ids     []uint32 // by index
	byID    []uint32 // id -> index+1; 0: no such node
	class   []uint16 // into names.classes
	scope   []uint32 // into names.scopes
	flags   []uint8
	nameAt  []uint32 // len n+1, into names
	nameBuf []byte
	byRef   []uint32 // open addressing by hash: index+1 of living nodes

	outAt []uint32 // len n+1: the relations of consumer i are [outAt[i], outAt[i+1])
	out   []uint32 // providers; relations outside requirements first, then requirement by requirement
	shape []uint16 // into shapes, or bigShape
	wide  map[uint32]uint32

	inAt   []uint32 // len n+1
	in     []uint32 // tagged words, see below
	infoAt []uint32 // len n+1
	info   []uint32 // consumers over relations that pass nothing on

	reqs  []req // by consumer, then name
	odd   []odd
	usual certainty // the evidence of most relations: of the plain words

	unhealthy    []uint32 // nodes that do not deliver by themselves
	unhealthyReq []uint32 // requirements that are not OPERATIONAL with all members well, valid and believed
	oddReqs      []uint32 // requirements with a member that has a row in odd
	timed        []uint32 // consumers of relations with a validity interval
}

const bigShape = 1<<16 - 1

// req is a requirement, as small as it gets.
type req struct {
	consumer                uint32
	first                   uint32 // of its members in base.out; unused in an overlaid consumer
	n, k, spare             uint32
	size                    uint32
	name                    uint32 // into names.requirements
	kGiven, designed, grown int32  // kGiven: where the rule has details, their place in names.details
	spareGiven              int32  // -1: not stated
	memberType, memberClass uint16 // of a requirement by rule: into types, classes; memberClass is index+1
	rule                    Rule
	percent                 uint8
	byRule                  bool
	gone                    bool // withdrawn in a delta
}

const (
	lifecycleBits uint8 = 7
	flagRetired   uint8 = 1 << 3
	flagPinned    uint8 = 1 << 4
	flagStub      uint8 = 1 << 5
	flagGrouped   uint8 = 1 << 6 // it has requirements
	flagAbsent    uint8 = 1 << 7 // purged, or an id that was never used
)

// delivers says whether a node serves its consumers by itself.
func delivers(flags uint8) bool {
	return flags&(flagRetired|flagAbsent) == 0 && Lifecycle(flags&lifecycleBits).Delivers()
}

// names interns the strings of a snapshot. Slices only ever grow, each version
// with its own length; the maps belong to the base and are never changed.
type names struct {
	classes, scopes, types, requirements intern[string]
	shapes                               intern[shape]
	details                              []RuleDetails
}

type intern[T comparable] struct {
	list  []T
	index map[T]uint32 // of the first len(index) of list
	last  uint32       // learned
}

func (t *intern[T]) find(v T) (uint32, bool) {
	if i, ok := t.index[v]; ok {
		return i, true
	}
	for i := len(t.index); i < len(t.list); i++ {
		if t.list[i] == v {
			return uint32(i), true
		}
	}
	return 0, false
}

// add is find, or else append to this version of the list.
func (t *intern[T]) add(v T) uint32 {
	if i, ok := t.find(v); ok {
		return i
	}
	t.list = append(t.list[:len(t.list):len(t.list)], v)
	return uint32(len(t.list) - 1)
}

// learn is add while a base is being built: the index learns the value, too.
func (t *intern[T]) learn(v T) uint32 {
	if int(t.last) < len(t.list) && t.list[t.last] == v { // as nearly always
		return t.last
	}
	if i, ok := t.index[v]; ok {
		t.last = i
		return i
	}
	if t.index == nil {
		t.index = map[T]uint32{}
	}
	i := uint32(len(t.list))
	t.index[v] = i
	t.list = append(t.list, v)
	return i
}

var refSeed = maphash.MakeSeed()

func refHash(class uint16, scope uint32, name string) uint64 {
	h := maphash.String(refSeed, name)
	return (h ^ uint64(class)<<32 ^ uint64(scope)) * 0x9E3779B97F4A7C15
}

// slot maps a hash onto a table of n slots.
func slot(hash uint64, n int) int {
	hi, _ := bits.Mul64(hash, uint64(n))
	return int(hi)
}

func (b *base) name(i uint32) []byte { return b.nameBuf[b.nameAt[i]:b.nameAt[i+1]] }

func (b *base) shapeOf(e uint32) uint32 {
	if s := b.shape[e]; s != bigShape {
		return uint32(s)
	}
	return b.wide[e]
}
