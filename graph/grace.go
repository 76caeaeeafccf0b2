package graph

import "slices"

// graced is a relation with grace.
type graced struct {
	wire
	grace int64 // microseconds
}

// wait is a relation of phase START whose consumer restarts: from the start of the
// restart it counts as HARD, until the first instant at or after its end when the
// provider is not DOWN (impact-semantics.md, section 3).
type wait struct {
	wire
	restart span
	context bool // the restart belongs to the context: it holds in the baseline, too
}

// findGraced adds the relations with grace below the providers in region.
func (w *sweep) findGraced(s *Snapshot, region []uint32) {
	if !s.hasGrace() {
		return
	}
	for _, i := range region {
		words, extra := s.in(i)
		for _, list := range [2][]uint32{words, extra} {
			for _, word := range list {
				if word&^indexMask != tagOdd {
					continue
				}
				o := s.oddAt(word & indexMask)
				if grace := s.names.shapes.list[o.shape()].grace; grace > 0 {
					w.graced = append(w.graced, graced{wire{i, o}, grace.Microseconds()})
					w.slowest = later(w.slowest, grace.Microseconds())
				}
			}
		}
	}
}

// findWaits adds the relations of phase START of a consumer that restarts.
func (w *sweep) findWaits(s *Snapshot, consumer uint32, restart span, context bool) {
	s.edges(consumer, func(e edge) bool {
		if sh := &s.names.shapes.list[e.shape]; sh.phase == StartPhase && sh.carries() {
			w.waits = append(w.waits, wait{wire: wire{e.to, e.row(consumer)}, restart: restart, context: context})
		}
		return true
	})
}

// history is the states of one provider over time, as far as they are known.
type history struct {
	before State // before the first step
	steps  []turn
}

// turn is a state from an instant on.
type turn struct {
	at    int64
	state State
}

func (h *history) add(at int64, s State) {
	if n := len(h.steps); n == 0 && s == h.before || n > 0 && (s == h.steps[n-1].state || at == h.steps[n-1].at) {
		return
	}
	h.steps = append(h.steps, turn{at, s})
}

// least is the mildest state in [from, at).
func (h *history) least(from, at int64) State {
	m := Down
	for k := len(h.steps) - 1; k >= 0; k-- {
		if h.steps[k].at >= at {
			continue
		}
		m = min(m, h.steps[k].state)
		if h.steps[k].at <= from {
			return m
		}
	}
	return min(m, h.before)
}

// until is the state just before an instant.
func (h *history) until(at int64) State {
	for k := len(h.steps) - 1; k >= 0; k-- {
		if h.steps[k].at < at {
			return h.steps[k].state
		}
	}
	return h.before
}

// within is what a relation with grace passes on, where h is the mildest state of
// the provider over the grace up to now: an outage shorter than the grace passes on
// at most AT_RISK, whatever happened before.
func within(t Transfer, h State) Transfer {
	read := func(s State) State { return t.Of(max(min(s, AtRisk), min(h, s))) }
	return Transfer(read(AtRisk))<<2 | Transfer(read(Degraded))<<4 | Transfer(read(Down))<<6
}

// past is what a sweep knows at an instant of the time before it.
type past struct {
	at        int64
	histories map[uint32]*history // of the providers of relations with grace
	waiting   map[wire]bool       // relations of phase START that count as HARD
}

// now is what a relation passes on at the instant that passes on t when all grace
// has elapsed.
func (p *past) now(w wire, sh *shape, t Transfer) Transfer {
	if t == None {
		return t // it does not count in this world, or is not valid now
	}
	if p.waiting[w] {
		t = Hard
	}
	if h := p.histories[w.provider]; h != nil && sh.grace > 0 {
		return within(t, h.least(later(p.at, -sh.grace.Microseconds()), p.at))
	}
	return t
}

// hasGrace says whether any relation has grace.
func (s *Snapshot) hasGrace() bool {
	return slices.ContainsFunc(s.names.shapes.list, func(sh shape) bool { return sh.grace > 0 })
}
