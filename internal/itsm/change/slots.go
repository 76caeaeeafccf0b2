package change

import (
	"slices"
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// Horizon is how far ahead slots are looked for.
const Horizon = 90 * 24 * time.Hour

// maxCandidates bounds how many beginnings are tried, maxSlots how many are told.
const (
	maxCandidates = 2000
	maxSlots      = 5
)

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

// blocking are the conflicts that a slot must not have.
var blocking = []string{BlackoutConflict, OutsideMaintenance, SameCI, RedundancyInteraction, CapacityConflict, Assignee}

// Slots finds the earliest beginnings, from earliest on, at which the change, as long as
// it is and with its effects as they lie in it, causes none of the blocking conflicts
// (itsm.md, "Slots"). Each is assessed as assessChange would; about is asked for what is
// known of the CIs. It tries the earliest time, and the ends and beginnings of what
// blocks: between these nothing changes for the better.
func Slots(c Context, earliest time.Time, about func([]graph.ID) (map[graph.ID]About, error)) (*Search, error) {
	length := c.Change.Until.Sub(c.Change.From)
	end := earliest.Add(Horizon)
	out := &Search{Slots: []Slot{}, Blocked: []Stretch{}}
	todo := []time.Time{earliest}
	tried := map[int64]bool{}
	known := map[graph.ID]About{}
	lead := c.Change.lead()
	add := func(t time.Time) {
		// so that the change begins there, or its first effect does
		for _, at := range []time.Time{t, t.Add(-lead)} {
			if !at.Before(earliest) && at.Before(end) && !tried[at.UnixMicro()] {
				k, found := slices.BinarySearchFunc(todo, at, time.Time.Compare)
				if !found {
					todo = slices.Insert(todo, k, at)
				}
			}
		}
	}
	for _, w := range c.Windows {
		if !w.Blackout {
			for _, o := range w.Occurrences(earliest, end) {
				add(o.From)
			}
		}
	}
	for n := 0; len(todo) > 0 && len(out.Slots) < maxSlots; n++ {
		if n == maxCandidates {
			return out, nil
		}
		at := todo[0]
		todo = todo[1:]
		tried[at.UnixMicro()] = true
		if k := len(out.Slots) - 1; k >= 0 && at.Before(out.Slots[k].Until) {
			continue // it is told already that this time is free
		}
		moved := c
		moved.Change = c.Change.shifted(at.Sub(c.Change.From))
		x, err := Solve(moved)
		if err != nil {
			return nil, err
		}
		var unknown []graph.ID
		for _, id := range x.Wants() {
			if _, ok := known[id]; !ok {
				unknown = append(unknown, id)
			}
		}
		if len(unknown) > 0 {
			more, err := about(unknown)
			if err != nil {
				return nil, err
			}
			for _, id := range unknown {
				known[id] = more[id]
			}
		}
		var worst *Conflict
		for _, conflict := range x.conflicts(known) {
			if !slices.Contains(blocking, conflict.Kind) {
				continue
			}
			if worst == nil {
				worst = &conflict
			}
			x.ends(conflict, add)
		}
		if worst == nil {
			out.Slots = append(out.Slots, Slot{at, at.Add(length)})
			if next := at.Add(length); next.Before(end) {
				add(next)
			}
			continue
		}
		if len(out.Slots) == 0 {
			if k := len(out.Blocked) - 1; k >= 0 && out.Blocked[k].Kind == worst.Kind && out.Blocked[k].Text == worst.Text {
				continue // the same goes on
			}
			if k := len(out.Blocked) - 1; k >= 0 {
				out.Blocked[k].Until = at
			}
			out.Blocked = append(out.Blocked, Stretch{From: at, Until: end, Kind: worst.Kind, Text: worst.Text})
		}
	}
	if k := len(out.Blocked) - 1; k >= 0 && len(out.Slots) > 0 {
		out.Blocked[k].Until = out.Slots[0].From
	}
	out.Complete = true
	return out, nil
}

// lead is how long after the change's beginning its first effect begins.
func (c *Change) lead() time.Duration {
	var least time.Duration
	for k, e := range c.Effects() {
		if d := e.From.Sub(c.From); k == 0 || d < least {
			least = d
		}
	}
	return least
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

// ends are the instants at which what a conflict stands on is over: the other changes'
// effects, and the freeze's occurrence.
func (x *Solved) ends(c Conflict, add func(time.Time)) {
	if c.Kind == CapacityConflict {
		add(x.window.Until) // demand changes by itself
	}
	for _, o := range x.Others {
		if !slices.Contains(c.Changes, o.Number) {
			continue
		}
		add(o.Until)
		for _, e := range o.Effects() {
			if !e.Until.IsZero() {
				add(e.Until)
			}
		}
	}
	for _, w := range x.Windows {
		if c.Window == nil || w.Number != *c.Window || !w.Blackout {
			continue
		}
		for _, o := range w.Occurrences(x.window.From, x.window.Until) {
			add(o.Until)
		}
	}
}
