package graph_test

import (
	"slices"
	"testing"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/debian"
)

// Case 14: what the engine takes down on a real machine is what apt takes down,
// package by package. Plain reach overstates some of them, one by a factor of
// nineteen, which is why the engine is needed.
func TestCase14AptRemovesWhatGoesDown(t *testing.T) {
	t.Parallel()
	dir := debian.Dir(t, "..")
	removals, err := debian.Removals(dir)
	if err != nil {
		t.Fatal(err)
	}
	g, err := debian.Installed(dir)
	if err != nil {
		t.Fatal(err)
	}
	s, err := g.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	overstated := 0
	for name, want := range removals {
		id, ok := s.Lookup(debian.Ref(name))
		if !ok {
			t.Fatalf("%s is not on the machine", name)
		}
		a, err := graph.Assess(s, graph.Scenario{Effects: []graph.OwnEffect{{CI: id, Kind: graph.Outage}}}, graph.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var down []string
		for _, x := range a.Impacted() {
			if x.To == graph.Down {
				down = append(down, s.Ref(x.CI).Name)
			}
		}
		slices.Sort(down)
		if !slices.Equal(down, want) {
			t.Errorf("without %s these go down:\n%v\napt removes\n%v", name, down, want)
		}
		if s.ReachCount(id, graph.Consumers)+1 > len(want) {
			overstated++
		}
	}
	if overstated == 0 {
		t.Error("plain reach is as good as the engine on every case: the test shows nothing")
	}
	t.Logf("%d removals; plain reach overstates %d of them", len(removals), overstated)
}

func TestCase14ReachOfTheArchive(t *testing.T) {
	t.Parallel()
	dir := debian.Dir(t, "..")
	reaches, err := debian.Reaches(dir)
	if err != nil {
		t.Fatal(err)
	}
	g, err := debian.Archive(dir)
	if err != nil {
		t.Fatal(err)
	}
	s, err := g.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range reaches {
		id, ok := s.Lookup(debian.Ref(name))
		if !ok {
			t.Fatalf("%s is not in the archive", name)
		}
		direct := map[graph.ID]bool{}
		for _, l := range s.Links(id, graph.Consumers) {
			direct[l.From] = true
		}
		if len(direct) != want.Direct {
			t.Errorf("%d packages depend on %s directly, want %d", len(direct), name, want.Direct)
		}
		if got := s.ReachCount(id, graph.Consumers); got != want.Transitive || len(s.Reach(id, graph.Consumers)) != got {
			t.Errorf("%d packages depend on %s, want %d", got, name, want.Transitive)
		}
	}
}
