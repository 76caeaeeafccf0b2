package population

import (
	"cmp"
	"context"
	"slices"

	"github.com/faultline-itsm/faultline/graph"
)

// write commits the parts that change something, as one run, and returns the
// revision of the last; s is the snapshot at which the check began. Parts that the
// check found to say nothing new are left out, so an unchanged input writes nothing;
// the last commit ends the run.
func (im *importing) write(ctx context.Context, s *graph.Snapshot) (graph.Revision, error) {
	at := s.Revision()
	chunks, total := 0, 0
	for _, p := range im.parts {
		if p.changes {
			chunks++
			total += p.to - p.from
		}
	}
	run := func(chunk int) *graph.Run {
		return &graph.Run{Hash: im.hash, Source: im.meta.Source, Chunk: chunk, Chunks: chunks}
	}
	left, done, chunk, prepared, tip := im.parts, 0, 0, 0, s
	next := func() (portion, bool) {
		for ; len(left) > 0; left = left[1:] {
			if p := left[0]; p.changes {
				left = left[1:]
				prepared++
				if p.plan == nil {
					return im.again(p), true
				}
				out := portion{part: p}
				if out.prepared, out.err = im.ledger.Prepare(im.of(run(prepared-1)), p.plan, tip); out.err == nil {
					tip = out.prepared.Snapshot()
				}
				return out, true
			}
		}
		return portion{}, false
	}
	err := ahead(next, func(p portion) error {
		if err := cmp.Or(p.err, ctx.Err()); err != nil {
			return err
		}
		r, err := im.commit(ctx, p, s, run(chunk))
		if err != nil {
			return err
		}
		if r.Revision() > at {
			im.rep.summary.Commits++
		}
		at, s = r.Revision(), r
		chunk++
		done += p.to - p.from
		im.rep.progress("write", done, total)
		return nil
	})
	if err != nil {
		return at, err
	}
	if chunks > 0 {
		return at, nil
	}
	return im.close(ctx, at)
}

// commit writes one part: as it was planned, where nobody else has written since the
// check; else this and all that follow are checked again. s is the snapshot after
// the part before.
func (im *importing) commit(ctx context.Context, p portion, s *graph.Snapshot, run *graph.Run) (*graph.Snapshot, error) {
	if p.prepared != nil && !im.moved {
		var err error
		if im.moved, err = im.ledger.CommitPrepared(ctx, p.prepared); !im.moved {
			return p.prepared.Snapshot(), err
		}
	}
	if p.prepared != nil {
		if p = im.again(p.part); p.err != nil {
			return nil, p.err
		}
	}
	locate(p.steps, s)
	b := im.batch(p.steps)
	b.Run = run
	r, err := im.ledger.Commit(ctx, b)
	if err != nil {
		return nil, im.stopped(err, p.steps, run.Chunk, run.Chunks)
	}
	return r.Snapshot, nil
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

// again reads a part for the second time.
func (im *importing) again(was part) portion {
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
