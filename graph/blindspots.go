package graph

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// BlindSpots are what the answer does not know about the CIs that the scenario
// reaches, whatever the redundancy: relations that their class must have,
// requirements that never had a member, stubs. By ref, then kind.
func (a *Assessment) BlindSpots() []BlindSpot { return a.blind.get(a.findBlindSpots) }

func (a *Assessment) findBlindSpots() []BlindSpot {
	return a.s.blindSpots(a.reached(), a.read.at)
}

// PartialSources are the sources of which an import was not finished, so that there
// may be CIs and relations that nobody sees; by name.
func (s *Snapshot) PartialSources() []string {
	var out []string
	for _, r := range s.head.OpenRuns {
		out = append(out, r.Source)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// BlindSpots are those of the whole graph's living nodes; what was confirmed is
// judged by the time of the last commit.
func (s *Snapshot) BlindSpots() []BlindSpot {
	all := make([]uint32, s.size())
	for i := range all {
		all[i] = uint32(i)
	}
	return s.blindSpots(all, s.head.At)
}

func (s *Snapshot) blindSpots(nodes []uint32, now time.Time) []BlindSpot {
	type spot struct {
		node uint32
		BlindSpot
	}
	var out []spot
	for _, i := range nodes {
		flags := s.flagsOf(i)
		if flags&(flagRetired|flagAbsent) != 0 {
			continue
		}
		if flags&flagStub != 0 {
			out = append(out, spot{i, BlindSpot{CI: s.idOf(i), Kind: StubCI}})
			continue // of what nobody described, nothing more is to be expected
		}
		links := s.cat.Requires(s.className(i))
		for k := range links {
			if !s.linked(i, &links[k]) && len(s.confirmedNone(i, &links[k], now)) == 0 {
				out = append(out, spot{i, BlindSpot{CI: s.idOf(i), Kind: MissingRelation, Missing: &links[k]}})
			}
		}
		for _, r := range s.reqsOf(i) {
			if q := s.req(r); q.rule != Reaches && q.n == 0 && q.size == 0 {
				out = append(out, spot{i, BlindSpot{CI: s.idOf(i), Kind: EmptyRequirement, Requirement: s.names.requirements.list[q.name]}})
			} else if q.rule == Capacity && s.unstated(r) {
				out = append(out, spot{i, BlindSpot{CI: s.idOf(i), Kind: UnstatedCapacity, Requirement: s.names.requirements.list[q.name]}})
			}
		}
	}
	slices.SortStableFunc(out, func(p, q spot) int {
		return cmp.Or(s.compareRefs(p.node, q.node), cmp.Compare(p.Kind, q.Kind))
	})
	spots := make([]BlindSpot, len(out))
	for k := range out {
		spots[k] = out[k].BlindSpot
	}
	return spots
}

// linked says whether node i has a relation that the link asks for.
func (s *Snapshot) linked(i uint32, want *RequiredLink) (found bool) {
	fits := func(e edge) bool {
		return slices.Contains(want.Types, s.names.types.list[s.names.shapes.list[e.shape].typ])
	}
	if want.Direction == Providers {
		s.edges(i, func(e edge) bool {
			found = fits(e)
			return !found
		})
		return found
	}
	for _, c := range s.consumersOf(i) {
		s.edges(c, func(e edge) bool {
			found = e.to == i && fits(e)
			return !found
		})
		if found {
			return true
		}
	}
	return false
}

// Assumptions are what the answer takes for granted, by kind, then by ref.
func (a *Assessment) Assumptions() []Assumption { return a.assumed.get(a.assume) }

func (a *Assessment) assume() []Assumption {
	var out []Assumption
	if a.window == nil {
		out = append(out, Assumption{Kind: AssumedNow, Text: "one instant: every effect starts now and has no end"})
	} else {
		out = append(out, a.window.assumptions()...)
	}
	pins, none, short := a.reachedPins()
	out = append(out, pins...)
	if n := a.elapsedGrace(); n > 0 {
		out = append(out, Assumption{Kind: AssumedGrace, Count: n, Text: fmt.Sprintf("%d relations with a grace period are read as after it has elapsed", n)})
	}
	out = append(out, none...)
	out = append(out, Assumption{Kind: AssumedEvidence, Text: evidenceRules[a.options.World]})
	out = append(out, short...)
	for _, r := range a.base.head.OpenRuns {
		out = append(out, Assumption{Kind: AssumedPartial, Text: fmt.Sprintf("the last import of the source %q is not complete (%d of %d parts): what it has yet to say is not known", r.Source, r.Chunk+1, r.Chunks)})
	}
	for _, f := range a.Failovers() {
		text := fmt.Sprintf("%s goes over from %s to %s in %q", a.s.Ref(f.Requirement.Consumer), a.s.Ref(f.From), a.s.Ref(f.To), f.Requirement.Name)
		if !f.At.IsZero() {
			text += " at " + stamp(f.At)
		}
		if f.Lasts > 0 {
			text += fmt.Sprintf("; that takes %s, which is not passed on", f.Lasts)
		} else {
			text += "; how long that takes is not stated, and not passed on"
		}
		out = append(out, Assumption{Kind: AssumedFailover, CI: f.Requirement.Consumer, Text: text})
	}
	return out
}

// evidenceRules are the rules and terms by which relations count.
var evidenceRules = func() (out [3]string) {
	days := int(ConfirmationTerm.Hours() / 24)
	for w, counts := range map[World]string{
		Headline: "CONFIRMED and PROBABLE relations count, and SUSPECTED ones are no spares",
		Certain:  "only CONFIRMED relations count, and every spare does",
		Possible: "every recorded relation counts, and only CONFIRMED ones are spares",
	} {
		out[w] = fmt.Sprintf("%s; CONFIRMED is what a person confirmed within %d days, two sources say, or was discovered or observed; SUSPECTED what was only inferred, or confirmed longer ago", counts, days)
	}
	return out
}()

// elapsedGrace is how many relations with grace are read as after it; none over a
// window, where grace is applied.
func (a *Assessment) elapsedGrace() (n int) {
	if a.window != nil || !a.s.hasGrace() {
		return 0
	}
	for _, r := range a.rows() {
		a.s.edges(r.node, func(e edge) bool {
			if a.scenarioState(e.to) > Operational && a.s.names.shapes.list[e.shape].grace > 0 {
				n++
			}
			return true
		})
	}
	return n
}

// assumptions are what an answer over a window takes for granted about time.
func (w *windowed) assumptions() []Assumption {
	text := "effects and graph are seen from " + stamp(timeAt(w.asked.from))
	if w.asked.until < forever {
		text += " until " + stamp(timeAt(w.asked.until))
	} else {
		text += " on, without end"
	}
	out := []Assumption{{Kind: AssumedWindow, Text: text}}
	outside := 0
	for _, e := range w.effects {
		if e.until <= w.asked.from || e.from >= w.asked.until {
			outside++
		}
	}
	if outside > 0 {
		out = append(out, Assumption{Kind: AssumedOutside, Count: outside, Text: fmt.Sprintf("%d effects lie outside the window", outside)})
	}
	if !w.complete {
		out = append(out, Assumption{Kind: AssumedUntil, Text: "solved until " + stamp(timeAt(w.window.until)) + " only: after that nothing is known"})
	}
	return out
}

// reachedPins are the pins that hold reached CIs, what was confirmed not to be
// there, and the reached requirements that have fewer members than they need; each
// by ref.
func (a *Assessment) reachedPins() (pins, none, short []Assumption) {
	nodes := slices.Clone(a.reached())
	nodes = slices.DeleteFunc(nodes, func(i uint32) bool { return a.s.flagsOf(i)&(flagPinned|flagGrouped) == 0 })
	slices.SortFunc(nodes, a.s.compareRefs)
	for _, i := range nodes {
		id := a.s.idOf(i)
		if p, ok := a.s.pinned(i, a.read.at); ok {
			pins = append(pins, Assumption{Kind: AssumedPin, CI: id, Text: pinText(a.s.refOf(i), "is pinned as not impacted", p)})
		}
		for _, p := range a.s.pins[i] {
			if typ, ok := strings.CutPrefix(p.Attribute, NonePrefix); ok && p.holds(a.read.at) {
				none = append(none, Assumption{Kind: AssumedNone, CI: id, Text: pinText(a.s.refOf(i), "is confirmed to have no "+typ, p)})
			}
		}
		for _, r := range a.s.reqsOf(i) {
			if q := a.s.req(r); q.n < q.k {
				short = append(short, Assumption{Kind: AssumedUnderdesigned, CI: id,
					Text: fmt.Sprintf("%s has %d members of %q of the %d that it needs", a.s.refOf(i), q.n, a.s.names.requirements.list[q.name], q.k)})
			}
		}
	}
	return pins, none, short
}

func pinText(r Ref, what string, p Pin) string {
	text := fmt.Sprintf("%s %s by %s", r, what, p.Author)
	if p.Reason != "" {
		text += ": " + p.Reason
	}
	if !p.Expires.IsZero() {
		text += ", until " + stamp(p.Expires)
	}
	return text
}

// NonePrefix begins the attribute of a pin by which a person confirms that a CI has
// no relation of a type, for example "none:POWERED_BY": that none is recorded is
// then no blind spot.
const NonePrefix = "none:"

// confirmedNone are the pins that say that node i has none of what the link asks for.
func (s *Snapshot) confirmedNone(i uint32, want *RequiredLink, now time.Time) (out []Pin) {
	for _, p := range s.pins[i] {
		if typ, ok := strings.CutPrefix(p.Attribute, NonePrefix); ok && p.holds(now) && slices.Contains(want.Types, typ) {
			out = append(out, p)
		}
	}
	return out
}

// holds says whether the pin has not expired; the zero time is before every expiry.
func (p *Pin) holds(now time.Time) bool { return p.Expires.IsZero() || now.Before(p.Expires) }

// keeps says whether a snapshot has to know the pin.
func (p *Pin) keeps() bool { return p.Attribute == "" || strings.HasPrefix(p.Attribute, NonePrefix) }
