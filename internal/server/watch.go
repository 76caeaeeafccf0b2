package server

import (
	"context"
	"log"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/faultline-itsm/faultline/internal/tracing"
	"github.com/faultline-itsm/faultline/resolvers"
)

// record is what operators get to know of a request.
type record struct {
	code    string // why it was refused, or the first error of its answer
	graphql bool   // it was handed to the API
	stream  bool   // it is answered as long as the client likes
	resolvers.Account
	revision string
	began    time.Time // of a stream: it lasts, and is measured until here
}

type recordKey struct{}

func recordOf(r *http.Request) *record {
	rec, _ := r.Context().Value(recordKey{}).(*record)
	return rec
}

// watched counts, traces and logs each request, once, with nothing of what was
// sent but the name of an operation: no address, header, document, variable or
// body.
func (s *service) watched(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if recordOf(r) != nil { // Serve watches it already
			next.ServeHTTP(w, r)
			return
		}
		begun, rec, out := time.Now(), &record{}, &counted{ResponseWriter: w}
		ctx, span := s.Tracer.Request(r, "HTTP request")
		r = r.WithContext(context.WithValue(ctx, recordKey{}, rec))
		defer func() { s.report(r, rec, out, span, time.Since(begun)) }() // of an answer that breaks off, too
		next.ServeHTTP(out, r)
	})
}

// probes are routes that are asked every few seconds: of them the log tells
// nothing unless it is asked for everything.
var probes = []string{"/healthz", "/readyz", "/metrics"}

// methods are those that are named; any other word is the client's.
var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions}

func (s *service) report(r *http.Request, rec *record, out *counted, span tracing.Span, took time.Duration) {
	route, method, status := or(r.Pattern, "none"), r.Method, or(out.status, http.StatusOK)
	busy := took
	if !rec.began.IsZero() {
		busy -= time.Since(rec.began)
	}
	if !slices.Contains(methods, method) {
		method = "other"
	}
	s.Metrics.Replied(route, status)
	if rec.graphql {
		s.Metrics.Answered(rec.Operation, rec.Read, rec.code, busy)
	} else if rec.code != "" {
		s.Metrics.Refused(status, rec.code)
	}
	if rec.Refusal != "" {
		s.Metrics.Guarded(rec.Refusal)
	}
	level, message := slog.LevelInfo, "request"
	switch {
	case rec.stream:
		message = "stream"
	case slices.Contains(probes, route):
		level = slog.LevelDebug
	case rec.graphql && busy >= s.Limits.Slow:
		level, message = slog.LevelWarn, "slow request"
	}
	about := []slog.Attr{
		slog.String("request", requestID(r)), slog.String("route", route), slog.String("method", method), slog.Int("status", status),
		slog.Float64("duration_ms", float64(took.Microseconds())/1000), slog.Int64("bytes", out.bytes),
	}
	span.Text("faultline.request", requestID(r))
	span.Text("http.route", route)
	span.Text("http.request.method", method)
	span.Number("http.response.status_code", int64(status))
	for _, t := range []struct{ key, as, value string }{
		{"code", "faultline.code", rec.code}, {"operation", "graphql.operation.name", rec.Operation},
		{"type", "graphql.operation.type", rec.Type}, {"revision", "faultline.revision", rec.revision},
	} {
		if t.value != "" {
			about = append(about, slog.String(t.key, t.value))
			span.Text(t.as, t.value)
		}
	}
	if rec.Read {
		about = append(about, slog.Int("cost", rec.Cost))
		span.Number("faultline.cost", int64(rec.Cost))
	}
	span.End(rec.code)
	s.Logger.LogAttrs(r.Context(), level, message, about...)
}

// counted notes the status and the size of an answer.
type counted struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// Unwrap lets deadlines and flushes through.
func (c *counted) Unwrap() http.ResponseWriter { return c.ResponseWriter }

func (c *counted) WriteHeader(status int) {
	c.status = or(c.status, status)
	c.ResponseWriter.WriteHeader(status)
}

func (c *counted) Write(p []byte) (int, error) {
	c.status = or(c.status, http.StatusOK)
	n, err := c.ResponseWriter.Write(p)
	c.bytes += int64(n)
	return n, err
}

// front is the handler of all routes. Access.Serve puts its checks before it and
// has them watched as well, and scheduled changes, for as long as it serves.
type front struct {
	http.Handler
	watched func(http.Handler) http.Handler
	log     *slog.Logger
	vigil   func(context.Context)
}

// complaints is where net/http says what it did not like, as lines of our log. It
// names addresses of clients, nothing that they sent.
func (f *front) complaints() *log.Logger {
	return slog.NewLogLogger(f.log.Handler(), slog.LevelWarn)
}
