package change

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/itsm"
)

// Who may decide, as what, and what is still missing.

// as names an approver in votes and in words; a name that reads like a role, or like two
// names, is quoted.
func (a Approver) as() string {
	switch {
	case a.Role != "":
		return "role:" + a.Role
	case strings.HasPrefix(a.Name, "role:") || strings.ContainsRune(a.Name, '\n'):
		return strconv.Quote(a.Name)
	}
	return a.Name
}

// capacities are as which of the approvers somebody decides, right being who they are or
// in whose place they do: by name; for a team, as a cab-approver of it; by a role, within
// their teams. It fails with PermissionDenied where it is as none.
func capacities(who itsm.Actor, right string, approvers []Approver) (out []string, err error) {
	var roles []itsm.Role
	for _, a := range approvers {
		role := itsm.Role(a.Role)
		if a.Role != "" {
			roles = append(roles, role)
		}
		named := a.Role == "" && (a.Name == right || slices.Contains(who.Teams, a.Name) && who.Has(itsm.CABApprover))
		if named || a.Role != "" && who.Has(role) && ofItsTeams(who, approvers) == nil {
			out = append(out, a.as())
		}
	}
	slices.Sort(out)
	if out = slices.Compact(out); len(out) > 0 {
		return out, nil
	}
	switch {
	case len(roles) == 0:
		return nil, graph.Errorf(graph.PermissionDenied, "%s may not decide on it", who.Name).WithHint("those decide whom its approval lists")
	case who.Has(roles...):
		return nil, ofItsTeams(who, approvers)
	}
	return nil, who.Must("decide on it", roles...)
}

func names(approvers []Approver) (out []string) {
	for _, a := range approvers {
		if !slices.Contains(out, a.as()) {
			out = append(out, a.as())
		}
	}
	return out
}

// ofItsTeams refuses who may decide for some teams only, where none of these answers for
// a service that changes its state.
func ofItsTeams(who itsm.Actor, approvers []Approver) error {
	if who.Teams == nil || slices.ContainsFunc(approvers, func(a Approver) bool { return a.Role == "" && slices.Contains(who.Teams, a.Name) }) {
		return nil
	}
	if len(who.Teams) == 0 {
		return graph.Errorf(graph.PermissionDenied, "%s decides for no team", who.Name).WithHint("an approver of a service that gets worse, or one without teams, decides")
	}
	return graph.Errorf(graph.PermissionDenied, "%s decides for %s, and no service of theirs gets worse", who.Name, strings.Join(who.Teams, ", ")).WithHint("an approver of a service that does, or one without teams, decides")
}

// Lacks says what approvals votes still lack of those that a result asks for: so many
// in all, and for each policy so many of those whom it names. None: it is approved.
func (r *Result) Lacks(votes []Vote) (out []string) {
	if n := approvals(votes); n < r.Quorum {
		out = append(out, fmt.Sprintf("%d of %d approvals of this version are there", n, r.Quorum))
	}
	for _, d := range r.Demands {
		var of []Approver
		for _, a := range r.Approvers {
			if a.Policy == d.Policy {
				of = append(of, a)
			}
		}
		who, n := names(of), 0
		for _, v := range votes {
			if v.Approved && slices.ContainsFunc(v.As, func(as string) bool { return slices.Contains(who, as) }) {
				n++
			}
		}
		if n < d.Quorum {
			out = append(out, fmt.Sprintf("the policy %s has %d of %d approvals of %s", d.Policy, n, d.Quorum, strings.Join(who, ", ")))
		}
	}
	return out
}
