package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/population"
	"github.com/faultline-itsm/faultline/internal/projection"
	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/internal/server"
	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/internal/store/sqlite"
)

// consumer keeps a copy of the graph, from nothing but revisions(after, first) over
// HTTP. It knows no more than docs/api.md says: a change puts the record after it
// in the place of the one before.
type consumer struct {
	At      int                        `json:"at"`
	Records map[string]json.RawMessage `json:"records"` // by kind and identity
}

// change is the record of a change: what its fields hold is the service's business,
// but for those that say whose it is.
type change map[string]json.RawMessage

var kinds = map[string][]string{"node": {"id"}, "relation": {"from", "type", "to", "requirement", "qualifier"}, "requirement": {"consumer", "name"}, "class": {"name"}, "type": {"name"}}

// identityOf is whose record this is.
func identityOf(t testing.TB, kind string, record json.RawMessage) string {
	t.Helper()
	var fields map[string]any
	d := json.NewDecoder(bytes.NewReader(record))
	d.UseNumber()
	must(t, d.Decode(&fields))
	out := kind
	for _, f := range kinds[kind] {
		out += fmt.Sprintf("\x00%v", fields[f])
	}
	return out
}

func (c *consumer) apply(t testing.TB, ch change) {
	t.Helper()
	for kind := range kinds {
		if was := ch[kind+"Was"]; was != nil {
			key := identityOf(t, kind, was)
			if have := c.Records[key]; !bytes.Equal(have, was) {
				t.Fatalf("before the change stood\n%s\nthe consumer has\n%s", was, have)
			}
			delete(c.Records, key)
		}
	}
	for kind := range kinds {
		if is := ch[kind]; is != nil {
			c.Records[identityOf(t, kind, is)] = is
		}
	}
}

// entry is a commit as the feed tells it.
type entry struct {
	Revision, ContentHash string
	ChangeCount           int
	Changes               []struct{ Record change }
}

const readFeed = `query($after: Revision!, $first: Int!, $skip: Int!) {
  revisions(after: $after, first: $first) { nodes { revision contentHash changeCount changes(first: 7, skip: $skip) { record } } pageInfo { hasNextPage } } }`

func page(t testing.TB, client *http.Client, base string, after, first, skip int) (entries []entry, more bool) {
	t.Helper()
	b, err := json.Marshal(map[string]any{"query": readFeed, "variables": map[string]any{"after": strconv.Itoa(after), "first": first, "skip": skip}})
	must(t, err)
	resp, err := client.Post(base+"/graphql", "application/json", bytes.NewReader(b))
	must(t, err)
	var out struct {
		Data struct {
			Revisions struct {
				Nodes    []entry
				PageInfo struct{ HasNextPage bool }
			}
		}
		Errors []struct{ Message string }
	}
	err = json.NewDecoder(resp.Body).Decode(&out)
	_ = resp.Body.Close()
	must(t, err)
	if out.Errors != nil {
		t.Fatal(out.Errors)
	}
	return out.Data.Revisions.Nodes, out.Data.Revisions.PageInfo.HasNextPage
}

// read takes what the feed has, at most up to a revision, and calls each after every
// commit.
func (c *consumer) read(t testing.TB, client *http.Client, base string, upTo int, each func(e entry)) {
	t.Helper()
	for more := true; more && c.At < upTo; {
		var entries []entry
		entries, more = page(t, client, base, c.At, min(3, upTo-c.At), 0)
		for _, e := range entries {
			for len(e.Changes) < e.ChangeCount { // a large commit comes in pages
				rest, _ := page(t, client, base, c.At, 1, len(e.Changes))
				e.Changes = append(e.Changes, rest[0].Changes...)
			}
			for _, ch := range e.Changes {
				c.apply(t, ch.Record)
			}
			c.At++
			if e.Revision != strconv.Itoa(c.At) {
				t.Fatalf("revision %s came after %d", e.Revision, c.At-1)
			}
			each(e)
		}
	}
}

// changes are the consumer's records as changes that make them.
func (c *consumer) changes(t testing.TB) (out []graph.Change) {
	t.Helper()
	for key, record := range c.Records {
		kind, _, _ := strings.Cut(key, "\x00")
		b, err := json.Marshal(map[string]any{"op": 0, kind: record})
		must(t, err)
		var ch graph.Change
		must(t, json.Unmarshal(b, &ch))
		out = append(out, ch)
	}
	return out
}

// hash is the content hash of what the consumer holds: a sum, whatever the order.
func (c *consumer) hash(t testing.TB) string {
	t.Helper()
	e, _ := graph.Seal(graph.Entry{Changes: c.changes(t)}, graph.Head{})
	return e.Content.String()
}

// export is the consumer's graph in the interchange form, by way of a store of its
// own.
func (c *consumer) export(t testing.TB) string {
	t.Helper()
	st, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "copy.db"))
	must(t, err)
	defer func() { must(t, st.Close()) }()
	e, _ := graph.Seal(graph.Entry{At: time.Unix(0, 0).UTC(), Changes: c.changes(t)}, graph.Head{})
	_, err = st.Commit(t.Context(), func(context.Context, store.Reader) (store.Outcome, error) { return store.Write(&e), nil })
	must(t, err)
	p, err := projection.Open(t.Context(), st, projection.Options{})
	must(t, err)
	defer func() { must(t, p.Close()) }()
	var out bytes.Buffer
	must(t, population.Export(t.Context(), records.New(st, p, time.Now), &out))
	return out.String()
}

// history is a life of a graph: every mutation there is.
var history = []string{
	`defineClasses(input: {items: [{name: "firewall", extends: "network_device", attributes: [{name: "throughput", type: INT, unit: "bit/s"}, {name: "tags", type: LIST, of: STRING}]}]})`,
	`defineRelationTypes(input: {items: [{name: "FILTERED_BY", reverse: "FILTERS", plane: "network", description: "<passes & \"filters\">"}]})`,
	`upsertCIs(input: {source: "cmdb", items: [{ci: {ref: "server:dc1/a"}, attributes: {os: "Debian 12", environment: "production"}, keys: [{source: "netbox", value: "1"}], evidence: {method: DISCOVERED, observedAt: "2026-11-24T08:30:00Z"}},
	  {ci: {ref: "firewall:dc1/f"}, attributes: {throughput: 9007199254740993, tags: ["a", "<b>"]}}, {ci: {ref: "application:shop/web"}}, {ci: {ref: "database:shop/x"}}, {ci: {ref: "database:shop/y"}}, {ci: {ref: "server:dc1/old"}}]})`,
	`upsertRequirements(input: {items: [{of: {ref: "application:shop/web"}, name: "db", rule: AT_LEAST, k: 1, designedSize: 2}]})`,
	`upsertRelations(input: {source: "cmdb", items: [{from: {ref: "application:shop/web"}, type: "RUNS_ON", to: {ref: "server:dc1/a"}, grace: "PT20M", weight: 0.5, capacity: "9007199254740993"},
	  {from: {ref: "application:shop/web"}, type: "DEPENDS_ON", to: {ref: "database:shop/x"}, requirement: "db"}, {from: {ref: "application:shop/web"}, type: "DEPENDS_ON", to: {ref: "database:shop/y"}, requirement: "db", qualifier: "q"},
	  {from: {ref: "server:dc1/a"}, type: "FILTERED_BY", to: {ref: "firewall:dc1/f"}, transfer: "SOFT", validFrom: "2026-01-01T00:00:00Z"}]})`,
	`upsertCIs(input: {source: "netbox", items: [{ci: {key: {source: "netbox", value: "1"}}, attributes: {os: "Debian 13"}}]})`,
	`confirmRelations(input: {items: [{from: {ref: "application:shop/web"}, type: "RUNS_ON", to: {ref: "server:dc1/a"}, confirmedBy: "Ada"}]})`,
	`pin(input: {ci: {ref: "server:dc1/a"}, attribute: "environment", value: "test", reason: "moved", expires: "2030-01-01T00:00:00Z"})`,
	`pin(input: {ci: {ref: "application:shop/web"}, reason: "verified"})`,
	`unpin(input: {ci: {ref: "application:shop/web"}})`,
	`renameCIs(input: {items: [{ci: {ref: "server:dc1/a"}, name: "b", scope: "dc2"}]})`,
	`retireCIs(input: {items: [{ci: {ref: "database:shop/y"}}, {ci: {ref: "server:dc1/old"}}]})`,
	`restoreCIs(input: {items: [{ci: {ref: "database:shop/y"}}]})`,
	`withdrawRelations(input: {source: "cmdb", items: [{from: {ref: "application:shop/web"}, type: "DEPENDS_ON", to: {ref: "database:shop/x"}, requirement: "db"}, {from: {ref: "application:shop/web"}, type: "DEPENDS_ON", to: {ref: "database:shop/y"}, requirement: "db", qualifier: "q"}]})`,
	`withdrawRequirements(input: {items: [{of: {ref: "application:shop/web"}, name: "db"}]})`,
	`upsertCIs(input: {items: [{ci: {ref: "server:dc2/b"}, attributes: {description: "<&>\u2028"}}, {ci: {ref: "server:s1"}}, {ci: {ref: "server:s2"}}, {ci: {ref: "server:s3"}}, {ci: {ref: "server:s4"}}, {ci: {ref: "server:s5"}}, {ci: {ref: "server:s6"}}, {ci: {ref: "server:s7"}}, {ci: {ref: "server:s8"}}, {ci: {ref: "server:s9"}}]})`,
	`defineClasses(input: {items: [{name: "server", attributes: [{name: "slot", type: INT}]}]})`,
}

// From the feed alone a consumer has the graph, at each revision, and it may stop
// and go on after any of them.
func TestTheFeedRebuildsTheGraph(t *testing.T) {
	s := start(t, func(cfg *server.Config) { cfg.Export = population.Export })
	base, stop := listening(t, s.Handler, server.Access{})
	defer stop()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for _, step := range history {
		b, err := json.Marshal(map[string]string{"query": "mutation { " + step + " { revision errors { message } } }"})
		must(t, err)
		if body := text(t, s.send("POST", "/graphql", string(b))); !strings.Contains(body, `"errors":[]`) {
			t.Fatalf("%s: %s", step, body)
		}
	}
	resp, err := client.Get(base + "/export")
	must(t, err)
	exported, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	must(t, err)

	whole := consumer{Records: map[string]json.RawMessage{}}
	whole.read(t, client, base, len(history), func(e entry) {
		if got := whole.hash(t); got != e.ContentHash {
			t.Errorf("at revision %s the consumer has another content: %s, not %s", e.Revision, got, e.ContentHash)
		}
	})
	if whole.At != len(history) || whole.export(t) != string(exported) {
		t.Errorf("at revision %d the consumer exports\n%s\nthe service\n%s", whole.At, whole.export(t), exported)
	}
	for stopped := range len(history) {
		first := consumer{Records: map[string]json.RawMessage{}}
		first.read(t, client, base, stopped, func(entry) {})
		kept, err := json.Marshal(first)
		must(t, err)
		var second consumer
		must(t, json.Unmarshal(kept, &second))
		second.read(t, client, base, len(history), func(entry) {})
		if second.At != len(history) || second.hash(t) != whole.hash(t) {
			t.Errorf("stopped after revision %d, the consumer came to another graph", stopped)
		}
	}
}
