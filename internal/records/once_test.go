package records_test

import (
	"path/filepath"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/records"
)

func once(key string, input byte) *records.Once {
	return &records.Once{Principal: "desk", Key: key, Input: graph.Hash{input}}
}

// same compares what a client is told.
func same(t *testing.T, first, again records.ItemsReceipt) {
	t.Helper()
	if first.Revision != again.Revision || !reflect.DeepEqual(first.Items, again.Items) {
		t.Errorf("answered at first:\n%d %+v\nthen:\n%d %+v", first.Revision, first.Items, again.Revision, again.Items)
	}
}

func TestARepeatIsAnsweredAsAtFirstAndWritesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "faultline.db")
	l := ledger(t, path)
	fault := graph.Errorf(graph.Invalid, "no").At(-1, "ci.ref").WithHint("mend it")
	items := append(list(ops{server("a")}, ops{server("b"), runsOn("nobody", "b")}, ops{graph.Retire{Node: named("server", "x")}}), records.Item{Fault: fault})
	first, err := l.CommitItems(background, batch(), items, false, once("k", 1))
	must(t, err)
	_, err = l.Commit(background, batch(application("shop"), graph.Retire{Node: named("server", "a")})) // the world moves on
	must(t, err)
	for _, again := range []*records.Ledger{l, ledger(t, path)} { // also in another process, and after a restart
		r, err := again.CommitItems(background, batch(), items, false, once("k", 1))
		must(t, err)
		same(t, first, r)
		if r.Snapshot.Revision() != 2 {
			t.Errorf("the repeat left revision %d", r.Snapshot.Revision())
		}
	}
	if first.Revision != 1 || first.Items[1].Err == nil || first.Items[3].Err.Field != "ci.ref" {
		t.Errorf("%+v", first)
	}
}

func TestARepeatOfWhatChangedNothing(t *testing.T) {
	l := fresh(t)
	_, err := l.Commit(background, batch(server("a")))
	must(t, err)
	first, err := l.CommitItems(background, batch(), list(ops{server("a")}), true, once("k", 1))
	must(t, err)
	_, err = l.Commit(background, batch(graph.Retire{Node: named("server", "a")})) // now the same would be refused
	must(t, err)
	again, err := l.CommitItems(background, batch(), list(ops{server("a")}), true, once("k", 1))
	must(t, err)
	same(t, first, again)
	if first.Revision != 1 || first.Items[0].Effects[0].Outcome != graph.Unchanged {
		t.Errorf("%+v", first)
	}
}

func TestAKeyWithOtherInputIsRefused(t *testing.T) {
	l := fresh(t)
	_, err := l.CommitItems(background, batch(), list(ops{server("a")}), true, once("k", 1))
	must(t, err)
	_, err = l.CommitItems(background, batch(), list(ops{server("b")}), true, once("k", 2))
	if !graph.IsKind(err, graph.KeyReused) {
		t.Errorf("got %v", err)
	}
	other := once("k", 2)
	other.Principal = "automation" // whose key is another one
	r, err := l.CommitItems(background, batch(), list(ops{server("b")}), true, other)
	must(t, err)
	if r.Revision != 2 {
		t.Errorf("revision %d", r.Revision)
	}
}

func TestARefusedBatchUsesUpNoKey(t *testing.T) {
	for _, atomic := range []bool{true, false} {
		l := fresh(t)
		relation := list(ops{runsOn("shop", "a")})
		r, err := l.CommitItems(background, batch(), relation, atomic, once("k", 1))
		must(t, err)
		if r.Items[0].Err == nil {
			t.Fatalf("%+v", r)
		}
		_, err = l.Commit(background, batch(server("a"), application("shop")))
		must(t, err)
		r, err = l.CommitItems(background, batch(), relation, atomic, once("k", 1))
		must(t, err)
		if r.Items[0].Err != nil || r.Revision != 2 {
			t.Errorf("%+v", r)
		}
	}
}

func TestAKeyIsForgottenAfterItsTime(t *testing.T) {
	l := fresh(t)
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	l = records.New(l.Store(), l.Projection(), func() time.Time { return now })
	_, err := l.CommitItems(background, batch(), list(ops{server("a")}), true, once("k", 1))
	must(t, err)
	now = now.Add(records.KeyKept - time.Second)
	_, err = l.CommitItems(background, batch(), list(ops{server("b")}), true, once("k", 2))
	if !graph.IsKind(err, graph.KeyReused) {
		t.Errorf("a second before its time: %v", err)
	}
	now = now.Add(time.Second)
	r, err := l.CommitItems(background, batch(), list(ops{server("b")}), true, once("k", 2))
	must(t, err)
	if r.Revision != 2 {
		t.Errorf("revision %d", r.Revision)
	}
}

// Retire is no upsert: without the key, the second would be refused or say
// something else.
func TestConcurrentRepeatsHaveOneEffect(t *testing.T) {
	path := filepath.Join(t.TempDir(), "faultline.db")
	ledgers := []*records.Ledger{ledger(t, path), ledger(t, path)}
	_, err := ledgers[0].Commit(background, batch(server("a")))
	must(t, err)
	receipts := make([]records.ItemsReceipt, 12)
	var wg sync.WaitGroup
	for i := range receipts {
		wg.Go(func() {
			var err error
			receipts[i], err = ledgers[i%2].CommitItems(background, batch(), list(ops{graph.Retire{Node: named("server", "a")}}, ops{server("b")}), true, once("k", 1))
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, r := range receipts {
		same(t, receipts[0], r)
	}
	if r := receipts[0]; r.Revision != 2 || r.Items[1].Effects[0].Outcome != graph.Created {
		t.Errorf("%+v", r)
	}
}
