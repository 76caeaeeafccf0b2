package population

import (
	"context"
	"slices"

	"github.com/faultline-itsm/faultline/graph"
)

// write commits the parts that change something, as one run, and returns the
// revision of the last. Parts that the check found to say nothing new are left out,
// so an unchanged input writes nothing; the last commit ends the run.
func (im *importing) write(ctx context.Context, at graph.Revision) (graph.Revision, error) {
	chunks := 0
	for _, p := range im.parts {
		if p.changes {
			chunks++
		}
	}
	done, chunk := 0, 0
	for _, p := range im.parts {
		done += p.to - p.from
		if !p.changes {
			continue
		}
		if err := ctx.Err(); err != nil {
			return at, err
		}
		b, steps, err := im.again(p)
		if err != nil {
			return at, err
		}
		b.Run = &graph.Run{Hash: im.hash, Source: im.meta.Source, Chunk: chunk, Chunks: chunks}
		r, err := im.ledger.Commit(ctx, b)
		if err != nil {
			return at, im.stopped(err, steps, chunk, chunks)
		}
		if r.Revision > at {
			im.rep.summary.Commits++
		}
		at = r.Revision
		chunk++
		im.rep.progress("write", done, im.in.all())
	}
	if chunks > 0 {
		im.rep.progress("write", done, im.in.all())
		return at, nil
	}
	return im.close(ctx, at)
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
func (im *importing) again(p part) (graph.Batch, []step, error) {
	var changed error
	steps, to, err := im.read(p.phase, p.from, func(line int32, err error) { changed = err })
	if err == nil && (changed != nil || to != p.to) {
		err = graph.Errorf(graph.Unavailable, "the input changed while it was read").WithHint("run it again").Because(changed)
	}
	if p.phase == definitions {
		steps = inOrder(steps, im.cat)
	}
	if p.phase == relations && len(im.stubs) > 0 {
		steps = im.withStubs(steps, func(graph.Ref, step) bool { return false })
	}
	return im.batch(steps), steps, err
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
