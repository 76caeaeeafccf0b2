package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

// importing is what the flags of an import say.
type importing struct {
	format, mapping, source, scope, class string
	dryRun, stubs                         bool
}

var inputFormats = []string{"ndjson", "csv"}

// contentTypes are those of the formats, as POST /import takes them.
var contentTypes = map[string]string{"ndjson": "application/x-ndjson", "csv": "text/csv"}

// imports is the command that loads files.
func (a *app) imports() *cobra.Command {
	var o importing
	cmd := &cobra.Command{
		Use:   "import FILE...",
		Short: "Load CIs, relations and requirements from NDJSON or CSV; - is stdin",
		Long: `Loads files, each as an import of its own, in the order given. The whole file is
checked first: where a line is wrong, every finding is named with its place, nothing
is written, and the exit code is 1. Then it is written in chunks, each whole or not at
all. Ctrl-C stops between two chunks (exit 130); running the same command again
completes the import, and saying the same again changes nothing.`,
		Example: `  faultline import estate.ndjson
  faultline import estate.ndjson --dry-run
  zcat estate.ndjson.gz | faultline import - --source netbox
  faultline import servers.csv --class server --scope dc1 --mapping servers.json`,
		Args: takes(1, -1, "a file, or - for stdin"),
		RunE: func(cmd *cobra.Command, args []string) error {
			inputs, query, err := a.plan(o, args)
			if err != nil {
				return err
			}
			return a.with(cmd.Context(), purpose(!o.dryRun), func(c *client) error {
				return a.importAll(cmd.Context(), c, o, inputs, query)
			})
		},
	}
	cmd.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveDefault)
	f := cmd.Flags()
	f.StringVar(&o.format, "format", "", "ndjson or csv; without it, what the file's name ends in")
	f.StringVar(&o.mapping, "mapping", "", "for CSV: a JSON file that says which column is what")
	f.StringVar(&o.source, "source", "", "whose statements these are (default manual)")
	f.StringVar(&o.scope, "scope", "", "the scope of refs that name none")
	f.StringVar(&o.class, "class", "", "for CSV: the class of the rows")
	f.BoolVar(&o.dryRun, "dry-run", false, "print what would change; write nothing")
	f.BoolVar(&o.stubs, "stubs", false, "make a stub of each CI that only a relation names")
	complete(cmd, "format", oneOf(inputFormats...))
	complete(cmd, "class", classNames)
	return prints(cmd, asTable, asJSON, asNDJSON)
}

// input is one file to import.
type input struct{ name, format string }

// plan looks at everything that can be wrong before anything is opened for writing.
func (a *app) plan(o importing, files []string) ([]input, url.Values, error) {
	if o.format != "" && !slices.Contains(inputFormats, o.format) {
		return nil, nil, usagef("--format %q is no format", o.format).hinted("one of %s", either(inputFormats))
	}
	query := url.Values{}
	for name, value := range map[string]string{"source": o.source, "scope": o.scope, "class": o.class} {
		if value != "" {
			query.Set(name, value)
		}
	}
	for name, value := range map[string]bool{"dryRun": o.dryRun, "stubs": o.stubs} {
		if value {
			query.Set(name, strconv.FormatBool(value))
		}
	}
	if o.mapping != "" {
		b, err := os.ReadFile(o.mapping)
		if err != nil {
			return nil, nil, failf("the mapping %s cannot be read: %s", o.mapping, lastCause(err))
		}
		query.Set("mapping", string(b))
	}
	var inputs []input
	for _, f := range files {
		format, err := formatOf(o.format, f)
		if err != nil {
			return nil, nil, err
		}
		inputs = append(inputs, input{f, format})
		if f == "-" {
			continue
		}
		switch at, err := os.Stat(f); {
		case errors.Is(err, fs.ErrNotExist):
			return nil, nil, failf("the file %s does not exist", f)
		case err != nil:
			return nil, nil, failf("the file %s cannot be read: %s", f, lastCause(err))
		case at.IsDir():
			return nil, nil, failf("%s is a directory, not a file", f)
		}
	}
	return inputs, query, nil
}

// formatOf is the format of a file: as said, else by its name.
func formatOf(said, file string) (string, error) {
	if said != "" {
		return said, nil
	}
	switch ext := strings.ToLower(filepath.Ext(file)); ext {
	case ".ndjson", ".jsonl", ".json":
		return "ndjson", nil
	case ".csv":
		return "csv", nil
	case ".gz", ".zst", ".xz", ".bz2", ".zip":
		return "", usagef("%s is compressed", file).hinted("unpack it into a pipe: zcat %s | faultline import -", quote(file))
	}
	if file == "-" {
		return "ndjson", nil
	}
	return "", usagef("the name of %s does not say what it is", file).hinted("say it: --format ndjson or --format csv")
}

func (a *app) importAll(ctx context.Context, c *client, o importing, inputs []input, query url.Values) error {
	var done []*imported
	for i, in := range inputs {
		r := &imported{File: in.name, Diagnostics: []importLine{}}
		err := a.importOne(ctx, c, in, query, r)
		if r.Summary != nil || len(r.Diagnostics) > 0 {
			done = append(done, r)
		}
		if err == nil {
			continue
		}
		if a.flags.output == asJSON {
			err = errors.Join(a.printImported(done), err)
		}
		if left := len(inputs) - i - 1; left > 0 {
			a.warn("%d more %s not imported", left, verb(left, "file was", "files were"))
		}
		return err
	}
	if a.flags.output == asJSON {
		return a.printImported(done)
	}
	if o.dryRun {
		return nil
	}
	a.next("ci", "list", "--class", "business_service")
	return nil
}

func (a *app) importOne(ctx context.Context, c *client, in input, query url.Values, r *imported) error {
	body, err := a.open(ctx, in.name)
	if err != nil {
		return err
	}
	path := "/import"
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	resp, err := c.send(ctx, http.MethodPost, path, contentTypes[in.format], body)
	if err != nil {
		if ctx.Err() != nil {
			return stopped(r)
		}
		return err
	}
	defer resp.Body.Close()
	p := a.progress(in.name)
	err = a.readImport(resp.Body, p, r)
	p.end()
	if ctx.Err() != nil && (r.Summary == nil || !r.Summary.Applied) {
		return stopped(r)
	}
	if err != nil {
		return err
	}
	return a.conclude(r)
}

// stopped is what somebody reads who pressed Ctrl-C.
func stopped(r *imported) error {
	if r.written == 0 {
		return (&failure{code: exitInterrupted, message: "interrupted while " + r.File + " was being checked: nothing was written"}).
			hinted("run the same command again")
	}
	return (&failure{code: exitInterrupted, message: fmt.Sprintf("interrupted: %s of %s lines of %s are written, no chunk is half-written", number(r.written), number(r.total), r.File)}).
		hinted("run the same command again to complete it")
}

// open opens an input; stdin can be waited for in vain, so it listens to ctx.
func (a *app) open(ctx context.Context, file string) (io.ReadCloser, error) {
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, failf("the file %s cannot be read: %s", file, lastCause(err))
		}
		return f, nil
	}
	body, into := io.Pipe()
	context.AfterFunc(ctx, func() { _ = into.CloseWithError(ctx.Err()) })
	go func() {
		_, err := io.Copy(into, a.Stdin)
		_ = into.CloseWithError(err)
	}()
	return body, nil
}
