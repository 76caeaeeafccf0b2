package server

import (
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/guard"
	"github.com/faultline-itsm/faultline/internal/metrics"
	"github.com/faultline-itsm/faultline/internal/projection"
	"github.com/faultline-itsm/faultline/internal/store"
)

// NewMetrics makes the metrics of a service. They are a store.Observer, too.
func NewMetrics(version string) *metrics.Metrics {
	return metrics.New(version, store.Methods, guard.Reasons())
}

// measured shows what the service holds, and how busy it is.
func (s *service) measured() {
	m := s.Metrics
	snapshot := func() *graph.Snapshot { return s.Ledger.Projection().Snapshot() }
	status := func() projection.Status { return s.Ledger.Projection().Status() }
	m.Measure("graphql_executing", "GraphQL requests that are being answered.", func() float64 { return float64(len(s.turns.executing)) })
	m.Measure("graphql_executing_limit", "GraphQL requests that are answered at the same time at most.", func() float64 { return float64(cap(s.turns.executing)) })
	m.Measure("graphql_queued", "GraphQL requests that wait for their turn.", func() float64 { return float64(len(s.turns.waiting)) })
	m.Measure("graphql_queue_limit", "GraphQL requests that may wait for their turn.", func() float64 { return float64(cap(s.turns.waiting)) })
	m.Measure("websockets", "WebSockets that are open.", s.openSockets.open)
	m.Measure("event_streams", "Event streams that are open.", s.eventStreams.open)
	m.Measure("snapshot_revision", "The revision that queries are answered at.", func() float64 { return float64(snapshot().Revision()) })
	m.Measure("snapshot_cis", "Living CIs in the snapshot.", func() float64 { return float64(snapshot().Len()) })
	m.Measure("snapshot_relations", "Relations in the snapshot.", func() float64 { return float64(snapshot().RelationCount()) })
	m.Measure("snapshot_bytes", "Memory that the snapshot takes.", func() float64 { return float64(snapshot().Bytes()) })
	m.Measure("store_revision", "The revision that the store last told of.", func() float64 { return float64(status().Head) })
	m.Measure("revisions_behind", "Revisions that the store has told of and the snapshot does not show.", func() float64 {
		return max(0, float64(status().Head)-float64(snapshot().Revision()))
	})
	m.Measure("feed_age_seconds", "Since the store last told of its head.", func() float64 { return time.Since(status().Told).Seconds() })
}
