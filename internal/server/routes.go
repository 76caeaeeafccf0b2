package server

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strings"

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

// ready says that the store answers and that its topology is loaded.
func (s *service) ready(w http.ResponseWriter, r *http.Request) {
	shown := s.Ledger.Projection().Snapshot().Revision()
	head, err := s.Ledger.Store().Head(r.Context())
	if err != nil {
		s.Logger.WarnContext(r.Context(), "not ready", "request", requestID(r), "cause", err)
		state(w, http.StatusServiceUnavailable, map[string]any{"status": "the store does not answer"})
		return
	}
	state(w, http.StatusOK, map[string]any{"status": "ok", "revision": shown, "head": head.Revision})
}

func state(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", plainJSON+"; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
