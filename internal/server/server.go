// Package server puts the API behind HTTP. Its one idea: one plain http.Handler,
// the same in process and over a network, and everything about HTTP (statuses,
// headers, limits) here and nowhere else. It refuses to know what a CI is, and to
// listen beyond this machine without a token.
package server

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/faultline-itsm/faultline/internal/metrics"
	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/internal/tracing"
	"github.com/faultline-itsm/faultline/resolvers"
)

// Config is what a server stands on. Ledger is required; the zero value of all
// else is sensible.
type Config struct {
	Ledger  *records.Ledger
	Kind    string           // of the store, for people; "" is sqlite
	Version string           // of the service; "" is dev
	Actor   string           // whom the ledger names for what arrives here; "" is local
	Clock   func() time.Time // nil is time.Now
	Logger  *slog.Logger     // nil is silent

	Metrics *metrics.Metrics // for /metrics; nil is new ones, without those of the store
	Tracer  *tracing.Tracer  // nil is none

	Limits Limits
	Access

	// Import and Export stream in bulk; without one, its route is not there.
	Import Import
	Export Export
}

// Import reads the whole input and reports each finding, and at the end what was
// done, as one line: any value with a JSON form.
type Import func(ctx context.Context, l *records.Ledger, in io.ReadSeeker, o ImportOptions, line func(any) error) error

// Export writes the interchange form of all there is.
type Export func(ctx context.Context, l *records.Ledger, w io.Writer) error

type service struct {
	Config
	api   *resolvers.API
	turns *turns

	openSockets  *places
	eventStreams *places
}

// graphqlRoute is where GraphQL is answered, by request, by events and by WebSocket.
const graphqlRoute = "/graphql"

// New makes the handler of all routes.
func New(cfg Config) http.Handler {
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Tracer == nil {
		cfg.Tracer = tracing.Off()
	}
	cfg.Limits = cfg.Limits.filled()
	cfg.Kind, cfg.Version, cfg.Actor = or(cfg.Kind, "sqlite"), or(cfg.Version, "dev"), or(cfg.Actor, "local")
	if cfg.Metrics == nil {
		cfg.Metrics = NewMetrics(cfg.Version)
	}
	s := &service{cfg, resolvers.New(resolvers.Config{
		Ledger: cfg.Ledger, Kind: cfg.Kind, Version: cfg.Version, Actor: cfg.Actor, Clock: cfg.Clock, Logger: cfg.Logger, ByToken: cfg.Token != "",
		Limits: cfg.Limits.Document, QueryDeadline: cfg.Limits.Query, MutationDeadline: cfg.Limits.Mutation,
	}), newTurns(cfg.Limits), newPlaces(cfg.Limits.Sockets), newPlaces(cfg.Limits.Sockets * cfg.Limits.Subscriptions)}
	s.measured()
	mux := http.NewServeMux()
	mux.Handle(graphqlRoute, only(http.MethodPost, s.sockets(zipped(s.graphql)), http.MethodGet))
	mux.Handle("/schema.graphqls", only(http.MethodGet, zipped(schema())))
	graphiql(mux)
	mux.Handle("/healthz", only(http.MethodGet, s.healthy))
	mux.Handle("/readyz", only(http.MethodGet, s.ready))
	mux.Handle("/metrics", only(http.MethodGet, cfg.Metrics.Handler().ServeHTTP))
	if cfg.Import != nil {
		mux.Handle("/import", only(http.MethodPost, s.imports))
	}
	if cfg.Export != nil {
		mux.Handle("/export", only(http.MethodGet, zipped(s.exports)))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		refuse(w, r, problem{nothingHere, "there is nothing here; the API is at /graphql, its schema at /schema.graphqls, a page to try it at /graphiql"})
	})
	return &front{identified(s.watched(cfg.shared(s.authorised(mux)))), s.watched, cfg.Logger, s.api.Watch}
}

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// only lets some methods pass (HEAD where GET is the first).
func only(method string, next http.HandlerFunc, others ...string) http.Handler {
	allowed := append([]string{method}, others...)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !slices.Contains(allowed, r.Method) && (method != http.MethodGet || r.Method != http.MethodHead) {
			w.Header().Set("Allow", strings.Join(allowed, ", "))
			refuse(w, r, problem{wrongMethod, "this address takes " + strings.Join(allowed, " and ")})
			return
		}
		next(w, r)
	})
}

type requestKey struct{}

// requestHeader carries the id under which the log knows a request.
const requestHeader = "X-Request-Id"

// identified gives each request an id of our own: one from outside could be
// anything.
func identified(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if requestID(r) != "" { // Serve gave it one already
			next.ServeHTTP(w, r)
			return
		}
		var b [8]byte
		_, _ = rand.Read(b[:]) // never fails
		id := hex.EncodeToString(b[:])
		w.Header().Set(requestHeader, id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestKey{}, id)))
	})
}

func requestID(r *http.Request) string {
	id, _ := r.Context().Value(requestKey{}).(string)
	return id
}
