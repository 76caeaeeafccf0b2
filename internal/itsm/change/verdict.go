package change

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/faultline-itsm/faultline/graph"
)

// What is told of a result, and to whom.

// verdict is it in one sentence.
func verdict(r *Result) string {
	down, degraded, risk := 0, 0, 0
	for _, s := range r.Services {
		switch s.To {
		case graph.Down:
			down++
		case graph.Degraded:
			degraded++
		default:
			risk++
		}
	}
	var parts []string
	for _, p := range []struct {
		n    int
		word string
	}{{down, "DOWN"}, {degraded, "DEGRADED"}, {risk, "without a spare"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.word))
		}
	}
	text := "no service notices it"
	if len(parts) > 0 {
		text = plural(len(r.Services), "service") + ": " + strings.Join(parts, ", ")
	}
	if n := len(r.After); n > 0 {
		text += fmt.Sprintf("; %s left worse for good", plural(n, "service"))
	}
	if n := len(r.Conflicts); n > 0 {
		text += "; " + plural(n, "conflict")
	}
	return text + "; risk " + r.Risk.Level
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// audience are those who answer for, or look after, services that change their state.
func audience(r *Result, about map[graph.ID]About) []Contact {
	n := map[string]int{}
	for _, s := range slices.Concat(r.Services, r.After) {
		a := about[s.CI.at]
		names := []string{a.Owner, a.SupportGroup}
		if a.Owner == a.SupportGroup {
			names = names[:1]
		}
		for _, name := range names {
			if name != "" {
				n[name]++
			}
		}
	}
	out := []Contact{}
	for name, k := range n {
		out = append(out, Contact{name, k})
	}
	slices.SortFunc(out, func(a, b Contact) int {
		return cmp.Or(cmp.Compare(b.Services, a.Services), strings.Compare(a.Name, b.Name))
	})
	return out
}
