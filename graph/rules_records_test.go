package graph_test

import (
	"testing"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/graph/graphtest"
)

func TestRecordsAreKept(t *testing.T) {
	check(t, []rule{
		{name: "a record is not made by anybody", do: []op{put("change:CHG1")}, want: "BLOCKED 0 ci: only the service changes"},
		{name: "nor by its key", do: []op{graph.PutNode{Node: graph.NodeRef{Key: graph.Key{Source: "x", Value: "1"}}, Class: "vote", Name: "v"}}, want: "BLOCKED 0 ci: only the service"},
		{name: "nor related", do: []op{relate("change:CHG1 AFFECTS server:web")}, want: "BLOCKED 0 ci: only the service"},
		{name: "nor retired", do: []op{graph.Retire{Node: at("change:CHG1")}}, want: "BLOCKED 0 ci: only the service"},
		{name: "a baseline is made by everybody", do: []op{put("configuration_baseline:before", "revision", 1)}, want: "CREATED"},
		{name: "the source of records is the service's", by: graph.RecordSource, do: []op{put("server:web")}, want: "INVALID -1 -: name your own source"},
	})
}

// recorded is a batch of a room.
func recorded(ops ...op) graph.Batch {
	return graph.Batch{Source: graph.RecordSource, Kept: true, Ops: ops}
}

func TestWhatARecordSaysOfACI(t *testing.T) {
	t.Parallel()
	affects := func(typ string, facts map[string]graph.Value) op {
		return graph.PutRelation{From: at("change:CHG1"), Type: typ, To: at("server:web"), Props: graph.RelationProps{Facts: facts}}
	}
	fact := func(name, value string) map[string]graph.Value {
		return map[string]graph.Value{name: graph.StringValue(value)}
	}
	w := world{t, graphtest.NewMemory()}
	w.commit(graph.Batch{Ops: estate()})
	w.commit(recorded(put("change:CHG1"), affects("AFFECTS", fact("effect", "OUTAGE"))))
	for _, x := range []struct {
		name string
		op   op
		want string
	}{
		{"the same again", affects("AFFECTS", fact("effect", "OUTAGE")), "UNCHANGED = 0"},
		{"another effect", affects("AFFECTS", fact("effect", "RESTART")), "UPDATED = 1"},
		{"no effect", affects("AFFECTS", nil), "UPDATED = 1"},
		{"not a value of the fact", affects("AFFECTS", fact("effect", "FIRE")), "INVALID 0 effect: not a fact"},
		{"no fact of the type", affects("AFFECTS", fact("colour", "red")), "INVALID 0 colour: not a fact"},
		{"a type without facts", graph.PutRelation{From: at("application:shop"), Type: "DEPENDS_ON", To: at("server:db"), Props: graph.RelationProps{Facts: fact("effect", "OUTAGE")}}, "INVALID 0 effect: not a fact of DEPENDS_ON"},
	} {
		plan, err := w.Plan(recorded(x.op))
		if got := told(plan, err); !matches(got, x.want) {
			t.Errorf("%s: %s, want %s", x.name, got, x.want)
		}
	}
	if v := w.relation("change:CHG1 AFFECTS server:web").Claims[0].Facts["effect"]; v.Str() != "OUTAGE" {
		t.Errorf("the effect is %q", v)
	}
}
