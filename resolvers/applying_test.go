package resolvers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/resolvers"
)

// planned is what planChanges and applyPlan are answered with, as far as the tests
// below look.
type planned struct {
	Data struct {
		PlanChanges struct{ ID string }
		ApplyPlan   struct {
			Revision string
			Items    []struct{ Status string }
			Errors   []struct{ Code, Message string }
		}
	}
	Errors []struct {
		Message    string
		Extensions struct{ Code string }
	}
}

func (p planned) code() string {
	for _, e := range p.Data.ApplyPlan.Errors {
		return e.Code
	}
	for _, e := range p.Errors {
		return e.Extensions.Code
	}
	return ""
}

func (b bench) plan(t testing.TB, patch string) string {
	t.Helper()
	var p planned
	must(t, json.Unmarshal(b.ask(t, "{ planChanges(patch: "+patch+") { id } }", nil), &p))
	if p.Data.PlanChanges.ID == "" {
		t.Fatalf("%s: %+v", patch, p)
	}
	return p.Data.PlanChanges.ID
}

func (b bench) apply(t testing.TB, id, more string) (p planned) {
	t.Helper()
	must(t, json.Unmarshal(b.ask(t, fmt.Sprintf("mutation { applyPlan(input: {planId: %q%s}) { revision items { status } errors { code message } } }", id, more), nil), &p))
	return p
}

func TestAPlanIsKnownToTheProcessThatMadeItForItsTime(t *testing.T) {
	at := now
	mine := open(t, nil, func(c *resolvers.Config) { c.Clock = func() time.Time { return at } })
	other := bench{resolvers.New(mine.Config), mine.store, nil}
	id := mine.plan(t, `{upsertCIs: [{ci: {ref: "server:a"}}]}`)
	if got := other.apply(t, id, "").code(); got != "NOT_FOUND" {
		t.Errorf("in another process it is answered %q", got)
	}
	late := mine.plan(t, `{upsertCIs: [{ci: {ref: "server:b"}}]}`)
	at = at.Add(15*time.Minute - time.Second)
	if got := mine.apply(t, id, `, idempotencyKey: "k"`); got.code() != "" || got.Data.ApplyPlan.Revision != "1" {
		t.Errorf("a second before its end: %+v", got)
	}
	at = at.Add(time.Second)
	if got := mine.apply(t, late, "").code(); got != "NOT_FOUND" {
		t.Errorf("after its time it is answered %q", got)
	}
	for name, b := range map[string]bench{"after its time": mine, "in another process": other} {
		if got := b.apply(t, id, `, idempotencyKey: "k"`); got.code() != "" || got.Data.ApplyPlan.Revision != "1" || len(got.Data.ApplyPlan.Items) != 1 {
			t.Errorf("a repeat under its key %s: %+v", name, got)
		}
	}
}

// A pin ends without a commit: nothing was written, and still more would break.
func TestAPlanIsStaleWhereAPinHasEnded(t *testing.T) {
	at := now
	b := open(t, nil, func(c *resolvers.Config) { c.Clock = func() time.Time { return at } })
	seed(t, b, "seed: shop")
	b.ask(t, `mutation { pin(input: {ci: {ref: "database:shop/orders-a"}, reason: "moved away", expires: "2026-11-24T08:35:00Z"}) { revision } }`, nil)
	held, ended := b.plan(t, `{retireCIs: [{ci: {ref: "server:dc1/db-1"}}]}`), b.plan(t, `{retireCIs: [{ci: {ref: "server:dc1/db-1"}}], source: "cmdb"}`)
	at = at.Add(6 * time.Minute)
	if got := b.apply(t, ended, ""); got.code() != "STALE_PLAN" || !strings.Contains(got.Data.ApplyPlan.Errors[0].Message, "break something else") {
		t.Errorf("after the pin's end: %+v", got)
	}
	at = at.Add(-3 * time.Minute)
	if got := b.apply(t, held, ""); got.code() != "" {
		t.Errorf("while the pin holds: %+v", got)
	}
}

func TestAPlanHasAtMostAThousandItems(t *testing.T) {
	b := open(t, nil)
	for n, want := range map[int]string{1000: "", 1001: "LIMIT_EXCEEDED"} {
		items := make([]any, n)
		for i := range items {
			items[i] = map[string]any{"ci": map[string]any{"ref": "server:a"}}
		}
		var p planned
		patch := map[string]any{"upsertCIs": items[:n/2], "renameCIs": []any{}, "retireCIs": items[n/2:]}
		must(t, json.Unmarshal(b.ask(t, "query($patch: GraphPatchInput!) { planChanges(patch: $patch) { id } }", map[string]any{"patch": patch}), &p))
		if p.code() != want || (p.Data.PlanChanges.ID == "") != (want != "") {
			t.Errorf("%d items: %+v", n, p)
		}
	}
}

// Several apply the same plans while others write: each plan is applied once or
// not at all, and one of a CI that somebody changed first never.
func TestAPlanIsAppliedAtMostOnceWhateverElseIsWritten(t *testing.T) {
	b := open(t, nil)
	const plans, appliers = 12, 3
	ids := make([]string, plans)
	for i := range ids {
		b.ask(t, fmt.Sprintf(`mutation { upsertCIs(input: {items: [{ci: {ref: "server:s%d"}, attributes: {os: "old"}}]}) { revision } }`, i), nil)
	}
	for i := range ids {
		ids[i] = b.plan(t, fmt.Sprintf(`{upsertCIs: [{ci: {ref: "server:s%d"}, attributes: {os: "planned"}}]}`, i))
		if i%3 == 0 { // somebody is faster
			b.ask(t, fmt.Sprintf(`mutation { upsertCIs(input: {items: [{ci: {ref: "server:s%d"}, attributes: {os: "faster"}}]}) { revision } }`, i), nil)
		}
	}
	var applied [plans]int
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range appliers {
		wg.Go(func() {
			for i, id := range ids {
				p := b.apply(t, id, "")
				for p.code() == "STORE_UNAVAILABLE" { // the head moved each time
					p = b.apply(t, id, "")
				}
				switch p.code() {
				case "":
					mu.Lock()
					applied[i]++
					mu.Unlock()
				case "STALE_PLAN":
				default:
					t.Errorf("plan %d: %+v", i, p)
				}
			}
		})
	}
	wg.Go(func() {
		for i := range 40 {
			b.Execute(context.Background(), resolvers.Request{Query: fmt.Sprintf(`mutation { upsertCIs(input: {items: [{ci: {ref: "server:elsewhere%d"}}]}) { revision } }`, i)})
		}
	})
	wg.Wait()
	for i, n := range applied {
		want := 1
		if i%3 == 0 {
			want = 0
		}
		if n != want {
			t.Errorf("plan %d was applied %d times, want %d", i, n, want)
		}
	}
}

// interloper is a store in which somebody else comes first, as often as times says.
type interloper struct {
	store.Store
	times int
	first func()
}

func (i *interloper) Commit(ctx context.Context, d store.Decide) (graph.Head, error) {
	if f := i.first; i.times > 0 && f != nil {
		i.times--
		i.first = nil // its own commit has nobody before it
		f()
		i.first = f
	}
	return i.Store.Commit(ctx, d)
}

func TestWhatComesBetweenTheCheckAndTheCommitIsSeen(t *testing.T) {
	const plan = `{retireCIs: [{ci: {ref: "server:dc1/db-2"}}]}`
	for _, c := range []struct {
		name, first string
		times       int
		want        string
		commits     int
	}{
		{"nothing", "", 0, "", 0},
		{"something elsewhere", `upsertCIs(input: {items: [{ci: {ref: "server:other%d"}}]})`, 1, "", 1},
		{"something elsewhere, a few times", `upsertCIs(input: {items: [{ci: {ref: "server:other%d"}}]})`, 5, "", 5},
		{"something elsewhere each time", `upsertCIs(input: {items: [{ci: {ref: "server:other%d"}}]})`, 1000, "STORE_UNAVAILABLE", 8},
		{"a change of the same CI", `upsertCIs(input: {items: [{ci: {ref: "server:dc1/db-2"}, attributes: {os: "BSD %d"}}]})`, 1, "STALE_PLAN", 1},
		{"the spare goes", `retireCIs(input: {items: [{ci: {ref: "server:dc1/db-1"}}], message: "%d"})`, 1, "STALE_PLAN", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			between := &interloper{Store: inFile(t)}
			b := over(t, between)
			seed(t, b, "seed: shop")
			id, n := b.plan(t, plan), 0
			between.times, between.first = c.times, func() {
				n++
				b.ask(t, "mutation { "+fmt.Sprintf(c.first, n)+" { revision } }", nil)
			}
			p := b.apply(t, id, "")
			if p.code() != c.want || n != c.commits {
				t.Errorf("after %d commits of somebody else, want %d: %+v, want %q", n, c.commits, p, c.want)
			}
			between.first = nil
			retired := strings.Contains(string(b.ask(t, `{ ci(ref: {ref: "server:dc1/db-2"}) { retired } }`, nil)), "true")
			if retired != (c.want == "") {
				t.Errorf("that it is retired is %t", retired)
			}
		})
	}
}
