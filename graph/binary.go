package graph

import (
	"encoding/binary"
	"errors"
	"math"
	"time"
)

// The canonical binary form (ADR-0003): every record has exactly one, the same on
// every machine and in every store. Texts are length-prefixed, integers 64-bit
// varints in their shortest form, floats IEEE bits, times microseconds UTC, maps
// sorted by the bytes of their keys. Each record starts with the version of its
// form.
const formVersion = 1

func putUint(dst []byte, n uint64) []byte { return binary.AppendUvarint(dst, n) }
func putInt(dst []byte, n int64) []byte   { return binary.AppendVarint(dst, n) }

func putText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

func putBool(dst []byte, b bool) []byte {
	if b {
		return append(dst, 1)
	}
	return append(dst, 0)
}

// putTime writes the zero time as one byte 0.
func putTime(dst []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(dst, 0)
	}
	return putInt(append(dst, 1), t.UnixMicro())
}

// micro is a time as it is read back, so that the same time said again is the same.
func micro(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return time.UnixMicro(t.UnixMicro()).UTC()
}

func putValue(dst []byte, v Value) []byte {
	dst = append(dst, byte(v.kind))
	switch v.kind {
	case StringKind, DocumentKind:
		return putText(dst, v.text)
	case FloatKind:
		return binary.BigEndian.AppendUint64(dst, v.bits)
	case ListKind:
		dst = putUint(dst, uint64(len(v.list)))
		for _, e := range v.list {
			dst = putValue(dst, e)
		}
		return dst
	}
	return putInt(dst, int64(v.bits))
}

// form reads what the put functions wrote. The first fault is kept; after it
// every read gives a zero.
type form struct {
	rest  []byte
	err   error
	names *[3]string // what came last where f.name read it; nil: nobody remembers
}

// open starts reading one record, whose version must be known.
func open(b []byte) *form {
	f := &form{rest: b}
	f.version()
	return f
}

func (f *form) version() {
	if v := f.byte(); v != formVersion && f.err == nil {
		f.fail("a record has form %d, which this version does not know", v)
	}
}

// ErrDamaged is the cause of the error where bytes are no record.
var ErrDamaged = errors.New("the bytes are no record")

func (f *form) fail(format string, args ...any) {
	if f.err == nil {
		f.err = Errorf(Internal, format, args...).Because(ErrDamaged)
		f.rest = nil
	}
}

func (f *form) cut() { f.fail("a record is damaged: it ends too early, or is no record") }

// close is the fault, or that something is left behind the record.
func (f *form) close() error {
	if f.err == nil && len(f.rest) > 0 {
		f.fail("a record is damaged: something follows its end")
	}
	return f.err
}

func (f *form) byte() byte {
	if len(f.rest) == 0 {
		f.cut()
		return 0
	}
	b := f.rest[0]
	f.rest = f.rest[1:]
	return b
}

// enum is a byte below n.
func (f *form) enum(n int) uint8 {
	b := f.byte()
	if int(b) >= n {
		f.cut()
		return 0
	}
	return b
}

func (f *form) bool() bool { return f.enum(2) == 1 }

func (f *form) uint() uint64 {
	n, size := binary.Uvarint(f.rest)
	if size <= 0 {
		f.cut()
		return 0
	}
	f.rest = f.rest[size:]
	return n
}

func (f *form) int() int64 {
	n, size := binary.Varint(f.rest)
	if size <= 0 {
		f.cut()
		return 0
	}
	f.rest = f.rest[size:]
	return n
}

// count is a length: each element takes at least a byte, so that a damaged one
// cannot ask for all memory.
func (f *form) count() int {
	n := f.uint()
	if n > uint64(len(f.rest)) {
		f.cut()
		return 0
	}
	return int(n)
}

func (f *form) text() string {
	n := f.count()
	s := string(f.rest[:n])
	f.rest = f.rest[n:]
	return s
}

// name is a text that is nearly always what it was in the record before, in the same
// place.
func (f *form) name(place int) string {
	if f.names == nil {
		return f.text()
	}
	n := f.count()
	s := f.rest[:n]
	f.rest = f.rest[n:]
	if last := &f.names[place]; string(s) != *last {
		*last = string(s)
	}
	return f.names[place]
}

func (f *form) fixed(dst []byte) {
	if len(f.rest) < len(dst) {
		f.cut()
		return
	}
	f.rest = f.rest[copy(dst, f.rest):]
}

func (f *form) time() time.Time {
	if !f.bool() {
		return time.Time{}
	}
	return time.UnixMicro(f.int()).UTC()
}

func (f *form) value() Value { return f.valueAt(0) }

func (f *form) valueAt(depth int) Value {
	v := Value{kind: ValueKind(f.enum(int(DocumentKind) + 1))}
	switch v.kind {
	case StringKind, DocumentKind:
		v.text = f.text()
	case FloatKind:
		var b [8]byte
		f.fixed(b[:])
		v = FloatValue(math.Float64frombits(binary.BigEndian.Uint64(b[:])))
	case ListKind:
		if depth > 0 {
			f.cut() // a list of lists is not a value
			return Value{}
		}
		v.list = make([]Value, f.count())
		for i := range v.list {
			v.list[i] = f.valueAt(depth + 1)
		}
	default:
		v.bits = uint64(f.int())
	}
	return v
}

// list reads a length and that many elements; an empty list is nil.
func list[T any](f *form, element func() T) []T {
	n := f.count()
	if n == 0 {
		return nil
	}
	out := make([]T, n)
	for i := range out {
		out[i] = element()
	}
	return out
}

func putList[T any](dst []byte, list []T, element func([]byte, T) []byte) []byte {
	dst = putUint(dst, uint64(len(list)))
	for i := range list {
		dst = element(dst, list[i])
	}
	return dst
}
