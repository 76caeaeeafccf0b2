package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"slices"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
)

// reader reads within one transaction: at one revision.
type reader struct {
	s       *Store
	c       *conn
	head    graph.Head
	defined graph.Revision   // of the last change of a class or relation type
	cat     *graph.Catalogue // nil until a query needs it
	words   lexicon
	buf     []byte
}

// read runs f in a transaction of its own on a reader's connection.
func (s *Store) read(ctx context.Context, f func(r *reader) error) (err error) {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.users.Done()
	if err := ctx.Err(); err != nil {
		return s.explain(err)
	}
	c, err := s.borrow(ctx)
	if err != nil {
		return s.explain(err)
	}
	defer s.giveBack(c)
	if err := s.insist(ctx, func() error { return c.run(beginRead) }); err != nil {
		return s.explain(err)
	}
	defer func() {
		if e := c.run(rollback); err == nil {
			err = e
		}
		err = s.explain(err)
	}()
	r := &reader{s: s, c: c, words: lexicon{words: &s.words, c: c}}
	if r.head, r.defined, err = readHead(c); err != nil {
		return err
	}
	return f(r)
}

// borrow takes a connection at rest, or opens one.
func (s *Store) borrow(ctx context.Context) (c *conn, err error) {
	select {
	case c := <-s.idle:
		return c, nil
	default:
	}
	if c, err = dial(s.path); err != nil {
		return nil, err
	}
	for _, q := range []statement{setBusyTimeout, setReaderCache, setTempMemory, setQueryOnly} {
		if err := c.once(q); err != nil {
			return nil, errors.Join(err, c.close())
		}
	}
	return c, nil
}

func (s *Store) giveBack(c *conn) {
	select {
	case s.idle <- c:
	default:
		_ = c.close()
	}
}

// Head is the end of the ledger; see store.Reader.
func (s *Store) Head(ctx context.Context) (h graph.Head, err error) {
	err = s.read(ctx, func(r *reader) error {
		h = r.head
		return nil
	})
	return h, err
}

// Records are full records; see store.Reader.
func (s *Store) Records(ctx context.Context, wants graph.Wants) (recs graph.Records, err error) {
	err = s.read(ctx, func(r *reader) error {
		recs, err = r.records(ctx, wants)
		return err
	})
	return recs, err
}

// Find is one page of nodes; see store.Reader.
func (s *Store) Find(ctx context.Context, q store.Query) (page store.Page, err error) {
	err = s.read(ctx, func(r *reader) error {
		page, err = r.find(ctx, q)
		return err
	})
	return page, err
}

// Entries is the feed; see store.Reader.
func (s *Store) Entries(ctx context.Context, after graph.Revision, limit int) (entries []graph.Entry, err error) {
	err = s.read(ctx, func(r *reader) error {
		entries, err = r.entries(ctx, after, limit)
		return err
	})
	return entries, err
}

// Stream calls each with every record; see store.Reader.
func (s *Store) Stream(ctx context.Context, each func(graph.Change) error) (h graph.Head, err error) {
	err = own(each, func(each func(graph.Change) error) error {
		return s.read(ctx, func(r *reader) error {
			h = r.head
			return r.stream(ctx, each)
		})
	})
	return h, err
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

// inside is the reader that a decide gets: it ends with the decide.
type inside struct {
	*reader
	over bool
}

func (i *inside) check(ctx context.Context) error {
	if i.over {
		return graph.Errorf(graph.Internal, "a transaction was read after its decision")
	}
	if err := ctx.Err(); err != nil {
		return i.s.explain(err)
	}
	return nil
}

func (i *inside) Head(ctx context.Context) (graph.Head, error) { return i.head, i.check(ctx) }

func (i *inside) Records(ctx context.Context, wants graph.Wants) (graph.Records, error) {
	if err := i.check(ctx); err != nil {
		return graph.Records{}, err
	}
	recs, err := i.records(ctx, wants)
	return recs, i.s.explain(err)
}

func (i *inside) Find(ctx context.Context, q store.Query) (store.Page, error) {
	if err := i.check(ctx); err != nil {
		return store.Page{}, err
	}
	page, err := i.find(ctx, q)
	return page, i.s.explain(err)
}

func (i *inside) Entries(ctx context.Context, after graph.Revision, limit int) ([]graph.Entry, error) {
	if err := i.check(ctx); err != nil {
		return nil, err
	}
	entries, err := i.entries(ctx, after, limit)
	return entries, i.s.explain(err)
}

func (i *inside) Stream(ctx context.Context, each func(graph.Change) error) (graph.Head, error) {
	if err := i.check(ctx); err != nil {
		return graph.Head{}, err
	}
	return i.head, own(each, func(each func(graph.Change) error) error { return i.s.explain(i.stream(ctx, each)) })
}

func (r *reader) entries(ctx context.Context, after graph.Revision, limit int) (out []graph.Entry, err error) {
	if limit == 0 {
		return nil, nil
	}
	add := func(row []driver.Value) error {
		e, err := graph.DecodeEntry(row[1].([]byte))
		if err != nil {
			return err
		}
		copy(e.Hash[:], row[0].([]byte))
		out = append(out, *e)
		return nil
	}
	if limit > 0 {
		return out, r.c.rows(ctx, getAfter, add, int64(after), int64(limit))
	}
	if after == 0 {
		after = r.head.Revision + 1
	}
	return out, r.c.rows(ctx, getBefore, add, int64(after), -int64(limit))
}

func (r *reader) stream(ctx context.Context, each func(graph.Change) error) error {
	if err := eachDefinition(ctx, r.c, each); err != nil {
		return err
	}
	err := r.c.rows(ctx, allNodes, func(row []driver.Value) error {
		n, err := graph.DecodeNode(row[0].([]byte))
		if err != nil {
			return err
		}
		return each(graph.Change{Node: n})
	})
	if err != nil {
		return err
	}
	err = r.c.rows(ctx, allRequirements, func(row []driver.Value) error {
		q, err := graph.DecodeRequirement(row[0].([]byte))
		if err != nil {
			return err
		}
		return each(graph.Change{Requirement: q})
	})
	if err != nil {
		return err
	}
	return r.relations(ctx, each)
}

// relations gives the relations of one consumer after the other; within one, the
// table is sorted by numbers of words, the port's order by the words themselves.
func (r *reader) relations(ctx context.Context, each func(graph.Change) error) error {
	var of []*graph.Relation
	flush := func() error {
		slices.SortFunc(of, func(a, b *graph.Relation) int { return compareRelations(a.RelationKey, b.RelationKey) })
		for _, x := range of {
			if err := each(graph.Change{Relation: x}); err != nil {
				return err
			}
		}
		of = of[:0]
		return nil
	}
	var known graph.RelationDecoder
	err := r.c.rows(ctx, allRelations, func(row []driver.Value) error {
		x, err := known.Decode(row[0].([]byte))
		if err != nil {
			return err
		}
		if len(of) > 0 && of[0].From != x.From {
			if err := flush(); err != nil {
				return err
			}
		}
		of = append(of, x)
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}
