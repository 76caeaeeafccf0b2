package graph

import (
	"fmt"
	"slices"
	"strings"
)

// The attributes that say whose a CI is.
const (
	OwnerAttribute        = "owner"
	SupportGroupAttribute = "support_group"
)

// AnswersFor says whether one of the teams answers for the CI: is its owner, or repairs
// it. A CI of which nobody says so is nobody's. nil teams are everybody, and answer for
// everything.
func (c *Catalogue) AnswersFor(teams []string, n *Node) bool {
	if teams == nil {
		return true
	}
	for _, name := range [2]string{OwnerAttribute, SupportGroupAttribute} {
		if v := c.effective(n, name); !v.IsZero() && slices.Contains(teams, v.Str()) {
			return true
		}
	}
	return false
}

// mayChange refuses an operation on what a batch's teams do not answer for. A relation
// and a redundancy group are their consumer's: whoever needs something says so, whoever
// provides it need not be asked.
func (c *checker) mayChange(op Operation) error {
	if c.teams == nil {
		return nil
	}
	switch op.(type) {
	case DefineClass, DefineRelationType:
		return fail(PermissionDenied, "", "the catalogue is everybody's, and this is said for %s", teamsWords(c.teams)).WithHint("ask whoever may change the whole estate")
	}
	one, _ := operands(op)
	id, err := c.find(one)
	if err != nil || id == 0 {
		return nil // it is made by the operation, or refused by it
	}
	return c.answeredFor(id)
}

// madeBy is mayChange for what an operation left: what it made, and what it gave away.
func (c *checker) madeBy(op Operation, e Effect) error {
	if c.teams == nil || e.ID == 0 || e.Outcome == Unchanged || e.Outcome == Removed {
		return nil
	}
	switch op.(type) {
	case PutRelation, WithdrawRelation, Confirm, PutRequirement, WithdrawRequirement, Purge:
		return nil // its consumer stays whose it was
	}
	return c.answeredFor(e.ID)
}

func (c *checker) answeredFor(id ID) error {
	n, err := c.record(id)
	if err != nil || c.cat.AnswersFor(c.teams, n) {
		return err
	}
	return fail(PermissionDenied, "ci", "%s is none of the CIs of %s", n.Ref, teamsWords(c.teams)).
		WithHint("its %s or %s has to be one of them; ask whoever it is", OwnerAttribute, SupportGroupAttribute)
}

func teamsWords(teams []string) string {
	if len(teams) == 0 {
		return "no team"
	}
	quoted := make([]string, len(teams))
	for i, t := range teams {
		quoted[i] = fmt.Sprintf("%q", Clip(t))
	}
	return strings.Join(quoted, ", ")
}
