package change

import (
	"time"

	"github.com/teambition/rrule-go"

	"github.com/faultline-itsm/faultline/graph"
)

// maxOccurrences bounds how often a window recurs within the time that is looked at.
const maxOccurrences = 5000

func (w *Window) location() (*time.Location, error) {
	if w.Zone == "" {
		return time.UTC, nil
	}
	return time.LoadLocation(w.Zone)
}

func (w *Window) rule() (*rrule.RRule, error) {
	o, err := rrule.StrToROption(w.Rule)
	if err != nil {
		return nil, err
	}
	loc, err := w.location()
	if err != nil {
		return nil, err
	}
	o.Dtstart = w.Start.In(loc)
	return rrule.NewRRule(*o)
}

// Occurrences are the times of the window that overlap an interval, in order. Local time
// rules: a window at 02:30 is at 02:30 by the clock on the wall; in the night in which
// 02:30 does not come, an hour later; in the night in which it comes twice, at the first.
func (w *Window) Occurrences(from, until time.Time) []graph.Window {
	if w.Rule == "" {
		if o, ok := overlap(w.Start, w.Start.Add(w.Length), from, until); ok && !o.From.Equal(o.Until) {
			return []graph.Window{{From: w.Start, Until: w.Start.Add(w.Length)}}
		}
		return nil
	}
	r, err := w.rule()
	if err != nil {
		return nil // Check refused it when it was written
	}
	var out []graph.Window
	next := r.Iterator()
	for at, ok := next(); ok && at.Before(until) && len(out) < maxOccurrences; at, ok = next() {
		at = firstOf(at)
		if end := at.Add(w.Length); end.After(from) {
			out = append(out, graph.Window{From: at.UTC(), Until: end.UTC()})
		}
	}
	return out
}

// firstOf is the first of two instants at which the clock on the wall shows the same:
// which of them time.Date gives is not laid down.
func firstOf(at time.Time) time.Time {
	for _, by := range []time.Duration{30 * time.Minute, time.Hour, 2 * time.Hour} {
		if before := at.Add(-by); wall(before) == wall(at) {
			return before
		}
	}
	return at
}
