package resolvers

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// federation answers gateways that join this graph with others.
type federation struct{}

var _ gql.FederationResolver = query{}

// ciType is the name of the type that a gateway can look for.
const ciType = "ConfigurationItem"

// Entities finds what a gateway knows by its keys, all of it at once. What cannot
// be looked for leaves the rest alone: it is null, with an error at its place.
func (federation) Entities(ctx context.Context, representations []any) []view.Node {
	out := make([]view.Node, len(representations))
	if len(representations) > maxPage {
		graphql.AddError(ctx, graph.Errorf(graph.LimitExceeded, "%d representations were given; at most %d are allowed", len(representations), maxPage))
		return out
	}
	var found []*view.CI
	r := readingOf(ctx)
	for i, what := range representations {
		id, err := represented(what)
		if err != nil {
			path := append(graphql.GetPath(ctx), ast.PathIndex(i))
			graphql.AddError(ctx, &gqlerror.Error{Err: err, Message: err.Error(), Path: path})
			continue
		}
		if r.at().Has(id) {
			c := r.ci(id)
			out[i], found = c, append(found, c)
		}
	}
	if err := prefetch(ctx, found...); err != nil {
		graphql.AddError(ctx, err)
		clear(out)
	}
	return out
}

// represented is the CI that a gateway means.
func represented(what any) (graph.ID, error) {
	fields, _ := what.(map[string]any)
	switch name, _ := fields["__typename"].(string); {
	case name == "":
		return 0, graph.Errorf(graph.Invalid, "a representation is an object with a __typename")
	case name != ciType:
		return 0, graph.Errorf(graph.Invalid, "nothing of the type %q can be looked for here", clip(name)).WithHint("only %s can", ciType)
	}
	id, ok := fields["id"].(string)
	if !ok {
		return 0, graph.Errorf(graph.Invalid, "the representation of a %s has no id", ciType).WithHint("its key is its id, a text")
	}
	return view.DecodeID(id)
}

// Service is the schema with its keys.
func (federation) Service(context.Context) (gql.Service, error) {
	return gql.Service{Sdl: SDL()}, nil
}
