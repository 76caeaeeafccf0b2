// Package records is the imperative shell around the pure rules: it loads what a
// batch touches, checks it at the ledger's head, writes it and publishes the
// snapshot after it. Its one idea: the check runs inside the store's
// transaction, so rules hold also where several processes write at once. It
// refuses to hold rules itself.
package records

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/projection"
	"github.com/faultline-itsm/faultline/internal/store"
)

// Ledger commits batches to one store.
type Ledger struct {
	st    store.Store
	p     *projection.Projection
	clock func() time.Time

	mu      sync.Mutex
	pending *graph.Snapshot // after the last entry decided here; true only where its hash is the head's
}

// New makes a ledger over a store and the projection that follows it.
func New(st store.Store, p *projection.Projection, clock func() time.Time) *Ledger {
	return &Ledger{st: st, p: p, clock: clock}
}

// Store is the ledger's store.
func (l *Ledger) Store() store.Store { return l.st }

// Projection is the ledger's projection.
func (l *Ledger) Projection() *projection.Projection { return l.p }

// Receipt is what became of a committed batch.
type Receipt struct {
	Revision graph.Revision // of this commit, or the head's where nothing changed
	Plan     *graph.Plan
	Snapshot *graph.Snapshot // at that revision
}

// Commit checks the batch at the head and writes it as one entry. Where nothing
// changes it writes nothing, except to end a run that is open. A refusal of the
// rules is returned as it is, with the index of its operation.
func (l *Ledger) Commit(ctx context.Context, b graph.Batch) (Receipt, error) {
	var plan *graph.Plan
	after, err := l.write(ctx, b, func(ctx context.Context, tx store.Reader, s *graph.Snapshot) (*graph.Plan, error) {
		var err error
		plan, err = plans(ctx, tx, b, s)
		return plan, err
	}, untold)
	if err != nil {
		return Receipt{}, err
	}
	return Receipt{Revision: after.Revision(), Plan: plan, Snapshot: after}, nil
}

// untold keeps no answer.
func untold(graph.Revision) (*store.Answer, error) { return nil, nil }

// Plan is what Commit would do now, and the snapshot it was checked on. Nothing
// is written.
func (l *Ledger) Plan(ctx context.Context, b graph.Batch) (*graph.Plan, *graph.Snapshot, error) {
	s, err := l.current(ctx)
	if err != nil {
		return nil, nil, err
	}
	plan, err := plans(ctx, l.st, b, s)
	return plan, s, err
}

// loader is what a check needs of a store.
type loader interface {
	Records(ctx context.Context, wants graph.Wants) (graph.Records, error)
}

// plans loads what the batch touches, in two rounds, and checks it on s.
func plans(ctx context.Context, r loader, b graph.Batch, s *graph.Snapshot) (*graph.Plan, error) {
	recs, err := touched(ctx, r, b, s)
	if err != nil {
		return nil, err
	}
	return graph.Check(b, s, recs)
}

// touched are the records that the batch touches: first the names that the
// snapshot does not know, then, with these resolved, the records, then who has the
// keys of what is to be restored.
func touched(ctx context.Context, r loader, b graph.Batch, s *graph.Snapshot) (graph.Records, error) {
	var recs graph.Records
	if w := graph.WantedNames(b, s); !nothing(w) {
		var err error
		if recs, err = r.Records(ctx, w); err != nil {
			return recs, err
		}
	}
	if w := graph.WantedRecords(b, s, recs); !nothing(w) {
		full, err := r.Records(ctx, w)
		if err != nil {
			return recs, err
		}
		recs.Nodes, recs.Relations, recs.Requirements = full.Nodes, full.Relations, full.Requirements
	}
	if w := graph.WantedKeys(b, recs); !nothing(w) {
		held, err := r.Records(ctx, w)
		if err != nil {
			return recs, err
		}
		if recs.ByKey == nil {
			recs.ByKey = map[graph.Key]graph.ID{}
		}
		maps.Copy(recs.ByKey, held.ByKey)
	}
	return recs, nil
}

func nothing(w graph.Wants) bool {
	return len(w.Refs)+len(w.Keys)+len(w.Nodes)+len(w.Relations)+len(w.Requirements) == 0
}
