package graph_test

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/graph/graphtest"
	"pgregory.net/rapid"
)

// After any batch the snapshot that Apply makes is that of the records made from
// scratch, and the content hash the sum of all records.
func TestWhatIsPlannedIsWhatIsThere(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := draw{t: t}
		m := d.state()
		if fault := unsound(m); fault != "" {
			t.Fatal("the state before: ", fault)
		}
		b := d.batch(m, 12)
		if _, err := m.Commit(b); err != nil {
			t.Fatalf("what can be planned cannot be applied: %v\n%s", err, listed(b))
		}
		if fault := unsound(m); fault != "" {
			t.Fatalf("%s\n%s", fault, listed(b))
		}
	})
}

// The records that a batch asks for are enough: with all records at hand it comes
// to the same.
func TestWhatIsWantedIsEnough(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := draw{t: t}
		m := d.state()
		b := d.batch(m, 8)
		b.Ops = append(b.Ops, d.operation()) // which most often is refused
		plan, err := m.Plan(b)
		refused(t, b, err)
		full, fullErr := graph.Check(b, m.Snapshot, m.All())
		if told(plan, err) != told(full, fullErr) || !reflect.DeepEqual(plan, full) {
			t.Fatalf("it is %s\nwith all records %s\n%s", told(plan, err), told(full, fullErr), listed(b))
		}
	})
}

// One batch and its operations in commits of their own lead to the same records,
// but for what counts commits: versions, revisions, the greatest membership ever
// committed, and rules, which begin where a commit leaves two members.
func TestABatchIsItsOperationsOneByOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := draw{t: t}
		m := d.state()
		d.byID = m.Snapshot.Head().LastID
		b := d.batch(m, 10)
		one, each := m.Clone(), m.Clone()
		if _, err := one.Commit(b); err != nil {
			t.Fatal(err)
		}
		for i, o := range b.Ops {
			if _, err := each.Commit(graph.Batch{Source: b.Source, Ops: []op{o}}); err != nil {
				t.Fatalf("operation %d is refused by itself: %v\n%s", i, err, listed(b))
			}
		}
		x, y := withoutCommits(one), withoutCommits(each)
		if len(x) != len(y) {
			t.Fatalf("%d records, one by one %d\n%s", len(x), len(y), listed(b))
		}
		for k := range x {
			if x[k] != y[k] {
				t.Fatalf("%s\n%q, one by one\n%q\n%s", k, x[k], y[k], listed(b))
			}
		}
	})
}

// withoutCommits are all records in their canonical form, by kind and key, without
// what counts commits.
func withoutCommits(m *graphtest.Memory) map[string]string {
	out := map[string]string{}
	for _, c := range m.Everything() {
		switch {
		case c.Node != nil:
			n := *c.Node
			n.Version, n.Created, n.Changed = 0, 0, 0
			out[fmt.Sprint("node ", n.ID)] = string(n.Append(nil))
		case c.Relation != nil:
			r := *c.Relation
			r.Version, r.Created, r.Changed = 0, 0, 0
			out[fmt.Sprint("relation ", r.RelationKey)] = string(r.Append(nil))
		case c.Requirement != nil && !c.Requirement.ByRule:
			q := *c.Requirement
			q.Version, q.Created, q.Changed, q.Greatest = 0, 0, 0, 0
			out[fmt.Sprint("requirement ", q.RequirementKey)] = string(q.Append(nil))
		}
	}
	return out
}

// An import, which says each thing once, changes nothing when it is run again, by
// whatever means it was seen.
func TestTheSameAgainChangesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := draw{t: t}
		m := d.state()
		first, second := graph.Batch{Source: "scan"}, graph.Batch{Source: "scan"}
		said := map[string]bool{}
		for range d.number(1, 15) {
			o, key := d.statement(m)
			more := first
			more.Ops = append(first.Ops[:len(first.Ops):len(first.Ops)], o)
			if _, err := m.Plan(more); said[key] || refused(t, more, err) {
				continue
			}
			said[key] = true
			first = more
			second.Ops = append(second.Ops, later(o))
		}
		if _, err := m.Commit(first); err != nil {
			t.Fatal(err)
		}
		plan, err := m.Plan(second)
		if err != nil || len(plan.Changes) != 0 {
			t.Fatalf("the same again: %s\n%s", told(plan, err), listed(first))
		}
	})
}

// statement draws what an import may say, and of what, whichever of its names is
// used.
func (d draw) statement(m *graphtest.Memory) (op, string) {
	of := func(n graph.NodeRef) string {
		if id := m.Records(graph.Wants{Refs: []graph.Ref{n.Ref}}).ByRef[n.Ref]; id != 0 {
			return id.String()
		}
		return n.Ref.String()
	}
	ref := func() graph.NodeRef { return graph.NodeRef{Ref: d.ref(d.of(someClasses))} }
	switch d.number(0, 3) {
	case 0:
		p := d.upsert()
		p.Node, p.Class, p.Name = ref(), "", ""
		return p, "node " + of(p.Node)
	case 1:
		q := graph.PutRequirement{Of: ref(), Name: d.of(someGroups), Rule: graph.Any}
		return q, "requirement " + of(q.Of) + q.Name
	}
	r := d.relation()
	r.From, r.To = ref(), ref()
	return r, fmt.Sprint("relation ", of(r.From), r.Type, of(r.To), r.Requirement, r.Qualifier)
}

// later is the same statement of a later run.
func later(o op) op {
	switch o := o.(type) {
	case graph.PutNode:
		o.Evidence = seen(9, "the next run", "")
		return o
	case graph.PutRelation:
		o.Evidence = seen(9, "the next run", "")
		return o
	}
	return o
}
