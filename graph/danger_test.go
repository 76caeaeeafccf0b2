package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/graph/graphtest"
	"pgregory.net/rapid"
)

func services(class string) bool { return class == "business_service" }

func TestDangerIsRankedByServicesThenByCIs(t *testing.T) {
	t.Parallel()
	g := graphtest.New(t, `
		shop -> web -> host
		pay -> db -> host
		mail -> host2
		x -> y -> z -> host3
		shop is a business_service
		pay is a business_service
		mail is a business_service
	`)
	a := g.Dangerous(20, services, nil)
	var got []string
	for _, d := range a.Ranked {
		got = append(got, fmt.Sprintf("%s %d %d", g.Name(d.CI), d.Services, d.Down))
	}
	want := "host 2 4, web 1 1, db 1 1, host2 1 1, host3 0 3, z 0 2, y 0 1"
	if s := strings.Join(got, ", "); s != "host 2 4, db 1 1, host2 1 1, web 1 1, host3 0 3, z 0 2, y 0 1" || !a.Complete || a.Evaluated != 11 {
		t.Errorf("%s (%d, complete: %t), want %s", s, a.Evaluated, a.Complete, want)
	}
	if only := g.Dangerous(2, services, func(c string) bool { return c == "application" }); len(only.Ranked) != 2 {
		t.Errorf("two were asked for: %+v", only.Ranked)
	}
}

func TestDangerIsWhatAnAssessmentSays(t *testing.T) {
	t.Parallel()
	lanes := map[bool]int{}
	rapid.Check(t, func(t *rapid.T) {
		m := graphtest.Draw().Draw(t, "graph")
		s := snapshot(t, m)
		lanes[s.InLanes()]++
		for _, d := range s.Dangerous(100, func(c string) bool { return c == "server" }, nil).Ranked {
			down, hit := 0, 0
			before, after := m.Solve(nil, time.Time{}), m.Solve(graphtest.Outage(m.Name(d.CI)), time.Time{})
			for name, c := range m.CIs {
				if c.ID != d.CI && after[name] == graph.Down && before[name] < graph.Down {
					down++
					if c.Class == "server" {
						hit++
					}
				}
			}
			if before[m.Name(d.CI)] < graph.Down && (d.Down != down || d.Services != hit) {
				t.Fatalf("%s takes %d with it, %d of them servers; the oracle says %d, %d\n%s", m.Name(d.CI), d.Down, d.Services, down, hit, m)
			}
		}
	})
	if lanes[true] == 0 || lanes[false] == 0 {
		t.Errorf("failed in lanes, and one by one: %v", lanes)
	}
}

// More CIs than there are lanes, with circles and groups: those failed together are those
// failed alone.
func TestDangerOfManyIsThatOfEach(t *testing.T) {
	t.Parallel()
	s, err := graphtest.Estate{Seed: 3, CIs: 2000}.Build()
	if err != nil {
		t.Fatal(err)
	}
	if !s.InLanes() {
		t.Fatal("the estate is failed one by one: the test shows little")
	}
	all := s.Dangerous(1000, services, nil)
	if all.Failed < 1000 || len(all.Ranked) < 400 {
		t.Fatalf("only %d failed, %d ranked", all.Failed, len(all.Ranked))
	}
	for k, d := range all.Ranked {
		a, err := graph.Assess(s, graph.Scenario{Effects: []graph.OwnEffect{{CI: d.CI, Kind: graph.Outage}}}, graph.Options{})
		if err != nil {
			t.Fatal(err)
		}
		down, hit := 0, 0
		for _, i := range a.Impacted() {
			if i.CI != d.CI && i.To == graph.Down && i.From < graph.Down {
				down++
				if services(s.Ref(i.CI).Class) {
					hit++
				}
			}
		}
		if d.Down != down || d.Services != hit {
			t.Fatalf("%d: %s takes %d, %d of them services; an assessment says %d, %d", k, s.Ref(d.CI), d.Down, d.Services, down, hit)
		}
	}
}

func TestDangerOfFewIsTheBeginningOfDangerOfAll(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := graphtest.Draw().Draw(t, "graph")
		s := snapshot(t, m)
		server := func(c string) bool { return c == "server" }
		all := s.Dangerous(1000, server, nil)
		first := rapid.IntRange(0, 4).Draw(t, "first")
		few := s.Dangerous(first, server, nil)
		if want := all.Ranked[:min(first, len(all.Ranked))]; !slices.Equal(few.Ranked, want) || few.Evaluated != all.Evaluated {
			t.Fatalf("%v, the first of %v; %d of %d failed\n%s", few.Ranked, all.Ranked, few.Failed, few.Evaluated, m)
		}
	})
}

// illusions writes what is found: "rack: svc/any(a, b) DOWN loses a b".
func illusions(t *testing.T, g graphtest.Graph, service string) string {
	t.Helper()
	a, err := g.Illusions(g.ID(service))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, x := range a.Ranked {
		text := g.Name(x.Shared) + ":"
		for _, h := range x.Hollowed {
			if h.Behind {
				text += " behind"
			}
			text += " " + g.Name(h.Requirement.Consumer) + "/" + h.Requirement.Name + " " + h.State.String()
			for _, l := range h.Lost {
				text += " " + g.Name(l)
			}
		}
		out = append(out, text)
	}
	return strings.Join(out, "; ")
}

func TestRedundancyIllusions(t *testing.T) {
	t.Parallel()
	for _, x := range []struct{ name, text, want string }{
		{"two servers in one rack", "svc => q: any(a, b)\na -> rack\nb -> rack", "rack: svc/q DOWN a b"},
		{"the rack is named, not the site around it", "svc => q: any(a, b)\na -> rack -> site\nb -> rack", "rack: svc/q DOWN a b"},
		{"the site is named for what it takes more", "svc => q: any(a, b, c)\na -> rack -> site\nb -> rack\nc -> site", "site: svc/q DOWN a b c; rack: svc/q AT_RISK a b"},
		{"two racks are none", "svc => q: any(a, b)\na -> r1\nb -> r2", ""},
		{"a group that needs all is no redundancy", "svc => q: all(a, b)\na -> rack\nb -> rack", ""},
		{"a soft relation does not share the fate", "svc => q: any(a, b)\na ~> rack\nb -> rack", ""},
		{"redundant feeds of both", "svc => q: any(a, b)\na => p: any(f1, f2)\nb => p: any(f1, f2)\nf1 -> ups\nf2 -> ups", "ups: a/p DOWN f1 f2 b/p DOWN f1 f2 svc/q DOWN a b"},
		{"one vendor behind both", "svc => q: any(a, b)\na -[OOR]> acme\nb -[OOR]> acme", "acme: behind svc/q AT_RISK a b"},
		{"a vendor behind two contracts", "svc => q: any(a, b)\na -[OOR]> c1 -[OOR]> acme\nb -[OOR]> c2 -[OOR]> acme", "acme: behind svc/q OPERATIONAL a b"},
		{"the backup is named, not its host", "svc => q: any(a, b)\na -[OOR]> backup -> host\nb -[OOR]> backup", "backup: behind svc/q AT_RISK a b"},
		{"what fails with it is told once", "svc => q: any(a, b)\na -> rack -[OOR]> acme\nb -> rack", "rack: svc/q DOWN a b"},
		{"a vendor behind more than fail", "svc => q: any(a, b, c)\na -> acme\nb -> acme\nc -[OOR]> acme", "acme: svc/q AT_RISK a b behind svc/q AT_RISK a b c"},
		{"two vendors are none", "svc => q: any(a, b)\na -[OOR]> v1\nb -[OOR]> v2", ""},
		{"one licence server to start from", "svc => q: any(a, b)\na -> lic start\nb -> lic start", "lic: behind svc/q AT_RISK a b"},
		{"the consumer itself is not shared", "svc => q: any(a, b)\na -> svc\nb -> svc", ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			g := graphtest.New(t, x.text)
			if got := illusions(t, g, ""); got != x.want {
				t.Errorf("%s, want %s", got, x.want)
			}
		})
	}
	t.Run("of one service", func(t *testing.T) {
		g := graphtest.New(t, "svc => q: any(a, b)\na -> rack\nb -> rack\nother => q: any(c, d)\nc -> r2\nd -> r2")
		if got := illusions(t, g, "other"); got != "r2: other/q DOWN c d" {
			t.Error(got)
		}
	})
}

func TestAnIllusionIsTrue(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := graphtest.Draw().Draw(t, "graph")
		a, err := snapshot(t, m).Illusions(0)
		if err != nil {
			t.Fatal(err)
		}
		past := time.Time{}
		counted := m.Clone()
		for k, r := range counted.Relations {
			if r.Start || r.Passes == (graphtest.Table{graph.Down: graph.AtRisk}) {
				counted.Relations[k].Start, counted.Relations[k].Passes = false, graphtest.Table{graph.Operational, graph.AtRisk, graph.Degraded, graph.Down}
			}
		}
		for _, x := range a.Ranked {
			for _, h := range x.Hollowed {
				read := m
				if h.Behind {
					read = counted
				}
				outage := graphtest.Outage(m.Name(x.Shared))
				before, after := read.Solve(nil, past), read.Solve(outage, past)
				q := m.Requirement(m.Name(h.Requirement.Consumer), h.Requirement.Name)
				for _, l := range h.Lost {
					if name := m.Name(l); after[name] <= before[name] || !slices.ContainsFunc(m.Members(*q), func(r graphtest.Relation) bool { return r.To == name }) {
						t.Fatalf("%s is said to lose %s to %s\n%s", q.Name, name, m.Name(x.Shared), m)
					}
				}
				if st := m.EvaluateIn(graphtest.View{}, *q, m.Solve(outage, past)).State; h.State == graph.Down != (st == graph.Down) || h.Behind && h.State != st || len(h.Lost) == 0 {
					t.Fatalf("%s is said to be %s, is %s, lost %v\n%s", q.Name, h.State, st, h.Lost, m)
				}
			}
		}
	})
}
