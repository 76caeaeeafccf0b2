package drill_test

import (
	"fmt"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/Shopify/toxiproxy/v2/stream"
	"github.com/Shopify/toxiproxy/v2/toxics"
	"github.com/rs/zerolog"
)

// phase is a place in the protocol: a message in one direction.
type phase struct {
	name   string
	up     bool // from the service to Neo4j
	begins string
}

// phases are those of a commit, in order. Bolt's messages begin with how many
// fields they have and what they are; the reply to a commit is the one success that
// has a bookmark and nothing else.
var phases = []phase{
	{"route", true, "\x66"},
	{"begin", true, "\x11"},
	{"run", true, "\x10"},
	{"pull", true, "\x3f"},
	{"commit sent", true, "\x12"},
	{"commit reply", false, "\x70\xa1\x88bookmark"},
}

// act is what happens there.
type act string

const (
	cut      act = "cut"       // the connection ends
	delay    act = "delay"     // the message waits, longer than any deadline
	halfOpen act = "half-open" // this message and all that follow vanish, the connection stays
)

var acts = []act{cut, delay, halfOpen}

// delayed is how long a delayed message waits.
const delayed = 2500 * time.Millisecond

// plan is what a proxy does to the connections through it.
type plan struct {
	dead   atomic.Bool   // all that is sent vanishes, as where a cable is cut
	ended  chan struct{} // closed when the proxy is no longer wanted
	mu     sync.Mutex
	armed  bool
	phase  phase
	act    act
	passes bool // the message itself still arrives
	left   int  // such messages until it happens
	hit    chan struct{}
}

// arm makes one thing happen: at the nth message of that phase from now.
func (p *plan) arm(ph phase, a act, nth int, passes bool) (hit <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.armed, p.phase, p.act, p.left, p.passes, p.hit = true, ph, a, nth, passes, make(chan struct{})
	return p.hit
}

func (p *plan) disarm() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.armed = false
}

// at says whether it happens at this message.
func (p *plan) at(up bool, message string) (a act, passes, now bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.armed || p.phase.up != up || !strings.HasPrefix(message, p.phase.begins) {
		return "", false, false
	}
	if p.left--; p.left > 0 {
		return "", false, false
	}
	p.armed = false
	close(p.hit)
	return p.act, p.passes, true
}

// proxy stands between the service and Neo4j.
type proxy struct {
	*plan
	url string
	p   *toxiproxy.Proxy
}

// stop refuses connections and ends those that there are, as a server does that is
// shut down; start takes them again.
func (p *proxy) stop() { p.p.Stop() }

func (p *proxy) start(t testing.TB) {
	t.Helper()
	if err := p.p.Start(); err != nil {
		t.Fatal(err)
	}
}

// leads makes the proxy lead to another address: a server in a container has a new one
// after each start.
func (p *proxy) leads(t testing.TB, address string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	if p.p.Upstream != u.Host {
		p.stop()
		p.p.Upstream = u.Host
		p.start(t)
	}
}

// proxied starts a proxy before the server of an address.
func proxied(t testing.TB, address string) *proxy {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	toxics.Register("bolt", &bolt{})
	api := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	p := &proxy{plan: &plan{ended: make(chan struct{})}, p: toxiproxy.NewProxy(api, t.Name(), "127.0.0.1:0", u.Host)}
	plans.Store(t.Name(), p.plan)
	for _, way := range []string{"upstream", "downstream"} {
		if _, err := p.p.Toxics.AddToxicJson(strings.NewReader(fmt.Sprintf(`{"name": %q, "type": "bolt", "stream": %q, "attributes": {"plan": %q, "up": %v}}`,
			way, way, t.Name(), way == "upstream"))); err != nil {
			t.Fatal(err)
		}
	}
	p.start(t)
	t.Cleanup(func() {
		close(p.ended)
		p.stop()
		plans.Delete(t.Name())
	})
	u.Host = p.p.Listen
	p.url = u.String()
	return p
}

// plans are by name, because a toxic's attributes come as JSON.
var plans sync.Map

// bolt is a toxic that understands where Bolt's messages begin.
type bolt struct {
	Plan string `json:"plan"`
	Up   bool   `json:"up"`
}

// Pipe is one direction of one connection.
func (b *bolt) Pipe(stub *toxics.ToxicStub) {
	known, _ := plans.Load(b.Plan)
	p := known.(*plan)
	in := &messages{}
	closed, silent := false, false
	for {
		var c *stream.StreamChunk
		select {
		case <-stub.Interrupt:
			return
		case c = <-stub.Input:
		}
		if c == nil {
			if silent || p.dead.Load() { // nor does the other side hear that this one hung up
				select {
				case <-stub.Interrupt:
					return
				case <-p.ended:
				}
			}
			stub.Close()
			return
		}
		if closed || silent || p.dead.Load() {
			continue // it vanishes; what fills the pipe must not be held up
		}
		sent := 0 // of this chunk
		send := func(to int) {
			if to > sent {
				if stub.WriteOutput(&stream.StreamChunk{Data: c.Data[sent:to], Timestamp: c.Timestamp}, delayed) != nil {
					silent = true // the other side is gone
				}
				sent = to
			}
		}
		for _, m := range in.read(c.Data) {
			a, passes, now := p.at(b.Up, m.text)
			if !now {
				continue
			}
			send(m.begins)
			if passes {
				send(len(c.Data))
			}
			switch a {
			case cut:
				stub.Close()
				closed = true
			case delay:
				time.Sleep(delayed)
			case halfOpen:
				silent = true
			}
			break
		}
		if !closed && !silent {
			send(len(c.Data))
		}
	}
}

// message is the beginning of one.
type message struct {
	begins int    // where it does in the bytes at hand; what came with those before is past
	text   string // from its signature on
}

// messages finds the messages in one direction of a connection: after the handshake
// each comes in chunks with their length before them, and ends with an empty one.
type messages struct {
	shaken bool
	head   []byte // of a chunk's header, or of the handshake's end
	left   int    // bytes of the chunk at hand
	text   []byte // the beginning of the message at hand; empty between two
	at     int    // where it began
}

// wanted is how much of a message is looked at.
const wanted = 12

func (m *messages) read(data []byte) (found []message) {
	m.at = 0
	for i, c := range data {
		switch {
		case !m.shaken:
			m.hello(i, c)
		case m.left > 0:
			m.left--
			if len(m.text) < wanted {
				if m.text = append(m.text, c); len(m.text) == wanted {
					found = append(found, m.message())
				}
			}
		default:
			if len(m.head) == 0 && len(m.text) == 0 {
				m.at = i
			}
			if m.head = append(m.head, c); len(m.head) < 2 {
				continue
			}
			m.left, m.head = int(m.head[0])<<8|int(m.head[1]), m.head[:0]
			if m.left > 0 {
				continue
			}
			if len(m.text) > 0 && len(m.text) < wanted {
				found = append(found, m.message())
			}
			m.text = m.text[:0]
		}
	}
	return found
}

func (m *messages) message() message { return message{m.at, string(m.text[1:])} }

// hello waits for the first message, which is HELLO or a success, of one field both.
func (m *messages) hello(i int, c byte) {
	if m.head = append(m.head, c); len(m.head) > 4 {
		m.head = m.head[1:]
	}
	if len(m.head) == 4 && m.head[2] == 0xb1 && (m.head[3] == 0x01 || m.head[3] == 0x70) {
		m.shaken, m.left, m.at = true, int(m.head[0])<<8|int(m.head[1])-2, max(0, i-3)
		m.text, m.head = []byte{m.head[2], m.head[3]}, nil
	}
}
