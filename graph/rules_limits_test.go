package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/faultline-itsm/faultline/graph"
)

func TestLimits(t *testing.T) {
	many := func(n int) graph.DefineClass { // a class with n attributes a0, a1, ... of text
		c := class("wide", "server")
		for i := range n {
			c.Class.Attributes = append(c.Class.Attributes, attribute(fmt.Sprint("a", i), graph.StringKind))
		}
		return c
	}
	filled := func(n, bytes int) op {
		p := put("wide:w")
		for i := range n {
			p.Attributes[fmt.Sprint("a", i)] = graph.StringValue(strings.Repeat("x", bytes))
		}
		return p
	}
	long := func(n int) graph.Value { return graph.StringValue(strings.Repeat("x", n)) }
	var half []graph.Value
	for range 512 {
		half = append(half, graph.StringValue("12345678"))
	}
	check(t, []rule{
		{name: "128 attributes", given: []op{many(129)}, do: []op{filled(128, 1)}, want: "CREATED"},
		{name: "129 attributes", given: []op{many(129)}, do: []op{filled(129, 1)}, want: "LIMIT_EXCEEDED 0 attributes: at most 128"},
		{name: "the 129th attribute later", given: []op{many(129), filled(128, 1)}, do: []op{put("wide:w", "a128", "x")}, want: "LIMIT_EXCEEDED 0 attributes: at most 128"},
		{name: "one goes as one comes", given: []op{many(129), filled(128, 1)}, do: []op{put("wide:w", "a128", "x", "a0", nil)}, want: "UPDATED"},
		{name: "a value of 8 KiB", do: []op{put("server:web", "os", long(graph.MaxValueBytes))}, want: "UPDATED"},
		{name: "a value of a byte more", do: []op{put("server:web", "os", long(graph.MaxValueBytes+1))}, want: "LIMIT_EXCEEDED 0 attributes.os: at most 8192"},
		{name: "a pin of a byte more", do: []op{graph.SetPin{Node: at("server:web"), Pin: graph.Pin{Attribute: "os", Author: "ada", Value: long(graph.MaxValueBytes + 1)}}}, want: "LIMIT_EXCEEDED 0 attributes.os: at most 8192"},
		{name: "a list of 8 KiB", do: []op{class("lister", "ci", graph.AttributeDef{Name: "l", Type: graph.ListKind, Of: graph.StringKind}), put("lister:l", "l", graph.ListValue(half...))}, want: "CREATED CREATED"},
		{name: "a list of more", do: []op{class("lister", "ci", graph.AttributeDef{Name: "l", Type: graph.ListKind, Of: graph.StringKind}), put("lister:l", "l", graph.ListValue(append(half, graph.StringValue(""))...))}, want: "LIMIT_EXCEEDED 1 attributes.l: at most 8192"},
		{name: "just below 64 KiB in one CI", given: []op{many(9)}, do: []op{filled(8, 8000)}, want: "CREATED"},
		{name: "more than 64 KiB in one CI", given: []op{many(9)}, do: []op{filled(9, 8000)}, want: "LIMIT_EXCEEDED 0 attributes: at most 65536"},
		{name: "more than 64 KiB of two sources", given: []op{many(9), filled(5, 8000)}, by: "scan", do: []op{filled(5, 8000)}, want: "LIMIT_EXCEEDED 0 attributes: at most 65536"},
	})
}

func TestABatchHasAnEnd(t *testing.T) {
	t.Parallel()
	ops := make([]op, graph.MaxOperations+1)
	for i := range ops {
		ops[i] = put("server:web")
	}
	s := graph.Empty()
	if _, err := graph.Check(graph.Batch{Ops: ops}, s, graph.Records{}); !graph.IsKind(err, graph.LimitExceeded) || graph.AsError(err).Op != -1 {
		t.Errorf("5001 operations: %v", err)
	}
	plan, err := graph.Check(graph.Batch{Ops: ops[:graph.MaxOperations]}, s, graph.Records{})
	if err != nil || len(plan.Effects) != graph.MaxOperations || len(plan.Changes) != 1 || plan.LastID != 1 {
		t.Errorf("5000 operations: %v", err)
	}
	if plan, err = graph.Check(graph.Batch{}, s, graph.Records{}); err != nil || len(plan.Changes) != 0 || len(plan.Effects) != 0 {
		t.Errorf("no operations: %v", err)
	}
}

// A plan leaves the records that it was made of as they were: others may hold them.
func TestAPlanLeavesTheRecordsAlone(t *testing.T) {
	t.Parallel()
	check := func(b graph.Batch, s *graph.Snapshot, r graph.Records) {
		before := map[graph.ID]string{}
		for id, n := range r.Nodes {
			before[id] = string(n.Append(nil))
		}
		if _, err := graph.Check(b, s, r); err != nil {
			t.Fatal(err)
		}
		for id, n := range r.Nodes {
			if string(n.Append(nil)) != before[id] {
				t.Errorf("node %d was changed in place", id)
			}
		}
	}
	m := settled(t, append(estate(), graph.PutKey{Node: at("server:web"), Key: at("a=1").Key}, graph.SetPin{Node: at("server:web"), Pin: graph.Pin{Author: "ada"}}, rename("server:web", "w"), rename("server:w", "web")))
	check(graph.Batch{Ops: []op{put("server:web", "os", "BSD", "memory", 1), graph.PutKey{Node: at("server:web"), Key: at("a=0").Key}, rename("server:web", "www"),
		graph.Unpin{Node: at("#1")}, graph.WithdrawClaim{Node: at("#1")}, retire("#1"), restore("#1")}}, m.Snapshot, m.All())
}
