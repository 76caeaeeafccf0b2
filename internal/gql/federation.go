package gql

import (
	"context"

	"github.com/faultline-itsm/faultline/resolvers/view"
)

// FederationResolver answers gateways. The generator calls it by the two methods
// below and leaves them to whoever writes a plugin; beside this file, query.go is all there
// is of ours in this package.
type FederationResolver interface {
	// Entities finds things by their keys, in the order asked, nil where there is
	// none. It adds its errors to the context.
	Entities(ctx context.Context, representations []any) []view.Node
	Service(ctx context.Context) (Service, error)
}

func (ec *executionContext) __resolve_entities(ctx context.Context, representations []any) []view.Node {
	return ec.Resolvers.Query().(FederationResolver).Entities(ctx, representations)
}

func (ec *executionContext) __resolve__service(ctx context.Context) (Service, error) {
	return ec.Resolvers.Query().(FederationResolver).Service(ctx)
}
