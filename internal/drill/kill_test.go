package drill_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/graph/graphtest"
	"github.com/faultline-itsm/faultline/internal/neo4jtest"
)

// estate is an input whose import takes some chunks, with what comes of it.
type estate struct {
	input string // its file
	text  []byte
	want  string // the export once all of it is there
	ends  map[int]bool
}

func estateOf(t *testing.T, x binary, cis int) *estate {
	t.Helper()
	var text bytes.Buffer
	if err := (graphtest.Estate{Seed: 3, CIs: cis}).WriteNDJSON(&text); err != nil {
		t.Fatal(err)
	}
	e := &estate{input: filepath.Join(t.TempDir(), "estate.ndjson"), text: text.Bytes(), ends: chunkEnds(text.String())}
	if err := os.WriteFile(e.input, e.text, 0o600); err != nil {
		t.Fatal(err)
	}
	whole := "sqlite:" + filepath.Join(t.TempDir(), "whole.db")
	x.run(t, "import", e.input, "--store", whole)
	e.want = x.run(t, "export", "--store", whole)
	return e
}

// chunkEnds are how many lines of an estate are there after each of its chunks.
func chunkEnds(estate string) map[int]bool {
	states, total := map[int]bool{0: true}, 0
	for _, kind := range []string{"ci", "requirement", "relation"} {
		for left := strings.Count(estate, `{"kind":"`+kind+`"`); left > 0; left -= graph.MaxOperations {
			total += min(left, graph.MaxOperations)
			states[total] = true
		}
	}
	return states
}

// drilled is what is counted over the rounds of a drill.
type drilled struct {
	rounds, middle, unacknowledged int
	acknowledged                   int // lines, that were there after the kill
}

func (d *drilled) report(t *testing.T, what string) {
	t.Logf("%s killed in the middle of %d imports: %d had written a part, %d lines acknowledged before the kill and all there, %d had a chunk written that was not acknowledged yet",
		what, d.rounds, d.middle, d.acknowledged, d.unacknowledged)
	if d.middle == 0 {
		t.Error("no kill came in the middle of the writing")
	}
}

// aftermath checks a store after a kill: what was acknowledged is there, no chunk by
// half, the store is sound, and the same import once more completes it.
func (d *drilled) aftermath(t *testing.T, x binary, e *estate, store string, acknowledged int) {
	t.Helper()
	d.rounds++
	d.acknowledged += acknowledged
	x.run(t, "check", "--store", store)
	lines := strings.Count(x.run(t, "export", "--store", store), "\n") - 1 // without the header
	lines = max(lines, 0)
	if lines < acknowledged || !e.ends[lines] {
		t.Errorf("round %d: %d lines were acknowledged, %d are there, which is no end of a chunk", d.rounds, acknowledged, lines)
	}
	if lines > acknowledged {
		d.unacknowledged++
	}
	if lines > 0 && lines < strings.Count(e.want, "\n")-1 {
		d.middle++
	}
	x.run(t, "import", e.input, "--store", store)
	if got := x.run(t, "export", "--store", store); got != e.want {
		t.Errorf("round %d: completed, it is another graph", d.rounds)
	}
	x.run(t, "check", "--store", store)
}

// kill -9 of the service in the middle of an import, over each store.
func TestTheServiceKilledInTheMiddleOfImports(t *testing.T) {
	x := program(t)
	e := estateOf(t, x, 12_000)
	var databases neo4jtest.Databases
	for _, over := range []struct {
		name   string
		fresh  func(t *testing.T) string
		rounds int
		pause  time.Duration // spreads the kills over what an import takes
	}{
		{"SQLite", func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "faultline.db") }, rounds(3, 20), 300 * time.Millisecond},
		{"Neo4j", func(t *testing.T) string { return databases.Empty(t) }, rounds(1, 20), 2 * time.Second},
	} {
		t.Run(over.name, func(t *testing.T) {
			var d drilled
			for i := range over.rounds {
				store := over.fresh(t)
				p := x.serve(t, store)
				acknowledged := 0
				_, _ = p.imports(e.text, func(done int) {
					if acknowledged == 0 {
						time.AfterFunc(over.pause*time.Duration(i)/time.Duration(over.rounds), func() { _ = p.cmd.Process.Kill() })
					}
					acknowledged = done
				})
				p.kill() // of one that was done before
				d.aftermath(t, x, e, store, acknowledged)
			}
			d.report(t, "the service over "+over.name)
		})
	}
}

// kill -9 of Neo4j in the middle of an import: the service says so, waits for it,
// and goes on.
func TestNeo4jKilledInTheMiddleOfImports(t *testing.T) {
	server := neo4jtest.Own(t)
	x := program(t)
	e := estateOf(t, x, 12_000)
	way := proxied(t, server.URL)
	p := x.serve(t, way.url)
	var d drilled
	n := rounds(1, 20)
	for i := range n {
		if err := neo4jtest.Wipe(context.Background(), server.URL); err != nil {
			t.Fatal(err)
		}
		p.kill()
		p = x.serve(t, way.url)
		var acknowledged atomic.Int64
		killed := make(chan error, 1)
		last, err := p.imports(e.text, func(done int) {
			if acknowledged.Swap(int64(done)) == 0 {
				time.AfterFunc(2*time.Second*time.Duration(i)/time.Duration(n), func() { killed <- server.Kill() })
			}
		})
		if err := <-killed; err != nil {
			t.Fatal(err)
		}
		if err != nil || !strings.Contains(last, "STORE_UNAVAILABLE") && !strings.Contains(last, `"summary"`) {
			t.Errorf("round %d: the import ended with %q, %v", i+1, last, err)
		}
		if err := server.Start(context.Background()); err != nil {
			t.Fatal(err)
		}
		way.leads(t, server.URL)
		until(t, "the service is ready again", p.ready)
		d.aftermath(t, x, e, server.URL, int(acknowledged.Load()))
	}
	d.report(t, "Neo4j")
}
