package tracing

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"

	"github.com/faultline-itsm/faultline/graph"
)

// The variables of OpenTelemetry that decide whether there is an exporter. The
// exporter reads all others itself (headers, timeouts, certificates, sampler,
// resource), from the environment of the process.
const (
	envEndpoint       = "OTEL_EXPORTER_OTLP_ENDPOINT"
	envTracesEndpoint = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
	envProtocol       = "OTEL_EXPORTER_OTLP_PROTOCOL"
	envTracesProtocol = "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"
	envExporter       = "OTEL_TRACES_EXPORTER"
	envDisabled       = "OTEL_SDK_DISABLED"
)

// Target is where spans go, and the variable that says so; "" is nowhere.
func Target(getenv func(string) string) (endpoint, from string) {
	if strings.EqualFold(getenv(envDisabled), "true") || getenv(envExporter) == "none" {
		return "", ""
	}
	for _, name := range []string{envTracesEndpoint, envEndpoint} {
		if v := getenv(name); v != "" {
			return v, name
		}
	}
	return "", ""
}

// Start makes a tracer that sends to the collector that the environment names, in
// OTLP over HTTP; without one it is Off. A collector that is away is not waited
// for: spans that find no room are dropped, and the log has one line when delivery
// breaks and one when it works again. A nil log is silent.
func Start(ctx context.Context, getenv func(string) string, version string, log *slog.Logger) (*Tracer, error) {
	endpoint, from := Target(getenv)
	if endpoint == "" {
		return Off(), nil
	}
	if u, err := url.Parse(endpoint); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, graph.Errorf(graph.Invalid, "%s is not the address of a collector", from).WithHint("write it as http://HOST:4318")
	}
	for _, name := range []string{envTracesProtocol, envProtocol} {
		if v := getenv(name); v != "" && v != "http/protobuf" {
			return nil, graph.Errorf(graph.Invalid, "%s is %q: spans are sent by http/protobuf only", name, v).WithHint("leave it out, and name the collector's HTTP port, usually 4318")
		}
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithRetry(otlptracehttp.RetryConfig{Enabled: true, InitialInterval: time.Second, MaxInterval: 5 * time.Second, MaxElapsedTime: 20 * time.Second}))
	if err != nil {
		return nil, graph.Errorf(graph.Invalid, "traces cannot be sent to the collector that %s names", from).WithHint("look at the variables OTEL_EXPORTER_OTLP_...").Because(err)
	}
	about, err := resource.New(ctx, resource.WithTelemetrySDK(), resource.WithAttributes(attribute.String("service.name", "faultline"), attribute.String("service.version", version)), resource.WithFromEnv())
	if err != nil && !errors.Is(err, resource.ErrPartialResource) {
		return nil, graph.Errorf(graph.Invalid, "the variables OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME cannot be read").Because(err)
	}
	provider := sdk.NewTracerProvider(sdk.WithBatcher(&delivery{SpanExporter: exporter, log: log}), sdk.WithResource(about))
	return &Tracer{provider, provider.Shutdown}, nil
}

// delivery tells the log when delivery begins to fail and when it works again, and
// nobody else.
type delivery struct {
	sdk.SpanExporter
	log *slog.Logger

	mu   sync.Mutex
	lost int
}

// ExportSpans never fails: what cannot be delivered is counted and given up.
func (d *delivery) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	err := d.SpanExporter.ExportSpans(ctx, spans)
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case err != nil:
		if d.lost == 0 {
			d.log.Warn("traces cannot be delivered; they are dropped until the collector answers", "cause", withoutAddress(err))
		}
		d.lost += len(spans)
	case d.lost > 0:
		d.log.Warn("traces are delivered again", "lost", d.lost)
		d.lost = 0
	}
	return nil
}

// withoutAddress leaves out the collector's address, which may hold a password.
func withoutAddress(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}
