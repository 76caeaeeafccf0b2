package view

import (
	"encoding/base64"
	"encoding/json"
	"strconv"

	"github.com/faultline-itsm/faultline/graph"
)

// Query is the root of all reading; a payload carries it for reading on.
type Query struct{}

// Node is anything that has a global id.
type Node interface{ IsNode() }

// EncodeID makes the opaque global id of a node.
func EncodeID(id graph.ID) string {
	return base64.RawURLEncoding.EncodeToString([]byte("n" + id.String()))
}

// DecodeID reads what EncodeID writes, and nothing else.
func DecodeID(s string) (graph.ID, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err == nil && len(b) > 1 && b[0] == 'n' {
		n, err := strconv.ParseUint(string(b[1:]), 10, 64)
		if id := graph.ID(n); err == nil && id > 0 && EncodeID(id) == s {
			return id, nil
		}
	}
	return 0, graph.Errorf(graph.Invalid, "this is not the id of anything").WithHint("use an id as an answer gave it, or name the CI by its ref")
}

// EncodeCursor makes an opaque cursor of a kind of list. The parts are what the
// list continues after.
func EncodeCursor(kind string, parts ...string) string {
	b, _ := json.Marshal(append([]string{kind}, parts...)) // strings always marshal
	return base64.RawURLEncoding.EncodeToString(b)
}

// DecodeCursor reads what EncodeCursor wrote for the same kind of list.
func DecodeCursor(kind, s string) ([]string, error) {
	var all []string
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err == nil {
		err = json.Unmarshal(b, &all)
	}
	if err != nil || len(all) == 0 || all[0] != kind {
		return nil, BadCursor()
	}
	return all[1:], nil
}

// BadCursor refuses a cursor.
func BadCursor() *graph.Error {
	return graph.Errorf(graph.Invalid, "the cursor does not belong to this list").WithHint("use the endCursor of the page before, or start at the first page")
}

// PageInfo says where a page stands in its list.
type PageInfo struct {
	HasNextPage bool
	EndCursor   *string
}

// PageOf says where a page stands that ends with the cursor (none where it is
// empty).
func PageOf(more bool, cursors ...string) PageInfo {
	info := PageInfo{HasNextPage: more}
	if n := len(cursors); n > 0 {
		info.EndCursor = &cursors[n-1]
	}
	return info
}
