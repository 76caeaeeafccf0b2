package e2e

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// program builds the binary as it is in the tree.
func program(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "faultline")
	build := exec.Command("go", "build", "-o", path, "./cmd/faultline")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// serving runs a command that serves until the test ends, and returns the address
// that it prints.
func serving(t *testing.T, env []string, args ...string) (url string) {
	t.Helper()
	c := exec.Command(program(t), args...)
	c.Env = append(os.Environ(), env...)
	c.Stderr = os.Stderr
	pipe, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Signal(syscall.SIGTERM)
		if err := c.Wait(); err != nil {
			t.Errorf("faultline %s: %v", strings.Join(args, " "), err)
		}
	})
	for out := bufio.NewReader(pipe); ; {
		line, err := out.ReadString('\n')
		if err != nil {
			t.Fatalf("it ended without an address: %v", err)
		}
		if _, rest, ok := strings.Cut(line, "http://"); ok {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return "http://" + strings.Fields(rest)[0]
		}
	}
}
