package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/graph/graphtest"
	"github.com/faultline-itsm/faultline/internal/projection"
	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/internal/store/sqlite"
)

// chunk is how many records a commit of an import holds.
const chunk = 5000

// entries seals the estate in commits of a chunk each: what an import comes down
// to, without parsing and without rules.
func entries(e graphtest.Estate) (sealed []*graph.Entry, n int, err error) {
	head := graph.Head{}
	var changes []graph.Change
	flush := func() {
		if len(changes) == 0 {
			return
		}
		entry, next := graph.Seal(graph.Entry{At: time.Unix(1, 0).UTC(), Source: "estate", Changes: changes}, head)
		sealed, head, changes = append(sealed, &entry), next, nil
	}
	err = e.Changes(func(c graph.Change) error {
		n++
		if changes = append(changes, c); len(changes) == chunk {
			flush()
		}
		return nil
	})
	flush()
	return sealed, n, err
}

// fill writes sealed entries into a new store.
func fill(ctx context.Context, path string, sealed []*graph.Entry) (err error) {
	st, err := sqlite.Open(ctx, path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	for _, e := range sealed {
		if _, err := st.Commit(ctx, func(context.Context, store.Reader) (store.Outcome, error) { return store.Write(e), nil }); err != nil {
			return err
		}
	}
	return nil
}

// estateFile is a closed SQLite file that holds an estate, with the number of its
// records; remove takes it away.
func estateFile(ctx context.Context, e graphtest.Estate) (path string, records int, remove func(), err error) {
	dir, err := os.MkdirTemp("", "faultline-bench")
	if err != nil {
		return "", 0, nil, err
	}
	remove = func() { os.RemoveAll(dir) }
	path = filepath.Join(dir, "estate.db")
	sealed, records, err := entries(e)
	if err == nil {
		err = fill(ctx, path, sealed)
	}
	if err != nil {
		remove()
		return "", 0, nil, err
	}
	return path, records, remove, nil
}

// coldRows: from a closed file to the first answer.
func coldRows(ctx context.Context, z sizes) ([]row, error) {
	e := graphtest.Estate{Seed: 1, CIs: z.cis}
	path, n, remove, err := estateFile(ctx, e)
	if err != nil {
		return nil, err
	}
	defer remove()
	start := time.Now()
	st, err := sqlite.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	defer st.Close()
	p, err := projection.Open(ctx, st, projection.Options{})
	if err != nil {
		return nil, err
	}
	defer p.Close()
	reached := p.Snapshot().ReachCount(e.Worst(), graph.Consumers)
	took := time.Since(start)
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	return []row{{"start/cold", fmt.Sprintf("%d records in %d MB, to the first answer (%d CIs)", n, info.Size()>>20, reached),
		fmt.Sprintf("%.1f s", took.Seconds()), "printed", ""}}, nil
}
