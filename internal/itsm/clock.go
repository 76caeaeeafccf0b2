package itsm

import (
	"slices"
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// Clock measures how long records are in some states: the time to decide, to
// resolve.
type Clock struct {
	Name   string
	Runs   []string // it runs in these states
	Target time.Duration
}

// Reading is what a clock shows.
type Reading struct {
	Elapsed time.Duration
	Running bool
	Due     time.Time // where it is running and has a target: when that is reached if nothing pauses it
	Missed  bool
}

// The attributes by which a record keeps how long it was in which state: the ledger knows,
// too, but has to be read from the record's first entry on.
const (
	stateSince = "state_since"
	inStates   = "in_states" // seconds by state, without the one that it is in
)

// Read is what the clock shows of a record at an instant.
func (c Clock) Read(r *Record, now time.Time) Reading {
	var out Reading
	spent := r.spent()
	for _, state := range c.Runs {
		out.Elapsed += spent[state]
	}
	if out.Running = slices.Contains(c.Runs, r.State()); out.Running {
		out.Elapsed += r.here(now)
	}
	if c.Target > 0 {
		out.Missed = out.Elapsed > c.Target
		if out.Running && !out.Missed {
			out.Due = now.Add(c.Target - out.Elapsed)
		}
	}
	return out
}

// spent is how long the record was in which state before the one that it is in.
func (r *Record) spent() map[string]time.Duration {
	var seconds map[string]float64
	r.Values[inStates].Document(&seconds)
	out := map[string]time.Duration{}
	for state, s := range seconds {
		out[state] = time.Duration(s * float64(time.Second))
	}
	return out
}

// here is how long it is in the state that it is in; nothing where nobody knows, or the
// clock was set back.
func (r *Record) here(now time.Time) time.Duration {
	if since := r.Time(stateSince); !since.IsZero() && now.After(since) {
		return now.Sub(since)
	}
	return 0
}

// entered says of a record that goes to another state how long it was in the one before;
// nil: it is new.
func (r *Record) entered(values map[string]graph.Value, now time.Time) (err error) {
	values[stateSince] = graph.TimeValue(now)
	if r == nil {
		return nil
	}
	seconds := map[string]float64{}
	for state, d := range r.spent() {
		seconds[state] = d.Seconds()
	}
	seconds[r.State()] += r.here(now).Seconds()
	values[inStates], err = graph.DocumentValue(seconds)
	return err
}
