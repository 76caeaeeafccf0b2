package graph

import (
	"math"
	"time"
)

// shape is what many relations have in common: all that a snapshot knows of a
// relation but its ends and its requirement.
type shape struct {
	typ       uint16
	transfer  Transfer
	inherited bool // the transfer is the type's default
	phase     Phase
	mute      bool // the type carries no impact
	sure      certainty
	grace     time.Duration
	from, to  int64 // validity, half-open, microseconds; see always
	capacity  int64 // -1: not stated
	weight    float64
	weighed   bool // weight is stated
	qualifier string
}

// The bounds of what is valid at all times.
const (
	always  = math.MinInt64
	forever = math.MaxInt64
)

// startTransfer is what a relation of phase START passes on, whatever its
// transfer: what runs already only loses the ability to start again.
const startTransfer = spareOnly

// passes is what the relation passes on while it counts and its consumer is not
// restarting, all grace elapsed.
func (sh *shape) passes() Transfer {
	switch {
	case sh.mute:
		return None
	case sh.phase == StartPhase:
		return startTransfer
	}
	return sh.transfer
}

// carries says whether impact can flow along the relation at all.
func (sh *shape) carries() bool { return sh.passes() != None }

func (sh *shape) dated() bool { return sh.from != always || sh.to != forever }

// plain says whether a word without a row says all about the relation, in a base
// whose usual evidence is this.
func (sh *shape) plain(usual certainty) bool {
	return sh.phase != StartPhase && sh.grace == 0 && !sh.dated() && sh.sure == usual && sh.capacity < 0
}

// valid says whether the relation counts at an instant; the zero time is all times.
func (sh *shape) valid(at time.Time) bool {
	if at.IsZero() || !sh.dated() {
		return true
	}
	t := at.UnixMicro()
	return sh.from <= t && t < sh.to
}

// relationShape is what a snapshot keeps of a relation's properties; typ is left
// to the caller, who knows its intern table.
func relationShape(cat *Catalogue, r *Relation) (shape, error) {
	t := cat.Type(r.Type)
	if t == nil {
		return shape{}, Errorf(Invalid, "unknown relation type %q", Clip(r.Type))
	}
	p := cat.EffectiveRelation(r)
	sh := shape{
		transfer: *p.Transfer, phase: p.Phase, grace: p.Grace, qualifier: r.Qualifier,
		from: always, to: forever, inherited: true, capacity: -1, sure: sureness(r.Claims),
	}
	if !p.ValidFrom.IsZero() {
		sh.from = p.ValidFrom.UnixMicro()
	}
	if !p.ValidTo.IsZero() {
		sh.to = p.ValidTo.UnixMicro()
	}
	if p.Capacity != nil {
		sh.capacity = *p.Capacity
	}
	if p.Weight != nil {
		sh.weight, sh.weighed = *p.Weight, true
	}
	for _, c := range r.Claims {
		if c.Transfer != nil {
			sh.inherited = false
		}
	}
	sh.ofType(t)
	return sh, nil
}

// ofType applies what the relation's type decides.
func (sh *shape) ofType(t *RelationType) {
	if sh.inherited {
		sh.transfer = t.Transfer
	}
	sh.mute = t.Impact == NoImpact
}

// shown is the effective transfer as people know it, whatever the phase.
func (sh *shape) shown() Transfer {
	if sh.mute {
		return None
	}
	return sh.transfer
}

// An in word says, in two bits, how a provider's state reaches what the other 30
// name: plain hard and soft relations lead straight to the consumer, plain hard
// members of a requirement to its counter, the rest to a row of odd.
const (
	tagHard = iota << 30
	tagSoft
	tagReq
	tagOdd
	indexMask = 1<<30 - 1
)

// odd is a relation that a word cannot say.
type odd struct {
	target uint32 // consumer, or requirement
	how    uint32 // shape, and memberBit where target is a requirement
}

const memberBit = 1 << 31

func (o odd) member() bool  { return o.how&memberBit != 0 }
func (o odd) shape() uint32 { return o.how &^ memberBit }

// row is the odd row of an edge of consumer c.
func (e edge) row(c uint32) odd {
	if e.req == 0 {
		return odd{target: c, how: e.shape}
	}
	return odd{target: e.req - 1, how: e.shape | memberBit}
}

// inWord is the tagged word for an edge of consumer c that carries impact; what a
// word cannot say gets a row by addOdd.
func inWord(c uint32, e edge, sh *shape, usual certainty, addOdd func(odd) uint32) uint32 {
	if sh.plain(usual) {
		switch {
		case e.req == 0 && sh.transfer == Hard:
			return tagHard | c
		case e.req == 0 && sh.transfer == Soft:
			return tagSoft | c
		case e.req != 0 && sh.transfer == Hard:
			return tagReq | (e.req - 1)
		}
	}
	return tagOdd | addOdd(e.row(c))
}
