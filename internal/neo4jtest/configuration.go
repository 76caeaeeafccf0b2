package neo4jtest

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Accepts has the real server's own validation look at settings of neo4j.conf, and
// returns what it says of them where they are wrong. It needs the assembled server.
func Accepts(t testing.TB, settings map[string]string) error {
	t.Helper()
	ctx := context.Background()
	err := javaIsThere(ctx)
	var dir string
	if err == nil {
		dir, err = jars(ctx, io.Discard)
	}
	if err != nil {
		t.Skipf("SKIPPED, no Neo4j that could judge a configuration: %v", err)
	}
	home := t.TempDir()
	var lines strings.Builder
	for name, value := range settings {
		fmt.Fprintf(&lines, "%s=%s\n", name, value)
	}
	if err := os.WriteFile(filepath.Join(home, "neo4j.conf"), []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, "java", "-XX:TieredStopAtLevel=1", "-cp", filepath.Join(dir, "*"), "org.neo4j.server.startup.Neo4jAdminCommand", "server", "validate-config")
	cmd.Env = append(os.Environ(), "NEO4J_HOME="+home, "NEO4J_CONF="+home)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, tail(string(out)))
	}
	return nil
}
