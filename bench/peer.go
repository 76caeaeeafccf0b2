package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // the peer

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/graph/graphtest"
)

// reverse is the question as a database is asked it: plain reach, because the
// redundancy rules cannot be said in one query.
const reverse = `WITH RECURSIVE hit(n) AS (VALUES(?) UNION SELECT consumer FROM relation JOIN hit ON provider = n)
SELECT count(*) - 1 FROM hit`

// peerRows: the worst source, plain reach on both sides.
func peerRows(ctx context.Context, z sizes) ([]row, error) {
	e := graphtest.Estate{Seed: 1, CIs: z.peer}
	s, err := e.Build()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "faultline-bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	db, err := sql.Open("sqlite", filepath.Join(dir, "peer.db"))
	if err != nil {
		return nil, err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if err := load(ctx, db, s); err != nil {
		return nil, err
	}
	worst := e.Worst()
	var theirs int
	ask := func() error { return db.QueryRowContext(ctx, reverse, int64(worst)).Scan(&theirs) }
	slow, err := best(2, ask)
	if err != nil {
		return nil, err
	}
	ours := s.ReachCount(worst, graph.Consumers)
	if ours != theirs {
		return nil, fmt.Errorf("SQLite reaches %d CIs, the graph %d", theirs, ours)
	}
	fast, _ := best(20, func() error { s.ReachCount(worst, graph.Consumers); return nil })
	ratio := float64(slow) / float64(fast)
	return []row{{"impact/sqlite", fmt.Sprintf("recursive CTE %s, %d of %d CIs", show(slow), theirs, s.Len()),
		fmt.Sprintf("%s, %.0fx faster", show(fast), ratio), ">= 100x", verdict(ratio >= 100)}}, nil
}

// load puts the relations that carry impact into a table without row ids, sorted
// by provider: the layout in which the recursive query is fastest.
func load(ctx context.Context, db *sql.DB, s *graph.Snapshot) error {
	if _, err := db.ExecContext(ctx, `CREATE TABLE relation (provider INTEGER, consumer INTEGER, PRIMARY KEY (provider, consumer)) WITHOUT ROWID`); err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	put, err := tx.PrepareContext(ctx, `INSERT OR IGNORE INTO relation VALUES (?, ?)`)
	if err != nil {
		return err
	}
	defer put.Close()
	for id := range s.Nodes() {
		for _, l := range s.Links(id, graph.Consumers) {
			if l.Transfer == graph.None {
				continue // Reach follows no relation that carries nothing
			}
			if _, err := put.ExecContext(ctx, int64(l.To), int64(l.From)); err != nil {
				return err
			}
		}
	}
	return tx.Commit()
}

func show(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }
