// Command debian2ndjson writes the Debian package graph as NDJSON, to be imported:
//
//	go run ./internal/debian/debian2ndjson -data ../shared/data/debian | faultline import -
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/faultline-itsm/faultline/internal/debian"
)

func main() {
	what := flag.String("what", "archive", "archive: all packages of the release; installed: one machine")
	dir := flag.String("data", "../shared/data/debian", "the directory of nodes.csv.gz, edges.csv.gz and installed.tsv.gz")
	flag.Parse()
	if err := convert(*what, *dir); err != nil {
		fmt.Fprintln(os.Stderr, "debian2ndjson:", err)
		os.Exit(1)
	}
}

func convert(what, dir string) error {
	read := map[string]func(string) (*debian.Graph, error){"archive": debian.Archive, "installed": debian.Installed}[what]
	if read == nil {
		return fmt.Errorf("-what %s: it is archive or installed", what)
	}
	g, err := read(dir)
	if err != nil {
		return err
	}
	return g.WriteNDJSON(os.Stdout)
}
