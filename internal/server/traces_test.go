package server_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	spans "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/internal/server"
	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/internal/tracing"
)

// collecting is an OTLP collector of this process.
type collecting struct {
	*httptest.Server
	mu    sync.Mutex
	spans []*spans.Span
	about map[string]string // the resource's attributes
	bytes bytes.Buffer      // all that was sent, headers included
}

func collect(t *testing.T) *collecting {
	c := &collecting{about: map[string]string{}}
	c.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		defer c.mu.Unlock()
		b, err := io.ReadAll(r.Body)
		var in collector.ExportTraceServiceRequest
		if err != nil || proto.Unmarshal(b, &in) != nil || r.URL.Path != "/v1/traces" {
			t.Errorf("no spans: %s, %v", r.URL.Path, err)
		}
		c.bytes.Write(b)
		_ = r.Header.Write(&c.bytes)
		for _, rs := range in.ResourceSpans {
			for _, a := range rs.Resource.Attributes {
				c.about[a.Key] = a.Value.GetStringValue()
			}
			for _, ss := range rs.ScopeSpans {
				c.spans = append(c.spans, ss.Spans...)
			}
		}
	}))
	t.Cleanup(c.Close)
	return c
}

// tree is the spans of a trace below a parent, by name, each name once.
func (c *collecting) tree(trace, parent string) string {
	var out []string
	for _, s := range c.spans {
		if hex.EncodeToString(s.TraceId) != trace || hex.EncodeToString(s.ParentSpanId) != parent {
			continue
		}
		line := s.Name
		if below := c.tree(trace, hex.EncodeToString(s.SpanId)); below != "" {
			line += "(" + below + ")"
		}
		out = append(out, line)
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), " ")
}

// span is the one of that name in a trace, and its attributes.
func (c *collecting) span(t *testing.T, trace, name string) (found *spans.Span, attributes map[string]string) {
	t.Helper()
	attributes = map[string]string{}
	for _, s := range c.spans {
		if hex.EncodeToString(s.TraceId) == trace && s.Name == name {
			for _, a := range s.Attributes {
				attributes[a.Key] = a.Value.GetStringValue()
				if n := a.Value.GetIntValue(); n != 0 {
					attributes[a.Key] = strconv.FormatInt(n, 10)
				}
			}
			return s, attributes
		}
	}
	t.Fatalf("trace %s has no span %s", trace, name)
	return nil, nil
}

// traced is a service that sends spans where the environment says.
func traced(t *testing.T, log io.Writer) (service, *tracing.Tracer) {
	t.Helper()
	tracer, err := tracing.Start(t.Context(), os.Getenv, "1.2.3", slog.New(slog.NewTextHandler(log, nil)))
	must(t, err)
	return start(t, func(c *server.Config) {
		c.Tracer = tracer
		c.Ledger = records.New(store.Observed(c.Ledger.Store(), tracing.Store{}), c.Ledger.Projection(), time.Now)
	}), tracer
}

func TestARequestIsTracedFromTheClientToTheStore(t *testing.T) {
	c := collect(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", c.URL)
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test")
	s, tracer := traced(t, io.Discard)
	const client = "00f067aa0ba902b7" // the client's own span
	trace := func(n int) string { return fmt.Sprintf("%032x", n) }
	under := func(n int) string { return "traceparent: 00-" + trace(n) + "-" + client + "-01" }
	s.send("POST", "/graphql", `{"query":"mutation Add($r: String!) { upsertCIs(input: {items: [{ci: {ref: $r}}]}) { revision } }","variables":{"r":"server:`+mark+`"}}`, under(1), "Authorization: Bearer "+mark)
	r := s.send("POST", "/graphql", `{"query":"query Blast($r: String!) { impact(scenario: {effects: [{ci: {ref: $r}}]}) { summary } cis { totalCount } }","variables":{"r":"server:`+mark+`"}}`, under(2))
	if body := text(t, r); strings.Contains(body, `"errors"`) {
		t.Fatal(body)
	}
	s.send("POST", "/graphql", `{"query":"{ `+mark+` }"}`, under(3))
	s.send("GET", "/"+mark+"?"+mark, mark, "Cookie: "+mark) // a trace of its own
	s.send("GET", "/healthz", "", strings.Replace(under(4), "-01", "-00", 1))
	must(t, tracer.Close(t.Context()))

	for n, want := range map[int]string{
		1: "HTTP request(execute(store.Commit store.Head) guard)", 2: "HTTP request(execute(solve store.Find) guard)", 3: "HTTP request(guard)", 4: "", // not sampled
	} {
		if got := c.tree(trace(n), client); got != want {
			t.Errorf("trace %d is %s, want %s", n, got, want)
		}
	}
	_, root := c.span(t, trace(2), "HTTP request")
	for key, want := range map[string]string{"graphql.operation.name": "Blast", "graphql.operation.type": "query", "faultline.revision": "1", "http.route": "/graphql",
		"http.request.method": "POST", "http.response.status_code": "200", "faultline.cost": "152", "faultline.request": r.Header.Get("X-Request-Id")} {
		if root[key] != want {
			t.Errorf("%s is %q, want %q: %v", key, root[key], want, root)
		}
	}
	refused, _ := c.span(t, trace(3), "guard")
	whole, _ := c.span(t, trace(3), "HTTP request")
	if refused.Status.GetMessage() != "validation" || whole.Status.GetMessage() != "GRAPHQL_VALIDATION_FAILED" {
		t.Errorf("what was refused does not say so: %v, %v", refused, whole)
	}
	if c.about["service.name"] != "faultline" || c.about["service.version"] != "1.2.3" || c.about["deployment.environment.name"] != "test" {
		t.Errorf("they come from %v", c.about)
	}
	if strings.Contains(c.bytes.String(), mark) || strings.Contains(c.bytes.String(), "upsertCIs") {
		t.Error("a span has something of what was sent")
	}
}

// A collector that is away costs the log one line, requests nothing, and the end a
// moment.
func TestACollectorThatIsAwayIsNotWaitedFor(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	for what, url := range map[string]string{"nobody listens": gone.URL, "it never answers": silent(t)} {
		t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
		t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "10") // ms
		t.Setenv("OTEL_BSP_EXPORT_TIMEOUT", "200")
		t.Setenv("OTEL_BSP_MAX_QUEUE_SIZE", "64")
		t.Setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "16")
		var log written
		s, tracer := traced(t, &log)
		begun := time.Now()
		for range 500 {
			if r := s.send("POST", "/graphql", `{"query":"{ store { kind } }"}`); r.StatusCode != 200 {
				t.Fatalf("%s: %d", what, r.StatusCode)
			}
		}
		if took := time.Since(begun); took > 10*time.Second {
			t.Errorf("%s: 500 requests took %v", what, took)
		}
		for !strings.Contains(log.String(), "cannot be delivered") && time.Since(begun) < 20*time.Second {
			time.Sleep(10 * time.Millisecond)
		}
		end, cancel := context.WithTimeout(t.Context(), time.Second)
		begun = time.Now()
		_ = tracer.Close(end)
		cancel()
		if took := time.Since(begun); took > 5*time.Second {
			t.Errorf("%s: closing took %v", what, took)
		}
		if n := strings.Count(log.String(), "\n"); n != 1 || strings.Contains(log.String(), "127.0.0.1:") && strings.Contains(log.String(), "/v1/traces") {
			t.Errorf("%s: the log has %d lines: %s", what, n, log.String())
		}
	}
}

// silent is the address of a collector that takes spans and says nothing.
func silent(t *testing.T) string {
	stop := make(chan struct{})
	c := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		select {
		case <-stop:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(func() { close(stop); c.Close() })
	return c.URL
}
