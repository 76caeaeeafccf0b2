package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
)

func feeds() []promise {
	return []promise{
		{"the feed resumes after any revision without gap or repeat", feedResumes},
		{"an entry comes back as it was written", entriesComeBack},
		{"replaying the ledger from empty gives the same records and hashes", replay},
		{"records are streamed in the order of the port", streamOrder},
	}
}

// history writes a random history by the rules: creations, changes, renames,
// relations, requirements, retirements, purges, classes.
func (b *bench) history(steps int) {
	b.Helper()
	b.episode(7, steps)
}

// episode is a history of its own.
func (b *bench) episode(seed uint64, steps int) {
	b.Helper()
	r := rand.New(rand.NewPCG(seed, 7))
	name := func() string { return fmt.Sprint("n", r.IntN(12)) }
	refused := 0
	for i := range steps {
		var op graph.Operation
		switch s, a := name(), name(); r.IntN(12) {
		case 0, 1:
			op = putNode("server", s, map[string]graph.Value{"environment": graph.StringValue(fmt.Sprint("e", r.IntN(3)))})
		case 2:
			op = putNode("application", a, map[string]graph.Value{"description": graph.StringValue(fmt.Sprint(i))})
		case 3, 4:
			op = graph.PutRelation{From: byRef("application", a), Type: "RUNS_ON", To: byRef("server", s)}
		case 5:
			op = graph.WithdrawRelation{From: byRef("application", a), Type: "RUNS_ON", To: byRef("server", s)}
		case 6:
			op = graph.PutRequirement{Of: byRef("application", a), Name: "hosts", Rule: graph.AtLeast, K: 1 + r.IntN(2)}
		case 7:
			op = graph.PutRelation{From: byRef("application", a), Type: "DEPENDS_ON", To: byRef("server", s), Requirement: "hosts"}
		case 8:
			op = graph.Rename{Node: byRef("server", s), Name: name()}
		case 9:
			op = graph.Retire{Node: byRef("server", s)}
		case 10:
			op = graph.Restore{Node: byRef("server", s)}
		case 11:
			op = graph.PutKey{Node: byRef("server", s), Key: graph.Key{Source: "netbox", Value: fmt.Sprint(r.IntN(5))}}
		}
		if _, _, err := commit(background, b.st, op); err != nil {
			if k := graph.AsError(err).Kind; k == graph.Internal || k == graph.Unavailable {
				b.Fatalf("step %d, %+v: %v", i, op, err)
			}
			refused++
		}
	}
	if steps > 40 && refused > steps*9/10 {
		b.Fatalf("%d of %d steps were refused", refused, steps)
	}
}

func feedResumes(b *bench) {
	b.history(80)
	head, err := b.st.Head(background)
	b.must(err)
	all, err := b.st.Entries(background, 0, 1000)
	b.must(err)
	if len(all) != int(head.Revision) {
		b.Fatalf("%d entries at revision %d", len(all), head.Revision)
	}
	for i := range all {
		if all[i].Revision != graph.Revision(i+1) {
			b.Fatalf("entry %d is revision %d", i, all[i].Revision)
		}
	}
	check := func(got []graph.Entry, want ...graph.Revision) {
		b.Helper()
		if len(got) != len(want) {
			b.Fatalf("%d entries, want %d", len(got), len(want))
		}
		for i, r := range want {
			if got[i].Revision != r || got[i].Hash != all[r-1].Hash {
				b.Fatalf("entry %d is revision %d, want %d", i, got[i].Revision, r)
			}
		}
	}
	for after := graph.Revision(0); after <= head.Revision+1; after++ {
		for _, limit := range []int{1, 3, 1000} {
			var up, down []graph.Revision
			for r := after + 1; r <= head.Revision && len(up) < limit; r++ {
				up = append(up, r)
			}
			from := after
			if after == 0 {
				from = head.Revision + 1
			}
			for r := from - 1; r >= 1 && r <= head.Revision && len(down) < limit; r-- {
				down = append(down, r)
			}
			if from > head.Revision+1 {
				down = nil
			}
			got, err := b.st.Entries(background, after, limit)
			b.must(err)
			check(got, up...)
			got, err = b.st.Entries(background, after, -limit)
			b.must(err)
			check(got, down...)
		}
	}
}

func entriesComeBack(b *bench) {
	b.history(60)
	all, err := b.st.Entries(background, 0, 1000)
	b.must(err)
	head := graph.Head{}
	for i := range all {
		next, err := graph.VerifyEntry(all[i], head)
		b.must(err)
		if got := head.After(&all[i]); fmt.Sprint(got) != fmt.Sprint(next) {
			b.Fatalf("revision %d: Head.After says %+v, graph.VerifyEntry %+v", all[i].Revision, got, next)
		}
		head = next
	}
	e := all[0]
	if e.Actor != "tester" || e.Source != "test" || e.Message != "a test" || !e.At.Equal(noon) {
		b.Errorf("the first entry is %+v", e)
	}
}

func replay(b *bench) {
	b.history(150)
	want, records := b.load(b.st)
	entries, err := b.st.Entries(background, 0, 1000)
	b.must(err)
	copy := b.fresh(b.T)()
	b.Cleanup(func() { _ = copy.Close() })
	for i := range entries {
		h, err := copy.Commit(background, func(context.Context, store.Reader) (store.Outcome, error) { return store.Write(&entries[i]), nil })
		b.must(err)
		if h.Content != entries[i].Content {
			b.Fatalf("revision %d has another content hash", h.Revision)
		}
	}
	got, again := b.load(copy)
	if fmt.Sprint(got) != fmt.Sprint(want) {
		b.Errorf("the head is %+v, of the original %+v", got, want)
	}
	b.sameRecords(again, records)
	sound(b.T, copy)
}

func streamOrder(b *bench) {
	b.history(150)
	_, _, err := commit(background, b.st,
		graph.DefineClass{Class: graph.Class{Name: "zebra", Extends: "ci", Description: "a class", Tier: "compute"}},
		graph.DefineClass{Class: graph.Class{Name: "ant", Extends: "ci", Description: "a class", Tier: "compute"}})
	b.must(err)
	_, all := b.load(b.st)
	rank := func(c graph.Change) int {
		switch {
		case c.Class != nil:
			return 0
		case c.Type != nil:
			return 1
		case c.Node != nil:
			return 2
		case c.Requirement != nil:
			return 3
		}
		return 4
	}
	for i := 1; i < len(all); i++ {
		p, q := all[i-1], all[i]
		ok := rank(p) <= rank(q)
		if rank(p) == rank(q) {
			switch {
			case p.Class != nil:
				ok = p.Class.Name < q.Class.Name
			case p.Node != nil:
				ok = p.Node.ID < q.Node.ID
			case p.Requirement != nil:
				ok = before(p.Requirement.Consumer, q.Requirement.Consumer, p.Requirement.Name, q.Requirement.Name)
			case p.Relation != nil:
				x, y := p.Relation.RelationKey, q.Relation.RelationKey
				ok = before(x.From, y.From, x.Type, y.Type) || x.From == y.From && x.Type == y.Type &&
					(before(x.To, y.To, x.Requirement, y.Requirement) || x.To == y.To && x.Requirement == y.Requirement && x.Qualifier < y.Qualifier)
			}
		}
		if !ok {
			b.Fatalf("record %d stands after record %d:\n%+v\n%+v", i-1, i, p, q)
		}
	}
}

func before(a, b graph.ID, x, y string) bool { return a < b || a == b && x < y }
