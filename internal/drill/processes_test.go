package drill_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/neo4jtest"
)

// said is what a client reads of an answer, whatever it asked.
type said struct {
	Data struct {
		CI *struct {
			Version int64
			Retired bool
		}
		Store struct {
			Revision                graph.Revision `json:",string"`
			ContentHash, LedgerHash string
		}
		Done struct {
			Revision graph.Revision `json:",string"`
			Items    []struct{ ID, Status string }
			Errors   []struct{ Code, Message string }
		}
	}
	Errors     []struct{ Message string }
	Extensions struct {
		Revision graph.Revision `json:",string"`
	}
}

// ask sends a request that wants at least a revision.
func (p *process) ask(t testing.TB, min graph.Revision, query string) (a said) {
	t.Helper()
	body, _ := json.Marshal(map[string]any{"query": query})
	r, err := http.NewRequest(http.MethodPost, p.url+"/graphql", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Faultline-Min-Revision", strconv.FormatUint(uint64(min), 10))
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Errorf("%s: %v", query, err)
		return a
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&a); err != nil || len(a.Errors) > 0 {
		t.Errorf("%s: %d %+v %v", query, resp.StatusCode, a.Errors, err)
	}
	return a
}

// does sends a mutation, whose refusal is data.
func (p *process) does(t testing.TB, mutation string) said {
	t.Helper()
	return p.ask(t, 0, "mutation { done: "+mutation+" { revision items { id status } errors { code message } } }")
}

func upsert(name, more string) string {
	return fmt.Sprintf(`upsertCIs(input: {items: [{ci: {ref: "server:%s"}%s}]})`, name, more)
}

// Three services over one store: each sees what the others write, at once where it
// is asked to, and no rule is broken where two write at the same time.
func TestSeveralProcessesOverOneStore(t *testing.T) {
	x := program(t)
	var databases neo4jtest.Databases
	for name, fresh := range map[string]func(t *testing.T) string{
		"one SQLite file": func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "faultline.db") },
		"one Neo4j":       func(t *testing.T) string { return databases.Empty(t) },
	} {
		t.Run(name, func(t *testing.T) {
			store := fresh(t)
			all := []*process{x.serve(t, store), x.serve(t, store), x.serve(t, store)}
			for what, holds := range map[string]func(*testing.T, []*process){
				"who names a revision reads at it on any of them": readYourWrites,
				"a commit is seen by the others by itself":        seenByItself,
				"retire against relate":                           retireAgainstRelate,
				"upsert of one ref":                               upsertOfOneRef,
				"of two that expect one version one wins":         oneVersion,
			} {
				t.Run(what, func(t *testing.T) { holds(t, all) })
			}
			agree(t, all)
			x.run(t, "check", "--store", store)
		})
	}
}

func readYourWrites(t *testing.T, all []*process) {
	for i := range 30 {
		name := fmt.Sprint("seen-", i)
		r := all[i%3].does(t, upsert(name, "")).Data.Done.Revision
		for _, p := range all {
			if a := p.ask(t, r, `{ ci(ref: {ref: "server:`+name+`"}) { version } }`); a.Data.CI == nil || a.Extensions.Revision < r {
				t.Errorf("%s was written at %d; at %d it is not there", name, r, a.Extensions.Revision)
			}
		}
	}
}

func seenByItself(t *testing.T, all []*process) {
	var lags []time.Duration
	for i := range 20 {
		r := all[i%3].does(t, upsert(fmt.Sprint("lag-", i), "")).Data.Done.Revision
		start := time.Now()
		other := all[(i+1)%3]
		until(t, "another process shows it", func() bool { return other.ask(t, 0, `{ store { revision } }`).Data.Store.Revision >= r })
		lags = append(lags, time.Since(start))
	}
	slices.Sort(lags)
	t.Logf("seen by another process after %s at the median, %s at most", lags[len(lags)/2].Round(time.Millisecond), lags[len(lags)-1].Round(time.Millisecond))
	if lags[len(lags)/2] > time.Second {
		t.Errorf("half of the commits took longer than %s to be seen", lags[len(lags)/2])
	}
}

// each runs one function a process at the same time.
func each(all []*process, f func(i int, p *process)) {
	var wg sync.WaitGroup
	for i, p := range all {
		wg.Go(func() { f(i, p) })
	}
	wg.Wait()
}

func retireAgainstRelate(t *testing.T, all []*process) {
	refused := 0
	for i := range 15 {
		all[2].does(t, upsert(fmt.Sprint("x", i), ""))
		all[2].does(t, upsert(fmt.Sprint("y", i), ""))
		got := make([]said, 2)
		each(all[:2], func(k int, p *process) {
			if k == i%2 {
				got[0] = p.does(t, fmt.Sprintf(`retireCIs(input: {items: [{ci: {ref: "server:x%d"}}]})`, i))
			} else {
				got[1] = p.does(t, fmt.Sprintf(`upsertRelations(input: {items: [{from: {ref: "server:y%d"}, type: "DEPENDS_ON", to: {ref: "server:x%d"}}]})`, i, i))
			}
		})
		retired, related := got[0].Data.Done, got[1].Data.Done
		if len(retired.Errors) > 0 {
			t.Errorf("x%d was not retired: %+v", i, retired.Errors)
		}
		if len(related.Errors) > 0 {
			refused++
		} else if related.Revision > retired.Revision {
			t.Errorf("x%d was retired at revision %d and related to at %d", i, retired.Revision, related.Revision)
		}
	}
	t.Logf("%d of 15 relations came too late and were refused", refused)
}

func upsertOfOneRef(t *testing.T, all []*process) {
	for i := range 10 {
		got := make([]said, len(all))
		each(all, func(k int, p *process) { got[k] = p.does(t, upsert(fmt.Sprint("same-", i), "")) })
		made, ids := 0, map[string]bool{}
		for _, a := range got {
			for _, item := range a.Data.Done.Items {
				ids[item.ID] = true
				if item.Status == "CREATED" {
					made++
				}
			}
		}
		if made != 1 || len(ids) != 1 {
			t.Errorf("same-%d was created %d times and has the ids %v", i, made, ids)
		}
	}
}

func oneVersion(t *testing.T, all []*process) {
	all[0].does(t, upsert("v", `, attributes: {environment: "test"}`))
	for i := range 8 {
		r := all[0].does(t, upsert("v", "")).Data.Done.Revision
		now := all[0].ask(t, r, `{ ci(ref: {ref: "server:v"}) { version } }`).Data.CI.Version
		won, late := make([]bool, len(all)), make([]bool, len(all))
		each(all, func(k int, p *process) {
			done := p.does(t, upsert("v", fmt.Sprintf(`, attributes: {environment: "e%d-%d"}, expectedVersion: %d`, i, k, now))).Data.Done
			won[k] = len(done.Errors) == 0
			late[k] = len(done.Errors) == 1 && done.Errors[0].Code == "VERSION_CONFLICT"
		})
		if count(won) != 1 || count(late) != len(all)-1 {
			t.Errorf("round %d: %v went well, %v came too late", i, won, late)
		}
	}
}

func count(list []bool) (n int) {
	for _, is := range list {
		if is {
			n++
		}
	}
	return n
}

// agree checks that all processes come to the same revision with the same hashes.
func agree(t *testing.T, all []*process) {
	t.Helper()
	var last graph.Revision
	for _, p := range all {
		last = max(last, p.ask(t, 0, `{ store { revision } }`).Data.Store.Revision)
	}
	want := all[0].ask(t, last, `{ store { revision contentHash ledgerHash } }`).Data.Store
	for _, p := range all {
		if got := p.ask(t, last, `{ store { revision contentHash ledgerHash } }`).Data.Store; got != want {
			t.Errorf("one process is at %+v, another at %+v", want, got)
		}
		until(t, "it is ready", p.ready)
	}
}
