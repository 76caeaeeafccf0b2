package graph_test

import (
	"cmp"
	"slices"
	"testing"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/graph/graphtest"
)

// The worst first, then the nearest, then by ref: of all, of some, and of any page,
// whatever was looked at before.
func TestARankingIsInOrderWhereverOneLooks(t *testing.T) {
	s, err := graphtest.Estate{Seed: 3, CIs: 3000}.Build()
	if err != nil {
		t.Fatal(err)
	}
	a, err := graph.Assess(s, graph.Scenario{Effects: []graph.OwnEffect{{CI: graphtest.Estate{Seed: 3, CIs: 3000}.Worst(), Kind: graph.Outage}}}, graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var want []graph.Impacted
	for id := range s.Nodes() {
		if from, to := a.States(id); to > from {
			want = append(want, graph.Impacted{CI: id, From: from, To: to})
		}
	}
	distance := map[graph.ID]int{}
	for _, i := range a.Impacted() {
		distance[i.CI] = i.Distance
	}
	for k := range want {
		want[k].Distance = distance[want[k].CI]
	}
	slices.SortFunc(want, func(x, y graph.Impacted) int {
		return cmp.Or(-cmp.Compare(x.To, y.To), cmp.Compare(x.Distance, y.Distance), s.Ref(x.CI).Compare(s.Ref(y.CI)))
	})
	if len(want) < 500 || !slices.Equal(a.Impacted(), want) {
		t.Fatalf("%d CIs rose, %d are listed, or in another order", len(want), len(a.Impacted()))
	}
	again, err := graph.Assess(s, graph.Scenario{Effects: []graph.OwnEffect{{CI: want[0].CI, Kind: graph.Outage}}}, graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := again.Ranked()
	for _, at := range []int{r.Len() - 7, 0, r.Len() / 2, 13} {
		if got := r.Span(at, min(at+50, r.Len())); !slices.Equal(got, again.Impacted()[at:min(at+50, r.Len())]) {
			t.Errorf("the page at %d is another one than of the whole", at)
		}
	}
	applications := func(i graph.Impacted) bool { return s.Ref(i.CI).Class == "application" }
	some := slices.DeleteFunc(slices.Clone(want), func(i graph.Impacted) bool { return !applications(i) })
	for name, r := range map[string]*graph.Ranking{
		"by a question":      a.Ranked().Only(applications),
		"by class":           a.Ranked().OfClasses(func(class string) bool { return class == "application" }),
		"by both, of itself": a.Ranked().Only(applications).OfClasses(func(string) bool { return true }),
	} {
		if got := r.Span(0, r.Len()); len(some) == 0 || !slices.Equal(got, some) {
			t.Errorf("%s: %d of %d, or in another order", name, len(got), len(some))
		}
	}
	if none := a.Ranked().Only(func(graph.Impacted) bool { return false }); none.Len() != 0 || len(none.Span(0, 0)) != 0 {
		t.Errorf("none: %d", none.Len())
	}
	if of := a.CountsOf(func(class string) bool { return class == "application" }); of.Total() != len(some) || a.Counts().Total() != len(want) {
		t.Errorf("counted are %+v of the applications and %+v of all, listed %d and %d", of, a.Counts(), len(some), len(want))
	}
}
