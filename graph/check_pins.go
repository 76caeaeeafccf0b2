package graph

import (
	"slices"
	"strings"
)

func (c *checker) setPin(op SetPin) (Effect, error) {
	id, n, err := c.livingRecord(op.Node)
	if err != nil {
		return Effect{}, err
	}
	p := op.Pin
	at, found := slices.BinarySearchFunc(n.Pins, p.Attribute, func(x Pin, a string) int { return strings.Compare(x.Attribute, a) })
	if found {
		p = p.keeping(op.Keep, &n.Pins[at])
	}
	p.Expires = micro(p.Expires)
	switch {
	case p.Author == "":
		return Effect{}, fail(Invalid, "author", "a pin has no author").WithHint("say who verified it")
	case strings.HasPrefix(p.Attribute, NonePrefix):
		if err := c.validNone(p); err != nil {
			return Effect{}, err
		}
	case p.Attribute != "" && p.Value.IsZero():
		return Effect{}, fail(Invalid, "value", "the attribute %s is pinned without a value", Clip(p.Attribute))
	case p.Attribute != "":
		if err := c.validAttribute(n.Ref.Class, p.Attribute, p.Value); err != nil {
			return Effect{}, inField("attributes."+p.Attribute, err)
		}
	case !p.Value.IsZero():
		return Effect{}, fail(Invalid, "value", "a pin of the impact has a value")
	}
	if found {
		if old := n.Pins[at]; old.Value.Equal(p.Value) && old.Author == p.Author && old.Reason == p.Reason && old.Expires.Equal(p.Expires) {
			return c.unchanged(id)
		}
	}
	return c.pinned(id, p.Attribute, func(pins []Pin) []Pin {
		if found {
			pins[at] = p
			return pins
		}
		return slices.Insert(pins, at, p)
	})
}

// validNone says whether a pin may state that there is no relation of a type.
func (c *checker) validNone(p Pin) error {
	typ := strings.TrimPrefix(p.Attribute, NonePrefix)
	switch {
	case c.cat.Type(typ) == nil:
		return fail(Invalid, "attribute", "%q is no relation type", Clip(typ)).WithHint("%s and a relation type, for example %sPOWERED_BY", NonePrefix, NonePrefix)
	case !p.Value.IsZero():
		return fail(Invalid, "value", "that there is no %s is confirmed with a value", typ).WithHint("leave the value out")
	}
	return nil
}

func (c *checker) unpin(op Unpin) (Effect, error) {
	id, n, err := c.livingRecord(op.Node)
	if err != nil {
		return Effect{}, err
	}
	at := slices.IndexFunc(n.Pins, func(p Pin) bool { return p.Attribute == op.Attribute })
	if at < 0 {
		return c.unchanged(id)
	}
	return c.pinned(id, op.Attribute, func(pins []Pin) []Pin { return slices.Delete(pins, at, at+1) })
}

// pinned changes a node's pins. A pin of the impact changes what holds, as a pin of
// an attribute does where the value becomes another.
func (c *checker) pinned(id ID, attribute string, change func([]Pin) []Pin) (Effect, error) {
	after, err := c.edit(id)
	if err != nil {
		return Effect{}, err
	}
	before := c.cat.effective(after, attribute)
	after.Pins = change(slices.Clone(after.Pins))
	if attribute == "" || strings.HasPrefix(attribute, NonePrefix) || !before.Equal(c.cat.effective(after, attribute)) {
		after.Version++
	}
	return Effect{Outcome: Updated, ID: id, Version: after.Version}, nil
}
