package graph

import (
	"cmp"
	"slices"
	"strings"
)

func (c *checker) putKey(op PutKey) (Effect, error) {
	id, n, err := c.livingRecord(op.Node)
	if err != nil {
		return Effect{}, err
	}
	keys, err := c.withKeys(n, []Key{op.Key})
	if err != nil || len(keys) == len(n.Keys) {
		return Effect{Outcome: Unchanged, ID: id, Version: n.Version}, err
	}
	after, err := c.edit(id)
	if err != nil {
		return Effect{}, err
	}
	after.Keys = keys
	return Effect{Outcome: Updated, ID: id, Version: after.Version}, nil
}

// withKeys is the node's keys with more of them, by source and value.
func (c *checker) withKeys(n *Node, more []Key) ([]Key, error) {
	keys := n.Keys
	for _, k := range more {
		if k.Source == "" || k.Value == "" {
			return nil, fail(Invalid, "keys", "a key has no %s", map[bool]string{true: "source", false: "value"}[k.Source == ""])
		}
		for _, part := range []string{k.Source, k.Value} {
			if err := validPart("key", part); err != nil {
				return nil, inField("keys", err)
			}
		}
		if id := c.holder(k); id != 0 && id != n.ID && !c.isRetired(id) {
			e := fail(Duplicate, "keys", "the key %s of %s belongs to %s", Clip(k.Value), k.Source, c.refOf(id)).
				WithHint("one of the two CIs is the other: merge them, or withdraw the key there")
			e.Existing = id
			return nil, e
		}
		at, found := slices.BinarySearchFunc(keys, k, compareKeys)
		if !found {
			keys = slices.Insert(slices.Clone(keys), at, k)
			c.keyed[k] = n.ID
		}
	}
	return keys, nil
}

func compareKeys(a, b Key) int {
	return cmp.Or(strings.Compare(a.Source, b.Source), strings.Compare(a.Value, b.Value))
}
