// Package limit is a bound as a person sets and reads it: a name, a unit, a range,
// a default and what it means. Its one idea: a limit is a row of a table that says
// all of this in one place, and parsing, printing and refusing follow from the row.
// It refuses to know what is bounded, and where a value came from.
package limit

import (
	"strconv"
	"strings"
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// Unit is what a limit counts.
type Unit uint8

// The units. A time is kept in nanoseconds.
const (
	Count Unit = iota
	Bytes
	Time
)

// Limit is one limit.
type Limit struct {
	Name                 string
	Unit                 Unit
	Default, Least, Most int64
	Meaning              string
}

// Parse reads a value: a count is digits, bytes may end in KiB or MiB, a time in
// ms, s or m. What is no value, or is out of range, is graph.Invalid and says the
// range.
func (l Limit) Parse(text string) (int64, error) {
	n, ok := l.Unit.parse(text)
	if !ok || n < l.Least || n > l.Most {
		return 0, graph.Errorf(graph.Invalid, "the limit %s cannot be %q", l.Name, text).
			WithHint("%s, from %s to %s: %s", l.Unit.example(), l.Format(l.Least), l.Format(l.Most), l.Meaning)
	}
	return n, nil
}

// Format writes a value as Parse reads it.
func (l Limit) Format(n int64) string {
	switch {
	case l.Unit == Time:
		return time.Duration(n).String()
	case l.Unit == Bytes && n%(1<<20) == 0:
		return strconv.FormatInt(n>>20, 10) + "MiB"
	case l.Unit == Bytes && n%(1<<10) == 0:
		return strconv.FormatInt(n>>10, 10) + "KiB"
	}
	return strconv.FormatInt(n, 10)
}

func (u Unit) parse(text string) (int64, bool) {
	if u == Time {
		d, err := time.ParseDuration(text)
		return int64(d), err == nil
	}
	shift := 0
	if u == Bytes {
		for suffix, by := range map[string]int{"KiB": 10, "MiB": 20} {
			if digits, ok := strings.CutSuffix(text, suffix); ok {
				text, shift = digits, by
			}
		}
	}
	n, err := strconv.ParseUint(text, 10, 40)
	return int64(n << shift), err == nil
}

func (u Unit) example() string {
	return [...]string{"a number", "bytes, for example 512KiB or 2MiB", "a time, for example 500ms, 10s or 2m"}[u]
}

// Row is a limit, and where an L keeps it: 0 there is the default.
type Row[L any] struct {
	Limit
	At func(*L) Cell
}

// New makes a row: name, unit, default, least, most, meaning and place.
func New[L any](name string, unit Unit, otherwise, least, most int64, meaning string, at func(*L) Cell) Row[L] {
	return Row[L]{Limit{name, unit, otherwise, least, most, meaning}, at}
}

// Cell is a place of a limit.
type Cell struct {
	Get func() int64
	Set func(int64)
}

// In is the cell of a field.
func In[T ~int | ~int64](field *T) Cell {
	return Cell{func() int64 { return int64(*field) }, func(n int64) { *field = T(n) }}
}

// Within is the rows of a part as rows of the whole.
func Within[W, P any](rows []Row[P], part func(*W) *P) (out []Row[W]) {
	for _, r := range rows {
		out = append(out, Row[W]{r.Limit, func(w *W) Cell { return r.At(part(w)) }})
	}
	return out
}

// Fill puts the defaults where l says nothing.
func Fill[L any](rows []Row[L], l *L) {
	for _, r := range rows {
		if c := r.At(l); c.Get() <= 0 {
			c.Set(r.Default)
		}
	}
}
