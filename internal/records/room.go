package records

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/itsm"
	"github.com/faultline-itsm/faultline/internal/store"
)

// Room is what a room's decision reads: within Decide the head of the ledger, else
// the newest revision.
type Room struct {
	r   store.Reader
	s   *graph.Snapshot
	now time.Time
}

// Room reads outside of a decision, at a snapshot.
func (l *Ledger) Room(s *graph.Snapshot) *Room { return &Room{l.st, s, l.now()} }

// Snapshot is the graph.
func (r *Room) Snapshot() *graph.Snapshot { return r.s }

// Now is the clock.
func (r *Room) Now() time.Time { return r.now }

// Record is the record of a class and number. It fails with NotFound.
func (r *Room) Record(ctx context.Context, class, number string) (*itsm.Record, error) {
	id, ok := r.s.Lookup(itsm.RefOf(class, number))
	if !ok {
		return nil, graph.Errorf(graph.NotFound, "there is no %s %q", class, graph.Clip(number))
	}
	all, err := r.Records(ctx, id)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, graph.Errorf(graph.NotFound, "there is no %s %q", class, graph.Clip(number))
	}
	return all[0], nil
}

// Records are the records of these nodes with their links, in that order; those that
// are not there are left out.
func (r *Room) Records(ctx context.Context, ids ...graph.ID) ([]*itsm.Record, error) {
	wants := graph.Wants{Nodes: ids}
	for _, id := range ids {
		for _, l := range r.s.Links(id, graph.Providers) {
			wants.Relations = append(wants.Relations, l.RelationKey)
		}
	}
	recs, err := r.r.Records(ctx, wants)
	if err != nil {
		return nil, err
	}
	of := map[graph.ID][]*graph.Relation{}
	for _, x := range recs.Relations {
		of[x.From] = append(of[x.From], x)
	}
	var out []*itsm.Record
	for _, id := range ids {
		if n := recs.Nodes[id]; n != nil {
			out = append(out, itsm.NewRecord(r.s.Catalogue(), n, of[id], r.s.Ref))
		}
	}
	return out, nil
}

// Parts are what of a class hangs on a record, by number.
func (r *Room) Parts(ctx context.Context, class string, of graph.ID) ([]*itsm.Record, error) {
	var ids []graph.ID
	for _, l := range r.s.Links(of, graph.Consumers) {
		if l.Type == itsm.PartOf && r.s.Ref(l.From).Class == class {
			ids = append(ids, l.From)
		}
	}
	out, err := r.Records(ctx, ids...)
	slices.SortFunc(out, func(a, b *itsm.Record) int { return cmp.Compare(a.Number, b.Number) })
	return out, err
}

// All are all living records of a class that a filter keeps, by number.
func (r *Room) All(ctx context.Context, class string, keep *store.Filter) ([]*itsm.Record, error) {
	var ids []graph.ID
	q := store.Query{Classes: []string{class}, Filter: keep, Order: []store.Order{{Field: store.Name}}, First: 1000}
	for {
		page, err := r.r.Find(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, n := range page.Nodes {
			if r.s.Has(n.ID) {
				ids = append(ids, n.ID)
			}
		}
		if !page.More {
			return r.Records(ctx, ids...)
		}
		q.After = &page.Cursors[len(page.Cursors)-1]
	}
}

// Next is the next number of a prefix, and the operation that takes it.
func (r *Room) Next(ctx context.Context, prefix string) (string, graph.Operation, error) {
	last := int64(0)
	ref := itsm.RefOf(graph.SequenceClass, prefix)
	if id, ok := r.s.Lookup(ref); ok {
		all, err := r.Records(ctx, id)
		if err != nil {
			return "", nil, err
		}
		if len(all) == 1 {
			last = all[0].Values["last"].Int()
		}
	}
	return itsm.Number(prefix, last+1), graph.PutNode{Node: graph.NodeRef{Ref: ref}, Attributes: map[string]graph.Value{"last": graph.IntValue(last + 1)}}, nil
}

// Plan is what a batch would change here. It fails as a commit would.
func (r *Room) Plan(ctx context.Context, b graph.Batch) (*graph.Plan, error) {
	return plans(ctx, r.r, b, r.s)
}

// Decision is what a room wants written, in one transaction.
type Decision struct {
	Patch *graph.Batch // what it changes in the graph of CIs, as an entry of its own before the record's
	Ops   []graph.Operation
	About int    // the operation whose node the decision is about
	Says  string // the ledger's message, where the actor gave none
}

// Decided is what became of a decision.
type Decided struct {
	Revision graph.Revision // after it
	ID       graph.ID       // of the node that it was about
	Version  int64
	Snapshot *graph.Snapshot
	Patched  []graph.Effect // of the patch's operations
}

// Decide runs a room's decision at the head of the ledger and writes it, all or
// nothing: what the room reads is still true when it is written. meta says who does
// it; the records' claims are the service's own. With once, the same again is answered
// as it was the first time.
func (l *Ledger) Decide(ctx context.Context, meta graph.Batch, once *Once, decide func(context.Context, *Room) (Decision, error)) (Decided, error) {
	var out Decided
	var known *ItemsReceipt
	_, err := l.st.Commit(ctx, func(ctx context.Context, tx store.Reader) (store.Outcome, error) {
		out, known = Decided{}, nil
		s, err := l.atHead(ctx, tx)
		if err != nil {
			return store.Outcome{}, err
		}
		out.Snapshot, out.Revision = s, s.Revision()
		if known, err = once.known(ctx, tx, l.now()); err != nil || known != nil {
			return store.Outcome{}, err
		}
		d, err := decide(ctx, &Room{tx, s, l.now()})
		if err != nil {
			return store.Outcome{}, err
		}
		batches := []graph.Batch{}
		if d.Patch != nil {
			batches = append(batches, *d.Patch)
		}
		mine := meta
		mine.Source, mine.Kept, mine.Ops, mine.Message = graph.RecordSource, true, d.Ops, cmp.Or(meta.Message, d.Says)
		batches = append(batches, mine)
		var o store.Outcome
		receipt := ItemsReceipt{Items: make([]ItemResult, 1)}
		for k, b := range batches {
			plan, err := plans(ctx, tx, b, out.Snapshot)
			if err != nil {
				return store.Outcome{}, err
			}
			if k < len(batches)-1 {
				out.Patched = plan.Effects
			} else {
				out.ID, out.Version = plan.Effects[d.About].ID, plan.Effects[d.About].Version
				receipt.Items[0].Effects = plan.Effects[d.About : d.About+1]
			}
			if idle(out.Snapshot.Head(), nil, plan) {
				continue
			}
			e, head := l.sealed(b, plan, out.Snapshot.Head())
			if out.Snapshot, err = out.Snapshot.Apply(plan.Changes, head); err != nil {
				return store.Outcome{}, err
			}
			o.Entries = append(o.Entries, e)
		}
		out.Revision = out.Snapshot.Revision()
		if len(o.Entries) > 0 {
			l.keep(out.Snapshot)
		}
		receipt.Revision = out.Revision
		o.Answer, err = once.answer(&receipt, l.now())
		return o, err
	})
	if err != nil {
		return Decided{}, err
	}
	if known != nil {
		out.Revision = known.Revision
		if len(known.Items) == 1 && len(known.Items[0].Effects) == 1 {
			out.ID, out.Version = known.Items[0].Effects[0].ID, known.Items[0].Effects[0].Version
		}
		return out, nil
	}
	l.p.Publish(out.Snapshot)
	return out, nil
}
