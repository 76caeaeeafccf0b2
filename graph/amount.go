package graph

import (
	"math"
	"math/bits"
)

// amount is a sum of capacities, or a multiple of one: 128 bits, so that none
// overflows.
type amount struct{ hi, lo uint64 }

func multiple(n int64, by uint64) amount {
	hi, lo := bits.Mul64(uint64(n), by)
	return amount{hi, lo}
}

func (a amount) plus(b amount) amount {
	lo, carry := bits.Add64(a.lo, b.lo, 0)
	hi, _ := bits.Add64(a.hi, b.hi, carry)
	return amount{hi, lo}
}

func (a amount) minus(b amount) amount {
	lo, borrow := bits.Sub64(a.lo, b.lo, 0)
	hi, _ := bits.Sub64(a.hi, b.hi, borrow)
	return amount{hi, lo}
}

func (a amount) times(by uint64) amount {
	hi, lo := bits.Mul64(a.lo, by)
	return amount{a.hi*by + hi, lo}
}

func (a amount) less(b amount) bool { return a.hi < b.hi || a.hi == b.hi && a.lo < b.lo }

// over is the amount by a divisor, rounded down, or the greatest number.
func (a amount) over(by uint64) int64 {
	if a.hi >= by {
		return math.MaxInt64
	}
	q, _ := bits.Div64(a.hi, a.lo, by)
	return int64(min(q, math.MaxInt64))
}
