package change

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/faultline-itsm/faultline/graph"
)

// left is what the patch and removals leave behind, from the window's end on.
func (x *Solved) left() (*graph.Assessment, error) {
	rest := graph.Window{From: x.Change.Until}
	var mends []*Other // those that the patch can be written on
	var not []string
	for _, o := range x.due {
		if o.Until.After(rest.From) {
			continue
		}
		if _, ok := rebase(x.Snapshot, o.Patch, x.Patch); ok {
			mends = append(mends, o)
		} else {
			not = append(not, "what it leaves behind beside the patch of "+o.Number+", as they are about the same")
		}
	}
	x.later = x.foresee(rest.From, mends)
	x.later.not = append(x.later.not, not...)
	var ok bool
	if x.rebased, ok = rebase(x.Snapshot, x.later.patch, x.Patch); !ok {
		x.later.not = append(x.later.not, "what it leaves behind, beside the patches of "+x.later.parties())
		return nil, nil
	}
	context := x.openIn(rest)
	for k := range x.Others {
		if o := &x.Others[k]; o.scheduled() && len(o.Excluded(x.Now)) == 0 {
			context = append(context, removals(o.Change)...)
		}
	}
	return graph.Assess(x.later.Snapshot, graph.Scenario{Effects: removals(x.Change), Context: context, Patch: x.rebased, Excluded: x.Change.Excluded(x.Now)}, graph.Options{Now: x.Now, Window: &rest})
}

// patchConflicts are what two patches of the same graph do differently, or what one
// retires and the other uses: a three-way merge on what both start from.
func (x *Solved) patchConflicts(o Other) []Conflict {
	if len(x.Patch) == 0 || len(o.Patch) == 0 {
		return nil
	}
	mine, theirs := x.ownEdits(), editsOf(x.Snapshot, o.Patch)
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
		if b == nil {
			continue
		}
		here, there := a.becomes, b.becomes
		if a.facts != nil && b.facts != nil {
			h, t := differ(a.facts, b.facts)
			here, there = has(h), has(t)
		}
		if here != there {
			add(a.about, "%s: it %s here, and %s in %s", name, here, there, o.Number)
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
	for _, group := range slices.Sorted(maps.Keys(mine.joins)) {
		if theirs.withdraws(group) {
			add(0, "%s is put into %s, which %s withdraws", mine.joins[group], group, o.Number)
		}
	}
	for _, group := range slices.Sorted(maps.Keys(theirs.joins)) {
		if mine.withdraws(group) {
			add(0, "%s is withdrawn here, and %s puts %s into it", group, o.Number, theirs.joins[group])
		}
	}
	return out
}

// ownEdits are what the change's patch does: the same, whoever it is compared with.
func (x *Solved) ownEdits() *edits {
	if x.edits == nil {
		x.edits = editsOf(x.Snapshot, x.Patch)
	}
	return x.edits
}

// goneBy are CIs to which one of two changes does something when the patch of the other
// one has retired them.
func (x *Solved) goneBy(o Other) (out []Conflict) {
	add := func(e graph.OwnEffect, retired []graph.ID, text string) {
		if slices.Contains(retired, e.CI) {
			n := x.named(x.Snapshot, e.CI)
			out = append(out, Conflict{Kind: PatchConflict, CI: &n, Changes: []string{o.Number}, Text: fmt.Sprintf(text, n.Ref, o.Number)})
		}
	}
	if len(o.Patch) > 0 {
		theirs := editsOf(x.Snapshot, o.Patch)
		for e := range x.Change.effects() {
			if !e.From.Before(o.Until) {
				add(e, theirs.retired, "%s is affected here, and retired by %s before")
			}
		}
	}
	if len(x.Patch) > 0 {
		for e := range o.effects() {
			if !e.From.Before(x.Change.Until) {
				add(e, x.ownEdits().retired, "%s is retired here, and affected by %s afterwards")
			}
		}
	}
	return out
}

const withdrawn = "is withdrawn"

// edits are what a patch does, by what it does it to.
type edits struct {
	*graph.Snapshot
	names   []string
	of      map[string]*edit
	retired []graph.ID
	joins   map[string]string      // relations that are in a group, by that
	uses    map[graph.ID]bool      // that were there before
	made    map[graph.ID]graph.Ref // ids of what a patch makes are only its own
}

type edit struct {
	about   graph.ID
	becomes string
	facts   []fact // that it sets, of what is there then; nil: there is only what it becomes
}

func editsOf(s *graph.Snapshot, patch []graph.Change) *edits {
	e := &edits{Snapshot: s, of: map[string]*edit{}, joins: map[string]string{}, uses: map[graph.ID]bool{}, made: map[graph.ID]graph.Ref{}}
	for k := range patch {
		c := &patch[k]
		switch {
		case c.Node != nil && c.NodeWas == nil:
			e.made[c.Node.ID] = c.Node.Ref
			e.add(0, "new "+c.Node.Ref.String(), "is made with "+valuesOf(s.Catalogue(), c.Node))
		case c.Node != nil:
			e.node(c.NodeWas, c.Node)
		case c.Relation != nil || c.RelationWas != nil:
			e.relation(c.RelationWas, c.Relation)
		case c.Requirement != nil || c.RequirementWas != nil:
			e.requirement(c.RequirementWas, c.Requirement)
		}
	}
	return e
}

func (e *edits) ref(id graph.ID) graph.Ref {
	if r, ok := e.made[id]; ok {
		return r
	}
	return e.Ref(id)
}

func (e *edits) group(of graph.ID, name string) string {
	return fmt.Sprintf("the group %q of %s", name, e.ref(of))
}

// withdraws says whether a group is none any more.
func (e *edits) withdraws(group string) bool {
	is := e.of[group]
	return is != nil && is.becomes == withdrawn
}

func (e *edits) use(ids ...graph.ID) {
	for _, id := range ids {
		if _, new := e.made[id]; !new {
			e.uses[id] = true
		}
	}
}

func (e *edits) add(about graph.ID, name, becomes string) {
	e.names = append(e.names, name)
	e.of[name] = &edit{about: about, becomes: becomes}
}

func (e *edits) addFacts(about graph.ID, name string, facts []fact) {
	if len(facts) > 0 {
		e.add(about, name, has(facts))
		e.of[name].facts = facts
	}
}

func (e *edits) node(was, is *graph.Node) {
	e.uses[is.ID] = !is.Retired
	if is.Retired != was.Retired {
		e.add(is.ID, was.Ref.String(), map[bool]string{true: "is retired", false: "comes back"}[is.Retired])
		if is.Retired {
			e.retired = append(e.retired, is.ID)
		}
	}
	if is.Ref != was.Ref {
		e.add(is.ID, "the name of "+was.Ref.String(), "becomes "+is.Ref.String())
		e.add(is.ID, "new "+is.Ref.String(), "is what "+was.Ref.String()+" is called")
	}
	cat := e.Catalogue()
	before, after := cat.Effective(was), cat.Effective(is)
	for _, def := range cat.Attributes(is.Ref.Class) {
		if !before[def.Name].Equal(after[def.Name]) {
			e.add(is.ID, def.Name+" of "+was.Ref.String(), "becomes "+said(after[def.Name]))
		}
	}
}

func (e *edits) relation(was, is *graph.Relation) {
	name := func(r *graph.Relation) string {
		return strings.TrimRight(fmt.Sprintf("%s %s %s %s %s", e.ref(r.From), r.Type, e.ref(r.To), r.Requirement, r.Qualifier), " ")
	}
	if is == nil {
		e.add(was.From, name(was), withdrawn)
		return
	}
	e.use(is.From, is.To)
	if is.Requirement != "" {
		e.joins[e.group(is.From, is.Requirement)] = name(is)
	}
	e.addFacts(is.From, name(is), set(relationFacts(e.Catalogue(), was), relationFacts(e.Catalogue(), is)))
}

func (e *edits) requirement(was, is *graph.Requirement) {
	name := func(r *graph.Requirement) string { return e.group(r.Consumer, r.Name) }
	if is == nil {
		e.add(was.Consumer, name(was), withdrawn)
		return
	}
	e.use(is.Consumer)
	e.addFacts(is.Consumer, name(is), set(requirementFacts(was, e.ref), requirementFacts(is, e.ref)))
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
