package resolvers

import (
	"container/list"
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
type plans struct {
	mu    sync.Mutex
	order *list.List // of *plan, the oldest first
	byID  map[string]*list.Element
	bytes int
}

func newPlans() *plans { return &plans{order: list.New(), byID: map[string]*list.Element{}} }

func (c *plans) put(p *plan, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if old, ok := c.byID[p.shown.ID]; ok {
		c.drop(old)
	}
	c.byID[p.shown.ID] = c.order.PushBack(p)
	c.bytes += p.size
	for c.order.Len() > 1 && (c.order.Len() > maxPlans || c.bytes > maxPlanBytes || expired(c.order.Front(), now)) {
		c.drop(c.order.Front())
	}
}

func expired(e *list.Element, now time.Time) bool { return !now.Before(e.Value.(*plan).shown.Expires) }

func (c *plans) drop(e *list.Element) {
	p := c.order.Remove(e).(*plan)
	delete(c.byID, p.shown.ID)
	c.bytes -= p.size
}

// get is the plan of that id, or graph.NotFound.
func (c *plans) get(id string, now time.Time) (*plan, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.byID[id]
	if !ok || expired(e, now) {
		return nil, graph.Errorf(graph.NotFound, "no plan %q is known here: it expired, or another process made it", clip(id)).
			At(-1, "planId").WithHint("plan again")
	}
	return e.Value.(*plan), nil
}
