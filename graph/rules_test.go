package graph_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/graph/graphtest"
)

// A rule is one thing that Check must do: operations over the small estate below,
// and what is to become of them.
type rule struct {
	name  string
	given []op     // committed first, each by itself, as manual; said(source, ...) as another source
	by    string   // the source that speaks; manual where empty
	teams []string // that it is said for; all where nil
	do    []op     // one batch
	// want is the outcomes, one an operation, and the number of changes where that
	// matters: "CREATED UPDATED = 2". Or the refusal: kind, index, field (- for none),
	// what it says: "BLOCKED 0 ci: restore it first".
	want  string
	holds func(w world) // what is true after it
}

type op = graph.Operation

// estate is what every rule starts from.
func estate() []op {
	return []op{
		put("server:web", "os", "Debian"), put("server:db"), put("application:shop"), put("database:orders"), put("power_feed:a"), put("power_feed:b"), put("power_feed:c"),
		relate("application:shop RUNS_ON server:web"),
	}
}

func check(t *testing.T, rules []rule) {
	t.Helper()
	t.Parallel()
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			w := world{t, graphtest.NewMemory()}
			w.commit(graph.Batch{Ops: estate()})
			for _, given := range r.given {
				b := graph.Batch{Ops: []op{given}}
				if s, ok := given.(saying); ok {
					b = graph.Batch{Source: s.source, Ops: s.ops}
				}
				w.commit(b)
			}
			b := graph.Batch{Source: r.by, Teams: r.teams, Ops: r.do}
			full, fullErr := graph.Check(b, w.Snapshot, w.All())
			plan, err := w.Plan(b)
			if got := told(plan, err); !matches(got, r.want) {
				t.Fatalf("got  %s\nwant %s", got, r.want)
			}
			if told(full, fullErr) != told(plan, err) || err == nil && !reflect.DeepEqual(full, plan) {
				t.Errorf("with all records at hand it is %s", told(full, fullErr))
			}
			if err == nil {
				w.commit(b)
			}
			if r.holds != nil {
				r.holds(w)
			}
		})
	}
}

// told is a plan or a refusal in the words of a rule's want.
func told(p *graph.Plan, err error) string {
	if err != nil {
		var e *graph.Error
		if !errors.As(err, &e) {
			return "no graph.Error: " + err.Error()
		}
		field := e.Field
		if field == "" {
			field = "-"
		}
		return fmt.Sprintf("%s %d %s: %s", e.Kind, e.Op, field, e)
	}
	var words []string
	for _, e := range p.Effects {
		words = append(words, e.Outcome.String())
	}
	return strings.Join(words, " ") + fmt.Sprintf(" = %d", len(p.Changes))
}

// matches compares outcomes, and the number of changes where want says one. Of a
// refusal it compares the head, and looks for the rest anywhere in what it says.
func matches(got, want string) bool {
	if head, says, refused := strings.Cut(want, ": "); refused {
		return strings.HasPrefix(got, head+": ") && strings.Contains(got, says)
	}
	outcomes, changes, _ := strings.Cut(got, " = ")
	if idle := strings.TrimSpace(strings.ReplaceAll(outcomes, "UNCHANGED", "")) == ""; idle && changes != "0" {
		return false // what changes nothing writes nothing
	}
	return got == want || outcomes == want
}

// world is a store that is examined after every commit.
type world struct {
	*testing.T
	*graphtest.Memory
}

func (w world) commit(b graph.Batch) *graph.Plan {
	w.Helper()
	plan, err := w.Commit(b)
	if err != nil {
		w.Fatalf("%v: %s", b.Ops, told(nil, err))
	}
	if fault := unsound(w.Memory); fault != "" {
		w.Fatal(fault)
	}
	return plan
}

func (w world) node(name string) *graph.Node {
	w.Helper()
	n := w.Node(w.id(name))
	if n == nil {
		w.Fatalf("there is no %s", name)
	}
	return n
}

// id finds a node by ref (also a former one), key or #id; 0 where there is none.
func (w world) id(name string) graph.ID {
	switch n := at(name); {
	case n.ID != 0:
		return n.ID
	case n.Key != graph.Key{}:
		return w.Records(graph.Wants{Keys: []graph.Key{n.Key}}).ByKey[n.Key]
	default:
		return w.Records(graph.Wants{Refs: []graph.Ref{n.Ref}}).ByRef[n.Ref]
	}
}

// value is an effective value as text.
func (w world) value(name, attribute string) string {
	w.Helper()
	return w.Snapshot.Catalogue().Effective(w.node(name))[attribute].String()
}

func (w world) relation(text string) *graph.Relation {
	r := relate(text)
	k := graph.RelationKey{From: w.id(name(r.From)), Type: r.Type, To: w.id(name(r.To)), Requirement: r.Requirement, Qualifier: r.Qualifier}
	return w.Records(graph.Wants{Relations: []graph.RelationKey{k}}).Relations[k]
}

func (w world) requirement(of, name string) *graph.Requirement {
	k := graph.RequirementKey{Consumer: w.id(of), Name: name}
	return w.Records(graph.Wants{Requirements: []graph.RequirementKey{k}}).Requirements[k]
}

func (w world) equal(what string, got, want any) {
	w.Helper()
	if !reflect.DeepEqual(got, want) {
		w.Errorf("%s is %v, want %v", what, got, want)
	}
}

// saying is operations of another source among those of a rule's given.
type saying struct {
	op     //nolint:unused // embedded, it makes this an operation
	source string
	ops    []op
}

func said(source string, ops ...op) op { return saying{source: source, ops: ops} }

// at is a node named by ref, as source=value by a key, or as #3 by its id.
func at(s string) graph.NodeRef {
	if id, ok := strings.CutPrefix(s, "#"); ok {
		var n graph.ID
		fmt.Sscan(id, &n)
		return graph.NodeRef{ID: n}
	}
	if source, value, ok := strings.Cut(s, "="); ok {
		return graph.NodeRef{Key: graph.Key{Source: source, Value: value}}
	}
	ref, err := graph.ParseRef(s)
	if err != nil {
		panic(err)
	}
	return graph.NodeRef{Ref: ref}
}

func name(n graph.NodeRef) string {
	if n.ID != 0 {
		return "#" + n.ID.String()
	}
	return n.Ref.String()
}

// attributes are pairs of name and value; nil withdraws.
func attributes(pairs []any) map[string]graph.Value {
	out := map[string]graph.Value{}
	for i := 0; i < len(pairs); i += 2 {
		v := graph.Value{}
		switch x := pairs[i+1].(type) {
		case string:
			v = graph.StringValue(x)
		case int:
			v = graph.IntValue(int64(x))
		case graph.Value:
			v = x
		}
		out[pairs[i].(string)] = v
	}
	return out
}

func put(node string, pairs ...any) graph.PutNode {
	return graph.PutNode{Node: at(node), Attributes: attributes(pairs)}
}

// relate reads "application:shop RUNS_ON server:web", with the requirement behind
// an "in" and the qualifier behind an "as".
func relate(text string) graph.PutRelation {
	words := strings.Fields(text)
	r := graph.PutRelation{From: at(words[0]), Type: words[1], To: at(words[2])}
	for i := 3; i+1 < len(words); i += 2 {
		switch words[i] {
		case "in":
			r.Requirement = words[i+1]
		case "as":
			r.Qualifier = words[i+1]
		}
	}
	return r
}

func unrelate(text string) graph.WithdrawRelation {
	r := relate(text)
	return graph.WithdrawRelation{From: r.From, Type: r.Type, To: r.To, Requirement: r.Requirement, Qualifier: r.Qualifier}
}

func retire(node string) graph.Retire   { return graph.Retire{Node: at(node)} }
func restore(node string) graph.Restore { return graph.Restore{Node: at(node)} }
func rename(node, to string) graph.Rename {
	return graph.Rename{Node: at(node), Name: to}
}
func purge(node string) graph.Purge { return graph.Purge{Node: at(node)} }

func version(n int64) *int64 { return &n }
