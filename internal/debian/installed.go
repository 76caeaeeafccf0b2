package debian

import (
	"bufio"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
)

// Installed reads installed.tsv.gz of dir: the packages of one machine as dpkg
// knows them. A name is the package of that name and all that provide it; "A or
// B" is all of theirs. A group that the package satisfies itself needs nobody,
// and what is not installed is no alternative here.
func Installed(dir string) (*Graph, error) {
	g := &Graph{}
	depends := map[string][]string{} // groups as written
	providers := map[string][]string{}
	err := unzipped(filepath.Join(dir, "installed.tsv.gz"), func(in io.Reader) error {
		lines := bufio.NewScanner(in)
		lines.Buffer(nil, 1<<20)
		for n := 1; lines.Scan(); n++ {
			f := strings.Split(lines.Text(), "\t")
			if len(f) != 6 {
				return fmt.Errorf("line %d has %d columns, want name, version, status, pre-depends, depends, provides", n, len(f))
			}
			if f[2] != "install ok installed" {
				continue
			}
			g.Packages = append(g.Packages, Package{Name: f[0], Version: f[1]})
			depends[f[0]] = append(list(f[3], ","), list(f[4], ",")...)
			providers[f[0]] = append(providers[f[0]], f[0])
			for _, p := range list(f[5], ",") {
				providers[bare(p)] = append(providers[bare(p)], f[0])
			}
		}
		return lines.Err()
	})
	if err != nil {
		return nil, err
	}
	for _, p := range g.Packages {
		for _, group := range depends[p.Name] {
			var names, members []string
			for _, alternative := range list(group, "|") {
				if name := bare(alternative); !slices.Contains(names, name) {
					names = append(names, name)
					members = append(members, providers[name]...)
				}
			}
			if len(members) > 0 && !slices.Contains(members, p.Name) {
				g.need(p.Name, strings.Join(names, " | "), 1, members)
			}
		}
	}
	g.sort()
	return g, nil
}

// list splits s and drops what is empty.
func list(s, separator string) []string {
	var out []string
	for _, part := range strings.Split(s, separator) {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// bare is a package's name without version, architecture and profile:
// "python3:any (>= 3.9~)" is python3.
func bare(s string) string {
	s = strings.TrimSpace(s)
	if i := strings.IndexAny(s, " (:["); i >= 0 {
		s = s[:i]
	}
	return s
}
