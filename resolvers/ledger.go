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

// entries answers what an entry of the feed changed.
type entries struct{ *API }

func (l ledger) Revisions(ctx context.Context, after *graph.Revision, first *int, newestFirst bool, of *gql.CIRef) (*gql.RevisionConnection, error) {
	n, err := size(first)
	if err != nil {
		return nil, err
	}
	r := readingOf(ctx)
	f := &feed{store: l.Ledger.Store(), at: r.at().Revision(), newestFirst: newestFirst}
	if of != nil {
		if f.of, err = r.mustLookup(ctx, r.at(), of); err != nil {
			return nil, err
		}
	}
	if f.of == 0 || !r.veil.reads(r.at(), f.of) {
		if err := r.veil.whole("the ledger"); err != nil {
			return nil, err
		}
	}
	entries, more, err := f.page(ctx, after, n)
	if err != nil {
		return nil, err
	}
	return revisionPage(ctx, r, f, entries, more)
}

func revisionPage(ctx context.Context, r *reading, f *feed, entries []graph.Entry, more bool) (*gql.RevisionConnection, error) {
	out := &gql.RevisionConnection{Edges: []*gql.RevisionEdge{}, Nodes: []*view.LedgerEntry{}}
	if total := int(f.at); f.of == 0 {
		out.TotalCount = &total
	}
	cursors := []string{}
	for i := range entries {
		e := &view.LedgerEntry{Entry: &entries[i], Snapshot: r.at(), Takes: f.takes()}
		cursors = append(cursors, strconv.FormatUint(uint64(e.Revision()), 10))
		out.Nodes = append(out.Nodes, e)
		out.Edges = append(out.Edges, &gql.RevisionEdge{Cursor: e.Revision(), Node: e})
	}
	info := view.PageOf(more, cursors...)
	out.PageInfo = &info
	return out, expandChanges(ctx, out.Nodes)
}

// ledgerTypes are the types on the way to an entry, for fragments on them.
var ledgerTypes = []string{"RevisionConnection", "RevisionEdge", "LedgerEntry", "LedgerEvent"}

// expandChanges makes the changes that are selected of a page of entries, and
// fetches their CIs at once.
func expandChanges(ctx context.Context, entries []*view.LedgerEntry) error {
	op := graphql.GetOperationContext(ctx)
	var cis []*view.CI
	var expand func(fields []graphql.CollectedField) error
	expand = func(fields []graphql.CollectedField) error {
		for _, f := range fields {
			if f.ObjectDefinition.Name != "LedgerEntry" {
				if err := expand(graphql.CollectFields(op, f.Selections, ledgerTypes)); err != nil {
					return err
				}
				continue
			}
			if f.Name != "changes" {
				continue
			}
			part, err := partArgs(f.ArgumentMap(op.Variables))
			if err != nil {
				return err
			}
			for _, e := range entries {
				for _, c := range e.Expand(part) {
					if c.CI != nil {
						cis = append(cis, c.CI)
					}
				}
			}
		}
		return nil
	}
	if err := expand(graphql.CollectFieldsCtx(ctx, ledgerTypes)); err != nil {
		return err
	}
	return prefetch(ctx, cis...)
}

func partArgs(raw map[string]any) (view.Part, error) {
	first, err := number(raw["first"])
	if err != nil {
		return view.Part{}, err
	}
	skip, err := number(raw["skip"])
	if err != nil {
		return view.Part{}, err
	}
	return part(first, value(skip))
}

func part(first *int, skip int) (p view.Part, err error) {
	if skip < 0 {
		return p, graph.Errorf(graph.Invalid, "skip is %d", skip).WithHint("0 begins at the start")
	}
	p.Skip = skip
	p.First, err = size(first)
	return p, err
}

// Changes are the ones that were expanded with the page.
func (entries) Changes(_ context.Context, e *view.LedgerEntry, first *int, skip int) ([]*view.LedgerChange, error) {
	p, err := part(first, skip)
	if err != nil {
		return nil, err
	}
	return e.Expand(p), nil
}
