package graph

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ID identifies a node. IDs are assigned in arrival order at the head of the
// ledger, start at 1, are never reused, and survive dump and restore. 0 is no
// node. At most MaxID nodes can ever be created in one store.
type ID uint64

// MaxID is the greatest ID that a snapshot can index.
const MaxID ID = 1<<30 - 1

func (id ID) String() string { return strconv.FormatUint(uint64(id), 10) }

// Revision numbers the commits of a ledger: gap free, the first commit is 1, an
// empty store is at 0.
type Revision uint64

// Ref is the name people use for a node: class:[scope/]name. It is unique among
// living nodes. Bytes are compared as they are; edges normalise to NFC.
type Ref struct {
	Class, Scope, Name string
}

// DefaultScope is the scope of a ref that names none.
const DefaultScope = "default"

// MaxNameBytes bounds the name (and the scope) of a ref.
const MaxNameBytes = 512

// ParseRef reads class:[scope/]name: the class up to the first ':', the scope up
// to the next '/', the rest verbatim is the name. Without a '/' the scope is
// [DefaultScope], so a name with a slash needs its scope written out.
func ParseRef(s string) (Ref, error) {
	class, rest, ok := strings.Cut(s, ":")
	if !ok {
		return Ref{}, Errorf(Invalid, "%q is not a reference: there is no ':'", Clip(s)).
			WithHint("write class:name or class:scope/name, for example server:dc1/web-01")
	}
	ref := Ref{Class: class, Scope: DefaultScope, Name: rest}
	if scope, name, ok := strings.Cut(rest, "/"); ok {
		ref.Scope, ref.Name = scope, name
	}
	return ref, ref.Validate()
}

// Validate says whether each part may stand in a ref.
func (r Ref) Validate() error {
	if !ValidName(r.Class) {
		return Errorf(Invalid, "%q is not a class name", Clip(r.Class)).
			WithHint("a class name matches [a-z][a-z0-9_]{0,62}")
	}
	if err := validPart("scope", r.Scope); err != nil {
		return err
	}
	if strings.Contains(r.Scope, "/") {
		return Errorf(Invalid, "the scope %q contains a '/'", Clip(r.Scope))
	}
	return validPart("name", r.Name)
}

func validPart(what, s string) error {
	switch {
	case s == "":
		return Errorf(Invalid, "the %s of a reference is empty", what)
	case len(s) > MaxNameBytes:
		return Errorf(Invalid, "the %s %q is %d bytes long; at most %d are allowed", what, Clip(s), len(s), MaxNameBytes)
	case !utf8.ValidString(s):
		return Errorf(Invalid, "the %s %q is not valid UTF-8", what, Clip(s))
	}
	for _, r := range s {
		if unicode.IsControl(r) {
			return Errorf(Invalid, "the %s %q contains a control character (%U)", what, Clip(s), r)
		}
	}
	if strings.TrimFunc(s, unicode.IsSpace) != s {
		return Errorf(Invalid, "the %s %q begins or ends with a blank", what, Clip(s))
	}
	return nil
}

// String writes the shortest form that ParseRef reads back: the scope is left
// out where it is the default and the name has no slash.
func (r Ref) String() string {
	if r.Scope == DefaultScope && !strings.Contains(r.Name, "/") {
		return r.Class + ":" + r.Name
	}
	return r.Class + ":" + r.Scope + "/" + r.Name
}

// Compare orders refs by class, scope, name, each by bytes.
func (r Ref) Compare(o Ref) int {
	if c := strings.Compare(r.Class, o.Class); c != 0 {
		return c
	}
	if c := strings.Compare(r.Scope, o.Scope); c != 0 {
		return c
	}
	return strings.Compare(r.Name, o.Name)
}

// IsZero says whether r names nothing.
func (r Ref) IsZero() bool { return r == Ref{} }

// Key is the name by which one source knows a node, for example
// {netbox, dcim.device/17}. A pair belongs to at most one living node.
type Key struct {
	Source, Value string
}

// ValidName says whether s may name a class, an attribute, or (in upper case,
// see ValidTypeName) a relation type: [a-z][a-z0-9_]{0,62}.
func ValidName(s string) bool { return validIdent(s, 'a', 'z') }

// ValidTypeName says whether s may name a relation type: [A-Z][A-Z0-9_]{0,62}.
func ValidTypeName(s string) bool { return validIdent(s, 'A', 'Z') }

func validIdent(s string, lo, hi byte) bool {
	if len(s) == 0 || len(s) > 63 || s[0] < lo || s[0] > hi {
		return false
	}
	for i := 1; i < len(s); i++ {
		c := s[i]
		if (c < lo || c > hi) && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return true
}

// Clip shortens a text that a caller sent to 80 bytes, at a character, so that no error echoes megabytes.
func Clip(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
