package view

import (
	"strings"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/itsm/change"
)

// Delegation lets one person decide in place of another one.
type Delegation struct {
	change.Delegation
	Now time.Time
}

// Roles are the delegator's, as GraphQL writes them.
func (d *Delegation) Roles() []string {
	out := []string{}
	for _, r := range d.Delegation.Roles {
		out = append(out, strings.ToUpper(strings.ReplaceAll(string(r), "-", "_")))
	}
	return out
}

// Reason is why.
func (d *Delegation) Reason() *string { return text(d.Delegation.Reason) }

// WithdrawnAt is when it was withdrawn.
func (d *Delegation) WithdrawnAt() *time.Time { return instant(d.Withdraw) }

// Holds says whether the delegate may decide now.
func (d *Delegation) Holds() bool { return d.Delegation.Holds(d.Now) }

// DelegationPayload is what became of a delegation.
type DelegationPayload struct {
	Revision   graph.Revision
	Delegation *Delegation
	Errors     []UserError
	Query      Query
}
