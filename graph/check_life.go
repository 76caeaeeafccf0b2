package graph

import (
	"cmp"
	"fmt"
	"slices"
)

func (c *checker) rename(op Rename) (Effect, error) {
	id, n, err := c.livingRecord(op.Node)
	if err != nil {
		return Effect{}, err
	}
	if err := expected(op.ExpectedVersion, n.Version); err != nil {
		return Effect{}, err
	}
	was, is := n.Ref, n.Ref
	is.Scope, is.Name = cmp.Or(op.Scope, is.Scope), cmp.Or(op.Name, is.Name)
	if is == was {
		return Effect{Outcome: Unchanged, ID: id, Version: n.Version}, nil
	}
	if err := is.Validate(); err != nil {
		field := "name"
		if validPart("name", is.Name) == nil {
			field = "scope"
		}
		return Effect{}, inField(field, err)
	}
	if err := c.vacant(is, "name"); err != nil {
		return Effect{}, err
	}
	after, err := c.edit(id)
	if err != nil {
		return Effect{}, err
	}
	after.Ref, after.Version = is, after.Version+1
	aliases := slices.DeleteFunc(slices.Clone(after.Aliases), func(r Ref) bool { return r == is || r == was })
	after.Aliases = append(aliases, was)
	c.named[was], c.named[is] = 0, id
	c.former[was] = id
	return Effect{Outcome: Updated, ID: id, Version: after.Version}, nil
}

// vacant refuses a ref that a living node has.
func (c *checker) vacant(r Ref, field string) error {
	id, taken := c.livingNamed(r)
	if !taken {
		return nil
	}
	e := fail(Duplicate, field, "%s already exists", r).WithHint("choose another name, or rename the other one first")
	e.Existing = id
	return e
}

func (c *checker) retire(op Retire) (Effect, error) {
	id, n, err := c.resolveRecord(op.Node)
	if err != nil {
		return Effect{}, err
	}
	if err := expected(op.ExpectedVersion, n.Version); err != nil {
		return Effect{}, err
	}
	if n.Retired {
		return Effect{Outcome: Unchanged, ID: id, Version: n.Version}, nil
	}
	after, err := c.edit(id)
	if err != nil {
		return Effect{}, err
	}
	after.Retired, after.Version = true, after.Version+1
	c.named[after.Ref] = 0
	if other, ok := c.former[after.Ref]; !ok || c.isRetired(other) {
		c.former[after.Ref] = id
	}
	e := Effect{Outcome: Updated, ID: id, Version: after.Version}
	switch n := c.livingConsumers(id); {
	case n == 1:
		e.Note = "a living CI depends on it and now sees it DOWN"
	case n > 1:
		e.Note = fmt.Sprintf("%d living CIs depend on it and now see it DOWN", n)
	}
	return e, nil
}

// livingConsumers is how many living CIs of the head depend on a node, over
// relations that pass something on.
func (c *checker) livingConsumers(id ID) int {
	i, ok := c.s.at(id)
	if !ok {
		return 0
	}
	living := map[uint32]bool{}
	words, more := c.s.in(i)
	for _, list := range [2][]uint32{words, more} {
		for _, w := range list {
			consumer := c.s.consumerOf(w)
			if id := c.s.idOf(consumer); c.exists(id) && !c.isRetired(id) {
				living[consumer] = true
			}
		}
	}
	return len(living)
}

func (c *checker) restore(op Restore) (Effect, error) {
	id, n, err := c.resolveRecord(op.Node)
	if err != nil {
		return Effect{}, err
	}
	if err := expected(op.ExpectedVersion, n.Version); err != nil {
		return Effect{}, err
	}
	if !n.Retired {
		return Effect{Outcome: Unchanged, ID: id, Version: n.Version}, nil
	}
	if err := c.vacant(n.Ref, "ci"); err != nil {
		return Effect{}, err
	}
	for _, k := range n.Keys {
		if other := c.holder(k); other != 0 && other != id && !c.isRetired(other) {
			e := fail(Duplicate, "ci", "the key %s of %s now belongs to %s", Clip(k.Value), k.Source, c.refOf(other)).WithHint("retire that one first")
			e.Existing = other
			return Effect{}, e
		}
	}
	after, err := c.edit(id)
	if err != nil {
		return Effect{}, err
	}
	after.Retired, after.Version = false, after.Version+1
	c.named[after.Ref] = id
	for _, k := range after.Keys {
		c.keyed[k] = id
	}
	return Effect{Outcome: Updated, ID: id, Version: after.Version}, nil
}

func (c *checker) purge(op Purge) (Effect, error) {
	id, n, err := c.resolveRecord(op.Node)
	if err != nil {
		return Effect{}, err
	}
	if !n.Retired {
		return Effect{}, fail(Blocked, "ci", "%s is not retired", n.Ref).WithHint("retire it first: that can be undone, a purge cannot")
	}
	if by := c.reachedBy(id); len(by) > 0 {
		e := fail(Blocked, "ci", "%s is a target of %d REACHES requirements", n.Ref, len(by)).WithHint("give them another target first")
		e.By = by
		return Effect{}, e
	}
	for _, k := range c.relationsAt(id) {
		if err := c.removeRelation(k); err != nil {
			return Effect{}, err
		}
	}
	for _, k := range c.requirementsAt(id) {
		if err := c.removeRequirement(k); err != nil {
			return Effect{}, err
		}
	}
	if _, err := c.edit(id); err != nil {
		return Effect{}, err
	}
	x := c.nodes[id]
	x.Node = nil
	c.moveLast(x)
	for k, of := range c.keyed {
		if of == id {
			c.keyed[k] = 0
		}
	}
	for r, of := range c.former {
		if of == id {
			delete(c.former, r)
		}
	}
	return Effect{Outcome: Removed, ID: id}, nil
}

// relationsAt are the relations that begin or end at a node, those of the head
// first, both in the order of Links, then those that the batch made.
func (c *checker) relationsAt(id ID) (keys []RelationKey) {
	for _, d := range []Direction{Providers, Consumers} {
		for _, l := range c.s.Links(id, d) {
			if x, ok := c.relations[l.RelationKey]; !ok || x.Relation != nil {
				keys = append(keys, l.RelationKey)
			}
		}
	}
	for _, x := range c.order {
		if x != nil && x.Relation != nil && x.RelationWas == nil && (x.Relation.From == id || x.Relation.To == id) {
			keys = append(keys, x.Relation.RelationKey)
		}
	}
	return keys
}

// requirementsAt are the requirements of a consumer, by name, then those that the
// batch made.
func (c *checker) requirementsAt(id ID) (keys []RequirementKey) {
	for _, k := range c.headRequirements(id) {
		if x, ok := c.requirements[k]; !ok || x.Requirement != nil {
			keys = append(keys, k)
		}
	}
	for _, x := range c.order {
		if x != nil && x.Requirement != nil && x.RequirementWas == nil && x.Requirement.Consumer == id {
			keys = append(keys, x.Requirement.RequirementKey)
		}
	}
	return keys
}

// headRequirements are the requirements that a consumer has at the head, by name.
func (c *checker) headRequirements(id ID) (keys []RequirementKey) {
	i, ok := c.s.at(id)
	if !ok {
		return nil
	}
	for _, r := range c.s.reqsOf(i) {
		keys = append(keys, RequirementKey{id, c.s.names.requirements.list[c.s.req(r).name]})
	}
	return keys
}
