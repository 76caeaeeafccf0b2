package resolvers

import (
	"context"
	"strconv"

	"github.com/99designs/gqlgen/graphql"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// ledger answers with the feed.
type ledger struct{ *API }

func (l ledger) Revisions(ctx context.Context, after *graph.Revision, first *int, newestFirst bool) (*gql.RevisionConnection, error) {
	n, err := size(first)
	if err != nil {
		return nil, err
	}
	r := readingOf(ctx)
	s := r.at()
	entries, more, err := l.entries(ctx, s.Revision(), after, n, newestFirst)
	if err != nil {
		return nil, err
	}
	total := int(s.Revision())
	out := &gql.RevisionConnection{TotalCount: &total, Edges: []*gql.RevisionEdge{}, Nodes: []*view.LedgerEntry{}}
	cursors := []string{}
	for i := range entries {
		e := &view.LedgerEntry{Entry: &entries[i], Snapshot: s}
		cursors = append(cursors, strconv.FormatUint(uint64(e.Revision()), 10))
		out.Nodes = append(out.Nodes, e)
		out.Edges = append(out.Edges, &gql.RevisionEdge{Cursor: e.Revision(), Node: e})
	}
	info := view.PageOf(more, cursors...)
	out.PageInfo = &info
	return out, expandChanges(ctx, out.Nodes)
}

// entries reads a page of the ledger up to the request's revision: what came
// later is not part of this answer.
func (l ledger) entries(ctx context.Context, at graph.Revision, after *graph.Revision, n int, newestFirst bool) (page []graph.Entry, more bool, err error) {
	if newestFirst {
		before := at + 1
		if after != nil {
			before = min(before, *after)
		}
		if before <= 1 {
			return nil, false, nil
		}
		page, err = l.Ledger.Store().Entries(ctx, before, -n)
		return page, err == nil && len(page) > 0 && page[len(page)-1].Revision > 1, err
	}
	from := graph.Revision(0)
	if after != nil {
		from = *after
	}
	if from >= at {
		return nil, false, nil
	}
	page, err = l.Ledger.Store().Entries(ctx, from, min(n, int(at-from)))
	return page, err == nil && len(page) > 0 && page[len(page)-1].Revision < at, err
}

// expandChanges makes the changes that are selected of a page of entries, and
// fetches their CIs at once.
func expandChanges(ctx context.Context, entries []*view.LedgerEntry) error {
	op := graphql.GetOperationContext(ctx)
	var cis []*view.CI
	var expand func(fields []graphql.CollectedField) error
	expand = func(fields []graphql.CollectedField) error {
		for _, f := range fields {
			if f.ObjectDefinition.Name != "LedgerEntry" {
				if err := expand(graphql.CollectFields(op, f.Selections, nil)); err != nil {
					return err
				}
				continue
			}
			if f.Name != "changes" {
				continue
			}
			n, err := changesArg(f.ArgumentMap(op.Variables))
			if err != nil {
				return err
			}
			for _, e := range entries {
				for _, c := range e.Expand(n) {
					if c.CI != nil {
						cis = append(cis, c.CI)
					}
				}
			}
		}
		return nil
	}
	if err := expand(graphql.CollectFieldsCtx(ctx, nil)); err != nil {
		return err
	}
	return prefetch(ctx, cis...)
}

func changesArg(raw map[string]any) (int, error) {
	first, err := number(raw["first"])
	if err != nil {
		return 0, err
	}
	return size(first)
}

// Changes are the ones that were expanded with the page.
func (ledger) Changes(_ context.Context, e *view.LedgerEntry, first *int) ([]*view.LedgerChange, error) {
	n, err := size(first)
	if err != nil {
		return nil, err
	}
	return e.Expand(n), nil
}
