package tracing_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/tracing"
)

func env(settings map[string]string) func(string) string {
	return func(name string) string { return settings[name] }
}

func TestWithoutACollectorNothingIsSentAndNothingCosts(t *testing.T) {
	const collector = "http://127.0.0.1:9"
	for _, settings := range []map[string]string{
		{}, {"OTEL_SERVICE_NAME": "x"}, {"OTEL_EXPORTER_OTLP_ENDPOINT": collector, "OTEL_SDK_DISABLED": "true"}, {"OTEL_EXPORTER_OTLP_ENDPOINT": collector, "OTEL_TRACES_EXPORTER": "none"},
	} {
		tracer, err := tracing.Start(t.Context(), env(settings), "1", nil)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
		ctx, request := tracer.Request(r, "request")
		if n := testing.AllocsPerRun(100, func() {
			_, span := tracing.Begin(ctx, "below")
			span.Text("a", "b")
			span.Number("c", 1)
			span.End("")
		}); n != 0 {
			t.Errorf("%v: a span that nobody wants makes %v allocations", settings, n)
		}
		request.End("")
		if err := tracer.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func TestWhatCannotBeSentToIsRefusedInWords(t *testing.T) {
	for name, settings := range map[string]map[string]string{
		"OTEL_EXPORTER_OTLP_ENDPOINT":        {"OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4318"},
		"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://"},
		"OTEL_EXPORTER_OTLP_PROTOCOL":        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
	} {
		if _, err := tracing.Start(t.Context(), env(settings), "1", nil); !graph.IsKind(err, graph.Invalid) || !strings.Contains(err.Error(), name) {
			t.Errorf("%v: %v", settings, err)
		}
	}
}

func TestACodeIsAllThatIsToldOfAnError(t *testing.T) {
	for want, err := range map[string]error{"": nil, "INTERNAL": errors.New("secret"), "INVALID": graph.Errorf(graph.Invalid, "secret"), "STORE_UNAVAILABLE": graph.Errorf(graph.Unavailable, "secret").Because(context.Canceled)} {
		if got := tracing.CodeOf(err); got != want {
			t.Errorf("%v: %s, want %s", err, got, want)
		}
	}
}
