package change

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/graph/graphtest"
)

// What another change does on what this one leaves behind is found where only what it makes
// worse is looked at, as where all of both is solved.
func TestWhatFollowsIsFoundBothWays(t *testing.T) {
	g := graphtest.New(t, `
		shop => any(a, b)
		web -> c grace 1h
		web -> d
		c ~> e
		shop is a business_service
		web is a business_service
	`)
	found := 0
	rapid.Check(t, func(t *rapid.T) {
		c := drawContext(t, g)
		for k := range c.Others {
			c.Others[k].Patch = nil
		}
		switch id := g.ID(rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}).Draw(t, "retired")); {
		case rapid.Bool().Draw(t, "patch"):
			was := &graph.Node{ID: id, Ref: g.Snapshot.Ref(id)}
			is := *was
			is.Retired = true
			c.Patch = []graph.Change{{NodeWas: was, Node: &is}}
		default:
			c.Change.Affected = []Affected{{CI: id, Kind: graph.Remove}}
		}
		x, err := Solve(c)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range c.Others {
			if !x.Change.Until.Before(o.Until) {
				continue
			}
			says := func() (out []string) {
				for _, k := range x.followed(o) {
					out = append(out, fmt.Sprint(k.CI.Ref, " ", *k.State, " ", k.From, " ", k.Until, " ", k.Text))
				}
				slices.Sort(out)
				return out
			}
			x.followers = 0
			narrow := says()
			x.followers = maxFollowers
			if whole := says(); !slices.Equal(narrow, whole) {
				t.Fatalf("of what it makes worse: %q\nof all: %q", narrow, whole)
			}
			found += len(narrow)
		}
	})
	if found == 0 {
		t.Error("nothing followed")
	}
}
