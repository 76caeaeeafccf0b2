package server

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// variables are the variables of a request. Their maps and lists are made in the
// size that they come to: grown one element at a time, as encoding/json grows
// them, they take twice the room. Numbers stay as they are written.
type variables map[string]any

// UnmarshalJSON reads an object, or null, from a text that encoding/json found
// well-formed.
func (v *variables) UnmarshalJSON(text []byte) error {
	r := &wellFormed{text: text, sizes: sizes(text)}
	switch got := r.value().(type) {
	case map[string]any:
		*v = got
	case nil:
		*v = nil
	default:
		return &json.UnmarshalTypeError{Value: "what is no object", Offset: int64(len(text))}
	}
	return nil
}

// sizes is how many elements each list and each object of a well-formed text has
// at most, in the order in which they open: an empty one counts as one.
func sizes(text []byte) (out []int32) {
	out = make([]int32, 0, bytes.Count(text, []byte{'{'})+bytes.Count(text, []byte{'['}))
	var open []int
	inside := false // of a string
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inside && c == '\\':
			i++
		case c == '"':
			inside = !inside
		case inside:
		case c == '{' || c == '[':
			open, out = append(open, len(out)), append(out, 1)
		case c == ',':
			out[open[len(open)-1]]++
		case c == '}' || c == ']':
			open = open[:len(open)-1]
		}
	}
	return out
}

// wellFormed is a JSON text that needs no more checks, read from the front.
type wellFormed struct {
	text  []byte
	sizes []int32 // of the containers that are still to come
}

func (r *wellFormed) value() any {
	switch r.next() {
	case '{':
		out := make(map[string]any, r.open())
		for r.next() != '}' {
			key := r.string()
			r.next()
			r.skip(1) // the colon
			out[key] = r.value()
			r.comma()
		}
		r.skip(1)
		return out
	case '[':
		out := make([]any, 0, r.open())
		for r.next() != ']' {
			out = append(out, r.value())
			r.comma()
		}
		r.skip(1)
		return out
	case '"':
		return r.string()
	case 't':
		r.skip(len("true"))
		return true
	case 'f':
		r.skip(len("false"))
		return false
	case 'n':
		r.skip(len("null"))
		return nil
	}
	end := bytes.IndexAny(r.text, ",]} \t\r\n")
	if end < 0 {
		end = len(r.text)
	}
	n := json.Number(r.text[:end])
	r.skip(end)
	return n
}

// next is the first byte that is no blank.
func (r *wellFormed) next() byte {
	for strings.IndexByte(" \t\r\n", r.text[0]) >= 0 {
		r.skip(1)
	}
	return r.text[0]
}

func (r *wellFormed) skip(n int) { r.text = r.text[n:] }

// open begins a container and says how many elements it has at most.
func (r *wellFormed) open() int {
	n := r.sizes[0]
	r.sizes = r.sizes[1:]
	r.skip(1)
	return int(n)
}

func (r *wellFormed) comma() {
	if r.next() == ',' {
		r.skip(1)
	}
}

func (r *wellFormed) string() string {
	end, plain := 1, true
	for ; r.text[end] != '"'; end++ {
		if r.text[end] == '\\' {
			end++
			plain = false
		}
	}
	quoted := r.text[:end+1]
	r.skip(len(quoted))
	if inner := quoted[1:end]; plain && utf8.Valid(inner) {
		return string(inner)
	}
	var s string
	_ = json.Unmarshal(quoted, &s) // escapes; well-formed, so it cannot fail
	return s
}
