package resolvers_test

import (
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/faultline-itsm/faultline/resolvers"
)

// TestEveryFieldOfTheRootsHasAPolicy compares the policies with the schema: none is
// missing, and none is of a field that is not there.
func TestEveryFieldOfTheRootsHasAPolicy(t *testing.T) {
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphqls", Input: resolvers.SDL()})
	must(t, err)
	fields := map[string]bool{}
	for _, root := range []*ast.Definition{schema.Query, schema.Mutation, schema.Subscription} {
		for _, f := range root.Fields {
			name := root.Name + "." + f.Name
			fields[name] = true
			if _, known := resolvers.Policy(name); !known {
				t.Errorf("%s has no policy", name)
			}
		}
	}
	for _, name := range resolvers.Policies() {
		if !fields[name] && !strings.Contains(name, ".__") {
			t.Errorf("%s has a policy, and is no field", name)
		}
	}
}

// arguments fills what a field needs.
func arguments(schema *ast.Schema, args ast.ArgumentDefinitionList) string {
	var out []string
	for _, a := range args {
		if a.Type.NonNull && a.DefaultValue == nil {
			out = append(out, a.Name+": "+sample(schema, a.Type))
		}
	}
	if len(out) == 0 {
		return ""
	}
	return "(" + strings.Join(out, ", ") + ")"
}

// sample is some value of a type.
func sample(schema *ast.Schema, typ *ast.Type) string {
	if typ.Elem != nil {
		return "[]"
	}
	switch def := schema.Types[typ.NamedType]; {
	case def.Kind == ast.Enum:
		return def.EnumValues[0].Name
	case def.Kind == ast.InputObject && def.Directives.ForName("oneOf") != nil:
		return "{" + def.Fields[0].Name + ": " + sample(schema, def.Fields[0].Type) + "}"
	case def.Kind == ast.InputObject:
		var out []string
		for _, f := range def.Fields {
			if f.Type.NonNull && f.DefaultValue == nil {
				out = append(out, f.Name+": "+sample(schema, f.Type))
			}
		}
		return "{" + strings.Join(out, ", ") + "}"
	case typ.NamedType == "Int" || typ.NamedType == "Float":
		return "1"
	case typ.NamedType == "Boolean":
		return "false"
	case typ.NamedType == "Revision":
		return `"1"`
	case typ.NamedType == "Duration":
		return `"PT1H"`
	case typ.NamedType == "Time":
		return `"2026-12-01T00:00:00Z"`
	}
	return `"bjE"`
}

// selection asks for the name of the type.
func selection(schema *ast.Schema, typ *ast.Type) string {
	switch schema.Types[typ.Name()].Kind {
	case ast.Object, ast.Interface, ast.Union:
		return " { __typename }"
	}
	return ""
}
