package debian_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/faultline-itsm/faultline/internal/debian"
)

func TestEveryPackageIsConverted(t *testing.T) {
	t.Parallel()
	dir := debian.Dir(t, "../..")
	g, err := debian.Archive(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(g.Packages) != 63436 {
		t.Errorf("%d packages, want 63436", len(g.Packages))
	}
	machine, err := debian.Installed(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(machine.Packages) != 854 {
		t.Errorf("%d installed packages, want 854", len(machine.Packages))
	}
	checkKeys(t, g)
	checkKeys(t, machine)
}

// checkKeys finds what an import would refuse: names that dangle, keys that occur
// twice, groups whose members do not count up.
func checkKeys(t *testing.T, g *debian.Graph) {
	t.Helper()
	packages, groups, relations := map[string]bool{}, map[[2]string]int{}, map[debian.Relation]bool{}
	for _, p := range g.Packages {
		packages[p.Name] = true
	}
	for _, q := range g.Groups {
		if _, twice := groups[[2]string{q.Of, q.Name}]; twice {
			t.Errorf("%s has the group %s twice", q.Of, q.Name)
		}
		groups[[2]string{q.Of, q.Name}] = q.Members
	}
	for _, r := range g.Relations {
		if !packages[r.From] || !packages[r.To] || r.From == r.To || relations[r] {
			t.Errorf("relation %+v dangles, loops or is there twice", r)
		}
		relations[r] = true
		if r.Group != "" {
			groups[[2]string{r.From, r.Group}]--
		}
	}
	for k, left := range groups {
		if left != 0 {
			t.Errorf("group %s of %s says %d members more than it has", k[1], k[0], left)
		}
	}
}

func TestNDJSONIsReadableAndTheSameEachTime(t *testing.T) {
	t.Parallel()
	dir := debian.Dir(t, "../..")
	var first, second bytes.Buffer
	for _, out := range []*bytes.Buffer{&first, &second} {
		g, err := debian.Installed(dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := g.WriteNDJSON(out); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("two conversions of the same data differ")
	}
	lines := strings.Split(strings.TrimSpace(first.String()), "\n")
	for i, line := range lines {
		var x struct{ Kind string }
		if err := json.Unmarshal([]byte(line), &x); err != nil || x.Kind == "" {
			t.Fatalf("line %d, %s: %v", i+1, line, err)
		}
	}
	for _, want := range []string{
		`{"kind":"graph","version":1,"source":"debian"}`,
		`{"kind":"ci","class":"software_package","name":"adduser","attributes":{"version":"3.134"}}`,
		`{"kind":"relation","from":"software_package:adduser","type":"DEPENDS_ON","to":"software_package:passwd"}`,
	} {
		if !strings.Contains(first.String(), want+"\n") {
			t.Errorf("there is no line %s", want)
		}
	}
}
