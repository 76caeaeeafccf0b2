package server

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/faultline-itsm/faultline/resolvers"
)

// send is how long a client may take to fetch its answer.
const send = time.Minute

// graphql answers GraphQL over HTTP: GET for queries, POST for all; and streams, for
// who takes events.
func (s *service) graphql(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Add("Vary", "Accept")
	media, events := negotiate(r)
	if media == "" && !events {
		refuse(w, r, problem{notAcceptable, "the answer is " + responseJSON + ", " + plainJSON + " or " + eventStream})
		return
	}
	q, p := s.read(w, r)
	if p != nil {
		refuse(w, r, *p)
		return
	}
	if media == "" {
		s.events(w, r, q)
		return
	}
	h.Set("Content-Type", media+"; charset=utf-8")
	leave, ok := s.turns.enter(r.Context())
	if !ok {
		h.Set("Retry-After", "1")
		refuse(w, r, problem{overloaded, "too many requests are being answered; try again in a moment"})
		return
	}
	rec := recordOf(r)
	q.Account = &rec.Account
	resp := func() *graphql.Response {
		defer leave()
		return s.api.Execute(r.Context(), *q)
	}()
	o := outcomeOf(resp, media)
	if events && o.code == resolvers.StreamOnly {
		s.events(w, r, q)
		return
	}
	s.reply(w, r, resp, o)
}

// reply sends one answer.
func (s *service) reply(w http.ResponseWriter, r *http.Request, resp *graphql.Response, o outcome) {
	h, rec, status := w.Header(), recordOf(r), statusOf(o)
	rec.graphql, rec.code = true, o.code
	rec.revision, _ = resp.Extensions["revision"].(string)
	if status == http.StatusMethodNotAllowed {
		h.Set("Allow", http.MethodPost)
	}
	body, err := encode(resp)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	control := http.NewResponseController(w)
	if control.SetWriteDeadline(time.Now().Add(send)) == nil {
		defer func() { _ = control.SetWriteDeadline(time.Time{}) }()
	}
	if !compressed(r, len(body)) {
		h.Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(status)
	if _, err := w.Write(body); err != nil {
		s.Logger.DebugContext(r.Context(), "the client went away", "request", requestID(r), "cause", err)
	}
}

func outcomeOf(resp *graphql.Response, media string) outcome {
	if len(resp.Errors) == 0 {
		return outcome{media: media, answered: true}
	}
	o := outcome{media: media, answered: resp.Data != nil}
	o.code, _ = resp.Errors[0].Extensions["code"].(string)
	if string(resp.Data) == "null" && later(o.code) { // it was begun, and came to nothing
		o.answered = false
	}
	return o
}

// encode writes the answer as it is: the data was encoded once already.
func encode(resp *graphql.Response) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(len(resp.Data) + 256)
	b.WriteByte('{')
	if len(resp.Errors) > 0 {
		if err := field(&b, "errors", resp.Errors); err != nil {
			return nil, err
		}
		b.WriteByte(',')
	}
	if resp.Data != nil || len(resp.Errors) == 0 {
		b.WriteString(`"data":`)
		b.Write(orNull(resp.Data))
		b.WriteByte(',')
	}
	if err := field(&b, "extensions", resp.Extensions); err != nil {
		return nil, err
	}
	_, _ = io.WriteString(&b, "}\n")
	return b.Bytes(), nil
}

func orNull(data json.RawMessage) []byte {
	if data == nil {
		return []byte("null")
	}
	return data
}

func field(b *bytes.Buffer, name string, v any) error {
	b.WriteString(`"` + name + `":`)
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	b.Truncate(b.Len() - 1) // the line's end
	return nil
}
