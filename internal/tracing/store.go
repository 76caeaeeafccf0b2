package tracing

import (
	"context"

	"github.com/faultline-itsm/faultline/graph"
)

// Store is an observer of a store (store.Observer) that begins a span for each
// call which is made for a request.
type Store struct{}

// Call begins a span.
func (Store) Call(ctx context.Context, method string) (context.Context, func(error)) {
	ctx, span := Begin(ctx, "store."+method)
	return ctx, func(err error) { span.End(CodeOf(err)) }
}

// Committed says nothing: the span of the commit does.
func (Store) Committed(int) {}

// CodeOf is the code of an error, "" for none.
func CodeOf(err error) string {
	if err == nil {
		return ""
	}
	return graph.AsError(err).Kind.String()
}
