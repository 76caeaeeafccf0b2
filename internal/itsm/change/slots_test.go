package change

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/graph/graphtest"
	"github.com/faultline-itsm/faultline/internal/itsm"
)

// Nothing collides in a slot, and no half hour before the first one is free: all that is
// drawn begins and ends at half hours. What is down anyway is so all the time, and others
// do not take what others together take, too: else the change is free where that is no
// news.
func TestNoTimeBeforeTheEarliestSlotIsFree(t *testing.T) {
	g := graphtest.New(t, `
		shop => any(a, b)
		web -> c grace 1h
		web -> d
		c ~> e
		shop is a business_service
		web is a business_service
	`)
	rapid.Check(t, func(t *rapid.T) {
		c := drawContext(t, g)
		start := c.Now
		about := func(ids []graph.ID) (map[graph.ID]About, error) { return map[graph.ID]About{}, nil }
		got, err := Slots(c, start, about)
		if err != nil {
			t.Fatal(err)
		}
		s := &search{Context: c, about: about, known: map[graph.ID]About{}}
		free := func(at time.Time) bool {
			_, found, err := s.collisions(at)
			if err != nil {
				t.Fatal(err)
			}
			return len(found) == 0
		}
		first := start.Add(4 * 24 * time.Hour)
		for _, x := range got.Slots {
			if !free(x.From) {
				t.Fatalf("%v is told, and not free", x)
			}
			first = got.Slots[0].From
		}
		for at := start; at.Before(first); at = at.Add(half) {
			if free(at) {
				t.Fatalf("%s is free, and told is %v; blocked: %v", at, got.Slots, got.Blocked)
			}
		}
	})
}

// Where more changes overlap than are compared, a time is not called safe.
func TestASlotIsNotSafeWhereNotAllWasCompared(t *testing.T) {
	text := "shop => any(s0, s70)\n"
	for k := range 71 {
		text += fmt.Sprintf("app -> s%d\n", k)
	}
	g := graphtest.New(t, text)
	start := time.Date(2026, 12, 5, 0, 0, 0, 0, time.UTC)
	later := start.Add(48 * time.Hour)
	on := func(k int, until time.Time) *Change {
		return &Change{Record: &itsm.Record{Number: fmt.Sprintf("CHG%02d", k), Values: map[string]graph.Value{itsm.StateAttribute: graph.StringValue(Assess)}},
			From: start.Add(-time.Hour), Until: until, Affected: []Affected{{CI: g.ID(fmt.Sprint("s", k))}}}
	}
	for _, x := range []struct {
		name        string
		first, last int // the servers that are changed
		soon        int // how many of these changes end two days later
		slot        string
		blocked     string
		complete    bool
	}{
		{"sixty are compared", 1, 60, 0, "5T00:00", "", true},
		{"one more is not, ever", 1, 61, 0, "", "5T00:00 1 more", false},
		{"until one has ended", 1, 61, 1, "7T00:00", "5T00:00 1 more", false},
		{"until as many have ended as are too many", 1, 65, 5, "7T00:00", "5T00:00 5 more", false},
		{"the last takes the spare", 1, 70, 10, "", "5T00:00 10 more, 7T00:00 together with CHG70 it takes application:shop DOWN", false},
	} {
		c := Context{Snapshot: g.Snapshot, Now: start, Change: on(0, start), Thresholds: DefaultThresholds, Identify: func(graph.ID) string { return "" }, Services: func(string) bool { return false }}
		for k := x.first; k <= x.last; k++ {
			until := start.Add(200 * 24 * time.Hour)
			if k < x.first+x.soon {
				until = later
			}
			c.Others = append(c.Others, Other{Change: on(k, until)})
		}
		got, err := Slots(c, start, func([]graph.ID) (map[graph.ID]About, error) { return nil, nil })
		if err != nil {
			t.Fatal(err)
		}
		slot := ""
		if len(got.Slots) > 0 {
			slot = got.Slots[0].From.Format("2T15:04")
		}
		var blocked []string
		for _, b := range got.Blocked {
			text, _, _ := strings.Cut(b.Text, " overlapping")
			text, _, _ = strings.Cut(text, ";")
			blocked = append(blocked, b.From.Format("2T15:04 ")+text)
		}
		if why := strings.Join(blocked, ", "); slot != x.slot || why != x.blocked || got.Complete != x.complete {
			t.Errorf("%s: %q, blocked %q, complete %v; want %q, %q, %v", x.name, slot, why, got.Complete, x.slot, x.blocked, x.complete)
		}
	}
}

const half = 30 * time.Minute

// drawContext is a change with effects of its own times between others, outages,
// freezes and maintenance windows.
func drawContext(t *rapid.T, g graphtest.Graph) Context {
	start := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	at := func(most int, what string) time.Time {
		return start.Add(time.Duration(rapid.IntRange(0, most).Draw(t, what)) * half)
	}
	below := []string{"a", "b", "c", "d", "e"}
	all := append([]string{"shop", "web"}, below...)
	ci := func(of []string) graph.ID { return g.ID(rapid.SampledFrom(of).Draw(t, "ci")) }
	draw := func(number string, of []string) *Change {
		from := at(60, "from")
		n := rapid.IntRange(1, 10).Draw(t, "halves")
		c := &Change{Record: &itsm.Record{Number: number, Values: map[string]graph.Value{itsm.StateAttribute: graph.StringValue(Assess)}}, From: from, Until: from.Add(time.Duration(n) * half),
			Implementer: rapid.SampledFrom([]string{"", "ivan"}).Draw(t, "implementer")}
		for range rapid.IntRange(1, 3).Draw(t, "effects") {
			begin := rapid.IntRange(0, n-1).Draw(t, "begin")
			end := rapid.IntRange(begin+1, n).Draw(t, "end")
			kind := rapid.SampledFrom([]graph.EffectKind{graph.Outage, graph.Degradation, graph.Failover, graph.Restart}).Draw(t, "kind")
			id := ci(of)
			if !slices.ContainsFunc(c.Affected, func(a Affected) bool { return a.CI == id }) {
				c.Affected = append(c.Affected, Affected{CI: id, Kind: kind, From: from.Add(time.Duration(begin) * half), Until: from.Add(time.Duration(end) * half)})
			}
		}
		return c
	}
	c := Context{Snapshot: g.Snapshot, Now: start, Change: draw("CHG0", all), Thresholds: DefaultThresholds,
		Identify: func(graph.ID) string { return "" }, Services: func(class string) bool { return class == "business_service" }}
	for k := range rapid.IntRange(0, 3).Draw(t, "others") {
		o := Other{Change: draw(fmt.Sprint("CHG", k+1), below)}
		if rapid.IntRange(0, 3).Draw(t, "patch") == 0 {
			id := ci(below)
			was := &graph.Node{ID: id, Ref: g.Snapshot.Ref(id)}
			is := *was
			is.Retired = true
			o.Patch = []graph.Change{{NodeWas: was, Node: &is}}
		}
		c.Others = append(c.Others, o)
	}
	for k := range rapid.IntRange(0, 3).Draw(t, "windows") {
		w := &Window{Number: fmt.Sprint("WIN", k), Blackout: rapid.Bool().Draw(t, "blackout"), Start: at(40, "starts"), Length: time.Duration(rapid.IntRange(1, 20).Draw(t, "length")) * half,
			State: rapid.SampledFrom([]graph.State{graph.AtRisk, graph.Degraded, graph.Down}).Draw(t, "state"), CIs: []graph.ID{ci(all)}}
		if rapid.Bool().Draw(t, "daily") {
			w.Rule = "FREQ=DAILY"
		}
		c.Windows = append(c.Windows, w)
	}
	if rapid.Bool().Draw(t, "outage") {
		c.Outages = append(c.Outages, graph.OwnEffect{CI: ci(all), Kind: graph.Outage, From: start.Add(-2 * time.Hour), Party: "OUT1"})
	}
	return c
}
