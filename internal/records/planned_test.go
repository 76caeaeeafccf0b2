package records_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/internal/store"
)

func TestAPlanSaysOfEachItemWhatBecomesOfIt(t *testing.T) {
	l := fresh(t)
	_, err := l.Commit(background, batch(server("a")))
	must(t, err)
	fault := records.Item{Fault: graph.Errorf(graph.Invalid, "no")}
	good := list(ops{server("a")}, ops{server("b")}, ops{application("shop"), runsOn("shop", "b")})
	p, err := l.PlanItems(background, batch(), append(good, fault, list(ops{runsOn("nobody", "a")})[0]))
	must(t, err)
	for i, want := range []graph.Outcome{graph.Unchanged, graph.Created, graph.Created} {
		if r := p.Items[i]; r.Err != nil || r.Effects[0].Outcome != want {
			t.Errorf("item %d: %+v, want %s", i, r, want)
		}
	}
	if p.Refused != 2 || len(p.Plan.Effects) != 4 || p.Items[3].Err != fault.Fault || !graph.IsKind(p.Items[4].Err, graph.NotFound) || p.Items[4].Err.Op != 0 {
		t.Errorf("%+v", p)
	}
	if _, _, err := l.CommitPlanned(background, batch(), p, nil); !graph.IsKind(err, graph.Blocked) {
		t.Errorf("a plan with refusals: %v", err)
	}
	for _, items := range [][]records.Item{good, good[:1]} {
		p, err = l.PlanItems(background, batch(), items)
		must(t, err)
		if p.Refused > 0 || p.Snapshot.Revision() != 1 {
			t.Errorf("%+v", p)
		}
	}
	if s := l.Projection().Snapshot(); s.Revision() != 1 || s.Len() != 1 {
		t.Errorf("a plan wrote: revision %d, %d CIs", s.Revision(), s.Len())
	}
}

func TestAPlanIsCommittedOnlyWhereTheHeadIsStillTheSame(t *testing.T) {
	path := filepath.Join(t.TempDir(), "faultline.db")
	l, other := ledger(t, path), ledger(t, path)
	items := list(ops{server("a")}, ops{application("shop"), runsOn("shop", "a")})
	late, err := l.PlanItems(background, batch(), items)
	must(t, err)
	_, err = other.Commit(background, batch(server("elsewhere")))
	must(t, err)
	_, moved, err := l.CommitPlanned(background, batch(), late, once("k", 1))
	must(t, err)
	if head, err := l.Store().Head(background); !moved || err != nil || head.Revision != 1 {
		t.Errorf("moved is %t, the head at %d: %v", moved, head.Revision, err)
	}
	p, err := l.PlanItems(background, batch(), items)
	must(t, err)
	r, moved, err := l.CommitPlanned(background, batch(), p, once("k", 1)) // what moved used up no key
	must(t, err)
	if moved || r.Revision != 2 || r.Snapshot.Revision() != 2 || r.Items[1].Effects[1].Outcome != graph.Created {
		t.Errorf("moved is %t: %+v", moved, r)
	}
	again, moved, err := other.CommitPlanned(background, batch(), late, once("k", 1))
	must(t, err)
	same(t, r, again)
	known, err := other.Answered(background, once("k", 1))
	must(t, err)
	same(t, r, *known)
	if none, err := l.Answered(background, once("other", 1)); moved || none != nil || err != nil {
		t.Errorf("moved is %t; of another key: %+v, %v", moved, none, err)
	}
}

// Many plan and commit the same few CIs at once: each commit that did not see the
// head move stands alone, none is lost.
func TestPlansThatRaceAreEachCommittedAtTheirHead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "faultline.db")
	ledgers := []*records.Ledger{ledger(t, path), ledger(t, path)}
	const writers, each = 4, 20
	var committed [writers]int
	var wg sync.WaitGroup
	for w := range writers {
		l := ledgers[w%2]
		wg.Go(func() {
			for i := range each {
				p, err := l.PlanItems(background, batch(), list(ops{server(fmt.Sprint("s", w, "-", i))}))
				if graph.IsKind(err, graph.Unavailable) {
					continue // the head did not rest
				}
				if err != nil {
					t.Errorf("writer %d: %v", w, err)
					return
				}
				_, moved, err := l.CommitPlanned(background, batch(), p, nil)
				if err != nil {
					t.Errorf("writer %d: %v", w, err)
					return
				}
				if !moved {
					committed[w]++
				}
			}
		})
	}
	wg.Wait()
	total := 0
	for _, n := range committed {
		total += n
	}
	head, err := ledgers[0].Store().Head(background)
	must(t, err)
	if total == 0 || int(head.Revision) != total {
		t.Errorf("%d commits were acknowledged, the head is at %d", total, head.Revision)
	}
}

// restless commits something else whenever records are read.
type restless struct {
	store.Store
	other *records.Ledger
	n     int
	until int
}

func (r *restless) Records(ctx context.Context, w graph.Wants) (graph.Records, error) {
	if r.n++; r.n <= r.until {
		if _, err := r.other.Commit(ctx, batch(server(fmt.Sprint("other", r.n)))); err != nil {
			return graph.Records{}, err
		}
	}
	return r.Store.Records(ctx, w)
}

func TestAPlanIsOfOneHead(t *testing.T) {
	for _, c := range []struct{ until, revision int }{{2, 2}, {1000, 0}} {
		l := fresh(t)
		st := &restless{Store: l.Store(), other: l, until: c.until}
		p, err := records.New(st, l.Projection(), time.Now).PlanItems(background, batch(), list(ops{server("a")}))
		if c.revision == 0 {
			if !graph.IsKind(err, graph.Unavailable) {
				t.Errorf("a head that never rests: %v", err)
			}
			continue
		}
		must(t, err)
		if p.Snapshot.Revision() != graph.Revision(c.revision) || p.Plan.LastID != graph.ID(c.revision+1) {
			t.Errorf("planned at %d, the last id is %d", p.Snapshot.Revision(), p.Plan.LastID)
		}
	}
}
