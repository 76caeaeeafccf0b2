package graph

// track is the states of many nodes over the segments of a sweep, kept as changes.
type track struct {
	ground *start   // what they are where nothing is noted; nil: OPERATIONAL
	about  nodeSet  // the nodes that are noted; nil: all
	slot   slots    // by node: line+1
	nodes  []uint32 // by line: those that were once worse than on the ground
	lines  []lineOf
	live   []uint32    // lines that are worse
	spare  []uint32    // for the next ones
	pages  []*stepPage // steps by time
	made   uint32      // steps

	begin     uint32 // the segment from which the worst counts
	counts    Counts // of the last segment, the ground aside
	most      Counts // of the worst segment
	mostAtSeg uint32
}

// lineOf is one node's.
type lineOf struct {
	first, last uint32 // of its steps, +1
	seen        uint32 // the last segment, from 1, in which it was worse than on the ground
	now         State  // in the last segment
	worst       State  // from the track's begin on
	worstSeg    uint32 // the first of the worst
}

// step is the state of a line from a segment on.
type step struct {
	seg, next uint32 // next: its next step +1, or 0
	state     State
}

// stepPage holds steps where they need not be moved when there are more.
type stepPage [4096]step

func newTrack(size int) *track { return &track{slot: make(slots, size>>8+1)} }

// slots are numbers by node, of which few are not 0.
type slots []*[256]uint32

func (s slots) get(i uint32) uint32 {
	if int(i>>8) >= len(s) || s[i>>8] == nil {
		return 0
	}
	return s[i>>8][i&255]
}

func (s slots) set(i, to uint32) {
	if s[i>>8] == nil {
		s[i>>8] = new([256]uint32)
	}
	s[i>>8][i&255] = to
}

// step is step number k, from 1.
func (t *track) step(k uint32) *step { return &t.pages[(k-1)>>12][(k-1)&4095] }

// note takes the states of segment seg out of a solver.
func (t *track) note(seg uint32, v *solver) {
	live := t.spare[:0]
	for level := AtRisk; level <= Down; level++ {
		for _, i := range v.queue[level][t.ground.queued(level):] {
			if v.of(i) != level || t.about != nil && !t.about.has(i) {
				continue // it rose further, or nobody asks
			}
			line := t.slot.get(i)
			if line == 0 {
				now := t.ground.of(i)
				t.nodes, t.lines = append(t.nodes, i), append(t.lines, lineOf{now: now, worst: now, worstSeg: t.begin})
				line = uint32(len(t.nodes))
				t.slot.set(i, line)
			}
			line--
			l := &t.lines[line]
			if l.seen == seg+1 {
				continue
			}
			l.seen = seg + 1
			live = append(live, line)
			if l.now != level {
				t.add(l, seg, level)
			}
		}
	}
	for _, line := range t.live {
		if l := &t.lines[line]; l.seen != seg+1 {
			t.add(l, seg, t.ground.of(t.nodes[line]))
		}
	}
	t.live, t.spare = live, t.live
	if seg == t.begin {
		for _, line := range live { // what has been so since before
			if l := &t.lines[line]; l.now > l.worst {
				l.worst, l.worstSeg = l.now, seg
			}
		}
	}
	if seg == t.begin || seg > t.begin && t.counts.worse(t.most) {
		t.most, t.mostAtSeg = t.counts, seg
	}
}

// from makes segment seg the one from which the worst counts.
func (t *track) from(seg uint32) {
	t.begin = seg
	for k := range t.lines {
		t.lines[k].worst, t.lines[k].worstSeg = t.ground.of(t.nodes[k]), seg
	}
}

// add appends a step to a line.
func (t *track) add(l *lineOf, seg uint32, to State) {
	t.counts.sub(l.now)
	t.counts.add(to)
	if l.now = to; to > l.worst {
		l.worst, l.worstSeg = to, seg
	}
	if t.made++; int(t.made) > len(t.pages)<<12 {
		t.pages = append(t.pages, new(stepPage))
	}
	at := t.made
	*t.step(at) = step{seg: seg, state: to}
	if l.first == 0 {
		l.first = at
	} else {
		t.step(l.last).next = at
	}
	l.last = at
}

// of is the first step of a node +1, or 0.
func (t *track) of(i uint32) uint32 {
	if line := t.slot.get(i); line != 0 {
		return t.lines[line-1].first
	}
	return 0
}

// at is the state of a node in a segment.
func (t *track) at(i, seg uint32) State {
	s := t.ground.of(i)
	for k := t.of(i); k != 0; {
		x := t.step(k)
		if x.seg > seg {
			break
		}
		s, k = x.state, x.next
	}
	return s
}

// well says whether a node was OPERATIONAL at all times.
func (t *track) well(i uint32) bool { return t.of(i) == 0 && t.ground.of(i) == Operational }
