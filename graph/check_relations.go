package graph

import (
	"maps"
	"math"
	"slices"
	"strings"
)

// between resolves the ends of a relation. Only what is to be made must have
// living ends.
func (c *checker) between(from, to NodeRef, k RelationKey, resolve func(NodeRef, string) (ID, error)) (RelationKey, error) {
	var err error
	if k.From, err = resolve(from, "from"); err != nil {
		return k, err
	}
	k.To, err = resolve(to, "to")
	return k, err
}

// relation is a relation as the operations so far leave it, or nil.
func (c *checker) relation(k RelationKey) *Relation {
	if x, ok := c.relations[k]; ok {
		return x.Relation
	}
	return c.r.Relations[k]
}

// editRelation is the relation to be changed: a copy at first touch, whose claims
// are replaced, never changed. r is what it is now, or nil.
func (c *checker) editRelation(k RelationKey, r *Relation) *Relation {
	if x, ok := c.relations[k]; ok && r == nil {
		c.moveLast(x) // it comes again: behind the requirement that may have come again, too
	}
	x := touch(c, c.relations, k, func(x *Change) { x.RelationWas = r })
	switch r {
	case nil:
		x.Relation = &Relation{RelationKey: k, Version: 1, Created: c.revision, Changed: c.revision}
		c.member(k, 1)
	case x.RelationWas:
		after := *r
		after.Changed = c.revision
		x.Relation = &after
	}
	return x.Relation
}

func (c *checker) putRelation(op PutRelation) (Effect, error) {
	t := c.cat.Type(op.Type)
	if t == nil {
		return Effect{}, fail(Invalid, "type", "the relation type %q is unknown", Clip(op.Type)).WithHint("define it first; the catalogue lists the types")
	}
	k, err := c.between(op.From, op.To, RelationKey{Type: op.Type, Requirement: op.Requirement, Qualifier: op.Qualifier}, c.living)
	if err != nil {
		return Effect{}, err
	}
	if k.From == k.To {
		return Effect{}, fail(Invalid, "to", "%s would depend on itself", c.refOf(k.From)).WithHint("a relation leads to another CI")
	}
	if err := c.fits(t, k.From, k.To); err != nil {
		return Effect{}, err
	}
	if err := validEvidence(op.Evidence); err != nil {
		return Effect{}, err
	}
	if op.Qualifier != "" {
		if err := validPart("qualifier", op.Qualifier); err != nil {
			return Effect{}, inField("qualifier", err)
		}
	}
	if op.Requirement != "" {
		if q := c.requirement(RequirementKey{k.From, op.Requirement}); q == nil || q.ByRule {
			return Effect{}, fail(NotFound, "requirement", "%s has no requirement %q", c.refOf(k.From), Clip(op.Requirement)).WithHint("put the requirement first")
		} else if q.Rule == Reaches {
			return Effect{}, fail(Invalid, "requirement", "%q of %s has no members: it asks for a path", Clip(op.Requirement), c.refOf(k.From)).WithHint("relate them outside the requirement")
		}
	}
	r := c.relation(k)
	version := int64(0)
	if r != nil {
		version = r.Version
		if at, found := c.relationClaim(r); found {
			op.Props = op.Props.keeping(op.Keep, &r.Claims[at].RelationProps)
		}
	}
	op.Props.ValidFrom, op.Props.ValidTo = micro(op.Props.ValidFrom), micro(op.Props.ValidTo)
	if err := validProps(op.Props); err != nil {
		return Effect{}, err
	}
	if err := validFacts(op.Type, op.Props.Facts); err != nil {
		return Effect{}, err
	}
	if err := expected(op.ExpectedVersion, version); err != nil {
		return Effect{}, err
	}
	return c.stateRelation(k, r, op.Props, op.Evidence, op.Forget), nil
}

// stateRelation is the batch's source stating a relation: all that it said before
// of the properties is replaced, of the evidence only what it says anew or takes
// back.
func (c *checker) stateRelation(k RelationKey, r *Relation, props RelationProps, ev Evidence, forget EvidenceFields) Effect {
	claim := RelationClaim{Source: c.source, Evidence: ev, RelationProps: props}
	at, found := 0, false
	if r != nil {
		if at, found = c.relationClaim(r); found {
			was := &r.Claims[at]
			claim.Evidence = again(was.Evidence.without(forget), ev)
			if claim.Method == was.Method && claim.ConfirmedBy == was.ConfirmedBy && sameProps(&claim.RelationProps, &was.RelationProps) {
				return Effect{Outcome: Unchanged, ID: k.From, Version: r.Version}
			}
		}
	}
	outcome := Updated
	if r == nil {
		outcome = Created
	}
	after := c.editRelation(k, r)
	var before RelationProps
	if r != nil {
		before = c.cat.EffectiveRelation(r)
	}
	switch {
	case found:
		after.Claims = slices.Clone(after.Claims)
		after.Claims[at] = claim
	case len(after.Claims) == 0:
		after.Claims = []RelationClaim{claim} // no room to spare: there are millions of them
	default:
		after.Claims = slices.Insert(slices.Clone(after.Claims), at, claim)
	}
	if r != nil {
		if now := c.cat.EffectiveRelation(after); !sameProps(&before, &now) {
			after.Version++
		}
	}
	return Effect{Outcome: outcome, ID: k.From, Version: after.Version}
}

func (c *checker) relationClaim(r *Relation) (int, bool) {
	return slices.BinarySearchFunc(r.Claims, c.source, func(x RelationClaim, s string) int { return strings.Compare(x.Source, s) })
}

func sameProps(a, b *RelationProps) bool {
	return same(a.Transfer, b.Transfer) && a.Grace == b.Grace && a.Phase == b.Phase && same(a.Capacity, b.Capacity) &&
		same(a.Weight, b.Weight) && a.ValidFrom.Equal(b.ValidFrom) && a.ValidTo.Equal(b.ValidTo) && maps.EqualFunc(a.Facts, b.Facts, Value.Equal)
}

func same[T comparable](a, b *T) bool { return a == b || a != nil && b != nil && *a == *b }

func validProps(p RelationProps) error {
	if p.Transfer != nil {
		if err := validTransfer(*p.Transfer); err != nil {
			return inField("transfer", err)
		}
	}
	switch {
	case p.Grace < 0:
		return fail(Invalid, "grace", "the grace %s is negative", FormatDuration(p.Grace))
	case p.Phase > StartPhase:
		return fail(Invalid, "phase", "the phase is unknown").WithHint("one of %s", joinNonEmpty(phaseNames.names))
	case p.Capacity != nil && *p.Capacity < 0:
		return fail(Invalid, "capacity", "the capacity %d is negative", *p.Capacity)
	case p.Weight != nil && (math.IsNaN(*p.Weight) || math.IsInf(*p.Weight, 0)):
		return fail(Invalid, "weight", "the weight is not a finite number")
	case !p.ValidFrom.IsZero() && !p.ValidTo.IsZero() && !p.ValidFrom.Before(p.ValidTo):
		return fail(Invalid, "validTo", "the relation would end before it begins").WithHint("validFrom is included, validTo is not")
	}
	return nil
}

// validFacts refuses what the type does not declare.
func validFacts(typ string, facts map[string]Value) error {
	defs := Facts(typ)
	for _, name := range slices.Sorted(maps.Keys(facts)) {
		at := slices.IndexFunc(defs, func(d AttributeDef) bool { return d.Name == name })
		if v := facts[name]; at < 0 || !fitsDef(&defs[at], v) || valueBytes(v) > MaxValueBytes {
			return fail(Invalid, name, "%s is not a fact of %s, or of another type", Clip(name), typ)
		}
	}
	return nil
}

// validTransfer refuses a table that is not monotone, or that passes on something
// from a provider that is well.
func validTransfer(t Transfer) error {
	if t.Of(Operational) != Operational {
		return Errorf(Invalid, "a transfer must pass on OPERATIONAL for OPERATIONAL")
	}
	_, err := NewTransfer(t.Of(AtRisk), t.Of(Degraded), t.Of(Down))
	return err
}

func (c *checker) withdrawRelation(op WithdrawRelation) (Effect, error) {
	if c.cat.Type(op.Type) == nil {
		return Effect{}, fail(Invalid, "type", "the relation type %q is unknown", Clip(op.Type)).WithHint("the catalogue lists the types")
	}
	k, err := c.between(op.From, op.To, RelationKey{Type: op.Type, Requirement: op.Requirement, Qualifier: op.Qualifier}, c.resolve)
	if err != nil {
		return Effect{}, err
	}
	r := c.relation(k)
	if r == nil {
		if err := expected(op.ExpectedVersion, 0); err != nil {
			return Effect{}, err
		}
		return Effect{Outcome: Unchanged, ID: k.From, Note: "there is no such relation"}, nil
	}
	if err := expected(op.ExpectedVersion, r.Version); err != nil {
		return Effect{}, err
	}
	at, found := c.relationClaim(r)
	switch {
	case !found:
		e := fail(Blocked, "", "%s does not say that %s %s %s; others do", c.source, c.refOf(k.From), k.Type, c.refOf(k.To)).
			WithHint("withdraw it as the source that says it")
		for i := range r.Claims {
			e.By = append(e.By, r.Claims[i].Source)
		}
		return Effect{}, e
	case len(r.Claims) == 1:
		return Effect{Outcome: Removed, ID: k.From}, c.removeRelation(k)
	}
	before := c.cat.EffectiveRelation(r)
	after := c.editRelation(k, r)
	after.Claims = slices.Delete(slices.Clone(after.Claims), at, at+1)
	if now := c.cat.EffectiveRelation(after); !sameProps(&before, &now) {
		after.Version++
	}
	return Effect{Outcome: Updated, ID: k.From, Version: after.Version, Note: "other sources still say it"}, nil
}

func (c *checker) removeRelation(k RelationKey) error {
	r := c.relation(k)
	if r == nil {
		return Errorf(Internal, "the record of a relation %s of node %d was not loaded", k.Type, k.From)
	}
	x := touch(c, c.relations, k, func(x *Change) { x.RelationWas = r })
	x.Relation = nil
	c.moveLast(x)
	c.member(k, -1)
	return nil
}

func (c *checker) confirm(op Confirm) (Effect, error) {
	k, err := c.between(op.From, op.To, RelationKey{Type: op.Type, Requirement: op.Requirement, Qualifier: op.Qualifier}, c.resolve)
	if err != nil {
		return Effect{}, err
	}
	r := c.relation(k)
	if r == nil {
		return Effect{}, fail(NotFound, "", "%s has no %s to %s", c.refOf(k.From), Clip(k.Type), c.refOf(k.To)).WithHint("only what is recorded can be confirmed")
	}
	if err := expected(op.ExpectedVersion, r.Version); err != nil {
		return Effect{}, err
	}
	if err := validEvidence(op.Evidence); err != nil {
		return Effect{}, err
	}
	if op.Evidence.ConfirmedBy == "" {
		return Effect{}, fail(Invalid, "confirmedBy", "nobody is named who confirms it")
	}
	props := RelationProps{}
	if at, found := c.relationClaim(r); found {
		props = r.Claims[at].RelationProps
	}
	return c.stateRelation(k, r, props, op.Evidence, op.Forget), nil
}
