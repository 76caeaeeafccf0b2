package cli

import (
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/faultline-itsm/faultline/internal/store"
)

// ownStore is where the store is, for the commands that look at the store itself.
func (a *app) ownStore(cmd *cobra.Command) (place, error) {
	t, err := a.target()
	if err != nil {
		return place{}, err
	}
	if t.server != "" {
		return place{}, usagef("%s works on a store itself, not through a server (%s)", cmd.CommandPath(), t.serverFrom).
			hinted("name the store that the server has: --store sqlite:PATH on its machine, or --store neo4j://HOST:PORT; it may run beside the server")
	}
	return a.place(t)
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
  faultline dump | zstd > backup.dump.zst
  faultline dump backup.dump --store neo4j://db.example.org:7687`,
		Args: takes(0, 1, ""),
		RunE: func(cmd *cobra.Command, args []string) error {
			at, err := a.ownStore(cmd)
			if err != nil {
				return err
			}
			st, err := a.openStore(cmd.Context(), at, reading)
			if at.path == memory || errors.Is(err, errAbsent) {
				return failf("the store %s does not exist: there is nothing to dump", at.name).hinted("name the store: --store sqlite:PATH or neo4j://HOST:PORT")
			}
			if err != nil {
				return err
			}
			err = a.writeTo(args, func(w io.Writer) error { return store.Dump(cmd.Context(), st, w) })
			return errors.Join(err, st.Close())
		},
	}
}
