package neo4jtest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/modules/neo4j"
	"github.com/testcontainers/testcontainers-go/wait"
)

// image is the server of the same line as the assembled one.
const image = "neo4j:5.26-community"

const (
	// daemonWithin and imageWithin bound what is lost where Docker is installed
	// and of no use: there is another way to a server.
	daemonWithin = 3 * time.Second
	imageWithin  = time.Minute
	// reapWithin bounds how long a container may take to vanish.
	reapWithin = 30 * time.Second
)

// hostOverride tells testcontainers where ports of containers are. Inside a
// container it would otherwise dial the default gateway, which is somebody else's
// machine.
const hostOverride = "TESTCONTAINERS_HOST_OVERRIDE"

// contain starts the server in a container, where there is a Docker daemon that
// has its image or can get it soon.
func contain(ctx context.Context, size Size, say io.Writer) (*Server, error) {
	if _, err := docker(ctx, daemonWithin, "info", "--format", "{{.ServerVersion}}"); err != nil {
		return nil, err
	}
	if _, err := docker(ctx, daemonWithin, "image", "inspect", "--format", "{{.Id}}", image); err != nil {
		fmt.Fprintf(say, "neo4jtest: pulling %s (once)\n", image)
		if _, err := docker(ctx, imageWithin, "pull", "--quiet", image); err != nil {
			return nil, err
		}
	}
	if _, set := os.LookupEnv(hostOverride); !set {
		if err := os.Setenv(hostOverride, "127.0.0.1"); err != nil {
			return nil, err
		}
	}
	password := rand.Text()
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	c, err := neo4j.Run(ctx, image, neo4j.WithAdminPassword(password),
		neo4j.WithNeo4jSettings(map[string]string{
			"server.memory.heap.initial_size":     size.heapFirst,
			"server.memory.heap.max_size":         size.heap,
			"server.memory.pagecache.size":        size.pageCache,
			"db.tx_log.preallocate":               "false",
			"db.tx_log.rotation.retention_policy": "keep_none",
			"dbms.usage_report.enabled":           "false",
			"server.jvm.additional":               "-XX:+UseSerialGC",
			"server.metrics.csv.enabled":          "false",
		}),
		// Of our own: the module's polls without a pause.
		testcontainers.WithWaitStrategyAndDeadline(startWithin, wait.ForHTTP("/").WithPort("7474/tcp").WithPollInterval(200*time.Millisecond)))
	if err != nil {
		if c != nil {
			err = errors.Join(err, testcontainers.TerminateContainer(c.Container))
		}
		return nil, err
	}
	s := &Server{box: &container{c, url.UserPassword("neo4j", password)}}
	if s.URL, err = s.box.url(ctx); err == nil {
		err = s.answers(ctx)
	}
	if err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

// docker runs the command of that name, no longer than within.
func docker(ctx context.Context, within time.Duration, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	var out, complaint bytes.Buffer
	cmd := exec.CommandContext(ctx, "docker", args...)
	cmd.Stdout, cmd.Stderr = &out, &complaint
	cmd.WaitDelay = 100 * time.Millisecond // for what it started itself, which may hold the pipes
	err := cmd.Run()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return "", errors.New("there is no docker")
	case ctx.Err() != nil:
		return "", fmt.Errorf("docker %s did not end within %s", args[0], within)
	case err != nil:
		return "", fmt.Errorf("docker %s: %s", args[0], tail(firstOf(strings.TrimSpace(complaint.String()), err.Error())))
	}
	return strings.TrimSpace(out.String()), nil
}

func firstOf(text, otherwise string) string {
	if text != "" {
		return text
	}
	return otherwise
}

// container is a server in Docker.
type container struct {
	*neo4j.Neo4jContainer
	user *url.Userinfo
}

// url is the address of the server. It is another one after every start.
func (c *container) url(ctx context.Context) (string, error) {
	at, err := c.BoltUrl(ctx)
	if err != nil {
		return "", err
	}
	u, err := url.Parse(at)
	if err != nil {
		return "", err
	}
	u.User = c.user
	return u.String(), nil
}

// kill ends the server as a power failure would; Stop would let it shut down.
func (c *container) kill() error {
	_, err := docker(context.Background(), reapWithin, "kill", "--signal", "KILL", c.GetContainerID())
	return err
}

func (c *container) remove() error {
	ctx, cancel := context.WithTimeout(context.Background(), reapWithin)
	defer cancel()
	return testcontainers.TerminateContainer(c.Container, testcontainers.StopContext(ctx), testcontainers.StopTimeout(0))
}
