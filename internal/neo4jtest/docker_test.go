package neo4jtest

import (
	"context"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

// refuses wants the way by Docker to say soon why it cannot be gone.
func refuses(t *testing.T, words ...string) {
	t.Helper()
	begun := time.Now()
	s, err := contain(context.Background(), ForTests(), io.Discard)
	if err == nil {
		s.Stop()
		t.Fatal("there is a server")
	}
	if took := time.Since(begun); took > 3*daemonWithin { // generous: the machine may be busy
		t.Errorf("it took %s to say so", took)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("the error does not say %q: %v", w, err)
		}
	}
}

func TestWithoutDockerTheNextWayIsTaken(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	refuses(t, "there is no docker")
	if all := sources(); len(all) != 2 || all[0].name != "Docker" || all[1].name != "Maven and Java" {
		t.Errorf("the ways are %v", all)
	}
	_, err := startOne(context.Background(), ForTests(), io.Discard)
	for _, w := range []string{"Docker: there is no docker", "Maven and Java: there is no Java", addressesEnv} {
		if err == nil || !strings.Contains(err.Error(), w) {
			t.Errorf("the error does not say %q: %v", w, err)
		}
	}
}

// isInstalled skips where there is no docker at all.
func isInstalled(t *testing.T) {
	t.Helper()
	if _, err := docker(context.Background(), daemonWithin, "--version"); err != nil {
		t.Skip("SKIPPED:", err)
	}
}

func TestADaemonThatIsNotThereSaysSo(t *testing.T) {
	isInstalled(t)
	t.Setenv("DOCKER_HOST", "unix://"+t.TempDir()+"/docker.sock")
	refuses(t, "docker info", "docker.sock")
}

func TestADaemonThatDoesNotAnswerIsGivenUp(t *testing.T) {
	isInstalled(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	t.Setenv("DOCKER_HOST", "tcp://"+l.Addr().String())
	refuses(t, "docker info did not end within 3s")
}

// Where there is Docker, the container holds what it was given over a kill, at
// another address.
func TestAServerInAContainerKeepsWhatItHolds(t *testing.T) {
	ctx := context.Background()
	s, err := contain(ctx, ForTests(), os.Stderr)
	if err != nil {
		t.Skip("SKIPPED, no container:", err)
	}
	t.Cleanup(s.Stop)
	if _, err := Run(ctx, s.URL, `CREATE (:Kept)`); err != nil {
		t.Fatal(err)
	}
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := s.Start(ctx); err != nil {
		t.Fatal(err)
	}
	rows, err := Run(ctx, s.URL, `MATCH (k:Kept) RETURN count(k)`)
	if err != nil || len(rows) != 1 || rows[0][0] != int64(1) {
		t.Errorf("it holds %v, %v", rows, err)
	}
}
