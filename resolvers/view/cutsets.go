package view

import "github.com/faultline-itsm/faultline/graph"

// CutSets are what takes a service DOWN.
type CutSets struct {
	*graph.CutSetAnswer
	Service  *CI
	Snapshot *graph.Snapshot
}

// TotalCount is how many sets there are.
func (c *CutSets) TotalCount() int { return len(c.CutSetAnswer.Sets) }

// Singles is how many of them are of one CI.
func (c *CutSets) Singles() (n int) {
	for n < len(c.CutSetAnswer.Sets) && len(c.CutSetAnswer.Sets[n]) == 1 {
		n++
	}
	return n
}

// Summary is the finding in one sentence.
func (c *CutSets) Summary() string { return Words{c.Snapshot}.CutSets(c.CutSetAnswer) }
