package server

import (
	"runtime"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/guard"
	"github.com/faultline-itsm/faultline/internal/limit"
)

// Limits bound what the API does for one client. Zero is the default.
type Limits struct {
	Body      int64         // bytes of a GraphQL request
	Executing int           // GraphQL requests answered at the same time
	Queue     int           // that may wait for their turn
	Wait      time.Duration // how long
	Receive   time.Duration // until a request has arrived whole
	Query     time.Duration // until a query is answered
	Mutation  time.Duration // until a mutation is answered
	Slow      time.Duration // from when on the log warns of a request
	Lag       time.Duration // that a replica may be behind its store and call itself ready
	Document  guard.Limits

	Sockets       int           // WebSockets of one principal
	Subscriptions int           // of one WebSocket; event streams of one principal: as many as all its WebSockets may have
	Message       int64         // bytes of a message that comes over a WebSocket
	Init          time.Duration // until a WebSocket has said connection_init
	Write         time.Duration // until a client has taken one event
}

// rows is the table of all limits. Four requests a core keep every core busy, and
// more would only wait inside instead of outside.
func rows() []limit.Row[Limits] {
	const ms, s, m = int64(time.Millisecond), int64(time.Second), int64(time.Minute)
	return append([]limit.Row[Limits]{
		limit.New("request.body", limit.Bytes, 1<<20, 4<<10, 64<<20, "bytes of a GraphQL request", func(l *Limits) limit.Cell { return limit.In(&l.Body) }),
		limit.New("request.executing", limit.Count, int64(4*runtime.GOMAXPROCS(0)), 1, 10_000, "GraphQL requests answered at the same time: 4 a core", func(l *Limits) limit.Cell { return limit.In(&l.Executing) }),
		limit.New("request.queue", limit.Count, 64, 1, 10_000, "GraphQL requests that may wait for their turn", func(l *Limits) limit.Cell { return limit.In(&l.Queue) }),
		limit.New("request.wait", limit.Time, s, ms, m, "how long they wait", func(l *Limits) limit.Cell { return limit.In(&l.Wait) }),
		limit.New("request.receive", limit.Time, 10*s, 100*ms, 10*m, "until a GraphQL request has arrived whole", func(l *Limits) limit.Cell { return limit.In(&l.Receive) }),
		limit.New("request.slow", limit.Time, s, ms, 10*m, "from when on the log warns of a request", func(l *Limits) limit.Cell { return limit.In(&l.Slow) }),
		limit.New("deadline.query", limit.Time, 10*s, 10*ms, 10*m, "until a query is answered", func(l *Limits) limit.Cell { return limit.In(&l.Query) }),
		limit.New("deadline.mutation", limit.Time, 15*s, 10*ms, 10*m, "until a mutation is answered", func(l *Limits) limit.Cell { return limit.In(&l.Mutation) }),
		limit.New("replica.lag", limit.Time, 10*s, 100*ms, 10*m, "how long a replica may be behind its store and call itself ready", func(l *Limits) limit.Cell { return limit.In(&l.Lag) }),
		limit.New("stream.sockets", limit.Count, 8, 1, 10_000, "WebSockets of one principal", func(l *Limits) limit.Cell { return limit.In(&l.Sockets) }),
		limit.New("stream.subscriptions", limit.Count, 16, 1, 1000, "operations under way of one WebSocket", func(l *Limits) limit.Cell { return limit.In(&l.Subscriptions) }),
		limit.New("stream.message", limit.Bytes, 64<<10, 1<<10, 16<<20, "bytes of a message over a WebSocket", func(l *Limits) limit.Cell { return limit.In(&l.Message) }),
		limit.New("stream.init", limit.Time, 3*s, 10*ms, m, "until a WebSocket has said connection_init", func(l *Limits) limit.Cell { return limit.In(&l.Init) }),
		limit.New("stream.write", limit.Time, 5*s, 10*ms, m, "until a client has taken one event", func(l *Limits) limit.Cell { return limit.In(&l.Write) }),
	}, limit.Within(guard.Rows, func(l *Limits) *guard.Limits { return &l.Document })...)
}

// filled is the limits with the defaults where they say nothing.
func (l Limits) filled() Limits {
	limit.Fill(rows(), &l)
	return l
}

// Set sets a limit by its name. An unknown name and a value that is none are
// graph.Invalid.
func (l *Limits) Set(name, value string) error {
	for _, r := range rows() {
		if r.Name == name {
			n, err := r.Parse(value)
			if err == nil {
				r.At(l).Set(n)
			}
			return err
		}
	}
	return graph.Errorf(graph.Invalid, "there is no limit %q", name).WithHint("faultline config show lists them")
}

// Setting is a limit for people.
type Setting struct{ Name, Value, Meaning string }

// Settings lists the limits as they hold.
func (l Limits) Settings() (out []Setting) {
	l = l.filled()
	for _, r := range rows() {
		out = append(out, Setting{r.Name, r.Format(r.At(&l).Get()), r.Meaning})
	}
	return out
}
