package graph

import (
	"container/heap"
	"slices"
	"sync"
	"time"
)

// runner is a sweep on its way.
type runner struct {
	*sweep
	todo                           *boundaries
	budget                         int
	baseHist, sceneHist, quietHist map[uint32]*history
	baseFreed, sceneFreed          []int64 // by wait: when it was; forever where not yet
	quietFreed                     []int64
	reads                          sync.Mutex             // of the two below: segments are also read when the sweep is over
	readings                       map[*Snapshot]*reading // as of readAt
	readAt                         int64
	dated                          bool
}

// reading is how a snapshot's relations are read at an instant, with what is known
// of the time before it; the table is made anew only where validity may have changed.
func (r *runner) reading(s *Snapshot, at int64, histories map[uint32]*history, waiting map[wire]bool) *reading {
	r.reads.Lock()
	defer r.reads.Unlock()
	if r.readings == nil || r.readAt != at && r.dated {
		r.readings = map[*Snapshot]*reading{}
	}
	r.readAt = at
	x, ok := r.readings[s]
	if !ok {
		x = s.read(r.world, r.instant(at), r.now)
		r.readings[s] = x
	}
	copied := *x
	copied.at = r.instant(at)
	if len(r.graced)+len(r.waits) > 0 && histories != nil {
		copied.past = &past{at, histories, waiting}
	}
	return &copied
}

// instant is the time by which validity and pins are read.
func (r *runner) instant(at int64) time.Time {
	if r.frozen {
		return timeAt(r.window.from)
	}
	return timeAt(at)
}

// hasDated says whether any relation is valid for a while only.
func (s *Snapshot) hasDated() bool {
	return slices.ContainsFunc(s.names.shapes.list, func(sh shape) bool { return sh.dated() })
}

// timeless says whether nothing in the graph begins, ends or changes at a time.
func (s *Snapshot) timeless() bool { return !s.hasDated() && len(s.timedConsumers()) == 0 }

// steady gives every history its state before the sweep.
func (r *runner) steady(begin int64) {
	r.baseFreed = slices.Repeat([]int64{forever}, len(r.waits))
	r.sceneFreed, r.quietFreed = slices.Clone(r.baseFreed), slices.Clone(r.baseFreed)
	if len(r.graced) == 0 {
		return
	}
	at := later(begin, -1)
	states := func(s *Snapshot, effects bool, into map[uint32]*history) {
		v := newSolver(r.reading(s, at, nil, nil))
		defer v.release()
		r.solve(v, at, effects)
		for k := range r.graced {
			if p := r.graced[k].provider; int(p) < s.size() {
				into[p] = &history{before: v.of(p)}
			} else {
				into[p] = &history{}
			}
		}
	}
	states(r.before, false, r.baseHist)
	states(r.after, true, r.sceneHist)
	states(r.after, false, r.quietHist)
}

// solve is one fixpoint at an instant.
func (r *runner) solve(v *solver, at int64, effects bool) {
	if r.outside != nil {
		v.confine(r.outside)
	}
	v.seed()
	v.ownAll(activeAt(r.heeded, at))
	v.run()
	if effects {
		v.exclude(r.scenario.Excluded)
		v.ownAll(activeAt(r.effects, at))
		v.run()
	}
	r.nodes, r.words = r.nodes+v.nodes, r.words+v.words
}

// still says whether nothing but effects makes one instant another one.
func (w *sweep) still() bool {
	return w.before == w.after && len(w.graced)+len(w.waits) == 0 && (w.frozen || w.after.timeless())
}

// part is what the focus knows of the sweep's world; nil where there is no focus, or more
// than effects makes one instant another one.
func (w *sweep) part() *part {
	if w.focus == nil || !w.focus.still || !w.still() {
		return nil
	}
	return w.focus.in(w.world)
}

// common is what all instants have in common: the graph without effects. nil where they
// have nothing.
func (r *runner) common(at int64, p *part) *start {
	switch {
	case p != nil:
		return p.start
	case r.focus != nil || !r.still():
		return nil
	}
	v := newSolver(r.baseReading(at))
	defer v.release()
	if r.outside != nil {
		v.confine(r.outside)
	}
	v.seed()
	v.run()
	return v.start()
}

// above solves an instant on what all have in common, the baseline first; p is the part
// that it is of, or nil.
func (r *runner) above(common *start, p *part, seg uint32, at int64) {
	v := newSolver(r.baseReading(at))
	defer func() { v.release() }()
	context, effects := activeAt(r.heeded, at), activeAt(r.effects, at)
	if p != nil {
		v.begin(p.above(v.read, context))
	} else {
		v.begin(common)
		v.ownAll(context)
		v.run()
	}
	r.nodes, r.words = r.nodes+v.nodes, r.words+v.words
	r.base.note(seg, v)
	if at == r.window.from {
		r.scene.from(seg)
	}
	if p != nil && len(r.scenario.Excluded) == 0 {
		var mine []OwnEffect
		mine, effects = r.focus.split(effects)
		if len(effects) > 0 { // others' are the same in many scenarios
			v.release()
			v = newSolver(r.baseReading(at))
			v.begin(p.above(v.read, slices.Concat(context, effects)))
		}
		effects = mine
	}
	v.exclude(r.scenario.Excluded)
	v.ownAll(effects)
	v.run()
	r.nodes, r.words = r.nodes+v.nodes, r.words+v.words
	r.scene.note(seg, v)
}

// segments solves from boundary to boundary, and says whether it came to the end.
func (r *runner) segments() bool {
	p := r.part()
	common := r.common((*r.todo)[0], p)
	r.base.ground, r.scene.ground = common, common
	for r.todo.Len() > 0 {
		at := heap.Pop(r.todo).(int64)
		if n := len(r.starts); n > 0 && r.starts[n-1] == at {
			continue
		}
		if len(r.starts) == maxSegments || r.budget > 0 && r.words >= r.budget {
			r.window.until = max(at, r.window.from)
			return false
		}
		seg := uint32(len(r.starts))
		r.starts = append(r.starts, at)
		if common != nil {
			r.above(common, p, seg, at)
			continue
		}
		b := r.settled(r.baseReading, at, false, r.baseFreed)
		r.base.note(seg, b)
		r.remember(r.baseHist, at, b)
		b.release()
		if r.quiet != nil {
			q := r.settled(r.quietReading, at, false, r.quietFreed)
			r.quiet.note(seg, q)
			r.remember(r.quietHist, at, q)
			q.release()
		}
		if at == r.window.from {
			r.scene.from(seg)
		}
		v := r.settled(r.sceneReading, at, true, r.sceneFreed)
		r.scene.note(seg, v)
		r.remember(r.sceneHist, at, v)
		v.release()
	}
	return true
}

// settled solves an instant again until no restart ends in it.
func (r *runner) settled(read func(int64) *reading, at int64, effects bool, freedAt []int64) *solver {
	for {
		v := newSolver(read(at))
		r.solve(v, at, effects)
		if !r.freed(v, at, freedAt, effects) {
			return v
		}
		v.release()
	}
}

// remember adds to the histories of providers of relations with grace; where one
// rises, the end of the grace is a boundary.
func (r *runner) remember(histories map[uint32]*history, at int64, v *solver) {
	for k := range r.graced {
		g := &r.graced[k]
		h := histories[g.provider]
		st := Operational
		if int(g.provider) < len(v.state) {
			st = v.of(g.provider)
		}
		if was := h.until(at); st > was && st > AtRisk && g.grace > 0 {
			if end := later(at, g.grace); end < r.window.until {
				heap.Push(r.todo, end)
			}
		}
		h.add(at, st)
	}
}

// freed releases the waits whose provider is not DOWN, at or after their restart's
// end, and says whether there was one.
func (r *runner) freed(v *solver, at int64, freedAt []int64, effects bool) (some bool) {
	for k := range r.waits {
		x := &r.waits[k]
		if (effects || x.context) && freedAt[k] == forever && at >= x.restart.until && (int(x.provider) >= len(v.state) || v.of(x.provider) < Down) {
			freedAt[k], some = at, true
		}
	}
	return some
}

// waiting are the relations that count as HARD at an instant.
func (r *runner) waiting(at int64, freedAt []int64, effects bool) map[wire]bool {
	var out map[wire]bool
	for k := range r.waits {
		if x := &r.waits[k]; (effects || x.context) && x.restart.from <= at && at < freedAt[k] {
			if out == nil {
				out = map[wire]bool{}
			}
			out[x.wire] = true
		}
	}
	return out
}

func (r *runner) baseReading(at int64) *reading {
	return r.reading(r.before, at, r.baseHist, r.waiting(at, r.baseFreed, false))
}

func (r *runner) quietReading(at int64) *reading {
	return r.reading(r.after, at, r.quietHist, r.waiting(at, r.quietFreed, false))
}

func (r *runner) sceneReading(at int64) *reading {
	return r.reading(r.after, at, r.sceneHist, r.waiting(at, r.sceneFreed, true))
}
