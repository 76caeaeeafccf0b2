package graph

import (
	"slices"
	"sync"
	"time"
)

// What an assessment over a window has beside one of an instant.

// assessWindow is Assess over a window.
func assessWindow(s, patched *Snapshot, sc Scenario, o Options) (*Assessment, error) {
	if o.Window.From.IsZero() {
		o.Window = &Window{o.Now, o.Window.Until}
	}
	if err := o.Window.check(); err != nil {
		return nil, err
	}
	window := spanOf(o.Window.From, o.Window.Until)
	effects, err := timed(sc.Effects, window)
	if err != nil {
		return nil, err
	}
	context, err := timed(sc.Context, window)
	if err != nil {
		return nil, err
	}
	narrowed := sync.OnceValue(func() []uint8 {
		w := &sweep{before: s, after: patched, scenario: &sc, effects: effects}
		return w.narrow()
	})
	solve := func(world World, narrow bool) *windowed {
		w := &windowed{asked: window, sweep: &sweep{before: s, after: patched, scenario: &sc, effects: effects, context: context, window: window, world: world, now: o.Now, focus: o.Focus}}
		if narrow && o.Focus == nil {
			w.outside = narrowed()
		}
		w.run(o.Budget)
		w.find()
		return w
	}
	w := solve(o.World, false)
	at := w.starts[w.worst]
	head := &moment{s: patched, scenario: &sc, effects: activeAt(effects, at), context: activeAt(context, at), read: w.sceneRead(at)}
	head.reached = sync.OnceValue(head.reach)
	a := &Assessment{moment: head, options: o, base: s, window: w}
	for world := range Possible + 1 {
		a.overWorld[world] = sync.OnceValue(func() *windowed { return solve(world, true) })
		a.allInWorld[world] = sync.OnceValue(func() *windowed { return solve(world, false) })
	}
	a.rowsOf = sync.OnceValue(w.findRows)
	a.lazy()
	return a, nil
}

// worst is the instant, or a window's worst, solved with all that proofs need.
func (a *Assessment) worst() *moment {
	if a.window == nil {
		return a.moment
	}
	return a.momentAt(a.window.worst)
}

// momentOf is the instant of a node's worst.
func (a *Assessment) momentOf(i uint32) *moment {
	if a.window == nil {
		return a.moment
	}
	seg := a.window.worst
	if p, ok := a.window.peaks[i]; ok && p.to > Operational {
		seg = int(p.seg)
	}
	return a.momentAt(seg)
}

// momentAt is a segment of the window, solved again with all that proofs need.
func (a *Assessment) momentAt(seg int) *moment {
	if m, ok := a.moments.Load(seg); ok {
		return m.(*moment)
	}
	m, _ := a.moments.LoadOrStore(seg, a.window.moment(seg))
	return m.(*moment)
}

// Timeline is the window by the states of one CI, in order of time. It is nil
// without a window, and for a CI that the scenario does not reach.
func (a *Assessment) Timeline(id ID) []Interval {
	i, ok := a.s.at(id)
	if !ok || a.window == nil {
		return nil
	}
	if _, rose := a.window.peaks[i]; !rose { // whoever did was reached
		if _, reached := slices.BinarySearch(a.reached(), i); !reached {
			return nil
		}
	}
	return a.window.timeline(i)
}

// Window is the time that was looked at, as far as it was solved; nil: one instant.
func (a *Assessment) Window() *Window {
	if a.window == nil {
		return nil
	}
	return &Window{timeAt(a.window.window.from), timeAt(a.window.window.until)}
}

// At is when a CI that rose first reaches its worst: over a window, an instant;
// zero without one.
func (a *Assessment) At(id ID) time.Time {
	i, ok := a.s.at(id)
	if !ok || a.window == nil {
		return time.Time{}
	}
	p, ok := a.window.peaks[i]
	if !ok || p.to == Operational {
		return time.Time{}
	}
	return timeAt(max(a.window.starts[p.seg], a.window.window.from))
}

// After is how long after the start a CI that rose reaches its worst: over a
// window, after its beginning; for one instant, when grace has elapsed.
func (a *Assessment) After(id ID) (time.Duration, bool) {
	i, ok := a.s.at(id)
	if !ok {
		return 0, false
	}
	from, to := a.fromTo(i)
	if to <= from {
		return 0, false
	}
	if a.window != nil {
		return a.At(id).Sub(timeAt(a.window.window.from)), true
	}
	if !a.s.hasGrace() {
		return 0, true
	}
	w := a.delays()
	for k := w.scene.of(i); k != 0; k = w.scene.step(k).next {
		if st := w.scene.step(k); st.state == to {
			return timeAt(w.starts[st.seg]).Sub(timeAt(w.window.from)), true
		}
	}
	return 0, false
}
