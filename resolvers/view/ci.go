package view

import (
	"maps"
	"slices"
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// CI is one configuration item on a page. Its topology is read from a snapshot,
// all else from its record, which was fetched with the page where the request
// selects a field that needs it.
type CI struct {
	Number   graph.ID
	Snapshot *graph.Snapshot
	Record   *graph.Node // nil where no field needs it
	Patch    *Patch      // of the scenario that the snapshot shows, or nil

	// Expanded are the relations that the request selects, by RelationsKey.
	Expanded map[string]*Relations
	// Groups are its redundancy groups, where the request selects them.
	Groups []Requirement
}

// Patch is the records that a scenario's patch leaves and no store has.
type Patch struct {
	Nodes     map[graph.ID]*graph.Node
	Relations map[graph.RelationKey]*graph.Relation
}

// PatchOf is what changes leave.
func PatchOf(changes []graph.Change) *Patch {
	p := &Patch{Nodes: map[graph.ID]*graph.Node{}, Relations: map[graph.RelationKey]*graph.Relation{}}
	for _, c := range changes {
		if c.Node != nil {
			p.Nodes[c.Node.ID] = c.Node
		}
		if c.Relation != nil {
			p.Relations[c.Relation.RelationKey] = c.Relation
		}
	}
	return p
}

// Other is another CI of the same graph.
func (c *CI) Other(id graph.ID) *CI { return At(id, c.Snapshot, c.Patch) }

// At is a CI of a graph, with what a patch says of it.
func At(id graph.ID, s *graph.Snapshot, p *Patch) *CI {
	c := &CI{Number: id, Snapshot: s, Patch: p}
	if p != nil {
		c.Record = p.Nodes[id]
	}
	return c
}

// SnapshotFields are the fields of a CI that need no record.
var SnapshotFields = []string{"__typename", "id", "ref", "class", "scope", "name", "tier", "lifecycle", "retired", "redacted", "relations", "requirements"}

// IsNode marks a CI as a Node.
func (c *CI) IsNode() {}

// ID is the opaque global id.
func (c *CI) ID() string { return EncodeID(c.Number) }

func (c *CI) ref() graph.Ref {
	if c.Record != nil {
		return c.Record.Ref
	}
	return c.Snapshot.Ref(c.Number)
}

// Ref is the name people use.
func (c *CI) Ref() string { return c.ref().String() }

// Class is the name of its class.
func (c *CI) Class() string { return c.ref().Class }

// Scope is where its name is unique.
func (c *CI) Scope() string { return c.ref().Scope }

// Name is its name within class and scope.
func (c *CI) Name() string { return c.ref().Name }

// Tier is its column in pictures.
func (c *CI) Tier() string { return c.Snapshot.Catalogue().Tier(c.ref().Class) }

// Lifecycle is where it stands in its life.
func (c *CI) Lifecycle() graph.Lifecycle { return c.Snapshot.Lifecycle(c.Number) }

// Retired says whether it is a tombstone.
func (c *CI) Retired() bool { return c.Snapshot.Retired(c.Number) }

// Stub says whether nobody has described it.
func (c *CI) Stub() bool { return c.Record.Stub }

// Aliases are its former refs.
func (c *CI) Aliases() []string {
	out := make([]string, len(c.Record.Aliases))
	for i, r := range c.Record.Aliases {
		out[i] = r.String()
	}
	return out
}

// Keys are the names by which sources know it.
func (c *CI) Keys() []graph.Key { return c.Record.Keys }

// Redacted says whether its name is withheld; a principal's rights say so.
func (c *CI) Redacted() bool { return false }

// Version rises with every effective change.
func (c *CI) Version() int { return int(c.Record.Version) }

// CreatedIn is the revision that made it.
func (c *CI) CreatedIn() graph.Revision { return c.Record.Created }

// ChangedIn is the revision that changed it last.
func (c *CI) ChangedIn() graph.Revision { return c.Record.Changed }

// AttributeValue is an effective attribute.
type AttributeValue struct {
	Name   string
	Value  any
	Text   string
	Source *string
	Pinned bool
}

// Attributes are the effective attributes, by name; of names, those that it has.
func (c *CI) Attributes(names []string) ([]AttributeValue, error) {
	cat := c.Snapshot.Catalogue()
	for _, n := range names {
		if cat.Attribute(c.ref().Class, n) == nil {
			return nil, graph.Errorf(graph.Invalid, "the class %s has no attribute %q", c.ref().Class, clip(n))
		}
	}
	effective := cat.Effective(c.Record)
	out := []AttributeValue{}
	for _, name := range slices.Sorted(maps.Keys(effective)) {
		if names != nil && !slices.Contains(names, name) {
			continue
		}
		v := AttributeValue{Name: name, Value: effective[name], Text: effective[name].String()}
		source, pinned := cat.EffectiveSource(c.Record, name)
		v.Pinned = pinned
		if source != "" && !pinned {
			v.Source = &source
		}
		out = append(out, v)
	}
	return out, nil
}

// Attribute is the text of one effective attribute, or nil.
func (c *CI) Attribute(name string) *string {
	if c.Record == nil {
		return nil
	}
	v := c.Snapshot.Catalogue().Effective(c.Record)[name]
	if v.IsZero() {
		return nil
	}
	text := v.String()
	return &text
}

// Claim is what one source says.
type Claim struct {
	Source      string
	Method      *graph.Method
	ObservedAt  *time.Time
	ConfirmedBy *string
	Attributes  any
}

// Claims are what each source says, by source.
func (c *CI) Claims() []Claim {
	out := make([]Claim, len(c.Record.Claims))
	for i, k := range c.Record.Claims {
		out[i] = Claim{k.Source, method(k.Method), instant(k.ObservedAt), text(k.ConfirmedBy), attributes(k.Attributes)}
	}
	return out
}

func attributes(m map[string]graph.Value) any {
	if m == nil {
		return map[string]graph.Value{}
	}
	return m
}

// Pin is what a person holds against all sources.
type Pin struct {
	Attribute *string
	Value     any
	Author    string
	Reason    string
	Expires   *time.Time
}

// Pins are what people hold, by attribute.
func (c *CI) Pins() []Pin {
	out := make([]Pin, len(c.Record.Pins))
	for i, p := range c.Record.Pins {
		out[i] = Pin{Attribute: text(p.Attribute), Author: p.Author, Reason: p.Reason, Expires: instant(p.Expires)}
		if !p.Value.IsZero() {
			out[i].Value = p.Value
		}
	}
	return out
}

// Requirement is a redundancy group.
type Requirement struct {
	Name          string
	Rule          graph.Rule
	Needed        int
	Members       int
	DesignedSize  int
	SpareRequired int
	ByRule        bool
	Providers     []*CI

	// Of the rules that have them, else nil.
	Failover                                       *time.Duration
	Demand                                         *int64
	DemandSteps                                    []graph.DemandStep
	HeadroomPercent, DegradedPercent, FloorPercent *int
	Targets                                        []*CI
	Plane                                          *string
}

// detail fills in what only some rules have.
func (g *Requirement) detail(r *graph.Requirement) {
	g.DemandSteps = r.Steps
	switch r.Rule {
	case graph.Reaches:
		g.Plane = &r.Plane
	case graph.ActivePassive:
		g.Failover = &r.Failover
	case graph.Capacity:
		degraded, floor := r.DegradedPercent(), r.FloorPercent()
		g.Demand, g.HeadroomPercent, g.DegradedPercent, g.FloorPercent = &r.Demand, &r.Headroom, &degraded, &floor
	}
}

// Requirements are its redundancy groups, by name.
func (c *CI) Requirements() []Requirement { return c.Groups }

// FindGroups fills Groups from the snapshot; their providers have no records yet.
func (c *CI) FindGroups() {
	for _, r := range c.Snapshot.Requirements(c.Number) {
		g := Requirement{Name: r.Name, Rule: r.Rule, Needed: r.Needed(), DesignedSize: r.Size(), SpareRequired: r.Spare(), ByRule: r.ByRule}
		g.detail(&r)
		for _, id := range r.Targets {
			g.Targets = append(g.Targets, c.Other(id))
		}
		slices.SortFunc(g.Targets, func(a, b *CI) int { return c.Snapshot.Ref(a.Number).Compare(c.Snapshot.Ref(b.Number)) })
		for _, l := range c.Snapshot.Members(r.RequirementKey) {
			g.Providers = append(g.Providers, c.Other(l.To))
		}
		g.Members = len(g.Providers)
		c.Groups = append(c.Groups, g)
	}
}

// text, instant and method are nil for what nobody said.
func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func method(m graph.Method) *graph.Method {
	if m == graph.Unstated {
		return nil
	}
	return &m
}

// clip shortens what a caller sent.
func clip(s string) string {
	if r := []rune(s); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return s
}
