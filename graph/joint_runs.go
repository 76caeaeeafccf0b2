package graph

import (
	"iter"
	"slices"
)

// Which changes run together, and what a run of some of them gives.

// outcome is what a run of some of the changes gives.
type outcome interface {
	stateAt(i uint32, at int64) State
	changes(i uint32) []int64 // instants at which the node's state may change
}

func (w *sweep) changes(i uint32) []int64 {
	var out []int64
	for k := w.scene.of(i); k != 0; k = w.scene.step(k).next {
		out = append(out, w.starts[w.scene.step(k).seg])
	}
	return out
}

func (m *moment) stateAt(i uint32, _ int64) State {
	if int(i) >= m.s.size() {
		return Operational
	}
	return m.scenarioState(i)
}

func (m *moment) changes(uint32) []int64 { return nil }

// run is the outcome of a set of parties, solved once.
func (j *joiner) run(set uint64) outcome {
	if o, ok := j.runs[set]; ok {
		return o
	}
	sc := *j.a.scenario
	sc.Effects = nil
	for k, e := range j.a.scenario.Effects {
		if set>>j.of[k]&1 != 0 {
			sc.Effects = append(sc.Effects, e)
		}
	}
	after := j.a.s
	if len(sc.Patch) > 0 && set>>(len(j.names)-1)&1 == 0 {
		sc.Patch, after = nil, j.a.base
		sc.Effects = slices.DeleteFunc(sc.Effects, func(e OwnEffect) bool { return !after.Has(e.CI) })
		sc.Context = slices.DeleteFunc(slices.Clone(sc.Context), func(e OwnEffect) bool { return !after.Has(e.CI) })
	}
	j.sets = append(j.sets, set)
	var o outcome
	if w := j.a.window; w != nil {
		effects, _ := timed(sc.Effects, w.asked) // the whole scenario was, so a part of it is
		context, _ := timed(sc.Context, w.asked)
		x := &sweep{before: j.a.base, after: after, scenario: &sc, effects: effects, context: context, window: w.window, world: w.world, now: w.now, focus: j.a.options.Focus}
		x.run(0)
		o = x
	} else {
		now := j.a.options.Now
		x := setting{scenario: &sc, effects: sc.Effects, context: sc.Context, after: after.read(j.a.options.World, now, now)}
		x.before = x.after
		if after != j.a.base {
			x.before = j.a.base.read(j.a.options.World, now, now)
		}
		o = x.solve()
	}
	j.runs[set] = o
	return o
}

// parties are those on whose effects node i depends, as a set.
func (j *joiner) parties(i uint32) uint64 {
	if j.reach == nil {
		rises := j.rises()
		if w := j.a.window; w != nil && w.part() != nil {
			j.asked = w.part().about
			j.reach = make([]uint64, len(j.asked.list))
		} else {
			j.reach = make([]uint64, j.a.s.size())
		}
		for p := range j.names {
			var from []uint32
			for k, e := range j.a.scenario.Effects {
				if n, ok := j.a.s.at(e.CI); ok && j.of[k] == p {
					from = append(from, n)
				}
			}
			if len(j.a.scenario.Patch) > 0 && p == len(j.names)-1 {
				from = append(from, j.a.scenario.patchedIn(j.a.s)...)
			}
			for _, s := range []*Snapshot{j.a.s, j.a.base} { // its run is without the patch
				for _, n := range s.spreadOver(slices.DeleteFunc(from, func(n uint32) bool { return int(n) >= s.size() }), Consumers, len(s.goals()) > 0, rises) {
					switch {
					case j.asked == nil:
						j.reach[n] |= 1 << p
					case j.asked.has(n):
						j.reach[j.asked.number(n)] |= 1 << p
					}
				}
				if j.a.base == j.a.s {
					break
				}
			}
		}
	}
	if j.asked != nil {
		i = j.asked.number(i)
	}
	return j.reach[i]
}

// rises are the nodes that rise with any of the changes, so with all of them; nil: they
// are not known.
func (j *joiner) rises() nodeSet {
	w := j.a.window
	if w == nil || !w.still() {
		return nil
	}
	if p := w.part(); p != nil {
		return p.taken
	}
	return j.a.s.nodeSet(w.scene.nodes)
}

// subsets are the sets of that many of the parties, the first ones first.
func subsets(of []int, size int) iter.Seq[uint64] {
	return func(yield func(uint64) bool) {
		var choose func(from, left int, set uint64) bool
		choose = func(from, left int, set uint64) bool {
			if left == 0 {
				return yield(set)
			}
			for k := from; k <= len(of)-left; k++ {
				if !choose(k+1, left-1, set|1<<of[k]) {
					return false
				}
			}
			return true
		}
		choose(0, size, 0)
	}
}
