package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/faultline-itsm/faultline/internal/cli"
)

// terminal is an environment whose streams a test holds.
type terminal struct {
	cli.Env
	out, err bytes.Buffer
	vars     map[string]string
}

// sit opens a terminal of that width (0: pipes) over a store of its own.
func sit(t *testing.T, width int) *terminal {
	t.Helper()
	x := &terminal{vars: map[string]string{"HOME": t.TempDir(), "LC_ALL": "C.UTF-8"}}
	x.vars["FAULTLINE_STORE"] = "sqlite:" + filepath.Join(x.vars["HOME"], "store.db")
	x.Env = cli.Env{Stdin: strings.NewReader(""), Stdout: &x.out, Stderr: &x.err, Clock: time.Now, Version: "test",
		Getenv: func(name string) string { return x.vars[name] }, Width: func(any) int { return width }}
	return x
}

// types runs one command and returns its exit code; stdout and stderr are those of
// this command.
func (x *terminal) types(ctx context.Context, args ...string) int {
	x.out.Reset()
	x.err.Reset()
	x.Args = args
	return cli.Main(ctx, x.Env)
}

func (x *terminal) must(t *testing.T, args ...string) string {
	t.Helper()
	if code := x.types(t.Context(), args...); code != 0 {
		t.Fatalf("faultline %s ended with %d: %s", strings.Join(args, " "), code, x.err.String())
	}
	return x.out.String()
}

func TestATerminalGetsColourHintsAndShortNames(t *testing.T) {
	x := sit(t, 44)
	x.must(t, "import", "testdata/shop.ndjson")
	if !strings.Contains(x.err.String(), "next: faultline ci list") {
		t.Errorf("no next command: %q", x.err.String())
	}
	out := x.must(t, "why", "checkout", "--if", "db-1")
	if !strings.Contains(out, "\x1b[1;31m✖") {
		t.Errorf("no colour: %q", out)
	}
	if out := x.must(t, "why", "checkout", "--if", "db-1", "--no-color"); strings.Contains(out, "\x1b") {
		t.Errorf("colour in spite of --no-color: %q", out)
	}
	x.vars["NO_COLOR"] = "1"
	if out := x.must(t, "impact", "db-1"); strings.Contains(out, "\x1b") {
		t.Errorf("colour in spite of NO_COLOR: %q", out)
	}
	out = x.must(t, "ci", "list")
	if !strings.Contains(out, "…") {
		t.Errorf("nothing is shortened: %s", out)
	}
	for line := range strings.Lines(out) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 44 {
			t.Errorf("%d columns on a terminal of 44: %s", n, line)
		}
	}
}

func TestAPipeGetsNeitherColourNorHintsNorShortNames(t *testing.T) {
	x := sit(t, 0)
	x.must(t, "import", "testdata/shop.ndjson")
	out := x.must(t, "impact", "db-1")
	if strings.Contains(out, "\x1b") || strings.Contains(x.err.String(), "next:") {
		t.Errorf("%q, %q", out, x.err.String())
	}
	if out = x.must(t, "ci", "list"); !strings.Contains(out, "business_service:checkout") {
		t.Error(out)
	}
}

func TestWhatSourcesWroteCannotMoveTheCursor(t *testing.T) {
	x := sit(t, 80)
	x.vars["NO_COLOR"] = "1"
	x.Stdin = strings.NewReader(`{"kind":"ci","class":"server","name":"evil","attributes":{"os":"\u001b[2Jgone\nnew line"}}` + "\n")
	x.must(t, "import", "-")
	x.Stdin = strings.NewReader(`{"kind":"ci","class":"server","name":"odd \u202edlo","attributes":{"os":"good\u202edab \u2066\u007f\u0085x"}}` + "\n")
	x.must(t, "import", "-")
	for _, as := range []string{"table", "json", "csv"} {
		out := x.must(t, "ci", "list", "-o", as)
		if at := strings.IndexAny(out, "\x1b\u202e\u2066\u007f\u0085"); at >= 0 {
			t.Errorf("-o %s: %q", as, out[at:])
		}
	}
	if out := x.must(t, "ci", "get", "server:odd \u202edlo", "-o", "json"); !strings.Contains(out, `good\u202edab \u2066\u007f\u0085x`) {
		t.Errorf("%q", out)
	}
	if out := x.must(t, "ci", "get", "evil"); strings.Contains(out, "\x1b") || !strings.Contains(out, "·[2Jgone·new line") {
		t.Errorf("%q", out)
	}
}

// trap is a stream that calls f when it is told something.
type trap struct {
	mu    sync.Mutex
	said  bytes.Buffer
	about string
	f     func()
}

func (x *trap) Write(p []byte) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if strings.Contains(string(p), x.about) {
		x.f()
	}
	return x.said.Write(p)
}

// estate writes n servers to a file.
func estate(t *testing.T, n int) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "estate.ndjson")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		fmt.Fprintf(f, `{"kind":"ci","class":"server","name":"s%d"}`+"\n", i)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return file
}

// hurried is a clock on which much time passes between two looks, so that every
// line of progress is told.
func hurried() func() time.Time {
	var mu sync.Mutex
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	return func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(3 * time.Second)
		return now
	}
}

func TestCtrlCStopsAnImportBetweenChunksAndTheNextRunCompletesIt(t *testing.T) {
	x := sit(t, 0)
	file := estate(t, 60_000)
	ctx, stop := context.WithCancel(t.Context())
	said := &trap{about: "writing", f: stop}
	x.Stderr, x.Clock = said, hurried()
	if code := x.types(ctx, "import", file); code != 130 {
		t.Fatalf("it ended with %d: %s", code, said.said.String())
	}
	if !strings.Contains(said.said.String(), "no chunk is half-written") || !strings.Contains(said.said.String(), "run the same command again to complete it") {
		t.Errorf("it says: %s", said.said.String())
	}
	x.Stderr = &x.err
	if out := x.must(t, "check"); !strings.Contains(out, "UNFINISHED_IMPORT") || !strings.Contains(out, "clean") {
		t.Errorf("after Ctrl-C: %s", out)
	}
	x.must(t, "import", file)
	if out := x.must(t, "check"); strings.Contains(out, "UNFINISHED") || !strings.Contains(out, "60,000 CIs") {
		t.Errorf("after the next run: %s", out)
	}
}

// awaited calls f when somebody begins to read.
type awaited struct {
	io.Reader
	f func()
}

func (a awaited) Read(p []byte) (int, error) {
	a.f()
	return a.Reader.Read(p)
}

func TestCtrlCWhileStdinIsAwaitedWritesNothing(t *testing.T) {
	x := sit(t, 0)
	never, w := io.Pipe()
	defer w.Close()
	ctx, stop := context.WithCancel(t.Context())
	x.Stdin = awaited{never, stop}
	if code := x.types(ctx, "import", "-"); code != 130 || !strings.Contains(x.err.String(), "nothing was written") {
		t.Errorf("%d: %s", code, x.err.String())
	}
}

func TestWhatIsNoFaultlineServerIsSaidToBeNone(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"a page":    func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>hello</html>") },
		"not there": func(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) },
		"other JSON": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, "{")
		},
	} {
		s := httptest.NewServer(answer)
		x := sit(t, 0)
		if code := x.types(t.Context(), "ci", "list", "--server", s.URL); code != 1 || !strings.Contains(x.err.String(), s.URL) || !strings.Contains(x.err.String(), "hint:") {
			t.Errorf("%s: %d, %s", name, code, x.err.String())
		}
		s.Close()
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }))
	defer s.Close()
	x := sit(t, 0)
	if code := x.types(t.Context(), "ci", "list", "--server", s.URL); code != 4 {
		t.Errorf("forbidden: %d, %s", code, x.err.String())
	}
}
