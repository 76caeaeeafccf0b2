package graph

import "slices"

// track is the states of many nodes over the segments of a sweep, kept as changes.
type track struct {
	slot  []uint32 // by node: line+1
	nodes []uint32 // by line
	now   []State  // by line: in the last segment
	seen  []uint32 // by line: the last segment, from 1, in which it was not OPERATIONAL
	live  []uint32 // lines that are not OPERATIONAL
	steps []step   // by time
	first []uint32 // by line, once sorted: its steps are [first[l], first[l+1])
}

// step is the state of a line from a segment on.
type step struct {
	line, seg uint32
	state     State
}

func newTrack(size int) *track { return &track{slot: make([]uint32, size)} }

// note takes the states of segment seg out of a solver.
func (t *track) note(seg uint32, v *solver) {
	live := t.live[:0:0]
	for level := AtRisk; level <= Down; level++ {
		for _, i := range v.queue[level] {
			if v.of(i) != level {
				continue // it rose further
			}
			line := t.slot[i]
			if line == 0 {
				t.nodes, t.now, t.seen = append(t.nodes, i), append(t.now, Operational), append(t.seen, 0)
				line = uint32(len(t.nodes))
				t.slot[i] = line
			}
			line--
			if t.seen[line] == seg+1 {
				continue
			}
			t.seen[line] = seg + 1
			live = append(live, line)
			if t.now[line] != level {
				t.now[line] = level
				t.steps = append(t.steps, step{line, seg, level})
			}
		}
	}
	for _, line := range t.live {
		if t.seen[line] != seg+1 {
			t.now[line] = Operational
			t.steps = append(t.steps, step{line, seg, Operational})
		}
	}
	t.live = live
}

// sort puts the steps in order by line.
func (t *track) sort() {
	t.first = make([]uint32, len(t.nodes)+1)
	for _, s := range t.steps {
		t.first[s.line+1]++
	}
	for l := range t.nodes {
		t.first[l+1] += t.first[l]
	}
	next, out := slices.Clone(t.first[:len(t.nodes)]), make([]step, len(t.steps))
	for _, s := range t.steps {
		out[next[s.line]] = s
		next[s.line]++
	}
	t.steps = out
}

// of is the steps of a node.
func (t *track) of(i uint32) []step {
	if int(i) >= len(t.slot) || t.slot[i] == 0 {
		return nil
	}
	l := t.slot[i] - 1
	return t.steps[t.first[l]:t.first[l+1]]
}

// at is the state of a node in a segment.
func (t *track) at(i, seg uint32) State {
	steps := t.of(i)
	k, found := slices.BinarySearchFunc(steps, seg, func(s step, seg uint32) int { return int(s.seg) - int(seg) })
	if found {
		return steps[k].state
	}
	if k == 0 {
		return Operational
	}
	return steps[k-1].state
}
