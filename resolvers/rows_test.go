package resolvers_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/faultline-itsm/faultline/resolvers"
)

const thousand = `{ cis(first: 1000, orderBy: [{field: REF}]) { nodes { id ref class name version lifecycle attributes { name value } } } }`

// BenchmarkRows is a page of 1,000 CIs with attributes; BenchmarkRowsJSON what
// encoding/json needs for the same bytes.
func BenchmarkRows(b *testing.B) {
	x := open(b, nil)
	rows(b, x, 500)
	for b.Loop() {
		if r := x.Execute(context.Background(), resolvers.Request{Query: thousand}); len(r.Errors) > 0 {
			b.Fatal(r.Errors)
		}
	}
}

func BenchmarkRowsJSON(b *testing.B) {
	x := open(b, nil)
	rows(b, x, 500)
	var v struct {
		Cis struct {
			Nodes []struct {
				ID         string `json:"id"`
				Ref        string `json:"ref"`
				Class      string `json:"class"`
				Name       string `json:"name"`
				Version    int    `json:"version"`
				Lifecycle  string `json:"lifecycle"`
				Attributes []struct {
					Name  string `json:"name"`
					Value any    `json:"value"`
				} `json:"attributes"`
			} `json:"nodes"`
		} `json:"cis"`
	}
	must(b, json.Unmarshal(x.Execute(context.Background(), resolvers.Request{Query: thousand}).Data, &v))
	for b.Loop() {
		if _, err := json.Marshal(v); err != nil {
			b.Fatal(err)
		}
	}
}
