package graphtest

import (
	"slices"

	"github.com/faultline-itsm/faultline/graph"
)

// capacity is a CAPACITY requirement unit by unit: a member that holds 10 is ten
// members in its state, the demand is how many of them are needed.
func (m *Model) capacity(v View, q Requirement, states States) (out Standing) {
	d := q.Details
	demand := d.Demand
	for _, s := range d.Steps {
		if v.At.IsZero() && s.Demand > demand || !v.At.IsZero() && !v.At.Before(s.At) {
			demand = s.Demand
		}
	}
	out.Size, out.Units = q.Greatest, true
	out.K = m.mustDeliver(v, q, states, demand)
	type unit struct {
		state          graph.State
		counts, doubts bool
	}
	var units []unit
	believed := false
	for _, r := range m.Members(q) {
		if !v.valid(r) {
			continue
		}
		out.N++
		believed = believed || v.Counts(r)
		s := v.passes(r, states)
		if s <= graph.AtRisk {
			out.Delivering++
		}
		for range r.Holds {
			units = append(units, unit{state: s, counts: v.Counts(r), doubts: v.doubts(r)})
		}
	}
	spare := len(units) - int(demand)
	spares := spare > 0
	switch {
	case out.N == 0 && q.Greatest == 0:
		return out
	case spares && out.N > 0 && !believed:
		return out
	}
	slices.SortStableFunc(units, func(a, b unit) int { return int(a.state) - int(b.state) })
	have, percent := 0, 50
	if d.Degraded != nil {
		percent = *d.Degraded
	}
	for _, u := range units {
		switch {
		case !spares && !u.counts:
			u.state = graph.Operational
		case spare > 0 && u.doubts:
			u.state, spare = graph.Down, spare-1
		}
		switch u.state {
		case graph.Down:
		case graph.Degraded:
			have += percent
		default:
			have += 100
		}
	}
	floor := 50
	if d.Floor != nil {
		floor = *d.Floor
	}
	switch need := int(demand); {
	case have < need*floor:
		out.State = graph.Down
	case have < need*100:
		out.State = graph.Degraded
	case have < need*(100+d.Headroom):
		out.State = graph.AtRisk
	}
	return out
}

// mustDeliver is how many of the members that deliver must go on doing so, whichever
// fail: those that hold the most are tried first; one more than all where what there
// is does not suffice.
func (m *Model) mustDeliver(v View, q Requirement, states States, demand int64) int {
	percent := 50
	if q.Details.Degraded != nil {
		percent = *q.Details.Degraded
	}
	have := 0
	var delivering []int
	for _, r := range m.Members(q) {
		if !v.valid(r) {
			continue
		}
		switch v.passes(r, states) {
		case graph.Down:
		case graph.Degraded:
			have += percent * r.Holds
		default:
			have += 100 * r.Holds
			delivering = append(delivering, r.Holds)
		}
	}
	slices.Sort(delivering)
	for k := len(delivering); ; k-- {
		if have < 100*int(demand) {
			return k + 1
		}
		if k == 0 {
			return 0
		}
		have -= 100 * delivering[k-1]
	}
}
