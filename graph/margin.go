package graph

import (
	"slices"
	"time"
)

// Margin is how much a service can still lose in a part of the window: the least slack
// among the redundant requirements that it stands on, its own included.
type Margin struct {
	From, Until time.Time // half-open; zero: no end
	State       State     // of the service
	// Slack is how many more members may fail before a requirement is short; 0 is the
	// last leg, less is short already.
	Slack       int
	Requirement RequirementKey // the one with the least; of several the first by ref and name
	Lost        []ID           // its members that do not deliver, by ref
}

// Margin follows a service's margin over the assessment's window: the scenario's effects
// are what takes members. None where nothing that it stands on is redundant. It fails
// with NotFound where there is no such CI, and with Invalid for one instant.
func (a *Assessment) Margin(service ID) ([]Margin, error) {
	top, ok := a.s.at(service)
	switch {
	case !ok:
		return nil, Errorf(NotFound, "no CI has the id %d", service)
	case a.window == nil:
		return nil, Errorf(Invalid, "a margin is followed over a window").WithHint("give a window")
	}
	if o := a.options; o.Focus != nil { // which may leave out what a spare alone depends on
		o.Focus = nil
		whole, err := Assess(a.base, *a.scenario, o)
		if err != nil {
			return nil, err
		}
		return whole.Margin(service)
	}
	groups := a.redundant(a.s.spread([]uint32{top}, Providers))
	slices.SortFunc(groups, func(x, y uint32) int {
		p, q := a.s.req(x), a.s.req(y)
		if c := a.s.compareRefs(p.consumer, q.consumer); c != 0 {
			return c
		}
		return int(p.name) - int(q.name)
	})
	if len(groups) == 0 {
		return nil, nil
	}
	var out []Margin
	w := a.window
	for seg, start := range w.starts {
		end := w.window.until
		if seg+1 < len(w.starts) {
			end = w.starts[seg+1]
		}
		if end <= w.asked.from {
			continue
		}
		m := a.momentAt(seg)
		x := Margin{From: timeAt(max(start, w.asked.from)), Until: timeAt(end), State: m.scenarioState(top)}
		var least *RequirementState
		for _, r := range groups {
			if st := m.requirementState(r, m.scenarioState); least == nil || st.Left() < least.Left() {
				least = st
			}
		}
		x.Slack, x.Requirement = least.Left(), least.Requirement.RequirementKey
		for _, p := range least.Members {
			if p.State > AtRisk {
				x.Lost = append(x.Lost, p.Link.To)
			}
		}
		slices.SortFunc(x.Lost, func(p, q ID) int { return a.s.Ref(p).Compare(a.s.Ref(q)) })
		if k := len(out) - 1; k >= 0 && out[k].Slack == x.Slack && out[k].State == x.State && out[k].Requirement == x.Requirement && slices.Equal(out[k].Lost, x.Lost) {
			out[k].Until = x.Until
			continue
		}
		out = append(out, x)
	}
	return out, nil
}

// redundant are the requirements with a spare by design of some nodes.
func (a *Assessment) redundant(nodes []uint32) (groups []uint32) {
	for _, i := range nodes {
		for _, r := range a.s.reqsOf(i) {
			if q := a.s.req(r); q.rule != Reaches && !q.needsAll() && q.n > 0 {
				groups = append(groups, r)
			}
		}
	}
	return groups
}

// below are the nodes that others stand on, they included, as far as the scenario
// reaches: what it does not reach loses nothing to it.
func (a *Assessment) below(tops []uint32) []uint32 {
	return a.s.spreadOver(tops, Providers, len(a.s.goals()) > 0, a.s.nodeSet(a.reached()))
}

// LeastSlack is the least margin of several services over the assessment's window, by
// the members that the scenario takes; false where none of them stands on something
// redundant that it touches.
func (a *Assessment) LeastSlack(services []ID) (least int, found bool) {
	if a.window == nil {
		return 0, false
	}
	var tops []uint32
	for _, id := range services {
		if i, ok := a.s.at(id); ok {
			tops = append(tops, i)
		}
	}
	var groups []uint32
	for _, r := range a.redundant(a.below(tops)) {
		hit := false
		for _, e := range a.s.memberEdges(r) {
			_, hit = a.window.peak(e.to)
			if hit {
				break
			}
		}
		if hit {
			groups = append(groups, r)
		}
	}
	if len(groups) == 0 {
		return 0, false
	}
	for seg, start := range a.window.starts {
		if seg+1 < len(a.window.starts) && a.window.starts[seg+1] <= a.window.asked.from || len(a.active(start)) == 0 {
			continue // before the window, or nothing of the scenario is under way
		}
		m := a.raisedAt(seg)
		for _, r := range groups {
			if left := m.requirementState(r, m.scenarioState).Left(); !found || left < least {
				least, found = left, true
			}
		}
	}
	return least, found
}

func (a *Assessment) active(at int64) []OwnEffect { return activeAt(a.window.effects, at) }
