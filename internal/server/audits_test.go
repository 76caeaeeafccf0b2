package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/faultline-itsm/faultline/internal/server"
)

// audits is how many the pinned version has: fewer would mean that it was not it.
const audits = 61

// scripts/audits.sh installs the audits and runs this test.
func TestTheAuditsOfGraphQLOverHTTPPass(t *testing.T) {
	dir := os.Getenv("FAULTLINE_AUDITS")
	if dir == "" {
		t.Skip("the audits of graphql-http are run by scripts/audits.sh")
	}
	s := start(t, nil)
	url, stop := listening(t, s.Handler, server.Access{})
	defer stop()
	run := exec.CommandContext(t.Context(), "node", filepath.Join(dir, "audit.mjs"), url+"/graphql")
	run.Stderr = os.Stderr
	out, err := run.Output()
	must(t, err)
	n, passed := 0, 0
	for lines := json.NewDecoder(bytes.NewReader(out)); ; {
		var a struct{ ID, Name, Status, Reason string }
		if err := lines.Decode(&a); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		n++
		if a.Status == "ok" {
			passed++
		} else {
			t.Errorf("%s %s: %s: %s", a.ID, a.Name, a.Status, a.Reason)
		}
	}
	t.Logf("%d of %d audits pass", passed, n)
	if n != audits {
		t.Errorf("%d audits were run, %d are expected", n, audits)
	}
}

// judgements is how many checks the judge of subscriptions has.
const judgements = 31

// scripts/audits.sh installs the clients and runs this test.
func TestTheClientsOfSubscriptionsAgree(t *testing.T) {
	dir := os.Getenv("FAULTLINE_STREAMS")
	if dir == "" {
		t.Skip("graphql-ws and graphql-sse are run by scripts/audits.sh")
	}
	access := server.Access{Token: "a token of sixteen or more"}
	s := start(t, func(cfg *server.Config) { cfg.Access = access })
	url, stop := listening(t, s.Handler, access)
	defer stop()
	run := exec.CommandContext(t.Context(), "node", filepath.Join(dir, "judge.mjs"), url, string(access.Token))
	run.Stderr = os.Stderr
	out, err := run.Output()
	must(t, err)
	n := 0
	for lines := json.NewDecoder(bytes.NewReader(out)); ; n++ {
		var c struct{ Name, Reason string }
		if err := lines.Decode(&c); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if c.Reason != "" {
			t.Errorf("%s: %s", c.Name, c.Reason)
		} else {
			t.Logf("ok %s", c.Name)
		}
	}
	if n != judgements {
		t.Errorf("%d checks were run, %d are expected", n, judgements)
	}
}

// listening serves a handler on a port of this machine.
func listening(t *testing.T, h http.Handler, a server.Access) (url string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	l, err := a.Listen(ctx, "127.0.0.1:0")
	must(t, err)
	ended := make(chan error, 1)
	go func() { ended <- a.Serve(ctx, l, h) }()
	return "http://" + l.Addr().String(), func() { cancel(); must(t, <-ended) }
}
