package change

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// What two changes take together because of what one of them, or both, leave behind. What
// they take in the same time by what they do to CIs, joint says.

// side is what one of two changes does in a time: its effects, and its patch where it is
// over by then.
type side struct {
	effects []graph.OwnEffect
	patch   []graph.Change
}

func (o *Other) in(w graph.Window) side {
	s := side{effects: slices.Collect(o.within(w))}
	if !o.Until.After(w.From) {
		s.patch = o.Patch
	}
	return s
}

func (o *Other) leaves() bool { return len(o.Patch) > 0 || len(removals(o.Change)) > 0 }

// merged are services that this change and another one leave worse together, for good:
// two that each retire a leg, say. Of patches that contradict each other that is not
// asked; of two that are about one relation or group, it is not known.
func (x *Solved) merged(o Other) []Conflict {
	if me := x.itself(); !me.leaves() || !o.leaves() {
		return nil
	}
	at := graph.Window{From: x.Change.Until}
	if o.Until.After(at.From) {
		at.From = o.Until
	}
	return x.jointly(o, at, "what it and "+o.Number+" leave behind takes %s %s for good; neither of them does alone")
}

// followed are services that the later one of two changes takes because of what the
// earlier one has left behind by then.
func (x *Solved) followed(o Other) []Conflict {
	me := x.itself()
	switch {
	case o.leaves() && o.Until.Before(x.Change.Until):
		return x.jointly(o, graph.Window{From: o.Until, Until: x.Change.Until}, "after what "+o.Number+" leaves behind it takes %s %s; neither of them does alone")
	case me.leaves() && x.Change.Until.Before(o.Until):
		return x.jointly(o, graph.Window{From: x.Change.Until, Until: o.Until}, "after what it leaves behind "+o.Number+" takes %s %s; neither of them does alone")
	}
	return nil
}

func (x *Solved) itself() *Other { return &Other{Change: x.Change, Patch: x.Patch} }

// jointly are services that this change and another one take in a time, and neither of
// them alone.
func (x *Solved) jointly(o Other, w graph.Window, text string) (out []Conflict) {
	mine, theirs := x.itself().in(w), o.in(w)
	if slices.Contains(x.apart, o.Number) || !slices.ContainsFunc(theirs.touched(), x.near().Has) {
		return nil // it is not known already; or neither makes a difference to what the other does
	}
	p := &pair{x: x, w: w, on: x.without(o, w.From), held: BothExclude(x.Change.Excluded(x.Now), o.Excluded(x.Now))} // alone as together
	alone := []func() *graph.Assessment{func() *graph.Assessment { return p.itself(mine) }, func() *graph.Assessment { return p.solve(theirs) }}
	var both *graph.Assessment
	on, raw := newBase(x.Snapshot, p.on.patch), theirs.patch
	var ok, also bool
	mine.patch, ok = on.rebase(mine.patch)
	theirs.patch, also = on.rebase(raw)
	on.add(mine.patch)
	more, fits := on.rebase(raw)
	switch ok = ok && also && fits; {
	case ok && !x.Change.Until.After(w.From) && o.Until.After(w.From) && x.followers < maxFollowers: // this one is over, and the other is not
		x.followers++
		both, alone = p.upon(mine, theirs), []func() *graph.Assessment{func() *graph.Assessment { return p.onItsOwn(theirs) }}
	case ok && x.pairs < maxOthers:
		x.pairs++
		both = p.solve(side{slices.Concat(mine.effects, theirs.effects), slices.Concat(mine.patch, more)})
	}
	if both != nil {
		out = p.conflicts(o.Number, text, both, alone)
	}
	if both == nil || p.failed != nil {
		x.apart = append(x.apart, o.Number)
		return nil
	}
	return out
}

// maxFollowers bounds the changes of which it is asked what they do on what this one
// leaves behind.
const maxFollowers = 500

// pair is this change and another one in a time.
type pair struct {
	x      *Solved
	w      graph.Window
	on     *foreseen // the graph by when it begins, without what the two leave behind
	held   []graph.ID
	failed error
}

// without is the graph by a time with the patches that are applied by then, but for another
// change's.
func (x *Solved) without(o Other, at time.Time) *foreseen {
	return x.foresee(at, slices.DeleteFunc(slices.Clone(x.due), func(d *Other) bool { return d.Number == o.Number }))
}

// conflicts are the services that are worse in one answer than in each of some others,
// which are solved once something is worse than in those before.
func (p *pair) conflicts(other, text string, both *graph.Assessment, alone []func() *graph.Assessment) (out []Conflict) {
	x := p.x
	var solved []*graph.Assessment
	for i := range both.Risen() { // in no order: conflicts are put into theirs
		if i.To < graph.Degraded || !p.on.Has(i.CI) || !x.Services(p.on.Ref(i.CI).Class) {
			continue
		}
		at, state := worsens(i.CI, both, solved...)
		for len(solved) < len(alone) && state >= graph.Degraded {
			a := alone[len(solved)]()
			if p.failed != nil {
				return nil
			}
			solved = append(solved, a)
			at, state = worsens(i.CI, both, solved...)
		}
		if state < graph.Degraded {
			continue
		}
		n := x.named(p.on.Snapshot, i.CI)
		c := Conflict{Kind: RedundancyInteraction, CI: &n, State: &state, From: when(at.From), Until: when(at.Until), Changes: []string{other}, Text: fmt.Sprintf(text, n.Ref, state)}
		if why := both.Why(i.CI); why != nil {
			for _, j := range slices.Backward(why.Rises) {
				if j.Requirement != nil && !j.Baseline {
					c.breaks(both.Snapshot(), &j.Requirement.Requirement)
					break
				}
			}
		}
		out = append(out, c)
	}
	return out
}

func (p *pair) assess(s *graph.Snapshot, sc graph.Scenario, focus *graph.Focus) *graph.Assessment {
	sc.Excluded = p.held
	a, err := graph.Assess(s, sc, graph.Options{Now: p.x.Now, Window: &p.w, Focus: focus})
	p.failed = cmp.Or(p.failed, err)
	return a
}

// solve is what a side does, of the open outages alone.
func (p *pair) solve(s side) *graph.Assessment {
	return p.assess(p.on.Snapshot, graph.Scenario{Effects: s.effects, Context: p.x.openIn(p.w), Patch: s.patch}, nil)
}

// itself is what this change does. It is the same for whoever it is compared with, where
// neither says that it does not touch something, and no patch is applied by then.
func (p *pair) itself(mine side) *graph.Assessment {
	same := len(p.held)+len(p.on.by) == 0
	if a := p.x.solo[p.w]; a != nil && same {
		return a
	}
	a := p.solve(mine)
	if same {
		if p.x.solo == nil {
			p.x.solo = map[graph.Window]*graph.Assessment{}
		}
		p.x.solo[p.w] = a
	}
	return a
}

// onItsOwn is what another change without a patch does.
func (p *pair) onItsOwn(theirs side) *graph.Assessment {
	open := p.x.openIn(p.w)
	return p.assess(p.on.Snapshot, graph.Scenario{Effects: theirs.effects, Context: open}, p.on.Focus(p.x.Now, theirs.effects, open))
}

// upon is what another change without a patch does on what this one leaves behind, which is
// its baseline: only what it makes worse is looked at.
func (p *pair) upon(mine, theirs side) *graph.Assessment {
	s := p.x.patched
	if s == nil || len(p.on.by) > 0 {
		if s, p.failed = p.on.Apply(mine.patch, p.on.Head()); p.failed != nil {
			return nil
		}
		if len(p.on.by) == 0 {
			p.x.patched = s
		}
	}
	context := append(p.x.openIn(p.w), removals(p.x.Change)...)
	return p.assess(s, graph.Scenario{Effects: theirs.effects, Context: context}, s.Focus(p.x.Now, theirs.effects, context))
}

// worsens is how far a CI is worse in one answer than in each of some others about the same
// time, and when that is so for the first time; OPERATIONAL where it never is.
func worsens(id graph.ID, both *graph.Assessment, alone ...*graph.Assessment) (at graph.Window, state graph.State) {
	for _, p := range both.Timeline(id) {
		if p.Scenario <= p.Baseline {
			continue
		}
		parts := []graph.Interval{p}
		for _, a := range alone {
			if line := a.Timeline(id); line != nil { // else it is as if nothing were done
				parts = worse(parts, line)
			}
		}
		for _, w := range parts {
			switch {
			case w.Scenario > state:
				at, state = graph.Window{From: w.From, Until: w.Until}, w.Scenario
			case w.Scenario == state && w.From.Equal(at.Until):
				at.Until = w.Until
			}
		}
	}
	return at, state
}

// worse are the parts of intervals in which their state is worse than another timeline's.
func worse(of, than []graph.Interval) (out []graph.Interval) {
	for _, p := range of {
		for _, q := range than {
			if w, ok := overlap(p.From, p.Until, q.From, q.Until); ok && p.Scenario > q.Scenario {
				part := p
				part.From, part.Until = w.From, w.Until
				out = append(out, part)
			}
		}
	}
	return out
}

// breaks says which requirement gives way.
func (c *Conflict) breaks(s *graph.Snapshot, q *graph.Requirement) {
	c.Requirement = opt(q.Name)
	c.Text += fmt.Sprintf(": %q of %s breaks", q.Name, s.Ref(q.Consumer))
}

// near is what an answer about the change can depend on, at any time.
func (x *Solved) near() graph.IDSet {
	if x.around == nil {
		set, _ := x.Around(x.about())
		x.around = &set
	}
	return *x.around
}

// about are the nodes that the change is about.
func (c *Context) about() []graph.ID {
	return append(side{c.Change.Effects(), c.Patch}.touched(), c.Change.Needs...)
}

// touched are the nodes that effects and a patch are about.
func (s side) touched() (ids []graph.ID) {
	for _, e := range s.effects {
		ids = append(ids, e.CI)
	}
	for k := range s.patch {
		ids = append(ids, s.patch[k].Nodes()...)
	}
	return ids
}

// atAnyTime is a collision of what the change leaves behind, whenever it is made; nil:
// there is none, as far as that is known.
func atAnyTime(c Context) (found *Conflict, known bool, err error) {
	if !c.Change.Lasts() {
		return nil, true, nil
	}
	x, err := Solve(c)
	if err != nil {
		return nil, false, err
	}
	for _, o := range x.Others {
		if len(x.patchConflicts(o)) > 0 {
			continue // which is no matter of time, and blocks no slot
		}
		if found := x.merged(o); len(found) > 0 {
			slices.SortFunc(found, compareConflicts)
			return &found[0], true, nil
		}
	}
	return nil, len(x.apart)+len(x.unforeseen()) == 0, nil
}

// removals are the effects of a change that have no end.
func removals(c *Change) (out []graph.OwnEffect) {
	for e := range c.effects() {
		if e.Kind == graph.Remove {
			out = append(out, e)
		}
	}
	return out
}

// openIn are the outages within a time.
func (x *Solved) openIn(w graph.Window) []graph.OwnEffect {
	return x.within(w, func(*Other) bool { return false })
}
