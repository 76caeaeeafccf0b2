package graph_test

import (
	"fmt"
	"testing"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/graph/graphtest"
	"pgregory.net/rapid"
)

// settled is a store after one batch that must be fine.
func settled(t testing.TB, ops []op) *graphtest.Memory {
	t.Helper()
	m := graphtest.NewMemory()
	if _, err := m.Commit(graph.Batch{Ops: ops}); err != nil {
		t.Fatal(err)
	}
	return m
}

// farm has rules whose members overlap, and box an attribute that it requires and
// sources in an order: what the built-in classes do not have.
func ownClasses() []op {
	farm := graph.Class{Name: "farm", Extends: "server", Redundancy: []graph.RedundancyRule{
		{Name: "m", Type: "DEPENDS_ON", Provider: "server", Rule: graph.Any}, {Name: "z", Type: "DEPENDS_ON", Rule: graph.AtLeast, K: 2}}}
	box := graph.Class{Name: "box", Extends: "server", Attributes: []graph.AttributeDef{required(attribute("size", graph.IntKind), "")},
		Ranking: []graph.SourceRanking{{Sources: []string{"scan"}}}}
	return []op{graph.DefineClass{Class: farm}, graph.DefineClass{Class: box},
		graph.DefineRelationType{Type: graph.RelationType{Name: "LINKED_TO", Reverse: "LINKS", Plane: "network", Transfer: graph.Soft}}}
}

// The few words that random batches are made of, so that they meet.
var (
	someClasses = []string{"server", "farm", "box", "application", "power_feed"}
	someNames   = []string{"a", "b", "c"}
	someTypes   = []string{"DEPENDS_ON", "POWERED_BY", "LINKED_TO", "RUNS_ON"}
	someKeys    = []string{"n=1", "n=2", "n=3"}
	someGroups  = []string{"power", "z", "q"}
)

// A draw makes random operations over few names.
type draw struct {
	t    *rapid.T
	byID graph.ID // nodes are named by their id up to this one only; 0: by any name
}

func (d draw) of(words []string) string { return rapid.SampledFrom(words).Draw(d.t, "word") }
func (d draw) chance(oneIn int) bool    { return rapid.IntRange(1, oneIn).Draw(d.t, "chance") == 1 }
func (d draw) number(low, high int) int { return rapid.IntRange(low, high).Draw(d.t, "number") }
func (d draw) key() graph.Key           { return at(d.of(someKeys)).Key }
func (d draw) ref(class string) graph.Ref {
	return graph.Ref{Class: class, Scope: graph.DefaultScope, Name: d.of(someNames)}
}

func (d draw) node() graph.NodeRef {
	switch {
	case d.byID > 0:
		return graph.NodeRef{ID: graph.ID(d.number(1, int(d.byID)))}
	case d.chance(8):
		return graph.NodeRef{Key: d.key()}
	case d.chance(6):
		return graph.NodeRef{ID: graph.ID(d.number(1, 12))}
	}
	return graph.NodeRef{Ref: d.ref(d.of(someClasses))}
}

func (d draw) attributes() map[string]graph.Value {
	out := map[string]graph.Value{}
	if d.chance(2) {
		out["lifecycle"] = rapid.SampledFrom([]graph.Value{{}, graph.StringValue("LIVE"), graph.StringValue("PLANNED")}).Draw(d.t, "lifecycle")
	}
	if d.chance(3) {
		out["owner"] = rapid.SampledFrom([]graph.Value{{}, graph.StringValue("x"), graph.StringValue("y")}).Draw(d.t, "owner")
	}
	return out
}

// upsert makes a node that most often can be made.
func (d draw) upsert() graph.PutNode {
	p := graph.PutNode{Node: d.node(), Attributes: d.attributes(), Whole: d.chance(6), Stub: d.chance(6)}
	if p.Node.Ref.Class == "box" {
		p.Attributes["size"] = graph.IntValue(int64(d.number(1, 2)))
	}
	if (p.Node.Key != graph.Key{}) && d.chance(2) {
		r := d.ref("server")
		p.Class, p.Name = r.Class, r.Name
	}
	if d.chance(5) {
		p.Keys = []graph.Key{d.key()}
	}
	return p
}

func (d draw) relation() graph.PutRelation {
	r := graph.PutRelation{From: d.node(), Type: d.of(someTypes), To: d.node()}
	if d.chance(4) {
		r.Requirement = d.of(someGroups)
	}
	if d.chance(6) {
		r.Qualifier = "eth1"
	}
	if d.chance(4) {
		soft := graph.Soft
		r.Props.Transfer = &soft
	}
	if d.chance(4) {
		r.Keep, r.Forget = graph.TransferField, graph.ConfirmedByField
	}
	return r
}

func (d draw) operation() op {
	switch d.number(0, 22) {
	case 0, 1, 2:
		return d.upsert()
	case 3, 4, 5, 6, 7, 8:
		return d.relation()
	case 9, 10, 11:
		r := d.relation()
		return graph.WithdrawRelation{From: r.From, Type: r.Type, To: r.To, Requirement: r.Requirement, Qualifier: r.Qualifier}
	case 12:
		r := d.relation()
		return graph.Confirm{From: r.From, Type: r.Type, To: r.To, Requirement: r.Requirement, Evidence: graph.Evidence{ConfirmedBy: d.of(someNames)}}
	case 13, 14:
		return graph.PutRequirement{Of: d.node(), Name: d.of(someGroups), Rule: rapid.SampledFrom([]graph.Rule{graph.All, graph.Any}).Draw(d.t, "rule")}
	case 15:
		groups := someGroups
		if d.byID > 0 {
			groups = []string{"q"} // whether a rule has made the others depends on where commits end
		}
		return graph.WithdrawRequirement{Of: d.node(), Name: d.of(groups)}
	case 16:
		return graph.ClaimAttributes{Node: d.node(), Attributes: d.attributes()}
	case 17:
		return rapid.SampledFrom([]op{graph.WithdrawClaim{Node: d.node()}, graph.PutKey{Node: d.node(), Key: d.key()}}).Draw(d.t, "claim or key")
	case 18:
		return rapid.SampledFrom([]op{graph.SetPin{Node: d.node(), Pin: graph.Pin{Author: d.of(someNames)}}, graph.Unpin{Node: d.node()}}).Draw(d.t, "pin")
	case 19:
		return graph.Retire{Node: d.node()}
	case 20:
		return graph.Restore{Node: d.node()}
	case 21:
		return graph.Purge{Node: d.node()}
	}
	if d.byID > 0 { // names that nobody else has: what a former name finds may depend on when it is asked for
		return graph.Rename{Node: d.node(), Name: fmt.Sprint("new", d.number(0, 1<<30))}
	}
	return graph.Rename{Node: d.node(), Name: d.of(someNames)}
}

// batch draws operations of which each can be done after those before it.
func (d draw) batch(m *graphtest.Memory, most int) graph.Batch {
	b := graph.Batch{Source: rapid.SampledFrom([]string{"manual", "scan"}).Draw(d.t, "source")}
	for range d.number(1, most) {
		more := b
		more.Ops = append(b.Ops[:len(b.Ops):len(b.Ops)], d.operation())
		if _, err := m.Plan(more); !refused(d.t, more, err) {
			b = more
		}
	}
	return b
}

// refused says whether a batch was refused, and fails where it was no refusal.
func refused(t *rapid.T, b graph.Batch, err error) bool {
	if err != nil && graph.IsKind(err, graph.Internal) {
		t.Fatalf("%s\n%s", told(nil, err), listed(b))
	}
	return err != nil
}

func listed(b graph.Batch) string {
	out := "source " + b.Source
	for i, o := range b.Ops {
		out += fmt.Sprintf("\n%d %T %+v", i, o, o)
	}
	return out
}

// state draws a store after some commits.
func (d draw) state() *graphtest.Memory {
	m := graphtest.NewMemory()
	if _, err := m.Commit(graph.Batch{Ops: append(ownClasses(), put("server:a"), put("server:b"), put("farm:a"), put("power_feed:a"), put("power_feed:b"), put("application:a"),
		relate("server:a POWERED_BY power_feed:a"), relate("farm:a DEPENDS_ON server:a"))}); err != nil {
		d.t.Fatal(err)
	}
	for range d.number(0, 4) {
		b := d.batch(m, 8)
		if _, err := m.Commit(b); err != nil {
			d.t.Fatalf("%v\n%s", err, listed(b))
		}
	}
	return m
}
