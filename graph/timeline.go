package graph

import (
	"iter"
	"slices"
	"time"
)

// Interval is a part of a CI's timeline.
type Interval struct {
	From, Until        time.Time // half-open; a zero Until is no end
	Baseline, Scenario State
}

// Lasts is how long the interval is; without an end the greatest duration.
func (x Interval) Lasts() time.Duration {
	if x.Until.IsZero() {
		return infinity
	}
	return x.Until.Sub(x.From)
}

// peak is the worst of one CI over a window.
type peak struct {
	from, to State // at the earliest instant of the greatest state above the baseline
	seg      uint32
	ever     bool // it rose within the sweep, perhaps before the window
}

// walk calls f for each part of the window with the node's states, in order of
// time; neighbouring parts differ in a state. whole includes the time before the
// window that the sweep looked at.
func (w *sweep) walk(i uint32, whole bool, f func(seg int, from, until int64, baseline, scenario State)) {
	if len(w.starts) == 0 {
		return
	}
	base := w.baseOf(i)
	bs, ss := base.of(i), w.scene.of(i)
	seg, b, s := 0, base.ground.of(i), w.scene.ground.of(i)
	for {
		for bs != 0 && int(base.step(bs).seg) <= seg {
			b, bs = base.step(bs).state, base.step(bs).next
		}
		for ss != 0 && int(w.scene.step(ss).seg) <= seg {
			s, ss = w.scene.step(ss).state, w.scene.step(ss).next
		}
		next := len(w.starts)
		if bs != 0 {
			next = int(base.step(bs).seg)
		}
		if ss != 0 {
			next = min(next, int(w.scene.step(ss).seg))
		}
		from, until := w.starts[seg], w.window.until
		if next < len(w.starts) {
			until = min(until, w.starts[next])
		}
		if whole || until > w.window.from {
			at := seg
			if !whole && from < w.window.from {
				from, at = w.window.from, w.segmentAt(w.window.from)
			}
			if from < until {
				f(at, from, until, b, s)
			}
		}
		if next == len(w.starts) {
			return
		}
		seg = next
	}
}

// segmentAt is the segment that holds an instant of the sweep.
func (w *sweep) segmentAt(at int64) int {
	k, found := slices.BinarySearch(w.starts, at)
	if found {
		return k
	}
	return max(0, k-1)
}

// timeline is the parts of the window by a node's states.
func (w *sweep) timeline(i uint32) []Interval {
	var out []Interval
	w.walk(i, false, func(_ int, from, until int64, b, s State) {
		out = append(out, Interval{timeAt(from), timeAt(until), b, s})
	})
	return out
}

// windowed is what an assessment over a window has found.
type windowed struct {
	*sweep
	asked  span   // the window, also where less was solved
	peaks  []peak // by line of the scene: who rose within the sweep
	counts Counts
	worst  int // the segment in which the scenario has the most DOWN, then DEGRADED, then AT_RISK; the earliest
}

// find sums the sweep up.
func (w *windowed) find() {
	w.peaks = make([]peak, len(w.scene.nodes))
	begin := w.segmentAt(w.window.from)
	w.worst = int(max(w.scene.mostAtSeg, uint32(begin)))
	for line, i := range w.scene.nodes {
		if !w.focus.about(w.world, i) {
			continue // by the context alone
		}
		p := &w.peaks[line]
		if l := &w.scene.lines[line]; w.baseOf(i).well(i) {
			*p = peak{to: l.worst, seg: l.worstSeg, ever: true} // it was well without the scenario
		} else {
			*p = w.peakOf(i, begin)
		}
		w.counts.add(p.to)
	}
}

// peak is the worst of a node, and whether it rose within the sweep.
func (w *windowed) peak(i uint32) (peak, bool) {
	if line := w.scene.slot.get(i); line > 0 {
		p := w.peaks[line-1]
		return p, p.ever
	}
	return peak{}, false
}

// rose are the nodes that rose within the window, with their worst; in no order.
func (w *windowed) rose() iter.Seq2[uint32, peak] {
	return func(yield func(uint32, peak) bool) {
		for line, p := range w.peaks {
			if p.to > Operational && !yield(w.scene.nodes[line], p) {
				return
			}
		}
	}
}

// peakOf is the worst of a node that was not well at all times without the scenario.
func (w *windowed) peakOf(i uint32, begin int) (p peak) {
	w.walk(i, true, func(seg int, _, until int64, b, s State) {
		if s <= b {
			return
		}
		p.ever = true
		if until > w.window.from && s > p.to {
			p.from, p.to, p.seg = b, s, uint32(max(seg, begin))
		}
	})
	return p
}

// baseOf is where a node's states without the scenario are.
func (w *sweep) baseOf(i uint32) *track {
	if w.quiet != nil && (int(i) >= w.before.size() || w.before.flagsOf(i)&flagAbsent != 0) {
		return w.quiet
	}
	return w.base
}

func (c *Counts) sub(s State) {
	var one Counts
	one.add(s)
	c.Down, c.Degraded, c.AtRisk = c.Down-one.Down, c.Degraded-one.Degraded, c.AtRisk-one.AtRisk
}

// worse says whether more is DOWN, or as much and more DEGRADED, and so on.
func (c Counts) worse(d Counts) bool {
	if c.Down != d.Down {
		return c.Down > d.Down
	}
	if c.Degraded != d.Degraded {
		return c.Degraded > d.Degraded
	}
	return c.AtRisk > d.AtRisk
}

// findRows are the CIs that rose within the window, each with its worst, and the
// fewest relations to it from an effect over CIs that rose and relations that pass
// on more than OPERATIONAL at their provider's worst.
func (w *windowed) findRows() []row {
	read := w.after.read(w.world, time.Time{}, w.now)
	rows := make([]row, 0, len(w.peaks))
	seen, met := w.after.nodeSet(nil), partsMet{}
	var queue []row
	add := func(i, distance uint32) {
		p, ok := w.peak(i)
		if !ok || seen.has(i) {
			return
		}
		seen.put(i)
		queue = append(queue, row{i, distance, p.from, p.to})
	}
	for _, e := range w.scenario.Effects {
		if i, ok := w.after.at(e.CI); ok {
			add(i, 0)
		}
	}
	for _, i := range w.scenario.patchedIn(w.after) {
		add(i, 0)
	}
	for k := 0; k < len(queue); k++ {
		r := queue[k]
		if r.to > Operational {
			rows = append(rows, r)
		}
		words, extra := w.after.in(r.node)
		for _, list := range [2][]uint32{words, extra} {
			for _, word := range list {
				if read.along(r.node, word).Of(max(r.to, w.greatest(r.node))) > Operational {
					add(w.after.consumerOf(word), r.distance+1)
				}
			}
		}
		w.after.asking(r.node, met, func(c uint32) { add(c, r.distance+1) })
	}
	return rows
}

// greatest is the worst state of a node above its baseline, the time before the
// window included.
func (w *sweep) greatest(i uint32) (worst State) {
	w.walk(i, true, func(_ int, _, _ int64, b, s State) {
		if s > b {
			worst = max(worst, s)
		}
	})
	return worst
}

// stateAt is the state of a node with the scenario at an instant of the sweep.
func (w *sweep) stateAt(i uint32, at int64) State { return w.scene.at(i, uint32(w.segmentAt(at))) }
