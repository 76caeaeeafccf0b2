package view

import (
	"encoding/hex"
	"fmt"
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// LedgerEntry is one commit.
type LedgerEntry struct {
	Entry    *graph.Entry
	Snapshot *graph.Snapshot
	Takes    func(*graph.Change) bool // only these changes; nil: all

	// Expanded are the changes that the request selects.
	Expanded map[Part][]*LedgerChange
}

// Part is some of a list: how many at most, and how many before them are left out.
type Part struct{ First, Skip int }

// IsLedgerEvent marks what a stream of the ledger sends.
func (*LedgerEntry) IsLedgerEvent() {}

// ResyncRequired ends a stream whose reader fell behind.
type ResyncRequired struct{ From, Newest graph.Revision }

// IsLedgerEvent marks what a stream of the ledger sends.
func (ResyncRequired) IsLedgerEvent() {}

// IsChangeStreamEvent marks what a stream of changes sends.
func (ResyncRequired) IsChangeStreamEvent() {}

// Revision is its number.
func (e *LedgerEntry) Revision() graph.Revision { return e.Entry.Revision }

// At is when it was made.
func (e *LedgerEntry) At() time.Time { return e.Entry.At }

// Actor is who made it.
func (e *LedgerEntry) Actor() string { return e.Entry.Actor }

// Source is whose statements it carries.
func (e *LedgerEntry) Source() string { return e.Entry.Source }

// Message is why.
func (e *LedgerEntry) Message() string { return e.Entry.Message }

// Run is the import it is a part of.
func (e *LedgerEntry) Run() *graph.Run { return e.Entry.Run }

// ChangeCount is how many records it changed.
func (e *LedgerEntry) ChangeCount() int { return len(e.Entry.Changes) }

// Hash covers the entry and the one before.
func (e *LedgerEntry) Hash() string { return hex.EncodeToString(e.Entry.Hash[:]) }

// PreviousHash is that of the entry before.
func (e *LedgerEntry) PreviousHash() string { return hex.EncodeToString(e.Entry.Previous[:]) }

// ContentHash is that of all records after it.
func (e *LedgerEntry) ContentHash() string { return hex.EncodeToString(e.Entry.Content[:]) }

// LedgerChange is one record that a commit changed.
type LedgerChange struct {
	Kind    string
	Outcome string
	CI      *CI
	Subject string
	Before  any
	After   any
	Record  any
}

// Expand makes some of the changes.
func (e *LedgerEntry) Expand(p Part) []*LedgerChange {
	if done, ok := e.Expanded[p]; ok {
		return done
	}
	out := []*LedgerChange{}
	taken := 0
	for i := range e.Entry.Changes {
		c := &e.Entry.Changes[i]
		if e.Takes != nil && !e.Takes(c) {
			continue
		}
		if taken++; taken <= p.Skip {
			continue
		}
		if len(out) == p.First {
			break
		}
		v := e.change(c)
		v.Record = c
		out = append(out, v)
	}
	if e.Expanded == nil {
		e.Expanded = map[Part][]*LedgerChange{}
	}
	e.Expanded[p] = out
	return out
}

// About says whether a change is about a CI: itself, a relation or a redundancy
// group of it.
func About(c *graph.Change, id graph.ID) bool {
	switch {
	case c.Node != nil || c.NodeWas != nil:
		return present(c.NodeWas, c.Node).ID == id
	case c.Relation != nil || c.RelationWas != nil:
		k := present(c.RelationWas, c.Relation).RelationKey
		return k.From == id || k.To == id
	case c.Requirement != nil || c.RequirementWas != nil:
		return present(c.RequirementWas, c.Requirement).Consumer == id
	}
	return false
}

func (e *LedgerEntry) change(c *graph.Change) *LedgerChange {
	switch {
	case c.Node != nil || c.NodeWas != nil:
		v := made("CI", c.NodeWas, c.Node, e.node)
		n := present(c.NodeWas, c.Node)
		v.Subject, v.CI = n.Ref.String(), e.ci(n.ID)
		return v
	case c.Relation != nil || c.RelationWas != nil:
		v := made("RELATION", c.RelationWas, c.Relation, e.relation)
		k := present(c.RelationWas, c.Relation).RelationKey
		v.Subject, v.CI = fmt.Sprintf("%s -[%s]-> %s", e.ref(k.From), k.Type, e.ref(k.To)), e.ci(k.From)
		return v
	case c.Requirement != nil || c.RequirementWas != nil:
		v := made("REQUIREMENT", c.RequirementWas, c.Requirement, e.requirement)
		k := present(c.RequirementWas, c.Requirement).RequirementKey
		v.Subject, v.CI = fmt.Sprintf("%s of %s", k.Name, e.ref(k.Consumer)), e.ci(k.Consumer)
		return v
	case c.Class != nil || c.ClassWas != nil:
		v := made("CI_CLASS", c.ClassWas, c.Class, func(d *graph.Class) any { return d })
		v.Subject = present(c.ClassWas, c.Class).Name
		return v
	}
	v := made("RELATION_TYPE", c.TypeWas, c.Type, func(d *graph.RelationType) any { return d })
	v.Subject = present(c.TypeWas, c.Type).Name
	return v
}

// made compares before and after.
func made[T any](kind string, was, is *T, show func(*T) any) *LedgerChange {
	v := &LedgerChange{Kind: kind, Outcome: graph.Updated.String()}
	if was == nil {
		v.Outcome = graph.Created.String()
	} else {
		v.Before = show(was)
	}
	if is == nil {
		v.Outcome = graph.Removed.String()
	} else {
		v.After = show(is)
	}
	return v
}

func present[T any](was, is *T) *T {
	if is != nil {
		return is
	}
	return was
}

func (e *LedgerEntry) ci(id graph.ID) *CI {
	if !e.Snapshot.Has(id) {
		return nil
	}
	return &CI{Number: id, Snapshot: e.Snapshot}
}

func (e *LedgerEntry) ref(id graph.ID) string {
	if !e.Snapshot.Has(id) {
		return "a purged CI"
	}
	return e.Snapshot.Ref(id).String()
}

func (e *LedgerEntry) node(n *graph.Node) any {
	return map[string]any{"ref": n.Ref.String(), "version": n.Version, "retired": n.Retired,
		"attributes": attributes(e.Snapshot.Catalogue().Effective(n)), "pins": len(n.Pins)}
}

func (e *LedgerEntry) relation(r *graph.Relation) any {
	sources := make([]string, len(r.Claims))
	for i, c := range r.Claims {
		sources[i] = c.Source
	}
	p := e.Snapshot.Catalogue().EffectiveRelation(r)
	out := map[string]any{"from": e.ref(r.From), "type": r.Type, "to": e.ref(r.To), "version": r.Version, "sources": sources}
	if p.Transfer != nil {
		out["transfer"] = p.Transfer
	}
	if r.Requirement != "" {
		out["requirement"] = r.Requirement
	}
	if r.Qualifier != "" {
		out["qualifier"] = r.Qualifier
	}
	return out
}

func (e *LedgerEntry) requirement(r *graph.Requirement) any {
	out := map[string]any{"of": e.ref(r.Consumer), "name": r.Name, "rule": r.Rule, "needed": r.Needed(), "designedSize": r.Size(), "version": r.Version}
	if r.Failover > 0 {
		out["failover"] = graph.FormatDuration(r.Failover)
	}
	if r.Rule == graph.Capacity {
		out["demand"], out["headroomPercent"], out["degradedPercent"], out["floorPercent"] = r.Demand, r.Headroom, r.DegradedPercent(), r.FloorPercent()
	}
	if len(r.Targets) > 0 {
		var targets []string
		for _, id := range r.Targets {
			targets = append(targets, e.ref(id))
		}
		out["targets"], out["plane"] = targets, r.Plane
	}
	var steps []any
	for _, s := range r.Steps {
		steps = append(steps, map[string]any{"at": s.At, "demand": s.Demand})
	}
	if steps != nil {
		out["demandSteps"] = steps
	}
	return out
}
