package server

import (
	"runtime"
	"strconv"
	"time"

	"github.com/faultline-itsm/faultline/internal/guard"
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
	Lag       time.Duration // that a replica may be behind its store and call itself ready
	Document  guard.Limits
}

// filled is the limits with the defaults where they say nothing: four requests a
// core keep every core busy, and more would only wait inside instead of outside.
func (l Limits) filled() Limits {
	l.Body = or(l.Body, 1<<20)
	l.Executing = or(l.Executing, 4*runtime.GOMAXPROCS(0))
	l.Queue = or(l.Queue, 64)
	l.Wait = or(l.Wait, time.Second)
	l.Receive = or(l.Receive, 10*time.Second)
	l.Query = or(l.Query, 10*time.Second)
	l.Mutation = or(l.Mutation, 15*time.Second)
	l.Lag = or(l.Lag, 10*time.Second)
	l.Document = l.Document.Filled()
	return l
}

// Settings lists the limits as they hold, for people.
func (l Limits) Settings() []guard.Setting {
	l = l.filled()
	return append([]guard.Setting{
		{Name: "request.body", Value: strconv.FormatInt(l.Body, 10), Meaning: "bytes of a GraphQL request"},
		{Name: "request.executing", Value: strconv.Itoa(l.Executing), Meaning: "GraphQL requests answered at the same time: 4 a core"},
		{Name: "request.queue", Value: strconv.Itoa(l.Queue), Meaning: "GraphQL requests that may wait for their turn"},
		{Name: "request.wait", Value: l.Wait.String(), Meaning: "how long they wait"},
		{Name: "request.receive", Value: l.Receive.String(), Meaning: "until a GraphQL request has arrived whole"},
		{Name: "deadline.query", Value: l.Query.String(), Meaning: "until a query is answered"},
		{Name: "deadline.mutation", Value: l.Mutation.String(), Meaning: "until a mutation is answered"},
		{Name: "replica.lag", Value: l.Lag.String(), Meaning: "how long a replica may be behind its store and call itself ready"},
	}, l.Document.Settings()...)
}
