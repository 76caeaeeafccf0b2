package itsm

import (
	"slices"
	"time"
)

// Clock measures how long records are in some states: the time to decide, to
// resolve.
type Clock struct {
	Name   string
	Runs   []string // it runs in these states
	Target time.Duration
}

// Stay is that a record entered a state; in order of time.
type Stay struct {
	State string
	At    time.Time
}

// Reading is what a clock shows.
type Reading struct {
	Elapsed time.Duration
	Running bool
	Due     time.Time // where it is running and has a target: when that is reached if nothing pauses it
	Missed  bool
}

// Read is what the clock shows at an instant, for a record with that history.
func (c Clock) Read(stays []Stay, now time.Time) Reading {
	var out Reading
	for k, s := range stays {
		end := now
		if k+1 < len(stays) {
			end = stays[k+1].At
		}
		if out.Running = slices.Contains(c.Runs, s.State); out.Running && end.After(s.At) {
			out.Elapsed += end.Sub(s.At)
		}
	}
	if c.Target > 0 {
		out.Missed = out.Elapsed > c.Target
		if out.Running && !out.Missed {
			out.Due = now.Add(c.Target - out.Elapsed)
		}
	}
	return out
}
