package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"
)

// astronomyClasses says which Compose services are no plain applications.
var astronomyClasses = map[string]string{
	"astronomy-db": "database", "opensearch": "database", "prometheus": "database",
	"valkey-cart": "cache", "kafka": "queue",
}

// telemetry names the services that only watch: what reports to them works
// without them.
var telemetry = map[string]bool{"otel-collector": true, "jaeger": true, "grafana": true, "prometheus": true, "opensearch": true, "opamp-server": true}

// astronomy takes the services, images and depends_on of the OpenTelemetry demo's
// Compose files.
func astronomy(e *estate, dir string) error {
	env, err := os.ReadFile(filepath.Join(dir, ".env"))
	if err != nil {
		return err
	}
	vars := map[string]string{}
	for _, l := range strings.Split(string(env), "\n") {
		if k, v, ok := strings.Cut(l, "="); ok && !strings.HasPrefix(l, "#") {
			vars[k] = v
		}
	}
	type service struct {
		Image     string `yaml:"image"`
		DependsOn any    `yaml:"depends_on"`
	}
	depends := map[string]map[string]bool{}
	for _, name := range []string{"compose.yaml", "compose.full.yaml", "compose.observability.yaml"} {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		var file struct {
			Services map[string]service `yaml:"services"`
		}
		if err := yaml.Unmarshal(raw, &file); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		for s, def := range file.Services {
			if depends[s] == nil {
				depends[s] = map[string]bool{}
			}
			if def.Image != "" {
				e.images[astronomyRef(s)] = os.Expand(def.Image, func(v string) string { return vars[v] })
			}
			if m, ok := def.DependsOn.(map[string]any); ok {
				for d := range m {
					depends[s][d] = true
				}
			}
		}
	}
	for _, s := range sorted(depends) {
		class, name := astronomyClass(s), s
		e.ci(line{Class: class, Scope: "astronomy", Name: name, Keys: []key{{"opentelemetry-demo", "compose/" + s}}})
	}
	for _, s := range sorted(depends) {
		for _, d := range sorted(depends[s]) {
			l := line{From: astronomyRef(s), Type: "CALLS", To: astronomyRef(d)}
			switch {
			case telemetry[d]:
				l.Type = "MONITORED_BY"
			case d == "flagd" || d == "flagd-ui":
				l.Type, l.Transfer = "USES", "SOFT" // flags fall back to their defaults
			case astronomyClasses[d] != "":
				l.Type = "USES"
			case s == "frontend-proxy" && d != "frontend", s == "frontend" && (d == "ad" || d == "recommendation" || d == "quote"):
				l.Transfer = "SOFT"
			case s == "frontend":
				l.Transfer = "DEGRADING"
			}
			e.relate(l)
		}
	}
	return nil
}

func astronomyClass(service string) string {
	if c := astronomyClasses[service]; c != "" {
		return c
	}
	return "application"
}

func astronomyRef(service string) string { return astronomyClass(service) + ":astronomy/" + service }
