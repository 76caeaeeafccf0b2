package graph

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ValueKind is the type of an attribute's value.
type ValueKind uint8

// The attribute types. An enum's value is of kind String, its definition says
// which are allowed.
const (
	NoValue ValueKind = iota
	StringKind
	IntKind // 64 bit
	FloatKind
	BoolKind
	TimeKind     // an instant, microseconds, UTC
	DurationKind // nanoseconds
	EnumKind
	ListKind
	DocumentKind // JSON in its normal form: a plan, a patch, a sealed answer
)

var valueKindNames = [...]string{"", "string", "int", "float", "boolean", "time", "duration", "enum", "list", "document"}

func (k ValueKind) String() string { return valueKindNames[k] }

// Value is one attribute value. The zero Value is no value. Values are
// immutable; two are equal by [Value.Equal], never by ==.
type Value struct {
	kind ValueKind
	bits uint64 // int64, IEEE bits, bool, microseconds since 1970, nanoseconds
	text string
	list []Value
}

// StringValue makes a string (also of an enum).
func StringValue(s string) Value { return Value{kind: StringKind, text: s} }

// IntValue makes a 64 bit integer.
func IntValue(n int64) Value { return Value{kind: IntKind, bits: uint64(n)} }

// FloatValue makes a float; -0 becomes 0. NaN is refused where values are parsed.
func FloatValue(f float64) Value {
	if f == 0 {
		f = 0
	}
	return Value{kind: FloatKind, bits: math.Float64bits(f)}
}

// BoolValue makes a boolean.
func BoolValue(b bool) Value {
	v := Value{kind: BoolKind}
	if b {
		v.bits = 1
	}
	return v
}

// TimeValue makes an instant, truncated to microseconds.
func TimeValue(t time.Time) Value { return Value{kind: TimeKind, bits: uint64(t.UnixMicro())} }

// DurationValue makes a duration.
func DurationValue(d time.Duration) Value { return Value{kind: DurationKind, bits: uint64(d)} }

// ListValue makes a list; the caller gives vs away.
func ListValue(vs ...Value) Value { return Value{kind: ListKind, list: vs} }

// DocumentValue makes a document of what encoding/json writes of v: without blanks,
// the names of a map in order. It fails with Internal where v is no JSON.
func DocumentValue(v any) (Value, error) {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return Value{}, Errorf(Internal, "a document cannot be written").Because(err)
	}
	return Value{kind: DocumentKind, text: strings.TrimSuffix(b.String(), "\n")}, nil
}

// Document reads a document into v; false where there is none, or another.
func (v Value) Document(to any) bool {
	return v.kind == DocumentKind && json.Unmarshal([]byte(v.text), to) == nil
}

// Kind is the value's type; NoValue for the zero Value. Enums are StringKind.
func (v Value) Kind() ValueKind { return v.kind }

// IsZero says whether there is no value.
func (v Value) IsZero() bool { return v.kind == NoValue }

// Str is the text of a string value, else "".
func (v Value) Str() string { return v.text }

// Int is the number of an int value, else 0.
func (v Value) Int() int64 {
	if v.kind != IntKind {
		return 0
	}
	return int64(v.bits)
}

// Float is the number of a float or int value, else 0.
func (v Value) Float() float64 {
	switch v.kind {
	case FloatKind:
		return math.Float64frombits(v.bits)
	case IntKind:
		return float64(int64(v.bits))
	}
	return 0
}

// Bool is the truth of a boolean value, else false.
func (v Value) Bool() bool { return v.kind == BoolKind && v.bits == 1 }

// Time is the instant of a time value in UTC, else the zero time.
func (v Value) Time() time.Time {
	if v.kind != TimeKind {
		return time.Time{}
	}
	return time.UnixMicro(int64(v.bits)).UTC()
}

// Duration is the length of a duration value, else 0.
func (v Value) Duration() time.Duration {
	if v.kind != DurationKind {
		return 0
	}
	return time.Duration(v.bits)
}

// List is the elements of a list value; the caller must not change them.
func (v Value) List() []Value { return v.list }

// Equal says whether both are of one kind and have the same content.
func (v Value) Equal(o Value) bool { return v.kind == o.kind && v.Compare(o) == 0 }

// Compare orders values: by kind, then numbers by size, text by bytes (code
// points), false before true, lists element by element.
func (v Value) Compare(o Value) int {
	if v.kind != o.kind {
		return cmp.Compare(v.kind, o.kind)
	}
	switch v.kind {
	case StringKind, DocumentKind:
		return strings.Compare(v.text, o.text)
	case FloatKind:
		return cmp.Compare(v.Float(), o.Float())
	case ListKind:
		return slices.CompareFunc(v.list, o.list, Value.Compare)
	}
	return cmp.Compare(int64(v.bits), int64(o.bits))
}

// String is the value for people: RFC 3339 times, ISO 8601 durations, list
// elements joined by ", ".
func (v Value) String() string {
	switch v.kind {
	case StringKind, DocumentKind:
		return v.text
	case IntKind:
		return strconv.FormatInt(v.Int(), 10)
	case FloatKind:
		return strconv.FormatFloat(v.Float(), 'g', -1, 64)
	case BoolKind:
		return strconv.FormatBool(v.Bool())
	case TimeKind:
		return v.Time().Format(time.RFC3339Nano)
	case DurationKind:
		return FormatDuration(v.Duration())
	case ListKind:
		parts := make([]string, len(v.list))
		for i, e := range v.list {
			parts[i] = e.String()
		}
		return strings.Join(parts, ", ")
	}
	return ""
}

// MarshalJSON writes the natural JSON form: string, number, boolean, array; times
// and durations as strings; no value as null.
func (v Value) MarshalJSON() ([]byte, error) {
	switch v.kind {
	case NoValue:
		return []byte("null"), nil
	case IntKind, FloatKind, BoolKind, DocumentKind:
		return []byte(v.String()), nil
	case ListKind:
		if v.list == nil {
			return []byte("[]"), nil
		}
		return json.Marshal(v.list)
	}
	return marshalText(v.String())
}

// marshalText is json.Marshal of a string without the HTML escapes, so that the
// interchange form stays readable.
func marshalText(s string) ([]byte, error) {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return nil, err
	}
	return []byte(strings.TrimSuffix(b.String(), "\n")), nil
}
