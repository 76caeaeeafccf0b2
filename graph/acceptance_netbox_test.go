package graph_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/graph/graphtest"
)

// plant is the devices and circuits of the NetBox demo data with the cables between
// them, by plane.
type plant struct{ network, power [][2]string }

func netbox(t *testing.T) (p plant) {
	t.Helper()
	dir := os.Getenv("FAULTLINE_DATA")
	if dir == "" {
		t.Skip("FAULTLINE_DATA is not set: the NetBox demo data is not looked at")
	}
	b, err := os.ReadFile(filepath.Join(dir, "netbox-demo", "json", "netbox-demo-v3.6.json"))
	if err != nil {
		t.Fatal(err)
	}
	var objects []struct {
		Model  string
		PK     any
		Fields struct {
			Device, Circuit, Cable any
			End                    string   `json:"cable_end"`
			Type                   any      `json:"termination_type"`
			ID                     *float64 `json:"termination_id"`
		}
	}
	if err := json.Unmarshal(b, &objects); err != nil {
		t.Fatal(err)
	}
	owner := map[string]string{}
	for _, o := range objects {
		switch {
		case o.Model == "circuits.circuittermination":
			owner[fmt.Sprint(o.Model, o.PK)] = fmt.Sprintf("circuit%v", o.Fields.Circuit)
		case o.Fields.Device != nil:
			owner[fmt.Sprint(o.Model, o.PK)] = fmt.Sprintf("device%v", o.Fields.Device)
		}
	}
	type end struct{ owner, kind string }
	cables := map[string][2][]end{}
	for _, o := range objects {
		if o.Model != "dcim.cabletermination" {
			continue
		}
		words := o.Fields.Type.([]any)
		kind := fmt.Sprintf("%v.%v", words[0], words[1])
		c, side := fmt.Sprint(o.Fields.Cable), 0
		if o.Fields.End == "B" {
			side = 1
		}
		ends := cables[c]
		ends[side] = append(ends[side], end{owner[fmt.Sprint(kind, int(*o.Fields.ID))], kind})
		cables[c] = ends
	}
	for _, ends := range cables {
		for _, a := range ends[0] {
			for _, b := range ends[1] {
				if strings.Contains(a.kind, "power") {
					p.power = append(p.power, [2]string{a.owner, b.owner})
				} else {
					p.network = append(p.network, [2]string{a.owner, b.owner})
				}
			}
		}
	}
	return p
}

// spofs are the CIs whose loss leaves some CI without a path to another: found by
// asking of every CI for a path to one of its part, and to a second one, of which
// each shows whether the other is one.
func spofs(t *testing.T, cables [][2]string) []string {
	t.Helper()
	var found []string
	for round := range 2 {
		m := graphtest.NewModel()
		near := map[string][]string{}
		for _, c := range cables {
			if c[0] != c[1] {
				near[c[0]], near[c[1]] = append(near[c[0]], c[1]), append(near[c[1]], c[0])
			}
			m.Relate(graphtest.Relation{From: c[0], To: c[1]}) // it passes nothing on: only paths count
		}
		root := map[string]string{}
		for _, name := range m.Names() {
			if root[name] != "" {
				continue
			}
			part := []string{name}
			root[name] = name
			for k := 0; k < len(part); k++ {
				for _, n := range near[part[k]] {
					if root[n] == "" {
						root[n] = name
						part = append(part, n)
					}
				}
			}
			for _, n := range part {
				root[n] = part[min(round, len(part)-1)]
			}
		}
		for _, name := range m.Names() {
			if root[name] != name {
				m.Requirements = append(m.Requirements, graphtest.Requirement{Of: name, Name: "uplink", Rule: graph.Reaches, Targets: []string{root[name]}, Spare: -1})
			}
		}
		s := snapshot(t, m)
		for _, name := range m.Names() {
			a, err := graph.CutSets(s, m.ID(name), 1, "")
			if err != nil {
				t.Fatal(err)
			}
			for _, set := range a.Sets {
				if cut := m.Name(set[0]); cut != root[name] && !slices.Contains(found, cut) {
					found = append(found, cut)
				}
			}
		}
	}
	return found
}

func TestNetworkOfTheNetBoxDemo(t *testing.T) {
	t.Parallel()
	p := netbox(t)
	if got := spofs(t, p.network); len(got) != 22 {
		t.Errorf("%d articulation points in network and circuits, want 22: %v", len(got), got)
	}

	fed := map[string]bool{}
	m := graphtest.NewModel()
	for _, c := range p.power {
		m.Relate(graphtest.Relation{From: c[0], To: c[1], Passes: graphtest.Table{0, 1, 2, 3}})
		fed[c[0]] = true
	}
	s, single := snapshot(t, m), 0
	for name := range fed {
		if a, err := graph.CutSets(s, m.ID(name), 1, ""); err == nil && len(a.Sets) == 1 {
			single++
		}
	}
	if len(fed) != 26 || single != 26 {
		t.Errorf("%d of %d devices are single-fed, want 26 of 26", single, len(fed))
	}

	// One plane for all hides it: power reaches a device over its network cables.
	for _, cut := range spofs(t, slices.Concat(p.network, p.power)) {
		if slices.ContainsFunc(p.power, func(c [2]string) bool { return c[1] == cut }) {
			t.Errorf("with planes mixed, %s is a single point of failure", cut)
		}
	}
}
