package server

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/resolvers"
)

// heartbeat is how often a stream without events says that it lives, so that no
// proxy takes it for dead.
const heartbeat = 12 * time.Second

// lastEvent is how a browser's EventSource says where it was when its connection
// broke.
const lastEvent = "Last-Event-ID"

// events answers over Server-Sent Events, by the protocol of graphql-sse with a
// connection for each operation: "next" for each answer, "complete" at the end.
// The id of an event is its revision.
func (s *service) events(w http.ResponseWriter, r *http.Request, q *resolvers.Request) {
	if z, ok := w.(*zip); ok {
		w = z.plain()
	}
	h := w.Header()
	if id := r.Header.Get(lastEvent); id != "" {
		n, err := strconv.ParseUint(id, 10, 63)
		if err != nil {
			refuse(w, r, *bad("the header " + lastEvent + " is not a revision"))
			return
		}
		at := graph.Revision(n)
		q.Resume = &at
	}
	leave, ok := s.eventStreams.take(s.named(r.Context()))
	if !ok {
		h.Set("Retry-After", "5")
		refuse(w, r, problem{overloaded, "too many event streams are open: close some first"})
		return
	}
	defer leave()
	ctx, _, cancel := streaming(r.Context())
	defer cancel()
	rec := recordOf(r)
	q.Account = &rec.Account
	stream, refused := s.follow(ctx, *q)
	if refused != nil {
		h.Set("Content-Type", responseJSON+"; charset=utf-8")
		s.reply(w, r, refused, outcomeOf(refused, responseJSON))
		return
	}
	rec.graphql, rec.stream, rec.began = true, true, time.Now()
	h.Set("Content-Type", eventStream+"; charset=utf-8")
	h.Set("X-Accel-Buffering", "no")
	out := eventWriter{w, http.NewResponseController(w), s.Limits.Write}
	if out.say("") != nil {
		return
	}
	for {
		resp, more := s.next(ctx, stream)
		var err error
		switch {
		case resp != nil:
			err = out.next(resp, stream.Revision())
		case more:
			err = out.say(":\n\n")
		}
		if err != nil {
			s.Logger.DebugContext(ctx, "the client went away", "request", q.ID, "cause", err)
			return
		}
		if !more {
			_ = out.say("event: complete\ndata:\n\n") // perhaps nobody is there any more
			return
		}
	}
}

// follow begins an operation, in its turn.
func (s *service) follow(ctx context.Context, q resolvers.Request) (*resolvers.Stream, *graphql.Response) {
	if leave, ok := s.turns.await(ctx); ok { // else Follow says that ctx has ended
		defer leave()
	}
	return s.api.Follow(ctx, q)
}

// next is the next answer of an operation; nil, with more, where none came within a
// heartbeat.
func (s *service) next(ctx context.Context, stream *resolvers.Stream) (resp *graphql.Response, more bool) {
	within, cancel := context.WithTimeout(ctx, heartbeat)
	defer cancel()
	if !stream.Wait(within) {
		return nil, ctx.Err() == nil && within.Err() != nil
	}
	leave, ok := s.turns.await(ctx)
	if !ok {
		return nil, false
	}
	defer leave()
	resp = stream.Response(ctx)
	return resp, ctx.Err() == nil
}

// eventWriter writes events, each within a time.
type eventWriter struct {
	http.ResponseWriter
	control *http.ResponseController
	within  time.Duration
}

func (w eventWriter) next(resp *graphql.Response, at graph.Revision) error {
	body, err := encode(resp)
	if err != nil {
		return err
	}
	return w.say(fmt.Sprintf("event: next\nid: %d\ndata: %s\n", at, body))
}

func (w eventWriter) say(text string) error {
	_ = w.control.SetWriteDeadline(time.Now().Add(w.within)) // of a pipe there is none
	if _, err := w.Write([]byte(text)); err != nil {
		return err
	}
	return w.control.Flush()
}
