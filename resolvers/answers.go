package resolvers

import (
	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// How many solved answers, and how many impacted CIs in them, are kept for
// clients that page through them.
const maxAnswers, maxAnswerRows = 64, 4_000_000

// answers keeps solved assessments by token, the least recently used ones go
// first. A cursor names its answer, so pages of one list never mix two.
type answers struct{ shelf[*view.Assessment] }

func newAnswers() *answers {
	return &answers{shelf[*view.Assessment]{most: maxAnswers, heaviest: maxAnswerRows}}
}

func (c *answers) put(a *view.Assessment) {
	c.shelf.put(a.Token, a, a.Counts().Total(), func(*view.Assessment) bool { return false })
}

func (c *answers) get(token string) (*view.Assessment, error) {
	a, ok := c.shelf.get(token, true)
	if !ok {
		return nil, graph.Errorf(graph.CursorExpired, "the answer that the cursor belongs to is gone").WithHint("start at the first page")
	}
	return a, nil
}
