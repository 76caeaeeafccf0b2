package graph

import "slices"

// track is the states of many nodes over the segments of a sweep, kept as changes.
type track struct {
	ground *start    // what they are where nothing is noted; nil: OPERATIONAL
	about  *numbered // the nodes that are noted; nil: all
	slot   slots     // by node: line+1
	nodes  []uint32  // by line: those that were once worse than on the ground
	lines  []lineOf
	live   []uint32 // lines that are worse
	spare  []uint32 // for the next ones
	pages  [][]step // steps by time, of which only the last page's are moved when there are more
	made   uint32   // steps

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

// stepPage is how many steps a page holds.
const stepPage = 1 << 12

// newTrack is a track of so many nodes, or of some of them.
func newTrack(size int, about *numbered) *track {
	t := &track{about: about}
	if about != nil {
		t.slot = slots{among: about, few: make([]uint32, len(about.list))}
	} else {
		t.slot.pages = make([]*[256]uint32, size>>8+1)
	}
	return t
}

// slots are numbers by node, of which few are not 0.
type slots struct {
	pages []*[256]uint32
	among *numbered // the only nodes that have one; nil: any may
	few   []uint32  // by theirs
}

func (s *slots) get(i uint32) uint32 {
	if s.among != nil {
		if !s.among.has(i) {
			return 0
		}
		return s.few[s.among.number(i)]
	}
	if int(i>>8) >= len(s.pages) || s.pages[i>>8] == nil {
		return 0
	}
	return s.pages[i>>8][i&255]
}

func (s *slots) set(i, to uint32) {
	if s.among != nil {
		s.few[s.among.number(i)] = to
		return
	}
	if s.pages[i>>8] == nil {
		s.pages[i>>8] = new([256]uint32)
	}
	s.pages[i>>8][i&255] = to
}

// step is step number k, from 1. It stays where it is until there is another.
func (t *track) step(k uint32) *step { return &t.pages[(k-1)/stepPage][(k-1)%stepPage] }

// note takes the states of segment seg out of a solver.
func (t *track) note(seg uint32, v *solver) {
	live := t.spare[:0]
	rose := v.rose() - t.ground.rose()
	if t.about != nil {
		rose = min(rose, len(t.about.list))
	}
	if len(t.nodes) == 0 {
		t.nodes, t.lines = make([]uint32, 0, rose), make([]lineOf, 0, rose)
	}
	live = slices.Grow(live, rose)
	if t.about != nil && len(t.about.list) == rose {
		for _, i := range t.about.list {
			if level := v.of(i); level > t.ground.of(i) {
				live = t.noteOne(live, seg, i, level)
			}
		}
	} else {
		for level := AtRisk; level <= Down; level++ {
			for _, i := range v.queue[level][t.ground.queued(level):] {
				if v.of(i) == level && (t.about == nil || t.about.has(i)) { // else it rose further, or nobody asks
					live = t.noteOne(live, seg, i, level)
				}
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

// noteOne notes that a node is worse than on the ground in segment seg, and adds its line
// to those that are; the second time it does nothing.
func (t *track) noteOne(live []uint32, seg, i uint32, level State) []uint32 {
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
		return live
	}
	l.seen = seg + 1
	if l.now != level {
		t.add(l, seg, level)
	}
	return append(live, line)
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
	if t.made%stepPage == 0 {
		t.pages = append(t.pages, nil)
	}
	last := &t.pages[len(t.pages)-1]
	*last = append(*last, step{seg: seg, state: to})
	t.made++
	at := t.made
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
