package graph

import (
	"container/heap"
	"math"
	"slices"
	"time"
)

// maxSegments bounds a sweep; what comes after is not solved, and the answer says so.
const maxSegments = 20_000

// maxLookback bounds how many boundaries before the window are solved for grace; what
// is older than them is taken as steady.
const maxLookback = 1000

// sweep solves a scenario over a window, in one world: from boundary to boundary of
// effects, validity, pins and demand, each segment afresh, because a state that is
// only lowered in place would let a cycle keep itself down. A rise before a relation
// with grace makes a boundary at its end, so that boundaries are found on the way.
type sweep struct {
	before, after *Snapshot // without and with the patch
	scenario      *Scenario
	effects       []timedEffect
	context       []timedEffect // of baseline and scenario
	heeded        []timedEffect // of the context, what can make a difference in the world
	window        span
	world         World
	now           time.Time
	frozen        bool // validity and pins are those of the window's start

	focus *Focus
	// outside has heldBit for each node that nothing the scenario reaches depends on:
	// it is not solved. nil: all are.
	outside []uint8

	graced  []graced
	waits   []wait
	slowest int64 // microseconds: the sum of all grace; nothing older matters

	starts   []int64 // of the segments, in order; the last ends with the window
	complete bool
	nodes    int
	words    int

	base, scene *track
	quiet       *track // the patched graph without effects; nil where the patch makes no CI

	// What is needed to solve one segment again.
	baseRead, sceneRead, quietRead func(at int64) *reading
}

// boundaries is a heap of instants.
type boundaries []int64

func (b boundaries) Len() int           { return len(b) }
func (b boundaries) Less(i, j int) bool { return b[i] < b[j] }
func (b boundaries) Swap(i, j int)      { b[i], b[j] = b[j], b[i] }
func (b *boundaries) Push(x any)        { *b = append(*b, x.(int64)) }
func (b *boundaries) Pop() any {
	old := *b
	x := old[len(old)-1]
	*b = old[:len(old)-1]
	return x
}

// region is every CI whose state may differ from the baseline, or may change within
// the sweep: what depends on effects, on what the patch changes and on what is valid
// for a while; and the consumers of the latter that matter.
func (w *sweep) region() (region, timed []uint32) {
	var from []uint32
	for _, e := range w.all() {
		if i, ok := w.after.at(e.CI); ok {
			from = append(from, i)
		}
	}
	from = append(from, w.scenario.patchedIn(w.after)...)
	if !w.after.hasGrace() && !w.before.hasGrace() && len(w.after.timedConsumers())+len(w.before.timedConsumers()) == 0 {
		return nil, nil // nothing depends on what was before, or changes by itself
	}
	region = w.spread(from, Consumers)
	if !w.frozen {
		timed = w.after.timedConsumers()
		if w.before != w.after {
			timed = append(timed, w.before.timedConsumers()...)
			slices.Sort(timed)
			timed = slices.Compact(timed)
		}
	}
	if len(timed) == 0 {
		return region, nil
	}
	above := w.after.nodeSet(w.spread(region, Providers))
	timed = slices.DeleteFunc(timed, func(i uint32) bool { return !above.has(i) })
	return w.spread(append(from, timed...), Consumers), timed
}

// narrow is a mask that leaves out what makes no difference to what the scenario reaches.
func (w *sweep) narrow() []uint8 {
	var from []uint32
	for _, e := range w.effects {
		if i, ok := w.after.at(e.CI); ok {
			from = append(from, i)
		}
	}
	from = append(from, w.scenario.patchedIn(w.after)...)
	return w.after.outside(w.spread(w.spread(from, Consumers), Providers))
}

// told says whether the state of a node was solved.
func (w *sweep) told(i uint32) bool { return w.outside == nil || w.outside[i] == 0 }

// all are the effects, those of the context included.
func (w *sweep) all() []timedEffect { return slices.Concat(w.context, w.effects) }

// spread is what is reached with the patch or without it.
func (w *sweep) spread(from []uint32, d Direction) []uint32 {
	out := w.after.spread(from, d)
	if w.before == w.after {
		return out
	}
	was := w.before.spread(w.inBefore(from), d)
	out = append(out, was...)
	slices.Sort(out)
	return slices.Compact(out)
}

// inBefore are the nodes that are there without the patch, too.
func (w *sweep) inBefore(nodes []uint32) []uint32 {
	return slices.DeleteFunc(slices.Clone(nodes), func(i uint32) bool { return int(i) >= w.before.size() })
}

// timedConsumers are the consumers of relations with a validity interval, those whose
// demand changes, and CIs with a pin that expires; in no order.
func (s *Snapshot) timedConsumers() []uint32 {
	out := s.stepped()
	for _, c := range s.base.timed {
		if s.overlaid(c) == nil {
			out = append(out, c)
		}
	}
	if s.delta != nil {
		s.delta.nodes.each(func(i uint32, o *overlay) {
			for _, e := range o.out {
				if s.names.shapes.list[e.shape].dated() {
					out = append(out, i)
					break
				}
			}
		})
	}
	for i, pins := range s.pins {
		if slices.ContainsFunc(pins, func(p Pin) bool { return p.Attribute == "" && !p.Expires.IsZero() }) {
			out = append(out, i)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// bounds are all instants at which something known in advance begins or ends.
func (w *sweep) bounds(timed []uint32) []int64 {
	var out []int64
	add := func(list ...int64) {
		for _, t := range list {
			if t != always && t != forever && t < w.window.until {
				out = append(out, t)
			}
		}
	}
	for _, e := range slices.Concat(w.heeded, w.effects) {
		add(e.from, e.until)
	}
	for _, s := range []*Snapshot{w.before, w.after} {
		for _, i := range timed {
			if int(i) >= s.size() || s.flagsOf(i)&flagAbsent != 0 {
				continue
			}
			s.edges(i, func(e edge) bool {
				add(s.names.shapes.list[e.shape].from, s.names.shapes.list[e.shape].to)
				return true
			})
			for _, r := range s.reqsOf(i) {
				for _, step := range s.details(s.req(r)).Steps {
					add(step.At.UnixMicro())
				}
			}
			for _, p := range s.pins[i] {
				if p.Attribute == "" && !p.Expires.IsZero() {
					add(p.Expires.UnixMicro())
				}
			}
		}
		if w.before == w.after {
			break
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// run sweeps. budget bounds the relations that are evaluated; 0: no bound.
func (w *sweep) run(budget int) {
	region, timed := w.region()
	begin := w.window.from
	for k, e := range w.all() {
		if i, ok := w.after.at(e.CI); ok && e.Kind == Restart {
			w.findWaits(w.after, i, e.span, k < len(w.context))
			begin = min(begin, e.from)
		}
	}
	w.findGraced(w.after, region)
	if w.before != w.after {
		w.findGraced(w.before, w.inBefore(region))
	}
	about := w.heed()
	known := w.bounds(timed)
	// Grace looks back. On a cycle it may keep what was so for as long as effects take
	// turns, so the sweep begins before the first of what is known to begin or end.
	begin = later(begin, -w.slowest)
	if past, _ := slices.BinarySearch(known, w.window.from); past > 0 && len(w.graced) > 0 {
		begin = min(begin, known[max(0, past-maxLookback)])
	}
	todo := boundaries{begin}
	if w.window.from > begin {
		todo = append(todo, w.window.from)
	}
	for _, t := range known {
		if t > begin {
			todo = append(todo, t)
		}
	}
	heap.Init(&todo)
	r := &runner{sweep: w, todo: &todo, budget: budget, baseHist: map[uint32]*history{}, sceneHist: map[uint32]*history{}, quietHist: map[uint32]*history{},
		dated: !w.frozen && w.after.hasDated()}
	w.base, w.scene = newTrack(w.before.size(), about), newTrack(w.after.size(), about)
	if w.before != w.after && w.after.size() > w.before.size() {
		w.quiet = newTrack(w.after.size(), nil)
	}
	r.steady(begin)
	w.complete = r.segments()
	w.baseRead, w.sceneRead, w.quietRead = r.baseReading, r.sceneReading, r.quietReading
}

// heed leaves out of the context, and of the graph, what makes no difference to what the
// focus is about, and is the nodes that are noted; nil: all.
func (w *sweep) heed() *numbered {
	w.heeded = w.context
	if w.focus == nil {
		return nil
	}
	p, about := w.part(), (*numbered)(nil)
	if p != nil {
		about = p.about
	} else {
		p = w.focus.static()
		w.outside = p.outside
	}
	w.heeded = slices.DeleteFunc(slices.Clone(w.context), func(e timedEffect) bool {
		i, ok := w.after.at(e.CI)
		return !ok || !p.taken.has(i)
	})
	return about
}

// activeAt are the effects that hold at an instant.
func activeAt(effects []timedEffect, at int64) []OwnEffect {
	var out []OwnEffect
	for _, e := range effects {
		if e.has(at) {
			out = append(out, e.OwnEffect)
		}
	}
	return out
}

// moment solves a segment again, with all that proofs need.
func (w *sweep) moment(seg int) *moment {
	x := setting{before: w.baseRead(w.starts[seg]), after: w.sceneRead(w.starts[seg]), scenario: w.scenario, effects: activeAt(w.effects, w.starts[seg]), context: activeAt(w.context, w.starts[seg]), outside: w.outside}
	if w.still() {
		x.before = x.after // baseline and scenario read the same, so one solve has both
	}
	if w.quiet != nil {
		x.quiet = w.quietRead(w.starts[seg])
	}
	return x.solve()
}

// raised solves a segment again above what holds without effects, which is known.
func (w *sweep) raised(seg int) *moment {
	at := w.starts[seg]
	read := w.sceneRead(at)
	x := setting{before: read, after: read, scenario: w.scenario, effects: activeAt(w.effects, at), context: activeAt(w.heeded, at), ground: w.base.ground}
	if p := w.part(); p != nil {
		x.ground = p.above(read, x.context)
	}
	return x.solve()
}

// infinity is how long what does not end lasts.
const infinity = time.Duration(math.MaxInt64)
