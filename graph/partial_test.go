package graph_test

import (
	"strings"
	"testing"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/graph/graphtest"
)

func TestAnAnswerSaysThatASourceIsNotDone(t *testing.T) {
	t.Parallel()
	w := world{t, graphtest.NewMemory()}
	partial := func(chunk int, op op) []string {
		w.commit(graph.Batch{Source: "discovery", Run: &graph.Run{Hash: "h", Source: "discovery", Chunk: chunk, Chunks: 2}, Ops: []graph.Operation{op}})
		a, err := graph.Assess(w.Snapshot, graph.Scenario{Effects: []graph.OwnEffect{{CI: w.id("server:web")}}}, graph.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, x := range a.Assumptions() {
			if x.Kind == graph.AssumedPartial {
				out = append(out, x.Text)
			}
		}
		return out
	}
	w.commit(graph.Batch{Ops: estate()})
	if got := partial(0, put("server:new")); len(got) != 1 || !strings.Contains(got[0], `"discovery" is not complete (1 of 2 parts)`) {
		t.Errorf("after the first part: %v", got)
	}
	if got := partial(1, put("server:newer")); got != nil {
		t.Errorf("after the last part: %v", got)
	}
}
