package resolvers

import (
	"context"
	"slices"
	"strconv"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// baselines name revisions and compare them. A baseline is a node of a class of its
// own: no store knows of it.
type baselines struct{ *API }

// maxBaselines bounds how many are listed.
const maxBaselines = 1000

const baselineRevision, baselineDescription = "revision", "description"

func (b baselines) Baselines(ctx context.Context) ([]*view.Baseline, error) {
	page, err := readingOf(ctx).find(ctx, store.Query{Classes: []string{graph.BaselineClass}, Order: []store.Order{{Field: store.Name}}, First: maxBaselines})
	if err != nil {
		return nil, err
	}
	out := []*view.Baseline{}
	for _, n := range page.Nodes {
		v, err := b.shown(ctx, n)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// shown is a baseline with the time of its revision.
func (a *API) shown(ctx context.Context, n *graph.Node) (*view.Baseline, error) {
	values := a.Ledger.Projection().Snapshot().Catalogue().Effective(n)
	out := &view.Baseline{Name: n.Ref.Name, Revision: graph.Revision(values[baselineRevision].Int())}
	if d := values[baselineDescription]; !d.IsZero() {
		text := d.Str()
		out.Description = &text
	}
	entries, err := a.Ledger.Store().Entries(ctx, out.Revision-1, 1)
	if err == nil && len(entries) == 1 {
		out.At = entries[0].At
	}
	return out, err
}

// baseline is the baseline of that name.
func (a *API) baseline(ctx context.Context, name string, s *graph.Snapshot) (*view.Baseline, error) {
	id, ok := s.Lookup(baselineRef(name))
	if !ok {
		return nil, graph.Errorf(graph.NotFound, "no baseline is named %q", graph.Clip(name)).WithHint("baselines lists them")
	}
	recs, err := a.Ledger.Store().Records(ctx, graph.Wants{Nodes: []graph.ID{id}})
	if err != nil {
		return nil, err
	}
	n := recs.Nodes[id]
	if n == nil {
		return nil, graph.Errorf(graph.NotFound, "no baseline is named %q", graph.Clip(name)).WithHint("baselines lists them")
	}
	return a.shown(ctx, n)
}

func baselineRef(name string) graph.Ref {
	return graph.Ref{Class: graph.BaselineClass, Scope: graph.DefaultScope, Name: name}
}

func (b baselines) CreateBaseline(ctx context.Context, in gql.CreateBaselineInput) (*view.Payload, error) {
	return mutate(ctx, b.API, meta{graph.ManualSource, in.Message, gql.BulkModeAtomic, in.IdempotencyKey, in}, []*gql.CreateBaselineInput{&in}, b.create)
}

func (b baselines) create(in *inputs, i *gql.CreateBaselineInput) ([]graph.Operation, error) {
	s := in.reading.at()
	if _, taken := s.Lookup(baselineRef(i.Name)); taken {
		return nil, graph.Errorf(graph.Duplicate, "there is a baseline %q already", graph.Clip(i.Name)).WithHint("choose another name, or remove it first").At(-1, "name")
	}
	at := s.Revision()
	if i.At != nil {
		var err error
		if at, err = b.revisionOf(in.ctx, *i.At, s); err != nil {
			return nil, inArgument("at", err)
		}
	}
	if at == 0 {
		return nil, graph.Errorf(graph.Invalid, "nothing has been committed yet").WithHint("a baseline names a revision; the first one is 1").At(-1, "at")
	}
	values := map[string]graph.Value{baselineRevision: graph.IntValue(int64(at))}
	if i.Description != nil {
		values[baselineDescription] = graph.StringValue(*i.Description)
	}
	return []graph.Operation{graph.PutNode{Node: graph.NodeRef{Ref: baselineRef(i.Name)}, Attributes: values}}, nil
}

func (b baselines) RemoveBaseline(ctx context.Context, in gql.RemoveBaselineInput) (*view.Payload, error) {
	return mutate(ctx, b.API, meta{graph.ManualSource, in.Message, gql.BulkModeAtomic, in.IdempotencyKey, in}, []*gql.RemoveBaselineInput{&in},
		func(in *inputs, i *gql.RemoveBaselineInput) ([]graph.Operation, error) {
			id, ok := in.reading.at().Lookup(baselineRef(i.Name))
			if !ok {
				return nil, graph.Errorf(graph.NotFound, "no baseline is named %q", graph.Clip(i.Name)).WithHint("baselines lists them").At(-1, "name")
			}
			n := graph.NodeRef{ID: id}
			return []graph.Operation{graph.Retire{Node: n}, graph.Purge{Node: n}}, nil
		})
}

func (b baselines) Diff(ctx context.Context, from gql.PointInTime, to *gql.PointInTime, first *int, after *string) (*gql.DifferenceConnection, error) {
	n, err := size(first)
	if err != nil {
		return nil, err
	}
	if err := readingOf(ctx).veil.whole("diff"); err != nil {
		return nil, err
	}
	s := readingOf(ctx).at()
	lo, err := b.revisionOf(ctx, from, s)
	if err != nil {
		return nil, inArgument("from", err)
	}
	hi := s.Revision()
	if to != nil {
		if hi, err = b.revisionOf(ctx, *to, s); err != nil {
			return nil, inArgument("to", err)
		}
	}
	if lo > hi {
		return nil, graph.Errorf(graph.Invalid, "from is revision %d, to is the earlier revision %d", lo, hi).WithHint("exchange them")
	}
	all, words, err := b.differences(ctx, lo, hi)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(d graph.Difference) bool {
		return !readingOf(ctx).veil.takes(s.Catalogue(), &d.Was) || !readingOf(ctx).veil.takes(s.Catalogue(), &d.Is)
	})
	out := &gql.DifferenceConnection{From: lo, To: hi, Edges: []*gql.DifferenceEdge{}, Nodes: []*gql.Difference{}}
	name := []string{strconv.FormatUint(uint64(lo), 10), strconv.FormatUint(uint64(hi), 10)}
	begin := 0
	if after != nil {
		at, err := view.DecodeCursor("diff", *after)
		if err != nil || len(at) != 3 || at[0] != name[0] || at[1] != name[1] {
			return nil, view.BadCursor()
		}
		if begin, err = strconv.Atoi(at[2]); err != nil || begin < 0 {
			return nil, view.BadCursor()
		}
		begin++
	}
	total := len(all)
	out.TotalCount = &total
	var cursors []string
	for k := range all {
		switch words.Became(all[k]) {
		case view.Added:
			out.Added++
		case view.Removed:
			out.Removed++
		default:
			out.Changed++
		}
	}
	for k := min(begin, total); k < min(begin+n, total); k++ {
		v := words.Difference(all[k])
		cursors = append(cursors, view.EncodeCursor("diff", name[0], name[1], strconv.Itoa(k)))
		node := &gql.Difference{Record: v.Record, Change: v.Change, Ref: v.Ref, Name: v.Name, Provider: v.Provider, Text: v.Text, Fields: []*gql.FieldDifference{}}
		for _, f := range all[k].Fields {
			w := &gql.FieldDifference{Field: f.Field}
			if f.Was != "" {
				w.Was = &f.Was
			}
			if f.Is != "" {
				w.Is = &f.Is
			}
			node.Fields = append(node.Fields, w)
		}
		out.Nodes = append(out.Nodes, node)
		out.Edges = append(out.Edges, &gql.DifferenceEdge{Cursor: cursors[len(cursors)-1], Node: node})
	}
	info := view.PageOf(begin+n < total, cursors...)
	out.PageInfo = &info
	return out, nil
}

// differences sums up the ledger between two revisions.
func (a *API) differences(ctx context.Context, lo, hi graph.Revision) ([]graph.Difference, view.Differing, error) {
	d := graph.NewDiffer()
	for at := lo; at < hi; {
		entries, err := a.Ledger.Store().Entries(ctx, at, min(500, int(hi-at)))
		if err != nil {
			return nil, view.Differing{}, err
		}
		if len(entries) == 0 {
			break
		}
		for k := range entries {
			d.Add(entries[k].Changes)
			at = entries[k].Revision
		}
	}
	words := view.Differing{}
	var err error
	if words.Was, err = a.snapshotAt(ctx, lo); err != nil {
		return nil, words, err
	}
	if words.Is, err = a.snapshotAt(ctx, hi); err != nil {
		return nil, words, err
	}
	return d.Differences(words.Was.Catalogue(), words.Is.Catalogue(), words.Ref), words, nil
}

// snapshotAt is the topology at a revision.
func (a *API) snapshotAt(ctx context.Context, at graph.Revision) (*graph.Snapshot, error) {
	if s := a.Ledger.Projection().Snapshot(); s.Revision() == at {
		return s, nil
	}
	m, err := a.history.At(ctx, at)
	if err != nil {
		return nil, err
	}
	return m.Snapshot, nil
}
