package gql

import (
	"bytes"
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// The generator lets every schema have @defer. An answer here is one: what was put off
// would be lost, so nobody may ask for it.
var _ = func() bool {
	delete(parsedSchema.Directives, "defer")
	return true
}()

// Schema is the executable schema. Its queries do without the map of all functions that
// read an input, which the generated Exec builds for each request (73 closures and as
// many reflected types, a tenth of a small query): only directives on inputs ask for it,
// and there are none.
func Schema(c Config) graphql.ExecutableSchema {
	return schema{NewExecutableSchema(c).(*executableSchema)}
}

type schema struct{ *executableSchema }

// Exec is the generated one but for that.
func (s schema) Exec(ctx context.Context) graphql.ResponseHandler {
	op := graphql.GetOperationContext(ctx)
	if op.Operation.Operation != ast.Query {
		return s.executableSchema.Exec(ctx)
	}
	ec := newExecutionContext(op, s.executableSchema, nil)
	answered := false
	return func(ctx context.Context) *graphql.Response {
		if answered {
			return nil
		}
		answered = true
		var data bytes.Buffer
		ec._Query(ctx, op.Operation.SelectionSet).MarshalGQL(&data)
		return &graphql.Response{Data: data.Bytes()}
	}
}
