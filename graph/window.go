package graph

import (
	"math"
	"slices"
	"time"
)

// Window is the time that an assessment looks at, half-open UTC; a zero Until is
// no end.
type Window struct{ From, Until time.Time }

// check fails with Invalid where the window is empty or runs backwards.
func (w Window) check() error {
	if !w.Until.IsZero() && !w.From.Before(w.Until) {
		return Errorf(Invalid, "the window from %s until %s is empty", stamp(w.From), stamp(w.Until)).
			WithHint("let it end after it begins; the end itself does not belong to it")
	}
	return nil
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// span is a half-open interval in microseconds, between always and forever.
type span struct{ from, until int64 }

func (p span) has(t int64) bool { return p.from <= t && t < p.until }

func spanOf(from, until time.Time) span {
	p := span{always, forever}
	if !from.IsZero() {
		p.from = from.UnixMicro()
	}
	if !until.IsZero() {
		p.until = until.UnixMicro()
	}
	return p
}

// timeAt is the instant of a bound; the zero time where there is none.
func timeAt(t int64) time.Time {
	if t == always || t == forever {
		return time.Time{}
	}
	return time.UnixMicro(t).UTC()
}

// later is t+d without going round.
func later(t int64, d int64) int64 {
	if d > 0 && t > math.MaxInt64-d {
		return forever
	}
	if d < 0 && t < math.MinInt64-d {
		return always
	}
	return t + d
}

// timed are effects with their intervals: what has no start
// starts with the window, what has no end lasts. It fails with Invalid where an
// interval is empty or a removal ends.
func timed(effects []OwnEffect, w span) ([]timedEffect, error) {
	out := make([]timedEffect, len(effects))
	for k, e := range effects {
		x := timedEffect{e, spanOf(e.From, e.Until)}
		if e.From.IsZero() {
			x.from = w.from
		}
		switch {
		case !e.Until.IsZero() && e.Kind == Remove:
			return nil, Errorf(Invalid, "effect %d is a removal, which has no end", k).
				WithHint("leave its end out; if the CI comes back, it is an OUTAGE")
		case x.from >= x.until:
			return nil, Errorf(Invalid, "effect %d from %s until %s is empty", k, stamp(timeAt(x.from)), stamp(timeAt(x.until))).
				WithHint("let it end after it begins; without a beginning it begins with the window")
		}
		out[k] = x
	}
	return out, nil
}

// timedEffect is an effect with its interval.
type timedEffect struct {
	OwnEffect
	span
}

// Overrun is the scenario in which every effect that ends lasts percent longer
// than planned: an outage of two hours lasts three at 50. It fails with Invalid
// for a negative percentage, or one above 10,000.
func (sc Scenario) Overrun(percent int) (Scenario, error) {
	if percent < 0 || percent > 10_000 {
		return sc, Errorf(Invalid, "an overrun of %d%% is out of range", percent).WithHint("give 0 to 10000")
	}
	sc.Effects = slices.Clone(sc.Effects)
	for k := range sc.Effects {
		e := &sc.Effects[k]
		if !e.Until.IsZero() && !e.From.IsZero() {
			e.Until = e.Until.Add(e.Until.Sub(e.From) / 100 * time.Duration(percent))
		}
	}
	return sc, nil
}
