package server

import (
	"bufio"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"os"
	"strconv"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/itsm"
)

// ImportOptions are the query of POST /import.
type ImportOptions struct {
	Source  string   // ?source=; "" is graph.ManualSource
	Scope   string   // ?scope=
	Format  string   // ndjson or csv, from the content type
	Class   string   // ?class=, for CSV
	Mapping string   // ?mapping=, for CSV: what its columns mean, a JSON document
	DryRun  bool     // ?dryRun=true
	Stubs   bool     // ?stubs=true
	Actor   string   // the server's
	Teams   []string // whose CIs may be changed; nil: all
}

const ndjson = "application/x-ndjson"

// formats are by content type. None is one that a page of another site could send
// unasked.
var formats = map[string]string{ndjson: "ndjson", "application/ndjson": "ndjson", "application/jsonl": "ndjson", "text/csv": "csv"}

// imports reads the whole input to a file first, because the import reads it
// twice, and then answers line by line: findings, and last what was done.
func (s *service) imports(w http.ResponseWriter, r *http.Request) {
	o, problem := s.options(r)
	if problem != nil {
		refuse(w, r, *problem)
		return
	}
	if err := s.open(r.Context()); err != nil { // before gigabytes are received for nothing
		s.fail(w, r, err)
		return
	}
	in, err := spool(r.Body)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	defer func() {
		_ = in.Close()
		_ = os.Remove(in.Name())
	}()
	out := &lines{w: w}
	if who := actorOf(r.Context()); who != nil {
		if out.redact, err = s.api.Redacting(r.Context(), *who); err != nil {
			s.fail(w, r, err)
			return
		}
	}
	if err := s.Import(r.Context(), s.Ledger, in, o, out.line); err != nil {
		if !out.begun {
			s.fail(w, r, err)
			return
		}
		_ = out.line(errorLine(s.known(r, err), requestID(r)))
	}
}

func (s *service) options(r *http.Request) (o ImportOptions, p *problem) {
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	format, ok := formats[media]
	if !ok || r.Header.Get("Content-Encoding") != "" {
		return o, &problem{wrongMedia, "send " + ndjson + " or text/csv, not compressed"}
	}
	q := r.URL.Query()
	o = ImportOptions{Source: or(q.Get("source"), graph.ManualSource), Scope: q.Get("scope"), Format: format, Class: q.Get("class"), Mapping: q.Get("mapping"), Actor: s.named(r.Context())}
	if who := actorOf(r.Context()); who != nil {
		if err := who.Must("import", itsm.CIWriter, itsm.ConfigManager); err != nil {
			return o, &problem{graph.PermissionDenied.String(), graph.AsError(err).Error()}
		}
		o.Teams = who.Teams
		if err := who.Speaks(o.Source); err != nil {
			return o, &problem{graph.PermissionDenied.String(), graph.AsError(err).Error()}
		}
	}
	for name, to := range map[string]*bool{"dryRun": &o.DryRun, "stubs": &o.Stubs} {
		if !q.Has(name) {
			continue
		}
		v, err := strconv.ParseBool(q.Get(name))
		if err != nil {
			return o, bad(name + " is neither true nor false")
		}
		*to = v
	}
	return o, nil
}

// spool keeps the input in a file that only this user can read.
func spool(body io.Reader) (*os.File, error) {
	f, err := os.CreateTemp("", "faultline-import-*")
	if err == nil {
		if _, err = io.Copy(f, body); err == nil {
			if _, err = f.Seek(0, io.SeekStart); err == nil {
				return f, nil
			}
		}
		_ = f.Close()
		_ = os.Remove(f.Name())
	}
	return nil, graph.Errorf(graph.Unavailable, "the input could not be received whole").WithHint("look at the connection and at the room for temporary files").Because(err)
}

// lines answers one JSON value a line, as they come.
type lines struct {
	w      http.ResponseWriter
	begun  bool
	redact func(string) string // of what is said about a line; nil: all may be told
}

// told is a value without what its reader may not know. What the reader sent, the
// subject of a line, is told as it is.
func (l *lines) told(v any) any {
	if l.redact == nil {
		return v
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return v // which Encode will say
	}
	var fields map[string]any
	if json.Unmarshal(raw, &fields) != nil {
		return v
	}
	for _, name := range []string{"message", "hint", "note"} {
		if text, ok := fields[name].(string); ok {
			fields[name] = l.redact(text)
		}
	}
	return fields
}

func (l *lines) line(v any) error {
	if !l.begun {
		l.begun = true
		l.w.Header().Set("Content-Type", ndjson)
		l.w.WriteHeader(http.StatusOK)
	}
	e := json.NewEncoder(l.w)
	e.SetEscapeHTML(false)
	if err := e.Encode(l.told(v)); err != nil {
		return err
	}
	return http.NewResponseController(l.w).Flush()
}

// exports streams the interchange form. What fails after the first bytes breaks
// the connection off: an answer that was cut must not look whole.
func (s *service) exports(w http.ResponseWriter, r *http.Request) {
	if who := actorOf(r.Context()); who != nil {
		err := who.Must("export", itsm.Readers...)
		if err == nil && who.Teams != nil {
			err = graph.Errorf(graph.PermissionDenied, "an export tells of the whole estate, and this token of some teams' CIs").WithHint("export with a token without teams")
		}
		if err != nil {
			refuse(w, r, problem{graph.PermissionDenied.String(), graph.AsError(err).Error()})
			return
		}
	}
	late := &begun{w: w}
	out := bufio.NewWriterSize(late, 256<<10)
	err := s.Export(r.Context(), s.Ledger, out)
	if err == nil {
		err = out.Flush()
	}
	switch {
	case err == nil:
		late.start() // an empty store has an empty export
	case late.yes:
		_ = s.known(r, err) // into the log; the answer cannot say it any more
		panic(http.ErrAbortHandler)
	default:
		s.fail(w, r, err)
	}
}

// begun sets the content type with the first byte.
type begun struct {
	w   http.ResponseWriter
	yes bool
}

func (b *begun) start() {
	if !b.yes {
		b.yes = true
		b.w.Header().Set("Content-Type", ndjson)
		b.w.WriteHeader(http.StatusOK)
	}
}

func (b *begun) Write(p []byte) (int, error) {
	b.start()
	return b.w.Write(p)
}

// known is an error as it may be shown; its cause goes to the log.
func (s *service) known(r *http.Request, err error) *graph.Error {
	e := graph.AsError(err)
	if rec := recordOf(r); rec != nil {
		rec.code = e.Kind.String()
	}
	if e.Cause != nil {
		s.Logger.ErrorContext(r.Context(), e.Message, "request", requestID(r), "cause", e.Cause)
	}
	if e.Kind == graph.Internal {
		return graph.Errorf(graph.Internal, "internal error").WithHint("report it with the request id; the service's log has the cause")
	}
	return e
}

// fail answers an error of a route outside GraphQL.
func (s *service) fail(w http.ResponseWriter, r *http.Request, err error) {
	e := s.known(r, err)
	refuse(w, r, problem{e.Kind.String(), e.Error()})
}

// errorLine is how a stream says that it failed.
func errorLine(e *graph.Error, request string) any {
	return map[string]any{"kind": "error", "code": e.Kind.String(), "message": e.Message, "hint": e.Hint, "requestId": request}
}
