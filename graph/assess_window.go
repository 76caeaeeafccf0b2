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
	a := &Assessment{moment: &moment{s: patched, scenario: &sc}, options: o, base: s}
	w := a.solveOver(effects, context, o.World, nil)
	at := w.starts[w.worst]
	a.effects, a.context, a.read = activeAt(effects, at), activeAt(context, at), w.sceneRead(at)
	a.window = w
	return a, nil
}

// solveOver solves the window in a world; outside is a mask of nodes that are not, or nil.
func (a *Assessment) solveOver(effects, context []timedEffect, world World, outside []uint8) *windowed {
	o := &a.options
	w := &windowed{asked: spanOf(o.Window.From, o.Window.Until), sweep: &sweep{before: a.base, after: a.s, scenario: a.scenario, effects: effects, context: context, window: spanOf(o.Window.From, o.Window.Until), world: world, now: o.Now, focus: o.Focus, outside: outside}}
	w.run(o.Budget)
	w.find()
	return w
}

// over is the window in a world: what rises, and what that depends on.
func (a *Assessment) over(w World) *windowed {
	return a.overWorld[w].get(func() *windowed {
		x := a.window
		if x.focus != nil {
			return a.solveOver(x.effects, x.context, w, nil)
		}
		return a.solveOver(x.effects, x.context, w, a.narrowed.get(x.narrow))
	})
}

// overAll is over with all CIs.
func (a *Assessment) overAll(w World) *windowed {
	return a.allInWorld[w].get(func() *windowed { return a.solveOver(a.window.effects, a.window.context, w, nil) })
}

// worst is the instant, or a window's worst, solved with all that proofs need.
func (a *Assessment) worst() *moment {
	if a.window == nil {
		return a.moment
	}
	return a.momentAt(a.window.worst)
}

// worstOf is the segment of a node's worst.
func (a *Assessment) worstOf(i uint32) int {
	if a.window == nil {
		return 0
	}
	if p, ok := a.window.peak(i); ok && p.to > Operational {
		return int(p.seg)
	}
	return a.window.worst
}

// momentAt is a segment of the window, solved again with all that proofs need; of one
// instant there is one.
func (a *Assessment) momentAt(seg int) *moment {
	if a.window == nil {
		return a.moment
	}
	return once(&a.moments, seg, a.window.moment)
}

// raisedAt is momentAt without the reasons of the baseline, where that need not be solved
// again: what has risen above it is the same, and why.
func (a *Assessment) raisedAt(seg int) *moment {
	if a.window == nil || a.window.base.ground == nil {
		return a.momentAt(seg)
	}
	return once(&a.raised, seg, a.window.raised)
}

func once(made *sync.Map, seg int, solve func(int) *moment) *moment {
	m, ok := made.Load(seg)
	if !ok {
		m, _ = made.LoadOrStore(seg, solve(seg))
	}
	return m.(*moment)
}

// Timeline is the window by the states of one CI, in order of time. It is nil
// without a window, and for a CI that the scenario does not reach.
func (a *Assessment) Timeline(id ID) []Interval {
	i, ok := a.s.at(id)
	if !ok || a.window == nil {
		return nil
	}
	if _, rose := a.window.peak(i); !rose { // whoever did was reached
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
	p, ok := a.window.peak(i)
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
	w := a.delayed()
	for k := w.scene.of(i); k != 0; k = w.scene.step(k).next {
		if st := w.scene.step(k); st.state == to {
			return timeAt(w.starts[st.seg]).Sub(timeAt(w.window.from)), true
		}
	}
	return 0, false
}
