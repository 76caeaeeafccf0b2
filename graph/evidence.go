package graph

import (
	"math"
	"time"
)

// Band is how sure it is that a relation is as recorded (impact-semantics.md,
// section 6), the least sure first.
type Band uint8

// The three bands.
const (
	Suspected Band = iota // inferred, or a confirmation past its term
	Probable              // declared, which is also what no evidence means
	Confirmed             // by a person, by two independent sources, or observed or discovered
)

var bandNames = enumNames{"band", []string{"SUSPECTED", "PROBABLE", "CONFIRMED"}}

func (b Band) String() string                { return bandNames.name(uint8(b)) }
func (b Band) MarshalText() ([]byte, error)  { return []byte(b.String()), nil }
func (b *Band) UnmarshalText(t []byte) error { return bandNames.read(t, (*uint8)(b)) }

// ConfirmationTerm is how long a person's confirmation holds.
const ConfirmationTerm = 365 * 24 * time.Hour

// BandOf is the band of what these claims say, at a time: the clock of whoever
// asks, never the window of a scenario.
func BandOf(claims []RelationClaim, now time.Time) Band { return sureness(claims).band(now) }

// certainty is all of a relation's evidence that bands depend on.
type certainty struct {
	known     Band  // without what persons confirmed
	confirmed int64 // when a person last did, in microseconds; never: 0, undated: the greatest
}

// sureness sums up the claims of one relation.
func sureness(claims []RelationClaim) certainty {
	c := certainty{known: Suspected}
	stated := 0
	for i := range claims {
		e := &claims[i].Evidence
		if e.ConfirmedBy != "" {
			at := int64(math.MaxInt64)
			if !e.ObservedAt.IsZero() {
				at = e.ObservedAt.UnixMicro()
			}
			c.confirmed = max(c.confirmed, at)
		}
		switch e.Method {
		case Discovered, Observed:
			c.known = Confirmed
		case Unstated, Declared:
			c.known = max(c.known, Probable)
			stated++
		}
	}
	if stated > 1 {
		c.known = Confirmed
	}
	return c
}

// band is the band at a time. A confirmation past its term leaves what is known
// without it, if that is more than a declaration: what was worth confirming once
// is not probable by itself.
func (c certainty) band(now time.Time) Band {
	switch {
	case c.known == Confirmed || c.confirmed == 0:
		return c.known
	case c.confirmed == math.MaxInt64 || now.UnixMicro() < c.confirmed+ConfirmationTerm.Microseconds():
		return Confirmed
	}
	return Suspected
}

// timeless says whether the band is the same at all times.
func (c certainty) timeless() bool {
	return c.known == Confirmed || c.confirmed == 0 || c.confirmed == math.MaxInt64
}
