package cli_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/faultline-itsm/faultline/internal/cli"
	"github.com/faultline-itsm/faultline/internal/neo4jtest"
)

// The transcripts run the program itself, as a process of its own.
func TestMain(m *testing.M) {
	testscript.Main(onNeo4j{m}, map[string]func(){"faultline": func() {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		os.Exit(cli.Main(ctx, cli.System()))
	}})
}

// onNeo4j gives the tests a server, which starts when the first one asks for it.
type onNeo4j struct{ *testing.M }

func (m onNeo4j) Run() int { return neo4jtest.Main(m.M, 1) }

func TestTranscripts(t *testing.T) {
	p := transcripts(map[string]string{"STORE": "sqlite:store.db"})
	p.Files = append(scripts(t, "script"), scripts(t, "both")...)
	testscript.Run(t, p)
}

// The transcripts about a store in Neo4j, and those that say the same on both
// stores, one after the other: each in an empty database at $NEO4J with $PASSWORD.
func TestTranscriptsOnNeo4j(t *testing.T) {
	var databases neo4jtest.Databases
	both := scripts(t, "both")
	for _, file := range append(scripts(t, "neo4j"), both...) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			at, err := url.Parse(databases.Empty(t))
			if err != nil {
				t.Fatal(err)
			}
			password, _ := at.User.Password()
			at.User = nil
			variables := map[string]string{"NEO4J": at.String(), "HOST": at.Host, "PASSWORD": password}
			if slices.Contains(both, file) {
				variables["STORE"], variables["FAULTLINE_NEO4J_PASSWORD"] = at.String(), password
			}
			p := transcripts(variables)
			p.Files, p.UpdateScripts = []string{file}, false // both are written from SQLite
			testscript.Run(t, p)
		})
	}
}

func scripts(t *testing.T, folder string) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/" + folder + "/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("there are no transcripts in", folder, err)
	}
	return files
}

// transcripts is how transcripts run; variables are theirs.
func transcripts(variables map[string]string) testscript.Params {
	return testscript.Params{
		UpdateScripts: os.Getenv("UPDATE_SCRIPTS") != "", // writes what cmp compares with; read the diff
		Setup: func(e *testscript.Env) error {
			for name, value := range variables {
				e.Setenv(name, value)
			}
			if password := variables["PASSWORD"]; password != "" {
				if err := os.WriteFile(filepath.Join(e.WorkDir, "password"), []byte(password+"\n"), 0o600); err != nil {
					return err
				}
			}
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("USER", "kim")
			e.Setenv("LC_ALL", "C.UTF-8")
			e.Values["running"] = &running{}
			shop, err := os.ReadFile("testdata/shop.ndjson") // every transcript may load it
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(e.WorkDir, "shop.ndjson"), shop, 0o600)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "background": background, "interrupt": interrupt, "cypher": cypher},
	}
}

// cypher STATEMENT: somebody in Browser runs it.
func cypher(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: cypher STATEMENT")
	}
	at, err := url.Parse(ts.Getenv("NEO4J"))
	ts.Check(err)
	at.User = url.UserPassword("neo4j", ts.Getenv("PASSWORD"))
	rows, err := neo4jtest.Run(context.Background(), at.String(), args[0])
	ts.Check(err)
	ts.Logf("%v", rows)
}

// exits CODE faultline ...: the program ends with that exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE command...")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := "0"
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		code = strings.TrimPrefix(e.String(), "exit status ")
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if code != args[0] {
		ts.Fatalf("%s ended with %s, not %s", strings.Join(args[1:], " "), code, args[0])
	}
}

// running is a program in the background.
type running struct {
	cmd    *exec.Cmd
	stderr strings.Builder
}

// background faultline serve ...: starts the program, waits until it prints an
// address, and puts that into $URL.
func background(ts *testscript.TestScript, _ bool, args []string) {
	r, _ := ts.Value("running").(*running)
	r.cmd = exec.Command(findIn(ts.Getenv("PATH"), args[0]), args[1:]...)
	r.cmd.Dir, r.cmd.Stderr = ts.MkAbs("."), &r.stderr
	for _, name := range []string{"HOME", "PATH", "LC_ALL", "FAULTLINE_STORE", "FAULTLINE_TOKEN", "FAULTLINE_TOKEN_FILE", "FAULTLINE_NEO4J_PASSWORD"} {
		r.cmd.Env = append(r.cmd.Env, name+"="+ts.Getenv(name))
	}
	pipe, err := r.cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(r.cmd.Start())
	ts.Defer(func() { _ = r.cmd.Process.Kill() })
	for out := bufio.NewReader(pipe); ; {
		line, err := out.ReadString('\n')
		if err != nil {
			ts.Fatalf("it ended without an address: %s", r.stderr.String())
		}
		if _, url, ok := strings.Cut(line, "http://"); ok {
			url, _, _ = strings.Cut(strings.TrimSpace(url), " ")
			ts.Setenv("URL", "http://"+url)
			ts.Setenv("ADDRESS", url)
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return
		}
	}
}

// interrupt presses Ctrl-C in the background program, which must end well.
func interrupt(ts *testscript.TestScript, _ bool, _ []string) {
	r, _ := ts.Value("running").(*running)
	ts.Check(r.cmd.Process.Signal(os.Interrupt))
	ended := make(chan error, 1)
	go func() { ended <- r.cmd.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			ts.Fatalf("%v: %s", err, r.stderr.String())
		}
	case <-time.After(20 * time.Second):
		ts.Fatalf("it does not end")
	}
}

func findIn(path, name string) string {
	for dir := range strings.SplitSeq(path, string(os.PathListSeparator)) {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return filepath.Join(dir, name)
		}
	}
	return name
}
