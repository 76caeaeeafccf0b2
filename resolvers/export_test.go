package resolvers

import (
	"maps"
	"slices"

	"github.com/faultline-itsm/faultline/internal/itsm"
)

// Policy is the policy of a field of the roots.
func Policy(name string) ([]itsm.Role, bool) {
	roles, known := policies[name]
	return roles, known
}

// Policies are all fields with one.
func Policies() []string { return slices.Sorted(maps.Keys(policies)) }
