package graph_test

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/graph/graphtest"
)

// TestPerformanceRows measures the engine for the table of `make bench`, which
// sets BENCH_CIS and reads the lines "row|name|peer|measured|goal|met". It stands
// here because the yardstick, a bare search on the snapshot's own arrays, is not
// to be had outside. Answers are checked equal before anything is timed.
func TestPerformanceRows(t *testing.T) {
	cis, err := strconv.Atoi(os.Getenv("BENCH_CIS"))
	if err != nil {
		t.Skip("set BENCH_CIS to the number of CIs: this measures, `make bench` calls it")
	}
	heap := heapAlloc(2)
	s, err := graphtest.Estate{Seed: 1, CIs: cis}.Build()
	if err != nil {
		t.Fatal(err)
	}
	worst := graphtest.Estate{Seed: 1, CIs: cis}.Worst()
	heapAlloc(2)
	graph.SolveOnce(s, worst, true)
	held := heapAlloc(1) - heap
	impactRows(t, s, worst)
	row("graph/memory", fmt.Sprintf("%d CIs, %d relations, with the key index and the scratch of a solve", s.Len(), s.RelationCount()),
		fmt.Sprintf("%.0f B a CI", float64(held)/float64(s.Len())), "<= 130 B", float64(held)/float64(s.Len()) <= 130)
	spofRow(t, s, graphtest.Estate{Seed: 1, CIs: cis})
	regionRows(t, s, graphtest.Estate{Seed: 1, CIs: cis}, worst)
	commitRow(t, s, worst)
	runtime.KeepAlive(s)
}

func row(name, peer, measured, goal string, met bool) {
	verdict := "missed"
	if met {
		verdict = "met"
	}
	fmt.Printf("row|%s|%s|%s|%s|%s\n", name, peer, measured, goal, verdict)
}

// heapAlloc is what is reachable. The pooled scratch of a solve survives one
// collection and not two.
func heapAlloc(collections int) uint64 {
	for range collections {
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// median times f, after one run that warms the scratch.
func median(n int, f func()) time.Duration {
	f()
	times := make([]time.Duration, n)
	for i := range times {
		start := time.Now()
		f()
		times[i] = time.Since(start)
	}
	slices.Sort(times)
	return times[n/2]
}

func impactRows(t *testing.T, s *graph.Snapshot, worst graph.ID) {
	bare := graph.NewBare(s)
	if got, want := bare.Count(worst), len(s.Reach(worst, graph.Consumers))+1; got != want {
		t.Fatalf("the bare search finds %d CIs, Reach %d", got, want)
	}
	a, err := graph.Assess(s, graph.Scenario{Effects: []graph.OwnEffect{{CI: worst}}}, graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := graph.SolveOnce(s, worst, false), a.Counts().Total()+len(a.AlreadyAffected()); got != want {
		t.Fatalf("one solve lists %d CIs, the assessment %d", got, want)
	}
	yard := median(15, func() { bare.Count(worst) })
	for _, keep := range []bool{false, true} {
		name, bound := "impact/state", 2.0
		if keep {
			name, bound = "impact/state, with causes", 2.5
		}
		took := median(15, func() { graph.SolveOnce(s, worst, keep) })
		allocs := testing.AllocsPerRun(3, func() { graph.SolveOnce(s, worst, keep) })
		ratio := float64(took) / float64(yard)
		row(name, fmt.Sprintf("bare reverse BFS %s, %d of %d CIs", ms(yard), bare.Count(worst), s.Len()),
			fmt.Sprintf("%s, %.2fx, %.0f allocations", ms(took), ratio, allocs), fmt.Sprintf("<= %.1fx, 0 allocations", bound), ratio <= bound && allocs == 0)
	}
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }

// spofRow takes the slowest of twenty services; brute force fails every CI of the
// closure, one by one, and is bounded by a sample where the closure is large.
func spofRow(t *testing.T, s *graph.Snapshot, e graphtest.Estate) {
	var slowest, brute time.Duration
	closure, sampled := 0, 0
	for n := range 20 {
		service := e.Service(n * 37)
		start := time.Now()
		answer, err := graph.CutSets(s, service, 1, "")
		took := time.Since(start)
		if err != nil {
			t.Fatal(err)
		}
		single := map[graph.ID]bool{}
		for _, set := range answer.Sets {
			single[set[0]] = true
		}
		needs := s.Reach(service, graph.Providers)
		step := max(1, len(needs)/20)
		start = time.Now()
		tried := 0
		for i := 0; i < len(needs); i += step {
			tried++
			a, err := graph.Assess(s, graph.Scenario{Effects: []graph.OwnEffect{{CI: needs[i]}}}, graph.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if _, st := a.States(service); (st == graph.Down) != single[needs[i]] {
				t.Fatalf("outage of %s makes %s %s, cut sets say %v", s.Ref(needs[i]), s.Ref(service), st, single[needs[i]])
			}
		}
		each := time.Since(start) / time.Duration(max(1, tried))
		if took >= slowest {
			slowest, brute, closure, sampled = took, each*time.Duration(len(needs)), len(needs), tried
		}
	}
	row("spof/service", fmt.Sprintf("brute force %.1f s (closure of %d, %d of them checked)", brute.Seconds(), closure, sampled),
		ms(slowest), "<= 300 ms", slowest <= 300*time.Millisecond)
}

// commitRow adds one relation after another, each on the snapshot before.
func commitRow(t *testing.T, s *graph.Snapshot, worst graph.ID) {
	head := s.Head()
	n := 0
	from := graph.ID(1)
	one := func() {
		n++
		if from++; from == worst {
			from++
		}
		head.Revision++
		r := &graph.Relation{RelationKey: graph.RelationKey{From: from, Type: "DEPENDS_ON", To: worst, Qualifier: "bench"},
			Version: 1, Created: head.Revision, Changed: head.Revision, Claims: []graph.RelationClaim{{Source: "bench"}}}
		next, err := s.Apply([]graph.Change{{Relation: r}}, head)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := next.Link(r.RelationKey); !ok {
			t.Fatal("the new relation is not visible")
		}
		s = next
	}
	took := median(301, one)
	row("graph/commit", fmt.Sprintf("%d commits of one relation, each visible", n), fmt.Sprintf("%.1f us", float64(took.Nanoseconds())/1000), "<= 50 us", took <= 50*time.Microsecond)
}
