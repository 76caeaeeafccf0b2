package neo4j

import (
	"context"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
)

// view reads at one head.
type view struct {
	s     *Store
	r     runner
	mark  *mark
	cat   *catalogueAt
	fresh *catalogueAt // set where cat was read by this view
}

// attempts is how often a read is repeated because a commit came in between,
// before it keeps commits from being published while it reads.
const attempts = 4

// read runs f until all that it read was of one revision.
func (s *Store) read(ctx context.Context, f func(v *view) error) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.users.Done()
	if err := ctx.Err(); err != nil {
		return s.explain(ctx, err)
	}
	for range attempts {
		v, whole, err := s.glance(ctx, f)
		if err != nil {
			return s.explain(ctx, err)
		}
		if whole {
			v.learned()
			return nil
		}
	}
	return s.explain(ctx, s.within(ctx, func(r runner) error {
		m, err := lockedMark(ctx, r, lockToRead)
		if err != nil {
			return err
		}
		v := &view{s: s, r: r, mark: m}
		if err := f(v); err != nil {
			return err
		}
		v.learned()
		return nil
	}))
}

// glance runs f once, without a lock, and says whether nothing came in between.
func (s *Store) glance(ctx context.Context, f func(v *view) error) (v *view, whole bool, err error) {
	session, end := s.open(ctx)
	defer end()
	v = &view{s: s, r: single{session}}
	if v.mark, err = s.settle(ctx, v.r); err != nil {
		return v, false, err
	}
	failed := f(v)
	if failed != nil && (ctx.Err() != nil || again(failed)) {
		return v, false, failed
	}
	after, err := s.gate.now(ctx)
	if err != nil {
		return v, false, err
	}
	if whole = after.text == v.mark.text; whole {
		return v, true, failed
	}
	return v, false, nil // what failed may have failed for that reason
}

// learned keeps the catalogue, now that it is known to be of one revision.
func (v *view) learned() {
	if v.fresh != nil {
		v.s.catalogue.Store(v.fresh)
	}
}

// catalogue is the catalogue at the view's head.
func (v *view) catalogue(ctx context.Context) (*graph.Catalogue, error) {
	if v.cat == nil {
		var err error
		if v.cat, v.fresh, err = v.s.catalogueOf(ctx, v.r, v.mark); err != nil {
			return nil, err
		}
	}
	return v.cat.Catalogue, nil
}

// Head is the end of the ledger; see store.Reader.
func (s *Store) Head(ctx context.Context) (graph.Head, error) {
	var h graph.Head
	err := s.atHead(ctx, func(_ context.Context, _ runner, m *mark) error {
		h = m.Head
		return nil
	})
	return h, err
}

// atHead runs f once, at a settled head: for what no later commit changes.
func (s *Store) atHead(ctx context.Context, f func(ctx context.Context, r runner, m *mark) error) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.users.Done()
	if err := ctx.Err(); err != nil {
		return s.explain(ctx, err)
	}
	session, end := s.open(ctx)
	defer end()
	r := single{session}
	m, err := s.settle(ctx, r)
	if err == nil {
		err = f(ctx, r, m)
	}
	return s.explain(ctx, err)
}

// Records are full records; see store.Reader.
func (s *Store) Records(ctx context.Context, wants graph.Wants) (recs graph.Records, err error) {
	err = s.read(ctx, func(v *view) error {
		recs, err = v.records(ctx, wants)
		return err
	})
	return recs, err
}

// Find is one page of nodes; see store.Reader.
func (s *Store) Find(ctx context.Context, q store.Query) (page store.Page, err error) {
	err = s.read(ctx, func(v *view) error {
		page, err = v.find(ctx, q)
		return err
	})
	if err != nil {
		return store.Page{}, err
	}
	return page, nil
}

// Entries is the feed; see store.Reader.
func (s *Store) Entries(ctx context.Context, after graph.Revision, limit int) (entries []graph.Entry, err error) {
	err = s.atHead(ctx, func(ctx context.Context, r runner, m *mark) error {
		entries, err = entriesOf(ctx, r, m.Head, after, limit)
		return err
	})
	return entries, err
}

// inside is the reader that a decide gets: it ends with the decide. What other
// decisions of its transaction have left to be written is written first, except
// where the answer can be had without.
type inside struct {
	t    *transaction
	over bool
}

func (i *inside) check(ctx context.Context, flush bool) error {
	if i.over {
		return graph.Errorf(graph.Internal, "a transaction was read after its decision")
	}
	if err := ctx.Err(); err != nil {
		return i.t.s.explain(ctx, err)
	}
	if flush {
		return i.t.s.explain(ctx, i.t.flush())
	}
	return nil
}

func (i *inside) Head(ctx context.Context) (graph.Head, error) {
	return i.t.mark.Head, i.check(ctx, false)
}

func (i *inside) Records(ctx context.Context, wants graph.Wants) (graph.Records, error) {
	if err := i.check(ctx, i.t.total.mayName(wants)); err != nil {
		return graph.Records{}, err
	}
	recs, err := i.t.records(i.t.ctx, wants)
	if err != nil {
		return recs, i.t.fail(ctx, err)
	}
	i.t.total.over(wants, recs)
	return recs, nil
}

func (i *inside) Find(ctx context.Context, q store.Query) (store.Page, error) {
	if err := i.check(ctx, true); err != nil {
		return store.Page{}, err
	}
	page, err := i.t.find(i.t.ctx, q)
	return page, i.t.fail(ctx, err)
}

func (i *inside) Entries(ctx context.Context, after graph.Revision, limit int) ([]graph.Entry, error) {
	if err := i.check(ctx, false); err != nil {
		return nil, err
	}
	if err := i.t.record(); err != nil {
		return nil, i.t.s.explain(ctx, err)
	}
	entries, err := entriesOf(i.t.ctx, i.t.r, i.t.mark.Head, after, limit)
	return entries, i.t.fail(ctx, err)
}

func (i *inside) Stream(ctx context.Context, each func(graph.Change) error) (graph.Head, error) {
	if err := i.check(ctx, true); err != nil {
		return graph.Head{}, err
	}
	return i.t.mark.Head, own(each, func(each func(graph.Change) error) error {
		return i.t.fail(ctx, i.t.stream(i.t.ctx, func(c graph.Change) error {
			if err := ctx.Err(); err != nil {
				return i.t.s.explain(ctx, err)
			}
			return each(c)
		}))
	})
}

// own runs a stream so that an error of its callback comes back as it is.
func own(each func(graph.Change) error, run func(each func(graph.Change) error) error) error {
	var theirs error
	err := run(func(c graph.Change) error {
		theirs = each(c)
		return theirs
	})
	if theirs != nil {
		return theirs
	}
	return err
}
