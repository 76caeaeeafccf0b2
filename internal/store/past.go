package store

import (
	"context"
	"sync"

	"github.com/faultline-itsm/faultline/graph"
)

// Past reads a store as it was at an earlier revision: the records that are there,
// but those that have been touched since as the ledger says they were. It keeps what
// was touched, no more, and follows the head as it moves on.
type Past struct {
	st   Reader
	head graph.Head

	mu    sync.Mutex
	upTo  graph.Revision // entries up to here are in touched
	nodes map[graph.ID]*graph.Node
	rels  map[graph.RelationKey]*graph.Relation
	reqs  map[graph.RequirementKey]*graph.Requirement
	kinds map[string]*graph.Class
	types map[string]*graph.RelationType
}

// pastPage is how many entries are read at once.
const pastPage = 500

// OpenPast reads what was touched since the revision. It fails with graph.NotFound
// where there is no such revision.
func OpenPast(ctx context.Context, st Reader, at graph.Revision) (*Past, error) {
	now, err := st.Head(ctx)
	if err != nil {
		return nil, err
	}
	if at > now.Revision {
		return nil, graph.Errorf(graph.NotFound, "revision %d is in the future: the newest is %d", at, now.Revision).WithHint("ask as of a revision that is there")
	}
	p := &Past{st: st, upTo: at, nodes: map[graph.ID]*graph.Node{}, rels: map[graph.RelationKey]*graph.Relation{},
		reqs: map[graph.RequirementKey]*graph.Requirement{}, kinds: map[string]*graph.Class{}, types: map[string]*graph.RelationType{}}
	if at == 0 {
		return nil, graph.Errorf(graph.NotFound, "before revision 1 there was nothing").WithHint("ask as of revision 1 or a later one")
	}
	entries, err := st.Entries(ctx, at-1, 1)
	if err != nil {
		return nil, err
	}
	if len(entries) != 1 {
		return nil, graph.Errorf(graph.NotFound, "revision %d is not in the ledger", at)
	}
	p.head = graph.Head{Revision: at, At: entries[0].At, Hash: entries[0].Hash, Content: entries[0].Content, LastID: now.LastID}
	return p, p.extend(ctx, now.Revision)
}

// extend reads the entries up to a revision, and notes of each record that they touch
// first how it was before.
func (p *Past) extend(ctx context.Context, to graph.Revision) error {
	for p.upTo < to {
		entries, err := p.st.Entries(ctx, p.upTo, pastPage)
		if err != nil {
			return err
		}
		if len(entries) == 0 {
			return graph.Errorf(graph.Internal, "the ledger ends at %d, before %d", p.upTo, to)
		}
		for i := range entries {
			for k := range entries[i].Changes {
				p.note(&entries[i].Changes[k])
			}
			p.upTo = entries[i].Revision
		}
	}
	return nil
}

func note[K comparable, V any](in map[K]*V, k K, was *V) {
	if _, known := in[k]; !known {
		in[k] = was
	}
}

func (p *Past) note(c *graph.Change) {
	switch {
	case c.Node != nil:
		note(p.nodes, c.Node.ID, c.NodeWas)
	case c.NodeWas != nil:
		note(p.nodes, c.NodeWas.ID, c.NodeWas)
	case c.Relation != nil:
		note(p.rels, c.Relation.RelationKey, c.RelationWas)
	case c.RelationWas != nil:
		note(p.rels, c.RelationWas.RelationKey, c.RelationWas)
	case c.Requirement != nil:
		note(p.reqs, c.Requirement.RequirementKey, c.RequirementWas)
	case c.RequirementWas != nil:
		note(p.reqs, c.RequirementWas.RequirementKey, c.RequirementWas)
	case c.Class != nil:
		note(p.kinds, c.Class.Name, c.ClassWas)
	case c.Type != nil:
		note(p.types, c.Type.Name, c.TypeWas)
	}
}

// Head is the end of the ledger at that revision; runs that were open then are not
// told.
func (p *Past) Head() graph.Head { return p.head }

// caughtUp runs read until nothing was committed while it ran that is not noted.
func (p *Past) caughtUp(ctx context.Context, read func() error) error {
	for {
		if err := read(); err != nil {
			return err
		}
		now, err := p.st.Head(ctx)
		if err != nil {
			return err
		}
		if now.Revision == p.upTo {
			return nil
		}
		before := p.touched()
		if err := p.extend(ctx, now.Revision); err != nil {
			return err
		}
		if p.touched() == before {
			return nil // only what was touched before was touched again
		}
	}
}

func (p *Past) touched() int {
	return len(p.nodes) + len(p.rels) + len(p.reqs) + len(p.kinds) + len(p.types)
}

// Records are those of Reader, as they were.
func (p *Past) Records(ctx context.Context, wants graph.Wants) (graph.Records, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var recs graph.Records
	err := p.caughtUp(ctx, func() (err error) {
		recs, err = p.st.Records(ctx, wants)
		return err
	})
	if err != nil {
		return recs, err
	}
	for _, id := range wants.Nodes {
		replace(&recs.Nodes, p.nodes, id)
	}
	for _, k := range wants.Relations {
		replace(&recs.Relations, p.rels, k)
	}
	for _, k := range wants.Requirements {
		replace(&recs.Requirements, p.reqs, k)
	}
	for ref, id := range recs.ByRef {
		if _, touched := p.nodes[id]; touched {
			delete(recs.ByRef, ref)
		}
	}
	for key, id := range recs.ByKey {
		if _, touched := p.nodes[id]; touched {
			delete(recs.ByKey, key)
		}
	}
	p.named(&recs, wants)
	return recs, nil
}

// replace puts a record as it was in the place of what there is.
func replace[K comparable, V any](in *map[K]*V, was map[K]*V, k K) {
	v, touched := was[k]
	switch {
	case !touched:
	case v == nil:
		delete(*in, k)
	default:
		if *in == nil {
			*in = map[K]*V{}
		}
		(*in)[k] = v
	}
}

// named finds touched nodes by the names that they had.
func (p *Past) named(recs *graph.Records, wants graph.Wants) {
	refs, keys := map[graph.Ref]bool{}, map[graph.Key]bool{}
	for _, r := range wants.Refs {
		refs[r] = true
	}
	for _, k := range wants.Keys {
		keys[k] = true
	}
	if len(refs)+len(keys) == 0 {
		return
	}
	for id, n := range p.nodes {
		if n == nil {
			continue
		}
		was := n.Aliases
		if n.Retired {
			was = append([]graph.Ref{n.Ref}, was...)
		}
		for _, r := range was {
			if refs[r] {
				if recs.ByRef == nil {
					recs.ByRef = map[graph.Ref]graph.ID{}
				}
				recs.ByRef[r] = id
			}
		}
		for _, k := range n.Keys {
			if keys[k] {
				if recs.ByKey == nil {
					recs.ByKey = map[graph.Key]graph.ID{}
				}
				recs.ByKey[k] = id
			}
		}
	}
}

// Stream is that of Reader, as it was; what is gone since comes last of its kind.
func (p *Past) Stream(ctx context.Context, each func(graph.Change) error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stream(ctx, each)
}

// kind is the place of a record's kind in a stream.
func kind(c *graph.Change) int {
	switch {
	case c.Class != nil:
		return 0
	case c.Type != nil:
		return 1
	case c.Node != nil:
		return 2
	case c.Requirement != nil:
		return 3
	}
	return 4
}

func (p *Past) stream(ctx context.Context, each func(graph.Change) error) error {
	at, seen := 0, map[any]bool{}
	// pass hands on a record of now as it was, and before it what is gone of the
	// kinds before its own.
	pass := func(c graph.Change) error {
		for ; at < kind(&c); at++ {
			if err := p.gone(at, seen, each); err != nil {
				return err
			}
		}
		was, touched := p.was(&c)
		if !touched {
			return each(c)
		}
		seen[keyOf(&c)] = true
		if kind(&was) == 4 && was.Relation == nil {
			return nil // it was not there
		}
		return each(was)
	}
	head, err := p.st.Stream(ctx, pass)
	if err != nil {
		return err
	}
	if head.Revision != p.upTo {
		return graph.Errorf(graph.Unavailable, "the graph changed while it was read").WithHint("try again")
	}
	for ; at <= 4; at++ {
		if err := p.gone(at, seen, each); err != nil {
			return err
		}
	}
	return nil
}

// keyOf tells records apart.
func keyOf(c *graph.Change) any {
	switch {
	case c.Class != nil:
		return "class " + c.Class.Name
	case c.Type != nil:
		return "type " + c.Type.Name
	case c.Node != nil:
		return c.Node.ID
	case c.Requirement != nil:
		return c.Requirement.RequirementKey
	}
	return c.Relation.RelationKey
}

// was is a record as it was; the empty change where it was not there.
func (p *Past) was(c *graph.Change) (was graph.Change, touched bool) {
	switch {
	case c.Class != nil:
		was.Class, touched = p.kinds[c.Class.Name]
	case c.Type != nil:
		was.Type, touched = p.types[c.Type.Name]
	case c.Node != nil:
		was.Node, touched = p.nodes[c.Node.ID]
	case c.Requirement != nil:
		was.Requirement, touched = p.reqs[c.Requirement.RequirementKey]
	default:
		was.Relation, touched = p.rels[c.Relation.RelationKey]
	}
	return was, touched
}

// gone hands on the records of a kind that were there and are not any more.
func (p *Past) gone(of int, seen map[any]bool, each func(graph.Change) error) error {
	var err error
	pass := func(c graph.Change) {
		if err == nil && !seen[keyOf(&c)] {
			err = each(c)
		}
	}
	switch of {
	case 0:
		for _, v := range p.kinds {
			if v != nil {
				pass(graph.Change{Class: v})
			}
		}
	case 1:
		for _, v := range p.types {
			if v != nil {
				pass(graph.Change{Type: v})
			}
		}
	case 2:
		for _, v := range p.nodes {
			if v != nil {
				pass(graph.Change{Node: v})
			}
		}
	case 3:
		for _, v := range p.reqs {
			if v != nil {
				pass(graph.Change{Requirement: v})
			}
		}
	case 4:
		for _, v := range p.rels {
			if v != nil {
				pass(graph.Change{Relation: v})
			}
		}
	}
	return err
}

// Snapshot is the topology as it was. Where the graph is written to meanwhile, it
// begins again, a few times.
func (p *Past) Snapshot(ctx context.Context) (*graph.Snapshot, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for tries := 3; ; tries-- {
		now, err := p.st.Head(ctx)
		if err != nil {
			return nil, err
		}
		if err := p.extend(ctx, now.Revision); err != nil {
			return nil, err
		}
		b := graph.NewBuilder()
		if err = p.stream(ctx, b.Add); err == nil {
			return b.Build(p.head)
		}
		if tries == 0 || !graph.IsKind(err, graph.Unavailable) || ctx.Err() != nil {
			return nil, err
		}
	}
}

// Find lists nodes by filter and order as they were. It looks at every node: no index
// knows the past.
func (p *Past) Find(ctx context.Context, q Query, cat *graph.Catalogue) (Page, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for tries := 3; ; tries-- {
		now, err := p.st.Head(ctx)
		if err != nil {
			return Page{}, err
		}
		if err := p.extend(ctx, now.Revision); err != nil {
			return Page{}, err
		}
		pager := NewPager(q, cat)
		err = p.stream(ctx, func(c graph.Change) error {
			if c.Node != nil {
				pager.Offer(c.Node)
			}
			return nil
		})
		if err == nil {
			return pager.Page(p.head.Revision), nil
		}
		if tries == 0 || !graph.IsKind(err, graph.Unavailable) || ctx.Err() != nil {
			return Page{}, err
		}
	}
}
