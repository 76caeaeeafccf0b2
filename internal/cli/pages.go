package cli

// pageSize is the most that the API gives at once.
const pageSize = 1000

// pageInfo says where a page stands.
type pageInfo struct {
	HasNextPage bool    `json:"hasNextPage"`
	EndCursor   *string `json:"endCursor"`
}

// page is one page of a connection.
type page[T any] struct {
	Nodes      []T      `json:"nodes"`
	TotalCount *int     `json:"totalCount"`
	PageInfo   pageInfo `json:"pageInfo"`
}

// validLimit refuses what is no number of rows.
func validLimit(limit int) error {
	if limit < 0 {
		return usagef("--limit is %d", limit).hinted("0 lists all")
	}
	return nil
}

// follow reads page after page, at most limit rows where limit is not 0, and
// hands each on. more says whether rows were left out.
func follow[T any](limit int, fetch func(first int, after *string) (page[T], error), each func([]T) error) (more bool, err error) {
	var after *string
	for got := 0; ; {
		first := pageSize
		if limit > 0 {
			first = min(first, limit-got)
		}
		p, err := fetch(first, after)
		if err != nil {
			return false, err
		}
		if err := each(p.Nodes); err != nil {
			return false, err
		}
		got += len(p.Nodes)
		if !p.PageInfo.HasNextPage || p.PageInfo.EndCursor == nil {
			return false, nil
		}
		if limit > 0 && got >= limit {
			return true, nil
		}
		after = p.PageInfo.EndCursor
	}
}

// followAll collects what follow reads.
func followAll[T any](limit int, fetch func(first int, after *string) (page[T], error)) (all []T, more bool, err error) {
	all = []T{}
	more, err = follow(limit, fetch, func(rows []T) error {
		all = append(all, rows...)
		return nil
	})
	return all, more, err
}
