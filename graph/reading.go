package graph

import (
	"slices"
	"time"
)

// World says which relations count, by how sure they are (impact-semantics.md,
// section 6). The worlds are nested: certain <= headline <= possible for the state
// of every CI at every instant.
type World uint8

// The three worlds; the zero value is Headline.
const (
	Headline World = iota // what is probable, or better
	Certain               // what is confirmed
	Possible              // all that is recorded
)

var worldNames = enumNames{"world", []string{"HEADLINE", "CERTAIN", "POSSIBLE"}}

func (w World) String() string                { return worldNames.name(uint8(w)) }
func (w World) MarshalText() ([]byte, error)  { return []byte(w.String()), nil }
func (w *World) UnmarshalText(b []byte) error { return worldNames.read(b, (*uint8)(w)) }

// counts says whether a single relation of that band counts.
func (w World) counts(b Band) bool { return b >= [...]Band{Probable, Confirmed, Suspected}[w] }

// doubts says whether a member of that band may not be relied on as a spare.
func (w World) doubts(b Band) bool { return b < [...]Band{Probable, Suspected, Confirmed}[w] }

// reading is how relations are read in one solve: in a world, at an instant, by
// the clock of whoever asks. It is made once a solve and holds nothing of it.
type reading struct {
	s     *Snapshot
	world World
	at    time.Time  // zero: relations are valid at all times
	pass  []Transfer // by shape: of single relations, and of members where all are needed
	carry []Transfer // by shape: of members of other requirements
	bands []Band     // by shape

	// Plain words are all of one band.
	usual       Band
	plain       bool // they count as single relations
	plainDoubts bool // they are doubtful as spares

	// simple: every relation counts, none is doubtful, so that requirements may
	// be judged by their static columns.
	simple bool

	past *past // nil: all grace has elapsed, nothing restarts
}

// wire is one relation, as the solver meets it.
type wire struct {
	provider uint32
	odd
}

// read is the reading of s in a world at an instant, with evidence as of now. Where
// it is the same at all times, it is made once.
func (s *Snapshot) read(w World, at, now time.Time) *reading {
	still := s.still[w].Load()
	if still == nil {
		r := s.readAnew(w, at, now)
		if slices.ContainsFunc(s.names.shapes.list, func(sh shape) bool { return sh.dated() || !sh.sure.timeless() }) {
			return r
		}
		s.still[w].CompareAndSwap(nil, r)
		still = r
	}
	if still.at.Equal(at) {
		return still
	}
	r := *still
	r.at = at
	return &r
}

func (s *Snapshot) readAnew(w World, at, now time.Time) *reading {
	shapes := s.names.shapes.list
	r := &reading{s: s, world: w, at: at, pass: make([]Transfer, 2*len(shapes)), bands: make([]Band, len(shapes))}
	r.pass, r.carry = r.pass[:len(shapes):len(shapes)], r.pass[len(shapes):]
	r.usual = s.base.usual.band(now)
	r.plain, r.plainDoubts = w.counts(r.usual), w.doubts(r.usual)
	r.simple = r.plain && !r.plainDoubts && w != Certain // where nobody is sure that a group has no members
	for k := range shapes {
		sh := &shapes[k]
		b := sh.sure.band(now)
		r.bands[k] = b
		valid := sh.valid(at)
		if valid {
			r.carry[k] = sh.passes()
		}
		if w.counts(b) {
			r.pass[k] = r.carry[k]
		}
		r.simple = r.simple && valid && w.counts(b) && !w.doubts(b)
	}
	return r
}

// as is the reading in which relations that pass on what from does pass on what to does.
func (r *reading) as(to, from Transfer) *reading {
	out := *r
	change := func(list []Transfer) []Transfer {
		list = slices.Clone(list)
		for k, t := range list {
			if t == from {
				list[k] = to
			}
		}
		return list
	}
	out.pass, out.carry = change(r.pass), change(r.carry)
	return &out
}

// muster is who of a requirement's members there is at an instant.
type muster struct {
	n        uint32 // valid
	doubtful uint32 // of them: not to be relied on as spares
	believed bool   // some member reaches the world's band
	known    bool   // it was counted
}

// muster counts the members of requirement q, which is number r.
func (r *reading) muster(of uint32, q *req) (m muster) {
	shapes := r.s.names.shapes.list
	m.known = true
	count := func(shape uint32) {
		if !shapes[shape].valid(r.at) {
			return
		}
		m.n++
		m.believed = m.believed || r.world.counts(r.bands[shape])
		if r.world.doubts(r.bands[shape]) {
			m.doubtful++
		}
	}
	if b := r.s.base; r.s.overlaid(q.consumer) == nil {
		for e := q.first; e < q.first+q.n; e++ { // in the base, members stand together
			count(b.shapeOf(e))
		}
		return m
	}
	r.s.edges(q.consumer, func(e edge) bool {
		if e.req == of+1 {
			count(e.shape)
		}
		return true
	})
	return m
}

// of is what an edge of consumer c passes on.
func (r *reading) of(c uint32, e edge) Transfer {
	t := r.pass[e.shape]
	if e.req != 0 && !r.s.req(e.req-1).needsAll() {
		t = r.carry[e.shape]
	}
	if r.past != nil {
		t = r.past.now(wire{e.to, e.row(c)}, &r.s.names.shapes.list[e.shape], t)
	}
	return t
}

// along is what an in word of a provider passes on.
func (r *reading) along(provider, word uint32) Transfer {
	switch word &^ indexMask {
	case tagReq:
		if !r.plain && r.s.req(word&indexMask).needsAll() {
			return None
		}
		return Hard
	case tagOdd:
		o := r.s.oddAt(word & indexMask)
		e := edge{to: provider, shape: o.shape()}
		if o.member() {
			e.req = o.target + 1
		}
		return r.of(o.target, e)
	}
	if !r.plain {
		return None
	}
	if word&^indexMask == tagSoft {
		return Soft
	}
	return Hard
}
