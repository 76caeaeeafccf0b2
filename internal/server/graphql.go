package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/resolvers"
)

// minHeader asks for an answer at that revision or a later one.
const minHeader = "Faultline-Min-Revision"

// The media types of GraphQL over HTTP: the plain one answers 200 to whatever is
// a GraphQL answer, the newer one tells a bad document by its status.
const (
	plainJSON    = "application/json"
	responseJSON = "application/graphql-response+json"
)

func (s *service) graphql(w http.ResponseWriter, r *http.Request) {
	q, problem := s.read(w, r)
	if problem != nil {
		refuse(w, r, problem.status, problem.code, problem.message)
		return
	}
	resp := s.api.Execute(r.Context(), *q)
	media := plainJSON
	if strings.Contains(r.Header.Get("Accept"), responseJSON) {
		media = responseJSON
	}
	w.Header().Set("Content-Type", media+"; charset=utf-8")
	w.WriteHeader(statusOf(resp, media))
	if err := write(w, resp); err != nil {
		s.Logger.DebugContext(r.Context(), "the client went away", "request", q.ID, "cause", err)
	}
}

// problem is why a request is none.
type problem struct {
	status        int
	code, message string
}

func bad(message string) *problem { return &problem{http.StatusBadRequest, "BAD_REQUEST", message} }

// read reads a request. No message repeats what was sent.
func (s *service) read(w http.ResponseWriter, r *http.Request) (*resolvers.Request, *problem) {
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset := params["charset"]
	if err != nil || media != plainJSON || charset != "" && !strings.EqualFold(charset, "utf-8") || r.Header.Get("Content-Encoding") != "" {
		return nil, &problem{http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", "send the request as application/json in UTF-8, not compressed"}
	}
	q := &resolvers.Request{ID: requestID(r)}
	if min := r.Header.Get(minHeader); min != "" {
		n, err := strconv.ParseUint(min, 10, 63)
		if err != nil {
			return nil, bad("the header " + minHeader + " is not a revision")
		}
		q.Min = graph.Revision(n)
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, s.MaxBody))
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, &problem{http.StatusRequestEntityTooLarge, "LIMIT_EXCEEDED", "the request is longer than " + strconv.FormatInt(tooLarge.Limit, 10) + " bytes; send fewer items at once, or use /import"}
	}
	if err != nil {
		return nil, bad("the request ended before its end")
	}
	return q, parse(body, q)
}

// parse reads the body: an object with query and perhaps operationName,
// variables and extensions.
func parse(body []byte, q *resolvers.Request) *problem {
	var in struct {
		Query         *string         `json:"query"`
		OperationName string          `json:"operationName"`
		Variables     map[string]any  `json:"variables"`
		Extensions    json.RawMessage `json:"extensions"`
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&in); err != nil {
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && wrong.Field != "" {
			return bad("the field " + wrong.Field + " of the request is of the wrong type")
		}
		return bad("the request is not a JSON object")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return bad("something follows the JSON object of the request")
	}
	if in.Query == nil || strings.TrimSpace(*in.Query) == "" {
		return bad("the request has no query")
	}
	q.Query, q.OperationName, q.Variables = *in.Query, in.OperationName, in.Variables
	return nil
}

// statusOf is the one place where a GraphQL answer becomes a status.
func statusOf(resp *graphql.Response, media string) int {
	if media == plainJSON || resp.Data != nil || len(resp.Errors) == 0 {
		return http.StatusOK
	}
	switch resp.Errors[0].Extensions["code"] {
	case graph.Unavailable.String(), graph.RevisionNotReached.String():
		return http.StatusServiceUnavailable
	case graph.Internal.String():
		return http.StatusInternalServerError
	}
	return http.StatusBadRequest
}

// write writes the answer as it is: the data was encoded once already.
func write(w io.Writer, resp *graphql.Response) error {
	var b bytes.Buffer
	b.WriteByte('{')
	if len(resp.Errors) > 0 {
		if err := field(&b, "errors", resp.Errors); err != nil {
			return err
		}
		b.WriteByte(',')
	}
	if resp.Data != nil || len(resp.Errors) == 0 {
		b.WriteString(`"data":`)
		b.Write(orNull(resp.Data))
		b.WriteByte(',')
	}
	if err := field(&b, "extensions", resp.Extensions); err != nil {
		return err
	}
	b.WriteString("}\n")
	_, err := w.Write(b.Bytes())
	return err
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

// refuse answers what is not a GraphQL request in the form of one that failed.
func refuse(w http.ResponseWriter, r *http.Request, status int, code, message string) {
	w.Header().Set("Content-Type", plainJSON+"; charset=utf-8")
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(map[string]any{"errors": []any{map[string]any{"message": message, "extensions": map[string]any{"code": code, "requestId": requestID(r)}}}})
}
