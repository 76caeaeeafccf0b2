package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/resolvers"
)

// schema serves the SDL; its ETag changes with it.
func schema() http.HandlerFunc {
	sdl := resolvers.SDL()
	sum := sha256.Sum256([]byte(sdl))
	etag := `"` + hex.EncodeToString(sum[:16]) + `"`
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", etag)
		w.Header().Set("Cache-Control", "no-cache")
		if unchanged(r, etag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, sdl)
	}
}

// unchanged says whether the client has that content already. Compressed on its way,
// content keeps its tag, but for the mark of a weak one.
func unchanged(r *http.Request, etag string) bool {
	for tag := range strings.SplitSeq(r.Header.Get("If-None-Match"), ",") {
		if tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/"); tag == etag || tag == "*" {
			return true
		}
	}
	return false
}

// healthy says that the process runs.
func (s *service) healthy(w http.ResponseWriter, _ *http.Request) {
	state(w, http.StatusOK, map[string]any{"status": "ok", "version": s.Version})
}

// answersWithin is how long the store may take to tell its head when it is asked
// whether it is there.
const answersWithin = 2 * time.Second

// readiness is the answer of /readyz. It is for everybody, so it names no CI.
type readiness struct {
	Status     string         `json:"status"`
	Reason     string         `json:"reason,omitempty"` // why it is not ready
	Reads      bool           `json:"reads"`            // whether questions about the topology are answered
	Revision   graph.Revision `json:"revision"`         // that they are answered at
	Head       graph.Revision `json:"head"`             // of the store, as far as it is known
	StaleSince *time.Time     `json:"staleSince,omitempty"`
	Rebuilt    *time.Time     `json:"rebuilt,omitempty"` // when the snapshot was last loaded anew; the log says why
	Warning    string         `json:"warning,omitempty"`
}

// ready says whether the store answers, its topology is loaded, and what is shown
// is what the store holds.
func (s *service) ready(w http.ResponseWriter, r *http.Request) {
	p := s.Ledger.Projection()
	out := readiness{Status: "ok", Revision: p.Snapshot().Revision()}
	within, cancel := context.WithTimeout(r.Context(), answersWithin)
	defer cancel()
	head, err := s.Ledger.Store().Head(within)
	now := p.Status()
	out.Reads, out.Head = now.Loaded, max(head.Revision, now.Head)
	out.StaleSince, out.Rebuilt = told(now.StaleSince), told(now.Rebuilt)
	if now.Doubt != nil {
		out.Warning = now.Doubt.Error()
	}
	switch {
	case err != nil:
		out.Reason = graph.AsError(err).Error()
		s.Logger.WarnContext(r.Context(), "not ready", "request", requestID(r), "cause", err)
	case !now.Loaded:
		out.Reason = p.Ready().Error()
	case out.StaleSince != nil && time.Since(now.StaleSince) > s.Limits.Lag:
		out.Reason = fmt.Sprintf("this replica is behind: it is at revision %d, the store at %d", out.Revision, out.Head)
	}
	if out.Reason != "" {
		out.Status = "not ready"
		state(w, http.StatusServiceUnavailable, out)
		return
	}
	state(w, http.StatusOK, out)
}

// told is a moment in UTC; nil for none.
func told(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	at = at.UTC().Truncate(time.Millisecond)
	return &at
}

// open says why nothing can be imported or exported now.
func (s *service) open(ctx context.Context) error {
	if err := s.Ledger.Projection().Ready(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, answersWithin)
	defer cancel()
	_, err := s.Ledger.Store().Head(ctx)
	return err
}

func state(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", plainJSON+"; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
