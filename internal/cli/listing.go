package cli

// listing is how rows of one kind are printed as table, wide, csv and ndjson.
type listing[T any] struct {
	columns []column
	heads   []string // of CSV; the cells are the same
	cells   func(T) []string
}

func (l listing[T]) print(a *app, rows []T) error {
	switch a.flags.output {
	case asNDJSON:
		for _, r := range rows {
			if err := a.printLine(r); err != nil {
				return err
			}
		}
		return nil
	case asCSV:
		s, err := a.sheet(l.heads...)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if err := s.row(l.cells(r)...); err != nil {
				return err
			}
		}
		return s.end()
	}
	if len(rows) == 0 {
		return nil
	}
	out := make([][]cell, len(rows))
	for i, r := range rows {
		out[i] = plain(l.cells(r)...)[:len(l.columns)]
	}
	return grid{look: a.look, columns: l.columns, full: a.flags.output == asWide}.print(a.out, out)
}
