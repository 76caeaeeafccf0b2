package graph

import (
	"cmp"
	"slices"
	"sync"
)

// heavy is what holds with one effect that does much. Schedules have few of these, and
// whatever is looked at beside them would solve them again.
type heavy struct {
	effect rise
	*start
}

// heaviest are the heavy effects of a world, at most so many.
type heaviest struct {
	mu      sync.Mutex
	weighed map[rise]bool // by effect: it is known whether it is heavy
	list    []*heavy      // what does the most comes first
}

// How small a part of the nodes rises by a heavy effect, how many are kept, and of how many
// effects at once each is weighed: more are not worth a solve each.
const heavyShare, maxHeavy, maxWeighed = 32, 4, 64

// weigh makes a solver that has done nothing yet stand where the heaviest of some effects
// leads to, and is that; or at quiet, and is nil, where none is heavy.
func (s *Snapshot) weigh(v *solver, quiet *start, effects map[uint32]State) *heavy {
	if s.starts[v.read.world].Load() != quiet {
		v.begin(quiet) // which is different at another time
		return nil
	}
	h := &s.heavy[v.read.world]
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, to := range effects {
		if e := riseOf(i, to); len(effects) <= maxWeighed && !h.weighed[e] {
			h.add(e, v.read, quiet)
		}
	}
	for _, x := range h.list {
		if effects[x.effect.node()] == x.effect.state() {
			v.begin(x.start)
			return x
		}
	}
	v.begin(quiet)
	return nil
}

// add weighs an effect, and keeps it if it is heavy.
func (h *heaviest) add(e rise, read *reading, quiet *start) {
	if h.weighed == nil {
		h.weighed = map[rise]bool{}
	}
	h.weighed[e] = true
	v := newSolver(read)
	defer v.release()
	v.begin(quiet)
	before := v.rose()
	v.own(e.node(), e.state())
	v.run()
	if (v.rose()-before)*heavyShare < len(v.state) {
		return
	}
	h.list = append(h.list, &heavy{e, v.above(quiet)})
	slices.SortStableFunc(h.list, func(a, b *heavy) int { return cmp.Compare(len(b.grown), len(a.grown)) })
	h.list = h.list[:min(len(h.list), maxHeavy)]
}
