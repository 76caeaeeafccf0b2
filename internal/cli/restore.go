package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/spf13/cobra"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/internal/store/sqlite"
)

// restore is the command that makes a store from a dump.
func (a *app) restore() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "Make a new store from a dump, verified before it is used; - is stdin",
		Long: `Makes the store that --store names from a dump. It is built and verified beside its
place and takes it only when everything agrees; a store that already holds something is
never replaced. For Neo4j it is built and verified in a temporary file first, and then
copied into the database, which must be empty.`,
		Example: `  faultline restore backup.dump --store sqlite:restored.db
  zstdcat backup.dump.zst | faultline restore - --store sqlite:restored.db
  faultline restore backup.dump --store neo4j://db.example.org:7687`,
		Args: takes(1, 1, "a dump, or - for stdin"),
		RunE: func(cmd *cobra.Command, args []string) error {
			at, err := a.ownStore(cmd)
			if err != nil {
				return err
			}
			if args[0] != "-" {
				if at, err := os.Stat(args[0]); err == nil && at.IsDir() {
					return failf("%s is a directory, not a dump", args[0])
				}
			}
			in, err := a.open(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			defer in.Close()
			head, err := a.restoreTo(cmd.Context(), at, in)
			if err != nil {
				return err
			}
			a.line("%s is restored and verified, at revision %d", a.look.clean(at.name), head.Revision)
			a.next("check")
			return nil
		},
	}
	cmd.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveDefault)
	return cmd
}

func (a *app) restoreTo(ctx context.Context, at place, dump io.Reader) (graph.Head, error) {
	if at.address != "" {
		return a.restoreToNeo4j(ctx, at, dump)
	}
	if err := a.makeHome(at.path); err != nil {
		return graph.Head{}, err
	}
	return sqlite.RestoreFile(ctx, at.path, dump)
}

// restoreToNeo4j tries the dump on a file first: a database cannot be swapped like
// one, and a bad dump must leave nothing in it.
func (a *app) restoreToNeo4j(ctx context.Context, at place, dump io.Reader) (head graph.Head, err error) {
	if err := a.vacant(ctx, at); err != nil {
		return head, err
	}
	dir, err := os.MkdirTemp("", program+"-restore-")
	if err != nil {
		return head, failf("no room for the temporary file: %s", lastCause(err)).hinted("set TMPDIR to a folder that takes the size of the dump")
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	tried := place{path: filepath.Join(dir, "tried.db")}
	if _, err := sqlite.RestoreFile(ctx, tried.path, dump); err != nil {
		return head, err
	}
	from, err := a.openStore(ctx, tried, reading)
	if err != nil {
		return head, err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	to, err := a.openStore(ctx, at, writing)
	if err != nil {
		return head, err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	out, in := io.Pipe()
	var dumping sync.WaitGroup
	dumping.Go(func() { _ = in.CloseWithError(store.Dump(ctx, from, in)) })
	head, err = store.Restore(ctx, to, out)
	_ = out.CloseWithError(err) // ends Dump, too
	dumping.Wait()
	if err != nil {
		f := asFailure(err)
		f.hint = "the database may hold part of the dump now: empty it, and restore again"
		return head, f
	}
	return head, nil
}

// vacant refuses a place at which something is kept.
func (a *app) vacant(ctx context.Context, at place) error {
	st, err := a.openStore(ctx, at, reading)
	if errors.Is(err, errAbsent) {
		return nil
	}
	if err != nil {
		return err
	}
	head, err := st.Head(ctx)
	if err = errors.Join(err, st.Close()); err != nil {
		return err
	}
	if head.Revision != 0 {
		return failf("the store %s already holds revision %d", at.name, head.Revision).hinted("restore into an empty database")
	}
	return nil
}
