package change

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/graph/graphtest"
)

// A patch that is rebased on another one does what it does where that one is committed
// first, and it is planned again.
func TestARebasedPatchIsTheOnePlannedAfterwards(t *testing.T) {
	compared := 0
	rapid.Check(t, func(t *rapid.T) {
		m := graphtest.NewMemory()
		if _, err := m.Commit(graph.Batch{Actor: "ada", Source: "manual", Ops: []graph.Operation{put("a"), put("b"), put("c"), graph.PutRelation{From: put("a").Node, Type: "DEPENDS_ON", To: put("b").Node}}}); err != nil {
			t.Fatal(err)
		}
		_, _ = m.Commit(drawBatch(t, 4, "old"))                              // or it is refused
		mine, theirs := drawBatch(t, 3, "x", "y"), drawBatch(t, 3, "x", "y") // what they say is not so already
		first, err := m.Plan(mine)
		if err != nil {
			return
		}
		second, err := m.Plan(theirs)
		if err != nil {
			return
		}
		then := m.Clone()
		if _, err := then.Commit(mine); err != nil {
			t.Fatal(err)
		}
		again, err := then.Plan(theirs)
		if err != nil {
			return // they contradict each other
		}
		rebased, ok := rebase(m.Snapshot, first.Changes, second.Changes)
		if !ok {
			return // both are about one relation or group
		}
		got, want := outcome(refsOf(m, first.Changes, rebased), first.Changes, rebased), outcome(refsOf(m, first.Changes, again.Changes), first.Changes, again.Changes)
		says := outcome(refsOf(m, second.Changes), second.Changes) // but for what is so already: it is none of its changes
		for _, of := range []map[string]string{got, want} {
			maps.DeleteFunc(of, func(name, _ string) bool { return says[name] == "" })
		}
		if !maps.Equal(got, want) {
			t.Fatalf("rebased: %v\nplanned afterwards: %v", got, want)
		}
		if _, err := then.Snapshot.Apply(again.Changes, then.Snapshot.Head()); err != nil {
			t.Fatal(err)
		}
		compared++
	})
	if compared < 20 {
		t.Errorf("only %d pairs were compared", compared)
	}
}

func put(name string) graph.PutNode {
	return graph.PutNode{Node: graph.NodeRef{Ref: graph.Ref{Class: "server", Scope: graph.DefaultScope, Name: name}}}
}

// drawBatch makes, retires and relates some of few CIs, of which it says one of some texts.
func drawBatch(t *rapid.T, n int, says ...string) graph.Batch {
	name := func() graph.NodeRef {
		return put(rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}).Draw(t, "name")).Node
	}
	b := graph.Batch{Actor: "ada", Source: rapid.SampledFrom([]string{"manual", "scan"}).Draw(t, "source")}
	for range rapid.IntRange(1, n).Draw(t, "operations") {
		switch rapid.IntRange(0, 6).Draw(t, "what") {
		case 0, 1, 2:
			values := map[string]graph.Value{}
			for _, attribute := range []string{"owner", "description"} {
				if v := rapid.SampledFrom(append(says, "")).Draw(t, attribute); v != "" {
					values[attribute] = graph.StringValue(v)
				}
			}
			b.Ops = append(b.Ops, graph.PutNode{Node: name(), Attributes: values})
		case 3:
			b.Ops = append(b.Ops, graph.Retire{Node: name()})
		case 4, 5:
			b.Ops = append(b.Ops, graph.PutRelation{From: name(), Type: "DEPENDS_ON", To: name()})
		case 6:
			b.Ops = append(b.Ops, graph.WithdrawRelation{From: name(), Type: "DEPENDS_ON", To: name()})
		}
	}
	return b
}

// refsOf names all nodes, those that patches make included.
func refsOf(m *graphtest.Memory, patches ...[]graph.Change) func(graph.ID) graph.Ref {
	made := map[graph.ID]graph.Ref{}
	for _, patch := range patches {
		for k := range patch {
			if n := patch[k].Node; n != nil && patch[k].NodeWas == nil {
				made[n.ID] = n.Ref
			}
		}
	}
	return func(id graph.ID) graph.Ref {
		if r, ok := made[id]; ok {
			return r
		}
		return m.Snapshot.Ref(id)
	}
}

// outcome is what patches, one after the other, make of what they are about, in words.
func outcome(ref func(graph.ID) graph.Ref, patches ...[]graph.Change) map[string]string {
	out := map[string]string{}
	for _, patch := range patches {
		for k := range patch {
			switch c := &patch[k]; {
			case c.Node != nil:
				says := fmt.Sprint("retired ", c.Node.Retired)
				for _, claim := range c.Node.Claims {
					for _, name := range slices.Sorted(maps.Keys(claim.Attributes)) {
						says += fmt.Sprint(", ", claim.Source, " ", name, "=", claim.Attributes[name])
					}
				}
				out[ref(c.Node.ID).String()] = says
			case c.Relation != nil:
				out[ref(c.Relation.From).String()+" on "+ref(c.Relation.To).String()] = "is there"
			case c.RelationWas != nil:
				out[ref(c.RelationWas.From).String()+" on "+ref(c.RelationWas.To).String()] = "is gone"
			}
		}
	}
	return out
}
