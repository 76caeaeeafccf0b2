package resolvers

import (
	"container/list"
	"sync"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// How many solved answers, and how many impacted CIs in them, are kept for
// clients that page through them.
const maxAnswers, maxAnswerRows = 64, 4_000_000

// answers keeps solved assessments by token, the least recently used ones go
// first. A cursor names its answer, so pages of one list never mix two.
type answers struct {
	mu      sync.Mutex
	recent  *list.List // of *view.Assessment, the newest first
	byToken map[string]*list.Element
	rows    int
}

func newAnswers() *answers {
	return &answers{recent: list.New(), byToken: map[string]*list.Element{}}
}

func (c *answers) put(a *view.Assessment) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if old, ok := c.byToken[a.Token]; ok {
		c.drop(old)
	}
	c.byToken[a.Token] = c.recent.PushFront(a)
	c.rows += a.Counts().Total()
	for c.recent.Len() > 1 && (c.recent.Len() > maxAnswers || c.rows > maxAnswerRows) {
		c.drop(c.recent.Back())
	}
}

func (c *answers) drop(e *list.Element) {
	a := c.recent.Remove(e).(*view.Assessment)
	delete(c.byToken, a.Token)
	c.rows -= a.Counts().Total()
}

func (c *answers) get(token string) (*view.Assessment, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.byToken[token]
	if !ok {
		return nil, graph.Errorf(graph.CursorExpired, "the answer that the cursor belongs to is gone").WithHint("start at the first page")
	}
	c.recent.MoveToFront(e)
	return e.Value.(*view.Assessment), nil
}
