package change

import (
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// Of an interval of more than 292 years the minutes were below zero.
func TestMinutesOfAnInterval(t *testing.T) {
	for _, x := range []struct {
		from, until string
		want        int
	}{
		{"2026-12-01T20:00:00Z", "2026-12-01T21:00:00Z", 60},
		{"2026-12-01T20:00:00Z", "2026-12-01T21:00:00.000001Z", 61},
		{"2026-12-01T20:00:00.5Z", "2026-12-01T20:01:00.4Z", 1},
		{"2026-12-01T20:00:00.5Z", "2026-12-01T20:01:00.5Z", 1},
		{"2026-12-01T20:00:00.5Z", "2026-12-01T20:01:00.6Z", 2},
		{"2026-12-01T20:00:59.9Z", "2026-12-01T20:01:00.1Z", 1},
		{"2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z", 357573 * 24 * 60},
	} {
		from, until := at(t, x.from), at(t, x.until)
		var m Minutes
		m.add(graph.Interval{From: from, Until: until, Scenario: graph.Down})
		if m.Down != x.want {
			t.Errorf("from %s until %s: %d minutes, not %d", x.from, x.until, m.Down, x.want)
		}
	}
}

func at(t *testing.T, s string) time.Time {
	t.Helper()
	out, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
