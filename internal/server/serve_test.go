package server_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/server"
)

func TestOnlyThisMachineIsListenedOn(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "[::]:0", "192.0.2.1:80", "example.com:80"} {
		if l, err := server.Listen(t.Context(), address); !graph.IsKind(err, graph.PermissionDenied) {
			t.Errorf("%s: %v, %v", address, l, err)
		}
	}
	if _, err := server.Listen(t.Context(), "localhost"); !graph.IsKind(err, graph.Invalid) {
		t.Errorf("an address without a port: %v", err)
	}
	l, err := server.Listen(t.Context(), "127.0.0.1:0")
	must(t, err)
	defer func() { must(t, l.Close()) }()
	if _, err := server.Listen(t.Context(), l.Addr().String()); !graph.IsKind(err, graph.Unavailable) || !strings.Contains(err.Error(), "in use") {
		t.Errorf("a port in use: %v", err)
	}
}

func TestServingEndsWithWhatIsUnderWay(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	l, err := server.Listen(ctx, "127.0.0.1:0")
	must(t, err)
	begun := make(chan bool)
	ended := make(chan error, 1)
	go func() {
		ended <- server.Serve(ctx, l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			close(begun)
			time.Sleep(50 * time.Millisecond)
			_, _ = io.WriteString(w, "done")
		}))
	}()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	answer := make(chan string, 1)
	go func() {
		r, err := client.Get("http://" + l.Addr().String())
		if err != nil {
			answer <- err.Error()
			return
		}
		b, _ := io.ReadAll(r.Body)
		_ = r.Body.Close()
		answer <- string(b)
	}()
	<-begun
	stop()
	if got := <-answer; got != "done" {
		t.Errorf("the request under way got %q", got)
	}
	if err := <-ended; err != nil {
		t.Errorf("serving ended with %v", err)
	}
}

func TestPagesOfOtherSitesAreRefused(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	l, err := server.Listen(ctx, "127.0.0.1:0")
	must(t, err)
	ended := make(chan error, 1)
	go func() {
		ended <- server.Serve(ctx, l, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	}()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for _, c := range []struct {
		host, site string
		status     int
	}{{"", "", 200}, {"localhost:80", "", 200}, {"evil.example", "", 421}, {"", "cross-site", 403}} {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+l.Addr().String(), nil)
		must(t, err)
		r.Host = c.host
		if c.site != "" {
			r.Header.Set("Sec-Fetch-Site", c.site)
		}
		answer, err := client.Do(r)
		must(t, err)
		_ = answer.Body.Close()
		if answer.StatusCode != c.status {
			t.Errorf("host %q, site %q: %d, want %d", c.host, c.site, answer.StatusCode, c.status)
		}
	}
	stop()
	must(t, <-ended)
}
