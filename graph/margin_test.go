package graph_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/graph/graphtest"
	"pgregory.net/rapid"
)

func TestTheMarginOfAServiceOverTime(t *testing.T) {
	t.Parallel()
	g := graphtest.New(t, `
		shop -> web
		web => hosts: 2 of (a, b, c)
		shop => feeds: any(x, y)
		alone -> a
	`)
	at := func(hour int) time.Time { return time.Date(2026, 12, 1, hour, 0, 0, 0, time.UTC) }
	a, err := graph.Assess(g.Snapshot, graph.Scenario{Effects: []graph.OwnEffect{
		{CI: g.ID("a"), From: at(9), Until: at(12)}, {CI: g.ID("b"), From: at(11), Until: at(13)}, {CI: g.ID("x"), From: at(15), Until: at(16)},
	}}, graph.Options{Window: &graph.Window{From: at(8), Until: at(18)}})
	if err != nil {
		t.Fatal(err)
	}
	list, err := a.Margin(g.ID("shop"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range list {
		text := fmt.Sprintf("%d-%d %s %d %s/%s", m.From.Hour(), m.Until.Hour(), m.State, m.Slack, g.Name(m.Requirement.Consumer), m.Requirement.Name)
		for _, l := range m.Lost {
			text += " " + g.Name(l)
		}
		got = append(got, text)
	}
	want := "8-9 OPERATIONAL 1 shop/feeds; 9-11 AT_RISK 0 web/hosts a; 11-12 DOWN -1 web/hosts a b; 12-13 AT_RISK 0 web/hosts b; 13-15 OPERATIONAL 1 shop/feeds; 15-16 AT_RISK 0 shop/feeds x; 16-18 OPERATIONAL 1 shop/feeds"
	if s := strings.Join(got, "; "); s != want {
		t.Errorf("%s\nwant %s", s, want)
	}
	if none, err := a.Margin(g.ID("alone")); none != nil || err != nil {
		t.Errorf("nothing that alone stands on is redundant: %v, %v", none, err)
	}
	if _, err := a.Margin(99); !graph.IsKind(err, graph.NotFound) {
		t.Errorf("nobody: %v", err)
	}
}

// TestTheMarginIsTheLeastSlack compares with the oracle's states at each beginning.
func TestTheMarginIsTheLeastSlack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := graphtest.Draw().Draw(t, "graph")
		s := snapshot(t, m)
		e, window := graphtest.DrawTimedEffects(t, m), graphtest.DrawWindow(t)
		a, err := graph.Assess(s, graph.Scenario{Effects: e.Of(m)}, graph.Options{Now: graphtest.Now, Window: &window})
		if err != nil {
			t.Fatal(err)
		}
		name := graphtest.Pick(t, m)
		list, err := a.Margin(m.ID(name))
		if err != nil {
			t.Fatal(err)
		}
		film := m.Shoot(e, window, graph.Headline, graphtest.Now)
		below := map[string]bool{name: true}
		for _, id := range s.Reach(m.ID(name), graph.Providers) {
			below[m.Name(id)] = true
		}
		for _, x := range list {
			states := film.Scenario[int(x.From.Sub(film.From)/time.Minute)]
			// atMost: units are no members, and what stands on a path is below, too, which Reach
			// does not tell.
			least, found, atMost := 0, false, false
			for _, q := range m.Requirements {
				atMost = atMost || below[q.Of] && (q.Rule == graph.Capacity || q.Rule == graph.Reaches)
				if !below[q.Of] || q.Rule == graph.Reaches || len(m.Members(q)) == 0 {
					continue
				}
				st := m.EvaluateIn(graphtest.View{At: x.From}, q, states)
				if q.Rule == graph.Capacity || st.K >= st.Size {
					continue
				}
				if left := st.Delivering - st.K; !found || left < least {
					least, found = left, true
				}
			}
			if found && (x.Slack > least || !atMost && x.Slack != least) {
				t.Fatalf("%s at %s has a margin of %d, the oracle says %d\n%swith %v", name, x.From, x.Slack, least, m, e)
			}
		}
	})
}
