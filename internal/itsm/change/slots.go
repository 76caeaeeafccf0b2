package change

import (
	"fmt"
	"slices"
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// Horizon is how far ahead slots are looked for.
const Horizon = 90 * 24 * time.Hour

// How much is looked for: beginnings that are tried, slots that are told, and offsets of
// effects in the change that are lined up with what blocks it.
const (
	maxCandidates = 2000
	maxSlots      = 5
	maxOffsets    = 50
)

// gap is what is left between two changes where one may not follow the other at once.
const gap = time.Minute

// Slot is a time at which a change collides with nothing that blocks.
type Slot struct{ From, Until time.Time }

// Stretch is a stretch of time in which the change cannot begin, and why.
type Stretch struct {
	From, Until time.Time // beginnings, half-open
	Kind        string
	Text        string
}

// Search is what was found between now and the horizon.
type Search struct {
	Slots    []Slot
	Blocked  []Stretch // up to the first slot, or to the horizon where there is none
	Complete bool      // the whole time was looked at, or enough slots were found
}

// Slots finds the earliest beginnings, from earliest on, at which the change, as long as
// it is and with its effects as they lie in it, causes none of the blocking conflicts
// (itsm.md, "Slots"). Each is assessed as assessChange would; about is asked for what is
// known of the CIs. From a beginning that is blocked it goes on to where what blocks it
// may be over: before that nothing changes for the better, but that another change may
// have taken by then what this one is not to take.
func Slots(c Context, earliest time.Time, about func([]graph.ID) (map[graph.ID]About, error)) (*Search, error) {
	s := &search{Context: c, earliest: earliest, end: earliest.Add(Horizon), about: about, known: map[graph.ID]About{}, opens: map[string][]graph.Window{}}
	s.out = &Search{Slots: []Slot{}, Blocked: []Stretch{}}
	always, known, err := atAnyTime(c)
	if err != nil {
		return nil, err
	}
	s.cut = !known
	if always != nil {
		s.out.Blocked, s.out.Complete = []Stretch{{s.earliest, s.end, always.Kind, always.Text}}, true
		return s.out, nil
	}
	s.offsets = c.Change.offsets()
	s.try(earliest)
	for n := 0; len(s.todo) > 0 && len(s.out.Slots) < maxSlots; n++ {
		at := s.todo[0]
		if n == maxCandidates {
			s.told(at)
			return s.out, nil
		}
		s.decided(at.Add(time.Microsecond))
		x, found, err := s.collisions(at)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			s.free(at)
		} else {
			s.blocked(x, at, found)
		}
	}
	s.out.Complete = !s.cut
	return s.out, nil
}

// search is a search for slots under way.
type search struct {
	Context
	earliest, end time.Time
	about         func([]graph.ID) (map[graph.ID]About, error)
	known         map[graph.ID]About
	next          time.Time                 // all earlier beginnings are decided
	todo          []time.Time               // beginnings to try, in order
	offsets       []time.Duration           // at which something begins or ends in the change
	opens         map[string][]graph.Window // occurrences of maintenance windows, by number
	cut           bool                      // something was not looked at
	out           *Search
}

// try puts a beginning among those to try.
func (s *search) try(at time.Time) {
	if at.Before(s.earliest) || at.Before(s.next) || !at.Before(s.end) {
		return
	}
	if k, found := slices.BinarySearchFunc(s.todo, at, time.Time.Compare); !found {
		s.todo = slices.Insert(s.todo, k, at)
	}
}

// decided says that all beginnings before a time are: they need not be tried.
func (s *search) decided(before time.Time) {
	s.next = before
	k, _ := slices.BinarySearchFunc(s.todo, before, time.Time.Compare)
	s.todo = s.todo[k:]
}

// collisions are those of the change when it begins at a time.
func (s *search) collisions(at time.Time) (*Solved, []Conflict, error) {
	moved := s.Context
	moved.Change = s.Change.shifted(at.Sub(s.Change.From))
	x, err := solveWindow(moved) // what it and others leave behind for good is asked before
	if err != nil {
		return nil, nil, err
	}
	var unknown []graph.ID
	for _, id := range x.Wants() {
		if _, ok := s.known[id]; !ok {
			unknown = append(unknown, id)
		}
	}
	if len(unknown) > 0 {
		more, err := s.about(unknown)
		if err != nil {
			return nil, nil, err
		}
		for _, id := range unknown {
			s.known[id] = more[id]
		}
	}
	found := x.collisions(s.known)
	slices.SortStableFunc(found, compareConflicts)
	switch not := x.unforeseen(); {
	case len(found) > 0:
	case x.cut > 0:
		s.cut = true
		found = []Conflict{x.uncompared()}
	case len(x.apart) > 0:
		s.cut = true
		found = []Conflict{{Kind: RedundancyInteraction, Changes: x.apart, Text: "it is not known what it and " + someOf(x.apart) + " leave behind"}}
	case len(not) > 0:
		s.cut = true // what is not known then is so at any later time, too
	}
	return x, found, nil
}

// uncompared says that more changes overlap than are compared, so that nothing is known:
// at least until so many of them have ended.
func (x *Solved) uncompared() Conflict {
	var ends []time.Time
	for k := range x.Others {
		if effects := x.meeting(&x.Others[k]); len(effects) > 0 {
			last := slices.MaxFunc(effects, func(a, b graph.OwnEffect) int { return compareEnds(a.Until, b.Until) })
			ends = append(ends, last.Until)
		}
	}
	slices.SortFunc(ends, compareEnds)
	return Conflict{Kind: RedundancyInteraction, Changes: []string{}, Text: x.notCompared(),
		clash: &clash{mine: x.window, theirs: graph.Window{Until: ends[x.cut-1]}, firm: true}}
}

func (x *Solved) notCompared() string {
	return fmt.Sprintf("%d more overlapping changes were not compared: at most %d are", x.cut, maxOthers)
}

// meeting are another change's effects in the window; none where none of them can make
// a difference.
func (x *Solved) meeting(o *Other) []graph.OwnEffect {
	effects := slices.Collect(o.within(x.window))
	if slices.ContainsFunc(effects, func(e graph.OwnEffect) bool { return x.focus.Meets(graph.Headline, e.CI) }) {
		return effects
	}
	return nil
}

// compareEnds puts ends in order; none is the last.
func compareEnds(a, b time.Time) int {
	if a.IsZero() || b.IsZero() {
		return -compareTimes(when(a), when(b))
	}
	return a.Compare(b)
}

// free tells a slot, and goes on where it ends.
func (s *search) free(at time.Time) {
	end := at.Add(s.Change.Until.Sub(s.Change.From))
	s.told(at)
	s.out.Slots = append(s.out.Slots, Slot{at, end})
	s.decided(end)
	s.try(end)
}

// told says until when the last stretch that is told reaches, before the first slot.
func (s *search) told(until time.Time) {
	if k := len(s.out.Blocked) - 1; k >= 0 && len(s.out.Slots) == 0 {
		s.out.Blocked[k].Until = until
	}
}

// blocked tells what collides with the change when it begins at a time, the one that
// lasts longest, and goes on to where it may be over.
func (s *search) blocked(x *Solved, at time.Time, found []Conflict) {
	worst, until := found[0], at
	for _, c := range found {
		if over := s.over(at, c.clash); over.After(until) {
			worst, until = c, over
		}
	}
	if until.After(at) {
		s.decided(until)
		s.try(until)
	}
	for _, c := range found {
		if c.clash == nil || !c.clash.firm {
			s.lineUp(x, at, c)
		}
	}
	k := len(s.out.Blocked) - 1
	if len(s.out.Slots) > 0 || k >= 0 && s.out.Blocked[k].Kind == worst.Kind && s.out.Blocked[k].Text == worst.Text {
		return // the same goes on
	}
	s.told(at)
	s.out.Blocked = append(s.out.Blocked, Stretch{From: at, Until: s.end, Kind: worst.Kind, Text: worst.Text})
}

// clash is what collides with what, whole: not only what they have in common.
type clash struct {
	mine, theirs graph.Window
	// firm says that they collide until mine begins where theirs ends, whatever else
	// changes meanwhile.
	firm   bool
	inside []*Window // mine collides until it lies in one of these
}

// over is the earliest beginning at which a collision may be over; zero: nobody knows.
func (s *search) over(at time.Time, c *clash) time.Time {
	if c == nil || !c.firm {
		return time.Time{}
	}
	begin := c.theirs.Until
	if len(c.inside) > 0 {
		begin = s.opening(c)
	}
	if begin.IsZero() {
		return s.end
	}
	return at.Add(begin.Sub(c.mine.From))
}

// opening is the first beginning, of the windows in which it must lie, that leaves
// enough time; zero: there is none.
func (s *search) opening(c *clash) (first time.Time) {
	for _, w := range c.inside {
		for _, o := range s.occurrences(w) {
			if !o.From.After(c.mine.From) || o.Until.Sub(o.From) < c.mine.Until.Sub(c.mine.From) {
				continue
			}
			if first.IsZero() || o.From.Before(first) {
				first = o.From
			}
			break
		}
	}
	return first
}

// occurrences are those of a window in all of the time that is looked at.
func (s *search) occurrences(w *Window) []graph.Window {
	all, known := s.opens[w.Number]
	if !known {
		all = w.Occurrences(s.earliest, s.end.Add(s.Change.Until.Sub(s.Change.From)))
		s.opens[w.Number] = all
	}
	return all
}

// lineUp puts among the beginnings to try those at which something that the change does
// begins, or ends, as what it collides with does.
func (s *search) lineUp(x *Solved, at time.Time, c Conflict) {
	if c.Kind == CapacityConflict {
		s.try(x.window.Until) // demand changes by itself
	}
	offsets := s.offsets
	if len(offsets) > maxOffsets {
		offsets, s.cut = offsets[:maxOffsets], true
	}
	for _, bound := range x.bounds(c) {
		if bound.IsZero() {
			continue
		}
		for _, d := range offsets {
			s.try(bound.Add(-d))
			ends := c.clash != nil && !c.clash.firm && bound.Equal(c.clash.theirs.Until) // what they take together, which may end as this change does
			if c.Kind == RedundancyInteraction && !ends {                                // with no gap between them both use up one grace
				s.try(bound.Add(gap - d))
			}
		}
		if c.clash != nil { // what is taken begins later than the effect: grace has to pass
			s.try(at.Add(bound.Sub(c.clash.mine.From)))
		}
	}
}

// bounds are the instants at which what a conflict stands on may be over, or be no news
// any more: the bounds of the other changes' effects and of outages, and the end of the
// freeze's occurrence.
func (x *Solved) bounds(c Conflict) (out []time.Time) {
	for _, e := range x.Outages {
		out = append(out, e.From, e.Until)
	}
	if c.clash != nil {
		out = append(out, c.clash.theirs.Until)
	}
	for _, o := range x.due {
		out = append(out, o.Until) // from when on the graph is another one
	}
	for k := range x.Others {
		o := &x.Others[k]
		if !slices.Contains(c.Changes, o.Number) && (c.Kind != CapacityConflict || !o.scheduled() || !o.Acts(x.window)) {
			continue
		}
		out = append(out, o.Until)
		for e := range o.effects() {
			out = append(out, e.From, e.Until)
		}
	}
	return out
}

// offsets are how long after the change's beginning it and its effects begin and end,
// each once, in order.
func (c *Change) offsets() []time.Duration {
	out := []time.Duration{0}
	for e := range c.effects() {
		out = append(out, e.From.Sub(c.From))
		if !e.Until.IsZero() {
			out = append(out, e.Until.Sub(c.From))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// shifted is the change at another time.
func (c *Change) shifted(by time.Duration) *Change {
	out := *c
	out.From, out.Until = c.From.Add(by), c.Until.Add(by)
	out.Affected = slices.Clone(c.Affected)
	for k := range out.Affected {
		a := &out.Affected[k]
		if !a.From.IsZero() {
			a.From = a.From.Add(by)
		}
		if !a.Until.IsZero() {
			a.Until = a.Until.Add(by)
		}
	}
	return &out
}
