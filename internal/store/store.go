// Package store is the port to whatever keeps the ledger and the records, and
// its promises. Its one idea: a store locks, compares and writes; the rules stay
// in graph. It refuses to know what a CI means, and never learns that incidents
// exist. Adapters live below it; storetest holds each to the same promises.
package store

import (
	"context"
	"iter"

	"github.com/faultline-itsm/faultline/graph"
)

// Store keeps one graph: a ledger of entries and the records they leave. All
// methods may be called from many goroutines; several processes may use one
// store at once. After Close every method fails with graph.Unavailable.
type Store interface {
	Reader

	// Commit runs decide while it holds the ledger's head, so that what decide
	// reads through tx is still true when its plan is written. decide may be
	// called while other commits of the same process are in the same transaction
	// (group commit): tx shows their writes. Commit returns when the outcome is
	// durable. An error of decide is returned as it is and writes nothing; an error
	// of the store is graph.Unavailable and leaves what became of it to a retry.
	// decide may be called again if the transaction had to be repeated.
	Commit(ctx context.Context, decide Decide) (graph.Head, error)

	// CommitInTurn commits decisions one after another, each as Commit does, and calls
	// done for each when it is durable. Of tx, they ask for nothing but the head: a store
	// may ask a decision, and begin to write what it says, while the one before is still
	// on its way. It ends with the first error; what follows in decisions is not asked.
	CommitInTurn(ctx context.Context, decisions iter.Seq[Decide], done func()) error

	Close() error
}

// Decide turns what holds at the head into what is to be written.
type Decide func(ctx context.Context, tx Reader) (Outcome, error)

// Outcome is what a decision writes, all or nothing; the zero value is nothing.
type Outcome struct {
	// Entries are sealed (graph.Seal), each as the one after the one before; one
	// without changes and without a run is not written.
	Entries []*graph.Entry
	Answer  *Answer // also where there is no entry
}

// Write is the outcome of entries alone.
func Write(entries ...*graph.Entry) Outcome { return Outcome{Entries: entries} }

// Empty says whether there is nothing to write.
func (o Outcome) Empty() bool { return len(o.Entries) == 0 && o.Answer == nil }

// Continue fails with graph.Internal where the entries do not continue the ledger,
// which ends at the head.
func (o Outcome) Continue(h graph.Head) error {
	for _, e := range o.Entries {
		if !Follows(h, e) {
			return graph.Errorf(graph.Internal, "revision %d does not continue the ledger, which ends at %d", e.Revision, h.Revision)
		}
		if Says(e) {
			h = h.After(e)
		}
	}
	return nil
}

// Says tells whether an entry is one to write: it has changes, or moves a run on.
func Says(e *graph.Entry) bool { return len(e.Changes) > 0 || e.Run != nil }

// Reader reads records. Within Commit it reads at the locked head; outside, each
// call reads at one revision, which it returns where it matters.
type Reader interface {
	// Head is the end of the ledger.
	Head(ctx context.Context) (graph.Head, error)

	// Records are the full records that wants names. Refs are looked up among
	// former refs of living nodes and refs of retired ones, too. What does not
	// exist is absent.
	Records(ctx context.Context, wants graph.Wants) (graph.Records, error)

	// Find lists nodes by filter and order, one page.
	Find(ctx context.Context, q Query) (Page, error)

	// Entries is the feed: at most limit entries after the revision, in order,
	// without gap or repeat. Newest first where limit is negative: at most -limit
	// entries before the revision (0: from the head), descending.
	Entries(ctx context.Context, after graph.Revision, limit int) ([]graph.Entry, error)

	// Answer is what the principal's key was answered with, nil where it was not, or
	// is forgotten.
	Answer(ctx context.Context, principal, key string) (*Answer, error)

	// Stream calls each with every record (as a Change with only the after side)
	// in a fixed order: classes, types, nodes by id, requirements by key,
	// relations by key. It reads at one revision.
	Stream(ctx context.Context, each func(graph.Change) error) (graph.Head, error)
}

// Query asks for nodes.
type Query struct {
	Classes []string // the node's class is one of these (subclasses already expanded); empty: any
	Retired bool     // retired nodes instead of living ones
	Filter  *Filter  // nil: all
	Order   []Order  // id is always the last
	After   *Cursor  // the last row of the page before
	First   int      // 1 to 1000
	Count   bool     // also the total
}

// Page is one page of nodes, in order.
type Page struct {
	Revision graph.Revision
	Nodes    []*graph.Node
	Cursors  []Cursor // one a node
	More     bool
	Total    int // exact; only where the query asked
}
