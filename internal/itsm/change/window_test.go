package change_test

import (
	"strings"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/itsm/change"
)

func utc(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

func TestAWindowRecursByTheClockOnTheWall(t *testing.T) {
	berlin := func(rule, start string, hours int) *change.Window {
		return &change.Window{Start: utc(start), Length: time.Duration(hours) * time.Hour, Rule: rule, Zone: "Europe/Berlin", Classes: []string{"server"}}
	}
	for _, x := range []struct {
		name        string
		w           *change.Window
		from, until string
		want        string // beginnings and ends, in UTC
	}{
		{"once", &change.Window{Start: utc("2026-12-01T22:00:00Z"), Length: time.Hour}, "2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z", "1T22:00-1T23:00"},
		{"once, and over", &change.Window{Start: utc("2026-12-01T22:00:00Z"), Length: time.Hour}, "2026-12-01T23:00:00Z", "2026-12-02T00:00:00Z", ""},
		{"weekly, begun before what is looked at", berlin("FREQ=WEEKLY;BYDAY=SA", "2026-11-07T21:00:00Z", 4), "2026-11-15T00:00:00Z", "2026-11-22T00:00:00Z", "14T21:00-15T01:00 21T21:00-22T01:00"},
		{"the clock goes back: 22:00 stays 22:00", berlin("FREQ=DAILY", "2026-10-24T20:00:00Z", 1), "2026-10-24T00:00:00Z", "2026-10-26T00:00:00Z", "24T20:00-24T21:00 25T21:00-25T22:00"},
		{"02:30 comes twice: the first one", berlin("FREQ=DAILY", "2026-10-24T00:30:00Z", 1), "2026-10-25T00:00:00Z", "2026-10-25T12:00:00Z", "25T00:30-25T01:30"},
		{"02:30 does not come: an hour later", berlin("FREQ=DAILY", "2026-03-28T01:30:00Z", 1), "2026-03-29T00:00:00Z", "2026-03-30T12:00:00Z", "29T01:30-29T02:30 30T00:30-30T01:30"},
		{"never ending, far ahead", berlin("FREQ=YEARLY", "2000-01-01T00:00:00Z", 1), "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", "1T00:00-1T01:00"},
		{"so many times", berlin("FREQ=DAILY;COUNT=2", "2026-12-01T10:00:00Z", 1), "2026-11-01T00:00:00Z", "2027-01-01T00:00:00Z", "1T10:00-1T11:00 2T10:00-2T11:00"},
	} {
		var got []string
		for _, o := range x.w.Occurrences(utc(x.from), utc(x.until)) {
			got = append(got, o.From.Format("2T15:04")+"-"+o.Until.Format("2T15:04"))
		}
		if s := strings.Join(got, " "); s != x.want {
			t.Errorf("%s: %s, want %s", x.name, s, x.want)
		}
	}
}

func TestAWindowThatCannotBeIsRefused(t *testing.T) {
	good := change.Window{Start: utc("2026-12-01T22:00:00Z"), Length: time.Hour, Rule: "FREQ=WEEKLY;BYDAY=SA", Zone: "Europe/Berlin", Classes: []string{"server"}}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for field, change := range map[string]func(*change.Window){
		"starts":        func(w *change.Window) { w.Start = time.Time{} },
		"duration":      func(w *change.Window) { w.Length = 0 },
		"duration ":     func(w *change.Window) { w.Length = 1000 * 24 * time.Hour },
		"duration  ":    func(w *change.Window) { w.Rule, w.Length = "FREQ=DAILY", 25*time.Hour },
		"scope":         func(w *change.Window) { w.Classes = nil },
		"timeZone":      func(w *change.Window) { w.Zone = "Mars/Olympus" },
		"recurrence":    func(w *change.Window) { w.Rule = "every other saturday" },
		"recurrence ":   func(w *change.Window) { w.Rule = "FREQ=MINUTELY" },
		"recurrence  ":  func(w *change.Window) { w.Rule = "DTSTART:20260101T000000Z\nRRULE:FREQ=DAILY" },
		"recurrence   ": func(w *change.Window) { w.Rule = "FREQ=WEEKLY;BYDAY=XX" },
	} {
		w := good
		change(&w)
		if e := graph.AsError(w.Check()); w.Check() == nil || e.Kind != graph.Invalid || e.Field != strings.TrimSpace(field) {
			t.Errorf("%s: %v", field, e)
		}
	}
}
