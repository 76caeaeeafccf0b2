package cli_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/internal/cli"
)

// What an operator sets in the environment of serve is what he sees: a log for
// machines, metrics with those of the store, and spans that are sent before it
// ends.
func TestServeCanBeWatched(t *testing.T) {
	var sent atomic.Int32
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		if bytes.Contains(b, []byte("Kinds")) {
			sent.Add(1)
		}
	}))
	defer collector.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.URL) // the exporter reads the process's own
	settings := map[string]string{"FAULTLINE_STORE": "sqlite::memory:", "FAULTLINE_LOG": "info", "FAULTLINE_LOG_FORMAT": "json", "OTEL_EXPORTER_OTLP_ENDPOINT": collector.URL}
	ctx, stop := context.WithCancel(t.Context())
	var log bytes.Buffer // read after the end
	out, in := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- cli.Main(ctx, cli.Env{Args: []string{"serve", "--listen", "127.0.0.1:0"}, Stdin: strings.NewReader(""), Stdout: in, Stderr: &log,
			Getenv: func(name string) string { return settings[name] }, Clock: time.Now, Version: "1.2.3", Width: func(any) int { return 0 }})
		_ = in.Close()
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("it did not start: %v, %s", err, log.String())
	}
	url := strings.TrimSpace(line[strings.LastIndex(line, " "):])
	client := &http.Client{Transport: &http.Transport{}}
	ask := func(r *http.Response, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		b, err := io.ReadAll(r.Body)
		if err != nil || r.StatusCode != 200 {
			t.Fatalf("%d %s, %v", r.StatusCode, b, err)
		}
		return string(b)
	}
	ask(client.Post(url+"/graphql", "application/json", strings.NewReader(`{"query":"query Kinds { cis { totalCount } }"}`)))
	metrics := ask(client.Get(url + "/metrics"))
	for _, series := range []string{`faultline_build_info\{version="1.2.3"\} 1`, `faultline_graphql_requests_total\{operation="Kinds"\} 1`,
		`faultline_store_call_duration_seconds_count\{call="Find"\} [12]`} { // the sentinel may have looked for changes
		if !regexp.MustCompile(`(?m)^` + series + `$`).MatchString(metrics) {
			t.Errorf("there is no %s", series)
		}
	}
	client.CloseIdleConnections()
	stop()
	if code := <-ended; code != 0 {
		t.Errorf("it ended with %d: %s", code, log.String())
	}
	if sent.Load() != 1 {
		t.Errorf("the collector got the request %d times", sent.Load())
	}
	var first struct{ Level, Operation string }
	if err := json.Unmarshal(bytes.SplitN(log.Bytes(), []byte("\n"), 2)[0], &first); err != nil || first.Level != "INFO" || first.Operation != "Kinds" {
		t.Errorf("the log is %s", log.String())
	}
}
