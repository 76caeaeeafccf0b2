package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/faultline-itsm/faultline/internal/server"
)

// The protocol as a whole is judged by graphql-ws, see audits_test.go; this is what
// must hold where there is no node.

type talker struct {
	testing.TB
	*websocket.Conn
	ctx context.Context
}

// dial opens a WebSocket.
func dial(t testing.TB, base string, header http.Header) talker {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	t.Cleanup(cancel)
	c, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(base, "http")+"/graphql", &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}, HTTPHeader: header})
	must(t, err)
	t.Cleanup(func() { _ = c.CloseNow() })
	return talker{t, c, ctx}
}

func (c talker) say(text string) {
	c.Helper()
	must(c, c.Write(c.ctx, websocket.MessageText, []byte(text)))
}

// hear is the next message, as its type, id and payload; or how the connection was
// closed.
func (c talker) hear() string {
	_, b, err := c.Read(c.ctx)
	if err != nil {
		return fmt.Sprint("closed ", int(websocket.CloseStatus(err)))
	}
	var m struct {
		Type, ID string
		Payload  json.RawMessage
	}
	must(c, json.Unmarshal(b, &m))
	return strings.TrimSpace(m.Type + " " + m.ID + " " + string(m.Payload))
}

func (c talker) hears(want string) {
	c.Helper()
	if got := c.hear(); !strings.HasPrefix(got, want) {
		c.Errorf("%q came, want %q", got, want)
	}
}

const subscribeA = `{"id":"a","type":"subscribe","payload":{"query":"subscription { e: revisionCommitted { ... on LedgerEntry { revision } } }"}}`

func TestAWebSocketThatStopsAndAServerThatDoes(t *testing.T) {
	s := start(t, nil)
	base, stop := listening(t, s.Handler, server.Access{})
	c := dial(t, base, nil)
	c.say(`{"type":"connection_init"}`)
	c.hears("connection_ack")
	c.say(strings.Replace(subscribeA, "revisionCommitted", `revisionCommitted(after: \"0\")`, 1))
	s.commit(t, "a")
	c.hears(`next a {"data":{"e":{"revision":"1"}},"extensions":{"revision":"1"}}`)
	c.say(`{"id":"a","type":"complete"}`)
	c.say(`{"id":"a","type":"subscribe","payload":{"query":"{ store { kind } }"}}`) // the id is free again
	c.hears(`next a {"data":{"store":{"kind":"sqlite"}}`)
	c.hears("complete a")
	c.say(subscribeA)
	ended := make(chan struct{})
	go func() { stop(); close(ended) }()
	c.hears("closed 1001")
	<-ended
}

func TestTheTokenMayComeWithTheFirstMessage(t *testing.T) {
	access := server.Access{Token: "a token of sixteen or more"}
	s := start(t, func(cfg *server.Config) { cfg.Access, cfg.Limits.Init = access, 200*time.Millisecond })
	base, stop := listening(t, s.Handler, access)
	defer stop()
	c := dial(t, base, nil)
	c.say(`{"type":"connection_init","payload":{"authorization":"Bearer a token of sixteen or more"}}`)
	c.hears("connection_ack")
	_ = c.CloseNow()
	for _, payload := range []string{`{}`, `null`, `{"Authorization":"Bearer wrong"}`, `{"Authorization":"a token of sixteen or more"}`, `{"Authorization":1}`} {
		c := dial(t, base, nil)
		c.say(`{"type":"connection_init","payload":` + payload + `}`)
		c.hears("closed 4403")
	}
	c = dial(t, base, nil)
	c.say(subscribeA)
	c.hears("closed 4401")
	dial(t, base, nil).hears("closed 4408")
	c = dial(t, base, http.Header{"Authorization": {"Bearer a token of sixteen or more"}})
	c.say(`{"type":"connection_init"}`)
	c.hears("connection_ack")
	_ = c.CloseNow()
}

// A page of a site that is not listed may not open a WebSocket, and none may under
// another name of this machine.
func TestWhoMayOpenAWebSocket(t *testing.T) {
	access := server.Access{Origins: []string{"https://desk.example"}}
	s := start(t, func(cfg *server.Config) { cfg.Access = access })
	base, stop := listening(t, s.Handler, access)
	defer stop()
	for _, c := range []struct {
		origin, host string
		status       int
	}{
		{"", "", 101}, {base, "", 101}, {"https://desk.example", "", 101},
		{"https://evil.example", "", 403}, {"null", "", 403}, {"http://127.0.0.1:1", "", 403}, {"", "evil.example", 421},
	} {
		options := &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}, HTTPHeader: http.Header{}, Host: c.host}
		if c.origin != "" {
			options.HTTPHeader.Set("Origin", c.origin)
		}
		conn, resp, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(base, "http")+"/graphql", options)
		if err == nil {
			_ = conn.CloseNow()
		}
		if resp == nil || resp.StatusCode != c.status {
			t.Errorf("origin %q, host %q: %v, %v; want %d", c.origin, c.host, resp, err, c.status)
		}
	}
}

// What a client does not take ends its connection, and holds nothing up.
func TestAWebSocketThatTakesNothingIsLetGo(t *testing.T) {
	s := start(t, func(cfg *server.Config) { cfg.Limits.Write = 50 * time.Millisecond })
	base, stop := listening(t, s.Handler, server.Access{})
	defer stop()
	for i := range 12 {
		s.large(t, fmt.Sprint("big", i))
	}
	c := dial(t, base, nil)
	c.SetReadLimit(16 << 20)
	c.say(`{"type":"connection_init"}`)
	c.hears("connection_ack")
	c.say(`{"id":"a","type":"subscribe","payload":{"query":"subscription { revisionCommitted(after: \"0\") { ... on LedgerEntry { changes(first: 1000) { record before after } } } }"}}`)
	time.Sleep(500 * time.Millisecond) // ten times as long as it may take
	for range 20 {
		if got := c.hear(); strings.HasPrefix(got, "closed") {
			return
		}
	}
	t.Error("the connection goes on")
}
