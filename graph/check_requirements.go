package graph

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// maxMembers bounds what a requirement may ask for.
const maxMembers = 1_000_000

// requirement is a requirement as the operations so far leave it, or nil.
func (c *checker) requirement(k RequirementKey) *Requirement {
	if x, ok := c.requirements[k]; ok {
		return x.Requirement
	}
	return c.r.Requirements[k]
}

// setRequirement puts a new state of a requirement, or removes it with nil.
func (c *checker) setRequirement(k RequirementKey, to *Requirement) {
	x := touch(c, c.requirements, k, func(x *Change) { x.RequirementWas = c.r.Requirements[k] })
	if x.Requirement = to; to == nil {
		c.moveLast(x)
	}
}

func (c *checker) putRequirement(op PutRequirement) (Effect, error) {
	id, err := c.living(op.Of, "of")
	if err != nil {
		return Effect{}, err
	}
	k := RequirementKey{id, op.Name}
	was := c.requirement(k)
	if was != nil && !was.ByRule {
		op = op.keeping(was)
	}
	if err := c.targets(&op, id); err != nil {
		return Effect{}, err
	}
	if err := validRequirement(op); err != nil {
		return Effect{}, err
	}
	if op.Rule == Reaches && len(c.membersOf(k)) > 0 {
		return Effect{}, fail(Blocked, "rule", "REACHES has no members, and %q of %s has %d", Clip(op.Name), c.refOf(id), len(c.membersOf(k))).
			WithHint("withdraw their relations first, or give it another name")
	}
	version := int64(0)
	if was != nil {
		version = was.Version
	}
	if err := expected(op.ExpectedVersion, version); err != nil {
		return Effect{}, err
	}
	op.Steps = slices.Clone(op.Steps)
	for i := range op.Steps {
		op.Steps[i].At = op.Steps[i].At.UTC().Truncate(time.Microsecond) // what records keep of it
	}
	is := &Requirement{RequirementKey: k, Rule: op.Rule, K: op.K, Percent: op.Percent, DesignedSize: op.DesignedSize, SpareRequired: op.SpareRequired, RuleDetails: op.RuleDetails,
		Version: 1, Created: c.revision, Changed: c.revision}
	effect := Effect{Outcome: Created, ID: id, Version: 1}
	if was != nil {
		is.Version, is.Created = was.Version, was.Created
		if !was.ByRule {
			is.Greatest = was.Greatest // what it once had counts whatever is said of it
		}
		if sameRequirement(was, is) {
			return Effect{Outcome: Unchanged, ID: id, Version: was.Version}, nil
		}
		is.Version++
		effect = Effect{Outcome: Updated, ID: id, Version: is.Version}
	}
	c.setRequirement(k, is)
	c.consumer(id)
	return effect, nil
}

// targets finds the CIs that REACHES must reach one of.
func (c *checker) targets(op *PutRequirement, consumer ID) error {
	if op.Reach != nil {
		op.Targets = nil
	}
	for i, n := range op.Reach {
		id, err := c.living(n, fmt.Sprintf("targets.%d", i))
		switch {
		case err != nil:
			return err
		case id == consumer:
			return fail(Invalid, "targets", "%s is always reached from itself", c.refOf(id)).WithHint("name what it must reach")
		case !slices.Contains(op.Targets, id):
			op.Targets = append(op.Targets, id)
		}
	}
	slices.Sort(op.Targets)
	if op.Rule == Reaches && op.Plane != "" && !slices.Contains(planes(c.cat), op.Plane) {
		return fail(Invalid, "plane", "no relation type is of plane %q", Clip(op.Plane)).WithHint("one of %s", joinNonEmpty(planes(c.cat)))
	}
	return nil
}

// reachedBy are the living requirements that name a CI as a target, as refs of their
// consumers, in order.
func (c *checker) reachedBy(id ID) (by []string) {
	names := func(q *Requirement) bool { return q != nil && slices.Contains(q.Targets, id) && c.exists(q.Consumer) }
	for _, g := range c.s.goals() {
		for _, r := range g.reqs {
			q := c.s.requirement(r)
			if x, ok := c.requirements[q.RequirementKey]; !ok && names(&q) || ok && names(x.Requirement) {
				by = append(by, c.refOf(q.Consumer).String())
			}
		}
	}
	for _, x := range c.order {
		if x != nil && x.RequirementWas == nil && names(x.Requirement) {
			by = append(by, c.refOf(x.Requirement.Consumer).String())
		}
	}
	slices.Sort(by)
	return slices.Compact(by)
}

func sameRequirement(a, b *Requirement) bool {
	return a.Rule == b.Rule && a.K == b.K && a.Percent == b.Percent && a.DesignedSize == b.DesignedSize &&
		same(a.SpareRequired, b.SpareRequired) && a.RuleDetails.same(&b.RuleDetails) && a.ByRule == b.ByRule && a.MemberType == b.MemberType && a.MemberClass == b.MemberClass
}

func validRequirement(op PutRequirement) error {
	if err := validPart("name", op.Name); err != nil {
		return inField("name", err)
	}
	if err := validRule(op.Rule, op.K, op.Percent); err != nil {
		return err
	}
	if err := op.valid(op.Rule); err != nil {
		return err
	}
	switch {
	case op.Rule == Reaches && (op.DesignedSize != 0 || op.SpareRequired != nil):
		return fail(Invalid, "designedSize", "designedSize and spareRequired count members; REACHES has paths").
			WithHint("leave them out")
	case op.Rule == Capacity && (op.DesignedSize != 0 || op.SpareRequired != nil):
		return fail(Invalid, "designedSize", "designedSize and spareRequired count members; CAPACITY counts what they hold").
			WithHint("say what to keep in reserve with headroomPercent")
	case op.DesignedSize < 0 || op.DesignedSize > maxMembers:
		return fail(Invalid, "designedSize", "the designed size %d is not between 0 and %d", op.DesignedSize, maxMembers)
	case op.DesignedSize > 0 && op.K > op.DesignedSize:
		return fail(Invalid, "k", "%d of %d members cannot deliver: k is above the designed size", op.K, op.DesignedSize).WithHint("lower k, or raise designedSize")
	case op.SpareRequired != nil && (*op.SpareRequired < 0 || *op.SpareRequired > maxMembers):
		return fail(Invalid, "spareRequired", "the required spare %d is not between 0 and %d", *op.SpareRequired, maxMembers)
	}
	return nil
}

// validRule refuses a rule without its number, and a number without its rule.
func validRule(r Rule, k, percent int) error {
	switch {
	case int(r) >= len(ruleNames.names):
		return fail(Invalid, "rule", "the rule is unknown").WithHint("one of %s", joinNonEmpty(ruleNames.names))
	case r == AtLeast && (k < 1 || k > maxMembers):
		return fail(Invalid, "k", "AT_LEAST needs k, how many members must deliver: at least 1, not %d", k)
	case r != AtLeast && k != 0:
		return fail(Invalid, "k", "k belongs to AT_LEAST, not to %s", r)
	case r == Percent && (percent < 1 || percent > 100):
		return fail(Invalid, "percent", "PERCENT needs percent, from 1 to 100, not %d", percent)
	case r != Percent && percent != 0:
		return fail(Invalid, "percent", "percent belongs to PERCENT, not to %s", r)
	}
	return nil
}

func (c *checker) withdrawRequirement(op WithdrawRequirement) (Effect, error) {
	id, err := c.resolve(op.Of, "of")
	if err != nil {
		return Effect{}, err
	}
	k := RequirementKey{id, op.Name}
	q := c.requirement(k)
	if q == nil {
		if err := expected(op.ExpectedVersion, 0); err != nil {
			return Effect{}, err
		}
		return Effect{Outcome: Unchanged, ID: id, Note: "there is no such requirement"}, nil
	}
	if err := expected(op.ExpectedVersion, q.Version); err != nil {
		return Effect{}, err
	}
	if q.ByRule {
		return Effect{}, fail(Blocked, "name", "the requirement %q of %s follows from a rule of its class", Clip(op.Name), c.refOf(id)).
			WithHint("write a requirement of that name to say something else")
	}
	if members := c.membersOf(k); len(members) > 0 {
		e := fail(Blocked, "", "the requirement %q of %s has %d members", Clip(op.Name), c.refOf(id), len(members)).WithHint("withdraw their relations first")
		for _, m := range members {
			e.By = append(e.By, c.refOf(m.To).String())
		}
		slices.Sort(e.By)
		return Effect{}, e
	}
	return Effect{Outcome: Removed, ID: id}, c.removeRequirement(k)
}

func (c *checker) removeRequirement(k RequirementKey) error {
	if c.requirement(k) == nil {
		return Errorf(Internal, "the record of the requirement %q of node %d was not loaded", k.Name, k.Consumer)
	}
	c.setRequirement(k, nil)
	c.consumer(k.Consumer)
	return nil
}

// membersOf are the relations of a written requirement, after the operations so
// far.
func (c *checker) membersOf(k RequirementKey) (members []RelationKey) {
	for _, l := range c.s.Members(k) {
		if l.Requirement != k.Name {
			continue // by rule
		}
		if x, ok := c.relations[l.RelationKey]; !ok || x.Relation != nil {
			members = append(members, l.RelationKey)
		}
	}
	for _, x := range c.order {
		if x != nil && x.Relation != nil && x.RelationWas == nil && x.Relation.From == k.Consumer && x.Relation.Requirement == k.Name {
			members = append(members, x.Relation.RelationKey)
		}
	}
	return members
}

// membership is how a batch changed the relations of one consumer.
type membership struct {
	written map[string]int // by the requirement in the relation's key
	bare    []bare         // relations outside requirements
}

type bare struct {
	typ, class string // of the relation, of the provider
	n          int    // 1 or -1
}

// consumer notes that the requirements of a consumer must be settled.
func (c *checker) consumer(id ID) *membership {
	m := c.grouped[id]
	if m == nil {
		m = &membership{}
		c.grouped[id] = m
		c.dirty = append(c.dirty, id)
	}
	return m
}

// member notes that a relation came or went.
func (c *checker) member(k RelationKey, n int) {
	if k.Requirement != "" {
		m := c.consumer(k.From)
		if m.written == nil {
			m.written = map[string]int{}
		}
		m.written[k.Requirement] += n
		return
	}
	if !c.defines && len(c.cat.Redundancy(c.refOf(k.From).Class)) == 0 && !c.s.grouped(k.From) {
		return // no rule could count it
	}
	m := c.consumer(k.From)
	m.bare = append(m.bare, bare{k.Type, c.refOf(k.To).Class, n})
}

// grouped says whether a consumer has requirements, written or by rule.
func (s *Snapshot) grouped(id ID) bool {
	i, ok := s.at(id)
	return ok && s.flagsOf(i)&flagGrouped != 0
}

// settle brings the requirements of touched consumers up to date at the end of a
// batch: the greatest membership ever committed, and the requirements by rule.
func (c *checker) settle() error {
	for _, id := range c.dirty {
		if !c.exists(id) {
			continue
		}
		m := c.grouped[id]
		for _, name := range sortedNames(m.written) {
			if err := c.grow(RequirementKey{id, name}, m.written[name]); err != nil {
				return err
			}
		}
		c.byRule(id, m)
	}
	return nil
}

func sortedNames(m map[string]int) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// grow notes n more members than at the head, or -n fewer: then, too, there may be
// more than ever in a requirement that this batch withdrew and put again.
func (c *checker) grow(k RequirementKey, n int) error {
	q := c.requirement(k)
	switch {
	case (q == nil || q.ByRule) && n <= 0:
		return nil // it went with its members
	case q == nil || q.ByRule:
		return Errorf(Internal, "the record of the requirement %q of node %d was not loaded", k.Name, k.Consumer)
	}
	if i, ok := c.s.at(k.Consumer); ok {
		for _, r := range c.s.reqsOf(i) {
			if had := c.s.req(r); !had.byRule && c.s.names.requirements.list[had.name] == k.Name {
				n += int(had.n)
			}
		}
	}
	if n > q.Greatest {
		after := *q
		after.Greatest, after.Changed = n, c.revision
		c.setRequirement(k, &after)
	}
	return nil
}

// byRule derives the requirements that a consumer has for free (ADR-0004): each
// rule of its class, in the order of names, takes the relations outside
// requirements that fit it and no rule before it.
func (c *checker) byRule(id ID, m *membership) {
	class := c.refOf(id).Class
	rules := c.cat.Redundancy(class)
	kept := map[string]bool{}
	if len(rules) > 0 {
		relations := c.bareRelations(id, m)
		for _, rule := range rules {
			k := RequirementKey{id, rule.Name}
			was := c.requirement(k)
			if was != nil && !was.ByRule {
				continue // somebody wrote one: it says more
			}
			fits := func(b bare) bool {
				return b.typ == rule.Type && (rule.Provider == "" || c.cat.IsA(b.class, rule.Provider))
			}
			n := 0
			for _, b := range relations {
				if fits(b) {
					n += b.n
				}
			}
			if n < 1 || was == nil && n < 2 && rule.Rule.Needed(n, rule.K, rule.Percent) <= n {
				continue // a single relation is required by itself
			}
			kept[rule.Name] = true
			relations = slices.DeleteFunc(relations, fits)
			c.putByRule(k, rule, was, n)
		}
	}
	for _, k := range c.headRequirements(id) {
		if q := c.requirement(k); q != nil && q.ByRule && !kept[k.Name] {
			c.setRequirement(k, nil)
		}
	}
}

// bareRelations are how many relations outside requirements a consumer has, by
// type and class of the provider.
func (c *checker) bareRelations(id ID, m *membership) []bare {
	var out []bare
	if i, ok := c.s.at(id); ok {
		c.s.edges(i, func(e edge) bool {
			if c.s.explicitGroup(e) == "" {
				out = append(out, bare{c.s.names.types.list[c.s.names.shapes.list[e.shape].typ], c.s.className(e.to), 1})
			}
			return true
		})
	}
	return append(out, m.bare...)
}

func (c *checker) putByRule(k RequirementKey, rule RedundancyRule, was *Requirement, n int) {
	is := &Requirement{RequirementKey: k, Rule: rule.Rule, K: rule.K, Percent: rule.Percent, Greatest: n, ByRule: true,
		MemberType: rule.Type, MemberClass: rule.Provider, Version: 1, Created: c.revision, Changed: c.revision}
	if was != nil {
		is.Version, is.Created, is.Greatest = was.Version, was.Created, max(n, was.Greatest)
		if !sameRequirement(was, is) {
			is.Version++
		} else if is.Greatest == was.Greatest {
			return
		}
	} else if x := c.requirements[k]; x != nil && x.RequirementWas != nil {
		is.Version = x.RequirementWas.Version + 1 // a written one was withdrawn just now
	}
	c.setRequirement(k, is)
}

// reserved are names that mean something else where attributes and classes are
// shown.
var reserved = strings.Fields("id ref class scope name kind keys node relation requirement revision graph retired_ci")

func validDefinition(what, name string) error {
	switch {
	case !ValidName(name):
		return fail(Invalid, "name", "%q is not a name of %s", Clip(name), what).WithHint("it matches [a-z][a-z0-9_]{0,62}")
	case slices.Contains(reserved, name):
		return fail(Invalid, "name", "%q is reserved and cannot name %s", name, what).WithHint("%s", fmt.Sprintf("for example %s_", name))
	}
	return nil
}
