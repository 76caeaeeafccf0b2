package records

import (
	"context"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/projection"
	"github.com/faultline-itsm/faultline/internal/store"
)

// Rehearsal checks batches one after another by the real rules, each on top of
// what the ones before would have changed, and writes nothing. It is for inputs
// that name each CI and each relation in at most one batch: what a batch creates
// is kept as topology only, so that a rehearsal of a million CIs fits into memory,
// and a later batch that changes it fails with graph.Internal.
//
// It begins at the head and does not follow it. What others commit meanwhile may
// be seen in parts; whoever commits for real is checked again. Not for use by
// several goroutines.
type Rehearsal struct {
	r    store.Reader
	last graph.ID // the store has nothing that came after it
	s    *graph.Snapshot
	made graph.Records // what was changed; a nil record is gone
}

// Rehearse begins a rehearsal at the head.
func (l *Ledger) Rehearse(ctx context.Context) (*Rehearsal, error) {
	s, err := l.current(ctx)
	if err != nil {
		return nil, err
	}
	return &Rehearsal{r: l.st, last: s.Head().LastID, s: s, made: graph.Records{Nodes: map[graph.ID]*graph.Node{}, Relations: map[graph.RelationKey]*graph.Relation{},
		Requirements: map[graph.RequirementKey]*graph.Requirement{}, ByRef: map[graph.Ref]graph.ID{}, ByKey: map[graph.Key]graph.ID{}}}, nil
}

// current is the newest snapshot, caught up with the head.
func (l *Ledger) current(ctx context.Context) (*graph.Snapshot, error) {
	head, err := l.st.Head(ctx)
	if err != nil {
		return nil, err
	}
	s := l.p.Snapshot()
	if s.Revision() < head.Revision {
		return projection.CatchUp(ctx, l.st, s, head)
	}
	return s, nil
}

// Snapshot is what the graph would be now. Each batch that changes something raises
// its revision by one, as its commit would; the hashes stay those of the head at
// which the rehearsal began.
func (h *Rehearsal) Snapshot() *graph.Snapshot { return h.s }

// Check is what the batch would change. Where it is refused, nothing is kept of
// it.
func (h *Rehearsal) Check(ctx context.Context, b graph.Batch) (*graph.Plan, error) {
	recs, err := touched(ctx, h, b, h.s)
	if err != nil {
		return nil, err
	}
	plan, err := graph.Check(b, h.s, recs)
	if err != nil || len(plan.Changes) == 0 {
		return plan, err
	}
	head := h.s.Head()
	head.Revision, head.LastID = head.Revision+1, max(head.LastID, plan.LastID)
	if h.s, err = h.s.Apply(plan.Changes, head); err != nil {
		return nil, err
	}
	for i := range plan.Changes {
		h.keep(&plan.Changes[i])
	}
	return plan, nil
}

// Named are the CIs that have no such ref now but had it: living ones that were
// renamed, and retired ones.
func (h *Rehearsal) Named(ctx context.Context, refs []graph.Ref) (map[graph.Ref]graph.ID, error) {
	recs, err := h.Records(ctx, graph.Wants{Refs: refs})
	return recs.ByRef, err
}

func (h *Rehearsal) keep(c *graph.Change) {
	switch {
	case c.Node != nil:
		named(h.made, c.Node, h.s)
		if c.NodeWas != nil {
			h.made.Nodes[c.Node.ID] = c.Node
		}
	case c.NodeWas != nil:
		h.made.Nodes[c.NodeWas.ID] = nil
	case c.Relation != nil && c.RelationWas == nil:
	case c.Relation != nil || c.RelationWas != nil:
		k := c.RelationWas.RelationKey
		h.made.Relations[k] = c.Relation
	case c.Requirement != nil:
		h.made.Requirements[c.Requirement.RequirementKey] = c.Requirement
	case c.RequirementWas != nil:
		h.made.Requirements[c.RequirementWas.RequirementKey] = nil
	}
}

// Records are the store's, under what was changed since.
func (h *Rehearsal) Records(ctx context.Context, w graph.Wants) (graph.Records, error) {
	stored := h.stored(w)
	var recs graph.Records
	if !nothing(stored) {
		var err error
		if recs, err = h.r.Records(ctx, stored); err != nil {
			return recs, err
		}
	}
	lay(&recs.Nodes, w.Nodes, h.made.Nodes)
	lay(&recs.Relations, w.Relations, h.made.Relations)
	lay(&recs.Requirements, w.Requirements, h.made.Requirements)
	over(&recs.ByRef, w.Refs, h.made.ByRef)
	over(&recs.ByKey, w.Keys, h.made.ByKey)
	return recs, nil
}

// stored are those of w that the store may have: not what was changed since, nor
// what belongs to a node that only the rehearsal has. Of an empty store nothing is
// asked.
func (h *Rehearsal) stored(w graph.Wants) graph.Wants {
	out := graph.Wants{
		Nodes:        missing(w.Nodes, h.made.Nodes, func(id graph.ID) bool { return id > h.last }),
		Relations:    missing(w.Relations, h.made.Relations, func(k graph.RelationKey) bool { return k.From > h.last || k.To > h.last }),
		Requirements: missing(w.Requirements, h.made.Requirements, func(k graph.RequirementKey) bool { return k.Consumer > h.last }),
	}
	if h.last > 0 {
		out.Refs, out.Keys = w.Refs, w.Keys
	}
	return out
}

// missing are the keys that made says nothing of, and that are not new.
func missing[K comparable, V any](keys []K, made map[K]*V, isNew func(K) bool) []K {
	var out []K
	for _, k := range keys {
		if _, ok := made[k]; !ok && !isNew(k) {
			out = append(out, k)
		}
	}
	return out
}

// lay puts what made has of the keys over a store's answer.
func lay[K comparable, V any](recs *map[K]*V, keys []K, made map[K]*V) {
	for _, k := range keys {
		if v, ok := made[k]; ok && v != nil {
			if *recs == nil {
				*recs = map[K]*V{}
			}
			(*recs)[k] = v
		}
	}
}

// over is lay for names.
func over[K comparable](names *map[K]graph.ID, keys []K, made map[K]graph.ID) {
	for _, k := range keys {
		if id, ok := made[k]; ok {
			if *names == nil {
				*names = map[K]graph.ID{}
			}
			(*names)[k] = id
		}
	}
}
