package graph

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"
	"time"
)

// Interaction is what several changes do together and none of them alone
// (impact-semantics.md, section 5): a CI that is DEGRADED or DOWN in the joint
// run and better than that in each single run.
type Interaction struct {
	CI          ID
	State       State     // in the joint run, the worst of the time
	From, Until time.Time // half-open; zero: one instant, or no end
	// Parties are a smallest set of changes that reaches the state together, in the
	// order of the scenario; where several are as small, the first.
	Parties []string
	// Breaks is the requirement that falls: the CI's own, or one that it depends on
	// in the proof. Nil where no requirement is involved.
	Breaks *RequirementState
}

// Joint is how the changes of a scenario act on each other.
type Joint struct {
	Parties      []string      // in the order of the scenario
	Interactions []Interaction // the worst first, then by time, then by ref
	// MarginLost are CIs that are AT_RISK together, at some instant, and better in
	// each single run; by ref.
	MarginLost []ID
	Complete   bool // all sets were reduced to smallest ones

	alone func(id ID) []string
}

// Alone are the changes that, by themselves, bring the CI into the state that it
// has at its worst; none: only together.
func (j *Joint) Alone(id ID) []string { return j.alone(id) }

// maxInteraction is the greatest set of changes that is looked for.
const maxInteraction = 4

// maxSubsets bounds how many sets of changes are solved.
const maxSubsets = 400

// PatchParty is the party of a scenario's patch.
const PatchParty = "patch"

// parties are the names of the scenario's changes and, by effect, whose it is; the
// patch's, if there is one, is the last.
func (sc *Scenario) parties(s *Snapshot) (names []string, of []int) {
	for k, e := range sc.Effects {
		name := e.Party
		if name == "" {
			name = fmt.Sprintf("%s of %s", e.Kind, s.Ref(e.CI))
			if slices.Contains(names, name) {
				name = fmt.Sprintf("%s (%d)", name, k+1)
			}
		}
		at := slices.Index(names, name)
		if at < 0 {
			at = len(names)
			names = append(names, name)
		}
		of = append(of, at)
	}
	if len(sc.Patch) > 0 {
		names = append(names, PatchParty)
	}
	return names, of
}

// joiner compares the joint run of an assessment with runs of fewer changes.
type joiner struct {
	a     *Assessment
	names []string
	of    []int
	joint outcome
	runs  map[uint64]outcome // by the set of parties
	sets  []uint64           // of runs, in the order in which they were solved
	reach []uint64           // by node, or its number among those asked for: the parties on whose effects it depends
	asked *numbered          // the only nodes that are asked for; nil: any may be
	cut   bool
}

// Joint compares the scenario with its changes one by one. It costs a run a
// change, and more where changes interact.
func (a *Assessment) Joint() *Joint { return a.together.get(a.findJoint) }

func (a *Assessment) findJoint() *Joint {
	j := &joiner{a: a, runs: map[uint64]outcome{}, joint: a.moment}
	if a.window != nil {
		j.joint = a.window
	}
	j.names, j.of = a.scenario.parties(a.s)
	out := &Joint{Parties: j.names, Complete: true}
	if len(j.names) > 63 {
		// Beyond what a set of parties holds: nothing is claimed.
		out.Complete = false
		out.alone = func(ID) []string { return nil }
		return out
	}
	out.alone = func(id ID) []string {
		i, ok := a.s.at(id)
		if !ok {
			return nil
		}
		if from, to := a.fromTo(i); to > from {
			return j.alone(i, to, j.worst(i))
		}
		return nil
	}
	if len(j.names) < 2 {
		return out
	}
	for _, i := range a.everRisen() {
		// What depends on one change only is no worse together than by that.
		if a.options.Focus.about(a.options.World, i) && bits.OnesCount64(j.parties(i)) > 1 {
			j.interact(i, out)
		}
	}
	slices.SortFunc(out.Interactions, func(x, y Interaction) int {
		return cmp.Or(cmp.Compare(y.State, x.State), x.From.Compare(y.From), a.s.Ref(x.CI).Compare(a.s.Ref(y.CI)))
	})
	slices.SortFunc(out.MarginLost, func(x, y ID) int { return a.s.Ref(x).Compare(a.s.Ref(y)) })
	out.Complete = !j.cut && a.Complete()
	return out
}

// everRisen are the nodes that rose, in no order.
func (a *Assessment) everRisen() []uint32 {
	if a.window == nil {
		return a.risen
	}
	var out []uint32
	for i := range a.window.rose() {
		out = append(out, i)
	}
	return out
}

// worst is the instant of a node's worst.
func (j *joiner) worst(i uint32) int64 {
	if w := j.a.window; w != nil {
		if p, ok := w.peak(i); ok {
			return max(w.starts[p.seg], w.window.from)
		}
	}
	return 0
}

// alone are the parties that reach a state by themselves.
func (j *joiner) alone(i uint32, to State, at int64) []string {
	var out []string
	for p := range j.names {
		if j.run(1<<p).stateAt(i, at) >= to {
			out = append(out, j.names[p])
		}
	}
	return out
}

// interact looks for instants at which node i is worse than in every single run.
func (j *joiner) interact(i uint32, out *Joint) {
	mine := j.parties(i)
	for p := range j.names {
		if mine>>p&1 == 1 {
			j.run(1 << p)
		}
	}
	times, asked := j.times(i, mine, 0, j.joint)
	margin := false
	var open *Interaction
	var openSet uint64
	for k := 0; k < len(times); k++ {
		t := times[k]
		state := j.joint.stateAt(i, t)
		single := Operational
		for p := range j.names {
			if mine>>p&1 == 1 { // without its party a node is as in the baseline, which any run has
				single = max(single, j.run(1<<p).stateAt(i, t))
			}
		}
		if state <= single || state < Degraded {
			margin = margin || state == AtRisk && state > single
			open = nil
			continue
		}
		set := j.smallest(i, t, state)
		if asked < len(j.sets) { // what was asked for that may change before anything else does
			var more []int64
			more, asked = j.times(i, mine, asked)
			for _, x := range more {
				if at, known := slices.BinarySearch(times, x); !known && x > t {
					times = slices.Insert(times, at, x)
				}
			}
		}
		if open != nil && open.State == state && openSet == set {
			open.Until = j.until(times, k)
			continue
		}
		out.Interactions = append(out.Interactions, Interaction{CI: j.a.s.idOf(i), State: state, Parties: j.named(set), Breaks: j.breaks(i, t)})
		open, openSet = &out.Interactions[len(out.Interactions)-1], set
		if j.a.window != nil {
			open.From, open.Until = timeAt(t), j.until(times, k)
		}
	}
	if margin {
		out.MarginLost = append(out.MarginLost, j.a.s.idOf(i))
	}
}

// times are the instants of the window at which node i may change in the runs that were
// solved after the first so many, and in others; and how many there are now. Of one
// instant there is one.
func (j *joiner) times(i uint32, mine uint64, after int, others ...outcome) (out []int64, asked int) {
	w := j.a.window
	if w == nil {
		return []int64{0}, len(j.sets)
	}
	for _, set := range j.sets[after:] {
		if set&^mine == 0 {
			others = append(others, j.runs[set])
		}
	}
	out = append(out, w.window.from)
	for _, o := range others {
		for _, t := range o.changes(i) {
			if w.window.has(t) {
				out = append(out, t)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out), len(j.sets)
}

// until is where the part of the window ends that begins at times[k].
func (j *joiner) until(times []int64, k int) time.Time {
	if k+1 < len(times) {
		return timeAt(times[k+1])
	}
	if w := j.a.window; w != nil {
		return timeAt(w.window.until)
	}
	return time.Time{}
}

func (j *joiner) named(set uint64) []string {
	var out []string
	for p, name := range j.names {
		if set>>p&1 != 0 {
			out = append(out, name)
		}
	}
	return out
}

// smallest is a smallest set of parties that brings node i into a state at an
// instant. Where there are too many sets, or none of at most four suffices, it is
// all parties that reach the node, and the answer is not complete.
func (j *joiner) smallest(i uint32, at int64, state State) uint64 {
	all := j.parties(i)
	var candidates []int
	for p := range j.names {
		if all>>p&1 == 1 {
			candidates = append(candidates, p)
		}
	}
	for size := 2; size <= min(maxInteraction, len(candidates)); size++ {
		for set := range subsets(candidates, size) {
			if _, known := j.runs[set]; !known && len(j.sets) >= maxSubsets+len(j.names) {
				j.cut = true
				return all
			}
			if j.run(set).stateAt(i, at) >= state {
				return set
			}
		}
	}
	j.cut = true
	return all
}

// breaks is the last requirement in the proof of node i at an instant that is no
// better than the node.
func (j *joiner) breaks(i uint32, at int64) *RequirementState {
	m := j.a.moment
	if w := j.a.window; w != nil {
		m = j.a.raisedAt(w.segmentAt(at))
	}
	var found *RequirementState
	for _, r := range m.rises(i) {
		if r.Kind == ByRequirement && !r.Baseline && r.State >= Degraded {
			found = r.Requirement
		}
	}
	return found
}
