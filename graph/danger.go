package graph

import (
	"cmp"
	"slices"
)

// Danger is what one CI takes DOWN when it fails alone, with an empty context.
type Danger struct {
	CI       ID
	Services int // DOWN with it
	Down     int // CIs DOWN with it, itself aside
}

// DangerAnswer ranks CIs by what they take with them.
type DangerAnswer struct {
	Revision  Revision
	Ranked    []Danger // the most services DOWN first, then the most CIs, then by ref
	Evaluated int      // CIs that were judged: failed, or known to take less than those ranked
	Failed    int      // of them: those that were failed
	Complete  bool     // every living CI was judged
}

// sweepBudget bounds how many relations a sweep of the whole estate follows: some
// seconds.
const sweepBudget = 80_000_000

// Dangerous fails living CIs alone, each with an empty context, and ranks the first
// most dangerous ones, of the classes that of keeps (nil: of all). services tells the
// classes of what users and the business notice. Only DOWN counts: who is degraded or
// at risk, an assessment of the CI tells.
//
// A CI that can take no more than those ranked so far need not be failed: what each
// takes at most is known beforehand (atMost), and those that may take most are failed
// first. So the answer is as exact as if each had been.
func (s *Snapshot) Dangerous(first int, services, of func(class string) bool) *DangerAnswer {
	out := &DangerAnswer{Revision: s.Revision(), Complete: true}
	isService := s.marked(s.ofClasses(services))
	wanted := s.ofClasses(func(class string) bool { return s.cat.IsA(class, rootClass) && (of == nil || of(class)) })
	p := newProbe(s, true, nil)
	defer p.close()
	most, sorted := p.atMost(isService)
	judged := 0
	var nodes []uint32
	for i := range uint32(s.size()) {
		if s.flagsOf(i)&(flagRetired|flagAbsent) == 0 && wanted(i) {
			judged++
			if most[i].down > 1 { // who takes nobody has no rank
				nodes = append(nodes, i)
			}
		}
	}
	worst := ranking{s: s, first: first}
	sweep := estateSweep{p: p, isService: isService, less: make([]bool, s.size())}
	if p.ganged() {
		sweep.gang = newGang(p, sorted)
	}
	next := mostFirst(nodes, most)
	for i, ok := next(); ok && !worst.beyond(most[i]); {
		if sweep.words() > sweepBudget {
			out.Complete = false
			break
		}
		var some []uint32
		for ; ok && len(some) < sweep.atOnce() && !worst.beyond(most[i]); i, ok = next() {
			if !sweep.less[i] {
				some = append(some, i)
			}
		}
		out.Failed += len(some)
		sweep.fail(some, &worst)
	}
	if out.Evaluated = judged; !out.Complete {
		out.Evaluated = out.Failed
	}
	for _, r := range worst.rows {
		out.Ranked = append(out.Ranked, Danger{CI: s.idOf(r.node), Services: int(r.services), Down: int(r.down)})
	}
	return out
}

// marked is a test of nodes with its answers noted, for who asks again and again in no
// order.
func (s *Snapshot) marked(is func(uint32) bool) func(uint32) bool {
	marks := s.nodeSet(nil)
	for i := range uint32(s.size()) {
		if is(i) {
			marks.put(i)
		}
	}
	return marks.has
}

// estateSweep fails CIs alone: in lanes where that can be, else one by one.
type estateSweep struct {
	p         *probe
	gang      *gang // nil: one by one
	isService func(uint32) bool
	less      []bool // taken by one that is not among the first
}

func (w *estateSweep) words() int {
	if w.gang != nil {
		return w.gang.words
	}
	return w.p.words
}

// atOnce is how many are failed at once.
func (w *estateSweep) atOnce() int {
	if w.gang == nil {
		return 1
	}
	return lanes
}

// fail fails each of some nodes and ranks what they take.
func (w *estateSweep) fail(nodes []uint32, worst *ranking) {
	if w.gang != nil {
		each := w.gang.fail(nodes, w.isService)
		for lane, all := range each {
			w.rank(nodes[lane], all, worst)
		}
		w.spare(each, worst)
		return
	}
	for _, i := range nodes {
		w.p.own(i, Down)
		w.p.run()
		var all taken
		for _, n := range w.p.fell() {
			if w.p.of(n) == Down {
				all.down++
				if w.isService(n) {
					all.services++
				}
			}
		}
		if worst.beyond(all) {
			for _, n := range w.p.fell() {
				w.less[n] = true
			}
		}
		w.p.undo()
		w.rank(i, all, worst)
	}
}

// rank ranks what a node takes, all being that and itself.
func (w *estateSweep) rank(i uint32, all taken, worst *ranking) {
	if all.down > 1 {
		if all.down--; w.isService(i) {
			all.services--
		}
		worst.add(dangerRow{i, all})
	}
}

// spare notes what was taken in lanes that are not among the first.
func (w *estateSweep) spare(each []taken, worst *ranking) {
	var behind laneSet
	for lane, all := range each {
		if worst.beyond(all) {
			behind.set(lane)
		}
	}
	if behind.none() {
		return
	}
	for n := range w.gang.lost {
		if w.gang.lost[n].meets(&behind) {
			w.less[n] = true
		}
	}
}

// mostFirst gives the nodes one by one, those that may take most first. Few are asked
// for as a rule, so that a heap is cheaper than sorting them all.
func mostFirst(nodes []uint32, most []taken) func() (uint32, bool) {
	h := nodes
	less := func(a, b int) bool { return cmp.Or(most[h[b]].compare(most[h[a]]), cmp.Compare(h[a], h[b])) < 0 }
	sift := func(at int) {
		for {
			top := at
			for child := 2*at + 1; child <= 2*at+2 && child < len(h); child++ {
				if less(child, top) {
					top = child
				}
			}
			if top == at {
				return
			}
			h[at], h[top] = h[top], h[at]
			at = top
		}
	}
	for at := len(h)/2 - 1; at >= 0; at-- {
		sift(at)
	}
	return func() (uint32, bool) {
		if len(h) == 0 {
			return 0, false
		}
		i := h[0]
		h[0] = h[len(h)-1]
		h = h[:len(h)-1]
		sift(0)
		return i, true
	}
}

func (x taken) compare(y taken) int {
	return cmp.Or(cmp.Compare(x.services, y.services), cmp.Compare(x.down, y.down))
}

type dangerRow struct {
	node uint32
	taken
}

// ranking keeps the first most dangerous rows, in order.
type ranking struct {
	s     *Snapshot
	first int
	rows  []dangerRow
}

// beyond says whether what takes no more than that can not be among the first.
func (r *ranking) beyond(m taken) bool {
	return len(r.rows) == r.first && (r.first == 0 || m.compare(r.rows[r.first-1].taken) < 0)
}

func (r *ranking) add(x dangerRow) {
	at, _ := slices.BinarySearchFunc(r.rows, x, func(a, b dangerRow) int {
		return cmp.Or(b.compare(a.taken), r.s.compareRefs(a.node, b.node))
	})
	if at == r.first {
		return
	}
	r.rows = slices.Insert(r.rows, at, x)
	r.rows = r.rows[:min(len(r.rows), r.first)]
}
