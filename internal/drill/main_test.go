package drill_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/internal/cli"
	"github.com/faultline-itsm/faultline/internal/neo4jtest"
)

// The program itself runs in processes of its own: under its name this binary is it.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "faultline" {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		os.Exit(cli.Main(ctx, cli.System()))
	}
	os.Exit(neo4jtest.Main(m, 1))
}

// soak says whether the full counts are run.
var soak = os.Getenv("FAULTLINE_SOAK") != ""

// rounds is how often something is repeated: few times in a test, often in a soak.
func rounds(test, full int) int {
	if soak {
		return full
	}
	return test
}

// binary is the program's path.
type binary string

func program(t testing.TB) binary {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "faultline")
	if err := os.Symlink(self, path); err != nil {
		t.Fatal(err)
	}
	return binary(path)
}

// run runs a command, which must end well.
func (x binary) run(t testing.TB, args ...string) string {
	t.Helper()
	var out, trouble strings.Builder
	c := exec.Command(string(x), args...)
	c.Stdout, c.Stderr = &out, &trouble
	if err := c.Run(); err != nil {
		t.Fatalf("faultline %s: %v\n%s%s", args[0], err, out.String(), trouble.String())
	}
	return out.String()
}

// process is a service that runs by itself.
type process struct {
	url    string
	cmd    *exec.Cmd
	ended  chan struct{}
	stderr bytes.Buffer // to be read when it has ended
}

// serve starts a service, which ends with the test at the latest.
func (x binary) serve(t testing.TB, store string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(string(x), "serve", "--listen", "127.0.0.1:0", "--store", store), ended: make(chan struct{})}
	p.cmd.Stderr = &p.stderr
	pipe, err := p.cmd.StdoutPipe()
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	out := bufio.NewReader(pipe)
	for p.url == "" {
		line, err := out.ReadString('\n')
		if err != nil {
			_ = p.cmd.Wait()
			t.Fatalf("it ended without an address: %v\n%s", err, p.stderr.String())
		}
		if at := strings.LastIndex(line, "http://"); at >= 0 {
			p.url = strings.TrimSpace(line[at:])
		}
	}
	go func() {
		defer close(p.ended)
		_, _ = io.Copy(io.Discard, out)
		_ = p.cmd.Wait()
	}()
	t.Cleanup(p.kill)
	return p
}

// kill ends it at once, as the kernel does where memory is short.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}

// imports sends an estate and calls progress with how many lines the service says
// are written. It returns the last line of the answer, or what broke it off.
func (p *process) imports(estate []byte, progress func(done int)) (last string, err error) {
	resp, err := http.Post(p.url+"/import", "application/x-ndjson", bytes.NewReader(estate))
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	for lines := bufio.NewReader(resp.Body); ; {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			return last, nil
		}
		if err != nil {
			return last, err
		}
		last = string(line)
		var said struct {
			Kind, Phase string
			Done        int
		}
		if json.Unmarshal(line, &said) == nil && said.Kind == "progress" && said.Phase == "write" {
			progress(said.Done)
		}
	}
}

// ready says whether the service does.
func (p *process) ready() bool {
	resp, err := http.Get(p.url + "/readyz")
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// until waits for something that must come.
func until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it never came to this: %s", what)
		}
	}
}
