package resolvers

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/faultline-itsm/faultline/internal/gql"
)

// A price of a field that was renamed would be no price at all, and a mutation
// without one was forgotten.
func TestPricesAreOfFieldsThatThereAre(t *testing.T) {
	schema := gql.Schema(gql.Config{}).Schema()
	names := slices.Concat(slices.Collect(maps.Keys(prices.Fields)), slices.Collect(maps.Keys(prices.Lists)), slices.Collect(maps.Keys(prices.Sized)))
	for _, name := range names {
		on, field, _ := strings.Cut(name, ".")
		if schema.Types[on] == nil || schema.Types[on].Fields.ForName(field) == nil {
			t.Errorf("the schema has no %s", name)
		}
	}
	for _, f := range schema.Mutation.Fields {
		if prices.Fields["Mutation."+f.Name] == 0 {
			t.Errorf("the mutation %s has no price", f.Name)
		}
	}
}
