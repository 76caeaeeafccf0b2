package itsm

import (
	"slices"
	"strings"
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// Role gives verbs.
type Role string

// The roles of reliability.md.
const (
	Viewer            Role = "viewer"
	ServiceDesk       Role = "service-desk"
	ChangeManager     Role = "change-manager"
	CIWriter          Role = "ci-writer"
	ConfigManager     Role = "config-manager"
	ChangeRequester   Role = "change-requester"
	ChangeImplementer Role = "change-implementer"
	CABApprover       Role = "cab-approver"
	ProblemManager    Role = "problem-manager"
	Auditor           Role = "auditor"
	Admin             Role = "admin"
)

// Roles are all roles.
var Roles = []Role{Viewer, ServiceDesk, ChangeManager, CIWriter, ConfigManager, ChangeRequester, ChangeImplementer, CABApprover, ProblemManager, Auditor, Admin}

// Readers are all roles but [Admin], which gives no data.
var Readers = slices.DeleteFunc(slices.Clone(Roles), func(r Role) bool { return r == Admin })

// Actor is who does something.
type Actor struct {
	Name    string
	Roles   []Role
	Service bool   // a program's token: it never decides
	Token   string // the id of the token that it came with, or ""
	Source  string // the only source that it may speak for, or "": any

	// Teams are those whose CIs it may read in full and change; nil: all CIs. Of other
	// teams' CIs it is told the states, and no names.
	Teams []string

	Expires time.Time // of the identity provider's token that it came with; zero: none
}

// Has says whether the actor has one of the roles; of none, everybody has.
func (a Actor) Has(roles ...Role) bool {
	return len(roles) == 0 || slices.ContainsFunc(roles, func(r Role) bool { return slices.Contains(a.Roles, r) })
}

// Must refuses who has none of the roles.
func (a Actor) Must(verb string, roles ...Role) error {
	if a.Has(roles...) {
		return nil
	}
	var names []string
	for _, r := range roles {
		names = append(names, string(r))
	}
	return graph.Errorf(graph.PermissionDenied, "%s may not %s", a.Name, verb).WithHint("that takes the role %s", list(names))
}

// Speaks refuses who may only speak for another source.
func (a Actor) Speaks(source string) error {
	if a.Source == "" || a.Source == source {
		return nil
	}
	return graph.Errorf(graph.PermissionDenied, "%s speaks for the source %q, not for %q", a.Name, a.Source, graph.Clip(source)).At(-1, "source").WithHint("name its own source")
}

// list is "a, b or c".
func list(words []string) string {
	words = slices.Compact(slices.Clone(words))
	if n := len(words) - 1; n > 0 {
		return strings.Join(words[:n], ", ") + " or " + words[n]
	}
	return strings.Join(words, "")
}
