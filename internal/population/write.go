package population

import (
	"cmp"
	"context"
	"iter"
	"slices"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/records"
)

// together is how many parts one transaction takes at most, where they are written
// as they were planned: a transaction costs as much as some hundred records.
const together = 4

// writing is the second pass: it commits the parts that change something, as one
// run. The last commit ends the run.
type writing struct {
	*importing
	s      *graph.Snapshot // after what was written
	chunk  int             // how many parts are written
	chunks int
	done   int // pieces of the input, of total
	total  int
}

// write commits the parts that change something, and returns the revision of the
// last; s is the snapshot at which the check began. Parts that the check found to
// say nothing new are left out, so an unchanged input writes nothing.
func (im *importing) write(ctx context.Context, s *graph.Snapshot) (graph.Revision, error) {
	w := &writing{importing: im, s: s}
	for _, p := range im.parts {
		if p.changes {
			w.chunks++
			w.total += p.to - p.from
		}
	}
	portions, stop := iter.Pull(ahead(w.next()))
	defer stop()
	p, more := portions()
	var err error
	for err == nil && more {
		switch err = cmp.Or(p.err, ctx.Err()); {
		case err != nil:
		case p.prepared != nil && !w.moved:
			p, more, err = w.asPlanned(ctx, p, portions)
		default:
			err = w.again(ctx, p)
			p, more = portions()
		}
	}
	if err != nil {
		return w.s.Revision(), err
	}
	if w.chunks > 0 {
		return w.s.Revision(), nil
	}
	return im.close(ctx, w.s.Revision())
}

// next gives the parts in their order, prepared where the check kept their plan.
func (w *writing) next() func() (portion, bool) {
	left, prepared, tip := w.parts, 0, w.s
	return func() (portion, bool) {
		for ; len(left) > 0; left = left[1:] {
			if p := left[0]; p.changes {
				left = left[1:]
				prepared++
				if p.plan == nil {
					return w.reread(p), true
				}
				out := portion{part: p}
				if out.prepared, out.err = w.ledger.Prepare(w.of(w.run(prepared-1)), p.plan, tip); out.err == nil {
					tip = out.prepared.Snapshot()
				}
				return out, true
			}
		}
		return portion{}, false
	}
}

func (w *writing) run(chunk int) *graph.Run {
	return &graph.Run{Hash: w.hash, Source: w.meta.Source, Chunk: chunk, Chunks: w.chunks}
}

// asPlanned writes p and those prepared ones that follow, as they were planned, some in
// one transaction, where nobody else has written since the check; else what is not
// written is checked again. It returns the portion that comes next, if there is one.
func (w *writing) asPlanned(ctx context.Context, p portion, portions func() (portion, bool)) (next portion, more bool, err error) {
	next, more = p, true
	planned := func() bool { return more && next.err == nil && next.prepared != nil }
	var line [][]portion // of groups that are not written
	w.moved, err = w.ledger.CommitPrepared(ctx, func(yield func([]*records.Prepared) bool) {
		for planned() {
			var group []portion
			var prepared []*records.Prepared
			for len(group) < together && planned() {
				group, prepared = append(group, next), append(prepared, next.prepared)
				next, more = portions()
			}
			if line = append(line, group); !yield(prepared) {
				return
			}
		}
	}, func() {
		for _, p := range line[0] {
			w.written(p, p.prepared.Snapshot())
		}
		line = line[1:]
	})
	for _, group := range line {
		for _, p := range group {
			if err == nil {
				err = w.again(ctx, p)
			}
		}
	}
	return next, more, err
}

// again commits one part after a check at the head.
func (w *writing) again(ctx context.Context, p portion) error {
	if p.prepared != nil {
		if p = w.reread(p.part); p.err != nil {
			return p.err
		}
	}
	locate(p.steps, w.s)
	b := w.batch(p.steps)
	b.Run = w.run(w.chunk)
	r, err := w.ledger.Commit(ctx, b)
	if err != nil {
		return w.stopped(err, p.steps, b.Run.Chunk, b.Run.Chunks)
	}
	w.written(p, r.Snapshot)
	return nil
}

func (w *writing) written(p portion, s *graph.Snapshot) {
	if s.Revision() > w.s.Revision() {
		w.rep.summary.Commits++
	}
	w.s = s
	w.chunk++
	w.done += p.to - p.from
	w.rep.progress("write", w.done, w.total)
}

// of is the author, source and message of one part of a run.
func (im *importing) of(run *graph.Run) graph.Batch {
	b := im.meta
	b.Run = run
	return b
}

// close ends a run that was killed after somebody else had completed it.
func (im *importing) close(ctx context.Context, at graph.Revision) (graph.Revision, error) {
	head, err := im.ledger.Store().Head(ctx)
	if err != nil || !slices.ContainsFunc(head.OpenRuns, func(r graph.Run) bool { return r.Hash == im.hash }) {
		return at, err
	}
	b := im.meta
	b.Run = &graph.Run{Hash: im.hash, Source: im.meta.Source, Chunk: 0, Chunks: 1}
	r, err := im.ledger.Commit(ctx, b)
	if err != nil {
		return at, err
	}
	im.rep.summary.Commits++
	return r.Revision, nil
}

// reread reads a part for the second time.
func (im *importing) reread(was part) portion {
	p := im.read(was.phase, was.from)
	if p.err == nil && (len(p.bad) > 0 || p.to != was.to) {
		p.err = graph.Errorf(graph.Unavailable, "the input changed while it was read").WithHint("run it again")
	}
	switch {
	case p.phase == definitions:
		p.steps = inOrder(p.steps, im.cat)
	case p.phase == relations && len(im.stubs) > 0:
		p.steps = im.withStubs(p.steps, func(graph.Ref, step) bool { return false })
	}
	return p
}

// stopped tells where the rules refused a part after all: somebody wrote since the
// check.
func (im *importing) stopped(err error, steps []step, chunk, chunks int) error {
	e := graph.AsError(err)
	if e.Op < 0 || e.Op >= len(steps) {
		return err
	}
	im.rep.refuse(int(steps[e.Op].line), e)
	out := graph.Errorf(e.Kind, "line %d is refused, though it passed the check: somebody else wrote meanwhile (%s)", steps[e.Op].line, e.Message)
	out.By, out.Existing, out.Current = e.By, e.Existing, e.Current
	return out.WithHint("%d of %d parts are written and stand; look at the line, then run the import again to complete it", chunk, chunks).Because(err)
}
