package change

import (
	"iter"
	"slices"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/itsm"
)

// The states of a change.
const (
	New       = "NEW"
	Assess    = "ASSESS"
	Authorize = "AUTHORIZE"
	Scheduled = "SCHEDULED"
	Implement = "IMPLEMENT"
	Review    = "REVIEW"
	Closed    = "CLOSED"
	Canceled  = "CANCELED"
)

// The types of a change.
const (
	Standard  = "STANDARD"
	Normal    = "NORMAL"
	Emergency = "EMERGENCY"
)

// The relations from a change to a CI that it touches, and to one that its backout needs.
const (
	Affects       = "AFFECTS"
	BackedOutWith = "BACKED_OUT_WITH"
)

// Change is a request for change, as it stands at a revision.
type Change struct {
	*itsm.Record
	Type, Title            string
	Requester, Implementer string
	From, Until            time.Time // the planned window, half-open
	Affected               []Affected
	Needs                  []graph.ID // to be backed out, beside what the graph says; by ref
	Content                int64      // rises with each edit that voids decisions
	Authors                []string   // of such edits
	CarriedOutBy           []string   // who began or finished it, or did a task of it
	Assessed               string     // the number of its last assessment, or ""
}

// Affected is what a change does to one CI.
type Affected struct {
	CI          graph.ID
	Ref         graph.Ref
	Kind        graph.EffectKind
	From, Until time.Time // zero: as long as the change's window
	Excluded    bool      // somebody says that the change does not touch it
	Reason      string
	Author      string
	Expires     time.Time // of the exclusion; zero: never
}

// Of reads a change from its record.
func Of(r *itsm.Record) *Change {
	c := &Change{Record: r, Type: r.Text("type"), Title: r.Text("title"), Requester: r.Text("requester"), Implementer: r.Text("implementer"),
		From: r.Time("planned_start"), Until: r.Time("planned_end"), Content: r.Values["content_version"].Int(), Authors: r.Texts("authors"), CarriedOutBy: r.Texts("carried_out_by"), Assessed: r.Text("assessed")}
	for _, l := range r.Of(Affects) {
		a := Affected{CI: l.To, Ref: l.Ref, From: l.Facts["from"].Time(), Until: l.Facts["until"].Time(), Excluded: l.Facts["mode"].Str() == "EXCLUDED",
			Reason: l.Facts["reason"].Str(), Author: l.Facts["author"].Str(), Expires: l.Facts["expires"].Time()}
		_ = a.Kind.UnmarshalText([]byte(l.Facts["effect"].Str())) // what says none is an outage
		c.Affected = append(c.Affected, a)
	}
	for _, l := range r.Of(BackedOutWith) {
		c.Needs = append(c.Needs, l.To)
	}
	return c
}

// By is who carried the change out, with one more.
func (c *Change) By(who string) graph.Value {
	var all []graph.Value
	for _, name := range c.CarriedOutBy {
		if name != who {
			all = append(all, graph.StringValue(name))
		}
	}
	return graph.ListValue(append(all, graph.StringValue(who))...)
}

// Facts are what the relation to an affected CI says.
func (a Affected) Facts() map[string]graph.Value {
	out := map[string]graph.Value{"mode": graph.StringValue("ASSERTED")}
	if a.Excluded {
		out["mode"] = graph.StringValue("EXCLUDED")
	} else {
		out["effect"] = graph.StringValue(a.Kind.String())
	}
	for name, t := range map[string]time.Time{"from": a.From, "until": a.Until, "expires": a.Expires} {
		if !t.IsZero() {
			out[name] = graph.TimeValue(t)
		}
	}
	for name, s := range map[string]string{"reason": a.Reason, "author": a.Author} {
		if s != "" {
			out[name] = graph.StringValue(s)
		}
	}
	return out
}

// Effects are what the change does, each in its own interval, as one party.
func (c *Change) Effects() []graph.OwnEffect { return slices.Collect(c.effects()) }

// effects are Effects, one by one.
func (c *Change) effects() iter.Seq[graph.OwnEffect] {
	return func(yield func(graph.OwnEffect) bool) {
		for k := range c.Affected {
			a := &c.Affected[k]
			if a.Excluded {
				continue
			}
			e := graph.OwnEffect{CI: a.CI, Kind: a.Kind, From: a.From, Until: a.Until, Party: c.Number}
			if e.From.IsZero() {
				e.From = c.From
			}
			if e.Until.IsZero() && e.Kind != graph.Remove {
				e.Until = c.Until
			}
			if !yield(e) {
				return
			}
		}
	}
}

// within are the change's effects that overlap a time.
func (c *Change) within(w graph.Window) iter.Seq[graph.OwnEffect] {
	return func(yield func(graph.OwnEffect) bool) {
		for e := range c.effects() {
			if _, ok := overlap(e.From, e.Until, w.From, w.Until); ok && !yield(e) {
				return
			}
		}
	}
}

// Lasts says whether the change does something that goes on after its window.
func (c *Change) Lasts() bool { return !c.Patch().IsZero() || len(removals(c)) > 0 }

// LastsAttribute is the attribute that says whether a change Lasts, by which those that do
// are found in the store.
const LastsAttribute = "lasts"

// Outside says whether what was done from begin to end lies not all in the change's window.
func (c *Change) Outside(begin, end time.Time) bool {
	return begin.Before(c.From) || !begin.Before(c.Until) || end.After(c.Until)
}

// Acts says whether any of the change's effects overlaps a time.
func (c *Change) Acts(w graph.Window) bool {
	for range c.within(w) {
		return true
	}
	return false
}

// Classes are those of the CIs that it affects, each once, in their order.
func (c *Change) Classes() []string {
	out := []string{}
	for k := range c.Affected {
		if class := c.Affected[k].Ref.Class; !c.Affected[k].Excluded && !slices.Contains(out, class) {
			out = append(out, class)
		}
	}
	return out
}

// Gone are the affected CIs that are retired, by ref; the first ones.
func (c *Change) Gone(s *graph.Snapshot) (out []string) {
	for k := range c.Affected {
		if a := &c.Affected[k]; !a.Excluded && (!s.Has(a.CI) || s.Retired(a.CI)) && len(out) < maxEvidence {
			out = append(out, a.Ref.String())
		}
	}
	return out
}

// Excluded are the CIs that the change is said not to touch, as of now.
func (c *Change) Excluded(now time.Time) (out []graph.ID) {
	for _, a := range c.Affected {
		if a.Excluded && (a.Expires.IsZero() || now.Before(a.Expires)) {
			out = append(out, a.CI)
		}
	}
	return out
}

// BothExclude are the CIs that both of two lists of exclusions hold: of changes that are
// solved together, what only one of them leaves out the other one touches.
func BothExclude(a, b []graph.ID) []graph.ID {
	return slices.DeleteFunc(slices.Clone(a), func(id graph.ID) bool { return !slices.Contains(b, id) })
}

// Patch is what the change does to the graph, as somebody wrote it; no value where it
// does nothing.
func (c *Change) Patch() graph.Value { return c.Values["patch"] }

// Patches says whether it has a patch that the graph does not have yet.
func (c *Change) Patches() bool { return !c.Patch().IsZero() && !c.Values["patch_applied"].Bool() }

// Over says whether nothing is to come any more: it is done, or given up.
func (c *Change) Over() bool {
	switch c.State() {
	case Review, Closed, Canceled:
		return true
	}
	return false
}
