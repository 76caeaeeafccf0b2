package cli

import (
	"fmt"
	"slices"
	"strings"
)

// How much of each list a table shows; -o wide shows all.
const (
	servicesShown    = 20
	heldShown        = 6
	blindSpotsShown  = 5
	assumptionsShown = 6
)

// screen prints an assessment for people: the verdict, the services, the CIs by
// state, what stays up and why, what is not known.
func (a *app) screen(what string, answer *assessment, up []stayed) {
	wide, held := a.flags.output == asWide, heldShown
	if wide {
		held = len(answer.held)
	}
	a.verdict(answer)
	a.line("  %s", a.look.paint(dim, a.look.wrap(fmt.Sprintf("%s, at revision %s", what, answer.Revision), 2)))
	a.servicesHit(answer, wide)
	a.cisHit(answer, wide)
	a.timelines(answer, wide)
	a.goesOver(answer)
	a.overran(answer)
	a.together(answer)
	a.stayedUp(answer, up, held)
	a.verifyFirst(answer)
	a.notKnown(answer, wide)
}

func (a *app) line(format string, args ...any) { fmt.Fprintf(a.out, format+"\n", args...) }

func refs(cis []named) string {
	var out []string
	for i, c := range cis {
		if i == 3 && len(cis) > 4 {
			return strings.Join(out, ", ") + fmt.Sprintf(" and %d more", len(cis)-i)
		}
		out = append(out, c.Ref)
	}
	return strings.Join(out, ", ")
}

// verdict is the first thing that is said.
func (a *app) verdict(answer *assessment) {
	worst := "OPERATIONAL"
	switch c := answer.Counts; {
	case c.Down > 0:
		worst = "DOWN"
	case c.Degraded > 0:
		worst = "DEGRADED"
	case c.AtRisk > 0:
		worst = "AT_RISK"
	}
	mark, _, _ := strings.Cut(a.look.state(worst), " ")
	a.line("%s %s", a.look.paint(stateLooks[worst].style, mark), a.look.paint(bold, a.look.wrap(answer.Summary, 2)))
}

func (a *app) title(format string, args ...any) {
	a.line("\n%s", a.look.paint(bold, fmt.Sprintf(format, args...)))
}

// left says how many rows of a list are not shown.
func (a *app) left(shown, all int) {
	if all <= shown {
		return
	}
	text := fmt.Sprintf("and %s more", number(all-shown))
	if slices.Contains(a.can, asWide) {
		text += "; -o wide lists them all"
	}
	a.line("  %s", a.look.paint(dim, text))
}

func (a *app) servicesHit(answer *assessment, wide bool) {
	n := len(answer.Services)
	if n == 0 {
		return
	}
	a.title("Services hit (%s)", number(n))
	shown := n
	if !wide {
		shown = min(n, servicesShown)
	}
	rows := make([][]cell, shown)
	for i, s := range answer.Services[:shown] {
		rows[i] = []cell{a.look.stateCell(s.To), {text: s.CI.Ref, style: bold}, {text: deref(s.BusinessCriticality), style: dim}, {text: because(s.CI.Ref, s.Because)}}
	}
	a.reasons(rows, wide)
	a.left(shown, n)
}

func (a *app) cisHit(answer *assessment, wide bool) {
	rows := make([][]cell, 0, len(answer.Impacted))
	services := map[string]bool{}
	for _, s := range answer.Services {
		services[s.CI.ID] = true
	}
	for _, i := range answer.Impacted {
		if !services[i.CI.ID] {
			rows = append(rows, []cell{a.look.stateCell(i.To), {text: i.CI.Ref}, {}, {text: because(i.CI.Ref, i.Because)}})
		}
	}
	if len(rows) > 0 {
		a.title("CIs hit, the worst and nearest first")
		a.reasons(rows, wide)
	}
	a.left(len(rows), answer.otherThanServices())
	if n := answer.Counts.AtRisk; n > 0 && !slices.Contains(answer.asked, "AT_RISK") && len(answer.asked) > 0 {
		a.line("  %s", a.look.paint(dim, fmt.Sprintf("%s AT_RISK: %s a spare, or %s on what did", number(n), verb(n, "it lost", "they lost"), verb(n, "stands", "stand"))))
	}
}

// reasons prints rows of state, ref, remark and reason. Where the terminal is too
// narrow for the reason beside the ref, it goes below.
func (a *app) reasons(rows [][]cell, wide bool) {
	remarks := false
	for _, r := range rows {
		remarks = remarks || r[2].text != ""
	}
	columns := []column{{}, {name: true}, {}, {}}
	if !remarks {
		columns = []column{{}, {name: true}, {}}
		for i := range rows {
			rows[i] = append(rows[i][:2:2], rows[i][3])
		}
	}
	if a.look.width == 0 || wide {
		_ = grid{look: a.look, columns: columns, full: true, indent: "  "}.print(a.out, rows)
		return
	}
	for _, r := range rows {
		last := len(r) - 1
		head := "  " + a.look.paint(r[0].style, fmt.Sprintf("%-10s", r[0].text)) + "  "
		ref := a.look.fit(a.look.clean(r[1].text), max(12, a.look.width-14-len(r[last-1].text)*(last-2)-2))
		line := head + a.look.paint(r[1].style, ref)
		if last == 3 && r[2].text != "" {
			line += "  " + a.look.paint(dim, a.look.clean(r[2].text))
		}
		a.line("%s", line)
		if r[last].text != "" {
			a.line("              %s", a.look.paint(dim, a.look.wrap(r[last].text, 14)))
		}
	}
}

func (a *app) stayedUp(answer *assessment, up []stayed, most int) {
	if len(up) == 0 && len(answer.held) == 0 {
		return
	}
	a.title("What stays up, and why")
	for _, u := range up {
		a.line("  %s  %s", a.look.painted(u.State), a.look.paint(bold, a.look.clean(u.CI.Ref)))
		a.line("      %s", a.look.wrap(because(u.CI.Ref, u.Text), 6))
	}
	said := map[string]bool{}
	for _, u := range up {
		said[u.Text] = true
	}
	shown := 0
	for _, h := range answer.held {
		if said[h.Text] {
			continue
		}
		if shown >= most {
			break
		}
		shown++
		a.line("  %s %s", a.look.pick("•", "-"), a.look.wrap(h.Text, 4))
	}
	a.left(shown+len(up), answer.heldInAll)
}

func (a *app) notKnown(answer *assessment, wide bool) {
	a.blindSpots(answer.BlindSpots, wide)
	shown := len(answer.Assumptions)
	if !wide {
		shown = min(shown, assumptionsShown)
	}
	if shown == 0 {
		return
	}
	a.title("Taken for granted")
	for _, s := range answer.Assumptions[:shown] {
		a.line("  %s %s", a.look.pick("·", "-"), a.look.paint(dim, a.look.wrap(s.Text, 4)))
	}
	a.left(shown, len(answer.Assumptions))
}

// blindSpots prints what is not known about the CIs reached, those of one kind
// together.
func (a *app) blindSpots(b blindSpots, wide bool) {
	if b.TotalCount == 0 {
		a.title("What is not known: no blind spots among the CIs reached")
		return
	}
	a.title("What is not known (%s blind %s)", number(b.TotalCount), verb(b.TotalCount, "spot", "spots"))
	if wide {
		for _, n := range b.Nodes {
			a.line("  ? %s", a.look.clean(n.Text))
		}
		a.left(len(b.Nodes), b.TotalCount)
		return
	}
	kinds := gather(b.Nodes, func(n blindSpot) (string, string) { return strings.TrimPrefix(n.Text, n.CI.Ref+" "), n.CI.Ref })
	shown := 0
	for i, k := range kinds {
		if i == blindSpotsShown {
			break
		}
		shown += len(k.refs)
		a.line("  ? %s", a.look.wrap(k.who()+": "+brief(k.text), 4))
	}
	a.left(shown, b.TotalCount)
}

// alike are CIs of which the same is to be said.
type alike struct {
	text string
	refs []string
}

// gather puts together what is alike, in the order of the first of each.
func gather[T any](all []T, of func(T) (text, ref string)) (out []alike) {
	at := map[string]int{}
	for _, v := range all {
		text, ref := of(v)
		i, ok := at[text]
		if !ok {
			i = len(out)
			at[text], out = i, append(out, alike{text: text})
		}
		out[i].refs = append(out[i].refs, ref)
	}
	return out
}

// alikeNamed is how many of them a line names.
const alikeNamed = 3

func (k alike) who() string {
	if n := len(k.refs) - alikeNamed; n > 0 {
		return fmt.Sprintf("%s and %s more", strings.Join(k.refs[:alikeNamed], ", "), number(n))
	}
	return strings.Join(k.refs, ", ")
}

// brief names two of the many types of relations, each of which would do.
func brief(text string) string {
	missing, reason, ok := strings.Cut(text, ": ")
	types := strings.Split(missing, " or ")
	if !ok || len(types) <= 3 {
		return text
	}
	return fmt.Sprintf("%s or %s or any of %d other types: %s", types[0], types[1], len(types)-2, reason)
}

// because leaves out of a reason the CI that stands beside it.
func because(ref, sentence string) string {
	rest, ok := strings.CutPrefix(sentence, ref+" ")
	if !ok {
		return sentence
	}
	for _, is := range []string{"goes DOWN: ", "becomes DEGRADED: ", "is AT_RISK: "} {
		rest = strings.TrimPrefix(rest, is)
	}
	return rest
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// number writes a count for people: 12,345.
func number(n int) string {
	s := fmt.Sprint(n)
	for at := len(s) - 3; at > 0; at -= 3 {
		s = s[:at] + "," + s[at:]
	}
	return s
}
