package graph

import (
	"cmp"
	"iter"
	"slices"
	"sync"
)

// Assessment is the answer to a scenario: which CIs rise above the baseline, by
// how much, how far away and why. It is immutable and safe for concurrent use.
type Assessment struct {
	*moment // of one instant, solved; of a window, what its worst instant is solved from: see worst
	options Options
	base    *Snapshot // without the scenario's patch
	window  *windowed // nil: one instant

	inWorld    [3]lazy[*moment]   // of one instant
	overWorld  [3]lazy[*windowed] // of a window: what rises, and what that depends on
	allInWorld [3]lazy[*windowed] // the same of all CIs, where somebody asks for others
	windowRows lazy[[]row]
	narrowed   lazy[[]uint8]
	moments    sync.Map // by segment: *moment, with all that proofs need
	raised     sync.Map // by segment: *moment, above a baseline that is given
	delays     lazy[*sweep]
	together   lazy[*Joint]
	goesOver   lazy[[]FailoverEntry]
	ranked     lazy[*Ranking]
	sorted     lazy[[]Impacted]
	already    lazy[[]Impacted]
	blind      lazy[[]BlindSpot]
	holders    lazy[[]Holder]
	assumed    lazy[[]Assumption]
}

// Assess solves a scenario: the baseline is the graph as it is, the scenario is the
// patched graph with all effects at once, impact is the difference at each instant
// (impact-semantics.md, section 5). It fails with NotFound where an effect names no
// CI, and with Invalid where a window or an effect's interval is empty.
func Assess(s *Snapshot, sc Scenario, o Options) (*Assessment, error) {
	patched := s
	if len(sc.Patch) > 0 {
		var err error
		if patched, err = s.Apply(sc.Patch, s.head); err != nil {
			return nil, err
		}
	}
	if f := o.Focus; f != nil && (f.s != s || patched != s || o.Window == nil || !f.fits(&sc) || !f.now.Equal(o.Now)) {
		return nil, Errorf(Internal, "the focus is for another graph, another time, other effects, or for a window")
	}
	for e := range sc.all() {
		if _, ok := patched.at(e.CI); !ok {
			return nil, Errorf(NotFound, "no CI has the id %d", e.CI)
		}
	}
	if o.Window != nil {
		return assessWindow(s, patched, sc, o)
	}
	k := 0
	for e := range sc.all() {
		if !e.From.IsZero() || !e.Until.IsZero() {
			return nil, Errorf(Invalid, "effect %d has an interval, but there is no window", k).WithHint("give a window")
		}
		k++
	}
	a := &Assessment{options: o, base: s}
	a.moment = a.solve(patched, &sc, o.World)
	return a, nil
}

// solve solves one instant in a world.
func (a *Assessment) solve(patched *Snapshot, sc *Scenario, w World) *moment {
	o := &a.options
	x := setting{scenario: sc, effects: sc.Effects, context: sc.Context, budget: o.Budget, after: patched.read(w, o.Now, o.Now)}
	x.before = x.after
	if patched != a.base {
		x.before = a.base.read(w, o.Now, o.Now)
	}
	return x.solve()
}

// in is the instant in a world.
func (a *Assessment) in(w World) *moment {
	return a.inWorld[w].get(func() *moment { return a.solve(a.s, a.scenario, w) })
}

// delayed is the instant with all that follows from it: what grace puts off is there.
func (a *Assessment) delayed() *sweep {
	return a.delays.get(func() *sweep {
		from := a.options.Now.UnixMicro()
		w := &sweep{before: a.base, after: a.s, scenario: a.scenario, window: span{from, forever}, now: a.options.Now, frozen: true}
		for _, e := range a.scenario.Effects {
			w.effects = append(w.effects, timedEffect{e, span{from, forever}})
		}
		for _, e := range a.scenario.Context {
			w.context = append(w.context, timedEffect{e, span{from, forever}})
		}
		w.run(0)
		return w
	})
}

func (c *Counts) add(s State) {
	switch s {
	case Down:
		c.Down++
	case Degraded:
		c.Degraded++
	case AtRisk:
		c.AtRisk++
	}
}

// rows are those that rose, the nearest first.
func (a *Assessment) rows() []row {
	if a.window == nil {
		return a.moment.rows()
	}
	return a.windowRows.get(a.window.findRows)
}

// fromTo are the states of a node in baseline and scenario: of a window, at the
// earliest instant of its worst.
func (a *Assessment) fromTo(i uint32) (from, to State) {
	if a.window == nil {
		return a.states.get(i)
	}
	if p, ok := a.window.peak(i); ok && p.to > Operational {
		return p.from, p.to
	}
	a.window.walk(i, false, func(_ int, _, _ int64, b, _ State) { from = max(from, b) })
	return from, from
}

func (a *Assessment) impacted(i uint32, distance int) Impacted {
	from, to := a.fromTo(i)
	return Impacted{CI: a.s.idOf(i), From: from, To: to, Distance: distance}
}

// Snapshot is the graph that was assessed: with the scenario's patch, if any.
func (a *Assessment) Snapshot() *Snapshot { return a.s }

// Complete says whether the budget sufficed. Where it did not, every state is a
// lower bound: what is listed did rise, at least that far.
func (a *Assessment) Complete() bool {
	if a.window != nil {
		return a.window.complete
	}
	return a.complete
}

// EvaluatedNodes is how many CIs were taken up, once for each state passed on.
func (a *Assessment) EvaluatedNodes() int {
	if a.window != nil {
		return a.window.nodes
	}
	return a.nodes
}

// EvaluatedRelations is how many relations were followed.
func (a *Assessment) EvaluatedRelations() int {
	if a.window != nil {
		return a.window.words
	}
	return a.relations
}

// Counts are how many CIs rose, by the state they rose to.
func (a *Assessment) Counts() Counts {
	if a.window != nil {
		return a.window.counts
	}
	return a.counts
}

// CountsOf are the Counts of the classes that keep keeps; it is asked once a class.
func (a *Assessment) CountsOf(keep func(class string) bool) (c Counts) {
	kept := a.s.ofClasses(keep)
	if a.window != nil {
		for i, p := range a.window.rose() {
			if kept(i) {
				c.add(p.to)
			}
		}
		return c
	}
	for to := AtRisk; to <= Down; to++ {
		for _, i := range a.risen[a.rose[to-1]:a.rose[to]] {
			if kept(i) {
				c.add(to)
			}
		}
	}
	return c
}

// States are the states of one CI in baseline and scenario; over a window, at the
// earliest instant of its worst.
func (a *Assessment) States(id ID) (baseline, scenario State) {
	i, ok := a.s.at(id)
	if !ok {
		return Operational, Operational
	}
	return a.fromTo(i)
}

// In is the state of one CI in a world, with the scenario; over a window, at the
// earliest instant of its worst in headline.
func (a *Assessment) In(w World, id ID) State {
	i, ok := a.s.at(id)
	if !ok {
		return Operational
	}
	if w == a.options.World {
		_, to := a.fromTo(i)
		return to
	}
	if a.window == nil {
		return a.in(w).scenarioState(i)
	}
	seg := a.window.worst
	if p, ok := a.window.peak(i); ok && p.to > Operational {
		seg = int(p.seg)
	}
	over := a.over(w)
	if !over.told(i) {
		over = a.overAll(w)
	}
	return over.stateAt(i, max(a.window.starts[seg], a.window.window.from))
}

// CountsIn are the Counts in a world.
func (a *Assessment) CountsIn(w World) Counts {
	switch {
	case w == a.options.World:
		return a.Counts()
	case a.window == nil:
		return a.in(w).counts
	}
	return a.over(w).counts
}

// PossibleOnly are the CIs that rise only where all that is recorded counts: the
// worst first, then by ref. Distances are not told.
func (a *Assessment) PossibleOnly() []Impacted {
	var out []Impacted
	add := func(i uint32, from, to State) {
		if before, now := a.fromTo(i); now <= before && to > from {
			out = append(out, Impacted{CI: a.s.idOf(i), From: from, To: to})
		}
	}
	if a.window == nil {
		m := a.in(Possible)
		for _, i := range m.risen {
			from, to := m.states.get(i)
			add(i, from, to)
		}
	} else {
		for i, p := range a.over(Possible).rose() {
			add(i, p.from, p.to)
		}
	}
	slices.SortFunc(out, func(x, y Impacted) int {
		return cmp.Or(cmp.Compare(y.To, x.To), a.s.Ref(x.CI).Compare(a.s.Ref(y.CI)))
	})
	return out
}

// Why says why a CI rose: nil where it did not.
func (a *Assessment) Why(id ID) *Proof {
	i, ok := a.s.at(id)
	if !ok {
		return nil
	}
	return a.momentAt(a.worstOf(i)).why(id)
}

// WhyNot says what keeps a CI from rising: nil where it rose, or does not exist.
// Over a window it is asked at its worst instant.
func (a *Assessment) WhyNot(id ID) *Slack {
	if i, ok := a.s.at(id); ok {
		if from, to := a.fromTo(i); to > from {
			return nil
		}
	}
	return a.worst().whyNot(id)
}

// Impacted is every CI that rose: the worst first, then by distance, then by ref.
// The caller must not change it.
func (a *Assessment) Impacted() []Impacted {
	return a.sorted.get(func() []Impacted { return a.Ranked().Span(0, a.Ranked().Len()) })
}

// Risen is every CI that rose, in no order and without its distance: it costs less than
// Impacted.
func (a *Assessment) Risen() iter.Seq[Impacted] {
	return func(yield func(Impacted) bool) {
		if a.window == nil {
			for _, i := range a.risen {
				if !yield(a.impacted(i, 0)) {
					return
				}
			}
			return
		}
		for i, p := range a.window.rose() {
			if !yield(Impacted{CI: a.s.idOf(i), From: p.from, To: p.to}) {
				return
			}
		}
	}
}

// Reached are the CIs that depend on the effects and on what the patch changes,
// whatever the redundancy, and these CIs themselves; in no order.
func (a *Assessment) Reached() []ID { return a.s.idsOf(a.reached()) }

// AlreadyAffected is what the effects reach and was not OPERATIONAL before, and
// is no worse now: it is not blamed on the scenario. Worst first, then by ref.
func (a *Assessment) AlreadyAffected() []Impacted { return a.already.get(a.findAlready) }

func (a *Assessment) findAlready() []Impacted {
	var nodes []uint32
	for _, i := range a.reached() {
		if from, to := a.fromTo(i); from > Operational && to <= from {
			nodes = append(nodes, i)
		}
	}
	slices.SortFunc(nodes, func(p, q uint32) int {
		x, _ := a.fromTo(p)
		y, _ := a.fromTo(q)
		return cmp.Or(-cmp.Compare(x, y), a.s.compareRefs(p, q))
	})
	out := make([]Impacted, len(nodes))
	for k, i := range nodes {
		out[k] = a.impacted(i, 0)
	}
	return out
}
