package resolvers

import (
	"maps"
	"slices"
	"strings"

	"github.com/faultline-itsm/faultline/internal/gql"
)

// SDL is the schema as it is written, with its descriptions.
func SDL() string {
	sources := map[string]string{}
	schema := gql.Schema(gql.Config{}).Schema()
	for _, d := range schema.Types {
		if d.Position != nil && d.Position.Src != nil && !d.BuiltIn && !d.Position.Src.BuiltIn {
			sources[d.Position.Src.Name] = d.Position.Src.Input
		}
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		parts = append(parts, sources[name])
	}
	return strings.Join(parts, "\n")
}
