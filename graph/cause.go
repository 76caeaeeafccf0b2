package graph

// Cause is the last step of the proof of a CI that rose: what Why would give as
// its last rise, without the proof before it.
func (a *Assessment) Cause(id ID) (Justification, bool) {
	i, ok := a.s.at(id)
	if !ok {
		return Justification{}, false
	}
	m := a.raisedAt(a.worstOf(i))
	from, to := m.states.get(i)
	if to <= from {
		return Justification{}, false
	}
	rise, _ := m.ranks().first(i, to)
	j, _ := m.justify(rise)
	return j, true
}
