package graph_test

import (
	"bytes"
	"encoding/json"
	"math/big"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"pgregory.net/rapid"
)

// aHead draws the end of some ledger.
func aHead(t *rapid.T) graph.Head {
	h := graph.Head{Revision: aRevision(t), LastID: graph.ID(rapid.Uint64Range(0, 1<<30-1).Draw(t, "last id"))}
	for i := range h.Hash {
		h.Hash[i], h.Content[i] = rapid.Byte().Draw(t, "hash"), rapid.Byte().Draw(t, "content")
	}
	return h
}

func TestASealedEntryContinuesItsLedger(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		h := aHead(t)
		e, after := graph.Seal(anEntry(t), h)
		if e.Revision != h.Revision+1 || e.Previous != h.Hash || after.Hash != e.Hash || after.Content != e.Content || after.Revision != e.Revision {
			t.Fatalf("sealed at %+v it is %+v, the head after it %+v", h, e, after)
		}
		verified, err := graph.VerifyEntry(e, h)
		if err != nil || verified.Hash != after.Hash || verified.LastID != after.LastID {
			t.Fatalf("it does not verify: %v", err)
		}
		stored, err := graph.DecodeEntry(e.Append(nil))
		if err != nil || stored.Hash != e.Hash {
			t.Fatalf("its hash is not that of its bytes: %v", err)
		}
		for _, other := range []graph.Head{{Revision: h.Revision + 1, Hash: h.Hash, Content: h.Content}, {Revision: h.Revision, Content: h.Content}, after} {
			if _, err := graph.VerifyEntry(e, other); !graph.IsKind(err, graph.Invalid) {
				t.Fatalf("it continues another ledger, too: %v", err)
			}
		}
	})
}

// The entry's hash is kept apart from its bytes (in its column, or on its line):
// whatever bit of either flips, the entry is refused.
func TestAFlippedBitIsFound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		h := aHead(t)
		e, _ := graph.Seal(anEntry(t), h)
		wrote := e.Append(nil)
		bit := rapid.IntRange(0, 8*(len(wrote)+len(e.Hash))-1).Draw(t, "bit")
		flipped := append(bytes.Clone(wrote), e.Hash[:]...)
		flipped[bit/8] ^= 1 << (bit % 8)
		back, err := graph.DecodeEntry(flipped[:len(wrote)])
		if err != nil {
			return
		}
		copy(back.Hash[:], flipped[len(wrote):])
		if _, err := graph.VerifyEntry(*back, h); !graph.IsKind(err, graph.Invalid) {
			t.Fatalf("bit %d of %d flips, and nobody notices: %v", bit, 8*len(wrote), err)
		}
	})
}

// A line of a dump that somebody edited does not verify.
func TestAnEditedLineIsFound(t *testing.T) {
	t.Parallel()
	n := &graph.Node{ID: 7, Ref: graph.Ref{Class: "server", Scope: "dc1", Name: "web"}, Version: 1, Claims: []graph.Claim{{Source: "scan",
		Attributes: map[string]graph.Value{"memory": graph.IntValue(1 << 60)}}}}
	e, _ := graph.Seal(graph.Entry{At: time.Unix(1, 0), Actor: "ada", Changes: []graph.Change{{Node: n}}}, graph.Head{})
	line, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	for was, is := range map[string]string{"ada": "eve", "web": "wed", "1152921504606846976": "1152921504606846977", `"op":0`: `"op":1`, "00:00:01": "00:00:02"} {
		edited := bytes.Replace(line, []byte(was), []byte(is), 1)
		var back graph.Entry
		if err := json.Unmarshal(edited, &back); err != nil || bytes.Equal(edited, line) {
			t.Fatalf("%s to %s: %v", was, is, err)
		}
		if _, err := graph.VerifyEntry(back, graph.Head{}); !graph.IsKind(err, graph.Invalid) {
			t.Errorf("%s was changed to %s, and nobody notices: %v", was, is, err)
		}
	}
}

// An honest hash over changes that do not lead to the content is found as well.
func TestTheContentHashIsChecked(t *testing.T) {
	t.Parallel()
	one := []graph.Change{{Node: &graph.Node{ID: 1}}}
	e, _ := graph.Seal(graph.Entry{Changes: one}, graph.Head{Content: graph.Sum{31: 1}})
	if _, err := graph.VerifyEntry(e, graph.Head{}); !graph.IsKind(err, graph.Invalid) {
		t.Errorf("the entry was sealed on other records: %v", err)
	}
}

func number(s graph.Sum) *big.Int { return new(big.Int).SetBytes(s[:]) }

// The content is a sum modulo 2^256: it does not depend on the order of changes,
// what goes takes away what it once added, and every kind of record counts.
func TestContentIsASum(t *testing.T) {
	t.Parallel()
	modulus := new(big.Int).Lsh(big.NewInt(1), 256)
	content := func(from graph.Sum, changes ...graph.Change) graph.Sum {
		e, _ := graph.Seal(graph.Entry{Changes: changes}, graph.Head{Content: from})
		return e.Content
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := aChange(t), aChange(t)
		start := aHead(t).Content
		if content(start, a, b) != content(start, b, a) || content(start, a, b) != content(content(start, a), b) {
			t.Fatal("the order of changes counts")
		}
		if content(content(start, a), turned(a)) != start {
			t.Fatal("what came and went leaves a trace")
		}
		sum := new(big.Int).Add(number(content(start, a)), number(content(graph.Sum{}, b)))
		if sum.Mod(sum, modulus).Cmp(number(content(start, a, b))) != 0 {
			t.Fatal("it is no sum modulo 2^256")
		}
	})
	seen := map[graph.Sum]string{{}: "nothing"}
	for kind, c := range map[string]graph.Change{"node": {Node: &graph.Node{}}, "relation": {Relation: &graph.Relation{}}, "requirement": {Requirement: &graph.Requirement{}},
		"class": {Class: &graph.Class{}}, "type": {Type: &graph.RelationType{}}} {
		s := content(graph.Sum{}, c)
		if seen[s] != "" {
			t.Errorf("an empty %s counts as %s", kind, seen[s])
		}
		seen[s] = kind
	}
}

// turned is a change backwards.
func turned(c graph.Change) graph.Change {
	return graph.Change{Op: c.Op, NodeWas: c.Node, Node: c.NodeWas, RelationWas: c.Relation, Relation: c.RelationWas,
		RequirementWas: c.Requirement, Requirement: c.RequirementWas, ClassWas: c.Class, Class: c.ClassWas, TypeWas: c.Type, Type: c.TypeWas}
}

func TestTheHeadKeepsLastIDAndOpenRuns(t *testing.T) {
	t.Parallel()
	h := graph.Head{}
	commit := func(run *graph.Run, changes ...graph.Change) {
		_, h = graph.Seal(graph.Entry{Run: run, Changes: changes}, h)
	}
	node := func(id graph.ID) *graph.Node { return &graph.Node{ID: id} }
	commit(nil, graph.Change{Node: node(2)}, graph.Change{Node: node(1)})
	commit(nil, graph.Change{NodeWas: node(2)})
	if h.LastID != 2 {
		t.Errorf("after a purge the last id is %d: ids are never used again", h.LastID)
	}
	commit(nil, graph.Change{NodeWas: node(9), Node: node(9)})
	if h.LastID != 2 {
		t.Errorf("an edit made the last id %d", h.LastID)
	}
	open := func(want ...string) {
		t.Helper()
		var got []string
		for _, r := range h.OpenRuns {
			got = append(got, r.Hash)
		}
		if len(got) != len(want) {
			t.Fatalf("open runs %v, want %v", got, want)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("open runs %v, want %v", got, want)
			}
		}
	}
	commit(&graph.Run{Hash: "b", Chunks: 2})
	commit(&graph.Run{Hash: "a", Chunks: 3})
	open("a", "b")
	before := h
	commit(&graph.Run{Hash: "a", Chunk: 1, Chunks: 3})
	open("a", "b")
	if h.OpenRuns[0].Chunk != 1 || before.OpenRuns[0].Chunk != 0 {
		t.Errorf("the chunk is %d, in the head before it %d", h.OpenRuns[0].Chunk, before.OpenRuns[0].Chunk)
	}
	commit(&graph.Run{Hash: "b", Chunk: 1, Chunks: 2})
	open("a")
	commit(&graph.Run{Hash: "c", Chunk: 0, Chunks: 1})
	open("a")
	commit(&graph.Run{Hash: "a", Chunk: 2, Chunks: 3})
	open()
}
