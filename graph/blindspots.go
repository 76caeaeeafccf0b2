package graph

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// BlindSpots are what the answer does not know about the CIs that the scenario
// reaches, whatever the redundancy: relations that their class must have,
// requirements that never had a member, stubs. By ref, then kind.
func (a *Assessment) BlindSpots() []BlindSpot { return a.blind() }

func (a *Assessment) findBlindSpots() []BlindSpot { return a.s.blindSpots(a.reached()) }

// BlindSpots are those of the whole graph's living nodes.
func (s *Snapshot) BlindSpots() []BlindSpot {
	all := make([]uint32, s.size())
	for i := range all {
		all[i] = uint32(i)
	}
	return s.blindSpots(all)
}

func (s *Snapshot) blindSpots(nodes []uint32) []BlindSpot {
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
			if !s.linked(i, &links[k]) {
				out = append(out, spot{i, BlindSpot{CI: s.idOf(i), Kind: MissingRelation, Missing: &links[k]}})
			}
		}
		for _, r := range s.reqsOf(i) {
			if q := s.req(r); q.n == 0 && q.size == 0 {
				out = append(out, spot{i, BlindSpot{CI: s.idOf(i), Kind: EmptyRequirement, Requirement: s.names.requirements.list[q.name]}})
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
func (a *Assessment) Assumptions() []Assumption { return a.assumed() }

func (a *Assessment) assume() []Assumption {
	out := []Assumption{{Kind: AssumedNow, Text: "one instant: every effect starts now and has no end"}}
	grace := 0
	for _, r := range a.rowsOf() {
		a.s.edges(r.node, func(e edge) bool {
			if a.scenarioState(e.to) > Operational && a.s.names.shapes.list[e.shape].grace > 0 {
				grace++
			}
			return true
		})
	}
	pins, short := a.reachedPins()
	out = append(out, pins...)
	if grace > 0 {
		out = append(out, Assumption{Kind: AssumedGrace, Count: grace, Text: fmt.Sprintf("%d relations with a grace period are read as after it has elapsed", grace)})
	}
	out = append(out, Assumption{Kind: AssumedEvidence, Text: "every recorded relation counts, whatever its evidence"})
	return append(out, short...)
}

// reachedPins are the pins that hold reached CIs, and the reached requirements
// that have fewer members than they need; each by ref.
func (a *Assessment) reachedPins() (pins, short []Assumption) {
	nodes := slices.Clone(a.reached())
	nodes = slices.DeleteFunc(nodes, func(i uint32) bool { return a.s.flagsOf(i)&(flagPinned|flagGrouped) == 0 })
	slices.SortFunc(nodes, a.s.compareRefs)
	for _, i := range nodes {
		id := a.s.idOf(i)
		if p, ok := a.s.pinned(i, a.read.at); ok {
			pins = append(pins, Assumption{Kind: AssumedPin, CI: id, Text: pinText(a.s.refOf(i), p)})
		}
		for _, r := range a.s.reqsOf(i) {
			if q := a.s.req(r); q.n < q.k {
				short = append(short, Assumption{Kind: AssumedUnderdesigned, CI: id,
					Text: fmt.Sprintf("%s has %d members of %q of the %d that it needs", a.s.refOf(i), q.n, a.s.names.requirements.list[q.name], q.k)})
			}
		}
	}
	return pins, short
}

func pinText(r Ref, p Pin) string {
	text := fmt.Sprintf("%s is pinned as not impacted by %s", r, p.Author)
	if p.Reason != "" {
		text += ": " + p.Reason
	}
	if !p.Expires.IsZero() {
		text += ", until " + p.Expires.UTC().Format(time.RFC3339)
	}
	return text
}
