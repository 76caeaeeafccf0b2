package change

import (
	"fmt"
	"slices"

	"github.com/faultline-itsm/faultline/graph"
)

// rescueBy are the relations to what one needs to get back.
var rescueBy = []string{"BACKED_UP_BY", "MANAGED_BY", "AUTHENTICATES_WITH"}

// rescuePaths are what the backout needs and the change itself takes: what somebody named,
// and what the CIs need by which it is about, those of its patch included.
func (x *Solved) rescuePaths() (out []Conflict) {
	seen := map[graph.ID]bool{}
	add := func(id graph.ID, named bool, why string) {
		to, when := x.worst(id)
		if x.ahead.Retired(id) && (named || !x.Snapshot.Retired(id)) {
			to, when = graph.Down, "by then, as it is retired"
		}
		if seen[id] || to < graph.Degraded {
			return
		}
		seen[id] = true
		n := x.named(x.ahead.Snapshot, id)
		out = append(out, Conflict{Kind: RescuePath, CI: &n, State: &to, Changes: []string{}, Text: fmt.Sprintf("%s is %s %s, and %s", n.Ref, to, when, why)})
	}
	for _, id := range x.Change.Needs {
		add(id, true, "the backout needs it")
	}
	for t := range x.touches() {
		for _, l := range x.ahead.Links(t.ci, graph.Providers) {
			if slices.Contains(rescueBy, l.Type) {
				add(l.To, false, fmt.Sprintf("%s needs it to get back (%s)", x.Snapshot.Ref(t.ci), l.Type))
			}
		}
	}
	return out
}

// worst is what a CI gets into by the change, in any of its runs or by what it leaves
// behind, and when; OPERATIONAL where it gets no worse.
func (x *Solved) worst(id graph.ID) (worst graph.State, when string) {
	for _, a := range x.runs() {
		if from, to := a.States(id); to > max(from, worst) {
			worst, when = to, "while it is changed"
		}
	}
	if x.after != nil {
		if from, to := x.after.States(id); to > max(from, worst) {
			worst, when = to, "once it is changed"
		}
	}
	return worst, when
}
