package sqlite

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
)

// RestoreFile makes a new store at path from a dump. The store is built and
// verified under another name beside it, synced, and only then takes its place,
// so that a bad dump, a full disk or a kill leave nothing at path. A store that
// already holds something is not replaced.
func RestoreFile(ctx context.Context, path string, dump io.Reader) (graph.Head, error) {
	if path == ":memory:" {
		return graph.Head{}, graph.Errorf(graph.Invalid, "a store in memory vanishes: nothing can be restored into it")
	}
	if err := vacant(ctx, path); err != nil {
		return graph.Head{}, err
	}
	temp := path + ".restoring"
	if err := removeStore(temp); err != nil {
		return graph.Head{}, explain(temp, err)
	}
	head, err := restoreInto(ctx, temp, dump)
	if err == nil {
		err = replace(temp, path)
	}
	if err != nil {
		return graph.Head{}, errors.Join(explain(path, err), removeStore(temp))
	}
	return head, nil
}

// vacant refuses a path at which something is kept.
func vacant(ctx context.Context, path string) error {
	at, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && at.Mode().IsRegular() && at.Size() == 0 {
		return nil
	}
	st, err := Open(ctx, path)
	if err != nil {
		return err
	}
	head, err := st.Head(ctx)
	if err = errors.Join(err, st.Close()); err != nil {
		return err
	}
	if head.Revision != 0 {
		return graph.Errorf(graph.Invalid, "the store %s already holds revision %d", path, head.Revision).
			WithHint("restore to another path, or move that file away first")
	}
	return nil
}

func restoreInto(ctx context.Context, path string, dump io.Reader) (graph.Head, error) {
	st, err := Open(ctx, path, unsynced)
	if err != nil {
		return graph.Head{}, err
	}
	head, err := store.Restore(ctx, st, dump)
	return head, errors.Join(err, st.Close())
}

// replace syncs the finished file and gives it its name.
func replace(temp, path string) error {
	if err := syncFile(temp); err != nil {
		return err
	}
	if err := removeStore(path); err != nil { // an empty one
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return err
	}
	return syncFile(filepath.Dir(path))
}

func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// removeStore removes a file and what SQLite keeps beside it.
func removeStore(path string) error {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
