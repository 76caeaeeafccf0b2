package arch

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// module is the path of the main module.
const module = "github.com/faultline-itsm/faultline"

// rule says what the packages at one place may import. A pattern ending in /...
// names a folder and all below it.
type rule struct {
	pkg     string
	inside  []string // packages of this module
	outside []string // modules beside the standard library
}

// picture is architecture.md, "Who imports whom", from the core outwards. The
// first rule that fits a package holds.
var picture = []rule{
	{pkg: "graph/graphtest", inside: []string{"graph"}, outside: []string{"pgregory.net/rapid"}},
	{pkg: "graph"},
	{pkg: "internal/arch"},
	{pkg: "internal/store/storetest", inside: []string{"graph", "graph/graphtest", "internal/store"}, outside: []string{"pgregory.net/rapid"}},
	{pkg: "internal/store/sqlite", inside: []string{"graph", "internal/store"}, outside: []string{"modernc.org/sqlite", "golang.org/x/text", "golang.org/x/sys"}},
	{pkg: "internal/store/neo4j", inside: []string{"graph", "internal/store"}, outside: []string{"github.com/neo4j/neo4j-go-driver/v5"}},
	{pkg: "internal/neo4jtest/...", inside: []string{"internal/neo4jtest"}, outside: []string{"github.com/neo4j/neo4j-go-driver/v5", "github.com/testcontainers/testcontainers-go"}},
	{pkg: "internal/store", inside: []string{"graph"}, outside: []string{"golang.org/x/text"}},
	{pkg: "internal/projection", inside: []string{"graph", "internal/store"}},
	{pkg: "internal/itsm", inside: []string{"graph"}},
	{pkg: "internal/itsm/...", inside: []string{"graph", "internal/itsm"}, outside: []string{"github.com/teambition/rrule-go", "cel.dev/cel-go"}},
	{pkg: "internal/records", inside: []string{"graph", "internal/store", "internal/projection", "internal/itsm"}},
	{pkg: "internal/identity", inside: []string{"graph", "internal/itsm", "internal/records"}, outside: []string{"github.com/coreos/go-oidc/v3"}},
	{pkg: "internal/population", inside: []string{"graph", "internal/store", "internal/projection", "internal/records"}, outside: []string{"golang.org/x/text"}},
	{pkg: "internal/metrics", inside: []string{"graph"}, outside: []string{"github.com/prometheus/client_golang"}},
	{pkg: "internal/tracing", inside: []string{"graph"}, outside: []string{"go.opentelemetry.io/otel"}},
	{pkg: "internal/limit", inside: []string{"graph"}},
	{pkg: "internal/guard", inside: []string{"graph", "internal/limit"}, outside: []string{"github.com/vektah/gqlparser/v2"}},
	{pkg: "internal/gql", inside: []string{"graph", "internal/itsm/change", "internal/store", "resolvers/view"}, outside: []string{"github.com/99designs/gqlgen", "github.com/vektah/gqlparser/v2"}},
	{pkg: "resolvers/view", inside: []string{"graph", "internal/itsm/...", "internal/store"}, outside: []string{"github.com/99designs/gqlgen", "github.com/vektah/gqlparser/v2", "golang.org/x/text"}},
	{pkg: "resolvers/...", inside: []string{"graph", "internal/identity", "internal/itsm/...", "internal/store", "internal/projection", "internal/records", "internal/population", "internal/gql", "internal/guard", "internal/tracing", "resolvers/..."}, outside: []string{"github.com/99designs/gqlgen", "github.com/vektah/gqlparser/v2", "golang.org/x/text"}},
	{pkg: "internal/server", inside: []string{"graph", "internal/identity", "internal/itsm", "internal/store", "internal/projection", "internal/records", "internal/population", "internal/gql", "internal/guard", "internal/limit", "internal/metrics", "internal/tracing", "internal/web", "resolvers/...", "."}, outside: []string{"github.com/99designs/gqlgen", "github.com/coder/websocket", "github.com/vektah/gqlparser/v2"}},
	{pkg: "internal/web"},
	{pkg: "internal/drill"}, // tests only
	{pkg: "internal/debian/...", inside: []string{"graph", "graph/graphtest", "internal/debian"}},
	{pkg: "internal/demo/build", outside: []string{"github.com/goccy/go-yaml"}},
	{pkg: "internal/demo"},
	{pkg: "internal/cli/...", inside: []string{".", "graph", "internal/identity", "internal/itsm", "internal/store/...", "internal/projection", "internal/records", "internal/population", "internal/server", "internal/tracing", "internal/demo", "resolvers/view"},
		outside: []string{"github.com/spf13", "golang.org/x/term", "golang.org/x/text", "github.com/schollz/progressbar/v3"}},
	{pkg: "bench/...", inside: []string{"./..."}, outside: []string{"github.com/99designs/gqlgen", "modernc.org/sqlite", "github.com/neo4j/neo4j-go-driver"}},
	{pkg: "client", outside: []string{"github.com/Khan/genqlient"}},
	{pkg: "."},
	{pkg: "cmd/faultline", inside: []string{"internal/cli"}},
}

// fits says whether a package path, relative to the module, is named by a pattern.
func fits(pattern, path string) bool {
	if pattern == "./..." {
		return true
	}
	if folder, ok := strings.CutSuffix(pattern, "/..."); ok {
		return path == folder || strings.HasPrefix(path, folder+"/")
	}
	return path == pattern
}

// allowed says whether the first rule that fits the package permits the import.
// known is false where no rule fits.
func allowed(pkg, imported string) (ok, known bool) {
	at := slices.IndexFunc(picture, func(r rule) bool { return fits(r.pkg, pkg) })
	if at < 0 {
		return false, false
	}
	r := picture[at]
	if path, inside := strings.CutPrefix(imported, module); inside {
		path = strings.TrimPrefix(path, "/")
		if path == "" {
			path = "."
		}
		return slices.ContainsFunc(r.inside, func(p string) bool { return fits(p, path) }), true
	}
	if first, _, _ := strings.Cut(imported, "/"); !strings.Contains(first, ".") {
		return true, true // the standard library
	}
	return slices.ContainsFunc(r.outside, func(p string) bool { return fits(p+"/...", imported) }), true
}

// An import that the picture does not show turns an edge into a core, one line at
// a time, and nobody sees it in review.
func TestPackagesImportOnlyWhatThePictureShows(t *testing.T) {
	list := exec.Command("go", "list", "-e", "-json=ImportPath,Imports", module+"/...")
	list.Dir = "../.."
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	packages := 0
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		packages++
		name := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
		if name == "" {
			name = "."
		}
		if _, known := allowed(name, "fmt"); !known {
			t.Errorf("%s stands nowhere in the picture: add a rule that says what it may import", name)
			continue
		}
		for _, i := range p.Imports {
			if ok, _ := allowed(name, i); !ok {
				t.Errorf("%s imports %s, which the picture does not show", name, i)
			}
		}
	}
	if packages < 8 {
		t.Fatalf("go list found %d packages only", packages)
	}
}

// The rules that matter most, tried on imports that must be refused: a table that
// allows everything would pass the test above.
func TestTheCoreAndTheStoresStayInTheirPlace(t *testing.T) {
	for _, c := range []struct{ pkg, imported string }{
		{"graph", module + "/internal/store"},
		{"graph", "golang.org/x/text/unicode/norm"},
		{"internal/store", module + "/internal/store/sqlite"},
		{"internal/store/sqlite", module + "/internal/records"},
		{"internal/store/neo4j", module + "/internal/store/sqlite"},
		{"internal/store/neo4j", module + "/internal/neo4jtest"},
		{"internal/records", "github.com/neo4j/neo4j-go-driver/v5/neo4j"},
		{"internal/projection", module + "/internal/records"},
		{"internal/records", module + "/internal/gql"},
		{"resolvers", module + "/internal/store/sqlite"},
		{"internal/server", module + "/internal/cli"},
		{"cmd/faultline", module + "/graph"},
	} {
		if ok, known := allowed(c.pkg, c.imported); ok || !known {
			t.Errorf("%s may import %s", c.pkg, c.imported)
		}
	}
	if ok, _ := allowed("graph", "sort"); !ok {
		t.Error("graph may not import the standard library")
	}
}

// What only tests need stays out of the binary, whoever imports whom.
func TestTheBinaryHoldsNothingOfTests(t *testing.T) {
	list := exec.Command("go", "list", "-deps", "./cmd/faultline")
	list.Dir = "../.."
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	packages := strings.Fields(string(out))
	if !slices.Contains(packages, module+"/internal/cli") {
		t.Fatalf("go list found %d packages, without the program's", len(packages))
	}
	for _, p := range packages {
		for _, tests := range []string{module + "/internal/neo4jtest", module + "/graph/graphtest", "github.com/testcontainers/", "github.com/zitadel/", "github.com/moby/", "go.opentelemetry.io/contrib/",
			"github.com/sirupsen/", "pgregory.net/rapid", "go.uber.org/goleak", "github.com/rogpeppe/go-internal", "testing"} {
			if strings.HasPrefix(p, tests) {
				t.Errorf("the binary holds %s", p)
			}
		}
	}
}
