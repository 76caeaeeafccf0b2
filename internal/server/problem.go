package server

import (
	"encoding/json"
	"net/http"
)

// problem is why a request is none. It never repeats what was sent.
type problem struct{ code, message string }

func bad(message string) *problem { return &problem{badRequest, message} }

// refuse answers what is not a GraphQL request in the form of one that failed.
func refuse(w http.ResponseWriter, r *http.Request, p problem) {
	if rec := recordOf(r); rec != nil {
		rec.code = p.code
	}
	h := w.Header()
	if h.Get("Content-Type") == "" {
		h.Set("Content-Type", plainJSON+"; charset=utf-8")
	}
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(statusOf(outcome{code: p.code}))
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(map[string]any{"errors": []any{map[string]any{"message": p.message, "extensions": map[string]any{"code": p.code, "requestId": requestID(r)}}}})
}
