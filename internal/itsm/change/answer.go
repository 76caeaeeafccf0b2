package change

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// Wants are the CIs that Result asks about.
func (x *Solved) Wants() []graph.ID {
	seen := map[graph.ID]bool{}
	var out []graph.ID
	add := func(id graph.ID) {
		if !seen[id] && x.Snapshot.Has(id) { // of what a patch makes nothing is recorded yet
			seen[id] = true
			out = append(out, id)
		}
	}
	for _, a := range []*graph.Assessment{x.during, x.after} {
		if a == nil {
			continue
		}
		for i := range a.Risen() { // in no order: Result ranks them
			if x.Services(a.Snapshot().Ref(i.CI).Class) {
				add(i.CI)
			}
		}
	}
	for _, s := range x.shared() {
		add(s.ci)
	}
	for _, i := range x.hit() {
		add(i.CI)
	}
	if slices.ContainsFunc(x.Windows, func(w *Window) bool { return len(w.Owners) > 0 }) { // then it matters whose everything is
		for _, a := range x.runs() {
			for i := range a.Risen() {
				add(i.CI)
			}
		}
		for t := range x.touches() {
			add(t.ci)
		}
	}
	slices.Sort(out)
	return out
}

// How much a result lists: it is stored whole. What is left out is counted among what
// was not told.
const maxListed, maxHit, maxSaid = 250, 1000, 50

// Result is what was found, with what is known about the CIs it wanted.
func (x *Solved) Result(about map[graph.ID]About) Result {
	about = x.ahead.known(about)
	after := about
	if x.after != nil {
		after = withPatch(x.after.Snapshot(), x.later.known(about), x.rebased)
	}
	counts := x.during.Counts()
	gone := x.Change.Gone(x.Snapshot)
	out := Result{Complete: x.during.Complete() && x.cut == 0 && len(gone) == 0, Gone: gone, Counts: Counts{counts.Down, counts.Degraded, counts.AtRisk}, After: []ServiceImpact{}, Hit: []Hit{}, Missing: []string{}}
	together(func() {
		out.Conflicts = x.conflicts(about)
	}, func() {
		out.Unproven = len(x.during.PossibleOnly())
	}, func() {
		out.Services, x.told[0] = x.services(x.during, about)
		if x.after != nil {
			out.After, x.told[1] = x.services(x.after, after)
		}
	}, func() {
		for _, i := range x.hit() {
			h := Hit{Named: x.named(x.ahead.Snapshot, i.CI), Via: x.via(i.CI)}
			if c := about[i.CI].Criticality; rank(c) >= rank(x.Criticality) {
				h.Criticality, h.To = opt(c), i.To
			}
			out.Hit = append(out.Hit, h)
		}
	}, func() {
		blind := x.during.BlindSpots()
		out.BlindSpots = len(blind)
		for _, b := range blind[:min(len(blind), maxSaid)] {
			out.Unknown = append(out.Unknown, x.Words(x.ahead.Snapshot, b))
		}
	}, func() {
		assumed := x.during.Assumptions()
		for _, a := range assumed[:min(len(assumed), maxSaid)] {
			out.Assumed = append(out.Assumed, a.Text)
		}
		told := x.foretold()
		out.Assumed = append(out.Assumed, told[:min(len(told), maxSaid)]...)
	})
	for _, l := range []struct {
		listed int
		all    int
		what   string
	}{{len(out.Services), x.told[0], "services"}, {len(out.After), x.told[1], "services that it leaves worse"}, {len(out.Conflicts), x.told[2], "conflicts"}, {len(out.Hit), counts.Down + counts.Degraded, "CIs that get DEGRADED or DOWN"}} {
		if l.all > l.listed {
			out.Missing = append(out.Missing, fmt.Sprintf("of %d %s the first %d are listed", l.all, l.what, l.listed))
		}
	}
	if len(out.Gone) > 0 {
		out.Missing = append(out.Missing, fmt.Sprintf("what is done to %s, which is retired", strings.Join(out.Gone, ", ")))
	}
	if x.Idle {
		out.Complete = false
		out.Missing = append(out.Missing, "what its patch was to do: as the graph is, it changes nothing any more")
	}
	if not := x.unforeseen(); len(not) > 0 {
		out.Complete = false
		out.Missing = append(out.Missing, not[:min(len(not), maxSaid)]...)
	}
	for k := range x.Others {
		switch o := &x.Others[k]; {
		case !o.scheduled():
		case o.Unfit: // what it is about, nobody knows
			out.Missing = append(out.Missing, "what the patch of "+o.Number+" does, which does not fit the graph any more")
		case len(o.Patch) > 0 && o.Until.After(x.window.From) && o.Until.Before(x.window.Until) && slices.Contains(x.due, o):
			out.Complete = false
			out.Missing = append(out.Missing, "the part of its window after the patch of "+o.Number+", which ends at "+stamp(o.Until))
		}
	}
	if len(x.apart) > 0 {
		out.Complete = false
		out.Missing = append(out.Missing, "what it leaves behind together with "+someOf(x.apart))
	}
	if x.cut > 0 {
		out.Missing = append(out.Missing, x.notCompared())
	}
	together(func() { out.Risk = x.risk(&out) }, func() { out.Slack, out.Margin = x.leastMargin(&out) })
	out.Rules, out.Model = x.applied(&out)
	out.Approvers, out.Quorum, out.Demands = x.approvers(&out, after)
	out.Audience = audience(&out, after)
	out.Verdict = verdict(&out)
	return out
}

// someOf are the first ones of a list, and how many more there are.
func someOf(list []string) string {
	if len(list) <= maxEvidence {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:maxEvidence], ", "), len(list)-maxEvidence)
}

// takenForMade says whether the answer stands on that another change has been made by then:
// on its patch, or on what it removes.
func (x *Solved) takenForMade(o *Other) bool {
	return slices.ContainsFunc(x.foreseen(), func(a Applied) bool { return a.Other == o }) || x.after != nil && len(removals(o.Change)) > 0
}

// hit are the CIs that get DEGRADED or DOWN, as many as are listed.
func (x *Solved) hit() []graph.Impacted {
	c := x.during.Counts()
	return x.during.Ranked().Span(0, min(c.Down+c.Degraded, maxHit))
}

func (x *Solved) named(s *graph.Snapshot, id graph.ID) Named {
	r := s.Ref(id)
	n := Named{at: id, Ref: r.String(), Class: r.Class}
	if x.Snapshot.Has(id) {
		n.ID = x.Identify(id)
	}
	return n
}

// via is what passed the impact on to a CI.
func (x *Solved) via(id graph.ID) string {
	j, ok := x.during.Cause(id)
	switch {
	case !ok:
		return ""
	case j.Kind == graph.ByRelation:
		return j.Relation.Type
	case j.Kind == graph.ByRequirement:
		return "redundancy"
	}
	return ""
}

// hitServices are the services among what gets worse.
func (x *Solved) hitServices(a *graph.Assessment) []graph.Impacted {
	r := a.Ranked().OfClasses(x.Services)
	return r.Span(0, r.Len())
}

// services are those that change their state: the worst first, then the most critical,
// then by ref; only those that are listed are looked at closely.
func (x *Solved) services(a *graph.Assessment, about map[graph.ID]About) (list []ServiceImpact, all int) {
	type hit struct {
		graph.Impacted
		rank int
		ref  string
	}
	var hits []hit
	for _, i := range x.hitServices(a) {
		hits = append(hits, hit{i, rank(about[i.CI].Criticality), a.Snapshot().Ref(i.CI).String()})
	}
	slices.SortFunc(hits, func(p, q hit) int {
		return cmp.Or(cmp.Compare(q.To, p.To), cmp.Compare(q.rank, p.rank), strings.Compare(p.ref, q.ref))
	})
	out := []ServiceImpact{}
	for _, i := range hits[:min(len(hits), maxListed)] {
		s := ServiceImpact{CI: x.named(a.Snapshot(), i.CI), Criticality: opt(about[i.CI].Criticality), From: i.From, To: i.To,
			Certain: a.In(graph.Certain, i.CI), Possible: a.In(graph.Possible, i.CI)}
		for _, p := range a.Timeline(i.CI) {
			v := Interval{From: p.From, State: p.Scenario, Baseline: p.Baseline}
			if !p.Until.IsZero() {
				v.Until = &p.Until
			}
			s.Timeline = append(s.Timeline, v)
			if p.Scenario > p.Baseline {
				s.Minutes.add(p)
			}
		}
		out = append(out, s)
	}
	return out, len(hits)
}

// add counts a part of a timeline; what begins within a minute counts in full.
func (m *Minutes) add(p graph.Interval) {
	at := map[graph.State]*int{graph.Down: &m.Down, graph.Degraded: &m.Degraded, graph.AtRisk: &m.AtRisk}[p.Scenario]
	switch {
	case *at < 0:
	case p.Until.IsZero():
		*at = -1
	default:
		*at += minutesIn(p.From, p.Until)
	}
}

// Seal is the result as it is stored.
func (x *Solved) Seal(r Result, by string) *Sealed {
	s := &Sealed{Change: x.Change.Number, Content: x.Change.Content, Revision: x.Snapshot.Revision(), At: x.Now.UTC().Truncate(time.Microsecond), By: by, Engine: Engine, Result: r,
		Scenario: Scenario{From: x.window.From, Until: x.window.Until, Effects: []Effect{}, Patched: len(x.Patch) > 0, Context: []Party{}, Compared: []Party{}, Thresholds: x.Thresholds}}
	for _, e := range x.Change.Effects() {
		v := Effect{CI: x.Snapshot.Ref(e.CI).String(), Kind: e.Kind, From: e.From}
		if !e.Until.IsZero() {
			v.Until = &e.Until
		}
		s.Scenario.Effects = append(s.Scenario.Effects, v)
	}
	for _, id := range x.Change.Excluded(x.Now) {
		s.Scenario.Excluded = append(s.Scenario.Excluded, x.Snapshot.Ref(id).String())
	}
	for _, o := range x.Outages {
		s.Scenario.Context = append(s.Scenario.Context, Party{Number: o.Party})
	}
	for k := range x.Others {
		if o := &x.Others[k]; o.scheduled() && (o.Acts(x.window) && len(o.Excluded(x.Now)) == 0 || x.takenForMade(o)) {
			s.Scenario.Context = append(s.Scenario.Context, Party{o.Number, o.State(), o.Content})
		}
	}
	for _, o := range x.others {
		s.Scenario.Compared = append(s.Scenario.Compared, Party{o.Number, o.State(), o.Content})
	}
	s.Close()
	return s
}
