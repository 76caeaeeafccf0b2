package graph_test

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"pgregory.net/rapid"
)

// record is what all five kinds of record and an entry can do.
type record interface{ Append(dst []byte) []byte }

// A form reads one kind of record from its canonical bytes.
type form struct {
	name string
	draw func(*rapid.T) record
	read func([]byte) (record, error)
}

var forms = []form{
	{"node", func(t *rapid.T) record { return aNode(t) }, reads(graph.DecodeNode)},
	{"relation", func(t *rapid.T) record { return aRelation(t) }, reads(graph.DecodeRelation)},
	{"requirement", func(t *rapid.T) record { return aRequirement(t) }, reads(graph.DecodeRequirement)},
	{"class", func(t *rapid.T) record { return aClass(t) }, reads(graph.DecodeClass)},
	{"relation type", func(t *rapid.T) record { return aType(t) }, reads(graph.DecodeRelationType)},
	{"entry", func(t *rapid.T) record {
		e, _ := graph.Seal(anEntry(t), graph.Head{})
		return &e
	}, reads(graph.DecodeEntry)},
}

func reads[T record](decode func([]byte) (T, error)) func([]byte) (record, error) {
	return func(b []byte) (record, error) { return decode(b) }
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	t.Parallel()
	for _, f := range forms {
		t.Run(f.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				r := f.draw(t)
				wrote := r.Append(nil)
				if behind := r.Append([]byte("x")); !bytes.Equal(behind, append([]byte("x"), wrote...)) {
					t.Fatal("Append does not write behind what is there")
				}
				back, err := f.read(wrote)
				if err != nil {
					t.Fatal(err)
				}
				if again := back.Append(nil); !bytes.Equal(again, wrote) {
					t.Fatalf("read back, it is written as\n%q, it was\n%q", again, wrote)
				}
			})
		})
	}
}

// A record that is cut short, goes on, or has a bit flipped is refused or is
// another record; it never panics and never asks for all memory.
func TestDamagedBytesAreNotARecord(t *testing.T) {
	t.Parallel()
	for _, f := range forms {
		t.Run(f.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				wrote := f.draw(t).Append(nil)
				for n := range len(wrote) {
					if _, err := f.read(wrote[:n]); !graph.IsKind(err, graph.Internal) {
						t.Fatalf("the first %d of %d bytes: %v", n, len(wrote), err)
					}
				}
				if _, err := f.read(append(bytes.Clone(wrote), 0)); !graph.IsKind(err, graph.Internal) {
					t.Fatalf("with a byte more: %v", err)
				}
				flipped := bytes.Clone(wrote)
				bit := rapid.IntRange(0, 8*len(wrote)-1).Draw(t, "bit")
				flipped[bit/8] ^= 1 << (bit % 8)
				if back, err := f.read(flipped); err == nil && bytes.Equal(back.Append(nil), wrote) {
					t.Fatalf("with bit %d flipped it is the same record", bit)
				}
			})
		})
	}
}

func FuzzDecode(f *testing.F) {
	for i, form := range forms {
		for n := range 3 {
			f.Add(byte(i), rapid.Custom(form.draw).Example(n).Append(nil))
		}
	}
	f.Fuzz(func(t *testing.T, which byte, b []byte) {
		form := forms[int(which)%len(forms)]
		r, err := form.read(b)
		if err != nil {
			if !graph.IsKind(err, graph.Internal) {
				t.Errorf("%s: %v", form.name, err)
			}
			return
		}
		wrote := r.Append(nil)
		again, err := form.read(wrote)
		if err != nil {
			t.Fatalf("%s: what was read is written as what cannot be read: %v", form.name, err)
		}
		if !bytes.Equal(again.Append(nil), wrote) {
			t.Errorf("%s: written twice, it differs", form.name)
		}
	})
}

func TestEqualContentIsEqualBytes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := aNode(t)
		same := *n
		same.Claims = nil
		for _, c := range n.Claims { // the same attributes in maps of another history
			attributes := map[string]graph.Value{"gone": graph.IntValue(1)}
			for name, v := range c.Attributes {
				attributes[name] = v
			}
			if _, kept := c.Attributes["gone"]; !kept {
				delete(attributes, "gone")
			}
			c.Attributes = attributes
			same.Claims = append(same.Claims, c)
		}
		if !bytes.Equal(n.Append(nil), same.Append(nil)) {
			t.Fatal("the order of a map shows")
		}
	})
	at := time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.UTC)
	negative := math.Copysign(0, -1)
	relation := func(weight float64, at time.Time) []byte {
		return (&graph.Relation{Claims: []graph.RelationClaim{{Evidence: graph.Evidence{ObservedAt: at},
			RelationProps: graph.RelationProps{Weight: &weight, ValidFrom: at}}}}).Append(nil)
	}
	if !bytes.Equal(relation(0, at), relation(negative, at.Truncate(time.Microsecond).In(time.FixedZone("", 3600)))) {
		t.Error("-0, a zone or nanoseconds show")
	}
	if !bytes.Equal((&graph.Node{Claims: []graph.Claim{{Attributes: map[string]graph.Value{}}}}).Append(nil), (&graph.Node{Claims: []graph.Claim{{}}, Keys: []graph.Key{}}).Append(nil)) {
		t.Error("an empty list or map is not written as none")
	}
}

// Numbers of 64 bits, lists of nothing and texts that end in the middle of one
// another are kept apart.
func TestDifferentContentIsDifferentBytes(t *testing.T) {
	t.Parallel()
	with := func(v graph.Value) *graph.Node {
		return &graph.Node{Claims: []graph.Claim{{Attributes: map[string]graph.Value{"a": v}}}}
	}
	values := []graph.Value{graph.IntValue(1 << 53), graph.IntValue(1<<53 + 1), graph.FloatValue(1 << 53), graph.DurationValue(1 << 53), graph.StringValue("1"), graph.IntValue(1),
		graph.BoolValue(true), graph.BoolValue(false), graph.ListValue(), graph.ListValue(graph.StringValue("")), graph.ListValue(graph.ListValue()), graph.StringValue("")}
	seen := map[string]int{}
	for i, v := range values {
		b := string(with(v).Append(nil))
		if j, is := seen[b]; is {
			t.Errorf("%v and %v have the same bytes", values[j], v)
		}
		seen[b] = i
	}
	ab := &graph.Node{Ref: graph.Ref{Class: "a", Scope: "b"}}
	if bytes.Equal(ab.Append(nil), (&graph.Node{Ref: graph.Ref{Class: "ab"}}).Append(nil)) {
		t.Error("two texts run into each other")
	}
}

// A line of a dump loses nothing that the canonical form has.
func TestALineOfADumpIsTheEntry(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		e, _ := graph.Seal(anEntry(t), graph.Head{Revision: aRevision(t)})
		line, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		var back graph.Entry
		if err := json.Unmarshal(line, &back); err != nil {
			t.Fatalf("%v\n%s", err, line)
		}
		if back.Hash != e.Hash || !bytes.Equal(back.Append(nil), e.Append(nil)) {
			t.Fatalf("the line is read as another entry:\n%s", line)
		}
	})
}

func TestALineThatLosesSomethingIsRefused(t *testing.T) {
	t.Parallel()
	e, _ := graph.Seal(graph.Entry{Actor: "ada", Changes: []graph.Change{{Node: &graph.Node{ID: 1}}}}, graph.Head{})
	line, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	for what, bad := range map[string]string{
		"an unknown field":             `"actor":"ada","colour":"red"`,
		"an unknown field of a record": `"actor":"ada","changes":[{"op":0,"node":{"id":1,"colour":"red"}}]`,
		"a number for a text":          `"actor":1`,
	} {
		var back graph.Entry
		if err := json.Unmarshal(bytes.Replace(line, []byte(`"actor":"ada"`), []byte(bad), 1), &back); err == nil {
			t.Errorf("%s is accepted", what)
		}
	}
	for _, hash := range []string{"", "00", e.Hash.String() + "00", "g" + e.Hash.String()[1:]} {
		var back graph.Entry
		if err := json.Unmarshal(bytes.ReplaceAll(line, []byte(e.Hash.String()), []byte(hash)), &back); !graph.IsKind(err, graph.Invalid) {
			t.Errorf("the hash %q: %v", hash, err)
		}
	}
}
