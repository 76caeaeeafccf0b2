package neo4jtest

import (
	"context"
	_ "embed" // of the pom
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// version is the server's; the pom names the same.
const version = "5.26.16"

//go:embed pom.xml
var pom []byte

// oldestJava is the oldest that the server runs on.
const oldestJava = 17

// assemble starts the real Community server from its jars on Maven Central. They
// are fetched once, into a folder of the user.
func assemble(ctx context.Context, size Size, say io.Writer) (*Server, error) {
	if err := javaIsThere(ctx); err != nil {
		return nil, err
	}
	jars, err := jars(ctx, say)
	if err != nil {
		return nil, err
	}
	return newServer(ctx, jars, size)
}

var javaVersion = regexp.MustCompile(`version "(\d+)`)

func javaIsThere(ctx context.Context) error {
	out, err := exec.CommandContext(ctx, "java", "-version").CombinedOutput()
	if err != nil {
		return fmt.Errorf("there is no Java: %w", err)
	}
	if m := javaVersion.FindSubmatch(out); m != nil {
		if n, err := strconv.Atoi(string(m[1])); err == nil && n < oldestJava {
			return fmt.Errorf("this Java, %d, is too old; %d is needed", n, oldestJava)
		}
	}
	return nil
}

// jars is the folder that holds the server; it is filled where it is missing.
func jars(ctx context.Context, say io.Writer) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "faultline", "neo4j-"+version)
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	if _, err := exec.LookPath("mvn"); err != nil {
		return "", errors.New("there is no Maven (mvn) to fetch the server with")
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return "", err
	}
	work, err := os.MkdirTemp(filepath.Dir(dir), "fetching-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(work) }()
	if err := os.WriteFile(filepath.Join(work, "pom.xml"), pom, 0o600); err != nil {
		return "", err
	}
	fmt.Fprintf(say, "neo4jtest: fetching Neo4j %s (116 MB, once) into %s\n", version, dir)
	mvn := exec.CommandContext(ctx, "mvn", "-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory="+filepath.Join(work, "lib"))
	mvn.Dir = work
	if out, err := mvn.CombinedOutput(); err != nil {
		return "", fmt.Errorf("mvn: %w: %s", err, tail(string(out)))
	}
	// In one step: what was fetched half is never taken for the whole.
	if err := os.Rename(filepath.Join(work, "lib"), dir); err != nil {
		if _, there := os.Stat(dir); there == nil {
			return dir, nil // another process was faster
		}
		return "", err
	}
	return dir, nil
}

// tail is the end of a long output.
func tail(text string) string {
	const most = 1500
	text = strings.TrimSpace(text)
	if len(text) > most {
		text = "…" + text[len(text)-most:]
	}
	return text
}
