package resolvers

import (
	"encoding/json"
	"testing"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
	"github.com/faultline-itsm/faultline/internal/store"
)

// Whatever filter a client sends is refused with words or is one that the store's
// port takes.
func FuzzFilters(f *testing.F) {
	for _, s := range []string{
		`{}`, `{"name":{"eq":"x"}}`, `{"and":[{"or":[{"not":[{"scope":{"in":[]}}]}]}]}`, `{"isA":["server"],"attributes":[{"name":"os","eq":1}]}`,
		`{"attributes":[{"name":"lifecycle","in":["LIVE",null]}]}`, `{"ref":{"eq":"server:a/b/c"}}`, `{"changedIn":{"gt":3}}`, `{"not":[{}]}`, `{"and":[{"retired":true}]}`,
		`{"attributes":[{"name":"os","eq":{"a":[1e400]}}]}`,
	} {
		f.Add([]byte(s))
	}
	cat := graph.Builtin()
	few := func(string, int) (int, error) { return 1, nil }
	f.Fuzz(func(t *testing.T, b []byte) {
		var in gql.CIFilter
		if json.Unmarshal(b, &in) != nil {
			return
		}
		q, err := pageQuery(cat, &in, nil, nil, nil)
		if err != nil {
			if e := graph.AsError(err); e.Kind == graph.Internal || e.Message == "" {
				t.Errorf("%s: %v", b, err)
			}
			return
		}
		if err := q.Validate(cat, few); err != nil && graph.AsError(err).Kind == graph.Internal {
			t.Errorf("%s: %v", b, err)
		}
		store.Match(q.Filter, &graph.Node{ID: 1, Ref: graph.Ref{Class: "server", Scope: "default", Name: "x"}}, cat)
	})
}
