package cli

import (
	"errors"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/internal/store/sqlite"
)

// ownStore is the path of the store of this machine, for the commands that look at
// the store itself.
func (a *app) ownStore(cmd *cobra.Command) (string, error) {
	t, err := a.target()
	if err != nil {
		return "", err
	}
	if t.server != "" {
		return "", usagef("%s works on a store itself, not through a server (%s)", cmd.CommandPath(), t.serverFrom).
			hinted("run it on the machine of the store, with --store sqlite:PATH; it may run beside the server")
	}
	return storePath(t.store, t.storeFrom)
}

// dump is the command that writes the ledger.
func (a *app) dump() *cobra.Command {
	return &cobra.Command{
		Use:   "dump [FILE]",
		Short: "Back up the store: the ledger, one entry a line; to stdout without a file",
		Long: `Writes the ledger, from which restore makes a store with the same ids, revisions and
hashes. It may run beside a server: it dumps up to the revision at its start. A store
that does not exist is an error: an empty backup would look like a good one.`,
		Example: `  faultline dump backup.dump
  faultline dump | zstd > backup.dump.zst`,
		Args: takes(0, 1, ""),
		RunE: func(cmd *cobra.Command, args []string) error {
			path, err := a.ownStore(cmd)
			if err != nil {
				return err
			}
			if path == memory || absent(path) {
				return failf("the store %s does not exist: there is nothing to dump", path).hinted("name the store: --store sqlite:PATH")
			}
			st, err := sqlite.Open(cmd.Context(), path)
			if err != nil {
				return err
			}
			err = a.writeTo(args, func(w io.Writer) error { return store.Dump(cmd.Context(), st, w) })
			return errors.Join(err, st.Close())
		},
	}
}

// restore is the command that makes a store from a dump.
func (a *app) restore() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "Make a new store from a dump, verified before it is used; - is stdin",
		Long: `Makes the store that --store names from a dump. It is built and verified beside its
place and takes it only when everything agrees; a store that already holds something is
never replaced.`,
		Example: `  faultline restore backup.dump --store sqlite:restored.db
  zstdcat backup.dump.zst | faultline restore - --store sqlite:restored.db`,
		Args: takes(1, 1, "a dump, or - for stdin"),
		RunE: func(cmd *cobra.Command, args []string) error {
			path, err := a.ownStore(cmd)
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
			if err := a.makeHome(path); err != nil {
				return err
			}
			head, err := sqlite.RestoreFile(cmd.Context(), path, in)
			if err != nil {
				return err
			}
			a.line("%s is restored and verified, at revision %d", a.look.clean(path), head.Revision)
			a.next("check")
			return nil
		},
	}
	cmd.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveDefault)
	return cmd
}
