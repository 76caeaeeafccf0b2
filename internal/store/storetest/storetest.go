// Package storetest holds the promises of a store, executable. Its one idea: the
// names of the subtests are the promises in English, the same for every adapter,
// without exceptions. It refuses to know any technology.
package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
)

// Opener opens one more handle on the same store; the test closes it at its end.
type Opener func() store.Store

// Run holds a technology to the promises. fresh prepares a new, empty store and
// says how to open handles on it, as two processes would.
func Run(t *testing.T, fresh func(t *testing.T) Opener) {
	for _, p := range promises() {
		t.Run(p.name, func(t *testing.T) {
			b := &bench{T: t, open: fresh(t), fresh: fresh}
			b.st = b.handle()
			p.holds(b)
			if !t.Failed() {
				b.sound()
			}
		})
	}
}

type promise struct {
	name  string
	holds func(*bench)
}

func promises() (all []promise) {
	for _, some := range [][]promise{commits(), turns(), answers(), overlaps(), feeds(), values(), names(), finds(), limits(), dumps(), pasts()} {
		all = append(all, some...)
	}
	return all
}

// bench is one test with its store.
type bench struct {
	*testing.T
	open  Opener
	fresh func(t *testing.T) Opener
	st    store.Store
}

var background = context.Background()

// handle opens one more handle.
func (b *bench) handle() store.Store {
	st := b.open()
	b.Cleanup(func() {
		if err := st.Close(); err != nil {
			b.Errorf("Close: %v", err)
		}
	})
	return st
}

// sound ends every test: all that the store holds is consistent.
func (b *bench) sound() {
	b.Helper()
	sound(b.T, b.st)
}

func sound(t *testing.T, st store.Reader) {
	t.Helper()
	report, err := store.Check(background, st)
	if err != nil {
		t.Fatalf("Check: %v", err)
	}
	for _, f := range report.Broken {
		t.Errorf("Check: %s", f)
	}
}

func (b *bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b *bench) kind(err error, want graph.Kind) {
	b.Helper()
	if !graph.IsKind(err, want) {
		b.Fatalf("want an error of kind %s, got %v", want, err)
	}
}

// noon is when entries of the tests are made, plus their revision in seconds.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)

// sealed is a decision to write these changes, whatever the rules say.
func sealed(changes ...graph.Change) store.Decide {
	return func(ctx context.Context, tx store.Reader) (store.Outcome, error) {
		head, err := tx.Head(ctx)
		if err != nil {
			return store.Outcome{}, err
		}
		return store.Write(seal(head, changes...)), nil
	}
}

func seal(head graph.Head, changes ...graph.Change) *graph.Entry {
	e, _ := graph.Seal(graph.Entry{At: noon.Add(time.Duration(head.Revision) * time.Second),
		Actor: "tester", Source: "test", Message: "a test", Changes: changes}, head)
	return &e
}

// put writes changes.
func (b *bench) put(changes ...graph.Change) graph.Head {
	b.Helper()
	h, err := b.st.Commit(background, sealed(changes...))
	b.must(err)
	return h
}

// commit checks a batch at the head and writes it: what the shell does, done the
// slow way, from the stream.
func commit(ctx context.Context, st store.Store, ops ...graph.Operation) (*graph.Plan, graph.Head, error) {
	var plan *graph.Plan
	head, err := st.Commit(ctx, func(ctx context.Context, tx store.Reader) (store.Outcome, error) {
		var err error
		var head graph.Head
		if plan, head, err = checked(ctx, tx, ops); err != nil || len(plan.Changes) == 0 {
			return store.Outcome{}, err
		}
		return store.Write(seal(head, plan.Changes...)), nil
	})
	return plan, head, err
}

func checked(ctx context.Context, tx store.Reader, ops []graph.Operation) (*graph.Plan, graph.Head, error) {
	builder := graph.NewBuilder()
	head, err := tx.Stream(ctx, builder.Add)
	if err != nil {
		return nil, head, err
	}
	s, err := builder.Build(head)
	if err != nil {
		return nil, head, err
	}
	batch := graph.Batch{Actor: "tester", Source: graph.ManualSource, Ops: ops}
	recs, err := tx.Records(ctx, graph.WantedNames(batch, s))
	if err != nil {
		return nil, head, err
	}
	full, err := tx.Records(ctx, graph.WantedRecords(batch, s, recs))
	if err != nil {
		return nil, head, err
	}
	full.ByRef, full.ByKey = recs.ByRef, recs.ByKey
	plan, err := graph.Check(batch, s, full)
	return plan, head, err
}

// node is a new living node of the class with a claim of the attributes.
func node(id graph.ID, class, name string, attributes map[string]graph.Value) *graph.Node {
	n := &graph.Node{ID: id, Ref: graph.Ref{Class: class, Scope: graph.DefaultScope, Name: name}, Version: 1, Created: 1, Changed: 1}
	if attributes != nil {
		n.Claims = []graph.Claim{{Source: "test", Attributes: attributes}}
	}
	return n
}

func server(id graph.ID, name string) *graph.Node { return node(id, "server", name, nil) }

func created(nodes ...*graph.Node) (out []graph.Change) {
	for _, n := range nodes {
		out = append(out, graph.Change{Node: n})
	}
	return out
}

// edited is the change of a node by a function.
func edited(n *graph.Node, edit func(*graph.Node)) graph.Change {
	c := *n
	edit(&c)
	c.Version++
	return graph.Change{NodeWas: n, Node: &c}
}

func relation(from graph.ID, typ string, to graph.ID) *graph.Relation {
	return &graph.Relation{RelationKey: graph.RelationKey{From: from, Type: typ, To: to}, Version: 1, Created: 1, Changed: 1,
		Claims: []graph.RelationClaim{{Source: "test"}}}
}

// load is all records, as they are streamed.
func (b *bench) load(st store.Reader) (graph.Head, []graph.Change) {
	b.Helper()
	var all []graph.Change
	head, err := st.Stream(background, func(c graph.Change) error {
		all = append(all, c)
		return nil
	})
	b.must(err)
	return head, all
}

// sameRecords compares what two stores hold, byte by byte and in order.
func (b *bench) sameRecords(one, other []graph.Change) {
	b.Helper()
	if len(one) != len(other) {
		b.Fatalf("%d records against %d", len(one), len(other))
	}
	for i := range one {
		if x, y := bytesOf(one[i]), bytesOf(other[i]); x != y {
			b.Fatalf("record %d differs:\n%q\n%q", i, x, y)
		}
	}
}

// bytesOf is the canonical form of a change's after side.
func bytesOf(c graph.Change) string {
	switch {
	case c.Node != nil:
		return "node " + string(c.Node.Append(nil))
	case c.Relation != nil:
		return "relation " + string(c.Relation.Append(nil))
	case c.Requirement != nil:
		return "requirement " + string(c.Requirement.Append(nil))
	case c.Class != nil:
		return "class " + string(c.Class.Append(nil))
	case c.Type != nil:
		return "type " + string(c.Type.Append(nil))
	}
	return "none"
}

func (b *bench) node(st store.Reader, id graph.ID) *graph.Node {
	b.Helper()
	recs, err := st.Records(background, graph.Wants{Nodes: []graph.ID{id}})
	b.must(err)
	return recs.Nodes[id]
}

func ref(class, name string) graph.Ref {
	return graph.Ref{Class: class, Scope: graph.DefaultScope, Name: name}
}

func byRef(class, name string) graph.NodeRef { return graph.NodeRef{Ref: ref(class, name)} }

// putNode upserts by ref.
func putNode(class, name string, attributes map[string]graph.Value) graph.PutNode {
	return graph.PutNode{Node: byRef(class, name), Attributes: attributes}
}

func numbered(format string, n int) (out []string) {
	for i := range n {
		out = append(out, fmt.Sprintf(format, i))
	}
	return out
}
