package debian

import (
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Archive reads nodes.csv.gz and edges.csv.gz of dir: all packages of a release
// with their Depends and Pre-Depends. Recommends are no dependencies. A name that no
// package bears (a virtual one) is left out, not expanded to its providers: so
// reach is exact by names, while an outage is told too gravely where the
// alternative to a package is a virtual one.
func Archive(dir string) (*Graph, error) {
	g := &Graph{}
	known := map[string]bool{}
	err := rows(filepath.Join(dir, "nodes.csv.gz"), "name,version,section,source,priority,architecture,installed_kb", func(r []string) error {
		p := Package{Name: r[0], Version: r[1], Section: r[2], Source: r[3], Priority: r[4], Architecture: r[5]}
		if r[6] != "" {
			kb, err := strconv.ParseInt(r[6], 10, 64)
			if err != nil {
				return fmt.Errorf("installed_kb of %s: %w", r[0], err)
			}
			p.InstalledKB = &kb
		}
		known[p.Name] = true
		g.Packages = append(g.Packages, p)
		return nil
	})
	if err != nil {
		return nil, err
	}
	type key struct{ from, group string }
	var order []key
	groups := map[key][]string{}
	err = rows(filepath.Join(dir, "edges.csv.gz"), "from,to,kind,group,alternative_index,alternatives", func(r []string) error {
		if r[2] != "Depends" && r[2] != "Pre-Depends" {
			return nil
		}
		k := key{r[0], r[3]}
		if groups[k] == nil {
			order = append(order, k)
		}
		at, err := strconv.Atoi(r[4])
		if err != nil {
			return fmt.Errorf("alternative_index of %s: %w", r[0], err)
		}
		// The file is sorted by name, not by preference.
		for len(groups[k]) <= at {
			groups[k] = append(groups[k], "")
		}
		groups[k][at] = r[1]
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, k := range order {
		var names, members []string
		seen := map[string]bool{k.from: true}
		for _, to := range groups[k] {
			if seen[to] {
				continue
			}
			seen[to] = true
			names = append(names, to)
			if known[to] {
				members = append(members, to)
			}
		}
		if len(members) > 0 {
			g.need(k.from, strings.Join(names, " | "), len(names), members)
		}
	}
	g.sort()
	return g, nil
}

// rows calls each with every record of a gzipped CSV file whose header is as
// expected.
func rows(path, header string, each func([]string) error) error {
	return unzipped(path, func(in io.Reader) error {
		r := csv.NewReader(in)
		r.ReuseRecord = true
		first, err := r.Read()
		if err != nil {
			return err
		}
		if got := strings.Join(first, ","); got != header {
			return fmt.Errorf("the columns are %s, want %s", got, header)
		}
		for {
			rec, err := r.Read()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			if err := each(rec); err != nil {
				return err
			}
		}
	})
}

func unzipped(path string, read func(io.Reader) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := read(z); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
