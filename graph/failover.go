package graph

import (
	"cmp"
	"slices"
	"time"
)

// FailoverEntry is one time that an ACTIVE_PASSIVE requirement goes over to another
// member (impact-semantics.md, section 4): it takes a while, and that is not passed on.
type FailoverEntry struct {
	Requirement RequirementKey
	From, To    ID            // the member that fails, the one that takes over
	At          time.Time     // when From's outage starts; zero: without a window
	Lasts       time.Duration // as the requirement states it
}

// Failovers are those that the scenario causes among what it reaches, by time, then by
// the consumer's ref and name of the requirement. Active at first is the member that
// delivers with the greatest weight, of equals the first by type and ref; later the one
// that took over, until it fails itself. Where nobody can take over there is none.
func (a *Assessment) Failovers() []FailoverEntry { return a.goesOver.get(a.findFailovers) }

func (a *Assessment) findFailovers() []FailoverEntry {
	var groups []uint32
	for _, i := range a.reached() {
		for _, r := range a.s.reqsOf(i) {
			if a.s.req(r).rule == ActivePassive {
				groups = append(groups, r)
			}
		}
	}
	if len(groups) == 0 {
		return nil
	}
	var out []FailoverEntry
	if a.window == nil {
		for _, r := range groups {
			t := turns{s: a.s, r: r, members: a.s.byWeight(r)}
			t.see(a.read, func(i uint32) State { b, _ := a.states.get(i); return b }, time.Time{})
			t.see(a.read, a.scenarioState, time.Time{})
			out = append(out, t.entries...)
		}
	} else {
		for _, r := range groups {
			with, without := a.window.turns(r, true), a.window.turns(r, false)
			for _, e := range with {
				if !slices.Contains(without, e) {
					out = append(out, e)
				}
			}
		}
	}
	slices.SortStableFunc(out, func(x, y FailoverEntry) int {
		return cmp.Or(x.At.Compare(y.At), a.s.Ref(x.Requirement.Consumer).Compare(a.s.Ref(y.Requirement.Consumer)), cmp.Compare(x.Requirement.Name, y.Requirement.Name))
	})
	return out
}

// byWeight are the members of a requirement in the order in which they are active.
func (s *Snapshot) byWeight(r uint32) []edge {
	members := s.memberEdges(r)
	slices.SortStableFunc(members, func(a, b edge) int {
		return -cmp.Compare(s.names.shapes.list[a.shape].weight, s.names.shapes.list[b.shape].weight)
	})
	return members
}

// turns follows one requirement over time.
type turns struct {
	s       *Snapshot
	r       uint32
	members []edge
	active  int // member+1; 0: none delivers
	entries []FailoverEntry
}

// see takes the states at an instant.
func (t *turns) see(read *reading, state func(uint32) State, at time.Time) {
	q := t.s.req(t.r)
	up := func(e edge) bool {
		return t.s.names.shapes.list[e.shape].valid(read.at) && read.of(q.consumer, e).Of(state(e.to)) < Down
	}
	if t.active > 0 && up(t.members[t.active-1]) {
		return
	}
	was := t.active
	t.active = slices.IndexFunc(t.members, up) + 1
	if was > 0 && t.active > 0 {
		t.entries = append(t.entries, FailoverEntry{
			Requirement: RequirementKey{t.s.idOf(q.consumer), t.s.names.requirements.list[q.name]},
			From:        t.s.idOf(t.members[was-1].to), To: t.s.idOf(t.members[t.active-1].to), At: at, Lasts: t.s.details(q).Failover,
		})
	}
}

// turns are those of one requirement within the window, with the scenario or without.
// Which member is active when the window begins is as it is without the scenario.
func (w *sweep) turns(r uint32, scenario bool) []FailoverEntry {
	s, track, read := w.after, w.scene, w.sceneRead
	if !scenario {
		if int(r) >= w.before.reqSize() {
			return nil
		}
		s, track, read = w.before, w.base, w.baseRead
	}
	t := turns{s: s, r: r, members: s.byWeight(r)}
	begin := w.segmentAt(w.window.from)
	t.see(read(w.starts[begin]), func(i uint32) State { return w.base.at(i, uint32(begin)) }, time.Time{})
	for seg := begin; seg < len(w.starts); seg++ {
		at := w.starts[seg]
		t.see(read(at), func(i uint32) State { return track.at(i, uint32(seg)) }, timeAt(max(at, w.window.from)))
	}
	return t.entries
}
