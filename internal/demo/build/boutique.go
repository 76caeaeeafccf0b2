package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/goccy/go-yaml"
)

// boutiqueOptional are the calls of the storefront that it can do without.
var boutiqueOptional = map[string]bool{"adservice": true, "recommendationservice": true}

// boutique takes the deployments, images and service addresses of Online
// Boutique's Kubernetes manifests.
func boutique(e *estate, file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	type manifest struct {
		Kind     string `yaml:"kind"`
		Metadata struct {
			Name string `yaml:"name"`
		} `yaml:"metadata"`
		Spec struct {
			Template struct {
				Spec struct {
					Containers []struct {
						Image string `yaml:"image"`
						Env   []struct {
							Name  string `yaml:"name"`
							Value string `yaml:"value"`
						} `yaml:"env"`
					} `yaml:"containers"`
				} `yaml:"spec"`
			} `yaml:"template"`
		} `yaml:"spec"`
	}
	var deployments []manifest
	for dec := yaml.NewDecoder(f); ; {
		var m manifest
		if err := dec.Decode(&m); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if m.Kind == "Deployment" && len(m.Spec.Template.Spec.Containers) > 0 {
			deployments = append(deployments, m)
		}
	}
	for _, m := range deployments {
		ref := e.ci(line{Class: boutiqueClass(m.Metadata.Name), Scope: "boutique", Name: m.Metadata.Name,
			Keys: []key{{"online-boutique", "deployment/" + m.Metadata.Name}}})
		e.images[ref] = m.Spec.Template.Spec.Containers[0].Image
	}
	for _, m := range deployments {
		from := boutiqueRef(m.Metadata.Name)
		for _, v := range m.Spec.Template.Spec.Containers[0].Env {
			to, _, ok := strings.Cut(v.Value, ":")
			if _, known := e.cis[boutiqueRef(to)]; !ok || !known || !strings.HasSuffix(v.Name, "_ADDR") {
				continue
			}
			l := line{From: from, Type: "CALLS", To: boutiqueRef(to)}
			switch {
			case boutiqueClass(to) == "cache":
				l.Type, l.Transfer = "USES", "HARD" // the carts live there and nowhere else
			case boutiqueOptional[to]:
				l.Transfer = "SOFT"
			case m.Metadata.Name == "frontend":
				l.Transfer = "DEGRADING"
			}
			e.relate(l)
		}
	}
	return nil
}

func boutiqueClass(deployment string) string {
	if strings.HasPrefix(deployment, "redis-") {
		return "cache"
	}
	return "application"
}

func boutiqueRef(deployment string) string {
	return boutiqueClass(deployment) + ":boutique/" + deployment
}
