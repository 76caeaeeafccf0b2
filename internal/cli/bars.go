package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// barWidth is how many cells a timeline has, barsShown how many a table shows.
const (
	barWidth  = 48
	barsShown = 12
)

// barCells are what a state looks like on a timeline.
var barCells = map[string]struct{ fancy, ascii string }{
	"DOWN": {"█", "#"}, "DEGRADED": {"▓", "="}, "AT_RISK": {"▒", "-"}, "OPERATIONAL": {"·", "."},
}

// timelines draws who is when in which state, the services first.
func (a *app) timelines(answer *assessment, wide bool) {
	w := answer.Window
	if w == nil {
		return
	}
	var rows []impacted
	seen, same := map[string]bool{}, 0
	add := func(i impacted) {
		if seen[i.CI.ID] {
			return
		}
		seen[i.CI.ID] = true
		if len(i.Timeline) > 1 {
			rows = append(rows, i)
		} else {
			same++
		}
	}
	for _, s := range answer.Services {
		add(s.impacted)
	}
	for _, i := range answer.Impacted {
		add(i)
	}
	until := drawnUntil(w, rows)
	a.title("When, from %s until %s%s", a.clock(w.From), a.clock(until), map[bool]string{true: ", and on"}[w.Until == nil])
	if same > 0 {
		a.line("  %s", a.look.paint(dim, fmt.Sprintf("%s of those listed %s so the whole time", number(same), verb(same, "is", "are"))))
	}
	if len(rows) == 0 {
		return
	}
	shown := len(rows)
	if !wide {
		shown = min(shown, barsShown)
	}
	for _, r := range rows[:shown] {
		a.line("  %s  %s", a.bar(w.From, until, r.Timeline), a.look.clean(r.CI.Ref))
		a.line("  %s  %s", strings.Repeat(" ", barWidth), a.look.paint(dim, a.said(r.Timeline)))
	}
	a.left(shown, len(rows))
	var legend []string
	for _, s := range []string{"DOWN", "DEGRADED", "AT_RISK", "OPERATIONAL"} {
		legend = append(legend, a.look.pick(barCells[s].fancy, barCells[s].ascii)+" "+s)
	}
	a.line("  %s", a.look.paint(dim, fmt.Sprintf("one mark is %s, at its worst; %s", span(until.Sub(w.From)/barWidth), strings.Join(legend, "  "))))
}

// drawnUntil is where a drawing ends: where the window does, or a while after the
// last that happens in it.
func drawnUntil(w *window, rows []impacted) time.Time {
	if w.Until != nil {
		return *w.Until
	}
	last := w.From.Add(time.Hour)
	for _, r := range rows {
		for _, x := range r.Timeline {
			if x.From.After(last) {
				last = x.From
			}
		}
	}
	return last.Add(last.Sub(w.From) / 5)
}

// bar is a timeline in cells, each in the worst state of its time.
func (a *app) bar(from, until time.Time, line []interval) string {
	var b strings.Builder
	cell := until.Sub(from) / barWidth
	for k := range barWidth {
		begin, end := from.Add(cell*time.Duration(k)), from.Add(cell*time.Duration(k+1))
		state := "OPERATIONAL"
		for _, x := range line {
			if x.From.Before(end) && (x.Until == nil || x.Until.After(begin)) && worse(x.State, state) {
				state = x.State
			}
		}
		b.WriteString(a.look.paint(stateLooks[state].style, a.look.pick(barCells[state].fancy, barCells[state].ascii)))
	}
	return b.String()
}

// said is a timeline in words: "22:20 DOWN for 10m, 22:30 OPERATIONAL".
func (a *app) said(line []interval) string {
	var out []string
	for _, x := range line {
		text := a.clock(x.From) + " " + x.State
		if x.Until != nil && x.State != "OPERATIONAL" {
			text += " for " + span(x.Until.Sub(x.From))
		}
		if x.Baseline != "OPERATIONAL" {
			text += " (" + x.Baseline + " anyway)"
		}
		out = append(out, text)
	}
	if n := len(out) - 6; n > 0 {
		out = append(out[:6], fmt.Sprintf("and %d more", n))
	}
	return strings.Join(out, ", ")
}

// clock is an instant for people, in UTC: with its year, where that is not this one.
func (a *app) clock(t time.Time) string {
	if t = t.UTC(); t.Year() == a.Clock().UTC().Year() {
		return t.Format("2 Jan 15:04:05")
	}
	return t.Format("2 Jan 2006 15:04:05")
}

// span is a length of time for people.
func span(d time.Duration) string {
	if d >= time.Minute {
		d = d.Round(time.Second)
	}
	text := d.String()
	for _, nothing := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, nothing) {
			text = strings.TrimSuffix(text, nothing[1:])
		}
	}
	return text
}

// goesOver prints when redundancy groups go over to another member.
func (a *app) goesOver(answer *assessment) {
	if len(answer.Failovers) == 0 {
		return
	}
	a.title("Goes over to another member (%s)", number(len(answer.Failovers)))
	for k, f := range answer.Failovers {
		if k == heldShown {
			a.left(k, len(answer.Failovers))
			break
		}
		lasting, _ := graph.ParseDuration(f.Lasts) // the service writes what it reads
		text := fmt.Sprintf("%q of %s from %s to %s", f.Requirement, f.CI.Ref, f.From.Ref, f.To.Ref)
		if f.At != nil {
			text = a.clock(*f.At) + "  " + text
		}
		a.line("  %s", a.look.wrap(text+", for "+span(lasting), 4))
	}
}

// together prints what takes several effects.
func (a *app) together(answer *assessment) {
	if len(answer.Interactions) == 0 {
		return
	}
	a.title("Only together (%s)", number(len(answer.Interactions)))
	for k, x := range answer.Interactions {
		if k == heldShown {
			a.left(k, len(answer.Interactions))
			break
		}
		a.line("  %s %s", a.look.painted(x.State), a.look.wrap(x.Text, 4))
	}
}

// verifyFirst prints the relations to look at before anything is decided.
func (a *app) verifyFirst(answer *assessment) {
	if len(answer.VerifyFirst) == 0 {
		return
	}
	a.title("Verify first")
	for _, d := range answer.VerifyFirst {
		a.line("  ? %s", a.look.wrap(d.Text, 4))
	}
}

// overran prints what gets worse than planned.
func (a *app) overran(answer *assessment) {
	o := answer.Overrun
	if o == nil {
		return
	}
	a.title("If it takes %d%% longer than planned, %s", o.Percent, map[bool]string{true: "nothing else gets worse", false: fmt.Sprintf("%s worse than planned", number(len(o.Worse))+verb(len(o.Worse), " CI gets", " CIs get"))}[len(o.Worse) == 0])
	for k, i := range o.Worse {
		if k == servicesShown {
			a.left(k, len(o.Worse))
			break
		}
		a.line("  %s  %s", a.look.painted(i.To), a.look.clean(i.CI.Ref))
	}
}
