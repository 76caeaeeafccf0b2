package itsm

import (
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/faultline-itsm/faultline/graph"
)

// Blank says whether a text has nothing that one can see.
func Blank(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) })
}

// multiline are the attributes of records that may have more than one line: what people
// write at length, and a vote's roles, one a line.
var multiline = []string{"description", "implementation_plan", "backout_plan", "test_plan", "text", "comment", "reason", "review", "expression", "recurrence", "message", "role"}

// Legible refuses operations that write what people would not see, or see otherwise than
// it is: in a record somebody reads it before they decide.
func Legible(ops []graph.Operation) error {
	for _, op := range ops {
		var said map[string]graph.Value
		switch o := op.(type) {
		case graph.PutNode:
			said = o.Attributes
		case graph.ClaimAttributes:
			said = o.Attributes
		case graph.PutRelation:
			said = o.Props.Facts
		}
		for _, name := range slices.Sorted(maps.Keys(said)) {
			if err := legible(name, said[name]); err != nil {
				return err
			}
		}
	}
	return nil
}

func legible(name string, v graph.Value) error {
	if v.Kind() == graph.StringKind {
		return LegibleText(name, v.Str())
	}
	for _, one := range v.List() {
		if err := legible(name, one); err != nil {
			return err
		}
	}
	return nil
}

// LegibleText refuses control characters, but for the ends of lines and tabs where a text
// may have lines, and what turns the direction of reading around.
func LegibleText(name, s string) error {
	lines := slices.Contains(multiline, name)
	if lines {
		s = strings.NewReplacer("\r\n", "", "\n", "", "\t", "").Replace(s)
	}
	at := strings.IndexFunc(s, Hidden)
	if at < 0 {
		return nil
	}
	r, _ := utf8.DecodeRuneInString(s[at:])
	e := graph.Errorf(graph.Invalid, "the %s has the character %U, which nobody sees", strings.ReplaceAll(name, "_", " "), r).At(-1, name)
	if lines {
		return e.WithHint("leave it out; lines and tabs may stay")
	}
	return e.WithHint("leave it out; it is one line without tabs")
}

// Hidden says whether a character is none that one sees: a control character, one that says
// in which direction to read, another end of a line, or one without any width. Joiners are
// seen: they make other letters and pictures of those beside them.
func Hidden(r rune) bool {
	switch r {
	case '\u061c', '\u200b', '\u200e', '\u200f', '\u2028', '\u2029', '\u2060', '\ufeff':
		return true
	}
	return unicode.IsControl(r) || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' || r >= '\U000e0000' && r <= '\U000e007f'
}
