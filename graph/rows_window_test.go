package graph_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/graph/graphtest"
)

// regionRows measure windows, worlds, proofs and sweeps of the estate.
func regionRows(t *testing.T, s *graph.Snapshot, e graphtest.Estate, worst graph.ID) {
	windowRow(t, s)
	worldsRow(t, s, worst)
	whyRow(t, s, worst)
	if os.Getenv("BENCH_QUICK") == "" {
		dangerRow(s)
	}
	pairsRow(t, s, e)
}

// onePercent is the CI whose outage makes about a hundredth of the estate rise.
func onePercent(s *graph.Snapshot) (best graph.ID, hits int) {
	goal := s.Len() / 100
	step := max(1, s.Len()/4000)
	off := func(n int) int { return max(n-goal, goal-n) }
	for id := graph.ID(1); int(id) < s.Len(); id += graph.ID(step) {
		if n := graph.SolveOnce(s, id, false); best == 0 || off(n) < off(hits) {
			best, hits = id, n
		}
	}
	return best, hits
}

func assessed2(t *testing.T, s *graph.Snapshot, sc graph.Scenario, o graph.Options) *graph.Assessment {
	t.Helper()
	a, err := graph.Assess(s, sc, o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// windowRow has fifty outages of one CI, one after the other: a hundred boundaries.
func windowRow(t *testing.T, s *graph.Snapshot) {
	id, hits := onePercent(s)
	var sc graph.Scenario
	for k := range 50 {
		sc.Effects = append(sc.Effects, graph.OwnEffect{CI: id, From: minute(2 * k), Until: minute(2*k + 1)})
	}
	o := graph.Options{Now: graphtest.Now, Window: &graph.Window{From: minute(0), Until: minute(100)}}
	a := assessed2(t, s, sc, o)
	if got := a.Counts().Total(); got < hits*9/10 || len(a.Timeline(id)) != 100 {
		t.Fatalf("the window lists %d CIs in %d parts, one solve %d", got, len(a.Timeline(id)), hits)
	}
	alone := median(9, func() {
		for range 50 {
			graph.SolveOnce(s, id, false)
		}
	})
	took := median(9, func() { assessed2(t, s, sc, o) })
	ratio := float64(took) / float64(alone)
	row("impact/window", fmt.Sprintf("its segments alone %s, %d of %d CIs, 100 boundaries", ms(alone), hits, s.Len()), fmt.Sprintf("%s, %.2fx", ms(took), ratio), "<= 3x", ratio <= 3)
}

func worldsRow(t *testing.T, s *graph.Snapshot, worst graph.ID) {
	sc, o := graph.Scenario{Effects: []graph.OwnEffect{{CI: worst}}}, graph.Options{Now: graphtest.Now}
	one := median(7, func() { assessed2(t, s, sc, o) })
	three := median(7, func() {
		a := assessed2(t, s, sc, o)
		a.CountsIn(graph.Certain)
		a.CountsIn(graph.Possible)
	})
	ratio := float64(three) / float64(one)
	row("impact/worlds", fmt.Sprintf("one solve %s", ms(one)), fmt.Sprintf("three, each with its baseline %s, %.2fx", ms(three), ratio), "<= 4x", ratio <= 4)
}

func whyRow(t *testing.T, s *graph.Snapshot, worst graph.ID) {
	sc := graph.Scenario{Effects: []graph.OwnEffect{{CI: worst}}}
	var times []time.Duration
	steps, distance := 0, 0
	for range 7 {
		a := assessed2(t, s, sc, graph.Options{Now: graphtest.Now})
		list := assessed2(t, s, sc, graph.Options{Now: graphtest.Now}).Impacted()
		deepest := list[0]
		for _, x := range list {
			if x.Distance > deepest.Distance {
				deepest = x
			}
		}
		start := time.Now()
		p := a.Why(deepest.CI)
		times = append(times, time.Since(start))
		if p == nil || len(p.Path) < deepest.Distance {
			t.Fatalf("why: %+v", p)
		}
		steps, distance = len(p.Rises), deepest.Distance
	}
	took := times[0]
	for _, d := range times {
		took = min(took, d)
	}
	row("impact/why", fmt.Sprintf("the deepest CI, %d relations away, a proof of %d steps", distance, steps), ms(took), "<= 1 ms", took <= time.Millisecond)
}

func dangerRow(s *graph.Snapshot) {
	service := func(class string) bool { return class == "business_service" }
	start := time.Now()
	a := s.Dangerous(20, service, nil)
	took := time.Since(start)
	row("spof/estate", fmt.Sprintf("the 20 most dangerous of %d CIs, %d of them failed, the worst takes %d", a.Evaluated, a.Failed, a.Ranked[0].Down), fmt.Sprintf("%.2f s", took.Seconds()), "<= 1 s", took <= time.Second && a.Complete)
}

// pairsRow takes the service whose closure is nearest to a thousand.
func pairsRow(t *testing.T, s *graph.Snapshot, e graphtest.Estate) {
	var best graph.ID
	size := 0
	off := func(n int) int { return max(n-1000, 1000-n) }
	for n := range 200 {
		service := e.Service(n)
		if got := s.ReachCount(service, graph.Providers); best == 0 || off(got) < off(size) {
			best, size = service, got
		}
	}
	start := time.Now()
	a, err := graph.CutSets(s, best, 2, "")
	took := time.Since(start)
	if err != nil {
		t.Fatal(err)
	}
	row("spof/pairs", fmt.Sprintf("a service of %d providers, %d sets", size, len(a.Sets)), ms(took), "<= 1 s", took <= time.Second)
}
