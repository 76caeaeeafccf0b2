package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
)

// exports is the command that writes the interchange form.
func (a *app) exports() *cobra.Command {
	return &cobra.Command{
		Use:   "export [FILE]",
		Short: "Write the graph as interchange NDJSON, sorted; to stdout without a file",
		Long: `Writes classes, CIs, requirements and relations as NDJSON, sorted: equal graphs give
equal bytes. import reads it back. For a backup with the ledger see dump.`,
		Example: `  faultline export > estate.ndjson
  faultline export estate.ndjson`,
		Args: takes(0, 1, ""),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), reading, func(c *client) error {
				return a.writeTo(args, func(w io.Writer) error {
					resp, err := c.send(cmd.Context(), http.MethodGet, "/export", "", nil)
					if err != nil {
						return err
					}
					defer resp.Body.Close()
					if _, err := io.Copy(w, resp.Body); err != nil {
						return brokenOff(cmd.Context(), err)
					}
					return nil
				})
			})
		},
	}
}

func brokenOff(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return failf("the export broke off: %s", lastCause(err)).hinted("what was written is not whole: run it again")
}

// writeTo writes to stdout or to a file. A file gets its name only when it is
// whole, so a failure leaves what was there before.
func (a *app) writeTo(args []string, write func(io.Writer) error) error {
	if len(args) == 0 || args[0] == "-" {
		return write(a.out)
	}
	file := args[0]
	f, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+".*")
	if err != nil {
		return failf("%s cannot be written: %s", file, lastCause(err)).hinted("look at the folder and its permissions")
	}
	b := bufio.NewWriterSize(f, 1<<20)
	if err = write(b); err == nil {
		err = unwritable(file, errors.Join(b.Flush(), f.Chmod(0o644), f.Sync()))
	}
	if closed := f.Close(); err == nil {
		err = unwritable(file, closed)
	}
	if err == nil {
		err = unwritable(file, os.Rename(f.Name(), file))
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return err
	}
	fmt.Fprintf(a.Stderr, "%s is written\n", a.tell.clean(file))
	return nil
}

func unwritable(file string, err error) error {
	if err == nil {
		return nil
	}
	return failf("%s could not be written: %s", file, lastCause(err)).hinted("look for room on the disk")
}
