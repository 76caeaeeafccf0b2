package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/guard"
	"github.com/faultline-itsm/faultline/resolvers"
)

// Headers of a GraphQL request: the least revision that it may be answered at, and
// whether to say what it cost.
const (
	minHeader  = "Faultline-Min-Revision"
	costHeader = "Faultline-Cost"
)

// read reads a request, by GET or POST.
func (s *service) read(w http.ResponseWriter, r *http.Request) (*resolvers.Request, *problem) {
	q := &resolvers.Request{ID: requestID(r), Principal: actorOf(r.Context()), ReadOnly: r.Method == http.MethodGet}
	if min := r.Header.Get(minHeader); min != "" {
		n, err := strconv.ParseUint(min, 10, 63)
		if err != nil {
			return nil, bad("the header " + minHeader + " is not a revision")
		}
		q.Min = graph.Revision(n)
	}
	if cost := r.Header.Get(costHeader); cost != "" {
		on, err := strconv.ParseBool(cost)
		if err != nil {
			return nil, bad("the header " + costHeader + " is neither 1 nor 0")
		}
		q.Cost = on
	}
	if q.ReadOnly {
		return q, s.fromURL(r.URL.RawQuery, q)
	}
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset := params["charset"]
	if err != nil || media != plainJSON || charset != "" && !strings.EqualFold(charset, "utf-8") || r.Header.Get("Content-Encoding") != "" {
		return nil, &problem{wrongMedia, "send the request as application/json in UTF-8, not compressed"}
	}
	body, p := s.body(w, r)
	if p != nil {
		return nil, p
	}
	return q, s.parse(body, q)
}

// trusted is how much room a request gets on its word. One that has filled it gets
// what it announced, up to sixteen times as much at once.
const trusted, trustedNext = 64 << 10, 1 << 20

// body reads a bounded body that has to arrive in time. The buffer grows with what
// has come: an announcement alone costs the sender nothing.
func (s *service) body(w http.ResponseWriter, r *http.Request) ([]byte, *problem) {
	control := http.NewResponseController(w)
	if control.SetReadDeadline(time.Now().Add(s.Limits.Receive)) == nil {
		defer func() { _ = control.SetReadDeadline(time.Time{}) }()
	}
	var b bytes.Buffer
	announced := int(min(max(r.ContentLength, 0), s.Limits.Body))
	in := http.MaxBytesReader(w, r.Body, s.Limits.Body)
	b.Grow(min(announced, trusted) + bytes.MinRead)
	_, err := b.ReadFrom(io.LimitReader(in, trusted))
	if err == nil && b.Len() == trusted {
		b.Grow(min(max(announced-trusted, 0), trustedNext) + bytes.MinRead)
		_, err = b.ReadFrom(in)
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, &problem{graph.LimitExceeded.String(), "the request is longer than " + strconv.FormatInt(s.Limits.Body, 10) + " bytes; send fewer items at once, or use /import"}
	}
	if err != nil {
		return nil, bad("the request ended before its end, or did not arrive in time")
	}
	return b.Bytes(), nil
}

// wire is a request as it is sent: an object with query and perhaps
// operationName, variables and extensions.
type wire struct {
	Query         *string                    `json:"query"`
	OperationName string                     `json:"operationName"`
	Variables     variables                  `json:"variables"`
	Extensions    map[string]json.RawMessage `json:"extensions"`
}

// parse reads a body.
func (s *service) parse(body []byte, q *resolvers.Request) *problem {
	var in wire
	if p := s.decode(body, &in); p != nil {
		return p
	}
	return in.fill(q)
}

// fromURL reads the parameters of a GET: the same names, variables and extensions
// as JSON.
func (s *service) fromURL(raw string, q *resolvers.Request) *problem {
	v, err := url.ParseQuery(raw)
	if err != nil {
		return bad("the address is not well-formed")
	}
	in := wire{OperationName: v.Get("operationName")}
	if query := v.Get("query"); query != "" {
		in.Query = &query
	}
	for name, to := range map[string]any{"variables": &in.Variables, "extensions": &in.Extensions} {
		if text := v.Get(name); text != "" {
			if p := s.decode([]byte(text), to); p != nil {
				return bad("the parameter " + name + " is not a JSON object, or too large")
			}
		}
	}
	return in.fill(q)
}

func (in *wire) fill(q *resolvers.Request) *problem {
	if in.Query == nil || strings.TrimSpace(*in.Query) == "" {
		return bad("the request has no query")
	}
	q.Query, q.OperationName, q.Variables = *in.Query, in.OperationName, in.Variables
	return nil
}

// decode reads one JSON object.
func (s *service) decode(text []byte, to any) *problem {
	if err := s.Limits.Document.Input(text); err != nil {
		s.Metrics.Guarded(guard.Reason(err))
		return &problem{graph.LimitExceeded.String(), err.Error()}
	}
	if err := json.Unmarshal(text, to); err != nil {
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && known[wrong.Field] {
			return bad("the field " + wrong.Field + " of the request is of the wrong type")
		}
		return bad("the request is not one JSON object and nothing else")
	}
	return nil
}

// known are the fields of a request: only these are named in a problem.
var known = map[string]bool{"query": true, "operationName": true, "variables": true, "extensions": true}
