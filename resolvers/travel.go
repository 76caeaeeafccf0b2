package resolvers

import (
	"context"
	"slices"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// Time travel: one answer is of one revision, so a request names one point in time.
// It is read ahead of the resolvers, which then find the graph as it was.

// points are what the root fields of a request say of time.
type points struct{ asOf, knownAt any }

// travel moves a request to the point in time that it names.
func (a *API) travel(ctx context.Context, q Request, r *reading) error {
	ad, _ := ctx.Value(admittedKey{}).(admitted)
	if ad.doc == nil {
		return nil
	}
	op := ad.doc.Operations.ForName(q.OperationName)
	if op == nil || op.Operation != ast.Query {
		return nil
	}
	said, err := pointsOf(op.SelectionSet, q.Variables)
	if err != nil || said == (points{}) {
		return err
	}
	known, at, err := a.resolvePoints(ctx, said, r)
	if err != nil {
		return err
	}
	r.clock = at
	if known == r.snapshot.Revision() {
		return nil
	}
	m, err := a.history.At(ctx, known)
	if err != nil {
		return err
	}
	r.moment, r.snapshot, r.past = m, m.Snapshot, true
	return nil
}

// pointsOf is what all root fields say of time: the same, or nothing.
func pointsOf(set ast.SelectionSet, vars map[string]any) (points, error) {
	var all []points
	var read func(set ast.SelectionSet) error
	read = func(set ast.SelectionSet) error {
		for _, s := range set {
			switch x := s.(type) {
			case *ast.Field:
				if x.Definition == nil || x.Name == "__typename" || x.Name == "__schema" || x.Name == "__type" {
					continue
				}
				var p points
				for name, to := range map[string]*any{"asOf": &p.asOf, "knownAt": &p.knownAt} {
					if arg := x.Arguments.ForName(name); arg != nil {
						v, err := arg.Value.Value(vars)
						if err != nil {
							return graph.Errorf(graph.Invalid, "%s cannot be read", name).Because(err)
						}
						if *to, err = pointOf(v); err != nil {
							return err
						}
					}
				}
				all = append(all, p)
			case *ast.InlineFragment:
				if err := read(x.SelectionSet); err != nil {
					return err
				}
			case *ast.FragmentSpread:
				if err := read(x.Definition.SelectionSet); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if err := read(set); err != nil || len(all) == 0 {
		return points{}, err
	}
	if slices.ContainsFunc(all, func(p points) bool { return p != all[0] }) {
		return points{}, graph.Errorf(graph.Invalid, "the fields of the request name different points in time").
			WithHint("one answer is of one revision: ask for each point in a request of its own")
	}
	return all[0], nil
}

// pointOf is a point in time in a form that can be compared: a graph.Revision, a
// time.Time or the name of a baseline.
func pointOf(v any) (any, error) {
	m, ok := v.(map[string]any)
	if !ok {
		return nil, nil // null
	}
	var out any
	given := 0
	for name, x := range m {
		if x == nil {
			continue
		}
		given++
		var err error
		switch name {
		case "revision":
			out, err = view.UnmarshalRevision(x)
		case "time":
			var t time.Time
			if t, err = view.UnmarshalTime(x); err == nil {
				out = t.UTC()
			}
		case "baseline":
			out, ok = x.(string)
			if !ok {
				err = graph.Errorf(graph.Invalid, "the name of a baseline is a text")
			}
		}
		if err != nil {
			return nil, err
		}
	}
	if given != 1 {
		return nil, graph.Errorf(graph.Invalid, "a point in time is named in %d ways", given).WithHint("give exactly one of revision, time and baseline")
	}
	return out, nil
}

// resolvePoints is the revision to read, and the instant that is asked about.
func (a *API) resolvePoints(ctx context.Context, said points, r *reading) (known graph.Revision, at time.Time, err error) {
	now := a.Clock()
	if said.asOf != nil {
		if known, at, err = a.point(ctx, said.asOf, now, r.snapshot); err != nil {
			return 0, at, inArgument("asOf", err)
		}
	}
	if said.knownAt != nil {
		if known, _, err = a.point(ctx, said.knownAt, now, r.snapshot); err != nil {
			return 0, at, inArgument("knownAt", err)
		}
	}
	return known, at, nil
}

func inArgument(name string, err error) error { return graph.AsError(err).At(-1, name) }

// point is the revision and the instant of a point in time.
func (a *API) point(ctx context.Context, p any, now time.Time, s *graph.Snapshot) (graph.Revision, time.Time, error) {
	switch p := p.(type) {
	case time.Time:
		at, err := a.history.RevisionAt(ctx, p, now)
		return at, p, err
	case string:
		b, err := a.baseline(ctx, p, s)
		if err != nil {
			return 0, now, err
		}
		return a.point(ctx, b.Revision, now, s)
	}
	at := p.(graph.Revision)
	if at > s.Revision() {
		return 0, now, graph.Errorf(graph.NotFound, "revision %d is in the future: the newest is %d", at, s.Revision()).WithHint("ask as of a revision that is there")
	}
	if at == 0 {
		return 0, now, graph.Errorf(graph.NotFound, "before revision 1 there was nothing").WithHint("ask as of revision 1 or a later one")
	}
	entries, err := a.Ledger.Store().Entries(ctx, at-1, 1)
	if err != nil || len(entries) == 0 {
		return 0, now, err
	}
	return at, entries[0].At, nil
}

// revisionOf is the revision that an input of a point in time names.
func (a *API) revisionOf(ctx context.Context, in gql.PointInTime, s *graph.Snapshot) (at graph.Revision, err error) {
	switch {
	case in.Revision != nil:
		at, _, err = a.point(ctx, *in.Revision, a.Clock(), s)
	case in.Time != nil:
		at, _, err = a.point(ctx, in.Time.UTC(), a.Clock(), s)
	case in.Baseline != nil:
		at, _, err = a.point(ctx, *in.Baseline, a.Clock(), s)
	default:
		err = graph.Errorf(graph.Invalid, "a point in time is named in 0 ways").WithHint("give exactly one of revision, time and baseline")
	}
	return at, err
}
