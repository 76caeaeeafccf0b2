package main

import (
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strings"
)

// object is one row of the NetBox fixture.
type object struct {
	Model  string         `json:"model"`
	Key    any            `json:"pk"` // a number, but for web sessions; absent where the row has none of its own
	PK     int            `json:"-"`
	Fields map[string]any `json:"fields"`
}

// inventory indexes the fixture by model and primary key.
type inventory struct {
	byModel map[string]map[int]object
	refs    map[string]string // "dcim.device/98" to the ref of its CI
}

// netbox takes sites, racks, power, devices, interfaces, cables, circuits,
// clusters and virtual machines from the NetBox demo data.
func netbox(e *estate, file string) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var rows []object
	if err := json.Unmarshal(raw, &rows); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	n := &inventory{byModel: map[string]map[int]object{}, refs: map[string]string{}}
	for i, o := range rows {
		if n.byModel[o.Model] == nil {
			n.byModel[o.Model] = map[int]object{}
		}
		if number, ok := o.Key.(float64); ok {
			o.PK = int(number)
		} else {
			o.PK = -1 - i
		}
		n.byModel[o.Model][o.PK] = o
	}
	n.places(e)
	n.devices(e)
	n.circuits(e)
	n.cables(e)
	n.machines(e)
	return nil
}

// all gives a model's rows by primary key, ascending in absolute value.
func (n *inventory) all(model string) []object {
	rows := make([]object, 0, len(n.byModel[model]))
	for _, o := range n.byModel[model] {
		rows = append(rows, o)
	}
	sort.Slice(rows, func(i, j int) bool { return abs(rows[i].PK) < abs(rows[j].PK) })
	return rows
}

func abs(i int) int { return max(i, -i) }

func (n *inventory) get(model string, pk int) object { return n.byModel[model][pk] }

func (o object) text(field string) string { s, _ := o.Fields[field].(string); return s }
func (o object) id(field string) int      { f, _ := o.Fields[field].(float64); return int(f) }

// add puts a CI under its NetBox key.
func (n *inventory) add(e *estate, o object, l line) string {
	id := fmt.Sprintf("%s/%d", o.Model, o.PK)
	l.Keys = []key{{"netbox", id}}
	n.refs[id] = e.ci(l)
	return n.refs[id]
}

func (n *inventory) ref(model string, pk int) string { return n.refs[fmt.Sprintf("%s/%d", model, pk)] }

func (n *inventory) scope(site int) string { return n.get("dcim.site", site).text("slug") }

// places: sites, racks, power panels and the feeds of each rack.
func (n *inventory) places(e *estate) {
	for _, o := range n.all("dcim.site") {
		n.add(e, o, line{Class: "site", Name: o.text("name")})
	}
	for _, o := range n.all("dcim.rack") {
		ref := n.add(e, o, line{Class: "rack", Scope: n.scope(o.id("site")), Name: o.text("name")})
		e.relate(line{From: ref, Type: "LOCATED_IN", To: n.ref("dcim.site", o.id("site"))})
	}
	for _, o := range n.all("dcim.powerpanel") {
		ref := n.add(e, o, line{Class: "power_feed", Scope: n.scope(o.id("site")), Name: o.text("name")})
		e.relate(line{From: ref, Type: "LOCATED_IN", To: n.ref("dcim.site", o.id("site"))})
	}
	for _, o := range n.all("dcim.powerfeed") {
		panel := n.get("dcim.powerpanel", o.id("power_panel"))
		ref := n.add(e, o, line{Class: "power_feed", Scope: n.scope(panel.id("site")), Name: o.text("name")})
		e.relate(line{From: ref, Type: "POWERED_BY", To: n.ref("dcim.powerpanel", panel.PK)})
		e.relate(line{From: ref, Type: "LOCATED_IN", To: n.ref("dcim.rack", o.id("rack"))})
	}
}

// deviceClasses says what a NetBox device role is here.
var deviceClasses = map[string]string{
	"Router": "network_device", "Core Switch": "network_device", "Distribution Switch": "network_device",
	"Access Switch": "network_device", "ToR Switch": "network_device", "Patch Panel": "network_device",
	"PDU": "pdu", "Application Server": "server", "Database Server": "server",
}

func (n *inventory) devices(e *estate) {
	for _, o := range n.all("dcim.device") {
		role := n.get("dcim.devicerole", o.id("role")).text("name")
		rack := n.get("dcim.rack", o.id("rack"))
		name := o.text("name")
		if name == "" { // NetBox names such a device by its chassis, or by its type
			name = n.get("dcim.devicetype", o.id("device_type")).text("model") + " " + rack.text("name")
			if vc := n.get("dcim.virtualchassis", o.id("virtual_chassis")); vc.PK != 0 {
				name = fmt.Sprintf("%s:%d", vc.text("name"), o.id("vc_position"))
			}
		}
		ref := n.add(e, o, line{Class: deviceClasses[role], Scope: n.scope(o.id("site")), Name: name})
		e.relate(line{From: ref, Type: "LOCATED_IN", To: n.ref("dcim.rack", rack.PK)})
		for _, feed := range n.all("dcim.powerfeed") {
			if feed.id("rack") == rack.PK { // the feed is the rack's; that its devices draw from it is inferred
				e.relate(line{From: ref, Type: "POWERED_BY", To: n.ref("dcim.powerfeed", feed.PK), Evidence: inferred})
			}
		}
	}
	for _, o := range n.all("dcim.virtualchassis") {
		master := n.get("dcim.device", o.id("master"))
		ref := n.add(e, o, line{Class: "cluster", Scope: n.scope(master.id("site")), Name: o.text("name")})
		for _, d := range n.all("dcim.device") {
			if d.id("virtual_chassis") == o.PK {
				e.relate(line{From: ref, Type: "HAS_MEMBER", To: n.ref("dcim.device", d.PK)})
			}
		}
	}
	for _, o := range n.all("dcim.interface") {
		device := n.get("dcim.device", o.id("device"))
		owner := n.ref("dcim.device", device.PK)
		ref := n.add(e, o, line{Class: "interface", Scope: n.scope(device.id("site")), Name: owner[strings.Index(owner, "/")+1:] + " " + o.text("name")})
		e.relate(line{From: ref, Type: "RUNS_ON", To: owner})
	}
	for _, o := range n.all("dcim.devicebay") {
		e.bays = append(e.bays, o.text("name"))
	}
}

// circuits, with the vendor that supplies each.
func (n *inventory) circuits(e *estate) {
	for _, o := range n.all("circuits.provider") {
		n.add(e, o, line{Class: "vendor", Name: o.text("name")})
	}
	for _, o := range n.all("circuits.circuit") {
		provider := n.get("circuits.provider", o.id("provider"))
		ref := n.add(e, o, line{Class: "circuit", Scope: provider.text("slug"), Name: o.text("cid")})
		e.relate(line{From: ref, Type: "SUPPORTED_BY", To: n.ref("circuits.provider", provider.PK)})
	}
}

// end is one end of a cable: the CI it belongs to and the kind of port.
type end struct {
	ref, kind string
	rank      int // what others hang on ranks higher, see ranks
}

// ranks orders what a cable joins from the user's side to the side that carries:
// the lower one is the consumer.
var ranks = map[string]int{"Access Switch": 1, "Distribution Switch": 2, "Router": 3, "Patch Panel": 4, "Core Switch": 8}

// cables become one relation between what they join, consumer first.
func (n *inventory) cables(e *estate) {
	ends := map[int][]end{}
	for _, o := range n.all("dcim.cabletermination") {
		kind := o.Fields["termination_type"].([]any)
		model := kind[0].(string) + "." + kind[1].(string)
		port := n.get(model, o.id("termination_id"))
		to := end{kind: kind[1].(string)}
		if to.kind == "circuittermination" {
			to.ref, to.rank = n.ref("circuits.circuit", port.id("circuit")), 5
		} else {
			device := n.get("dcim.device", port.id("device"))
			to.ref = n.ref("dcim.device", device.PK)
			to.rank = ranks[n.get("dcim.devicerole", device.id("role")).text("name")]
			if strings.HasPrefix(to.ref, "network_device:ncsu-065/PP:") {
				to.rank = 6 // the panels at the core's end of the campus fibre
			}
		}
		ends[o.id("cable")] = append(ends[o.id("cable")], to)
	}
	for _, o := range n.all("dcim.cable") {
		pair := ends[o.PK]
		if len(pair) != 2 {
			continue
		}
		sort.Slice(pair, func(i, j int) bool { return pair[i].rank < pair[j].rank })
		from, to := pair[0], pair[1]
		switch {
		case from.kind == "poweroutlet":
			e.relate(line{From: to.ref, Type: "POWERED_BY", To: from.ref})
		case to.kind == "poweroutlet":
			e.relate(line{From: from.ref, Type: "POWERED_BY", To: to.ref})
		default:
			e.relate(line{From: from.ref, Type: "CONNECTED_TO", To: to.ref})
		}
	}
}

// machines: clusters and the virtual machines that run on them.
func (n *inventory) machines(e *estate) {
	for _, o := range n.all("virtualization.cluster") {
		n.add(e, o, line{Class: "cluster", Name: o.text("name")})
	}
	for _, o := range n.all("virtualization.virtualmachine") {
		cluster := n.get("virtualization.cluster", o.id("cluster"))
		ref := n.add(e, o, line{Class: "virtual_machine", Scope: strings.ToLower(cluster.text("name")), Name: o.text("name")})
		e.relate(line{From: ref, Type: "RUNS_ON", To: n.ref("virtualization.cluster", cluster.PK)})
		e.vms[cluster.text("name")] = append(e.vms[cluster.text("name")], ref)
	}
}
