package drill_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/neo4jtest"
	"github.com/faultline-itsm/faultline/internal/store"
)

// one is a decision to add a server.
func one(name string) store.Decide {
	return func(ctx context.Context, tx store.Reader) (store.Outcome, error) {
		head, err := tx.Head(ctx)
		if err != nil {
			return store.Outcome{}, err
		}
		n := &graph.Node{ID: head.LastID + 1, Version: 1, Ref: graph.Ref{Class: "server", Scope: graph.DefaultScope, Name: name}}
		e, _ := graph.Seal(graph.Entry{At: time.Unix(int64(head.Revision), 0).UTC(), Changes: []graph.Change{{Node: n}}}, head)
		return store.Write(&e), nil
	}
}

// The driver never repeats a commit whose answer was lost, because it cannot know.
// The store finds out: what was committed is acknowledged, what was not is
// committed now, and either way it is there once.
func TestALostAnswerToACommitIsFoundOut(t *testing.T) {
	var databases neo4jtest.Databases
	address := databases.Empty(t)
	p := proxied(t, address)
	st := opened(t, p.url)
	for _, c := range []struct {
		what    string
		phase   phase
		arrives bool
	}{
		{"the commit never arrived", phases[4], false},
		{"it arrived, and the connection ended", phases[4], true},
		{"the answer was lost", phases[5], false},
	} {
		for n := range 3 {
			name := fmt.Sprint(c.what, " ", n)
			hit := p.arm(c.phase, cut, 1, c.arrives)
			was, err := st.Head(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			now, err := st.Commit(context.Background(), one(name))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			select {
			case <-hit:
			default:
				t.Fatalf("%s: nothing was cut", name)
			}
			if now.Revision != was.Revision+1 || now.LastID != was.LastID+1 {
				t.Errorf("%s: from revision %d to %d", name, was.Revision, now.Revision)
			}
			if head, err := st.Head(context.Background()); err != nil || head.Hash != now.Hash {
				t.Errorf("%s: acknowledged was revision %d, the head is at %d, %v", name, now.Revision, head.Revision, err)
			}
		}
	}
	sound(t, st)
}

// What was answered to an idempotency key is kept without an entry, too, where nothing
// changed: then there is nothing in the ledger to look for.
func TestALostAnswerToACommitWithoutAnEntryIsRepeated(t *testing.T) {
	var databases neo4jtest.Databases
	address := databases.Empty(t)
	p := proxied(t, address)
	st := opened(t, p.url)
	for i, arrives := range []bool{false, true} {
		key := fmt.Sprint("key-", i)
		hit := p.arm(phases[4], cut, 1, arrives)
		_, err := st.Commit(context.Background(), func(context.Context, store.Reader) (store.Outcome, error) {
			return store.Outcome{Answer: &store.Answer{Principal: "kim", Key: key, At: time.Unix(1, 0).UTC(), Until: time.Unix(2, 0).UTC(), Result: []byte("done")}}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		select {
		case <-hit:
		default:
			t.Fatal("nothing was cut")
		}
		if a, err := st.Answer(context.Background(), "kim", key); err != nil || a == nil || string(a.Result) != "done" {
			t.Errorf("arrived: %v; answered was %+v, %v", arrives, a, err)
		}
	}
	sound(t, st)
}

// A connection that is lost without a word leaves a transaction behind that holds the
// lock of all who write. The server ends it when its client's deadline has passed.
func TestWhoVanishesWithTheLockDoesNotKeepIt(t *testing.T) {
	var databases neo4jtest.Databases
	address := databases.Empty(t)
	p := proxied(t, address)
	st, other := opened(t, p.url), opened(t, address)
	for _, name := range []string{"first", "second"} { // until both ways are warm
		if _, err := st.Commit(context.Background(), one(name)); err != nil {
			t.Fatal(err)
		}
	}
	p.arm(phases[4], halfOpen, 1, false)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if _, err := st.Commit(ctx, one("vanished")); !graph.IsKind(err, graph.Unavailable) {
		t.Errorf("the commit that vanished: %v", err)
	}
	ctx, cancel = context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if _, err := other.Commit(ctx, one("next")); err != nil {
		t.Errorf("another process cannot write: %v", err)
	}
	sound(t, other)
}

// sound checks all that a store holds.
func sound(t testing.TB, st store.Store) {
	t.Helper()
	report, err := store.Check(context.Background(), st)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Broken {
		t.Errorf("check: %s", f)
	}
}
