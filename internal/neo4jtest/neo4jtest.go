// Package neo4jtest gives tests a real Neo4j. Its one idea: never a fake, and the
// same server for a whole run, handed on by its address. It refuses to touch
// anything but 127.0.0.1 and the addresses it was given, whose databases it wipes.
package neo4jtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
)

// The environment of a test run. Addresses are neo4j://user:password@host:port,
// several with blanks between; ALL THAT THEIR DATABASES HOLD IS DELETED.
const (
	addressesEnv = "FAULTLINE_TEST_NEO4J"
	requireEnv   = "FAULTLINE_REQUIRE" // with "neo4j" in it, no test may skip for want of one
)

// Servers are the servers of a run: those that were given, and those that were
// started for it.
type Servers struct {
	URLs    []string
	started []*Server
}

// a source starts a server, or says why it cannot.
type source struct {
	name  string
	start func(ctx context.Context, size Size, say io.Writer) (*Server, error)
}

// sources are the ways to a server, in the order in which they are tried.
func sources() []source {
	return []source{{"Docker", contain}, {"Maven and Java", assemble}}
}

// Start sees to it that there are n servers: the given ones first, then such as it
// starts of a size. say is told what takes long.
func Start(ctx context.Context, n int, size Size, say io.Writer) (*Servers, error) {
	s := &Servers{URLs: strings.Fields(os.Getenv(addressesEnv))}
	for len(s.URLs) < n {
		server, err := startOne(ctx, size, say)
		if err != nil {
			s.Stop()
			return nil, err
		}
		s.started = append(s.started, server)
		s.URLs = append(s.URLs, server.URL)
	}
	return s, nil
}

func startOne(ctx context.Context, size Size, say io.Writer) (*Server, error) {
	var reasons []string
	for _, src := range sources() {
		server, err := src.start(ctx, size, say)
		if err == nil {
			return server, nil
		}
		reasons = append(reasons, fmt.Sprintf("%s: %v", src.name, err))
	}
	return nil, fmt.Errorf("no Neo4j can be had (%s); name one with %s=neo4j://user:password@host:7687, or install Docker, or Java 17 and Maven", strings.Join(reasons, "; "), addressesEnv)
}

// Stop ends the servers that were started.
func (s *Servers) Stop() {
	for _, server := range s.started {
		server.Stop()
	}
	s.started = nil
}

// Environment is what a command needs to know to use the servers.
func (s *Servers) Environment() string { return addressesEnv + "=" + strings.Join(s.URLs, " ") }

// run is the run of one package's tests.
var run struct {
	wanted  int
	once    sync.Once
	servers *Servers
	missing error
}

// Main runs a package's tests with n servers; it is called by TestMain. They are
// started when the first test asks for one: a test that needs none waits for none.
func Main(m *testing.M, n int) int {
	run.wanted = n
	defer func() {
		if run.servers != nil {
			run.servers.Stop()
		}
	}()
	return m.Run()
}

// addresses are those of the run's servers. Without any the test is skipped, or
// fails where they are required.
func addresses(t testing.TB) []string {
	t.Helper()
	run.once.Do(func() {
		if run.wanted == 0 {
			run.missing = errors.New("the package's TestMain does not call neo4jtest.Main")
			return
		}
		run.servers, run.missing = Start(context.Background(), run.wanted, ForTests(), os.Stderr)
		if run.missing == nil {
			for i, address := range run.servers.URLs {
				run.servers.URLs[i] = scheme(address)
			}
		}
	})
	why := run.missing
	if why == nil {
		return run.servers.URLs
	}
	if strings.Contains(os.Getenv(requireEnv), "neo4j") {
		t.Fatalf("Neo4j is required (%s): %s", requireEnv, why)
	}
	t.Skipf("SKIPPED, no Neo4j: %s", why)
	return nil
}

// Own is a server for one test alone, which may kill it. It is never one that was
// given.
func Own(t testing.TB) *Server {
	t.Helper()
	addresses(t)
	s, err := startOne(context.Background(), ForTests(), os.Stderr)
	if err != nil {
		if strings.Contains(os.Getenv(requireEnv), "neo4j") {
			t.Fatal(err)
		}
		t.Skipf("SKIPPED, no Neo4j of its own: %v", err)
	}
	t.Cleanup(s.Stop)
	return s
}
