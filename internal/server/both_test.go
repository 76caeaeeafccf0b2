package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/internal/neo4jtest"
	"github.com/faultline-itsm/faultline/internal/projection"
	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/internal/server"
	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/internal/store/neo4j"
	"github.com/faultline-itsm/faultline/internal/store/sqlite"
)

// onBoth runs a test on each kind of store; more opens one more service process
// over it.
func onBoth(t *testing.T, test func(t *testing.T, more func() service)) {
	over := func(t *testing.T, open func() (store.Store, error)) func() service {
		return func() service {
			t.Helper()
			st, err := open()
			must(t, err)
			p, err := projection.Open(context.Background(), st, projection.Options{})
			must(t, err)
			t.Cleanup(func() { must(t, p.Close()); must(t, st.Close()) })
			return service{Handler: server.New(server.Config{Ledger: records.New(st, p, time.Now)})}
		}
	}
	t.Run("sqlite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "faultline.db")
		test(t, over(t, func() (store.Store, error) { return sqlite.Open(context.Background(), path) }))
	})
	t.Run("neo4j", func(t *testing.T) {
		var databases neo4jtest.Databases
		address := databases.Empty(t)
		test(t, over(t, func() (store.Store, error) { return neo4j.Open(context.Background(), address) }))
	})
}

// A mutation that is sent again and again, to any process, at the same time or after
// a restart, happens once and is answered alike.
func TestAMutationWithAKeyHappensOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, more func() service) {
		services := []service{more(), more()}
		services[0].commit(t, "before")
		const body = `{"query":"mutation { renameCIs(input: {items: [{ci: {ref: \"server:before\"}, name: \"after\"}], idempotencyKey: \"k\"}) { revision items { status id version } errors { message } } }"}`
		payload := func(s service) string {
			var answer struct{ Data json.RawMessage }
			if err := json.NewDecoder(s.send("POST", "/graphql", body).Body).Decode(&answer); err != nil {
				t.Error(err)
			}
			return string(answer.Data)
		}
		answers := make([]string, 10)
		var wg sync.WaitGroup
		for i := range answers {
			wg.Go(func() { answers[i] = payload(services[i%2]) })
		}
		wg.Wait()
		answers = append(answers, payload(more())) // as after a restart
		for _, a := range answers {
			if a != answers[0] || !strings.Contains(a, `"revision":"2","items":[{"status":"UPDATED"`) {
				t.Errorf("answered were\n%s\n%s", answers[0], a)
			}
		}
		other := strings.Replace(body, `\"after\"`, `\"elsewhere\"`, 1)
		if got := text(t, services[1].send("POST", "/graphql", other)); !strings.Contains(got, "was used for another request") {
			t.Errorf("another request under the key: %s", got)
		}
		if got := text(t, services[1].send("POST", "/graphql", `{"query":"{ store { revision } }"}`)); !strings.Contains(got, `"revision":"2"`) {
			t.Errorf("in the end: %s", got)
		}
	})
}

// What one process commits is told by the other, without gap or repeat.
func TestAStreamTellsWhatAnotherProcessCommits(t *testing.T) {
	onBoth(t, func(t *testing.T, more func() service) {
		writer, teller := more(), more()
		base, stop := listening(t, teller.Handler, server.Access{})
		defer stop()
		client := &http.Client{Transport: &http.Transport{}}
		defer client.CloseIdleConnections()
		writer.commit(t, "first")
		r, _ := follow(t, client, base, committedAfter(0))
		defer writer.commits(t, "s", 20)()
		for want := 1; want <= 21; want++ {
			if got := r.revision(); got != fmt.Sprint(want) {
				t.Fatalf("revision %s came, want %d", got, want)
			}
		}
		r, _ = follow(t, client, base, committedAfter(17))
		for want := 18; want <= 21; want++ {
			if got := r.revision(); got != fmt.Sprint(want) {
				t.Fatalf("after 17, revision %s came, want %d", got, want)
			}
		}
	})
}
