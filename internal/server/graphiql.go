package server

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/faultline-itsm/faultline/internal/web"
)

// pagePolicy is what a browser lets the page do: run its own script and style, and
// speak with this service. Nothing inline, nothing from elsewhere, in no frame.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// graphiql serves the page and its parts. It is the same for everybody and shows
// nothing of the graph: whoever has no token sees it and is answered nothing.
func graphiql(mux *http.ServeMux) {
	files, err := web.Files()
	if err != nil {
		panic(err) // they are a part of the program
	}
	for _, f := range files {
		mux.Handle(f.Path, only(http.MethodGet, page(f)))
	}
	mux.Handle(web.Page+"/{$}", only(http.MethodGet, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "../"+strings.TrimPrefix(web.Page, "/"), http.StatusPermanentRedirect)
	}))
}

func page(f web.File) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Add("Vary", "Accept-Encoding")
		h.Set("ETag", f.ETag)
		h.Set("Cache-Control", "no-cache")
		h.Set("Content-Security-Policy", pagePolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		if unchanged(r, f.ETag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		h.Set("Content-Type", f.Type)
		if takesGzip(r) {
			h.Set("Content-Encoding", "gzip")
			h.Set("Content-Length", strconv.Itoa(len(f.Zip)))
			_, _ = w.Write(f.Zip)
			return
		}
		plain, err := gzip.NewReader(bytes.NewReader(f.Zip))
		if err == nil {
			_, err = io.Copy(w, plain)
		}
		if err != nil {
			panic(http.ErrAbortHandler) // an answer that broke off must not look whole
		}
	}
}
