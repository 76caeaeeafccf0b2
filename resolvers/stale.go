package resolvers

import (
	"fmt"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// foresight is what a plan's items would do, and break, at one head.
type foresight struct {
	records.ItemsPlan
	impact *view.Assessment // nil where something is refused
}

// stale says why a plan is no longer what was seen, nil where it is: it was made at
// an earlier head, now is what becomes of the same items. What others did elsewhere
// does not matter.
func (p *plan) stale(now *foresight) error {
	head := now.Snapshot.Head()
	for i, item := range p.shown.Items {
		switch is := itemResult(item.Field, item.Index, &now.Items[i]); {
		case is.Status == item.Status:
		case now.Items[i].Err != nil:
			return p.staleFor(head, "item %d of %s would now be refused: %s", item.Index, item.Field, now.Items[i].Err.Message)
		default:
			return p.staleFor(head, "item %d of %s would now be %s, not %s", item.Index, item.Field, is.Status, item.Status)
		}
	}
	if now.fingerprint() != p.changes {
		return p.staleFor(head, "somebody changed what it changes")
	}
	if now.impact.Fingerprint(head) != p.breaks {
		return p.staleFor(head, "it would break something else. Then: %s Now: %s", p.summary, now.impact.Summary())
	}
	return nil
}

// fingerprint is of what would change.
func (f *foresight) fingerprint() graph.Hash { return f.Plan.Fingerprint(f.Snapshot.Head()) }

func (p *plan) staleFor(head graph.Head, reason string, args ...any) error {
	e := graph.Errorf(graph.Stale, "the plan of revision %d is stale at revision %d: %s", p.shown.Revision, head.Revision, fmt.Sprintf(reason, args...)).
		At(-1, "planId").WithHint("plan again, and look again")
	e.Current = int64(head.Revision)
	return e
}
