package debian

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Dir is the Debian data that a test needs: the directory debian of the one that
// FAULTLINE_DATA names, or of ../shared/data beside the module. root is the
// module's root as seen from the test. It skips, loudly, where there is none.
func Dir(t testing.TB, root string) string {
	t.Helper()
	data := os.Getenv("FAULTLINE_DATA")
	if data == "" {
		data = filepath.Join(root, "..", "shared", "data")
	}
	dir := filepath.Join(data, "debian")
	if _, err := os.Stat(filepath.Join(dir, "nodes.csv.gz")); err != nil {
		t.Skipf("SKIPPED, NOT TESTED: no Debian data (%v): set FAULTLINE_DATA to the directory that holds debian/", err)
	}
	return dir
}

// Removals are apt's answers on the machine of installed.tsv.gz: for each package
// that was asked to be removed, all that go with it, itself included; sorted.
func Removals(dir string) (map[string][]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "oracle", "apt-remove.*.txt"))
	if err != nil {
		return nil, err
	}
	out := map[string][]string{}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), "apt-remove."), ".txt")
		out[name] = strings.Fields(string(text))
		slices.Sort(out[name])
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s holds no answers of apt", filepath.Join(dir, "oracle"))
	}
	return out, nil
}

// Reach is how many packages depend on one, at once and in all, in the archive.
type Reach struct{ Direct, Transitive int }

// Reaches are the exact closures of expected_reverse_reach.json, by package.
func Reaches(dir string) (map[string]Reach, error) {
	text, err := os.ReadFile(filepath.Join(dir, "expected_reverse_reach.json"))
	if err != nil {
		return nil, err
	}
	out := map[string]Reach{}
	if err := json.Unmarshal(text, &out); err != nil {
		return nil, err
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("expected_reverse_reach.json is empty")
	}
	return out, nil
}
