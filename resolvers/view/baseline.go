package view

import (
	"fmt"
	"strconv"
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// Baseline is a revision with a name.
type Baseline struct {
	Name        string
	Revision    graph.Revision
	At          time.Time
	Description *string
}

// Differing tells differences between two snapshots.
type Differing struct{ Was, Is *graph.Snapshot }

// What became of a thing.
const Added, Removed, Changed = "ADDED", "REMOVED", "CHANGED"

// Ref is the ref of a node, as it is, or as it was.
func (d Differing) Ref(id graph.ID) graph.Ref {
	if d.Is.Has(id) {
		return d.Is.Ref(id)
	}
	return d.Was.Ref(id)
}

// Became says what became of a record: a node that is retired is gone, one that is
// restored is there again.
func (d Differing) Became(x graph.Difference) string {
	there := func(c graph.Change) bool {
		return c.Node != nil && !c.Node.Retired || c.Relation != nil || c.Requirement != nil || c.Class != nil || c.Type != nil
	}
	switch {
	case there(x.Is) && !there(x.Was):
		return Added
	case there(x.Was) && !there(x.Is):
		return Removed
	}
	return Changed
}

// Difference is one of them as people read it.
type Difference struct {
	Record, Change, Ref, Text string
	Name, Provider            *string
}

// Difference puts a difference into words.
func (d Differing) Difference(x graph.Difference) Difference {
	c := x.Is
	if (c == graph.Change{}) {
		c = x.Was
	}
	out := Difference{Change: d.Became(x)}
	var what string
	switch {
	case c.Node != nil:
		out.Record, out.Ref = "CI", c.Node.Ref.String()
		what = out.Ref
	case c.Relation != nil:
		provider := d.Ref(c.Relation.To).String()
		out.Record, out.Ref, out.Name, out.Provider = "RELATION", d.Ref(c.Relation.From).String(), &c.Relation.Type, &provider
		what = out.Ref + " " + c.Relation.Type + " " + provider
	case c.Requirement != nil:
		out.Record, out.Ref, out.Name = "REQUIREMENT", d.Ref(c.Requirement.Consumer).String(), &c.Requirement.Name
		what = fmt.Sprintf("group %q of %s", c.Requirement.Name, out.Ref)
	case c.Class != nil:
		out.Record, out.Ref = "CI_CLASS", c.Class.Name
		what = "class " + out.Ref
	default:
		out.Record, out.Ref = "RELATION_TYPE", c.Type.Name
		what = "relation type " + out.Ref
	}
	switch out.Change {
	case Added:
		out.Text = what + " is new"
	case Removed:
		out.Text = what + " is gone"
	default:
		var said []string
		for _, f := range x.Fields {
			said = append(said, fmt.Sprintf("%s was %s, is %s", f.Field, orNothing(f.Was), orNothing(f.Is)))
		}
		out.Text = what + ": " + list(said)
	}
	return out
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return strconv.Quote(s)
}
