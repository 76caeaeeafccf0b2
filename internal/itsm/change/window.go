package change

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/itsm"
)

// Window is a time in which changes may be made (MAINTENANCE) or may not (BLACKOUT), of
// what its scope holds; once, or again and again.
type Window struct {
	Number   string
	Title    string
	Blackout bool
	Start    time.Time     // of the first occurrence
	Length   time.Duration // elapsed, whatever clocks do meanwhile
	Rule     string        // an RRULE (RFC 5545), or "": once
	Zone     string        // in whose local time it recurs, for example Europe/Berlin; "" is UTC
	State    graph.State   // BLACKOUT: from which on a CI that a change takes counts

	Classes []string   // with their subclasses
	Owners  []string   // who answers for the CI
	CIs     []graph.ID // themselves; of a site, a room or a rack, also what stands in it
}

// WindowOf reads a window from its record.
func WindowOf(r *itsm.Record) *Window {
	w := &Window{Number: r.Number, Title: r.Text("title"), Blackout: r.Text("kind") == "BLACKOUT", Start: r.Time("starts"), Length: r.Values["duration"].Duration(),
		Rule: r.Text("recurrence"), Zone: r.Text("time_zone"), Classes: r.Texts("classes"), Owners: r.Texts("owners"), State: graph.Degraded}
	if s := r.Text("from_state"); s != "" {
		_ = w.State.UnmarshalText([]byte(s)) // what is no state is the default
	}
	for _, l := range r.Of(Affects) {
		w.CIs = append(w.CIs, l.To)
	}
	return w
}

// WindowDiscipline is how windows are kept: they are made, and withdrawn.
var WindowDiscipline = itsm.Discipline{
	Class: graph.WindowClass, Prefix: "WIN", States: []string{"ACTIVE", "WITHDRAWN"},
	Moves: []itsm.Move{{Verb: itsm.Create, Roles: []itsm.Role{itsm.ChangeManager}}, {Verb: "withdraw", From: []string{"ACTIVE"}, To: "WITHDRAWN", Roles: []itsm.Role{itsm.ChangeManager}}},
	Links: []itsm.Link{{Type: Affects}},
}

// standsIn are the relations by which a place holds what stands in it.
const standsIn = "LOCATED_IN"

// Holds says whether the window's scope holds a CI, given who answers for it.
func (w *Window) Holds(s *graph.Snapshot, id graph.ID, owner string) bool {
	if slices.Contains(w.CIs, id) || owner != "" && slices.Contains(w.Owners, owner) {
		return true
	}
	class := s.Ref(id).Class
	if slices.ContainsFunc(w.Classes, func(c string) bool { return s.Catalogue().IsA(class, c) }) {
		return true
	}
	return len(w.CIs) > 0 && w.holdsPlaceOf(s, id)
}

// holdsPlaceOf says whether a CI stands in a place that the scope names.
func (w *Window) holdsPlaceOf(s *graph.Snapshot, id graph.ID) bool {
	seen := map[graph.ID]bool{id: true}
	for queue := []graph.ID{id}; len(queue) > 0; queue = queue[1:] {
		for _, l := range s.Links(queue[0], graph.Providers) {
			if l.Type != standsIn || seen[l.To] {
				continue
			}
			if slices.Contains(w.CIs, l.To) {
				return true
			}
			seen[l.To] = true
			queue = append(queue, l.To)
		}
	}
	return false
}

// The kinds of conflicts with windows.
const (
	BlackoutConflict   = "BLACKOUT"
	OutsideMaintenance = "OUTSIDE_MAINTENANCE"
)

// blackouts are freezes that hold what the change affects, or takes.
func (x *Solved) blackouts(about map[graph.ID]About) (out []Conflict) {
	mine := x.touchesByCI()
	for _, w := range x.Windows {
		if !w.Blackout {
			continue
		}
		holds := func(id graph.ID) bool { return w.Holds(x.ahead.Snapshot, id, about[id].Owner) }
		for _, o := range w.Occurrences(x.window.From, x.window.Until) {
			out = append(out, x.affectedIn(w, o, holds)...)
			out = append(out, x.madeIn(w, o)...)
			out = append(out, x.takenIn(w, o, holds, mine, x.runs()...)...)
		}
		if x.after == nil {
			continue
		}
		until := x.Change.Until // what is left behind goes on into the next one, but for what the change is about
		own := map[graph.ID][]graph.Window{}
		for id := range mine {
			own[id] = []graph.Window{{From: until}}
		}
		for _, o := range w.Occurrences(until, until.Add(Horizon)) {
			if o.From.Before(until) {
				o.From = until
			}
			out = append(out, x.takenIn(w, o, func(id graph.ID) bool { return w.Holds(x.after.Snapshot(), id, about[id].Owner) }, own, x.after)...)
			break
		}
	}
	return out
}

// affectedIn is what the change affects by itself in an occurrence of a freeze.
func (x *Solved) affectedIn(w *Window, o graph.Window, holds func(graph.ID) bool) (out []Conflict) {
	for t := range x.touches() {
		if at, ok := overlap(t.From, t.Until, o.From, o.Until); ok && holds(t.ci) {
			c := x.blocked(BlackoutConflict, t.ci, at, nil, w, "is affected in the freeze")
			c.clash = &clash{mine: t.Window, theirs: o, firm: true}
			out = append(out, c)
		}
	}
	return out
}

// madeIn is what the change's patch makes in an occurrence of a freeze of its class or owner.
func (x *Solved) madeIn(w *Window, o graph.Window) (out []Conflict) {
	at, ok := overlap(x.window.From, x.window.Until, o.From, o.Until)
	cat := x.Snapshot.Catalogue()
	for k := range x.Patch {
		n := x.Patch[k].Node
		if !ok || n == nil || x.Patch[k].NodeWas != nil {
			continue
		}
		owner := cat.Effective(n)["owner"].Str()
		if owner != "" && slices.Contains(w.Owners, owner) || slices.ContainsFunc(w.Classes, func(c string) bool { return cat.IsA(n.Ref.Class, c) }) {
			out = append(out, Conflict{Kind: BlackoutConflict, CI: &Named{Ref: n.Ref.String(), Class: n.Ref.Class}, From: when(at.From), Until: when(at.Until), Changes: []string{}, Window: opt(w.Number), clash: &clash{mine: x.window, theirs: o, firm: true},
				Text: fmt.Sprintf("%s is made in the freeze %s (%s)", n.Ref, w.Number, w.Title)})
		}
	}
	return out
}

// takenIn are the CIs that get worse in an occurrence of a freeze, but for what the change
// itself affects as long.
func (x *Solved) takenIn(w *Window, o graph.Window, holds func(graph.ID) bool, mine map[graph.ID][]graph.Window, runs ...*graph.Assessment) (out []Conflict) {
	seen := map[graph.ID]bool{}
	for _, a := range runs {
		for _, i := range a.Impacted() {
			if i.To < w.State || seen[i.CI] || !holds(i.CI) {
				continue
			}
			for _, p := range a.Timeline(i.CI) {
				at, ok := overlap(p.From, p.Until, o.From, o.Until)
				if !ok || p.Scenario <= p.Baseline || p.Scenario < w.State || slices.ContainsFunc(mine[i.CI], func(m graph.Window) bool { return covers(m, at) }) {
					continue
				}
				seen[i.CI] = true
				c := x.blocked(BlackoutConflict, i.CI, at, &p.Scenario, w, fmt.Sprintf("gets %s in the freeze", p.Scenario))
				c.clash = &clash{mine: graph.Window{From: p.From, Until: p.Until}, theirs: o}
				out = append(out, c)
				break
			}
		}
	}
	return out
}

// covers says whether a time has all of another one in it; zero ends are none.
func covers(a, b graph.Window) bool {
	return !b.From.Before(a.From) && (a.Until.IsZero() || !b.Until.IsZero() && !b.Until.After(a.Until))
}

func (x *Solved) blocked(kind string, id graph.ID, at graph.Window, state *graph.State, w *Window, says string) Conflict {
	n := x.named(x.ahead.Snapshot, id)
	return Conflict{Kind: kind, CI: &n, State: state, From: when(at.From), Until: when(at.Until), Changes: []string{}, Window: opt(w.Number),
		Text: fmt.Sprintf("%s %s %s (%s)", n.Ref, says, w.Number, w.Title)}
}

// outsideMaintenance is what the change affects by itself that has maintenance windows,
// in none of them.
func (x *Solved) outsideMaintenance(about map[graph.ID]About) (out []Conflict) {
	for t := range x.touches() {
		mine := x.maintenance(t.ci, about[t.ci].Owner)
		if len(mine) == 0 {
			continue
		}
		until := t.Until
		if until.IsZero() {
			until = x.window.Until
		}
		inside := slices.ContainsFunc(mine, func(w *Window) bool {
			return slices.ContainsFunc(w.Occurrences(t.From, until), func(o graph.Window) bool { return !t.From.Before(o.From) && !until.After(o.Until) })
		})
		if inside {
			continue
		}
		var names []string
		for _, w := range mine {
			names = append(names, w.Number)
		}
		n := x.named(x.Snapshot, t.ci)
		out = append(out, Conflict{Kind: OutsideMaintenance, CI: &n, From: when(t.From), Until: when(until), Changes: []string{}, Window: opt(names[0]), clash: &clash{mine: graph.Window{From: t.From, Until: until}, firm: true, inside: mine},
			Text: fmt.Sprintf("%s is changed outside of its maintenance windows (%s)", n.Ref, strings.Join(names, ", "))})
	}
	return out
}

// maintenance are the windows in which a CI may be changed: its own, else those of the
// services that stand on it, else of its place, owner or class.
func (x *Solved) maintenance(id graph.ID, owner string) []*Window {
	var own, service, other []*Window
	var above map[graph.ID]bool
	for _, w := range x.Windows {
		switch {
		case w.Blackout:
		case slices.Contains(w.CIs, id):
			own = append(own, w)
		case w.Holds(x.ahead.Snapshot, id, owner):
			other = append(other, w)
		default:
			if above == nil {
				above = map[graph.ID]bool{}
				for _, c := range x.ahead.Reach(id, graph.Consumers) {
					above[c] = true
				}
			}
			if slices.ContainsFunc(w.CIs, func(c graph.ID) bool { return above[c] && x.Services(x.ahead.Ref(c).Class) }) {
				service = append(service, w)
			}
		}
	}
	for _, list := range [][]*Window{own, service, other} {
		if len(list) > 0 {
			return list
		}
	}
	return nil
}
