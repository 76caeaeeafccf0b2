package resolvers

import (
	"context"

	"github.com/faultline-itsm/faultline/internal/itsm"
)

type principalKey struct{}

// anybody is who asks where identity is not configured: one principal with all roles.
// Four eyes hold for it, too: what it asked for it cannot approve.
func (a *API) anybody() itsm.Actor { return itsm.Actor{Name: a.Actor, Roles: itsm.Roles} }

// actor is who sends the request.
func (a *API) actor(ctx context.Context) itsm.Actor {
	if who, ok := ctx.Value(principalKey{}).(itsm.Actor); ok {
		return who
	}
	return a.anybody()
}
