package resolvers

import (
	"slices"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// How long pages are.
const (
	defaultPage = 50
	maxPage     = 1000
)

// size is how many rows a page may have.
func size(first *int) (int, error) {
	switch {
	case first == nil:
		return defaultPage, nil
	case *first < 1:
		return 0, graph.Errorf(graph.Invalid, "first is %d", *first).WithHint("ask for 1 to %d rows", maxPage)
	case *first > maxPage:
		return 0, graph.Errorf(graph.LimitExceeded, "first is %d", *first).WithHint("ask for at most %d rows and follow endCursor", maxPage)
	}
	return *first, nil
}

// known is a page of rows that are all known, in the order of their keys, which differ.
type known[T any] struct {
	rows    []T
	cursors []string
	info    view.PageInfo
}

// knownAfter is the page behind a row, of rows of a kind, whose cursors no other list takes.
func knownAfter[T any](kind string, all []T, key func(T) []string, first *int, after *string) (out known[T], err error) {
	n, err := size(first)
	if err != nil {
		return out, err
	}
	begin := 0
	if after != nil {
		last, err := view.DecodeCursor(kind, *after)
		if err != nil {
			return out, err
		}
		var found bool
		if begin, found = slices.BinarySearchFunc(all, last, func(r T, k []string) int { return slices.Compare(key(r), k) }); found {
			begin++
		}
	}
	end := min(len(all), begin+n)
	out.rows = all[begin:end]
	for _, r := range out.rows {
		out.cursors = append(out.cursors, view.EncodeCursor(kind, key(r)...))
	}
	out.info = view.PageOf(end < len(all), out.cursors...)
	return out, nil
}
