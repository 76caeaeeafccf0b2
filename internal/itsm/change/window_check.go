package change

import (
	"strconv"
	"strings"
	"time"

	"github.com/teambition/rrule-go"

	"github.com/faultline-itsm/faultline/graph"
)

func bad(field, format string, args ...any) *graph.Error {
	return graph.Errorf(graph.Invalid, format, args...).At(-1, field)
}

// Check refuses a window that cannot be.
func (w *Window) Check() error {
	switch {
	case w.Start.IsZero():
		return bad("starts", "it has no beginning")
	case w.Length <= 0:
		return bad("duration", "it is %s long", graph.FormatDuration(w.Length)).WithHint("let it last, for example PT4H")
	case w.Length > 366*24*time.Hour:
		return bad("duration", "it is longer than a year").WithHint("give a shorter one that recurs, or withdraw what it blocks")
	case len(w.Classes)+len(w.Owners)+len(w.CIs) == 0:
		return bad("scope", "it is about nothing").WithHint("name classes, owners or CIs")
	}
	if _, err := w.location(); err != nil {
		return bad("timeZone", "the time zone %q is not known", graph.Clip(w.Zone)).WithHint("a name of the IANA database, for example Europe/Berlin")
	}
	if w.Rule == "" {
		return nil
	}
	return w.checkRule()
}

// checkRule refuses a recurrence that nobody can mean.
func (w *Window) checkRule() error {
	o, err := rrule.StrToROption(w.Rule)
	switch {
	case err != nil || strings.Contains(strings.ToUpper(w.Rule), "DTSTART"):
		return bad("recurrence", "%q is no rule of recurrence", graph.Clip(w.Rule)).WithHint("an RRULE as RFC 5545 writes it, for example FREQ=WEEKLY;BYDAY=SA; it begins with starts")
	case o.Freq > rrule.DAILY || max(len(o.Byhour), len(o.Byminute), len(o.Bysecond)) > 1:
		return bad("recurrence", "it recurs more often than daily").WithHint("give a longer one, daily, or two windows")
	}
	if part := zeroPart(w.Rule); part != "" {
		return bad("recurrence", "%s is no number of times", part).WithHint("give at least 1, or leave it out")
	}
	if _, err := w.rule(); err != nil {
		return bad("recurrence", "%q is no rule of recurrence", graph.Clip(w.Rule))
	}
	if err := w.checkFirst(); err != nil {
		return err
	}
	return w.checkGaps()
}

// zeroPart is the part of a rule that says how often and says 0 or less; the library
// takes 0 for not given.
func zeroPart(rule string) string {
	for part := range strings.SplitSeq(rule, ";") {
		name, value, _ := strings.Cut(part, "=")
		if n, err := strconv.Atoi(value); err == nil && n <= 0 && (name == "COUNT" || name == "INTERVAL") {
			return part
		}
	}
	return ""
}

// checkFirst refuses a rule that does not contain the beginning.
func (w *Window) checkFirst() error {
	r, err := w.rule()
	if err != nil {
		return err
	}
	first, ok := r.Iterator()()
	switch {
	case !ok:
		return bad("recurrence", "it never occurs: %s contains no time from %s on", graph.Clip(w.Rule), stamp(w.Start)).WithHint("see its days and months, and that UNTIL is after starts")
	case wall(first) != wall(w.Start.In(first.Location())):
		return bad("starts", "%s does not contain %s: the first time that it does is %s", graph.Clip(w.Rule), stamp(w.Start), stamp(first)).WithHint("let it start at %s, or recur on other days", stamp(first))
	}
	return nil
}

// How far it is looked whether occurrences overlap: calendars repeat themselves, but for
// centuries, after 28 years.
const (
	maxGaps  = 1000
	gapYears = 28
)

// checkGaps refuses a window that begins again before it ends, by the clock on the wall:
// that an hour comes twice is nobody's fault.
func (w *Window) checkGaps() error {
	o, err := rrule.StrToROption(w.Rule)
	if err != nil {
		return err
	}
	loc, err := w.location()
	if err != nil {
		return err
	}
	o.Dtstart = onWall(w.Start.In(loc))
	r, err := rrule.NewRRule(*o)
	if err != nil {
		return err
	}
	next := r.Iterator()
	last, ok := next()
	for n := 0; ok && n < maxGaps && last.Before(o.Dtstart.AddDate(gapYears, 0, 0)); n++ {
		var at time.Time
		if at, ok = next(); ok && at.Before(last.Add(w.Length)) {
			return bad("duration", "it would begin again before it ends: on %s, and on %s", last.Format(time.DateOnly), at.Format(time.DateOnly)).WithHint("let it be shorter, or recur less often")
		}
		last = at
	}
	return nil
}

// wall is what the clock on the wall shows.
func wall(at time.Time) string { return at.Format("2006-01-02T15:04:05") }

// onWall is an instant of UTC at which the clock shows what it does at this one where it
// is.
func onWall(at time.Time) time.Time {
	return time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), 0, time.UTC)
}
