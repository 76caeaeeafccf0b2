package projection

import (
	"context"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
)

// comparison is what came of loading everything a second time.
type comparison struct {
	err    error           // it could not be done
	fresh  *graph.Snapshot // as the store has it
	differ []string        // where what was shown then differs from it
	doubt  error           // the records are not those that the ledger leads to
}

// comparison loads everything from the store beside the snapshot and compares both
// at one revision, and the content hash of the records with the ledger's there.
func (p *Projection) comparison(ctx context.Context) (c comparison) {
	b, sum := graph.NewBuilder(), store.Sum{}
	head, err := p.st.Stream(ctx, func(change graph.Change) error {
		sum.Add(change)
		return b.Add(change)
	})
	if err != nil {
		return comparison{err: err}
	}
	if sum.Content() != head.Content {
		c.doubt = graph.Errorf(graph.Invalid, "at revision %d the store's records are not those that its ledger leads to", head.Revision).
			WithHint("somebody wrote behind the service's back: run faultline check")
	}
	if c.fresh, err = b.Build(head); err != nil {
		return comparison{err: err}
	}
	shown := p.Snapshot()
	if shown.Revision() < head.Revision {
		shown, err = CatchUp(ctx, p.st, shown, head)
	} else {
		c.fresh, err = CatchUp(ctx, p.st, c.fresh, shown.Head())
	}
	if err != nil {
		return comparison{err: err}
	}
	c.differ = differences(c.fresh, shown, "the snapshot")
	return c
}

// conclude puts what the store has in the place of a snapshot that differs from it.
func (p *Projection) conclude(ctx context.Context, c comparison) {
	if ctx.Err() != nil {
		return
	}
	if c.err != nil {
		p.log.Warn("the snapshot could not be compared with the store", "error", c.err)
		return
	}
	p.health.doubted(c.doubt)
	if c.doubt != nil {
		p.log.Error("the store is not sound", "error", c.doubt)
	}
	if len(c.differ) == 0 {
		return
	}
	p.loading++
	if err := p.adopt(ctx, c.fresh); err != nil {
		p.log.Error("the snapshot differs from the store, and could not be replaced", "error", err, "difference", c.differ[0])
		return
	}
	why := "it differed from the store: " + c.differ[0]
	p.log.Error("the snapshot was loaded anew", "revision", c.fresh.Revision(), "reason", why, "differences", len(c.differ))
	p.health.rebuilt(why)
}
