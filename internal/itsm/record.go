package itsm

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// StateAttribute is the attribute in which a record's state stands.
const StateAttribute = "state"

// Record is one record, as it stands at a revision.
type Record struct {
	ID      graph.ID
	Number  string
	Version int64
	Values  map[string]graph.Value // effective; the caller must not change them
	Links   []Linked               // by type, then ref
}

// Linked is what a record is related to, and what it says of it.
type Linked struct {
	Type  string
	To    graph.ID
	Ref   graph.Ref
	Facts map[string]graph.Value
}

// NewRecord reads a record from its node and the relations that begin there. ref names
// what they lead to.
func NewRecord(cat *graph.Catalogue, n *graph.Node, relations []*graph.Relation, ref func(graph.ID) graph.Ref) *Record {
	r := &Record{ID: n.ID, Number: n.Ref.Name, Version: n.Version, Values: cat.Effective(n)}
	for _, x := range relations {
		r.Links = append(r.Links, Linked{Type: x.Type, To: x.To, Ref: ref(x.To), Facts: cat.EffectiveRelation(x).Facts})
	}
	slices.SortFunc(r.Links, func(a, b Linked) int { return cmp.Or(strings.Compare(a.Type, b.Type), a.Ref.Compare(b.Ref)) })
	return r
}

// State is where the record stands.
func (r *Record) State() string { return r.Text(StateAttribute) }

// Text is an attribute's text, or "".
func (r *Record) Text(name string) string { return r.Values[name].Str() }

// Time is an attribute's instant, or zero.
func (r *Record) Time(name string) time.Time { return r.Values[name].Time() }

// Texts is a list of texts.
func (r *Record) Texts(name string) (out []string) {
	for _, v := range r.Values[name].List() {
		out = append(out, v.Str())
	}
	return out
}

// Teams are the teams that a record is about: nil where it says nothing of them, and so is
// about all, and not nil where it says that there are none.
func (r *Record) Teams() []string {
	if v, said := r.Values["teams"]; !said || v.IsZero() {
		return nil
	}
	return append([]string{}, r.Texts("teams")...)
}

// After is the record as an input leaves it. What is linked anew comes last.
func (r *Record) After(in Input) *Record {
	out := *r
	out.Values = maps.Clone(r.Values)
	if out.Values == nil {
		out.Values = map[string]graph.Value{}
	}
	maps.Copy(out.Values, in.Values)
	out.Links = slices.DeleteFunc(slices.Clone(r.Links), func(x Linked) bool {
		return slices.ContainsFunc(in.Unlink, func(l OldLink) bool { return l.Type == x.Type && l.To == x.To }) ||
			slices.ContainsFunc(in.Link, func(l NewLink) bool { return l.Type == x.Type && (l.To.ID == x.To || l.To.Ref == x.Ref) })
	})
	for _, l := range in.Link {
		out.Links = append(out.Links, Linked{Type: l.Type, To: l.To.ID, Ref: l.To.Ref, Facts: l.Facts})
	}
	return &out
}

// Of are the links of a type.
func (r *Record) Of(typ string) (out []Linked) {
	for _, l := range r.Links {
		if l.Type == typ {
			out = append(out, l)
		}
	}
	return out
}

// Number is the n-th number of a prefix: CHG0000123.
func Number(prefix string, n int64) string { return fmt.Sprintf("%s%07d", prefix, n) }

// IsNumber says whether a text is a number of the prefix.
func IsNumber(prefix, text string) bool {
	digits, ok := strings.CutPrefix(text, prefix)
	n, err := strconv.ParseInt(digits, 10, 64)
	return ok && err == nil && n > 0 && Number(prefix, n) == text
}

// RefOf is the ref of a record, or of what belongs to one.
func RefOf(class, number string) graph.Ref {
	return graph.Ref{Class: class, Scope: graph.DefaultScope, Name: number}
}
