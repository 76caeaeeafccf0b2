package graph

// state is what a requirement passes on when, of its members after transfer,
// c[0] are AT_RISK or worse, c[1] DEGRADED or worse, c[2] DOWN
// (impact-semantics.md, section 4): the k-th best member's state, and AT_RISK
// where fewer spares deliver than are required.
func (q *req) state(c [3]uint32) State {
	switch {
	case q.gone || q.rule == Reaches || q.n == 0 && q.size == 0:
		return Operational // it never had a member: a blind spot; or it has none, and paths decide
	case q.n < q.k:
		return Down
	}
	allowed := q.n - q.k // members that may be worse
	switch {
	case c[2] > allowed:
		return Down
	case c[1] > allowed:
		return Degraded
	case c[0] > allowed, q.n-c[1] < q.k+q.spare:
		return AtRisk
	}
	return Operational
}

// needsAll says whether every member is needed, so that each is read like a
// single relation.
func (q *req) needsAll() bool { return q.rule != Capacity && q.k >= q.size }

// stateOf is state in a world, with the members that there are: d counts the
// doubtful ones as c counts all. A requirement with spares relies on the doubtful
// ones as little as it can: as many as there are spares count as DOWN, those in
// the best state first, so that doubt alone never makes it worse than AT_RISK
// (impact-semantics.md, section 6).
func (q *req) stateOf(w World, m muster, c, d [3]uint32) State {
	here := *q
	here.n = m.n
	if q.needsAll() || q.gone || m.n == 0 && q.size == 0 {
		return here.state(c)
	}
	switch {
	case m.n == 0 && w == Certain:
		return Operational
	case m.n > 0 && !m.believed:
		return Operational
	case m.n < q.k:
		return Down
	}
	discounted := min(m.n-q.k, m.doubtful)
	for k := range c {
		c[k] += min(discounted, m.doubtful-d[k])
	}
	return here.state(c)
}

// settle derives size, k and spare from what was given and the membership n: the
// designed size is, where nobody gave it, the greatest membership ever.
func (q *req) settle() {
	q.grown = max(q.grown, int32(q.n))
	size := int(q.designed)
	if size == 0 {
		size = int(q.grown)
	}
	k := q.rule.Needed(size, int(q.kGiven), int(q.percent))
	spare := int(q.spareGiven)
	if q.rule == Capacity || q.rule == Reaches {
		k, spare = 0, 0
	}
	if spare < 0 {
		spare = min(1, max(0, size-k))
	}
	q.size, q.k, q.spare = uint32(size), uint32(k), uint32(spare)
}

// Asks says whether any requirement has the rule.
func (s *Snapshot) Asks(rule Rule) bool {
	for r := range uint32(s.reqSize()) {
		if q := s.req(r); q.rule == rule && !q.gone {
			return true
		}
	}
	return false
}
