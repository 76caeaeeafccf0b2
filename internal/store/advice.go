package store

import (
	"fmt"

	"github.com/faultline-itsm/faultline/graph"
)

// Advisory is something that people should look at; nothing is broken.
type Advisory struct {
	Kind AdvisoryKind
	CI   graph.ID // 0 for a run
	Ref  graph.Ref
	Text string
}

// AdvisoryKind says what an advisory is about.
type AdvisoryKind uint8

// The kinds, in the order in which a report lists them.
const (
	UnfinishedRun  AdvisoryKind = iota // an import in progress, or killed
	Underdesigned                      // a requirement with fewer members than it needs
	DeadProvider                       // a retired or not delivering provider with living consumers
	BlindSpotFound                     // what an assessment would not know
)

func (k AdvisoryKind) String() string {
	return [...]string{"UNFINISHED_IMPORT", "UNDERDESIGNED", "DEAD_PROVIDER", "BLIND_SPOT"}[k]
}

// advise lists the advisories of a graph: by kind, then by id, blind spots by
// ref.
func advise(s *graph.Snapshot) (out []Advisory) {
	for _, r := range s.Head().OpenRuns {
		out = append(out, Advisory{Kind: UnfinishedRun, Text: fmt.Sprintf(
			"an import from %s has written chunk %d of %d: it is running, or run it again to complete it", r.Source, r.Chunk+1, r.Chunks)})
	}
	var dead []Advisory
	providers := map[graph.ID]int{} // not delivering: living consumers
	var order []graph.ID
	for id := range s.Nodes() {
		for _, q := range s.Requirements(id) {
			if n, k := len(s.Members(q.RequirementKey)), q.Needed(); n < k {
				out = append(out, Advisory{Underdesigned, id, s.Ref(id), fmt.Sprintf("the requirement %q has %d members of the %d that it needs", q.Name, n, k)})
			}
		}
		for _, l := range s.Links(id, graph.Providers) {
			if s.Retired(l.To) || !s.Lifecycle(l.To).Delivers() {
				if providers[l.To]++; providers[l.To] == 1 {
					order = append(order, l.To)
				}
			}
		}
	}
	for _, id := range order {
		why := "is " + s.Lifecycle(id).String()
		if s.Retired(id) {
			why = "is retired"
		}
		dead = append(dead, Advisory{DeadProvider, id, s.Ref(id), fmt.Sprintf("%s and %d living CIs depend on it", why, providers[id])})
	}
	out = append(out, dead...)
	for _, b := range s.BlindSpots() {
		a := Advisory{Kind: BlindSpotFound, CI: b.CI, Ref: s.Ref(b.CI)}
		switch b.Kind {
		case graph.MissingRelation:
			a.Text = "has no " + joined(b.Missing.Types) + ": " + b.Missing.Reason
		case graph.EmptyRequirement:
			a.Text = fmt.Sprintf("the requirement %q never had a member", b.Requirement)
		default:
			a.Text = "is a stub that nobody has described"
		}
		out = append(out, a)
	}
	return out
}

func joined(types []string) string {
	text := ""
	for i, t := range types {
		if i > 0 {
			text += " or "
		}
		text += t
	}
	return text
}
