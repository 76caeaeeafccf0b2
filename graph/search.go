package graph

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MatchKind says how well a ref matches a text; better is smaller.
type MatchKind uint8

// The matches, upper and lower case alike.
const (
	ExactMatch     MatchKind = iota // the name or the whole ref is the text
	PrefixMatch                     // the name or the whole ref begins with it
	WordMatch                       // a word within the ref begins with it
	SubstringMatch                  // it is somewhere within the ref
)

var matchNames = enumNames{"match", []string{"EXACT", "PREFIX", "WORD", "SUBSTRING"}}

func (m MatchKind) String() string { return matchNames.name(uint8(m)) }

// Match is a node that a search found.
type Match struct {
	ID   ID
	Kind MatchKind
}

// Search finds living nodes by a part of their ref, of any class or (with
// classes) of one of these or their subclasses: the best match first, then by
// ref. It looks at every node. An empty text finds nothing.
func (s *Snapshot) Search(text string, classes ...string) []Match {
	text = strings.ToLower(text)
	if text == "" {
		return nil
	}
	type found struct {
		Match
		ref Ref
	}
	var all []found
	for id := range s.Nodes() {
		ref := s.Ref(id)
		if len(classes) > 0 && !slices.ContainsFunc(classes, func(c string) bool { return s.cat.IsA(ref.Class, c) }) {
			continue
		}
		if kind, ok := match(text, strings.ToLower(ref.Name), strings.ToLower(ref.String())); ok {
			all = append(all, found{Match{id, kind}, ref})
		}
	}
	slices.SortFunc(all, func(a, b found) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), a.ref.Compare(b.ref)) })
	out := make([]Match, len(all))
	for i, f := range all {
		out[i] = f.Match
	}
	return out
}

func match(text, name, ref string) (MatchKind, bool) {
	switch {
	case name == text, ref == text:
		return ExactMatch, true
	case strings.HasPrefix(name, text), strings.HasPrefix(ref, text):
		return PrefixMatch, true
	case !strings.Contains(ref, text):
		return 0, false
	}
	for at := 0; ; {
		i := strings.Index(ref[at:], text)
		if i < 0 {
			return SubstringMatch, true
		}
		before, _ := utf8.DecodeLastRuneInString(ref[:at+i])
		if !unicode.IsLetter(before) && !unicode.IsDigit(before) {
			return WordMatch, true
		}
		_, size := utf8.DecodeRuneInString(ref[at+i:])
		at += i + size
	}
}
