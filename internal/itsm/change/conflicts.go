package change

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// The kinds of conflicts (itsm.md, "Conflicts, exactly").
const (
	SameCI                = "SAME_CI"
	SharedDependent       = "SHARED_DEPENDENT"
	RedundancyInteraction = "REDUNDANCY_INTERACTION"
	PatchConflict         = "PATCH_CONFLICT"
	Assignee              = "ASSIGNEE"
	CapacityConflict      = "CAPACITY"
	RescuePath            = "RESCUE_PATH"
)

// Conflict is something that the change collides with.
type Conflict struct {
	Kind        string       `json:"kind"`
	CI          *Named       `json:"ci,omitempty"`
	Requirement *string      `json:"requirement,omitempty"` // of the CI, or of what it stands on: what breaks
	State       *graph.State `json:"state,omitempty"`       // that the CI gets into
	From        *time.Time   `json:"from,omitempty"`        // half-open; where both are missing, it does not depend on time
	Until       *time.Time   `json:"until,omitempty"`
	Window      *string      `json:"window,omitempty"` // its number
	Changes     []string     `json:"changes"`          // the others, by number; none: the change collides with itself or the graph
	Text        string       `json:"text"`

	clash *clash // nil: what collides is not one thing with another
}

// collisions are the conflicts that a slot must not have, in no order.
func (x *Solved) collisions(about map[graph.ID]About) []Conflict {
	out := slices.Concat(x.interactions(), x.shortCapacity(), x.blackouts(about), x.outsideMaintenance(about))
	mine := x.touchesByCI()
	for _, o := range x.Others {
		out = append(out, x.sameCIs(mine, o)...)
		out = append(joined(out, x.followed(o)), x.goneBy(o)...)
		if o.Implementer == "" || o.Implementer != x.Change.Implementer {
			continue
		}
		if w, ok := overlap(x.window.From, x.window.Until, o.From, o.Until); ok {
			out = append(out, Conflict{Kind: Assignee, Changes: []string{o.Number}, From: when(w.From), Until: when(w.Until), clash: &clash{mine: x.window, theirs: graph.Window{From: o.From, Until: o.Until}, firm: true},
				Text: fmt.Sprintf("%s carries out %s at the same time", o.Implementer, o.Number)})
		}
	}
	return out
}

// conflicts are all of them: by kind, then by time, CI and change.
func (x *Solved) conflicts(about map[graph.ID]About) []Conflict {
	out := append([]Conflict{}, x.collisions(about)...)
	out = append(out, x.rescuePaths()...)
	for _, o := range x.Others {
		if apart := x.patchConflicts(o); len(apart) > 0 {
			out = append(out, apart...)
			continue
		}
		out = joined(out, x.merged(o))
	}
	for _, s := range x.shared() {
		if rank(about[s.ci].Criticality) < rank(x.Criticality) {
			continue
		}
		n := x.named(x.ahead.Snapshot, s.ci)
		out = append(out, Conflict{Kind: SharedDependent, CI: &n, State: &s.state, From: when(s.from), Until: when(s.until), Changes: []string{s.other},
			Text: fmt.Sprintf("%s gets worse by this change and by %s at the same time", n.Ref, s.other)})
	}
	slices.SortStableFunc(out, compareConflicts)
	x.told[2] = len(out)
	return out[:min(len(out), maxListed)]
}

// joined are conflicts with more of another change: none that lies within one that is told
// is told twice, and where one goes on when the other ends, they are one.
func joined(found, more []Conflict) []Conflict {
	for _, c := range more {
		told := false
		for k := range found {
			f := &found[k]
			if f.Kind != c.Kind || refOf(f.CI) != refOf(c.CI) || !slices.Contains(f.Changes, c.Changes[0]) {
				continue
			}
			switch {
			case f.Until == nil || c.Until != nil && !c.Until.After(*f.Until):
				told = told || f.From == nil || c.From != nil && !c.From.Before(*f.From)
			case len(f.Changes) == 1 && c.From != nil && f.Until.Equal(*c.From):
				f.Until, f.Text, told = c.Until, c.Text, true
				if *c.State > *f.State {
					f.State = c.State
				}
			}
		}
		if !told {
			found = append(found, c)
		}
	}
	return found
}

// compareConflicts puts conflicts in order: by kind, then by time, CI and change.
func compareConflicts(a, b Conflict) int {
	order := []string{RedundancyInteraction, RescuePath, PatchConflict, BlackoutConflict, OutsideMaintenance, CapacityConflict, SameCI, SharedDependent, Assignee}
	return cmp.Or(cmp.Compare(slices.Index(order, a.Kind), slices.Index(order, b.Kind)), compareTimes(a.From, b.From), strings.Compare(refOf(a.CI), refOf(b.CI)), slices.Compare(a.Changes, b.Changes), strings.Compare(a.Text, b.Text))
}

func refOf(n *Named) string {
	if n == nil {
		return ""
	}
	return n.Ref
}

func compareTimes(a, b *time.Time) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return -1
	case b == nil:
		return 1
	}
	return a.Compare(*b)
}

func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// interactions are CIs that this change and others take together, and none alone.
func (x *Solved) interactions() (out []Conflict) {
	if x.joint == nil {
		return nil
	}
	for _, i := range x.joint.Joint().Interactions {
		if !slices.Contains(i.Parties, x.Change.Number) {
			continue
		}
		n := x.named(x.ahead.Snapshot, i.CI)
		at := graph.Window{From: i.From, Until: i.Until}
		c := Conflict{Kind: RedundancyInteraction, CI: &n, State: &i.State, From: when(i.From), Until: when(i.Until), clash: &clash{mine: at, theirs: at}}
		for _, p := range i.Parties {
			if p != x.Change.Number {
				c.Changes = append(c.Changes, p)
			}
		}
		c.Text = fmt.Sprintf("together with %s it takes %s %s; none of them does alone", strings.Join(c.Changes, " and "), n.Ref, i.State)
		if b := i.Breaks; b != nil {
			c.breaks(x.ahead.Snapshot, &b.Requirement)
		}
		out = append(out, c)
	}
	return out
}

// maxProofs bounds how many proofs are looked through for capacity that is short.
const maxProofs = 500

// shortCapacity are CAPACITY requirements that fall under their demand.
func (x *Solved) shortCapacity() (out []Conflict) {
	if !x.ahead.Asks(graph.Capacity) {
		return nil
	}
	seen := map[graph.RequirementKey]bool{}
	for _, a := range x.runs() {
		for k, i := range a.Impacted() {
			if k == maxProofs || i.To < graph.Degraded {
				break
			}
			if p := a.Why(i.CI); p != nil {
				out = append(out, x.shortIn(p, seen)...)
			}
		}
	}
	return out
}

// shortIn are those in a proof that nobody has seen yet.
func (x *Solved) shortIn(p *graph.Proof, seen map[graph.RequirementKey]bool) (out []Conflict) {
	for _, j := range p.Rises {
		q := j.Requirement
		if q == nil || q.Capacity == nil || j.State < graph.Degraded || j.Baseline || seen[q.Requirement.RequirementKey] {
			continue
		}
		seen[q.Requirement.RequirementKey] = true
		n := x.named(x.ahead.Snapshot, q.Requirement.Consumer)
		out = append(out, Conflict{Kind: CapacityConflict, CI: &n, Requirement: opt(q.Requirement.Name), State: &j.State, Changes: []string{},
			Text: fmt.Sprintf("%q of %s holds %d of the %d that are demanded", q.Requirement.Name, n.Ref, q.Capacity.Have, q.Capacity.Demand)})
	}
	return out
}

// sameCIs are CIs that both changes affect by themselves at the same time.
func (x *Solved) sameCIs(mine map[graph.ID][]graph.Window, o Other) (out []Conflict) {
	for their := range o.touches(o.Patch) {
		for _, my := range mine[their.ci] {
			w, ok := overlap(my.From, my.Until, their.From, their.Until)
			if !ok {
				continue
			}
			n := x.named(x.Snapshot, their.ci)
			out = append(out, Conflict{Kind: SameCI, CI: &n, From: when(w.From), Until: when(w.Until), Changes: []string{o.Number}, clash: &clash{mine: my, theirs: their.Window, firm: true},
				Text: fmt.Sprintf("%s is changed by %s at the same time", n.Ref, o.Number)})
		}
	}
	return out
}

// sharedDependent is a CI that gets worse by two changes, each alone, at one time.
type sharedDependent struct {
	ci          graph.ID
	state       graph.State
	from, until time.Time
	other       string
}

// shared are all of them, whatever their criticality; by change, then in no order.
func (x *Solved) shared() (out []sharedDependent) {
	if x.sharing != nil {
		return *x.sharing
	}
	defer func() { x.sharing = &out }()
	own := map[graph.ID]bool{}
	for _, e := range x.Change.Effects() {
		own[e.CI] = true
	}
	for k, a := range x.alone {
		fewer, more := a, x.single
		if more.Counts().Total() < fewer.Counts().Total() {
			fewer, more = more, fewer
		}
		for i := range fewer.Risen() {
			if own[i.CI] {
				continue // SAME_CI says so, or its own effect does
			}
			if from, to := more.States(i.CI); to <= from {
				continue
			}
			s := sharedDependent{ci: i.CI, other: x.others[k].Number}
			for _, mine := range x.single.Timeline(i.CI) {
				if mine.Scenario <= mine.Baseline {
					continue
				}
				for _, their := range a.Timeline(i.CI) {
					w, ok := overlap(mine.From, mine.Until, their.From, their.Until)
					if !ok || their.Scenario <= their.Baseline {
						continue
					}
					if s.from.IsZero() {
						s.from = w.From
					}
					s.until, s.state = w.Until, max(s.state, min(mine.Scenario, their.Scenario))
				}
			}
			if !s.from.IsZero() {
				out = append(out, s)
			}
		}
	}
	return out
}
