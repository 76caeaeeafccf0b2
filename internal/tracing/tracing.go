// Package tracing sends spans of what the service does to an OpenTelemetry
// collector, where one is configured. Its one idea: a span begins below the one of
// its context, so without a collector there is no first one and nothing costs
// anything. It refuses to carry what clients sent: attributes are names, numbers
// and codes; documents, variables, bodies and tokens have no way in.
package tracing

import (
	"context"
	"net/http"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

const scope = "github.com/faultline-itsm/faultline"

// Tracer begins the first spans. It may be used by many goroutines.
type Tracer struct {
	provider trace.TracerProvider
	end      func(context.Context) error
}

// Off is a tracer that records nothing.
func Off() *Tracer {
	return &Tracer{noop.NewTracerProvider(), func(context.Context) error { return nil }}
}

// Close sends what is left, or gives up when ctx ends.
func (t *Tracer) Close(ctx context.Context) error { return t.end(ctx) }

// Span is a piece of work. The zero value records nothing.
type Span struct{ span trace.Span }

// Request begins the span of an HTTP request, below the one that the client names
// in the header traceparent (W3C Trace Context).
func (t *Tracer) Request(r *http.Request, name string) (context.Context, Span) {
	ctx := propagation.TraceContext{}.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
	ctx, span := t.provider.Tracer(scope).Start(ctx, name, trace.WithSpanKind(trace.SpanKindServer))
	return ctx, Span{span}
}

// Begin begins a span below the one of ctx. Where that records nothing, this one
// does not either.
func Begin(ctx context.Context, name string) (context.Context, Span) {
	above := trace.SpanFromContext(ctx)
	if !above.IsRecording() {
		return ctx, Span{}
	}
	ctx, span := above.TracerProvider().Tracer(scope).Start(ctx, name)
	return ctx, Span{span}
}

// Text adds a name or a code. It is not for what a client sent.
func (s Span) Text(key, value string) {
	if s.recorded() {
		s.span.SetAttributes(attribute.String(key, value))
	}
}

// recorded says whether somebody will read what the span says.
func (s Span) recorded() bool { return s.span != nil && s.span.IsRecording() }

// Number adds a count.
func (s Span) Number(key string, n int64) {
	if s.recorded() {
		s.span.SetAttributes(attribute.Int64(key, n))
	}
}

// End ends the span, as failed with that code where there is one.
func (s Span) End(code string) {
	if s.span == nil {
		return
	}
	if code != "" {
		s.span.SetStatus(codes.Error, code)
	}
	s.span.End()
}
