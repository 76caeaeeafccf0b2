package graphtest

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/faultline-itsm/faultline/graph"
)

func TestAnEstateIsWholeAtAnySize(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2, 7, 30, 100, 3000} {
		e := Estate{Seed: 3, CIs: n}
		var nodes, requirements, relations int
		names := map[graph.ID]bool{}
		members := map[graph.RequirementKey]int{}
		keys := map[graph.RelationKey]bool{}
		err := e.Changes(func(c graph.Change) error {
			switch {
			case c.Node != nil:
				nodes++
				names[c.Node.ID] = true
			case c.Requirement != nil:
				requirements++
				members[c.Requirement.RequirementKey] = c.Requirement.Greatest
			case c.Relation != nil:
				relations++
				k := c.Relation.RelationKey
				if !names[k.From] || !names[k.To] || k.From == k.To || keys[k] {
					t.Errorf("%d CIs: relation %+v dangles, loops or is there twice", n, k)
				}
				keys[k] = true
				if k.Requirement != "" {
					members[graph.RequirementKey{Consumer: k.From, Name: k.Requirement}]--
				}
			}
			return nil
		})
		if err != nil || nodes != n || len(names) != n {
			t.Errorf("%d CIs: %d nodes with %d ids, %v", n, nodes, len(names), err)
		}
		for k, left := range members {
			if left != 0 {
				t.Errorf("%d CIs: requirement %+v says %d members more than it has", n, k, left)
			}
		}
		if n == 3000 && (relations < 4*n || relations > 6*n) {
			t.Errorf("%d CIs have %d relations, want about five each", n, relations)
		}
		var first, second bytes.Buffer
		for _, out := range []*bytes.Buffer{&first, &second} {
			if err := e.WriteNDJSON(out); err != nil {
				t.Fatal(err)
			}
		}
		lines := strings.Split(strings.TrimSpace(first.String()), "\n")
		if first.String() != second.String() || len(lines) != 1+nodes+requirements+relations {
			t.Errorf("%d CIs: %d lines, want %d, the same each time", n, len(lines), 1+nodes+requirements+relations)
		}
		for _, line := range lines {
			if !json.Valid([]byte(line)) {
				t.Fatalf("not JSON: %s", line)
			}
		}
	}
}

func TestWhatIsNoGraphIsRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"a => b", "a => some(b)", "a -> b c", "a is LIVELY", "a is pinned until noon", "a -[XG]> b",
		"a => any(b)\na => any(b)", "a -> ", "a => q: any(b", "a -[XRO]> b -> c = d",
	} {
		if m, err := Parse(text); err == nil {
			t.Errorf("%q is read as\n%s", text, m)
		}
	}
}

func TestParseNamesWhatItReads(t *testing.T) {
	t.Parallel()
	m, err := Parse(`
		web -> db ~> disk # a comment
		web => nodes: 2 of (~n1, o n2, [OOX]n3, orders) designed 4 spare 0
		n1 is a server
	`)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"web", "db", "disk", "n1", "n2", "n3", "orders"}; !slices.Equal(m.Names(), want) {
		t.Errorf("names %v, want %v", m.Names(), want)
	}
	var passes []Table
	for _, r := range m.Relations {
		passes = append(passes, r.Passes)
	}
	if want := []Table{hard, soft, soft, none, {0, 0, 0, 3}, hard}; !slices.Equal(passes, want) {
		t.Errorf("the relations pass on %v, want %v", passes, want)
	}
	if q := m.Requirement("web", "nodes"); q == nil || q.K != 2 || q.Designed != 4 || q.Spare != 0 || q.Greatest != 4 {
		t.Errorf("the requirement is %+v", q)
	}
	if c := m.CIs["n1"]; c.Class != "server" || m.CIs["web"].Class != "application" {
		t.Errorf("n1 is of class %s", c.Class)
	}
}
