package resolvers

import (
	"fmt"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
)

func TestPlansAreKeptForATimeAndUpToASize(t *testing.T) {
	start := time.Date(2026, 11, 24, 8, 30, 0, 0, time.UTC)
	named := func(i int) string { return fmt.Sprint("plan ", i) }
	keep := func(c *plans, i, size int, now time.Time) {
		c.put(&plan{shown: gql.ChangePlan{ID: named(i), Expires: now.Add(planKept)}, size: size}, now)
	}
	known := func(c *plans, n int, now time.Time) (first, count int) {
		first = -1
		for i := range n {
			if p, err := c.get(named(i), now); err == nil && p.shown.ID == named(i) {
				count++
				if first < 0 {
					first = i
				}
			} else if !graph.IsKind(err, graph.NotFound) {
				t.Errorf("plan %d: %v", i, err)
			}
		}
		return first, count
	}
	for _, c := range []struct {
		name         string
		n, size      int
		apart        time.Duration
		first, count int
	}{
		{name: "few", n: 10, size: 1, first: 0, count: 10},
		{name: "many: the oldest go", n: maxPlans + 7, size: 1, first: 7, count: maxPlans},
		{name: "large ones: the oldest go", n: 40, size: 1 << 20, first: 8, count: maxPlanBytes >> 20},
		{name: "larger than all together: the last stays", n: 3, size: maxPlanBytes + 1, first: 2, count: 1},
		{name: "old ones go", n: 20, size: 1, apart: time.Minute, first: 5, count: 15},
	} {
		t.Run(c.name, func(t *testing.T) {
			kept, now := newPlans(), start
			for i := range c.n {
				now = start.Add(time.Duration(i) * c.apart)
				keep(kept, i, c.size, now)
			}
			if first, count := known(kept, c.n, now); first != c.first || count != c.count {
				t.Errorf("%d are known from %d on, want %d from %d on", count, first, c.count, c.first)
			}
			if len(kept.byName) != c.count || kept.line.Len() != c.count || kept.weight != c.count*c.size {
				t.Errorf("%d and %d plans of %d bytes are held, want %d", len(kept.byName), kept.line.Len(), kept.weight, c.count)
			}
			if _, count := known(kept, c.n, now.Add(planKept)); count != 0 {
				t.Errorf("%d are known after their time", count)
			}
		})
	}
}
