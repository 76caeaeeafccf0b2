package sqlite

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
)

func opened(t *testing.T, options ...Option) (*Store, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "faultline.db")
	st, err := Open(context.Background(), path, options...)
	must(t, err)
	t.Cleanup(func() { _ = st.Close() })
	return st, path
}

// add writes n servers with a text each, in one commit.
func add(st store.Store, n int, text string) (graph.Head, error) {
	return st.Commit(context.Background(), func(ctx context.Context, tx store.Reader) (store.Outcome, error) {
		head, err := tx.Head(ctx)
		if err != nil {
			return store.Outcome{}, err
		}
		e := graph.Entry{At: time.Unix(int64(head.Revision), 0).UTC(), Source: "test"}
		for i := range n {
			id := head.LastID + graph.ID(i+1)
			e.Changes = append(e.Changes, graph.Change{Node: &graph.Node{ID: id, Version: 1,
				Ref:    graph.Ref{Class: "server", Scope: "default", Name: fmt.Sprint("s", id)},
				Claims: []graph.Claim{{Source: "test", Attributes: map[string]graph.Value{"description": graph.StringValue(text)}}}}})
		}
		sealed, _ := graph.Seal(e, head)
		return store.Write(&sealed), nil
	})
}

func clean(t *testing.T, st store.Reader) {
	t.Helper()
	report, err := store.Check(context.Background(), st)
	must(t, err)
	for _, f := range report.Broken {
		t.Errorf("Check: %s", f)
	}
}

func TestAFullDiskRefusesACommitAndHarmsNothing(t *testing.T) {
	st, path := opened(t)
	good, err := add(st, 10, "small")
	must(t, err)
	pages, err := st.writer.c.number(`PRAGMA page_count`)
	must(t, err)
	// The writer rests between commits, so the test may use its connection.
	must(t, st.writer.c.once(statement(fmt.Sprintf(`PRAGMA max_page_count = %d`, pages+3))))
	_, err = add(st, 10, strings.Repeat("large", 10_000))
	says(t, err, graph.Unavailable, path, "no room", "free some space")
	if h, err := st.Head(context.Background()); err != nil || h.Hash != good.Hash {
		t.Errorf("the head is at %d, %v", h.Revision, err)
	}
	clean(t, st)
	must(t, st.writer.c.once(`PRAGMA max_page_count = 1000000`))
	_, err = add(st, 10, "small again")
	must(t, err)
	clean(t, st)
}

func TestAReadOnlyStoreSaysSo(t *testing.T) {
	st, path := opened(t)
	_, err := add(st, 1, "x")
	must(t, err)
	must(t, st.writer.c.once(`PRAGMA query_only = ON`))
	_, err = add(st, 1, "y")
	says(t, err, graph.Unavailable, path, "read-only", "writable")
}

func TestAReadOnlyFileSaysSo(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("SKIPPED: root may write every file; run the tests as another user to see this one")
	}
	st, path := opened(t)
	must(t, st.Close())
	must(t, os.Chmod(path, 0o400))
	st, err := Open(context.Background(), path)
	if err == nil {
		defer st.Close()
		_, err = add(st, 1, "x")
	}
	says(t, err, graph.Unavailable, path, "writable")
}

func TestABatchTooLargeForOneGroupStillCommits(t *testing.T) {
	st, _ := opened(t)
	_, err := add(st, maxChanges+1, "x")
	must(t, err)
	clean(t, st)
}

func TestALockedStoreGoesOnWhenTheLockEnds(t *testing.T) {
	st, path := opened(t)
	c := raw(t, path)
	must(t, c.once(beginWrite))
	done := make(chan error, 1)
	go func() {
		_, err := add(st, 1, "x")
		done <- err
	}()
	time.Sleep(300 * time.Millisecond)
	must(t, c.once(rollback))
	must(t, <-done)
}

func TestCloseDoesNotWaitForALock(t *testing.T) {
	st, path := opened(t, Patience(time.Hour))
	c := raw(t, path)
	must(t, c.once(beginWrite))
	done := make(chan error, 1)
	go func() {
		_, err := add(st, 1, "x")
		done <- err
	}()
	time.Sleep(50 * time.Millisecond)
	must(t, st.Close())
	says(t, <-done, graph.Unavailable, path)
	must(t, c.once(rollback))
}

func TestARestoredFileTakesItsPlaceOnlyWhenWhole(t *testing.T) {
	st, _ := opened(t)
	for range 5 {
		_, err := add(st, 10, "x")
		must(t, err)
	}
	var dump strings.Builder
	must(t, store.Dump(context.Background(), st, &dump))
	dir := t.TempDir()
	path := filepath.Join(dir, "copy.db")
	_, err := RestoreFile(context.Background(), path, strings.NewReader(dump.String()[:dump.Len()/2]))
	says(t, err, graph.Invalid, "line ")
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("a refused dump left %v", left)
	}
	head, err := RestoreFile(context.Background(), path, strings.NewReader(dump.String()))
	must(t, err)
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("a restored dump left %v", left)
	}
	copied, err := Open(context.Background(), path)
	must(t, err)
	want, err := st.Head(context.Background())
	must(t, err)
	if got, err := copied.Head(context.Background()); err != nil || got.Hash != want.Hash || head.Hash != want.Hash {
		t.Errorf("the copy is at %d, %v", got.Revision, err)
	}
	must(t, copied.Close())
	_, err = RestoreFile(context.Background(), path, strings.NewReader(dump.String()))
	says(t, err, graph.Invalid, path, "already holds")
}

func TestWritingBehindTheServicesBackIsFound(t *testing.T) {
	for name, q := range map[string]statement{
		"a record lost":       `DELETE FROM node WHERE id = 3`,
		"a record exchanged":  `UPDATE node SET body = (SELECT body FROM node WHERE id = 2) WHERE id = 3`,
		"a record damaged":    `UPDATE node SET body = x'0102' WHERE id = 3`,
		"an entry damaged":    `UPDATE ledger SET body = x'0102' WHERE revision = 2`,
		"an entry lost":       `DELETE FROM ledger WHERE revision = 2`,
		"the last entry lost": `DELETE FROM ledger WHERE revision = 3`,
		"an entry exchanged":  `UPDATE ledger SET body = (SELECT body FROM ledger WHERE revision = 1) WHERE revision = 2`,
		"a hash changed":      `UPDATE ledger SET hash = zeroblob(32) WHERE revision = 2`,
		"the head changed":    `UPDATE head SET content = zeroblob(32)`,
	} {
		t.Run(name, func(t *testing.T) {
			st, path := opened(t)
			for range 3 {
				_, err := add(st, 2, "x")
				must(t, err)
			}
			must(t, raw(t, path).once(q))
			report, err := store.Check(context.Background(), st)
			must(t, err)
			if report.Clean() {
				t.Error("Check finds nothing")
			}
		})
	}
}
