package cli_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// binary is the program as a process of its own.
type binary string

func program(t *testing.T) binary {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "faultline") // by this name TestMain runs the program
	if err := os.Symlink(self, path); err != nil {
		t.Fatal(err)
	}
	return binary(path)
}

// run runs a command, which must end well.
func (x binary) run(t *testing.T, args ...string) string {
	t.Helper()
	var out, trouble strings.Builder
	c := exec.Command(string(x), args...)
	c.Stdout, c.Stderr = &out, &trouble
	if err := c.Run(); err != nil {
		t.Fatalf("faultline %s: %v\n%s%s", strings.Join(args, " "), err, out.String(), trouble.String())
	}
	return out.String()
}
