package limit_test

import (
	"strings"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/limit"
)

func TestWhatALimitMayBe(t *testing.T) {
	row := func(u limit.Unit, least, most int64) limit.Limit {
		return limit.Limit{Name: "x", Unit: u, Least: least, Most: most, Meaning: "of something"}
	}
	count, bytes, wait := row(limit.Count, 1, 100), row(limit.Bytes, 100, 4<<20), row(limit.Time, int64(time.Millisecond), int64(time.Hour))
	for _, c := range []struct {
		limit limit.Limit
		text  string
		want  int64 // 0: refused
		shown string
	}{
		{count, "1", 1, "1"}, {count, "100", 100, "100"}, {count, "101", 0, ""}, {count, "0", 0, ""}, {count, "-1", 0, ""}, {count, "1.5", 0, ""},
		{count, "", 0, ""}, {count, "ten", 0, ""}, {count, "1KiB", 0, ""}, {count, " 1", 0, ""}, {count, "99999999999999999999", 0, ""},
		{bytes, "100", 100, "100"}, {bytes, "1024", 1024, "1KiB"}, {bytes, "3KiB", 3072, "3KiB"}, {bytes, "1025", 1025, "1025"}, {bytes, "2MiB", 2 << 20, "2MiB"}, {bytes, "2048KiB", 2 << 20, "2MiB"},
		{bytes, "5MiB", 0, ""}, {bytes, "2MB", 0, ""}, {bytes, "2M", 0, ""}, {bytes, "1048576MiB", 0, ""}, {bytes, "1099511627775MiB", 0, ""},
		{wait, "250ms", int64(250 * time.Millisecond), "250ms"}, {wait, "2m", int64(2 * time.Minute), "2m0s"}, {wait, "10", 0, ""}, {wait, "2h", 0, ""}, {wait, "-1s", 0, ""},
	} {
		n, err := c.limit.Parse(c.text)
		if n != c.want || (err != nil) != (c.want == 0) || err == nil && c.limit.Format(n) != c.shown {
			t.Errorf("%q: %d as %s, %v; want %d as %s", c.text, n, c.limit.Format(n), err, c.want, c.shown)
		}
		if err == nil {
			if again, err := c.limit.Parse(c.limit.Format(n)); again != n || err != nil {
				t.Errorf("%q is shown as %s, which is read as %d, %v", c.text, c.limit.Format(n), again, err)
			}
			continue
		}
		e := graph.AsError(err)
		if e.Kind != graph.Invalid || !strings.Contains(e.Hint, "from "+c.limit.Format(c.limit.Least)+" to "+c.limit.Format(c.limit.Most)) || !strings.Contains(e.Hint, "of something") {
			t.Errorf("%q: %v; %s", c.text, err, e.Hint)
		}
	}
}
