package graph

import (
	"slices"
)

// The effective value of an attribute is a pure function of the record: a pin
// first, then the class's ranking of sources, then the source's name; never
// recency, and no clock (model.md, "Claim").

// Effective are the effective values of a node, defaults included. An attribute
// that nobody speaks of and that has no default is absent.
func (c *Catalogue) Effective(n *Node) map[string]Value {
	k := c.kinds[n.Ref.Class]
	size := len(n.Pins)
	for i := range n.Claims {
		size += len(n.Claims[i].Attributes)
	}
	out := make(map[string]Value, size+1)
	if k != nil {
		for name, v := range k.defaults {
			out[name] = v
		}
	}
	for i := range n.Claims {
		for name, v := range n.Claims[i].Attributes {
			if len(n.Claims) > 1 {
				v, _, _ = k.speaks(n, name)
			}
			out[name] = v
		}
	}
	for _, p := range n.Pins {
		if !p.keeps() {
			out[p.Attribute] = p.Value
		}
	}
	return out
}

// EffectiveSource is the source whose value of an attribute holds, "" where a pin
// or a default does.
func (c *Catalogue) EffectiveSource(n *Node, attribute string) (source string, pinned bool) {
	_, source, pinned = c.kinds[n.Ref.Class].speaks(n, attribute)
	return source, pinned
}

// effective is one effective value; the zero Value where there is none.
func (c *Catalogue) effective(n *Node, attribute string) Value {
	k := c.kinds[n.Ref.Class]
	v, source, pinned := k.speaks(n, attribute)
	if source == "" && !pinned && k != nil {
		return k.defaults[attribute]
	}
	return v
}

// speaks is what holds of an attribute, default aside, and who says so. A nil
// kind, of a class that the catalogue does not know, ranks by name.
func (k *kind) speaks(n *Node, attribute string) (v Value, source string, pinned bool) {
	for i := range n.Pins {
		if p := &n.Pins[i]; p.Attribute == attribute && attribute != "" {
			return p.Value, "", true
		}
	}
	var ranked []string
	if len(n.Claims) > 1 {
		ranked = k.ranking(attribute)
	}
	best := len(ranked) + 1
	for i := range n.Claims { // by source: of equals, the first wins
		said, ok := n.Claims[i].Attributes[attribute]
		if !ok {
			continue
		}
		rank := slices.Index(ranked, n.Claims[i].Source)
		if rank < 0 {
			rank = len(ranked)
		}
		if rank < best {
			best, v, source = rank, said, n.Claims[i].Source
		}
	}
	return v, source, false
}

// ranking is the order of sources for an attribute: the nearest class's that
// names the attribute, else the nearest one's for all attributes.
func (k *kind) ranking(attribute string) []string {
	if k == nil {
		return nil
	}
	for _, of := range []string{attribute, ""} {
		for _, class := range k.line {
			for _, r := range class.Ranking {
				if r.Attribute == of {
					return r.Sources
				}
			}
		}
	}
	return nil
}

// lifecycleAttribute is the attribute of ci that the engine itself reads.
const lifecycleAttribute = "lifecycle"

// LifecycleOf reads the lifecycle among effective values; without one it is Live.
func LifecycleOf(effective map[string]Value) Lifecycle {
	return lifecycleIn(effective[lifecycleAttribute])
}

func lifecycleIn(v Value) Lifecycle {
	l := Live
	if !v.IsZero() {
		_ = l.UnmarshalText([]byte(v.Str())) // what is no lifecycle is none: Live
	}
	return l
}

// EffectiveRelation are the properties of a relation that hold: of each, what the
// first source by name states that states it, else the type's default. Transfer
// is never nil, the phase never unstated.
func (c *Catalogue) EffectiveRelation(r *Relation) RelationProps {
	var out RelationProps
	for i := range r.Claims {
		p := &r.Claims[i].RelationProps
		if out.Transfer == nil {
			out.Transfer = p.Transfer
		}
		if out.Grace == 0 {
			out.Grace = p.Grace
		}
		if out.Phase == UnstatedPhase {
			out.Phase = p.Phase
		}
		if out.Capacity == nil {
			out.Capacity = p.Capacity
		}
		if out.Weight == nil {
			out.Weight = p.Weight
		}
		if out.ValidFrom.IsZero() && out.ValidTo.IsZero() {
			out.ValidFrom, out.ValidTo = p.ValidFrom, p.ValidTo
		}
		if out.Facts == nil {
			out.Facts = p.Facts
		}
	}
	if out.Transfer == nil {
		hard := Hard
		out.Transfer = &hard
		if t := c.typed[r.Type]; t != nil {
			out.Transfer = &t.Transfer
		}
	}
	if out.Phase == UnstatedPhase {
		out.Phase = RunPhase
	}
	return out
}
