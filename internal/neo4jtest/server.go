package neo4jtest

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Server is a Neo4j that was started here: on 127.0.0.1, with a home of its own
// that vanishes with it. Start after Kill may change its URL.
type Server struct {
	URL string
	box *container // nil: it is a process of this machine

	jars string
	home string
	size Size

	cmd   *exec.Cmd
	leash io.Closer // the server ends when it is let go, also when we are killed
	ended chan struct{}
	log   *lastLines
}

const (
	startWithin = 2 * time.Minute
	stopWithin  = 15 * time.Second
)

// onLeash runs a command until stdin ends, which it does when the parent does, and
// removes its home then.
const onLeash = `home=$1; shift; "$@" </dev/null & pid=$!; cat >/dev/null; kill "$pid" 2>/dev/null; wait "$pid"; rm -rf "$home"`

func newServer(ctx context.Context, jars string, size Size) (s *Server, err error) {
	s = &Server{jars: jars, size: size}
	if s.home, err = os.MkdirTemp("", "faultline-neo4j-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			s.Stop()
		}
	}()
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	if err := s.configure(port); err != nil {
		return nil, err
	}
	password := rand.Text()
	set := exec.CommandContext(ctx, "java", "-XX:TieredStopAtLevel=1", "-cp", filepath.Join(jars, "*"),
		"org.neo4j.server.startup.Neo4jAdminCommand", "dbms", "set-initial-password", password)
	set.Env = append(os.Environ(), "NEO4J_HOME="+s.home, "NEO4J_CONF="+s.conf())
	if out, err := set.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("setting the password: %w: %s", err, tail(string(out)))
	}
	s.URL = fmt.Sprintf("neo4j://neo4j:%s@127.0.0.1:%d", password, port)
	return s, s.Start(ctx)
}

func (s *Server) conf() string { return filepath.Join(s.home, "conf") }

func (s *Server) configure(port int) error {
	if err := os.MkdirAll(s.conf(), 0o700); err != nil {
		return err
	}
	at := fmt.Sprintf("127.0.0.1:%d", port)
	lines := []string{
		"server.bolt.listen_address=" + at,
		"server.bolt.advertised_address=" + at,
		"server.http.enabled=false",
		"server.https.enabled=false",
		"dbms.usage_report.enabled=false",
		"db.tx_log.preallocate=false",
		"db.tx_log.rotation.retention_policy=keep_none",
		"server.memory.pagecache.size=" + s.size.pageCache,
		"internal.dbms.bolt.netty_server_shutdown_quiet_period=0", // stops in 0.3 s instead of 10
	}
	return os.WriteFile(filepath.Join(s.conf(), "neo4j.conf"), []byte(strings.Join(lines, "\n")+"\n"), 0o600)
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

// Start starts the server again after Kill: with what it held.
func (s *Server) Start(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	if s.box == nil {
		return s.startProcess(ctx)
	}
	if err := s.box.Start(ctx); err != nil {
		return err
	}
	if s.URL, err = s.box.url(ctx); err != nil {
		return err
	}
	return s.answers(ctx)
}

func (s *Server) startProcess(ctx context.Context) error {
	args := []string{"-c", onLeash, "sh", s.home, "java", "-Xms" + s.size.heapFirst, "-Xmx" + s.size.heap}
	args = append(args, s.size.java...)
	for _, p := range []string{"java.nio", "java.lang", "java.io", "sun.nio.ch"} {
		args = append(args, "--add-opens=java.base/"+p+"=ALL-UNNAMED")
	}
	args = append(args, "-cp", filepath.Join(s.jars, "*"), "org.neo4j.server.CommunityEntryPoint",
		"--home-dir="+s.home, "--config-dir="+s.conf(), "--console-mode")
	s.cmd = exec.Command("sh", args...)
	s.cmd.SysProcAttr = apart()
	leash, err := s.cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, in, err := os.Pipe()
	if err != nil {
		return err
	}
	s.cmd.Stdout, s.cmd.Stderr = in, in
	s.log, s.leash, s.ended = &lastLines{}, leash, make(chan struct{})
	if err := s.cmd.Start(); err != nil {
		return errors.Join(err, in.Close(), out.Close())
	}
	_ = in.Close() // the child has its own
	started := make(chan struct{})
	go func() {
		s.log.follow(out, started)
		_ = out.Close()
		_ = s.cmd.Wait()
		close(s.ended)
	}()
	select {
	case <-started:
	case <-s.ended:
		return fmt.Errorf("the server ended at once: %s", s.log)
	case <-ctx.Done():
		return fmt.Errorf("the server did not start in %s: %s", startWithin, s.log)
	}
	return s.answers(ctx)
}

// answers waits until the driver can talk to it.
func (s *Server) answers(ctx context.Context) error {
	for {
		_, err := Run(ctx, s.URL, "RETURN 1")
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the server does not answer: %w", err)
		case <-s.ended:
			return fmt.Errorf("the server ended: %s", s.log)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// Kill ends the server as a power failure of its machine would.
func (s *Server) Kill() error {
	if s.box != nil {
		return s.box.kill()
	}
	err := kill(s.cmd.Process)
	<-s.ended
	return err
}

// Stop ends the server and removes what it held.
func (s *Server) Stop() {
	if s.box != nil {
		_ = s.box.remove()
		return
	}
	if s.leash != nil && s.ended != nil {
		_ = s.leash.Close()
		select {
		case <-s.ended:
		case <-time.After(stopWithin):
			_ = s.Kill()
		}
	}
	_ = os.RemoveAll(s.home)
}

// lastLines keeps the end of a server's output, for when it does not start.
type lastLines struct {
	mu    sync.Mutex
	lines []string
}

func (l *lastLines) follow(out io.Reader, started chan struct{}) {
	for in := bufio.NewScanner(out); in.Scan(); {
		l.mu.Lock()
		if l.lines = append(l.lines, in.Text()); len(l.lines) > 20 {
			l.lines = l.lines[1:]
		}
		l.mu.Unlock()
		if started != nil && strings.HasSuffix(in.Text(), "Started.") {
			close(started)
			started = nil
		}
	}
}

func (l *lastLines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return tail(strings.Join(l.lines, "\n"))
}
