package change

import (
	"fmt"
	"slices"

	"github.com/faultline-itsm/faultline/graph"
)

// rescueBy are the relations to what one needs to get back.
var rescueBy = []string{"BACKED_UP_BY", "MANAGED_BY", "AUTHENTICATES_WITH"}

// rescuePaths are what the backout needs and is not there in the change's time, whoever takes
// it: what somebody named, and what the CIs need by which it is about, those of its patch
// included.
func (x *Solved) rescuePaths() (out []Conflict) {
	seen := map[graph.ID]bool{}
	var whole *graph.Assessment
	add := func(id graph.ID, named bool, why string) {
		if seen[id] {
			return
		}
		seen[id] = true
		if whole == nil {
			if whole, _ = x.Whole(); whole == nil {
				whole = x.during // which was solved of the same
			}
		}
		to, when := x.worst(id, whole)
		if x.ahead.Retired(id) && (named || !x.Snapshot.Retired(id)) {
			to, when = graph.Down, "by then, as it is retired"
		}
		if to < graph.Degraded {
			return
		}
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

// worst is the worst state of a CI in the change's time, in any of its runs, or by what it
// leaves behind, and when. A retired CI counts for who names it alone.
func (x *Solved) worst(id graph.ID, whole *graph.Assessment) (worst graph.State, when string) {
	if x.Snapshot.Retired(id) {
		return graph.Operational, ""
	}
	for _, a := range append([]*graph.Assessment{whole}, x.runs()...) {
		if _, to := a.States(id); to > worst {
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
