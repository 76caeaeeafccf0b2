package population

import (
	"strconv"
	"unicode/utf8"

	"github.com/faultline-itsm/faultline/graph"
)

// scanner walks one JSON text, which is valid UTF-8, from left to right. It is
// stricter than encoding/json where that would lose something in silence: the
// same key twice in an object, and half a surrogate pair. Numbers stay text.
type scanner struct {
	b     []byte
	at    int
	depth int
	words map[string]string // names that come again and again, kept once
}

// maxDepth is far more than any line of the format nests.
const maxDepth = 16

// problem is an error with its place in the line.
type problem struct {
	why    *graph.Error
	column int // from 1; 0 where the field says enough
}

func (p *problem) Error() string { return p.why.Error() }
func (p *problem) Unwrap() error { return p.why }

func (s *scanner) bad(format string, args ...any) error {
	return &problem{graph.Errorf(graph.Invalid, format, args...).WithHint("each line is one JSON object"), s.at + 1}
}

// found describes what stands at the scanner's place.
func (s *scanner) found() string {
	if s.at >= len(s.b) {
		return "the end of the line"
	}
	r, _ := utf8.DecodeRune(s.b[s.at:])
	return strconv.QuoteRune(r)
}

// cut says whether the text ended where more was expected.
func (s *scanner) cut() bool { return s.at >= len(s.b) }

func (s *scanner) blanks() {
	for s.at < len(s.b) {
		switch s.b[s.at] {
		case ' ', '\t', '\r', '\n':
			s.at++
		default:
			return
		}
	}
}

// next is the first byte of the next token, 0 at the end.
func (s *scanner) next() byte {
	s.blanks()
	if s.cut() {
		return 0
	}
	return s.b[s.at]
}

func (s *scanner) expect(c byte, where string) error {
	if s.next() != c {
		return s.bad("%q is expected %s, not %s", c, where, s.found())
	}
	s.at++
	return nil
}

// end says that nothing may follow.
func (s *scanner) end() error {
	if s.next(); !s.cut() {
		return s.bad("the line goes on after its object with %s", s.found())
	}
	return nil
}

// object calls each at the value of each key; each must read that value.
func (s *scanner) object(each func(key string) error) error {
	if s.next() != '{' {
		return s.wrong("an object")
	}
	return s.nested('}', func() error {
		if s.next() != '"' {
			return s.bad("a key in double quotes is expected, not %s", s.found())
		}
		key, err := s.name()
		if err != nil {
			return err
		}
		if err := s.expect(':', "after a key"); err != nil {
			return err
		}
		return each(key)
	})
}

// array calls each at each element; each must read it.
func (s *scanner) array(each func(i int) error) error {
	if s.next() != '[' {
		return s.wrong("a list")
	}
	i := -1
	return s.nested(']', func() error {
		i++
		return each(i)
	})
}

// nested reads comma separated items up to the closing bracket.
func (s *scanner) nested(closing byte, item func() error) error {
	s.at++
	if s.depth++; s.depth > maxDepth {
		return s.bad("objects and lists are nested deeper than %d levels", maxDepth)
	}
	defer func() { s.depth-- }()
	if s.next() == closing {
		s.at++
		return nil
	}
	for {
		if err := item(); err != nil {
			return err
		}
		switch s.next() {
		case ',':
			s.at++
		case closing:
			s.at++
			return nil
		default:
			return s.bad("',' or %q is expected, not %s", closing, s.found())
		}
	}
}

// wrong says which kind of value is expected, and which one stands there.
func (s *scanner) wrong(expected string) error {
	var got string
	switch c := s.next(); {
	case c == '"':
		got = "text"
	case c == '{':
		got = "an object"
	case c == '[':
		got = "a list"
	case c == 'n':
		return graph.Errorf(graph.Invalid, "%s is expected, not null", expected).WithHint("leave the field out")
	case c == 't', c == 'f':
		got = "a boolean"
	case c == '-', c >= '0' && c <= '9':
		got = "a number"
	default:
		return s.bad("%s is expected, not %s", expected, s.found())
	}
	return graph.Errorf(graph.Invalid, "%s is expected, not %s", expected, got)
}

// raw reads any value and returns its bytes, which live as long as the line.
func (s *scanner) raw() ([]byte, error) {
	c := s.next()
	start := s.at
	var err error
	switch {
	case c == '{':
		seen := map[string]bool{}
		err = s.object(func(key string) error {
			if seen[key] {
				return graph.Errorf(graph.Invalid, "the key %q stands twice in one object", graph.Clip(key))
			}
			seen[key] = true
			_, err := s.raw()
			return err
		})
	case c == '[':
		err = s.array(func(int) error {
			_, err := s.raw()
			return err
		})
	case c == '"':
		var plain bool
		var in []byte
		if plain, in, err = s.quoted(); err == nil && !plain {
			_, err = s.unescape(in)
		}
	case c == '-', c >= '0' && c <= '9':
		err = s.number()
	default:
		err = s.literal()
	}
	return s.b[start:s.at], err
}

func (s *scanner) literal() error {
	for _, word := range [...]string{"true", "false", "null"} {
		if len(s.b)-s.at >= len(word) && string(s.b[s.at:s.at+len(word)]) == word {
			s.at += len(word)
			return nil
		}
	}
	return s.bad("a value is expected, not %s", s.found())
}

// number passes over -?(0|[1-9][0-9]*)([.][0-9]+)?([eE][+-]?[0-9]+)?
func (s *scanner) number() error {
	if s.b[s.at] == '-' {
		s.at++
	}
	zero := s.at < len(s.b) && s.b[s.at] == '0'
	if n := s.digits(); n == 0 || zero && n > 1 {
		return s.bad("this is not a number")
	}
	if s.at < len(s.b) && s.b[s.at] == '.' {
		s.at++
		if s.digits() == 0 {
			return s.bad("a number ends with its point")
		}
	}
	if s.at < len(s.b) && (s.b[s.at] == 'e' || s.b[s.at] == 'E') {
		s.at++
		if s.at < len(s.b) && (s.b[s.at] == '+' || s.b[s.at] == '-') {
			s.at++
		}
		if s.digits() == 0 {
			return s.bad("a number has no exponent after its e")
		}
	}
	return nil
}

func (s *scanner) digits() (n int) {
	for s.at < len(s.b) && s.b[s.at] >= '0' && s.b[s.at] <= '9' {
		s.at++
		n++
	}
	return n
}

// integer reads a number that a field of at most bits bits holds exactly.
func (s *scanner) integer(bits int) (int64, error) {
	if c := s.next(); c != '-' && (c < '0' || c > '9') {
		return 0, s.wrong("an integer")
	}
	raw, err := s.raw()
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(string(raw), 10, bits)
	if err != nil {
		return 0, graph.Errorf(graph.Invalid, "%s is not an integer of %d bits", graph.Clip(string(raw)), bits)
	}
	return n, nil
}

// float reads a number that a float holds.
func (s *scanner) float() (float64, error) {
	if c := s.next(); c != '-' && (c < '0' || c > '9') {
		return 0, s.wrong("a number")
	}
	raw, err := s.raw()
	if err != nil {
		return 0, err
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil {
		return 0, graph.Errorf(graph.Invalid, "%s is greater than a number can be", graph.Clip(string(raw)))
	}
	return f, nil
}

// boolean reads true or false.
func (s *scanner) boolean() (bool, error) {
	if c := s.next(); c != 't' && c != 'f' {
		return false, s.wrong("true or false")
	}
	raw, err := s.raw()
	return string(raw) == "true", err
}
