package resolvers

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/projection"
	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

type (
	readingKey struct{}
	requestKey struct{}
)

// reading is what one attempt at one request reads: a snapshot, and the records
// fetched for it so far.
type reading struct {
	api    *API
	veil   *veil
	strict bool // a store newer than the snapshot is a reason to begin again

	mu       sync.Mutex
	snapshot *graph.Snapshot
	behind   graph.Revision     // a record was newer than the snapshot: begin again there
	written  bool               // it changed something: it is never begun again
	past     bool               // it goes on with an earlier answer: newer records do not matter
	moment   *projection.Moment // an earlier revision, whose records are read; nil: the head
	clock    time.Time          // what the request takes for now; zero: the API's
	records  map[graph.ID]*graph.Node
}

func readingOf(ctx context.Context) *reading { return ctx.Value(readingKey{}).(*reading) }

// at is the snapshot that the request reads.
func (r *reading) at() *graph.Snapshot {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.snapshot
}

// continues moves the request to another snapshot: of what it has written, or of
// an answer that it goes on with.
func (r *reading) continues(s *graph.Snapshot, written bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.snapshot, r.written, r.past = s, r.written || written, r.past || !written
	clear(r.records)
}

// writes moves the request to the head of the ledger, where it is going to write.
// From here on it is never begun again.
func (r *reading) writes(ctx context.Context) error {
	head, err := r.api.Ledger.Store().Head(ctx)
	if err != nil {
		return err
	}
	s, err := r.api.Ledger.Projection().Await(ctx, head.Revision)
	if err != nil {
		return err
	}
	r.continues(s, true)
	return nil
}

// seen notes up to which revision the store's answers reach.
func (r *reading) seen(at graph.Revision) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if at <= r.snapshot.Revision() || r.past || r.written {
		return nil
	}
	r.behind = max(r.behind, at)
	return graph.Errorf(graph.RevisionNotReached, "the answer has to begin again at revision %d", at)
}

// planned moves the request to the snapshot that a plan was made on: where it is a
// newer one, by beginning again there.
func (r *reading) planned(s *graph.Snapshot) error {
	if s.Revision() == r.at().Revision() {
		return nil
	}
	if err := r.seen(s.Revision()); err != nil {
		return err
	}
	r.continues(s, false) // after a mutation of the same request
	return nil
}

// now is the time by which validity, pins and evidence are judged.
func (r *reading) now() time.Time {
	if !r.clock.IsZero() {
		return r.clock
	}
	return r.api.Clock()
}

// fetch reads records from the store.
func (r *reading) fetch(ctx context.Context, w graph.Wants) (graph.Records, error) {
	if r.moment != nil {
		return r.moment.Records(ctx, w)
	}
	recs, err := r.api.Ledger.Store().Records(ctx, w)
	if err != nil {
		return recs, err
	}
	newest := graph.Revision(0)
	for _, n := range recs.Nodes {
		newest = max(newest, n.Changed)
	}
	for _, n := range recs.Relations {
		newest = max(newest, n.Changed)
	}
	return recs, r.seen(newest)
}

// find reads a page from the store.
func (r *reading) find(ctx context.Context, q store.Query) (store.Page, error) {
	if r.moment != nil {
		return r.moment.Find(ctx, q, r.at().Catalogue())
	}
	page, err := r.api.Ledger.Store().Find(ctx, q)
	if err != nil {
		return page, err
	}
	newest := graph.Revision(0)
	for _, n := range page.Nodes {
		newest = max(newest, n.Changed)
	}
	if r.strict {
		newest = max(newest, page.Revision)
	}
	return page, r.seen(newest)
}

// ci is a CI at the request's snapshot.
func (r *reading) ci(id graph.ID) *view.CI { return &view.CI{Number: id, Snapshot: r.at()} }

// stamp names the revision of the answer.
func (r *reading) stamp(resp *graphql.Response) *graphql.Response {
	return r.api.stamp(resp, r.at().Revision())
}

// stamp names the revision of an answer and, where the store has not confirmed for
// a while that nothing newer is there, since when.
func (a *API) stamp(resp *graphql.Response, at graph.Revision) *graphql.Response {
	if resp.Extensions == nil {
		resp.Extensions = map[string]any{}
	}
	resp.Extensions["revision"] = strconv.FormatUint(uint64(at), 10)
	if since := a.Ledger.Projection().Status().StaleSince; !since.IsZero() {
		resp.Extensions["staleSince"] = since.UTC().Format(staleForm)
	}
	return resp
}

// staleForm is a time in milliseconds: what is stale is so by seconds.
const staleForm = "2006-01-02T15:04:05.000Z07:00"
