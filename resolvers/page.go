package resolvers

import "github.com/faultline-itsm/faultline/graph"

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
