package server

import (
	"compress/gzip"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// worth is the size from which an answer is compressed: below it, the envelope
// costs more than it saves.
const worth = 1 << 10

// compressed says whether an answer of so many bytes is compressed.
func compressed(r *http.Request, size int) bool { return size >= worth && takesGzip(r) }

func takesGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(strings.Join(r.Header.Values("Accept-Encoding"), ","), ",") {
		name, param, _ := strings.Cut(part, ";")
		if name = strings.TrimSpace(name); !strings.EqualFold(name, "gzip") && name != "*" {
			continue
		}
		q, said := strings.CutPrefix(strings.ReplaceAll(param, " ", ""), "q=")
		if n, err := strconv.ParseFloat(q, 64); said && (err != nil || n <= 0) {
			return false
		}
		return true
	}
	return false
}

// zipped compresses what next answers, where the client takes it.
func zipped(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Accept-Encoding")
		if !takesGzip(r) {
			next(w, r)
			return
		}
		z := &zip{ResponseWriter: w}
		next(z, r)
		z.end() // not deferred: an answer that broke off must not look whole
	}
}

// compressors are used again: one costs more to make than most answers to compress.
var compressors = sync.Pool{New: func() any {
	w, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is known
	return w
}}

// zip decides with the first bytes whether compressing is worth it.
type zip struct {
	http.ResponseWriter
	status int
	begun  bool
	gz     *gzip.Writer
}

// Unwrap lets deadlines through.
func (z *zip) Unwrap() http.ResponseWriter { return z.ResponseWriter }

// plain is the writer below, for an answer that must not wait for its end.
func (z *zip) plain() http.ResponseWriter {
	z.begun = true
	return z.ResponseWriter
}

// WriteHeader waits for the first bytes.
func (z *zip) WriteHeader(status int) { z.status = or(z.status, status) }

func (z *zip) begin(size int) {
	if z.begun {
		return
	}
	z.begun = true
	if size >= worth {
		z.Header().Set("Content-Encoding", "gzip")
		z.Header().Del("Content-Length")
		z.gz, _ = compressors.Get().(*gzip.Writer)
		z.gz.Reset(z.ResponseWriter)
	}
	z.ResponseWriter.WriteHeader(or(z.status, http.StatusOK))
}

func (z *zip) Write(p []byte) (int, error) {
	z.begin(len(p))
	if z.gz != nil {
		return z.gz.Write(p)
	}
	return z.ResponseWriter.Write(p)
}

func (z *zip) end() {
	z.begin(0)
	if z.gz != nil {
		_ = z.gz.Close() // the connection's errors; nobody is left to tell
		compressors.Put(z.gz)
	}
}
