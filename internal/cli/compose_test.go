package cli_test

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/faultline-itsm/faultline/internal/neo4jtest"
)

// composed is docker-compose.yml, as far as it is used: what is unknown here is
// refused, a typing error among it.
type composed struct {
	Name     string
	Services map[string]struct {
		Image, Build, Restart string
		Environment           map[string]string
		Ports, Volumes        []string
		Command               []string
		Healthcheck           struct {
			Test              []string
			Interval, Timeout string
			Retries           int
			StartPeriod       string `yaml:"start_period"`
		}
		DependsOn map[string]struct{ Condition string } `yaml:"depends_on"`
		StopGrace string                                `yaml:"stop_grace_period"`
		MemLimit  string                                `yaml:"mem_limit"`
		CPUs      float64                               `yaml:"cpus"`
		CapDrop   []string                              `yaml:"cap_drop"`
		Security  []string                              `yaml:"security_opt"`
		Ulimits   map[string]int
	}
	Volumes map[string]any
}

var defaulted = regexp.MustCompile(`\$\{[A-Z0-9_]+:-([^}]*)\}`)

// compose reads the file as `docker compose up` does where nothing is set.
func compose(t *testing.T) composed {
	t.Helper()
	text, err := os.ReadFile("../../docker-compose.yml")
	if err != nil {
		t.Fatal(err)
	}
	text = defaulted.ReplaceAll(text, []byte("$1"))
	if at := bytes.IndexByte(text, '$'); at >= 0 {
		t.Fatalf("a variable has no default: %.40s", text[at:])
	}
	var c composed
	if err := yaml.UnmarshalWithOptions(text, &c, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTheComposeFileBoundsWhatItStarts(t *testing.T) {
	c := compose(t)
	for _, name := range []string{"neo4j", "faultline"} {
		s, ok := c.Services[name]
		if !ok {
			t.Fatalf("there is no service %s", name)
		}
		if s.MemLimit == "" || s.CPUs == 0 || s.Restart == "" {
			t.Errorf("%s has no limits: %+v", name, s)
		}
		if h := s.Healthcheck; len(h.Test) < 2 || h.Test[0] != "CMD" || h.Interval == "" || h.Timeout == "" || h.Retries == 0 {
			t.Errorf("%s has no health check that ends: %+v", name, h)
		}
		for _, port := range s.Ports { // the passwords' defaults are public
			if !strings.HasPrefix(port, "127.0.0.1:") {
				t.Errorf("%s is open to other machines at %s", name, port)
			}
		}
	}
	server, service := c.Services["neo4j"], c.Services["faultline"]
	if server.Image != "neo4j:5.26-community" {
		t.Errorf("the image is %s, and the tests run on 5.26", server.Image)
	}
	volume, path, _ := strings.Cut(server.Volumes[0], ":")
	if _, named := c.Volumes[volume]; !named || path != "/data" {
		t.Errorf("what Neo4j holds is lost with its container: %v", server.Volumes)
	}
	if service.DependsOn["neo4j"].Condition != "service_healthy" {
		t.Error("the service does not wait for Neo4j")
	}
	if user, password, _ := strings.Cut(server.Environment["NEO4J_AUTH"], "/"); user != "neo4j" || password != service.Environment["FAULTLINE_NEO4J_PASSWORD"] || len(password) < 8 {
		t.Error("the service's password is not Neo4j's, or too short for it")
	}
	if len(service.Environment["FAULTLINE_TOKEN"]) < 16 {
		t.Error("with this token the service may not listen for others, not even for the port that Docker opens")
	}
}

// Neo4j refuses to start with a setting that it does not know or cannot read, so it
// is asked: about the composed ones, and those that docs/neo4j.md recommends.
func TestNeo4jAcceptsTheSettings(t *testing.T) {
	composed := map[string]string{}
	for name, value := range compose(t).Services["neo4j"].Environment {
		if setting, ok := strings.CutPrefix(name, "NEO4J_"); ok && setting != "AUTH" {
			composed[strings.NewReplacer("__", "_", "_", ".").Replace(setting)] = value
		}
	}
	text, err := os.ReadFile("../../docs/neo4j.md")
	if err != nil {
		t.Fatal(err)
	}
	small, large := map[string]string{}, map[string]string{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, "|")
		if len(cells) != 5 || !strings.Contains(cells[1], "server.") && !strings.Contains(cells[1], "db.") {
			continue
		}
		for _, name := range strings.Split(cells[1], ",") {
			name = strings.Trim(strings.Fields(name)[0], "`")
			if name == ".max_size" {
				name = "server.memory.heap.max_size"
			}
			small[name], large[name] = strings.Trim(cells[2], " `"), strings.Trim(cells[3], " `")
		}
	}
	if len(composed) < 4 || len(small) < 4 {
		t.Fatalf("%d settings are composed, %d recommended", len(composed), len(small))
	}
	for name, settings := range map[string]map[string]string{"composed": composed, "small": small, "large": large} {
		if err := neo4jtest.Accepts(t, settings); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if neo4jtest.Accepts(t, map[string]string{"server.memory.haep.max_size": "1g"}) == nil {
		t.Error("a typing error is accepted")
	}
	for name, value := range small {
		if is, both := composed[name]; both && is != value {
			t.Errorf("%s is composed as %s and recommended as %s", name, is, value)
		}
	}
}

// The service of the compose file, with its command, its environment and its
// health check, over a real Neo4j: all but Docker.
func TestTheComposedServiceAnswers(t *testing.T) {
	var databases neo4jtest.Databases
	at, err := url.Parse(databases.Empty(t))
	if err != nil {
		t.Fatal(err)
	}
	password, _ := at.User.Password()
	s := compose(t).Services["faultline"]
	environment := []string{"HOME=" + t.TempDir()}
	for name, value := range s.Environment {
		switch name {
		case "FAULTLINE_STORE": // by its name in the composed network
			value = strings.Replace(value, "neo4j://neo4j:7687", at.Scheme+"://"+at.Host, 1)
			if !strings.Contains(value, at.Host) {
				t.Fatalf("the store is %s", value)
			}
		case "FAULTLINE_NEO4J_PASSWORD":
			value = password
		}
		environment = append(environment, name+"="+value)
	}
	here := freeAddress(t)
	inside := "0.0.0.0:8080"
	command := slices.Clone(s.Command)
	listen := slices.Index(command, inside)
	if listen < 0 {
		t.Fatalf("the service listens elsewhere: %v", command)
	}
	command[listen] = here
	program := string(program(t))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	service := exec.CommandContext(ctx, program, command...)
	service.Env = environment
	service.Cancel = func() error { return service.Process.Signal(os.Interrupt) }
	if err := service.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		cancel()
		_ = service.Wait()
	}()

	health := slices.Clone(s.Healthcheck.Test[1:])
	if health[0] != "/faultline" {
		t.Fatalf("the image holds no %s", health[0])
	}
	for i := range health {
		health[i] = strings.Replace(health[i], "127.0.0.1:8080", here, 1)
	}
	for healthy := false; !healthy; {
		check := exec.CommandContext(ctx, program, health[1:]...)
		check.Env = environment
		out, err := check.CombinedOutput()
		if healthy = err == nil; !healthy && ctx.Err() != nil {
			t.Fatalf("it never becomes healthy: %s", out)
		}
	}
	for path, want := range map[string]int{"/graphiql": http.StatusOK, "/graphql?query=%7Bstore%7Bkind%7D%7D": http.StatusUnauthorized} {
		resp, err := http.Get("http://" + here + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s answers %d, not %d", path, resp.StatusCode, want)
		}
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
