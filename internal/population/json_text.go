package population

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// text reads a string.
func (s *scanner) text() (string, error) {
	plain, raw, err := s.quoted()
	if err != nil || plain {
		return string(raw), err
	}
	return s.unescape(raw)
}

// name reads a string that many lines share.
func (s *scanner) name() (string, error) {
	plain, raw, err := s.quoted()
	if err != nil {
		return "", err
	}
	if !plain {
		return s.unescape(raw)
	}
	if w, ok := s.words[string(raw)]; ok {
		return w, nil
	}
	w := string(raw)
	if s.words != nil && len(s.words) < maxWords && len(w) <= maxWord {
		s.words[w] = w
	}
	return w, nil
}

// Names beyond these bounds are kept once a line.
const (
	maxWords = 4096
	maxWord  = 64
)

// quoted finds the bytes between two quotes. plain says that no escape is in
// them.
func (s *scanner) quoted() (plain bool, raw []byte, err error) {
	if s.next() != '"' {
		return false, nil, s.wrong("text")
	}
	s.at++
	start := s.at
	plain = true
	for ; s.at < len(s.b); s.at++ {
		switch c := s.b[s.at]; {
		case c == '"':
			s.at++
			return plain, s.b[start : s.at-1], nil
		case c == '\\':
			plain = false
			s.at++
		case c < ' ':
			return false, nil, s.bad("a control character (%U) stands in a text", rune(c))
		}
	}
	s.at = len(s.b)
	return false, nil, s.bad("a text is not closed")
}

// unescape reads the escapes in the bytes between two quotes, which end where
// the scanner stands.
func (s *scanner) unescape(raw []byte) (string, error) {
	end := s.at
	s.at -= len(raw) + 1
	out := make([]byte, 0, len(raw))
	for s.at < end-1 {
		c := s.b[s.at]
		if c != '\\' {
			out = append(out, c)
			s.at++
			continue
		}
		switch e := s.b[s.at+1]; e {
		case '"', '\\', '/':
			out = append(out, e)
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r, err := s.escaped()
			if err != nil {
				return "", err
			}
			out = utf8.AppendRune(out, r)
			continue
		default:
			return "", s.bad(`\%c is no escape`, e)
		}
		s.at += 2
	}
	s.at = end
	return string(out), nil
}

// escaped reads \uXXXX, or two of them that are a surrogate pair.
func (s *scanner) escaped() (rune, error) {
	r, err := s.hex()
	if err != nil || !utf16.IsSurrogate(r) {
		return r, err
	}
	if s.at+1 < len(s.b) && s.b[s.at] == '\\' && s.b[s.at+1] == 'u' {
		low, err := s.hex()
		if err != nil {
			return 0, err
		}
		if full := utf16.DecodeRune(r, low); full != utf8.RuneError {
			return full, nil
		}
	}
	return 0, s.bad("half a surrogate pair (%U) stands in a text", r)
}

func (s *scanner) hex() (rune, error) {
	if s.at+6 > len(s.b) {
		return 0, s.bad(`\u needs four hexadecimal digits`)
	}
	n, err := strconv.ParseUint(string(s.b[s.at+2:s.at+6]), 16, 16)
	if err != nil {
		return 0, s.bad(`\u needs four hexadecimal digits`)
	}
	s.at += 6
	return rune(n), nil
}
