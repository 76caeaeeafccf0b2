package graph

import (
	"bytes"
	"slices"
	"sync"
	"time"
)

// Focus narrows assessments down to what effects on some CIs can make worse, whatever
// else goes on at the same time: what makes no difference to that is not solved. It is
// made once and used for many scenarios on the same graph, none of which has a patch. Of
// other CIs, nothing is told.
type Focus struct {
	s       *Snapshot
	now     time.Time
	from    []uint32         // the CIs
	effects map[uint32]State // the worst that scenarios do to nodes by themselves
	still   bool             // nothing but effects makes one instant another one
	parts   [3]func() *part  // by world
	static  func() *part     // where it is not still
}

// part is what can make a difference in one world.
type part struct {
	about *numbered // what the focus is about
	taken nodeSet   // what that depends on
	// outside is a mask that has heldBit for each node that is not taken. Whatever one inside
	// depends on is inside, so that states inside are those of the whole graph. nil: see start.
	outside []uint8
	start   *start // without effects, of the nodes that are taken

	mu   sync.Mutex
	with []withEffects // that many scenarios have in common
}

// withEffects is what holds with some effects.
type withEffects struct {
	done []rise // what they do to nodes, ascending, each once
	*start
}

// Focus is about what these effects can make worse. Scenarios may have any of them, and
// of those of others; now dates the evidence.
func (s *Snapshot) Focus(now time.Time, about, others []OwnEffect) *Focus {
	f := &Focus{s: s, now: now, effects: map[uint32]State{}, still: s.timeless()}
	for k, e := range slices.Concat(about, others) {
		f.still = f.still && e.Kind != Restart // what waits for one gets worse than by what holds then
		if i, ok := s.at(e.CI); ok {
			f.effects[i] = max(f.effects[i], e.Kind.State())
			if k < len(about) {
				f.from = append(f.from, i)
			}
		}
	}
	f.static = sync.OnceValue(f.reached)
	for w := range f.parts {
		f.parts[w] = sync.OnceValue(func() *part { return f.rising(World(w)) })
	}
	return f
}

// in is what can make a difference in a world.
func (f *Focus) in(w World) *part {
	if f.still {
		return f.parts[w]()
	}
	return f.static()
}

// Meets says whether an effect on a CI, with others or alone, can make a difference in a
// world to what the focus is about.
func (f *Focus) Meets(w World, id ID) bool {
	i, ok := f.s.at(id)
	return ok && f.in(w).taken.has(i)
}

// about says whether the focus is about a node; nil is about all.
func (f *Focus) about(w World, i uint32) bool { return f == nil || f.in(w).about.has(i) }

// fits says whether a scenario is one of those that the focus was made for.
func (f *Focus) fits(sc *Scenario) bool {
	for e := range sc.all() {
		if i, ok := f.s.at(e.CI); ok && e.Kind.State() > f.effects[i] || f.still && e.Kind == Restart {
			return false
		}
	}
	return true
}

// split tells effects on the CIs that the focus is about from others.
func (f *Focus) split(effects []OwnEffect) (mine, others []OwnEffect) {
	for _, e := range effects {
		if i, ok := f.s.at(e.CI); ok && slices.Contains(f.from, i) {
			mine = append(mine, e)
		} else {
			others = append(others, e)
		}
	}
	return mine, others
}

// reached is what depends on the CIs, whatever the redundancy, and all that it stands on.
func (f *Focus) reached() *part {
	s := f.s
	about := s.spread(f.from, Consumers)
	taken := s.spread(about, Providers)
	return &part{about: s.nodeSet(about).numbered(), taken: s.nodeSet(taken), outside: s.outside(taken)}
}

// outside is a mask that has heldBit for all nodes but these.
func (s *Snapshot) outside(nodes []uint32) []uint8 {
	mask := bytes.Repeat([]byte{heldBit}, s.size())
	for _, i := range nodes {
		mask[i] = 0
	}
	return mask
}

// rising is what rises when all effects hold at once, as far as it depends on the CIs
// over nodes that do, and on which such nodes it stands.
//
// What does not rise then rises in no scenario: states only get worse with more effects.
// So everything else is as it is without effects, or makes no difference.
func (f *Focus) rising(w World) *part {
	s := f.s
	read := s.read(w, f.now, f.now)
	quiet := s.quiet(read)
	v := newSolver(read)
	defer v.release()
	heavy := s.weigh(v, quiet, f.effects)
	for i, to := range f.effects {
		v.own(i, to)
	}
	v.run()
	rises := s.nodeSet(nil)
	for level := AtRisk; level <= Down; level++ {
		rises.add(v.queue[level][quiet.queued(level):])
	}
	paths := len(s.goals()) > 0
	about := s.spreadOver(f.from, Consumers, paths, rises)
	told := s.nodeSet(about)
	if w != Headline { // of what the headline tells, other worlds are asked, too
		for k, bits := range f.parts[Headline]().about.nodeSet {
			told[k] |= bits
			rises[k] |= bits
		}
		about = told.nodes()
	}
	p := &part{about: told.numbered()}
	// What does not rise though it loses a member: margins are asked of it.
	for _, i := range about {
		s.consumers(i, false, nil, func(c uint32) {
			if !rises.has(c) && s.flagsOf(c)&flagGrouped != 0 {
				rises.put(c)
				about = append(about, c)
			}
		})
	}
	p.taken = s.nodeSet(s.spreadOver(about, Providers, paths, rises))
	p.start = quiet.only(p.taken)
	if heavy != nil && p.taken.has(heavy.effect.node()) {
		p.with = append(p.with, withEffects{[]rise{heavy.effect}, heavy.within(p.taken, quiet, p.start)})
	}
	return p
}

// maxKept bounds how many sets of effects a part keeps the outcome of.
const maxKept = 64

// above is what holds with some effects: solved once, as long as there is room to keep
// it, and above what holds with those of them that do the most.
func (p *part) above(read *reading, effects []OwnEffect) *start {
	done := doneBy(read.s, effects)
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(done) > 1 {
		for k := range done { // most are asked for by themselves, too
			p.solved(read, done[k:k+1])
		}
	}
	return p.solved(read, done)
}

func (p *part) solved(read *reading, done []rise) *start {
	best := withEffects{start: p.start}
	for _, x := range p.with {
		if len(x.done) == len(done) && slices.Equal(x.done, done) {
			return x.start
		}
		if len(x.grown) > len(best.grown) && subset(x.done, done) {
			best = x
		}
	}
	if len(done) == 0 {
		return p.start
	}
	v := newSolver(read)
	defer v.release()
	v.begin(best.start)
	for _, r := range done {
		v.own(r.node(), r.state())
	}
	v.run()
	x := v.above(p.start)
	if len(p.with) < maxKept {
		p.with = append(p.with, withEffects{done, x})
	}
	return x
}

// doneBy is what effects do to nodes: ascending, each once.
func doneBy(s *Snapshot, effects []OwnEffect) []rise {
	out := make([]rise, 0, len(effects))
	for _, e := range effects {
		if i, ok := s.at(e.CI); ok {
			out = append(out, riseOf(i, e.Kind.State()))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// subset says whether all of a are in b; both ascend.
func subset(a, b []rise) bool {
	for _, x := range a {
		k, found := slices.BinarySearch(b, x)
		if !found {
			return false
		}
		b = b[k+1:]
	}
	return true
}
