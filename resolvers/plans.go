package resolvers

import (
	"sync"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
)

// How long a plan is kept; how many are, and how many bytes of what they were made
// from. Each is at most a request's body.
const (
	planKept     = 15 * time.Minute
	maxPlans     = 1024
	maxPlanBytes = 32 << 20
)

// plan is a dry run that can be applied once. What it would break is kept as a
// hash: its list is among the answers.
type plan struct {
	shown   gql.ChangePlan // without its impact
	source  string
	items   []patchItem
	options *gql.ImpactOptions
	size    int // bytes of the request that it was made from

	changes, breaks graph.Hash
	summary         string // of what it would break

	applying sync.Mutex
	applied  *graph.Revision // where it was applied
}

// plans keeps plans by id until they expire; where they are too many, the oldest go
// first.
type plans struct{ shelf[*plan] }

func newPlans() *plans { return &plans{shelf[*plan]{most: maxPlans, heaviest: maxPlanBytes}} }

func (c *plans) put(p *plan, now time.Time) {
	c.shelf.put(p.shown.ID, p, p.size, func(p *plan) bool { return p.expired(now) })
}

func (p *plan) expired(now time.Time) bool { return !now.Before(p.shown.Expires) }

// get is the plan of that id, or graph.NotFound.
func (c *plans) get(id string, now time.Time) (*plan, error) {
	p, ok := c.shelf.get(id, false)
	if !ok || p.expired(now) {
		return nil, graph.Errorf(graph.NotFound, "no plan %q is known here: it expired, or another process made it", clip(id)).
			At(-1, "planId").WithHint("plan again")
	}
	return p, nil
}
