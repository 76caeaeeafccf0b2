// Package server puts the API behind HTTP. Its one idea: one plain http.Handler,
// the same in process and over a network, and everything about HTTP (statuses,
// headers, limits) here and nowhere else. It refuses to know what a CI is, and to
// listen beyond this machine as long as nobody has to log in.
package server

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/faultline-itsm/faultline/internal/records"
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

	// MaxBody bounds a GraphQL request in bytes; 0 is 1 MiB.
	MaxBody int64

	// Import and Export stream in bulk; without one, its route is not there.
	Import Import
	Export Export
}

// Import reads the whole input and reports each finding, and at the end what was
// done, as one line: any value with a JSON form.
type Import func(ctx context.Context, l *records.Ledger, in io.ReadSeeker, o ImportOptions, line func(any) error) error

// Export writes the interchange form of all there is.
type Export func(ctx context.Context, l *records.Ledger, w io.Writer) error

const defaultMaxBody = 1 << 20

type service struct {
	Config
	api *resolvers.API
}

// New makes the handler of all routes.
func New(cfg Config) http.Handler {
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	cfg.MaxBody = or(cfg.MaxBody, defaultMaxBody)
	cfg.Kind, cfg.Version, cfg.Actor = or(cfg.Kind, "sqlite"), or(cfg.Version, "dev"), or(cfg.Actor, "local")
	s := &service{cfg, resolvers.New(resolvers.Config{Ledger: cfg.Ledger, Kind: cfg.Kind, Version: cfg.Version, Actor: cfg.Actor, Clock: cfg.Clock, Logger: cfg.Logger})}
	mux := http.NewServeMux()
	mux.Handle("/graphql", only(http.MethodPost, s.graphql))
	mux.Handle("/schema.graphqls", only(http.MethodGet, schema()))
	mux.Handle("/healthz", only(http.MethodGet, s.healthy))
	mux.Handle("/readyz", only(http.MethodGet, s.ready))
	if cfg.Import != nil {
		mux.Handle("/import", only(http.MethodPost, s.imports))
	}
	if cfg.Export != nil {
		mux.Handle("/export", only(http.MethodGet, s.exports))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		refuse(w, r, http.StatusNotFound, "NOT_FOUND", "there is nothing here; the API is at /graphql, its schema at /schema.graphqls")
	})
	return identified(mux)
}

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// only lets one method pass (HEAD with GET).
func only(method string, next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != method && (method != http.MethodGet || r.Method != http.MethodHead) {
			w.Header().Set("Allow", method)
			refuse(w, r, http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED", "this address takes "+method)
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
