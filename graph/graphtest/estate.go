package graphtest

import (
	"bufio"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"

	"github.com/faultline-itsm/faultline/graph"
)

// Estate is one large graph, the same for the same seed on every machine:
// layers from business services down to network devices, neighbourhoods, a power
// law in how many depend on one CI, redundant groups, some cycles. It is generated CI by CI and
// never held as a whole.
type Estate struct {
	Seed uint64
	CIs  int
	// Degree is the mean number of relations a CI has; 0 is 5.
	Degree float64
}

// layers are the classes from what users see downwards, with their share of the
// CIs in percent.
var layers = []struct {
	class string
	share int
}{
	{"business_service", 2}, {"application_service", 8}, {"application", 25}, {"component", 20},
	{"database", 5}, {"virtual_machine", 24}, {"server", 12}, {"network_device", 4},
}

// The shares of an estate, in percent.
const (
	groupedShare = 30 // of CIs have one redundant group
	upwardShare  = 1  // of relations lead one layer up or sideways, and so may close cycles
	farShare     = 15 // of relations skip a layer or more
	sharedShare  = 10 // of relations lead to the few that everything needs
)

// near is how far a CI looks for what is its own: this share of a layer.
const near = 0.002

// Names are given by place: place 0 is the first CI of the top layer.
type place int

// Build streams the estate into a builder.
func (e Estate) Build() (*graph.Snapshot, error) {
	b := graph.NewBuilder()
	if err := e.Changes(b.Add); err != nil {
		return nil, err
	}
	return b.Build(graph.Head{Revision: 1, LastID: graph.ID(e.CIs)})
}

// Changes creates the estate: nodes by id, requirements, then relations by
// consumer. It stops at add's first error.
func (e Estate) Changes(add func(graph.Change) error) error {
	places := make([]place, e.CIs)
	for p := range place(e.CIs) {
		places[e.id(p)-1] = p
	}
	claims := []graph.Claim{{Source: "estate"}}
	for _, p := range places {
		n := &graph.Node{ID: e.id(p), Ref: e.ref(p), Version: 1, Created: 1, Changed: 1, Claims: claims}
		if err := add(graph.Change{Node: n}); err != nil {
			return err
		}
	}
	for _, p := range places {
		if q, ok := e.needs(p).requirement(e.id(p)); ok {
			if err := add(graph.Change{Requirement: q}); err != nil {
				return err
			}
		}
	}
	stated := map[graph.Transfer][]graph.RelationClaim{}
	for _, t := range []graph.Transfer{graph.Hard, graph.Soft, graph.Degrading, graph.None} {
		props := graph.RelationProps{}
		if t != graph.Hard {
			props.Transfer = &t
		}
		stated[t] = []graph.RelationClaim{{Source: "estate", RelationProps: props}}
	}
	for _, p := range places {
		for _, l := range e.needs(p).links {
			k := graph.RelationKey{From: e.id(p), Type: relationType, To: e.id(l.to), Requirement: l.group}
			if err := add(graph.Change{Relation: &graph.Relation{RelationKey: k, Version: 1, Created: 1, Changed: 1, Claims: stated[l.transfer]}}); err != nil {
				return err
			}
		}
	}
	return nil
}

// WriteNDJSON writes the estate in the interchange form: CIs, requirements,
// relations.
func (e Estate) WriteNDJSON(w io.Writer) error {
	out := bufio.NewWriterSize(w, 1<<20)
	out.WriteString(`{"kind":"graph","version":1,"source":"estate"}` + "\n")
	for p := range place(e.CIs) {
		r := e.ref(p)
		out.WriteString(`{"kind":"ci","class":"` + r.Class + `","name":"` + r.Name + `"}` + "\n")
	}
	for p := range place(e.CIs) {
		if q, ok := e.needs(p).requirement(e.id(p)); ok {
			out.WriteString(`{"kind":"requirement","of":"` + e.short(p) + `","name":"` + q.Name + `","rule":"` + q.Rule.String() + `"`)
			if q.Rule == graph.AtLeast {
				out.WriteString(`,"k":` + strconv.Itoa(q.K))
			}
			out.WriteString("}\n")
		}
	}
	for p := range place(e.CIs) {
		from := e.short(p)
		for _, l := range e.needs(p).links {
			out.WriteString(`{"kind":"relation","from":"` + from + `","type":"` + relationType + `","to":"` + e.short(l.to) + `"`)
			if l.group != "" {
				out.WriteString(`,"requirement":"` + l.group + `"`)
			}
			if l.transfer != graph.Hard {
				out.WriteString(`,"transfer":"` + l.transfer.String() + `"`)
			}
			out.WriteString("}\n")
		}
	}
	return out.Flush()
}

// Model is the estate for the oracle; small ones only.
func (e Estate) Model() *Model {
	m := NewModel()
	tables := map[graph.Transfer]Table{graph.Hard: hard, graph.Soft: soft, graph.Degrading: degrading, graph.None: none}
	for p := range place(e.CIs) {
		m.CIs[e.ref(p).Name] = CI{ID: e.id(p), Class: e.ref(p).Class}
	}
	m.lastID = graph.ID(e.CIs)
	for p := range place(e.CIs) {
		n := e.needs(p)
		name := e.ref(p).Name
		if q, ok := n.requirement(e.id(p)); ok {
			m.Requirements = append(m.Requirements, Requirement{Of: name, Name: q.Name, Rule: q.Rule, K: q.K, Greatest: q.Greatest, Spare: -1})
		}
		for _, l := range n.links {
			m.Relations = append(m.Relations, Relation{From: name, To: e.ref(l.to).Name, Requirement: l.group, Passes: tables[l.transfer]})
		}
	}
	return m
}

// Worst is a CI on which about as many depend as on any: the one at the head of
// the power law in the lowest layer.
func (e Estate) Worst() graph.ID { return e.id(e.start(len(layers) - 1)) }

// Service is the nth business service.
func (e Estate) Service(n int) graph.ID { return e.id(place(n) % e.start(1)) }

// id scatters the layers over the ids, as CIs arrive in no order.
func (e Estate) id(p place) graph.ID {
	stride := 7_368_787
	for gcd(stride, e.CIs) > 1 {
		stride++
	}
	return graph.ID(int(p)*stride%e.CIs + 1)
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

func (e Estate) ref(p place) graph.Ref {
	class := layers[e.layer(p)].class
	return graph.Ref{Class: class, Scope: graph.DefaultScope, Name: class[:3] + "-" + strconv.Itoa(int(p))}
}

func (e Estate) short(p place) string {
	r := e.ref(p)
	return r.Class + ":" + r.Name
}

// start is the first place of a layer; that of the one after the last is CIs.
func (e Estate) start(layer int) place {
	share := 0
	for _, l := range layers[:layer] {
		share += l.share
	}
	return place(share * e.CIs / 100)
}

func (e Estate) layer(p place) int {
	for i := range layers {
		if p < e.start(i+1) {
			return i
		}
	}
	return len(layers) - 1
}

// needs are the relations of one CI.
type needs struct {
	rule  graph.Rule
	k     int
	size  int // of its redundant group; 0: none
	links []link
}

type link struct {
	to       place
	group    string
	transfer graph.Transfer
}

func (n needs) requirement(of graph.ID) (*graph.Requirement, bool) {
	if n.size == 0 {
		return nil, false
	}
	return &graph.Requirement{
		RequirementKey: graph.RequirementKey{Consumer: of, Name: redundant},
		Rule:           n.rule, K: n.k, Greatest: n.size, Version: 1, Created: 1, Changed: 1,
	}, true
}

const redundant = "redundant"

func (e Estate) needs(p place) needs {
	r := rand.New(rand.NewPCG(e.Seed, uint64(p)))
	layer := e.layer(p)
	mean := e.Degree
	if mean == 0 {
		mean = 5
	}
	// The lowest layer has hardly any; the others make up for it.
	want := mean * 100 / float64(100-layers[len(layers)-1].share)
	if layer == len(layers)-1 {
		want = 0.2
	}
	count := int(want)
	if r.Float64() < want-math.Floor(want) {
		count++
	}
	if count > 0 && layer < len(layers)-1 {
		count = max(1, count+r.IntN(5)-2)
	}
	var n needs
	if count >= 3 && r.IntN(100) < groupedShare {
		n.size, n.rule = 2, graph.Any
		if r.IntN(3) == 0 {
			n.size, n.rule, n.k = 3, graph.AtLeast, 2
		}
	}
	lower := r.IntN(max(1, len(layers)-layer-1)) // a group's members are of one layer
	for i := range count {
		l := link{transfer: graph.Hard}
		target := layer + 1
		switch {
		case i < n.size:
			l.group = redundant
			target = layer + 1 + lower
		case r.IntN(100) < upwardShare || layer == len(layers)-1:
			target = max(0, layer-r.IntN(2))
		case r.IntN(100) < farShare:
			target = layer + 1 + r.IntN(len(layers)-layer-1)
		}
		if i >= n.size {
			switch x := r.IntN(100); {
			case x < 20:
				l.transfer = graph.Soft
			case x < 25:
				l.transfer = graph.Degrading
			case x < 30:
				l.transfer = graph.None
			}
		}
		if layer == len(layers)-1 && target == layer {
			l.transfer = graph.Soft // peers
		}
		for try := 0; ; try++ {
			l.to = e.draw(r, p, target)
			if l.to != p && !slices.ContainsFunc(n.links, func(o link) bool { return o.to == l.to }) {
				n.links = append(n.links, l)
				break
			}
			if try == 20 { // an estate of a handful of CIs
				if i < n.size {
					n.size--
				}
				break
			}
		}
	}
	return n
}

// draw picks a place of the layer: mostly near the consumer, as sites and teams
// keep together, else by a power law (the chance of place n falls as 1/n), as
// everything needs the same few.
func (e Estate) draw(r *rand.Rand, by place, layer int) place {
	from, to := e.start(layer), e.start(layer+1)
	size := float64(to - from)
	if layer > e.layer(by) && r.IntN(100) < sharedShare {
		return from + place(math.Pow(size, r.Float64())) - 1
	}
	own := e.layer(by)
	at := float64(by-e.start(own)) / float64(e.start(own+1)-e.start(own))
	at += (r.Float64() - 0.5) * math.Max(near, 8/size)
	return from + place(math.Min(math.Max(at, 0), 0.999999)*size)
}
