package graph

import (
	"strconv"
	"strings"
	"time"
)

// FormatDuration writes ISO 8601, for example PT20M, PT36H, -PT0.5S; hours are
// not folded into days, so that nobody has to ask how long a day is.
func FormatDuration(d time.Duration) string {
	if d == 0 {
		return "PT0S"
	}
	var b strings.Builder
	n := uint64(d)
	if d < 0 {
		b.WriteByte('-')
		n = -n // also of the least int64
	}
	b.WriteString("PT")
	part := func(unit time.Duration, letter byte) {
		if q := n / uint64(unit); q > 0 {
			b.WriteString(strconv.FormatUint(q, 10))
			b.WriteByte(letter)
			n %= uint64(unit)
		}
	}
	part(time.Hour, 'H')
	part(time.Minute, 'M')
	if n > 0 {
		s, frac := n/uint64(time.Second), n%uint64(time.Second)
		b.WriteString(strconv.FormatUint(s, 10))
		if frac > 0 {
			digits := strconv.FormatUint(frac, 10)
			b.WriteByte('.')
			b.WriteString(strings.TrimRight(strings.Repeat("0", 9-len(digits))+digits, "0"))
		}
		b.WriteByte('S')
	}
	return b.String()
}

// durationUnits are the parts of an ISO 8601 duration in the order in which they
// may come. Years and months have no fixed length and are refused.
var durationUnits = []struct {
	time   bool // behind the T
	letter byte
	length time.Duration
}{
	{false, 'W', 7 * 24 * time.Hour}, {false, 'D', 24 * time.Hour},
	{true, 'H', time.Hour}, {true, 'M', time.Minute}, {true, 'S', time.Second},
}

// ParseDuration reads an ISO 8601 duration of weeks, days (of 24 hours), hours,
// minutes and seconds; only seconds may have a fraction, down to nanoseconds.
func ParseDuration(s string) (time.Duration, error) {
	bad := func() (time.Duration, error) {
		return 0, Errorf(Invalid, "%q is not a duration", Clip(s)).WithHint("write it as ISO 8601, for example PT20M, PT1H30M or P2D; without years and months")
	}
	rest, negative := strings.CutPrefix(s, "-")
	rest, ok := strings.CutPrefix(rest, "P")
	if !ok {
		return bad()
	}
	var total uint64
	inTime, parts := false, 0
	for next := 0; rest != ""; parts++ {
		if rest[0] == 'T' {
			if inTime || len(rest) == 1 {
				return bad()
			}
			inTime, rest = true, rest[1:]
		}
		end := strings.IndexFunc(rest, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
		if end <= 0 {
			return bad()
		}
		number, letter := rest[:end], rest[end]
		rest = rest[end+1:]
		for next < len(durationUnits) && (durationUnits[next].time != inTime || durationUnits[next].letter != letter) {
			next++
		}
		if next == len(durationUnits) {
			return bad()
		}
		n, ok := times(number, durationUnits[next].length)
		if !ok || total+n < total {
			return bad()
		}
		total += n
		next++
	}
	switch {
	case parts == 0:
		return bad()
	case negative && total <= 1<<63:
		return time.Duration(-total), nil
	case negative || total > 1<<63-1:
		return bad()
	}
	return time.Duration(total), nil
}

// times is a decimal number of units in nanoseconds, exact.
func times(number string, unit time.Duration) (uint64, bool) {
	whole, frac, dotted := strings.Cut(number, ".")
	n, err := strconv.ParseUint(whole, 10, 64)
	if err != nil || n > 1<<63/uint64(unit) {
		return 0, false
	}
	n *= uint64(unit)
	if !dotted {
		return n, true
	}
	if unit != time.Second || frac == "" || len(frac) > 9 {
		return 0, false
	}
	f, err := strconv.ParseUint(frac+strings.Repeat("0", 9-len(frac)), 10, 64)
	return n + f, err == nil
}
