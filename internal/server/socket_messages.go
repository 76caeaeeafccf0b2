package server

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"

	"github.com/coder/websocket"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/resolvers"
)

// frame is a message that is sent.
type frame struct {
	ID      string `json:"id,omitempty"`
	Type    string `json:"type"`
	Payload any    `json:"payload,omitempty"`
}

// raw is JSON that stands already.
type raw []byte

// MarshalJSON is the JSON itself.
func (r raw) MarshalJSON() ([]byte, error) { return bytes.TrimSpace(r), nil }

// send writes a message within its time; false where the connection is over.
func (k *socket) send(f frame) bool {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(f); err != nil {
		k.Logger.ErrorContext(k.ctx, "a message has no JSON form", "request", requestID(k.request), "cause", err)
		return false
	}
	ctx, cancel := context.WithTimeout(k.wire, k.Limits.Write)
	defer cancel()
	return k.conn.Write(ctx, websocket.MessageText, bytes.TrimSpace(b.Bytes())) == nil
}

// message is a message that comes.
type message struct {
	ID      string          `json:"id"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload"`
}

// read takes messages until the connection ends.
func (k *socket) read() {
	for {
		kind, text, err := k.conn.Read(k.wire)
		if err != nil {
			return
		}
		var m message
		if kind != websocket.MessageText || k.decode(text, &m) != nil {
			_ = k.conn.Close(closeBadMessage, "Invalid message received")
			return
		}
		if code, reason := k.take(&m); code != 0 {
			_ = k.conn.Close(code, reason)
			return
		}
	}
}

// take does what a message says; a code closes the connection.
func (k *socket) take(m *message) (code websocket.StatusCode, reason string) {
	switch m.Type {
	case "connection_init":
		return k.begin(m.Payload)
	case "ping":
		k.send(frame{Type: "pong"})
	case "pong":
	case "subscribe":
		return k.subscribe(m)
	case "complete":
		if m.ID == "" {
			return closeBadMessage, "the message complete has no id"
		}
		k.stop(m.ID)
	default:
		return closeBadMessage, "Invalid message type"
	}
	return 0, ""
}

// begin lets the client in. A page cannot send a header with a WebSocket, so that
// the token may come here.
func (k *socket) begin(payload json.RawMessage) (websocket.StatusCode, string) {
	k.mu.Lock()
	again := k.begun
	k.begun = true
	k.mu.Unlock()
	if again {
		return closeInitTwice, "Too many initialisation requests"
	}
	actor := actorOf(k.request.Context())
	if sent := sentIn(payload); !k.proven || sent != "" && actor == nil {
		who, err := k.who(k.request.Context(), sent)
		if err != nil {
			return closeForbidden, "Forbidden: send the token as {\"Authorization\": \"Bearer TOKEN\"} in connection_init"
		}
		actor = who
	}
	name := k.Actor
	if actor != nil {
		name = actor.Name
	}
	leave, ok := k.openSockets.take(name)
	if !ok {
		return closeTooMany, "too many WebSockets are open: close some first"
	}
	k.mu.Lock()
	k.leave, k.acked, k.actor = leave, true, actor
	k.mu.Unlock()
	k.send(frame{Type: "connection_ack"})
	return 0, ""
}

// sentIn is the Authorization of a connection_init.
func sentIn(payload json.RawMessage) string {
	var fields map[string]any
	if json.Unmarshal(payload, &fields) != nil {
		return ""
	}
	for name, v := range fields {
		if text, ok := v.(string); ok && strings.EqualFold(name, "Authorization") {
			return text
		}
	}
	return ""
}

// subscribe begins an operation.
func (k *socket) subscribe(m *message) (websocket.StatusCode, string) {
	if !k.acked {
		return closeNotBegun, "Unauthorized"
	}
	var in wire
	q := resolvers.Request{ID: requestID(k.request), Principal: k.actor}
	if m.ID == "" || len(m.ID) > maxOperationID {
		return closeBadMessage, "the message subscribe has no id, or too long a one"
	}
	p := k.decode(m.Payload, &in)
	if p == nil {
		p = in.fill(&q)
	}
	if p != nil {
		return closeBadMessage, "the message subscribe has no operation"
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, taken := k.under[m.ID]; taken {
		return closeIDTaken, "Subscriber for " + m.ID + " already exists"
	}
	if len(k.under) >= k.Limits.Subscriptions {
		refused := &gqlerror.Error{Message: "too many operations are under way on this connection: complete some first",
			Extensions: map[string]any{"code": graph.LimitExceeded.String(), "requestId": q.ID}}
		k.running.Go(func() { k.send(frame{ID: m.ID, Type: "error", Payload: gqlerror.List{refused}}) })
		return 0, ""
	}
	op := &operation{id: m.ID}
	op.ctx, op.cancel = context.WithCancel(k.ctx)
	k.under[m.ID] = op
	k.running.Go(func() { k.run(op, q) })
	return 0, ""
}

// maxOperationID is how many bytes an operation's id may have: a close reason must
// find room in a frame of 125.
const maxOperationID = 64
