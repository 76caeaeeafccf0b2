// Package debian turns the Debian package graph into a configuration graph: a
// package is a CI of class software_package, "depends on" is DEPENDS_ON, and
// "A or B" is a requirement that any of them satisfies. It belongs to the tests:
// a large real graph with real redundancy, and apt's own answers to compare with.
//
// Its one idea: two readings of the same data. [Archive] is every package of the
// release with names as they stand; [Installed] is one machine, where a name means
// whatever package provides it. The package refuses to guess versions: a
// dependency is taken by its name alone.
package debian

import (
	"bufio"
	"cmp"
	"encoding/json"
	"io"
	"slices"

	"github.com/faultline-itsm/faultline/graph"
)

// The class, relation type and source of everything here.
const (
	class        = "software_package"
	relationType = "DEPENDS_ON"
	source       = "debian"
)

// Graph is a package graph, sorted: packages by name, the rest by consumer.
type Graph struct {
	Packages  []Package
	Groups    []Group
	Relations []Relation
}

// Package is one package; attributes that the input lacks are zero.
type Package struct {
	Name         string `json:"-"`
	Version      string `json:"version,omitempty"`
	Section      string `json:"section,omitempty"`
	Source       string `json:"source,omitempty"`
	Priority     string `json:"priority,omitempty"`
	Architecture string `json:"architecture,omitempty"`
	InstalledKB  *int64 `json:"installed_kb,omitempty"`
}

// Group is a requirement of one package that any member satisfies. Its name is
// the alternatives as Debian writes them, without versions: "debconf | debconf-2.0".
type Group struct {
	Of, Name string
	Members  int
}

// Relation is one package needing another, by itself or as a member of a group.
type Relation struct{ From, To, Group string }

// need adds one dependency of a package: its alternatives by name, and the
// packages that satisfy it. One that is written twice is one.
func (g *Graph) need(from, name string, alternatives int, members []string) {
	slices.Sort(members)
	members = slices.Compact(members)
	group := ""
	if alternatives > 1 || len(members) > 1 {
		group = name
		g.Groups = append(g.Groups, Group{Of: from, Name: name, Members: len(members)})
	}
	for _, to := range members {
		g.Relations = append(g.Relations, Relation{from, to, group})
	}
}

func (g *Graph) sort() {
	slices.SortFunc(g.Packages, func(a, b Package) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(g.Groups, func(a, b Group) int { return cmp.Or(cmp.Compare(a.Of, b.Of), cmp.Compare(a.Name, b.Name)) })
	slices.SortFunc(g.Relations, func(a, b Relation) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), cmp.Compare(a.Group, b.Group))
	})
	g.Groups = slices.Compact(g.Groups)
	g.Relations = slices.Compact(g.Relations)
}

// WriteNDJSON writes the interchange form; equal graphs give equal bytes.
func (g *Graph) WriteNDJSON(w io.Writer) error {
	out := bufio.NewWriterSize(w, 1<<20)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	type header struct {
		Kind    string `json:"kind"`
		Version int    `json:"version"`
		Source  string `json:"source"`
	}
	if err := enc.Encode(header{"graph", 1, source}); err != nil {
		return err
	}
	type ci struct {
		Kind       string  `json:"kind"`
		Class      string  `json:"class"`
		Name       string  `json:"name"`
		Attributes Package `json:"attributes"`
	}
	for _, p := range g.Packages {
		if err := enc.Encode(ci{"ci", class, p.Name, p}); err != nil {
			return err
		}
	}
	type requirement struct {
		Kind string `json:"kind"`
		Of   string `json:"of"`
		Name string `json:"name"`
		Rule string `json:"rule"`
	}
	for _, q := range g.Groups {
		if err := enc.Encode(requirement{"requirement", class + ":" + q.Of, q.Name, graph.Any.String()}); err != nil {
			return err
		}
	}
	type relation struct {
		Kind        string `json:"kind"`
		From        string `json:"from"`
		Type        string `json:"type"`
		To          string `json:"to"`
		Requirement string `json:"requirement,omitempty"`
	}
	for _, r := range g.Relations {
		if err := enc.Encode(relation{"relation", class + ":" + r.From, relationType, class + ":" + r.To, r.Group}); err != nil {
			return err
		}
	}
	return out.Flush()
}

// Snapshot is the graph as the engine has it, without a store. Ids follow the
// order of names.
func (g *Graph) Snapshot() (*graph.Snapshot, error) {
	b := graph.NewBuilder()
	ids := make(map[string]graph.ID, len(g.Packages))
	for i, p := range g.Packages {
		ids[p.Name] = graph.ID(i + 1)
		n := &graph.Node{ID: graph.ID(i + 1), Ref: Ref(p.Name), Version: 1, Created: 1, Changed: 1,
			Claims: []graph.Claim{{Source: source}}}
		if err := b.Add(graph.Change{Node: n}); err != nil {
			return nil, err
		}
	}
	for _, q := range g.Groups {
		r := &graph.Requirement{RequirementKey: graph.RequirementKey{Consumer: ids[q.Of], Name: q.Name}, Rule: graph.Any,
			Greatest: q.Members, Version: 1, Created: 1, Changed: 1}
		if err := b.Add(graph.Change{Requirement: r}); err != nil {
			return nil, err
		}
	}
	for _, l := range g.Relations {
		r := &graph.Relation{RelationKey: graph.RelationKey{From: ids[l.From], Type: relationType, To: ids[l.To], Requirement: l.Group},
			Version: 1, Created: 1, Changed: 1, Claims: []graph.RelationClaim{{Source: source}}}
		if err := b.Add(graph.Change{Relation: r}); err != nil {
			return nil, err
		}
	}
	return b.Build(graph.Head{Revision: 1, LastID: graph.ID(len(g.Packages))})
}

// Ref is the reference of a package.
func Ref(name string) graph.Ref {
	return graph.Ref{Class: class, Scope: graph.DefaultScope, Name: name}
}
