package change

import (
	"fmt"
	"slices"
	"strings"

	"github.com/faultline-itsm/faultline/graph"
)

// left is what the patch and removals leave behind, from the window's end on.
func (x *Solved) left() (*graph.Assessment, error) {
	rest := graph.Window{From: x.Change.Until}
	return graph.Assess(x.Snapshot, graph.Scenario{Effects: removals(x.Change), Context: x.openAt(rest.From), Patch: x.Patch, Excluded: x.Change.Excluded(x.Now)}, graph.Options{Now: x.Now, Window: &rest})
}

// patchConflicts are what two patches of the same graph do differently, or what one
// retires and the other uses: a three-way merge on what both start from.
func (x *Solved) patchConflicts(o Other) []Conflict {
	if len(x.Patch) == 0 || len(o.Patch) == 0 {
		return nil
	}
	mine, theirs := editsOf(x.Snapshot, x.Patch), editsOf(x.Snapshot, o.Patch)
	var out []Conflict
	add := func(about graph.ID, format string, args ...any) {
		c := Conflict{Kind: PatchConflict, Changes: []string{o.Number}, Text: fmt.Sprintf(format, args...)}
		if x.Snapshot.Has(about) {
			n := x.named(x.Snapshot, about)
			c.CI = &n
		}
		out = append(out, c)
	}
	for _, name := range mine.names {
		a, b := mine.of[name], theirs.of[name]
		if b != nil && a.becomes != b.becomes {
			add(a.about, "%s: it %s here, and %s in %s", name, a.becomes, b.becomes, o.Number)
		}
	}
	ref := func(id graph.ID) graph.Ref { return x.Snapshot.Ref(id) }
	for _, id := range mine.retired {
		if theirs.uses[id] {
			add(id, "%s is retired here, and used by %s", ref(id), o.Number)
		}
	}
	for _, id := range theirs.retired {
		if mine.uses[id] {
			add(id, "%s is used here, and retired by %s", ref(id), o.Number)
		}
	}
	return out
}

// edits are what a patch does, by what it does it to.
type edits struct {
	names   []string
	of      map[string]*edit
	retired []graph.ID
	uses    map[graph.ID]bool
}

// use notes that a patch stands on a CI that was there before.
func (e *edits) use(id graph.ID, made map[graph.ID]graph.Ref) {
	if _, new := made[id]; !new {
		e.uses[id] = true
	}
}

type edit struct {
	about   graph.ID
	becomes string
}

func editsOf(s *graph.Snapshot, patch []graph.Change) edits {
	cat := s.Catalogue()
	e := edits{of: map[string]*edit{}, uses: map[graph.ID]bool{}}
	made := map[graph.ID]graph.Ref{} // ids of what a patch makes are only its own
	ref := func(id graph.ID) graph.Ref {
		if r, ok := made[id]; ok {
			return r
		}
		return s.Ref(id)
	}
	add := func(about graph.ID, name, becomes string) {
		e.names = append(e.names, name)
		e.of[name] = &edit{about, becomes}
	}
	for k := range patch {
		c := &patch[k]
		switch {
		case c.Node != nil && c.NodeWas == nil:
			made[c.Node.ID] = c.Node.Ref
			add(0, "new "+c.Node.Ref.String(), "is made with "+valuesOf(cat, c.Node))
		case c.Node != nil:
			e.uses[c.Node.ID] = !c.Node.Retired
			if c.Node.Retired != c.NodeWas.Retired {
				add(c.Node.ID, c.NodeWas.Ref.String(), map[bool]string{true: "is retired", false: "comes back"}[c.Node.Retired])
				if c.Node.Retired {
					e.retired = append(e.retired, c.Node.ID)
				}
			}
			if c.Node.Ref != c.NodeWas.Ref {
				add(c.Node.ID, "the name of "+c.NodeWas.Ref.String(), "becomes "+c.Node.Ref.String())
			}
			was, is := cat.Effective(c.NodeWas), cat.Effective(c.Node)
			for _, def := range cat.Attributes(c.Node.Ref.Class) {
				if !was[def.Name].Equal(is[def.Name]) {
					add(c.Node.ID, def.Name+" of "+c.NodeWas.Ref.String(), "becomes "+said(is[def.Name]))
				}
			}
		case c.Relation != nil || c.RelationWas != nil:
			r := c.Relation
			if r == nil {
				r = c.RelationWas
			} else {
				e.use(r.From, made)
				e.use(r.To, made)
			}
			becomes := "is withdrawn"
			if c.Relation != nil {
				p := cat.EffectiveRelation(c.Relation)
				becomes = fmt.Sprintf("passes on %s", p.Transfer)
			}
			add(r.From, strings.TrimRight(fmt.Sprintf("%s %s %s %s %s", ref(r.From), r.Type, ref(r.To), r.Requirement, r.Qualifier), " "), becomes)
		case c.Requirement != nil || c.RequirementWas != nil:
			r := c.Requirement
			becomes := "is withdrawn"
			if r == nil {
				r = c.RequirementWas
			} else {
				e.use(r.Consumer, made)
				becomes = fmt.Sprintf("asks for %s %d of %d", r.Rule, r.Needed(), r.Size())
			}
			add(r.Consumer, fmt.Sprintf("the group %q of %s", r.Name, ref(r.Consumer)), becomes)
		}
	}
	return e
}

func said(v graph.Value) string {
	if v.IsZero() {
		return "nothing"
	}
	return v.String()
}

func valuesOf(cat *graph.Catalogue, n *graph.Node) string {
	var out []string
	for name, v := range cat.Effective(n) {
		out = append(out, name+"="+v.String())
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}
