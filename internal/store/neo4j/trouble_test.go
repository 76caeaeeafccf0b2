package neo4j_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	driver "github.com/neo4j/neo4j-go-driver/v5/neo4j"
	"go.uber.org/goleak"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/neo4jtest"
	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/internal/store/neo4j"
)

// next is a decision to write what makes of the head.
func next(makes func(head graph.Head) []graph.Change) store.Decide {
	return func(ctx context.Context, tx store.Reader) (store.Outcome, error) {
		head, err := tx.Head(ctx)
		if err != nil {
			return store.Outcome{}, err
		}
		e, _ := graph.Seal(graph.Entry{At: time.Unix(int64(head.Revision), 0).UTC(), Source: "test", Changes: makes(head)}, head)
		return store.Write(&e), nil
	}
}

// oneServer adds a server.
func oneServer(head graph.Head) []graph.Change {
	return []graph.Change{{Node: node(head.LastID+1, "server", fmt.Sprint("s", head.LastID+1), nil)}}
}

// Neo4j shows a commit to readers piece by piece. Large commits that change, add
// and remove at once make the pieces many; whoever reads must not see one.
func TestReadersNeverSeeAHalfPublishedCommit(t *testing.T) {
	var databases neo4jtest.Databases
	address := databases.Empty(t)
	st, other := opened(t, address), opened(t, address)
	const many, rounds = 1500, 12
	at := func(id graph.ID, round int) *graph.Node {
		n := node(id, "server", fmt.Sprint("s", id), map[string]graph.Value{"description": graph.StringValue(fmt.Sprint(round))})
		n.Version = int64(round)
		return n
	}
	link := func(i, round int) *graph.Relation {
		return &graph.Relation{RelationKey: graph.RelationKey{From: graph.ID(i + 1), Type: "DEPENDS_ON", To: graph.ID((i+round)%many + 1)}, Version: int64(round),
			Claims: []graph.RelationClaim{{Source: "test"}}}
	}
	round := func(k int) (changes []graph.Change) {
		for i := range many {
			c := graph.Change{Node: at(graph.ID(i+1), k)}
			if k > 1 {
				c.NodeWas = at(graph.ID(i+1), k-1)
				changes = append(changes, graph.Change{RelationWas: link(i, k-1)})
			}
			changes = append(changes, c, graph.Change{Relation: link(i, k)})
		}
		extra := graph.ID(many + k) // one comes, the one before it goes
		changes = append(changes, graph.Change{Node: at(extra, k)})
		if k > 1 {
			changes = append(changes, graph.Change{NodeWas: at(extra-1, k-1)})
		}
		return changes
	}
	put(t, st, round(1)...)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	var reads [3]atomic.Int64
	reader := func(which int, read func(st store.Store) error) {
		for _, st := range []store.Store{st, other} {
			wg.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					if err := read(st); err != nil {
						t.Error(err)
						return
					}
					reads[which].Add(1)
				}
			})
		}
	}
	reader(0, func(st store.Store) error {
		var all []graph.Change
		head, err := st.Stream(context.Background(), func(c graph.Change) error {
			all = append(all, c)
			return nil
		})
		if err != nil {
			return err
		}
		if _, summed := graph.Seal(graph.Entry{Changes: all}, graph.Head{}); summed.Content != head.Content {
			return fmt.Errorf("%d records at revision %d are not those of its content hash", len(all), head.Revision)
		}
		return nil
	})
	reader(1, func(st store.Store) error {
		page, err := st.Find(context.Background(), store.Query{First: 200, Count: true, Order: []store.Order{{Field: store.Name}}})
		if err != nil {
			return err
		}
		if page.Total != many+1 {
			return fmt.Errorf("at revision %d there are %d nodes", page.Revision, page.Total)
		}
		for _, n := range page.Nodes {
			if graph.Revision(n.Version) != page.Revision {
				return fmt.Errorf("at revision %d node %d has version %d", page.Revision, n.ID, n.Version)
			}
		}
		return nil
	})
	reader(2, func(st store.Store) error {
		recs, err := st.Records(context.Background(), graph.Wants{Nodes: []graph.ID{1, many / 2, many}})
		if err != nil {
			return err
		}
		if len(recs.Nodes) != 3 || recs.Nodes[1].Version != recs.Nodes[many].Version || recs.Nodes[1].Version != recs.Nodes[many/2].Version {
			return fmt.Errorf("records of several revisions: %v", recs.Nodes)
		}
		return nil
	})
	for k := 2; k <= rounds; k++ {
		put(t, st, round(k)...)
	}
	close(stop)
	wg.Wait()
	t.Logf("%d streams, %d pages, %d records read meanwhile", reads[0].Load(), reads[1].Load(), reads[2].Load())
	clean(t, st)
}

// held opens a transaction on a server by hand, as another process would.
func held(t *testing.T, address, statement string) (release func()) {
	t.Helper()
	d := connected(t, address)
	ctx := context.Background()
	session := d.NewSession(ctx, driver.SessionConfig{})
	tx, err := session.BeginTransaction(ctx)
	if err != nil {
		t.Fatal(err)
	}
	res, err := tx.Run(ctx, statement, nil)
	if err == nil {
		_, err = res.Consume(ctx)
	}
	if err != nil {
		t.Fatal(err)
	}
	return sync.OnceFunc(func() { _, _ = tx.Rollback(ctx), session.Close(ctx) })
}

func TestALockedStoreHonoursDeadlinesAndGoesOn(t *testing.T) {
	var databases neo4jtest.Databases
	address := databases.Empty(t)
	st := opened(t, address)
	put(t, st, oneServer(graph.Head{})...)
	release := held(t, address, `MATCH (k:LedgerLock {name: 'write'}) SET k.turn = k.turn + 1`)
	defer release()
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := st.Commit(ctx, next(oneServer))
	if took := time.Since(start); !graph.IsKind(err, graph.Unavailable) || !errors.Is(err, context.DeadlineExceeded) || took > 1300*time.Millisecond {
		t.Errorf("after %s: %v", took, err)
	}
	// Who reads does not wait for who writes.
	page, err := st.Find(context.Background(), store.Query{First: 1})
	if err != nil || len(page.Nodes) != 1 {
		t.Errorf("a reader is locked out: %v", err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := st.Commit(context.Background(), next(oneServer))
		done <- err
	}()
	time.Sleep(200 * time.Millisecond)
	release()
	if err := <-done; err != nil {
		t.Error(err)
	}
	clean(t, st)
}

func TestACommitThatTakesTooLongIsGivenUp(t *testing.T) {
	var databases neo4jtest.Databases
	address := databases.Empty(t)
	st, err := neo4j.Open(context.Background(), address, neo4j.Longest(500*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	defer held(t, address, `MATCH (k:LedgerLock {name: 'write'}) SET k.turn = k.turn + 1`)()
	start := time.Now()
	_, err = st.Commit(context.Background(), next(oneServer))
	says(t, err, graph.Unavailable)
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
}

func TestOneCallerWhoGivesUpDoesNotSpoilTheOthers(t *testing.T) {
	var databases neo4jtest.Databases
	st := opened(t, databases.Empty(t))
	var wg sync.WaitGroup
	good, given := 0, 0
	var mu sync.Mutex
	for i := range 60 {
		wg.Go(func() {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			_, err := st.Commit(ctx, func(ctx context.Context, tx store.Reader) (store.Outcome, error) {
				if i%3 == 0 {
					cancel()
				}
				return next(oneServer)(ctx, tx)
			})
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				good++
			case i%3 == 0 && graph.IsKind(err, graph.Unavailable):
				given++
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if h, err := st.Head(context.Background()); err != nil || int(h.Revision) != good || good != 40 || given != 20 {
		t.Errorf("%d went well, %d gave up, the head is at %d, %v", good, given, h.Revision, err)
	}
	clean(t, st)
}

func TestNothingRunsAfterClose(t *testing.T) {
	var databases neo4jtest.Databases
	address := databases.Empty(t)
	before := goleak.IgnoreCurrent()
	st, err := neo4j.Open(context.Background(), address)
	if err != nil {
		t.Fatal(err)
	}
	put(t, st, oneServer(graph.Head{})...)
	ctx, cancel := context.WithCancel(context.Background())
	_, err = st.Stream(ctx, func(graph.Change) error {
		cancel()
		return nil
	})
	_ = err // either way
	clean(t, st)
	if err := st.Close(); err != nil {
		t.Error(err)
	}
	goleak.VerifyNone(t, before)
}

// What was acknowledged is there after the server was killed, and the store goes
// on by itself when it is back.
func TestAKilledServerLosesNothingAndIsFoundAgain(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: a server of its own takes long; run without -short")
	}
	server := neo4jtest.Own(t)
	st := opened(t, server.URL)
	acknowledged := make(chan graph.Head, 10_000)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				h, err := st.Commit(context.Background(), next(oneServer))
				if err != nil {
					says(t, err, graph.Unavailable)
					return
				}
				acknowledged <- h
			}
		})
	}
	time.Sleep(time.Second)
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	_, err := st.Head(context.Background())
	says(t, err, graph.Unavailable, "cannot be reached")
	if err := server.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	head, err := st.Head(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	close(acknowledged)
	n := 0
	for h := range acknowledged {
		if n++; h.Revision > head.Revision {
			t.Errorf("revision %d was acknowledged, the head is at %d", h.Revision, head.Revision)
		}
	}
	t.Logf("%d acknowledged, the head is at %d", n, head.Revision)
	if _, err := st.Commit(context.Background(), next(oneServer)); err != nil {
		t.Error(err)
	}
	clean(t, st)
}
