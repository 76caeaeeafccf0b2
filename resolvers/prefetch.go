package resolvers

import (
	"context"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// maxRows bounds the CIs of one level of an answer: pages within pages multiply.
const maxRows = 20_000

// ciTypes are the types that a CI may be selected as.
var ciTypes = []string{ciType, "Node", "_Entity"}

// prefetch fills the CIs that the field at hand answers with: it looks ahead at
// what is selected of them, fetches all of it at once, then goes on with the CIs
// that they lead to, level by level.
func prefetch(ctx context.Context, cis ...*view.CI) error {
	field := graphql.GetFieldContext(ctx).Field
	sets := []ast.SelectionSet{field.Selections}
	if !slices.Contains(ciTypes, field.Definition.Type.Name()) {
		sets = selectionsOfCIs(field.Selections)
	}
	r := readingOf(ctx)
	l := &level{reading: r, op: graphql.GetOperationContext(ctx)}
	return l.fill(ctx, cis, sets)
}

// selectionsOfCIs finds what is selected of the CIs below a field.
func selectionsOfCIs(set ast.SelectionSet) (out []ast.SelectionSet) {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			switch name := s.Definition.Type.Name(); {
			case slices.Contains(ciTypes, name):
				out = append(out, s.SelectionSet)
			case name != "Query":
				out = append(out, selectionsOfCIs(s.SelectionSet)...)
			}
		case *ast.InlineFragment:
			out = append(out, selectionsOfCIs(s.SelectionSet)...)
		case *ast.FragmentSpread:
			out = append(out, selectionsOfCIs(s.Definition.SelectionSet)...)
		}
	}
	return out
}

// level is the CIs at one depth of an answer.
type level struct {
	reading *reading
	op      *graphql.OperationContext
}

// branch is where a level leads on to.
type branch struct {
	cis  []*view.CI
	sets []ast.SelectionSet
}

func (l *level) fill(ctx context.Context, cis []*view.CI, sets []ast.SelectionSet) error {
	if len(cis) > maxRows {
		return graph.Errorf(graph.LimitExceeded, "the answer has %d CIs at one level; at most %d are allowed", len(cis), maxRows).
			WithHint("ask for smaller pages within pages")
	}
	if len(cis) == 0 {
		return nil
	}
	var wants graph.Wants
	var edges []*view.RelationEdge
	var next []branch
	full := false
	for _, set := range sets {
		for _, f := range graphql.CollectFields(l.op, set, ciTypes) {
			b, found, err := l.expand(f, cis)
			if err != nil {
				return err
			}
			full = full || !slices.Contains(view.SnapshotFields, f.Name)
			edges, next = append(edges, found...), append(next, b)
		}
	}
	if full {
		wants.Nodes = l.missing(cis)
	}
	for _, e := range edges {
		if p := e.Node.Patch; p != nil && p.Relations[e.Link.RelationKey] != nil {
			e.Record = p.Relations[e.Link.RelationKey]
			continue
		}
		wants.Relations = append(wants.Relations, e.Link.RelationKey)
	}
	if err := l.fetch(ctx, wants, cis, edges); err != nil {
		return err
	}
	for _, b := range next {
		if err := l.fill(ctx, b.cis, b.sets); err != nil {
			return err
		}
	}
	return nil
}

// expand fills one selected field of the CIs from the snapshot. It returns the
// CIs that the field leads to, and the edges whose records are needed.
func (l *level) expand(f graphql.CollectedField, cis []*view.CI) (b branch, edges []*view.RelationEdge, err error) {
	b.sets = selectionsOfCIs(f.Selections)
	switch f.Name {
	case "requirements":
		for _, c := range cis {
			if c.Groups == nil {
				c.FindGroups()
			}
			for _, g := range c.Groups {
				b.cis = append(append(b.cis, g.Providers...), g.Targets...)
			}
		}
	case "relations":
		args, err := relationsArgs(f.ArgumentMap(l.op.Variables))
		if err != nil {
			return b, nil, err
		}
		args.Now = l.reading.now()
		recorded := selects(f.Selections, view.RecordFields)
		for _, c := range cis {
			page, err := expandRelations(c, args)
			if err != nil {
				return b, nil, err
			}
			for _, e := range page.Edges {
				b.cis = append(b.cis, e.Node)
				if recorded {
					edges = append(edges, e)
				}
			}
			if len(b.cis) > maxRows {
				return b, edges, nil // the next level refuses it
			}
		}
	}
	return b, edges, nil
}

func expandRelations(c *view.CI, args view.RelationsArgs) (*view.Relations, error) {
	key := args.Key()
	if page, ok := c.Expanded[key]; ok {
		return page, nil
	}
	page, err := c.PageOfRelations(args)
	if err != nil {
		return nil, err
	}
	if c.Expanded == nil {
		c.Expanded = map[string]*view.Relations{}
	}
	c.Expanded[key] = page
	return page, nil
}

// selects says whether one of the fields is selected of a relation's edge.
func selects(set ast.SelectionSet, fields []string) bool {
	return slices.ContainsFunc(set, func(s ast.Selection) bool {
		switch s := s.(type) {
		case *ast.Field:
			if s.ObjectDefinition.Name == "RelationEdge" {
				return slices.Contains(fields, s.Name)
			}
			return s.Definition.Type.Name() == "RelationEdge" && selects(s.SelectionSet, fields)
		case *ast.InlineFragment:
			return selects(s.SelectionSet, fields)
		case *ast.FragmentSpread:
			return selects(s.Definition.SelectionSet, fields)
		}
		return false
	})
}

// missing are the CIs whose records the request does not have yet.
func (l *level) missing(cis []*view.CI) (ids []graph.ID) {
	l.reading.mu.Lock()
	defer l.reading.mu.Unlock()
	asked := map[graph.ID]bool{}
	for _, c := range cis {
		if _, have := l.reading.records[c.Number]; c.Record == nil && !have && !asked[c.Number] {
			asked[c.Number] = true
			ids = append(ids, c.Number)
		}
	}
	return ids
}

// fetch reads what is wanted in one call and hands it out.
func (l *level) fetch(ctx context.Context, w graph.Wants, cis []*view.CI, edges []*view.RelationEdge) error {
	r := l.reading
	var recs graph.Records
	if len(w.Nodes)+len(w.Relations) > 0 {
		var err error
		if recs, err = r.fetch(ctx, w); err != nil {
			return err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, n := range recs.Nodes {
		r.records[id] = n
	}
	for _, id := range w.Nodes {
		if r.records[id] == nil {
			return r.vanished("CI", id)
		}
	}
	for _, c := range cis {
		if n := r.records[c.Number]; n != nil && c.Record == nil {
			c.Record = n
		}
	}
	for _, e := range edges {
		if e.Record == nil {
			e.Record = recs.Relations[e.Link.RelationKey]
		}
		if e.Record == nil {
			return r.vanished("relation of CI", e.Link.From)
		}
	}
	return nil
}

// vanished refuses an answer one of whose records is gone from the store: it was
// removed since the snapshot. The request begins again at the next revision.
func (r *reading) vanished(what string, id graph.ID) error {
	if !r.past && !r.written {
		r.behind = max(r.behind, r.snapshot.Revision()+1)
	}
	return graph.Errorf(graph.NotFound, "the %s %d is gone since", what, id).WithHint("ask again")
}

// prefetchRecords fetches the records of CIs that a field outside them needs.
func prefetchRecords(ctx context.Context, cis []*view.CI) error {
	l := &level{reading: readingOf(ctx)}
	return l.fetch(ctx, graph.Wants{Nodes: l.missing(cis)}, cis, nil)
}
