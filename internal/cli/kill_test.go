package cli_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/graph/graphtest"
)

// kills is how often the service is killed in the middle of an import.
const kills = 20

// kill -9 in the middle of an import: what was acknowledged is there, no chunk is
// there by half, the store is sound, and the same import once more completes it.
func TestKilledImports(t *testing.T) {
	n := kills
	if testing.Short() {
		n = 3
	}
	x := program(t)
	var estate bytes.Buffer
	if err := (graphtest.Estate{Seed: 3, CIs: 12_000}).WriteNDJSON(&estate); err != nil {
		t.Fatal(err)
	}
	input := filepath.Join(t.TempDir(), "estate.ndjson")
	if err := os.WriteFile(input, estate.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	whole := x.store(t)
	x.run(t, "import", input, "--store", whole)
	took := time.Since(begun)
	want := x.run(t, "export", "--store", whole)
	states := chunkStates(estate.String())
	middle := 0
	for i := range n {
		store := x.store(t)
		acknowledged := x.killed(t, store, estate.Bytes(), took/3*time.Duration(i)/time.Duration(n))
		x.run(t, "check", "--store", store)
		lines := strings.Count(x.run(t, "export", "--store", store), "\n") - 1 // without the header
		if lines < acknowledged || !states[lines] {
			t.Errorf("kill %d: %d lines were acknowledged, %d are there, which is no end of a chunk", i, acknowledged, lines)
		}
		if lines > 0 && lines < strings.Count(want, "\n")-1 {
			middle++
		}
		x.run(t, "import", input, "--store", store)
		if got := x.run(t, "export", "--store", store); got != want {
			t.Errorf("kill %d: completed, it is another graph", i)
		}
		x.run(t, "check", "--store", store)
	}
	t.Logf("%d of %d kills hit an import that had written a part", middle, n)
	if middle == 0 {
		t.Error("no kill came in the middle of the writing")
	}
}

// chunkStates are how many lines of an estate are there after each of its chunks.
func chunkStates(estate string) map[int]bool {
	states, total := map[int]bool{0: true}, 0
	for _, kind := range []string{"ci", "requirement", "relation"} {
		for left := strings.Count(estate, `{"kind":"`+kind+`"`); left > 0; left -= graph.MaxOperations {
			total += min(left, graph.MaxOperations)
			states[total] = true
		}
	}
	return states
}

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

func (x binary) store(t *testing.T) string {
	return "sqlite:" + filepath.Join(t.TempDir(), "faultline.db")
}

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

// killed imports through a service that is killed some time after it has said for
// the first time that something is written, and returns how many lines it had said
// are.
func (x binary) killed(t *testing.T, store string, estate []byte, after time.Duration) (acknowledged int) {
	t.Helper()
	c := exec.Command(string(x), "serve", "--listen", "127.0.0.1:0", "--store", store)
	pipe, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	out := bufio.NewReader(pipe)
	url := ""
	for url == "" {
		line, err := out.ReadString('\n')
		if err != nil {
			t.Fatalf("it ended without an address: %v", err)
		}
		if _, rest, ok := strings.Cut(line, "http://"); ok {
			url = "http://" + strings.Fields(rest)[0]
		}
	}
	defer func() { _ = c.Wait() }()
	resp, err := http.Post(url+"/import", "application/x-ndjson", bytes.NewReader(estate))
	if err != nil {
		_ = c.Process.Kill()
		t.Fatal(err)
	}
	defer resp.Body.Close()
	for lines := bufio.NewReader(resp.Body); ; {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			_ = c.Process.Kill() // of one that was done before
			_, _ = io.Copy(io.Discard, out)
			return acknowledged
		}
		var p struct {
			Kind, Phase string
			Done        int
		}
		if json.Unmarshal(line, &p) == nil && p.Kind == "progress" && p.Phase == "write" {
			if acknowledged == 0 {
				time.AfterFunc(after, func() { _ = c.Process.Kill() })
			}
			acknowledged = p.Done
		}
	}
}
