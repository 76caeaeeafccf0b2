package population

import (
	"strconv"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
)

// field is one key that an object of the format may have. A table of them reads
// the object into a T.
type field[T any] struct {
	name     string
	required bool
	read     func(s *scanner, to *T) error
}

// readObject reads an object by its table. What is unknown, missing or there
// twice is an error that names the field.
func readObject[T any](s *scanner, table []field[T], to *T) error {
	seen := uint32(0)
	err := s.object(func(key string) error {
		for i := range table {
			f := &table[i]
			if f.name != key {
				continue
			}
			if seen&(1<<i) != 0 {
				return inField(key, graph.Errorf(graph.Invalid, "the field %q stands twice", key).WithHint("leave one of them out"))
			}
			seen |= 1 << i
			return inField(key, f.read(s, to))
		}
		return inField(graph.Clip(key), unknownField(table, key))
	})
	if err != nil {
		return err
	}
	for i := range table {
		if table[i].required && seen&(1<<i) == 0 {
			return graph.Errorf(graph.Invalid, "the field %q is missing", table[i].name).At(-1, table[i].name)
		}
	}
	return nil
}

func unknownField[T any](table []field[T], key string) error {
	names := make([]string, len(table))
	for i := range table {
		names[i] = table[i].name
	}
	return store.Unknown("field", key, names)
}

// inField puts the field's name before the path that an error already has.
func inField(name string, err error) error {
	if err == nil {
		return nil
	}
	p := asProblem(err)
	at := *p.why
	switch {
	case at.Field == "":
		at.Field = name
	case at.Field[0] == '[':
		at.Field = name + at.Field
	default:
		at.Field = name + "." + at.Field
	}
	return &problem{&at, p.column}
}

func inElement(i int, err error) error { return inField("["+strconv.Itoa(i)+"]", err) }

// asProblem is err with its place.
func asProblem(err error) *problem {
	if p, ok := err.(*problem); ok { //nolint:errorlint // made by this package, never wrapped
		return p
	}
	return &problem{graph.AsError(err), 0}
}

// The readers of single fields.

func textField[T any](name string, at func(*T) *string) field[T] {
	return field[T]{name: name, read: func(s *scanner, to *T) (err error) {
		*at(to), err = s.text()
		return err
	}}
}

func nameField[T any](name string, at func(*T) *string) field[T] {
	return field[T]{name: name, read: func(s *scanner, to *T) (err error) {
		*at(to), err = s.name()
		return err
	}}
}

func intField[T any](name string, at func(*T) *int) field[T] {
	return field[T]{name: name, read: func(s *scanner, to *T) error {
		n, err := s.integer(32)
		*at(to) = int(n)
		return err
	}}
}

func boolField[T any](name string, at func(*T) *bool) field[T] {
	return field[T]{name: name, read: func(s *scanner, to *T) (err error) {
		*at(to), err = s.boolean()
		return err
	}}
}

func timeField[T any](name string, at func(*T) *time.Time) field[T] {
	return field[T]{name: name, read: func(s *scanner, to *T) error {
		text, err := s.text()
		if err != nil {
			return err
		}
		t, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return graph.Errorf(graph.Invalid, "%q is not a time", graph.Clip(text)).WithHint("RFC 3339, for example 2026-03-01T08:00:00Z")
		}
		*at(to) = t.UTC().Truncate(time.Microsecond)
		return nil
	}}
}

// wordField reads one of an enum's words.
func wordField[T any](name string, read func(to *T, word []byte) error) field[T] {
	return field[T]{name: name, read: func(s *scanner, to *T) error {
		word, err := s.name()
		if err != nil {
			return err
		}
		return read(to, []byte(word))
	}}
}

// listField reads a list, element by element.
func listField[T, E any](name string, at func(*T) *[]E, read func(s *scanner, to *E) error) field[T] {
	return field[T]{name: name, read: func(s *scanner, to *T) error {
		list := at(to)
		return s.array(func(i int) error {
			var e E
			if err := read(s, &e); err != nil {
				return inElement(i, err)
			}
			*list = append(*list, e)
			return nil
		})
	}}
}

// objectsField reads a list of objects by their table.
func objectsField[T, E any](name string, at func(*T) *[]E, table []field[E]) field[T] {
	return listField(name, at, func(s *scanner, to *E) error { return readObject(s, table, to) })
}

func need[T any](f field[T]) field[T] {
	f.required = true
	return f
}

// kindField passes over the field that chose the table.
func kindField[T any]() field[T] {
	return field[T]{name: "kind", read: func(s *scanner, _ *T) error {
		_, err := s.name()
		return err
	}}
}
