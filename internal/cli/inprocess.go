package cli

import (
	"fmt"
	"io"
	"net/http"
	"sync"
)

// inProcess carries requests to a handler of this process as a network would to a
// server: the answer streams, nothing holds the whole of it, and a request whose
// reader went away is broken off.
type inProcess struct {
	handler http.Handler
	running sync.WaitGroup
}

func (t *inProcess) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body == nil {
		req.Body = http.NoBody
	}
	body, into := io.Pipe()
	w := &streamed{header: http.Header{}, into: into, begun: make(chan struct{})}
	t.running.Go(func() {
		defer func() {
			_ = req.Body.Close()
			switch p := recover(); p {
			case nil:
			case http.ErrAbortHandler: // how a handler breaks an answer off that it cannot finish
				_ = into.CloseWithError(io.ErrUnexpectedEOF)
			default:
				w.header.Set("Content-Type", "application/json")
				w.WriteHeader(http.StatusOK)
				_ = into.CloseWithError(fmt.Errorf("internal error: %v", p))
			}
		}()
		t.handler.ServeHTTP(w, req)
		w.WriteHeader(http.StatusOK)
		_ = into.Close()
	})
	select {
	case <-w.begun:
	case <-req.Context().Done():
		_ = body.CloseWithError(req.Context().Err())
		return nil, req.Context().Err()
	}
	return &http.Response{
		Status: http.StatusText(w.status), StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.sent, Body: body, ContentLength: -1, Request: req,
	}, nil
}

// wait waits for the requests under way, so that the store can be closed.
func (t *inProcess) wait() { t.running.Wait() }

// streamed is a http.ResponseWriter into a pipe.
type streamed struct {
	header http.Header
	into   *io.PipeWriter
	begun  chan struct{} // closed once sent and status are set
	sent   http.Header
	status int
}

func (w *streamed) Header() http.Header { return w.header }

func (w *streamed) WriteHeader(status int) {
	if w.status != 0 {
		return
	}
	w.status, w.sent = status, w.header.Clone()
	close(w.begun)
}

func (w *streamed) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.into.Write(p)
}

// Flush has nothing to do: a pipe holds nothing back.
func (w *streamed) Flush() { w.WriteHeader(http.StatusOK) }
