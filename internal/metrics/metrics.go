// Package metrics counts what the service does, for Prometheus. Its one idea: what
// a client sends never decides how many series there are; labels are names of
// ours, and names of operations up to a bound. It refuses to decide anything by
// what it counts, and keeps a registry of its own, so that two services in one
// process do not mix.
package metrics

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/faultline-itsm/faultline/graph"
)

// Metrics is what one service counts. All methods may be called from many
// goroutines.
type Metrics struct {
	registry *prometheus.Registry
	names    names

	requests, failed          *prometheus.CounterVec
	duration                  *prometheus.HistogramVec
	guarded, refused, replies *prometheus.CounterVec
	calls                     *prometheus.HistogramVec
	faults                    *prometheus.CounterVec
	committing                prometheus.Gauge
	commits, changes          prometheus.Counter
}

// seconds are the bounds of the histograms: a blast radius takes a millisecond, a
// deadline ten seconds.
var seconds = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 15}

// New makes the metrics of a service of that version. methods are the store's,
// reasons the guard's: their series are there from the start, so that a rate has a
// zero to begin at.
func New(version string, methods, reasons []string) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry()}
	m.requests = m.counters("graphql_requests_total", "GraphQL requests that were answered or refused, by the name of the operation.", "operation")
	m.failed = m.counters("graphql_errors_total", "GraphQL requests whose answer has errors, by the code of the first. Expected refusals that are data are none.", "operation", "code")
	m.duration = m.histograms("graphql_duration_seconds", "From a GraphQL request that was read to its answer, waiting for a turn included.", "operation")
	m.guarded = m.counters("guard_refusals_total", "GraphQL documents and requests that the guard refused, by the limit or the reason.", "reason")
	m.refused = m.counters("transport_refusals_total", "Requests that were refused before GraphQL, by status and code.", "status", "code")
	m.replies = m.counters("http_requests_total", "HTTP requests, by route and status.", "route", "status")
	m.calls = m.histograms("store_call_duration_seconds", "Calls of the store. A commit includes its checks and waiting for others.", "call")
	m.faults = m.counters("store_errors_total", "Calls of the store that failed. A refusal of the rules is none.", "call", "code")
	m.committing = prometheus.NewGauge(prometheus.GaugeOpts{Namespace: namespace, Name: "commits_pending", Help: "Commits that wait for the store or are being written."})
	m.commits = prometheus.NewCounter(prometheus.CounterOpts{Namespace: namespace, Name: "commits_total", Help: "Ledger entries that this process wrote."})
	m.changes = prometheus.NewCounter(prometheus.CounterOpts{Namespace: namespace, Name: "changes_written_total", Help: "Changes of records in the ledger entries that this process wrote."})
	m.registry.MustRegister(m.committing, m.commits, m.changes, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: namespace, Name: "build_info", Help: "1, with the version of the service."}, []string{"version"})
	build.WithLabelValues(version).Set(1)
	m.registry.MustRegister(build)
	for _, name := range methods {
		m.calls.WithLabelValues(name)
		m.faults.WithLabelValues(name, graph.Unavailable.String())
	}
	for _, reason := range reasons {
		m.guarded.WithLabelValues(reason)
	}
	return m
}

const namespace = "faultline"

func (m *Metrics) counters(name, help string, labels ...string) *prometheus.CounterVec {
	v := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
	m.registry.MustRegister(v)
	return v
}

func (m *Metrics) histograms(name, help string, labels ...string) *prometheus.HistogramVec {
	v := prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: seconds}, labels)
	m.registry.MustRegister(v)
	return v
}

// Measure shows what read answers, whenever somebody asks.
func (m *Metrics) Measure(name, help string, read func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help}, read))
}

// Handler answers in Prometheus' format.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// Answered counts a GraphQL request. read says that its document was read, so that
// the name is an operation's, or empty; code is the first error's, or empty.
func (m *Metrics) Answered(operation string, read bool, code string, took time.Duration) {
	name := unread
	if read {
		name = m.names.label(operation)
	}
	m.requests.WithLabelValues(name).Inc()
	m.duration.WithLabelValues(name).Observe(took.Seconds())
	if code != "" {
		m.failed.WithLabelValues(name, code).Inc()
	}
}

// Guarded counts a refusal of the guard.
func (m *Metrics) Guarded(reason string) { m.guarded.WithLabelValues(reason).Inc() }

// Refused counts a request that is none.
func (m *Metrics) Refused(status int, code string) {
	m.refused.WithLabelValues(strconv.Itoa(status), code).Inc()
}

// Replied counts an HTTP request. The route is a pattern, never an address.
func (m *Metrics) Replied(route string, status int) {
	m.replies.WithLabelValues(route, strconv.Itoa(status)).Inc()
}

// Call counts and times a call of the store, see store.Observer.
func (m *Metrics) Call(ctx context.Context, method string) (context.Context, func(error)) {
	begun := time.Now()
	if method == commit {
		m.committing.Inc()
	}
	return ctx, func(err error) {
		if method == commit {
			m.committing.Dec()
		}
		m.calls.WithLabelValues(method).Observe(time.Since(begun).Seconds())
		if err != nil && !errors.Is(ctx.Err(), context.Canceled) { // whom it was for went away
			m.faults.WithLabelValues(method, graph.AsError(err).Kind.String()).Inc()
		}
	}
}

const commit = "Commit"

// Committed counts an entry of the ledger.
func (m *Metrics) Committed(changes int) {
	m.commits.Inc()
	m.changes.Add(float64(changes))
}
