package server

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/coder/websocket"

	"github.com/faultline-itsm/faultline/internal/itsm"
	"github.com/faultline-itsm/faultline/resolvers"
)

// The protocol of graphql-ws, and the codes with which it closes a connection.
const (
	socketProtocol = "graphql-transport-ws"

	closeBadMessage  websocket.StatusCode = 4400
	closeNotBegun    websocket.StatusCode = 4401
	closeForbidden   websocket.StatusCode = 4403
	closeProtocol    websocket.StatusCode = 4406
	closeInitLate    websocket.StatusCode = 4408
	closeIDTaken     websocket.StatusCode = 4409
	closeInitTwice   websocket.StatusCode = 4429
	closeFault       websocket.StatusCode = 4500
	closeTooMany                          = websocket.StatusTryAgainLater
	closeServerStops                      = websocket.StatusGoingAway
)

// ping is how often a WebSocket is asked whether anybody is there, and how long the
// answer may take.
const ping, pong = 30 * time.Second, 10 * time.Second

// isSocket says whether a request asks to become a WebSocket.
func isSocket(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.EqualFold(r.Header.Get("Upgrade"), "websocket")
}

// foreign says whether a page of a site that is not listed opens a WebSocket: no
// browser keeps it from doing so.
func (a Access) foreign(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" || slices.Contains(a.Origins, origin) {
		return false
	}
	u, err := url.Parse(origin)
	return err != nil || !strings.EqualFold(u.Host, r.Host)
}

// socket is one WebSocket.
type socket struct {
	*service
	conn    *websocket.Conn
	request *http.Request
	wire    context.Context // of reading and writing: ends with the connection
	ctx     context.Context // of all operations: ends before it, so that its end can be told
	proven  bool            // the token came with the request

	running sync.WaitGroup
	mu      sync.Mutex
	begun   bool                  // connection_init has come
	acked   bool                  // and was answered
	under   map[string]*operation // by the client's id
	leave   func()                // gives the principal's place back
	actor   *itsm.Actor           // whose token came; nil: whoever may reach the service
}

// sockets lets requests to become a WebSocket pass to it, all others to next.
func (s *service) sockets(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !isSocket(r) {
			next(w, r)
			return
		}
		if s.foreign(r) {
			refuse(w, r, problem{foreignOrigin, "pages of other sites may not open a WebSocket here"})
			return
		}
		s.upgrade(w, r)
	}
}

func (s *service) upgrade(w http.ResponseWriter, r *http.Request) {
	defer socketOpened(r.Context())()
	ctx, stopped, cancel := streaming(r.Context())
	defer cancel()
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{socketProtocol}, InsecureSkipVerify: true}) // foreign has verified the origin
	if err != nil {
		s.Logger.DebugContext(ctx, "no WebSocket", "request", requestID(r), "cause", err)
		return // it was answered
	}
	if conn.Subprotocol() != socketProtocol {
		_ = conn.Close(closeProtocol, "Subprotocol not acceptable")
		return
	}
	recordOf(r).stream = true
	conn.SetReadLimit(s.Limits.Message)
	k := &socket{service: s, conn: conn, request: r, wire: r.Context(), ctx: ctx, proven: proven(r), under: map[string]*operation{}, leave: func() {}}
	late := time.AfterFunc(s.Limits.Init, k.late)
	stop := context.AfterFunc(ctx, func() {
		if stopped() {
			_ = conn.Close(closeServerStops, "the service stops")
		}
	})
	k.running.Go(k.keepAlive)
	k.read()
	stop()
	late.Stop()
	cancel()
	k.running.Wait()
	_ = conn.CloseNow()
	k.leave()
}

// late closes a connection that has not begun in time.
func (k *socket) late() {
	k.mu.Lock()
	begun := k.begun
	k.mu.Unlock()
	if !begun {
		_ = k.conn.Close(closeInitLate, "Connection initialisation timeout")
	}
}

// keepAlive ends a connection whose client is gone without a word.
func (k *socket) keepAlive() {
	tick := time.NewTicker(ping)
	defer tick.Stop()
	for {
		select {
		case <-k.ctx.Done():
			return
		case <-tick.C:
		}
		ctx, cancel := context.WithTimeout(k.ctx, pong)
		err := k.conn.Ping(ctx)
		cancel()
		if err != nil && k.ctx.Err() == nil {
			_ = k.conn.CloseNow()
			return
		}
	}
}

// operation is one that is under way. The client may use its id again as soon as it
// has ended it.
type operation struct {
	id     string
	ctx    context.Context
	cancel context.CancelFunc
}

// run answers an operation, until its end or the client's "complete".
func (k *socket) run(op *operation, q resolvers.Request) {
	defer op.cancel()
	defer k.survive()
	begun, account := time.Now(), resolvers.Account{}
	q.Account = &account
	stream, refused := k.follow(op.ctx, q)
	k.begins(&account, refused, time.Since(begun))
	if refused != nil {
		if k.end(op) {
			k.send(frame{ID: op.id, Type: "error", Payload: refused.Errors})
		}
		return
	}
	for {
		resp, more := k.next(op.ctx, stream)
		if resp != nil && op.ctx.Err() == nil {
			body, err := encode(resp)
			if err != nil || !k.send(frame{ID: op.id, Type: "next", Payload: raw(body)}) {
				return
			}
		}
		if !more {
			break
		}
	}
	if k.end(op) {
		k.send(frame{ID: op.id, Type: "complete"})
	}
}

// begins counts an operation, as a request is counted that has a connection of its
// own: until it has begun.
func (k *socket) begins(a *resolvers.Account, refused *graphql.Response, took time.Duration) {
	code := ""
	if refused != nil {
		code = outcomeOf(refused, responseJSON).code
	}
	k.Metrics.Answered(a.Operation, a.Read, code, took)
	if a.Refusal != "" {
		k.Metrics.Guarded(a.Refusal)
	}
}

// survive keeps a panic from ending the process: nobody else stands between it and
// this goroutine. The connection ends.
func (k *socket) survive() {
	if p := recover(); p != nil {
		k.Logger.ErrorContext(k.ctx, "internal error", "request", requestID(k.request), "cause", fmt.Sprintf("panic: %v\n%s", p, debug.Stack()))
		_ = k.conn.Close(closeFault, "Internal server error")
	}
}

// end forgets an operation; false where the client has ended it, or all ends.
func (k *socket) end(op *operation) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	op.cancel()
	if k.under[op.id] != op {
		return false
	}
	delete(k.under, op.id)
	return k.ctx.Err() == nil
}

// stop is the client's "complete".
func (k *socket) stop(id string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if op := k.under[id]; op != nil {
		op.cancel()
		delete(k.under, id)
	}
}
