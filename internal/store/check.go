package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/faultline-itsm/faultline/graph"
)

// Report is what a check of a whole store found. Broken integrity must never be;
// an advisory is for people to look at.
type Report struct {
	Head       graph.Head
	Living     int // nodes
	Retired    int
	Relations  int
	Broken     []Finding // at most MaxFindings, in the order found
	BrokenMore int       // what did not find room
	Advisories []Advisory
}

// MaxFindings bounds the list of what is broken: of a ruined store nobody reads
// more.
const MaxFindings = 100

// Clean says whether nothing is broken.
func (r *Report) Clean() bool { return len(r.Broken) == 0 }

// Finding is one thing that is broken.
type Finding struct {
	Where string // the ledger's revision, or the record
	Text  string
}

func (f Finding) String() string { return f.Where + ": " + f.Text }

// feedPage is how many entries are read at once.
const feedPage = 64

// Auditor is a reader that keeps, beside the records, what others read of them.
type Auditor interface {
	// Audit calls found where that does not say what the records say, or where
	// something stands among it that is no record.
	Audit(ctx context.Context, found func(Finding)) error
}

// Check verifies all that r holds: the ledger is an unbroken chain without gaps
// that ends at the head, replaying it gives the head's content hash, and so do
// the records themselves; no relation dangles, and every one keeps its type's
// class pairs; and what others read beside the records says the same. What it
// finds is in the report, bytes that are no record among it; an error means that it
// could not be looked at.
func Check(ctx context.Context, r Reader) (*Report, error) {
	c := &checking{report: &Report{}}
	if err := c.ledger(ctx, r); err != nil {
		return nil, err
	}
	content, err := c.records(ctx, r)
	if err != nil {
		return nil, err
	}
	if c.replayed.Revision < c.report.Head.Revision && !c.lost {
		// Commits between the two passes are no fault: their entries are there.
		if err := c.ledger(ctx, r); err != nil {
			return nil, err
		}
	}
	c.compare(c.report.Head, content)
	if a, ok := r.(Auditor); ok {
		err := a.Audit(ctx, func(f Finding) { c.broken(f.Where, "%s", f.Text) })
		if errors.Is(err, graph.ErrDamaged) {
			err = nil // found above
		}
		if err != nil {
			return nil, err
		}
	}
	return c.report, nil
}

type checking struct {
	report   *Report
	replayed graph.Head // where the ledger leads, or at the records' revision
	lost     bool       // an entry is damaged: where the ledger leads from there is not known
	unread   bool       // a record is damaged: what they sum up to is not known
}

func (c *checking) broken(where, format string, args ...any) {
	if len(c.report.Broken) == MaxFindings {
		c.report.BrokenMore++
		return
	}
	c.report.Broken = append(c.report.Broken, Finding{where, fmt.Sprintf(format, args...)})
}

// ledger replays the feed from where it was left, the first time from empty: to
// its end, but never past the revision of the records once they were read.
func (c *checking) ledger(ctx context.Context, r Reader) error {
	for {
		entries, err := r.Entries(ctx, c.replayed.Revision, feedPage)
		if errors.Is(err, graph.ErrDamaged) { // which one?
			entries, err = r.Entries(ctx, c.replayed.Revision, 1)
		}
		if errors.Is(err, graph.ErrDamaged) {
			c.lost = true
			c.broken(fmt.Sprintf("revision %d", c.replayed.Revision+1), "its entry is damaged, and the ledger cannot be followed beyond it: %s", err)
			return nil
		}
		if err != nil {
			return err
		}
		if len(entries) == 0 {
			return nil
		}
		for i := range entries {
			e := &entries[i]
			where := fmt.Sprintf("revision %d", c.replayed.Revision+1)
			if e.Revision != c.replayed.Revision+1 {
				c.broken(where, "is missing from the ledger; revision %d follows", e.Revision)
			}
			next, err := graph.VerifyEntry(*e, c.replayed)
			if err != nil {
				c.broken(fmt.Sprintf("revision %d", e.Revision), "%s", err)
				next = c.replayed.After(e) // go on: one broken entry must not hide another
			}
			c.replayed = next
			if c.replayed.Revision == c.report.Head.Revision {
				return nil
			}
		}
	}
}

// records streams the records, once. It returns the sum of their hashes.
func (c *checking) records(ctx context.Context, r Reader) (graph.Sum, error) {
	t := &tally{checking: c, builder: graph.NewBuilder(), classOf: map[graph.ID]uint16{}, classAt: map[string]uint16{}}
	head, err := r.Stream(ctx, func(change graph.Change) error {
		t.add(change)
		return nil
	})
	if errors.Is(err, graph.ErrDamaged) {
		c.unread = true
		c.broken("records", "one cannot be read, and those behind it were not looked at: %s", err)
		c.report.Head, err = r.Head(ctx)
		return graph.Sum{}, err
	}
	if err != nil {
		return graph.Sum{}, err
	}
	c.report.Head = head
	s, err := t.builder.Build(head)
	if err != nil {
		c.broken("records", "%s", err)
		return t.sum.Content(), nil
	}
	c.unique(s)
	c.report.Advisories = advise(s)
	return t.sum.Content(), nil
}

// compare holds the head against the ledger and the records.
func (c *checking) compare(head graph.Head, content graph.Sum) {
	if content != head.Content && !c.unread {
		c.broken("records", "their content hash is not that of the head at revision %d: somebody wrote behind the service's back", head.Revision)
	}
	if c.lost {
		return
	}
	where := fmt.Sprintf("revision %d", head.Revision)
	switch {
	case c.replayed.Revision > head.Revision:
		c.broken(where, "is the head, but the ledger goes on to revision %d", c.replayed.Revision)
		return
	case c.replayed.Revision < head.Revision:
		c.broken(where, "is the head, but the ledger ends at revision %d", c.replayed.Revision)
		return
	}
	if c.replayed.Hash != head.Hash {
		c.broken(where, "the head's hash is not that of the ledger's last entry")
	}
	if c.replayed.Content != head.Content {
		c.broken(where, "replaying the ledger from empty gives another content hash")
	}
	if c.replayed.LastID > head.LastID {
		c.broken(where, "the head's last id %d was already exceeded by %d", head.LastID, c.replayed.LastID)
	}
}

// unique checks that each living node is the one that its ref finds.
func (c *checking) unique(s *graph.Snapshot) {
	for id := range s.Nodes() {
		if found, ok := s.Lookup(s.Ref(id)); !ok || found != id {
			c.broken(s.Ref(id).String(), "two living CIs have this ref: %d and %d", found, id)
		}
	}
}

// tally takes the records of a stream.
type tally struct {
	*checking
	builder *graph.Builder
	defs    []graph.Change
	cat     *graph.Catalogue // once the definitions are through
	classOf map[graph.ID]uint16
	classAt map[string]uint16
	classes []string
	sum     Sum
}

func (t *tally) add(c graph.Change) {
	if c.Class != nil || c.Type != nil {
		t.defs = append(t.defs, c)
	} else if t.cat == nil {
		t.cat = graph.Builtin().With(t.defs...)
	}
	t.sum.Add(c)
	switch {
	case c.Node != nil:
		t.node(c.Node)
	case c.Requirement != nil:
		if _, ok := t.classOf[c.Requirement.Consumer]; !ok {
			t.broken(fmt.Sprintf("requirement %q", c.Requirement.Name), "its consumer %d does not exist", c.Requirement.Consumer)
			return
		}
	case c.Relation != nil:
		if !t.relation(c.Relation) {
			return
		}
	}
	if err := t.builder.Add(c); err != nil {
		t.broken("records", "%s", err)
	}
}

func (t *tally) node(n *graph.Node) {
	if n.Retired {
		t.report.Retired++
	} else {
		t.report.Living++
	}
	at, ok := t.classAt[n.Ref.Class]
	if !ok {
		at = uint16(len(t.classes))
		t.classAt[n.Ref.Class], t.classes = at, append(t.classes, n.Ref.Class)
	}
	if t.cat.Class(n.Ref.Class) == nil {
		t.broken(n.Ref.String(), "its class does not exist")
	}
	t.classOf[n.ID] = at
}

// relation checks one relation's ends and type, and says whether a graph can
// hold it.
func (t *tally) relation(r *graph.Relation) bool {
	t.report.Relations++
	where := fmt.Sprintf("relation %d -[%s]-> %d", r.From, r.Type, r.To)
	from, ok := t.classOf[r.From]
	to, found := t.classOf[r.To]
	typ := t.cat.Type(r.Type)
	switch {
	case !ok:
		t.broken(where, "dangles: its consumer does not exist")
	case !found:
		t.broken(where, "dangles: its provider does not exist")
	case typ == nil:
		t.broken(where, "its type does not exist")
	case r.From == r.To:
		t.broken(where, "leads to itself")
	default:
		if !t.cat.Fits(typ, t.classes[from], t.classes[to]) {
			t.broken(where, "%s does not go from a %s to a %s", r.Type, t.classes[from], t.classes[to])
		}
		return true
	}
	return false
}
