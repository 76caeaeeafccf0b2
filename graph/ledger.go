package graph

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"
)

// add is s plus a record's hash, modulo 2^256.
func (s Sum) add(h Hash) Sum {
	var carry uint64
	for i := 24; i >= 0; i -= 8 {
		a, b := binary.BigEndian.Uint64(s[i:]), binary.BigEndian.Uint64(h[i:])
		a, carry = bits.Add64(a, b, carry)
		binary.BigEndian.PutUint64(s[i:], a)
	}
	return s
}

// sub takes a record's hash out again.
func (s Sum) sub(h Hash) Sum {
	var borrow uint64
	for i := 24; i >= 0; i -= 8 {
		a, b := binary.BigEndian.Uint64(s[i:]), binary.BigEndian.Uint64(h[i:])
		a, borrow = bits.Sub64(a, b, borrow)
		binary.BigEndian.PutUint64(s[i:], a)
	}
	return s
}

// record is any of the five kinds of record.
type record interface{ Append(dst []byte) []byte }

// Which record a change holds, and which of its sides; two bits of the first byte
// of a change's form.
const (
	nodeRecord = iota
	relationRecord
	requirementRecord
	classRecord
	typeRecord
	kindsOfRecord
)

// sides are the kind of record that a change holds and its two sides, nil where
// there is none.
func (c *Change) sides() (kind byte, was, is record) {
	switch {
	case c.NodeWas != nil || c.Node != nil:
		return pair(nodeRecord, c.NodeWas, c.Node)
	case c.RelationWas != nil || c.Relation != nil:
		return pair(relationRecord, c.RelationWas, c.Relation)
	case c.RequirementWas != nil || c.Requirement != nil:
		return pair(requirementRecord, c.RequirementWas, c.Requirement)
	case c.ClassWas != nil || c.Class != nil:
		return pair(classRecord, c.ClassWas, c.Class)
	}
	return pair(typeRecord, c.TypeWas, c.Type)
}

// pair keeps nil pointers from becoming interfaces that are not nil.
func pair[T any, P interface {
	*T
	record
}](kind byte, was, is P) (byte, record, record) {
	var a, b record
	if was != nil {
		a = was
	}
	if is != nil {
		b = is
	}
	return kind, a, b
}

// content is the sum after changes. The kind of record is hashed with it.
func content(s Sum, changes []Change) Sum {
	var buf []byte
	hash := func(kind byte, r record) Hash {
		buf = r.Append(append(buf[:0], kind))
		return sha256.Sum256(buf)
	}
	for i := range changes {
		kind, was, is := changes[i].sides()
		if was != nil {
			s = s.sub(hash(kind, was))
		}
		if is != nil {
			s = s.add(hash(kind, is))
		}
	}
	return s
}

// Append writes the entry's canonical binary form, all but its own hash, behind
// dst.
func (e *Entry) Append(dst []byte) []byte {
	dst = append(dst, formVersion)
	dst = putUint(dst, uint64(e.Revision))
	dst = putTime(dst, e.At)
	dst = putText(putText(putText(dst, e.Actor), e.Source), e.Message)
	dst = putBool(dst, e.Run != nil)
	if e.Run != nil {
		dst = putText(putText(dst, e.Run.Hash), e.Run.Source)
		dst = putInt(putInt(dst, int64(e.Run.Chunk)), int64(e.Run.Chunks))
	}
	dst = putUint(dst, uint64(len(e.Changes)))
	for i := range e.Changes {
		c := &e.Changes[i]
		dst = putUint(dst, uint64(c.Op))
		kind, was, is := c.sides()
		dst = append(dst, kind)
		for _, side := range [2]record{was, is} {
			if dst = putBool(dst, side != nil); side != nil {
				dst = side.Append(dst)
			}
		}
	}
	dst = append(dst, e.Previous[:]...)
	return append(dst, e.Content[:]...)
}

// DecodeEntry reads what Append wrote; the entry's hash is that of b. It fails
// with Internal where b is damaged.
func DecodeEntry(b []byte) (*Entry, error) {
	f := open(b)
	e := &Entry{Revision: Revision(f.uint()), At: f.time(), Actor: f.text(), Source: f.text(), Message: f.text(), Hash: sha256.Sum256(b)}
	if f.bool() {
		e.Run = &Run{Hash: f.text(), Source: f.text(), Chunk: int(f.int()), Chunks: int(f.int())}
	}
	e.Changes = list(f, f.change)
	f.fixed(e.Previous[:])
	f.fixed(e.Content[:])
	return e, f.close()
}

func (f *form) change() Change {
	c := Change{Op: int(f.uint())}
	switch f.enum(kindsOfRecord) {
	case nodeRecord:
		c.NodeWas, c.Node = side(f, f.node), side(f, f.node)
	case relationRecord:
		c.RelationWas, c.Relation = side(f, f.relation), side(f, f.relation)
	case requirementRecord:
		c.RequirementWas, c.Requirement = side(f, f.requirement), side(f, f.requirement)
	case classRecord:
		c.ClassWas, c.Class = side(f, f.class), side(f, f.class)
	case typeRecord:
		c.TypeWas, c.Type = side(f, f.relationType), side(f, f.relationType)
	}
	return c
}

func side[T any](f *form, read func() *T) *T {
	if !f.bool() {
		return nil
	}
	f.version()
	return read()
}

// Seal makes e the next entry of a ledger that ends at head: it fills in
// revision, previous hash, content and hash. It returns the entry and the head
// after it.
func Seal(e Entry, head Head) (Entry, Head) {
	e.Revision, e.Previous = head.Revision+1, head.Hash
	e.Content = content(head.Content, e.Changes)
	e.Hash = sha256.Sum256(e.Append(nil))
	return e, head.After(&e)
}

// VerifyEntry says whether e continues a ledger that ends at head and is what it
// claims to be; it returns the head after it. It fails with Invalid.
func VerifyEntry(e Entry, head Head) (Head, error) {
	switch {
	case e.Revision != head.Revision+1:
		return Head{}, Errorf(Invalid, "revision %d does not follow revision %d", e.Revision, head.Revision)
	case e.Previous != head.Hash:
		return Head{}, Errorf(Invalid, "revision %d does not continue the ledger: the hash of the entry before it is another", e.Revision)
	case e.Hash != sha256.Sum256(e.Append(nil)):
		return Head{}, Errorf(Invalid, "revision %d was changed: its hash is not that of its content", e.Revision)
	case e.Content != content(head.Content, e.Changes):
		return Head{}, Errorf(Invalid, "revision %d does not lead to the records that it claims: the content hash differs", e.Revision)
	}
	return head.After(&e), nil
}

// After is the head after e, which continues it. It believes e's hashes, which
// VerifyEntry does not.
func (h Head) After(e *Entry) Head {
	next := Head{Revision: e.Revision, At: e.At, LastID: h.LastID, Hash: e.Hash, Content: e.Content, OpenRuns: h.OpenRuns}
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

// withRun puts the last chunk seen of a run into the open ones, which are ordered
// by hash, or drops the run where that chunk ends it.
func withRun(open []Run, run Run) []Run {
	out := slices.Clone(open)
	at, found := slices.BinarySearchFunc(out, run, func(a, b Run) int { return cmp.Compare(a.Hash, b.Hash) })
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

func (h Hash) String() string { return fmt.Sprintf("%x", h[:]) }
func (s Sum) String() string  { return fmt.Sprintf("%x", s[:]) }
