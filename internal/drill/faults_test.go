package drill_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/neo4jtest"
	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/internal/store/neo4j"
)

// cell is one place of the fault table, with what was counted there.
type cell struct {
	phase phase
	act   act

	runs, requests, acknowledged, repeated int
	duplicates, lost, late, leaked         int
	slowest                                time.Duration
	recovered                              time.Duration // the longest, until a write was acknowledged again
}

// The service and a real Neo4j talk through a proxy that breaks the connection at
// every phase of the protocol, in every way. Whatever clients were told is true,
// and nobody waits longer than a second past the deadline.
func TestFaultTable(t *testing.T) {
	var databases neo4jtest.Databases
	address := databases.Empty(t)
	direct := opened(t, address)
	p := proxied(t, address)
	warm(t, address)
	runs := rounds(1, 10)
	var table []*cell
	for _, ph := range phases {
		for _, a := range acts {
			c := &cell{phase: ph, act: a}
			table = append(table, c)
			t.Run(ph.name+"/"+string(a), func(t *testing.T) {
				for n := range runs {
					c.run(t, direct, p, n)
				}
			})
		}
	}
	t.Log("\n" + tabulated(table))
	for _, c := range table {
		if c.duplicates+c.lost+c.late+c.leaked > 0 {
			t.Errorf("%s, %s: %d duplicates, %d acknowledgements lost, %d requests late, %d goroutines leaked", c.phase.name, c.act, c.duplicates, c.lost, c.late, c.leaked)
		}
	}
	report, err := store.Check(context.Background(), direct)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Broken {
		t.Errorf("check: %s", f)
	}
}

// warm lets a server that has just started plan and compile its statements: until
// then a first write takes longer than the deadline of the drill.
func warm(t testing.TB, address string) {
	t.Helper()
	s := serving(t, address)
	defer s.close(t)
	n := 0
	until(t, "the server is warm", func() bool {
		n++
		a := s.upsert(fmt.Sprint("warm-", n))
		return a.code() == "" && a.took < deadline/4
	})
}

func tabulated(table []*cell) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| phase | fault | runs | requests | acknowledged | sent again | duplicates | lost | late | leaked | slowest | back after |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, c := range table {
		if c.runs == 0 {
			continue // not asked for
		}
		fmt.Fprintf(&b, "| %s | %s | %d | %d | %d | %d | %d | %d | %d | %d | %.2f s | %.2f s |\n", c.phase.name, c.act, c.runs, c.requests, c.acknowledged, c.repeated,
			c.duplicates, c.lost, c.late, c.leaked, c.slowest.Seconds(), c.recovered.Seconds())
	}
	return b.String()
}

// opened opens the store without a proxy between.
func opened(t testing.TB, address string) store.Store {
	t.Helper()
	st, err := neo4j.Open(context.Background(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return st
}

// clients are those of one run: some write, one reads from the store, one asks what
// the topology answers.
type clients struct {
	s    *service
	cell *cell

	mu    sync.Mutex
	acked map[string]graph.Revision
	open  []string // not acknowledged
	first time.Time
	since time.Time // the fault
}

const writers = 3

// proxys are the goroutines of a proxy's connections, which are not what is counted:
// those of a connection that was broken off end when it does.
var proxys = []goleak.Option{
	goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2.(*ToxicLink).read"),
	goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2.(*ToxicLink).write"),
	goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2/toxics.(*ToxicStub).Run"),
	goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2.(*Proxy).server"),
	goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2.(*Proxy).freeBlocker"),
}

// run breaks one connection while clients work, and counts.
func (c *cell) run(t *testing.T, direct store.Store, p *proxy, n int) {
	c.runs++
	before := goleak.IgnoreCurrent()
	head, err := direct.Head(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	nth := 1 + 2*n
	if c.phase.name == "route" {
		nth = 1 // it is sent where a connection is made, and again where that failed
	}
	passes := c.phase.name == "commit sent" && c.act == cut && n%2 == 0 // else it never arrives
	var hit <-chan struct{}
	if c.phase.name == "route" {
		hit = p.arm(c.phase, c.act, nth, passes)
	}
	s := serving(t, p.url)
	if c.phase.name != "route" {
		hit = p.arm(c.phase, c.act, nth, passes)
	}
	w := &clients{s: s, cell: c, acked: map[string]graph.Revision{}}
	w.work(t, fmt.Sprintf("%s-%s-%d", strings.ReplaceAll(c.phase.name, " ", ""), c.act, n), hit)
	p.disarm()
	w.repeat(t)
	s.close(t)
	if err := goleak.Find(append(proxys, before)...); err != nil {
		c.leaked++
		t.Log(err)
	}
	c.count(t, direct, head.Revision, w.acked)
}

// work lets clients ask until the fault has happened and writes go well again.
func (w *clients) work(t *testing.T, name string, hit <-chan struct{}) {
	stop := make(chan struct{})
	var wg sync.WaitGroup
	each := func(ask func(i int)) {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
					ask(i)
					time.Sleep(5 * time.Millisecond)
				}
			}
		})
	}
	for k := range writers {
		each(func(i int) { w.write(fmt.Sprintf("%s-%d-%d", name, k, i)) })
	}
	each(func(int) { w.note(w.s.ask(`{ cis(first: 3, orderBy: [{field: NAME}]) { nodes { ref version } } }`)) })
	each(func(int) { w.note(w.s.ask(`{ store { revision contentHash } }`)) })
	select {
	case <-hit:
	case <-time.After(30 * time.Second):
		t.Error("the phase was never reached")
	}
	w.mu.Lock()
	w.since = time.Now()
	w.mu.Unlock()
	// A fault shows when a deadline has passed; and the store must come back.
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		w.mu.Lock()
		back := time.Since(w.since) > 2*deadline && !w.first.IsZero()
		w.mu.Unlock()
		if back {
			break
		}
	}
	close(stop)
	wg.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.first.IsZero() {
		t.Error("no write was acknowledged after the fault")
	}
	w.cell.recovered = max(w.cell.recovered, w.first.Sub(w.since))
}

func (w *clients) write(name string) {
	a := w.s.upsert(name)
	w.note(a)
	w.mu.Lock()
	defer w.mu.Unlock()
	if revision, ok := acknowledged(a); ok {
		w.acked[name] = revision
		w.cell.acknowledged++
		if !w.since.IsZero() && w.first.IsZero() && time.Since(w.since) > a.took {
			w.first = time.Now() // of a write that began after the fault
		}
		return
	}
	w.open = append(w.open, name)
	w.cell.repeated++
	time.Sleep(20 * time.Millisecond) // as a client does who was told to try again
}

// note counts a request in.
func (w *clients) note(a answer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cell.requests++
	w.cell.slowest = max(w.cell.slowest, a.took)
	if a.took > deadline+time.Second {
		w.cell.late++
	}
}

func acknowledged(a answer) (graph.Revision, bool) {
	var data struct {
		UpsertCIs struct {
			Revision graph.Revision `json:",string"`
			Errors   []any
		}
	}
	if a.status != 200 || len(a.Errors) > 0 || json.Unmarshal(a.Data, &data) != nil || len(data.UpsertCIs.Errors) > 0 {
		return 0, false
	}
	return data.UpsertCIs.Revision, true
}

// repeat sends what was not acknowledged again, until it is.
func (w *clients) repeat(t *testing.T) {
	for _, name := range w.open {
		for end := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
			a := w.s.upsert(name)
			if revision, ok := acknowledged(a); ok {
				w.acked[name] = revision
				break
			}
			if time.Now().After(end) {
				t.Fatalf("%s is not acknowledged: %+v", name, a)
			}
		}
	}
}

// count looks at what is there, past the proxy: each CI once, written once.
func (c *cell) count(t *testing.T, direct store.Store, after graph.Revision, acked map[string]graph.Revision) {
	ctx := context.Background()
	written := map[string][]graph.Revision{}
	for last := after; ; {
		entries, err := direct.Entries(ctx, last, 500)
		if err != nil {
			t.Fatal(err)
		}
		if len(entries) == 0 {
			break
		}
		for _, e := range entries {
			last = e.Revision
			for _, change := range e.Changes {
				if change.Node != nil {
					written[change.Node.Ref.Name] = append(written[change.Node.Ref.Name], e.Revision)
				}
			}
		}
	}
	for name, at := range written {
		if len(at) > 1 {
			c.duplicates++
			t.Logf("%s was written at %v", name, at)
		}
	}
	for name, revision := range acked {
		at := written[name]
		found, err := direct.Find(ctx, store.Query{First: 10, Filter: &store.Filter{Test: &store.Test{Field: store.Name, Op: store.Eq, Values: []graph.Value{graph.StringValue(name)}}}})
		if err != nil {
			t.Fatal(err)
		}
		if len(at) == 0 || len(found.Nodes) == 0 || slices.Min(at) > revision {
			c.lost++
			t.Logf("%s was acknowledged at %d and written at %v, it is there %d times", name, revision, at, len(found.Nodes))
		}
		c.duplicates += max(0, len(found.Nodes)-1)
	}
}
