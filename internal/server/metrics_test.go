package server_test

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/internal/server"
	"github.com/faultline-itsm/faultline/internal/store"
)

// watched makes the store's calls count, as serve does.
func watched(c *server.Config) {
	c.Metrics = server.NewMetrics("1.2.3")
	c.Ledger = records.New(store.Observed(c.Ledger.Store(), c.Metrics), c.Ledger.Projection(), time.Now)
}

// metrics are the series that the service shows now.
func (s service) metrics(t testing.TB, header ...string) map[string]float64 {
	t.Helper()
	out := map[string]float64{}
	for line := range strings.Lines(text(t, s.send("GET", "/metrics", "", header...))) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		at := strings.LastIndexByte(line, ' ')
		v, err := strconv.ParseFloat(strings.TrimSpace(line[at+1:]), 64)
		must(t, err)
		out[line[:at]] = v
	}
	return out
}

func TestMetricsCountWhatHappened(t *testing.T) {
	s := start(t, watched)
	ask := func(body string) { s.send("POST", "/graphql", body) }
	ask(`{"query":"query Kinds { store { kind } }"}`)
	ask(`{"query":"query Kinds { store { kind } }"}`)
	ask(`{"query":"{ store { kind } }"}`)
	ask(`{"query":"query Wrong { ci(ref: {id: \"x\"}) { ref } }"}`)
	ask(`{"query":"mutation Add { upsertCIs(input: {items: [{ci: {ref: \"server:a\"}}, {ci: {ref: \"server:b\"}}]}) { revision } }"}`)
	ask(`{"query":"{ nosuch }"}`)
	ask(`{"query":"{ store {"}`)
	ask(`{"query":"{ ` + strings.Repeat("a:", 30) + `"}`)
	ask(`{"query":"{ cis(first: 1000) { nodes { relations(direction: PROVIDERS, first: 1000) { nodes { ref } } } } }"}`)
	ask(`{"query":"{x}","variables":{"a":[` + strings.Repeat("0,", 3000) + `0]}}`)
	ask(`nothing`)
	s.send("PUT", "/graphql", "")
	s.send("GET", "/a/b/c?d=e", "")
	s.store.fails = true
	ask(`{"query":"query List { cis { totalCount } }"}`)
	got := s.metrics(t)
	for series, want := range map[string]float64{
		`faultline_graphql_requests_total{operation="Kinds"}`:                                 2,
		`faultline_graphql_requests_total{operation="anonymous"}`:                             2, // the one that costs too much was read
		`faultline_graphql_requests_total{operation="unread"}`:                                3,
		`faultline_graphql_errors_total{code="INVALID",operation="Wrong"}`:                    1,
		`faultline_graphql_errors_total{code="LIMIT_EXCEEDED",operation="anonymous"}`:         1,
		`faultline_graphql_errors_total{code="GRAPHQL_VALIDATION_FAILED",operation="unread"}`: 1,
		`faultline_graphql_errors_total{code="INTERNAL",operation="List"}`:                    1,
		`faultline_graphql_duration_seconds_count{operation="Kinds"}`:                         2,
		`faultline_guard_refusals_total{reason="validation"}`:                                 1,
		`faultline_guard_refusals_total{reason="parse"}`:                                      2,
		`faultline_guard_refusals_total{reason="document.cost"}`:                              1,
		`faultline_guard_refusals_total{reason="document.elements"}`:                          1,
		`faultline_guard_refusals_total{reason="document.depth"}`:                             0,
		`faultline_transport_refusals_total{code="BAD_REQUEST",status="400"}`:                 1,
		`faultline_transport_refusals_total{code="LIMIT_EXCEEDED",status="413"}`:              1,
		`faultline_transport_refusals_total{code="METHOD_NOT_ALLOWED",status="405"}`:          1,
		`faultline_transport_refusals_total{code="NOT_FOUND",status="404"}`:                   1,
		`faultline_http_requests_total{route="/",status="404"}`:                               1,
		`faultline_http_requests_total{route="/graphql",status="200"}`:                        10,
		`faultline_snapshot_cis`:                                               2,
		`faultline_snapshot_revision`:                                          1,
		`faultline_revisions_behind`:                                           0,
		`faultline_commits_total`:                                              1,
		`faultline_changes_written_total`:                                      2,
		`faultline_commits_pending`:                                            0,
		`faultline_store_call_duration_seconds_count{call="Commit"}`:           1,
		`faultline_store_errors_total{call="Find",code="INTERNAL"}`:            1,
		`faultline_store_errors_total{call="Commit",code="STORE_UNAVAILABLE"}`: 0,
		`faultline_build_info{version="1.2.3"}`:                                1,
		`faultline_graphql_executing`:                                          0,
	} {
		if v, ok := got[series]; !ok || v != want {
			t.Errorf("%s is %v (there: %v), want %v", series, v, ok, want)
		}
	}
	for _, series := range []string{"faultline_snapshot_bytes", "faultline_feed_age_seconds", "faultline_graphql_executing_limit", "faultline_graphql_queue_limit", "go_goroutines"} {
		if got[series] <= 0 {
			t.Errorf("%s is %v", series, got[series])
		}
	}
	if t.Failed() {
		for _, name := range slices.Sorted(maps.Keys(got)) {
			if strings.HasPrefix(name, "faultline") && !strings.Contains(name, "bucket") {
				t.Log(name, got[name])
			}
		}
	}
}

// A client that makes up a name for each request must not make up our memory.
func TestNamesOfOperationsAreBounded(t *testing.T) {
	s := start(t, nil)
	for n := range 250 {
		s.send("POST", "/graphql", fmt.Sprintf(`{"query":"query Q%d { store { kind } }"}`, n))
		s.send(fmt.Sprintf("METHOD%d", n), fmt.Sprintf("/route%d", n), "", fmt.Sprintf("X-Header-%d: x", n))
	}
	got := s.metrics(t)
	named := 0
	for name := range got {
		if strings.HasPrefix(name, "faultline_graphql_requests_total") {
			named++
		}
	}
	if named != 101 || got[`faultline_graphql_requests_total{operation="other"}`] != 150 || got[`faultline_graphql_requests_total{operation="Q7"}`] != 1 {
		t.Errorf("%d names, others: %v", named, got[`faultline_graphql_requests_total{operation="other"}`])
	}
	if len(got) > 3000 {
		t.Errorf("%d series", len(got))
	}
}

func TestLoadIsSeen(t *testing.T) {
	s, answers, release := busy(t, func(l *server.Limits) { l.Queue, l.Wait = 1, time.Minute })
	go func() { answers <- s.send("POST", "/graphql", slow) }()
	for s.metrics(t)["faultline_graphql_queued"] != 1 {
		time.Sleep(time.Millisecond)
	}
	if r := s.send("POST", "/graphql", slow); r.StatusCode != 503 {
		t.Errorf("beyond the queue: %d", r.StatusCode)
	}
	got := s.metrics(t)
	for series, want := range map[string]float64{"faultline_graphql_executing": 2, "faultline_graphql_executing_limit": 2, "faultline_graphql_queue_limit": 1,
		`faultline_transport_refusals_total{code="OVERLOADED",status="503"}`: 1} {
		if got[series] != want {
			t.Errorf("%s is %v, want %v", series, got[series], want)
		}
	}
	release()
	for range 3 {
		<-answers
	}
}

func TestMetricsNeedTheTokenWhereThereIsOne(t *testing.T) {
	s := start(t, func(c *server.Config) { c.Token = token })
	if r := s.send("GET", "/metrics", ""); r.StatusCode != 401 {
		t.Errorf("without it: %d", r.StatusCode)
	}
	if got := s.metrics(t, "Authorization: Bearer "+token); got[`faultline_transport_refusals_total{code="UNAUTHENTICATED",status="401"}`] != 1 {
		t.Errorf("with it: %d series", len(got))
	}
}

// What Serve refuses before the routes is counted, once.
func TestRefusalsOfHostAndOriginAreCounted(t *testing.T) {
	s := start(t, nil)
	url, stop := listening(t, s.Handler, server.Access{})
	defer stop()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for host, status := range map[string]int{"evil.example": 421, "localhost": 200} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/healthz", nil)
		must(t, err)
		r.Host = host
		answer, err := client.Do(r)
		must(t, err)
		_ = answer.Body.Close()
		if answer.StatusCode != status {
			t.Errorf("%s: %d", host, answer.StatusCode)
		}
	}
	got := s.metrics(t)
	if got[`faultline_transport_refusals_total{code="MISDIRECTED",status="421"}`] != 1 || got[`faultline_http_requests_total{route="none",status="421"}`] != 1 || got[`faultline_http_requests_total{route="/healthz",status="200"}`] != 1 {
		t.Errorf("%v", got)
	}
}

// series are the names of metrics in a rule's expression.
var series = regexp.MustCompile(`\b(?:faultline|go|process)_[a-z0-9_]+\b`)

// An alert on a metric that is not there never fires, and nobody notices.
func TestEveryAlertIsAboutMetricsThatExist(t *testing.T) {
	b, err := os.ReadFile("../../docs/alerts.yml")
	must(t, err)
	var file struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr, For    string
				Labels, Annotations map[string]string
			}
		}
	}
	must(t, yaml.UnmarshalWithOptions(b, &file, yaml.Strict()))
	s := start(t, watched)
	s.send("POST", "/graphql", `{"query":"{ store { kind } }"}`)
	s.send("POST", "/graphql", `{"query":"{ nosuch }"}`)
	s.send("POST", "/graphql", `nothing`)
	there := map[string]bool{}
	for name := range s.metrics(t) {
		name, _, _ = strings.Cut(name, "{")
		there[name] = true
	}
	named, alerts := map[string]bool{}, 0
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			alerts++
			names := series.FindAllString(r.Expr, -1)
			if r.Alert == "" || len(names) == 0 || r.For == "" || r.Labels["severity"] == "" || r.Annotations["summary"] == "" || r.Annotations["action"] == "" {
				t.Errorf("%s: a rule needs a name, an expression about our metrics, for, severity, summary and action", r.Alert)
			}
			if strings.Count(r.Expr, "(") != strings.Count(r.Expr, ")") || strings.Count(r.Expr, "{") != strings.Count(r.Expr, "}") {
				t.Errorf("%s: %s", r.Alert, r.Expr)
			}
			if _, err := time.ParseDuration(r.For); err != nil {
				t.Errorf("%s: %v", r.Alert, err)
			}
			for _, n := range names {
				if named[n] = true; !there[n] {
					t.Errorf("%s asks for %s, which does not exist", r.Alert, n)
				}
			}
		}
	}
	if alerts < 8 {
		t.Errorf("%d alerts", alerts)
	}
	doc, err := os.ReadFile("../../docs/operations.md")
	must(t, err)
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			if !strings.Contains(string(doc), r.Alert) {
				t.Errorf("docs/operations.md does not say what to do when %s fires", r.Alert)
			}
		}
	}
	for _, l := range (server.Limits{}).Settings() {
		if !strings.Contains(string(doc), "`"+l.Name+"`") {
			t.Errorf("docs/operations.md does not name the limit %s", l.Name)
		}
	}
	for name := range there {
		base := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_sum"), "_count")
		if strings.HasPrefix(name, "faultline_") && !strings.Contains(string(doc), "`"+base+"`") {
			t.Errorf("docs/operations.md does not tell what %s is", base)
		}
	}
}
