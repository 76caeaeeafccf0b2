package graph

import "slices"

// holding is what the members of a CAPACITY requirement hold together, by their
// states after transfer.
type holding struct {
	full, degraded, down amount // OPERATIONAL or AT_RISK, DEGRADED, DOWN
	// The parts of these that are doubtful as spares, and that do not count as single
	// relations, in the reading's world.
	doubtfulFull, doubtfulDegraded   amount
	uncountedDegraded, uncountedDown amount
	valid                            int
	believed                         bool // some member reaches the world's band
}

// held is what the members of requirement q, which is number of, hold while their
// providers are in these states.
func (r *reading) held(of uint32, q *req, state func(provider uint32) State) (h holding) {
	shapes := r.s.names.shapes.list
	r.s.edges(q.consumer, func(e edge) bool {
		sh := &shapes[e.shape]
		if e.req != of+1 || !sh.valid(r.at) {
			return true
		}
		h.valid++
		b := r.bands[e.shape]
		h.believed = h.believed || r.world.counts(b)
		capacity := multiple(max(0, sh.capacity), 1)
		doubtful := r.world.doubts(b)
		switch r.of(q.consumer, e).Of(state(e.to)) {
		case Down:
			h.down = h.down.plus(capacity)
			if !r.world.counts(b) {
				h.uncountedDown = h.uncountedDown.plus(capacity)
			}
		case Degraded:
			h.degraded = h.degraded.plus(capacity)
			if !r.world.counts(b) {
				h.uncountedDegraded = h.uncountedDegraded.plus(capacity)
			}
			if doubtful {
				h.doubtfulDegraded = h.doubtfulDegraded.plus(capacity)
			}
		default:
			h.full = h.full.plus(capacity)
			if doubtful {
				h.doubtfulFull = h.doubtfulFull.plus(capacity)
			}
		}
		return true
	})
	return h
}

// hundredths is what is left of it, in hundredths of a unit, where a DEGRADED member has
// that percentage left.
func (h *holding) hundredths(percent uint64) amount {
	return h.full.times(100).plus(h.degraded.times(percent))
}

// recorded is what the members hold when all are well.
func (h *holding) recorded() amount { return h.full.plus(h.degraded).plus(h.down) }

// capacityState is what CAPACITY passes on (impact-semantics.md, section 4), in a
// world (section 6), where each unit of capacity counts as a member of its own and
// the demand is how many are needed: without a unit to spare, each is read like a
// single relation; else as many doubtful units as there are to spare count as lost,
// those in the best state first, so that doubt alone never makes it worse than AT_RISK.
func (r *reading) capacityState(q *req, h holding) State {
	d := r.s.details(q)
	demand := d.DemandAt(r.at)
	needed, total := multiple(demand, 1), h.recorded()
	switch {
	case q.gone || h.valid == 0 && q.size == 0:
		return Operational // it never had a member: a blind spot
	case !needed.less(total):
		h.full = h.full.plus(h.uncountedDegraded).plus(h.uncountedDown)
		h.degraded = h.degraded.minus(h.uncountedDegraded)
	case h.valid > 0 && !h.believed:
		return Operational
	default:
		spare := total.minus(needed)
		lost := least(spare, h.doubtfulFull)
		h.full = h.full.minus(lost)
		h.degraded = h.degraded.minus(least(spare.minus(lost), h.doubtfulDegraded))
	}
	have := h.hundredths(percentage(d.Degraded))
	switch {
	case have.less(multiple(demand, percentage(d.Floor))):
		return Down
	case have.less(needed.times(100)):
		return Degraded
	case have.less(multiple(demand, 100+uint64(d.Headroom))):
		return AtRisk
	}
	return Operational
}

func least(a, b amount) amount {
	if a.less(b) {
		return a
	}
	return b
}

// noDetails are shared by all requirements without any; nobody changes them.
var noDetails RuleDetails

// details are what only some rules ask of a requirement; those of other rules are
// empty.
func (s *Snapshot) details(q *req) *RuleDetails {
	if !q.rule.detailed() {
		return &noDetails
	}
	return &s.names.details[q.kGiven]
}

// stepped are the consumers of requirements whose demand changes; in no order.
func (s *Snapshot) stepped() []uint32 {
	var out []uint32
	if len(s.names.details) == 0 {
		return nil
	}
	for r := range uint32(s.reqSize()) {
		if q := s.req(r); !q.gone && len(s.details(q).Steps) > 0 && s.flagsOf(q.consumer)&flagAbsent == 0 {
			out = append(out, q.consumer)
		}
	}
	return out
}

// capacity completes how a CAPACITY requirement stands.
func (m *moment) capacity(of uint32, q *req, state func(provider uint32) State, out *RequirementState) {
	d := m.s.details(q)
	demand := d.DemandAt(m.read.at)
	h := m.read.held(of, q, state)
	out.State = m.read.capacityState(q, h)
	have := h.hundredths(percentage(d.Degraded))
	out.Capacity = &CapacityState{
		Demand: demand, Wanted: multiple(demand, 100+uint64(d.Headroom)).plus(amount{0, 99}).over(100),
		Have: have.over(100), Recorded: h.recorded().over(1),
	}
	// The greatest may fail first.
	var delivering []int64
	for _, x := range out.Members {
		if x.State <= AtRisk {
			delivering = append(delivering, x.Capacity())
		}
	}
	slices.Sort(delivering)
	need := multiple(demand, 100)
	left := 0
	for ; left < len(delivering); left++ {
		next := have.minus(multiple(delivering[len(delivering)-1-left], 100))
		if next.less(need) {
			break
		}
		have = next
	}
	if have.less(need) {
		left = -1 // it is short already
	}
	out.K = len(delivering) - left
}

// Capacity is what the member holds; 0 where nobody stated it.
func (x *Member) Capacity() int64 { return max(0, x.Link.capacity) }

// unstated says whether nobody states what some member of requirement r holds.
func (s *Snapshot) unstated(r uint32) (some bool) {
	s.edges(s.req(r).consumer, func(e edge) bool {
		some = e.req == r+1 && s.names.shapes.list[e.shape].capacity < 0
		return !some
	})
	return some
}
