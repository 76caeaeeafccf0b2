package graphtest

import (
	"maps"
	"slices"
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// Model is a graph as the oracle sees it. CIs are named by their bare names,
// which are unique here; all are in the default scope.
type Model struct {
	CIs          map[string]CI
	Relations    []Relation
	Requirements []Requirement
	lastID       graph.ID
}

// CI is one configuration item.
type CI struct {
	ID        graph.ID
	Class     string
	Lifecycle graph.Lifecycle
	Retired   bool
	Pinned    bool
	Until     time.Time // of the pin; zero: for ever
}

// Relation is From depending on To, by itself or (Requirement) in a group.
type Relation struct {
	From, To    string
	Requirement string
	Qualifier   string
	Passes      Table
	Grace       time.Duration
	Start       bool      // phase START
	Since, Till time.Time // validity, half-open; zero: unbounded
	Evidence    string    // see evidences; "": nothing is stated
	Holds       int       // capacity; 0: not stated
}

// Table is what a relation passes on for each state of the provider.
type Table [4]graph.State

// The named transfers, written out again from impact-semantics.md, section 3.
var (
	hard      = Table{graph.Operational, graph.AtRisk, graph.Degraded, graph.Down}
	soft      = Table{graph.Operational, graph.Operational, graph.AtRisk, graph.Degraded}
	degrading = Table{graph.Operational, graph.AtRisk, graph.Degraded, graph.Degraded}
	none      = Table{}
)

// Requirement is a redundancy group of the CI Of.
type Requirement struct {
	Of, Name    string
	Rule        graph.Rule
	K, Percent  int
	Designed    int // 0: not given
	Greatest    int // membership ever
	Spare       int // -1: by default
	ByRule      bool
	MemberClass string            // ByRule: class of the providers
	Details     graph.RuleDetails // of ACTIVE_PASSIVE and CAPACITY
	Targets     []string          // of REACHES: over all relations
}

// NewModel is an empty graph.
func NewModel() *Model { return &Model{CIs: map[string]CI{}} }

// Clone is a copy that can be changed alone; CIs keep their ids.
func (m *Model) Clone() *Model {
	return &Model{maps.Clone(m.CIs), slices.Clone(m.Relations), slices.Clone(m.Requirements), m.lastID}
}

// Names are the CIs' names in the order of their ids.
func (m *Model) Names() []string {
	return slices.SortedFunc(maps.Keys(m.CIs), func(a, b string) int { return int(m.CIs[a].ID) - int(m.CIs[b].ID) })
}

// ID is the id that the CI has in snapshots of this model; 0 where there is none.
func (m *Model) ID(name string) graph.ID { return m.CIs[name].ID }

// Name is the CI with that id, or "".
func (m *Model) Name(id graph.ID) string {
	for name, c := range m.CIs {
		if c.ID == id {
			return name
		}
	}
	return ""
}

// AddCI names a CI, of class application unless it is told otherwise.
func (m *Model) AddCI(name string) {
	if _, ok := m.CIs[name]; !ok {
		m.lastID++
		m.CIs[name] = CI{ID: m.lastID, Class: "application"}
	}
}

// Relate adds a relation; parallel ones are told apart by a qualifier.
func (m *Model) Relate(r Relation) {
	m.AddCI(r.From)
	m.AddCI(r.To)
	for n := '2'; m.relation(r) >= 0; n++ {
		r.Qualifier = string(n)
	}
	m.Relations = append(m.Relations, r)
	m.Settle()
}

func (m *Model) relation(r Relation) int {
	return slices.IndexFunc(m.Relations, func(o Relation) bool {
		return o.From == r.From && o.To == r.To && o.Requirement == r.Requirement && o.Qualifier == r.Qualifier
	})
}

// Drop removes relation number i.
func (m *Model) Drop(i int) {
	m.Relations = slices.Delete(m.Relations, i, i+1)
	m.Settle()
}

// Purge removes a CI with its relations and requirements.
func (m *Model) Purge(name string) {
	delete(m.CIs, name)
	m.Relations = slices.DeleteFunc(m.Relations, func(r Relation) bool { return r.From == name || r.To == name })
	m.Requirements = slices.DeleteFunc(m.Requirements, func(q Requirement) bool { return q.Of == name })
	m.Settle()
}

// Rename gives a CI another name; its id stays.
func (m *Model) Rename(name, to string) {
	m.CIs[to] = m.CIs[name]
	delete(m.CIs, name)
	for i := range m.Relations {
		for _, end := range []*string{&m.Relations[i].From, &m.Relations[i].To} {
			if *end == name {
				*end = to
			}
		}
	}
	for i := range m.Requirements {
		q := &m.Requirements[i]
		if q.Of == name {
			q.Of = to
		}
		if at := slices.Index(q.Targets, name); at >= 0 {
			q.Targets = slices.Clone(q.Targets)
			q.Targets[at] = to
		}
	}
}

// Change edits one CI.
func (m *Model) Change(name string, edit func(*CI)) {
	m.AddCI(name)
	c := m.CIs[name]
	edit(&c)
	m.CIs[name] = c
	m.Settle()
}

// Requirement finds a requirement, or nil.
func (m *Model) Requirement(of, name string) *Requirement {
	for i := range m.Requirements {
		if q := &m.Requirements[i]; q.Of == of && q.Name == name {
			return q
		}
	}
	return nil
}

// Members are the relations that count in q.
func (m *Model) Members(q Requirement) []Relation {
	var out []Relation
	for _, r := range m.Relations {
		if r.From == q.Of && m.group(r) == q.Name {
			out = append(out, r)
		}
	}
	return out
}

// group is the name of the requirement that r counts in: its own, or by rule, or "".
func (m *Model) group(r Relation) string {
	if r.Requirement != "" {
		return r.Requirement
	}
	for _, q := range m.Requirements {
		if q.ByRule && q.Of == r.From && q.MemberClass == m.CIs[r.To].Class {
			return q.Name
		}
	}
	return ""
}

// Settle keeps what a commit keeps on requirements: the greatest membership
// ever, and that those by rule go with their last member.
func (m *Model) Settle() {
	kept := m.Requirements[:0]
	for _, q := range m.Requirements {
		n := len(m.Members(q))
		q.Greatest = max(q.Greatest, n)
		if n > 0 || !q.ByRule {
			kept = append(kept, q)
		}
	}
	m.Requirements = kept
}
