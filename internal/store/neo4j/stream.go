package neo4j

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/faultline-itsm/faultline/graph"
)

// Stream calls each with every record; see store.Reader. It reads page by page
// while others commit: what they change meanwhile is put back to what it was, by
// the ledger, so that all is of the revision at which the stream began.
func (s *Store) Stream(ctx context.Context, each func(graph.Change) error) (h graph.Head, err error) {
	err = own(each, func(each func(graph.Change) error) error {
		return s.atHead(ctx, func(ctx context.Context, r runner, m *mark) error {
			h = m.Head
			pages, err := plan(ctx, r, m.LastID)
			if err != nil {
				return err
			}
			past := &past{r: r, seen: m.Revision, was: map[key]graph.Change{}}
			return s.ahead(ctx, pages, func(a *answered) error {
				if err := past.restore(ctx, a); err != nil {
					return err
				}
				return hand(ctx, a.changes, each)
			})
		})
	})
	return h, err
}

// stream is Stream under the write lock, where nothing changes.
func (v *view) stream(ctx context.Context, each func(graph.Change) error) error {
	pages, err := plan(ctx, v.r, v.mark.LastID)
	if err != nil {
		return err
	}
	for _, p := range pages {
		changes, err := p.read(ctx, v.r)
		if err != nil {
			return err
		}
		if err := hand(ctx, changes, each); err != nil {
			return err
		}
	}
	return nil
}

func hand(ctx context.Context, changes []graph.Change, each func(graph.Change) error) error {
	for i := range changes {
		if i%256 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := each(changes[i]); err != nil {
			return err
		}
	}
	return nil
}

// page is a part of the stream: the records of one kind whose node is in [from,
// to); definitions have no node and are one page.
type page struct {
	kind     uint8
	from, to graph.ID
}

// recordsAtOnce is about how many records a page has: enough that the round
// trips do not count, few enough that a page is no burden to either side.
const recordsAtOnce = 20_000

// plan lays out the pages, by how many records there are for how many ids.
func plan(ctx context.Context, r runner, last graph.ID) ([]page, error) {
	pages := []page{{kind: classKind}}
	for _, part := range []struct {
		kind  uint8
		count statement
	}{{nodeKind, countNodes}, {requirementKind, countRequirements}, {relationKind, countRelations}} {
		n, err := number(ctx, r, part.count, nil)
		if err != nil {
			return nil, err
		}
		width := last + 1
		if n > recordsAtOnce {
			width = max(1, graph.ID(float64(last+1)*recordsAtOnce/float64(n)))
		}
		for from := graph.ID(0); from <= last; from += width {
			pages = append(pages, page{part.kind, from, from + width})
		}
	}
	return pages, nil
}

// read fetches the page's records, in order.
func (p page) read(ctx context.Context, r runner) (changes []graph.Change, err error) {
	in := params{"from": int64(p.from), "to": int64(p.to)}
	switch p.kind {
	case classKind:
		if changes, err = definitions(ctx, r); err == nil {
			inOrder(changes)
		}
	case nodeKind:
		changes, err = fetch(ctx, r, nodesIn, in, graph.DecodeNode, compareNodes, func(n *graph.Node) graph.Change { return graph.Change{Node: n} })
	case requirementKind:
		changes, err = fetch(ctx, r, requirementsIn, in, graph.DecodeRequirement, compareRequirements, func(q *graph.Requirement) graph.Change { return graph.Change{Requirement: q} })
	case relationKind:
		changes, err = fetch(ctx, r, relationsIn, in, new(graph.RelationDecoder).Decode, compareRelations, func(x *graph.Relation) graph.Change { return graph.Change{Relation: x} })
	}
	return changes, err
}

// fetch reads and sorts records of one kind. They are sorted before they become
// changes, which are large to move.
func fetch[T any](ctx context.Context, r runner, q statement, in params, decode func([]byte) (*T, error), compare func(a, b *T) int, as func(*T) graph.Change) ([]graph.Change, error) {
	list, err := bodies(ctx, r, q, in)
	if err != nil {
		return nil, err
	}
	records, err := decoded(list, decode)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(records, compare)
	changes := make([]graph.Change, len(records))
	for i, x := range records {
		changes[i] = as(x)
	}
	return changes, nil
}

func compareNodes(a, b *graph.Node) int { return cmp.Compare(a.ID, b.ID) }

func compareRequirements(a, b *graph.Requirement) int {
	return cmp.Or(cmp.Compare(a.Consumer, b.Consumer), strings.Compare(a.Name, b.Name))
}

func compareRelations(a, b *graph.Relation) int {
	if a.From != b.From { // nearly always
		return cmp.Compare(a.From, b.From)
	}
	if c := strings.Compare(a.Type, b.Type); c != 0 {
		return c
	}
	if a.To != b.To {
		return cmp.Compare(a.To, b.To)
	}
	return cmp.Or(strings.Compare(a.Requirement, b.Requirement), strings.Compare(a.Qualifier, b.Qualifier))
}

func inOrder(changes []graph.Change) {
	slices.SortFunc(changes, func(a, b graph.Change) int { return keyOf(&a).compare(keyOf(&b)) })
}

// covers says whether a record belongs on the page.
func (p page) covers(k key) bool {
	if p.kind == classKind {
		return k.kind == classKind || k.kind == typeKind
	}
	return k.kind == p.kind && k.id >= p.from && k.id < p.to
}

// answered is a page that was read, and a head that nothing on it is newer than.
type answered struct {
	page
	changes []graph.Change
	mark    *mark
	err     error
}

// readers is how many pages are read at once: while answers are decoded the server
// works on another.
const readers = 3

// ahead reads pages, some at once, and hands them over in their order.
func (s *Store) ahead(ctx context.Context, pages []page, take func(*answered) error) error {
	ctx, cancel := context.WithCancel(ctx)
	var reading sync.WaitGroup
	defer reading.Wait()
	defer cancel()
	answers := make([]chan answered, len(pages))
	begun := 0
	for i := range pages {
		for ; begun < len(pages) && begun <= i+readers-1; begun++ {
			answers[begun] = make(chan answered, 1)
			answer, p := answers[begun], pages[begun]
			reading.Go(func() { answer <- s.answer(ctx, p) })
		}
		a := <-answers[i]
		answers[i] = nil
		if a.err != nil {
			return a.err
		}
		if err := take(&a); err != nil {
			return err
		}
	}
	return nil
}

// answer reads one page, and then a head.
func (s *Store) answer(ctx context.Context, p page) (a answered) {
	session, end := s.open(ctx)
	defer end()
	a.page = p
	if a.changes, a.err = p.read(ctx, single{session}); a.err == nil {
		a.mark, a.err = s.gate.now(ctx)
	}
	return a
}

// past knows what records were at the revision at which a stream began.
type past struct {
	r    runner
	seen graph.Revision       // up to which entries are in was
	was  map[key]graph.Change // of each record that changed since then: what it was
}

// restore turns a page's records into what they were.
func (p *past) restore(ctx context.Context, a *answered) error {
	for p.seen < a.mark.Revision {
		entries, err := entriesOf(ctx, p.r, a.mark.Head, p.seen, int(a.mark.Revision-p.seen))
		if err != nil {
			return err
		}
		if len(entries) == 0 {
			return graph.Errorf(graph.Unavailable, "the ledger was exchanged while it was read").WithHint("try again")
		}
		for i := range entries {
			for k := range entries[i].Changes {
				c := &entries[i].Changes[k]
				if _, known := p.was[keyOf(c)]; !known {
					p.was[keyOf(c)] = before(c)
				}
			}
		}
		p.seen = entries[len(entries)-1].Revision
	}
	if len(p.was) == 0 {
		return nil
	}
	a.changes = slices.DeleteFunc(a.changes, func(c graph.Change) bool {
		_, changed := p.was[keyOf(&c)]
		return changed
	})
	for k, c := range p.was {
		if a.covers(k) && holds(&c) {
			a.changes = append(a.changes, c)
		}
	}
	inOrder(a.changes)
	return nil
}
