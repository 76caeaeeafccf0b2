package resolvers_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/faultline-itsm/faultline/resolvers"
)

// What is served is what stands in the repository, so a change of the API shows in
// review, and a schema that was changed without generating fails here.
func TestTheServedSchemaIsTheOneInTheRepository(t *testing.T) {
	var want []string
	for _, pattern := range []string{"../schema.graphqls", "../schema/*.graphqls"} {
		files, err := filepath.Glob(pattern)
		must(t, err)
		for _, file := range files {
			text, err := os.ReadFile(file)
			must(t, err)
			want = append(want, string(text))
		}
	}
	if got := resolvers.SDL(); got != strings.Join(want, "\n") {
		t.Error("the schema was changed without generating: run go tool gqlgen generate")
	}
}

func TestEverythingInTheSchemaHasADescription(t *testing.T) {
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphqls", Input: resolvers.SDL()})
	if err != nil {
		t.Fatal(err)
	}
	described := 0
	check := func(what, description string) {
		described++
		switch {
		case strings.TrimSpace(description) == "":
			t.Errorf("%s has no description", what)
		case !strings.HasSuffix(strings.TrimSpace(description), "."):
			t.Errorf("the description of %s is no sentence: %q", what, description)
		}
	}
	for name, d := range schema.Types {
		if d.BuiltIn || strings.HasPrefix(name, "__") {
			continue
		}
		check(name, d.Description)
		for _, f := range d.Fields {
			if strings.HasPrefix(f.Name, "__") {
				continue
			}
			check(name+"."+f.Name, f.Description)
			for _, a := range f.Arguments {
				check(name+"."+f.Name+"("+a.Name+")", a.Description)
			}
		}
		for _, v := range d.EnumValues {
			check(name+"."+v.Name, v.Description)
		}
	}
	for name, d := range schema.Directives {
		if d.Position.Src.BuiltIn {
			continue
		}
		check("@"+name, d.Description)
		for _, a := range d.Arguments {
			check("@"+name+"("+a.Name+")", a.Description)
		}
	}
	if described < 500 {
		t.Errorf("only %d descriptions were looked at", described)
	}
}

// Every list that can grow is a connection: a bare list has no end that a client
// could ask for. verifyFirst is a choice, not a list: its last page is never meant.
func TestListsThatCanGrowArePaged(t *testing.T) {
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphqls", Input: resolvers.SDL()})
	if err != nil {
		t.Fatal(err)
	}
	for name, d := range schema.Types {
		if !strings.HasSuffix(name, "Connection") {
			continue
		}
		for _, field := range []string{"edges", "nodes", "pageInfo", "totalCount"} {
			if d.Fields.ForName(field) == nil {
				t.Errorf("%s has no %s", name, field)
			}
		}
	}
	for _, root := range []string{"Query", "ImpactAssessment", "ConfigurationItem"} {
		for _, f := range schema.Types[root].Fields {
			paged := strings.HasSuffix(f.Type.Name(), "Connection")
			if paged != (f.Arguments.ForName("first") != nil) && f.Name != "blindSpots" && f.Name != "verifyFirst" {
				t.Errorf("%s.%s: a connection takes first, and nothing else does", root, f.Name)
			}
		}
	}
}
