package resolvers_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/faultline-itsm/faultline/internal/itsm"
	"github.com/faultline-itsm/faultline/resolvers"
)

// TestEveryFieldOfTheRootsAsksForARole sends every field of the three roots as every
// role, with arguments made from the schema: whoever has no role of its policy is
// refused before anything is read, whoever has one is not.
func TestEveryFieldOfTheRootsAsksForARole(t *testing.T) {
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphqls", Input: resolvers.SDL()})
	must(t, err)
	b := open(t, nil)
	asked := map[string]bool{}
	for _, root := range []*ast.Definition{schema.Query, schema.Mutation} {
		for _, f := range root.Fields {
			if strings.HasPrefix(f.Name, "__") {
				continue
			}
			name := root.Name + "." + f.Name
			roles, known := resolvers.Policy(name)
			if !known {
				t.Errorf("%s has no policy", name)
				continue
			}
			asked[name] = true
			document := strings.ToLower(root.Name) + " { " + f.Name + arguments(schema, f.Arguments) + selection(schema, f.Type) + " }"
			for _, role := range itsm.Roles {
				resp := b.Execute(context.Background(), resolvers.Request{Query: document, Principal: &itsm.Actor{Name: "p", Roles: []itsm.Role{role}}})
				refused := len(resp.Errors) > 0 && resp.Errors[0].Extensions["code"] == "PERMISSION_DENIED"
				if len(resp.Errors) > 0 && strings.HasPrefix(fmt.Sprint(resp.Errors[0].Extensions["code"]), "GRAPHQL_") {
					t.Fatalf("%s: %v", document, resp.Errors)
				}
				if may := len(roles) == 0 || slices.Contains(roles, role); may == refused {
					t.Errorf("%s as %s: refused %t, its policy is %v", name, role, refused, roles)
				}
			}
			nobody := b.Execute(context.Background(), resolvers.Request{Query: document, Principal: &itsm.Actor{Name: "p"}})
			if refused := len(nobody.Errors) > 0 && nobody.Errors[0].Extensions["code"] == "PERMISSION_DENIED"; refused == (len(roles) == 0) {
				t.Errorf("%s without a role: refused %t", name, refused)
			}
		}
	}
	for _, f := range schema.Subscription.Fields {
		if _, known := resolvers.Policy("Subscription." + f.Name); !known {
			t.Errorf("Subscription.%s has no policy", f.Name)
		}
		asked["Subscription."+f.Name] = true
	}
	for _, name := range resolvers.Policies() {
		if !asked[name] && !strings.Contains(name, ".__") {
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
