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
	saturday := change.Window{Start: utc("2026-12-05T22:00:00Z"), Length: time.Hour, Rule: "FREQ=WEEKLY;BYDAY=SA", Zone: "Europe/Berlin", Classes: []string{"server"}}
	rule := func(start, rule string, length time.Duration) func(*change.Window) {
		return func(w *change.Window) { w.Start, w.Rule, w.Length = utc(start), rule, length }
	}
	const day = 24 * time.Hour
	for _, x := range []struct {
		name   string
		change func(*change.Window)
		field  string // that is refused; "": none
		says   string
	}{
		{"on Saturdays", func(*change.Window) {}, "", ""},
		{"once", func(w *change.Window) { w.Rule = "" }, "", ""},
		{"no beginning", func(w *change.Window) { w.Start = time.Time{} }, "starts", "no beginning"},
		{"no length", func(w *change.Window) { w.Length = 0 }, "duration", "PT0S long"},
		{"too long", func(w *change.Window) { w.Length = 1000 * day }, "duration", "longer than a year"},
		{"about nothing", func(w *change.Window) { w.Classes = nil }, "scope", "about nothing"},
		{"on Mars", func(w *change.Window) { w.Zone = "Mars/Olympus" }, "timeZone", "not known"},
		{"in words", func(w *change.Window) { w.Rule = "every other saturday" }, "recurrence", "no rule"},
		{"with a beginning of its own", func(w *change.Window) { w.Rule = "DTSTART:20260101T000000Z\nRRULE:FREQ=DAILY" }, "recurrence", "no rule"},
		{"on a day that is none", func(w *change.Window) { w.Rule = "FREQ=WEEKLY;BYDAY=XX" }, "recurrence", "no rule"},

		{"each minute", func(w *change.Window) { w.Rule = "FREQ=MINUTELY" }, "recurrence", "more often than daily"},
		{"twice a day", rule("2026-12-05T01:00:00Z", "FREQ=DAILY;BYHOUR=2,14", time.Hour), "recurrence", "more often than daily"},
		{"twice an hour, once a week", rule("2026-12-05T01:00:00Z", "FREQ=WEEKLY;BYDAY=SA;BYMINUTE=0,30", time.Minute), "recurrence", "more often than daily"},
		{"daily, at an hour that is said, too", rule("2026-12-05T01:00:00Z", "FREQ=DAILY;BYHOUR=2;BYMINUTE=0;BYSECOND=0", time.Hour), "", ""},

		{"on 30 February", rule("2026-12-05T22:00:00Z", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", time.Hour), "recurrence", "never occurs"},
		{"on 30 February, looked for day by day", rule("2026-12-05T22:00:00Z", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", time.Hour), "recurrence", "never occurs"},
		{"until before it begins", rule("2026-12-05T22:00:00Z", "FREQ=DAILY;UNTIL=20200101T000000Z", time.Hour), "recurrence", "never occurs"},
		{"no times", rule("2026-12-05T22:00:00Z", "FREQ=DAILY;COUNT=0", time.Hour), "recurrence", "COUNT=0 is no number of times"},
		{"every zeroth day", rule("2026-12-05T22:00:00Z", "FREQ=DAILY;INTERVAL=0", time.Hour), "recurrence", "INTERVAL=0 is no number of times"},
		{"once in all", rule("2026-12-05T22:00:00Z", "FREQ=DAILY;COUNT=1", time.Hour), "", ""},

		{"on Saturdays, from a Monday on", rule("2026-12-07T22:00:00Z", "FREQ=WEEKLY;BYDAY=SA", time.Hour), "starts", "the first time that it does is 2026-12-12T22:00:00Z"},
		{"on 29 February, from 2026 on", rule("2026-02-28T23:00:00Z", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", time.Hour), "starts", "the first time that it does is 2028-02-28T23:00:00Z"},
		{"with parts of a second", func(w *change.Window) { w.Start = w.Start.Add(time.Millisecond) }, "", ""},
		{"at the second 02:30 of a night", rule("2026-10-25T01:30:00Z", "FREQ=DAILY", time.Hour), "", ""},

		{"over the next one", rule("2026-12-05T22:00:00Z", "FREQ=DAILY", 25*time.Hour), "duration", "on 2026-12-05, and on 2026-12-06"},
		{"all the time, also where a day has 23 hours", rule("2026-12-05T22:00:00Z", "FREQ=DAILY", day), "", ""},
		{"over the next but one", rule("2026-12-19T23:00:00Z", "FREQ=MONTHLY;BYMONTHDAY=20,1,2", 6*day), "duration", "on 2027-01-01, and on 2027-01-02"},
		{"over the next one after a short month", rule("2026-03-30T22:00:00Z", "FREQ=MONTHLY;BYMONTHDAY=31,28", 4*day), "duration", "on 2026-05-28, and on 2026-05-31"},
	} {
		w := saturday
		x.change(&w)
		err := w.Check()
		if x.field == "" {
			if err != nil {
				t.Errorf("%s: %v", x.name, err)
			}
			continue
		}
		if e := graph.AsError(err); err == nil || e.Kind != graph.Invalid || e.Field != x.field || !strings.Contains(e.Message, x.says) {
			t.Errorf("%s: %v", x.name, err)
		}
	}
}
