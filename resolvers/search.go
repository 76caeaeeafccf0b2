package resolvers

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// search finds CIs by a part of their ref.
type search struct{}

// maxSearch bounds what is looked for.
const maxSearch = 200

func (search) Search(ctx context.Context, text string, kinds []string, first *int, after *string) (*gql.SearchConnection, error) {
	n, err := size(first)
	if err != nil {
		return nil, err
	}
	text = norm.NFC.String(strings.TrimSpace(text))
	if text == "" || len(text) > maxSearch {
		return nil, graph.Errorf(graph.Invalid, "the text to look for has %d bytes", len(text)).WithHint("give 1 to %d", maxSearch)
	}
	r := readingOf(ctx)
	s := r.at()
	if _, err := expandClasses(s.Catalogue(), kinds); err != nil {
		return nil, err
	}
	found := s.Search(text, kinds...)
	if !r.veil.none() {
		found = slices.DeleteFunc(found, func(m graph.Match) bool { return !r.veil.names(s, m.ID) })
	}
	from, err := afterMatch(s, found, after)
	if err != nil {
		return nil, err
	}
	return searchPage(ctx, r, found, from, min(len(found), from+n))
}

func searchPage(ctx context.Context, r *reading, found []graph.Match, from, to int) (*gql.SearchConnection, error) {
	total := len(found)
	out := &gql.SearchConnection{TotalCount: &total, Edges: []*gql.SearchEdge{}, Nodes: []*gql.SearchHit{}}
	var cis []*view.CI
	cursors := []string{}
	for _, m := range found[from:to] {
		c := r.ci(m.ID)
		hit := &gql.SearchHit{Ref: c.Ref(), Kind: c.Class(), Match: m.Kind.String(), Node: c}
		cursors = append(cursors, view.EncodeCursor("search", strconv.Itoa(int(m.Kind)), hit.Ref))
		cis, out.Nodes = append(cis, c), append(out.Nodes, hit)
		out.Edges = append(out.Edges, &gql.SearchEdge{Cursor: cursors[len(cursors)-1], Node: hit})
	}
	info := view.PageOf(to < total, cursors...)
	out.PageInfo = &info
	return out, prefetch(ctx, cis...)
}

// afterMatch is where a list of matches goes on.
func afterMatch(s *graph.Snapshot, found []graph.Match, after *string) (int, error) {
	if after == nil {
		return 0, nil
	}
	parts, err := view.DecodeCursor("search", *after)
	if err != nil || len(parts) != 2 {
		return 0, view.BadCursor()
	}
	kind, notInt := strconv.Atoi(parts[0])
	ref, err := graph.ParseRef(parts[1])
	if notInt != nil || err != nil {
		return 0, view.BadCursor()
	}
	at := 0
	for at < len(found) && (int(found[at].Kind) < kind || int(found[at].Kind) == kind && s.Ref(found[at].ID).Compare(ref) <= 0) {
		at++
	}
	return at, nil
}
