package graph

import (
	"cmp"
	"maps"
	"slices"
	"sync"
)

// Catalogue is the classes and relation types of one graph, with what classes
// inherit worked out. It is immutable and may be shared freely.
type Catalogue struct {
	classes []*Class // by name
	types   []*RelationType
	kinds   map[string]*kind // by class
	typed   map[string]*RelationType
}

// kind is a class with all that it inherits.
type kind struct {
	class       *Class
	line        []*Class // itself, then its ancestors up to the root
	descendants []string // itself included, by name
	attributes  []AttributeDef
	attribute   map[string]*AttributeDef
	defaults    map[string]Value
	requires    []RequiredLink
	redundancy  []RedundancyRule // by name
	tier        string
}

// Builtin is the catalogue that every graph starts with.
func Builtin() *Catalogue { return builtin() }

var builtin = sync.OnceValue(func() *Catalogue {
	c := &Catalogue{}
	for _, class := range builtinClasses() {
		class.Builtin = true
		c.classes = append(c.classes, &class)
	}
	for _, t := range builtinTypes() {
		t.Builtin = true
		c.types = append(c.types, &t)
	}
	return c.settled()
})

// With is a copy that knows the after-sides of changes to classes and types;
// all other changes are passed over.
func (c *Catalogue) With(changes ...Change) *Catalogue {
	classes, types := map[string]*Class{}, maps.Clone(c.typed)
	for _, k := range c.classes {
		classes[k.Name] = k
	}
	for i := range changes {
		switch x := &changes[i]; {
		case x.Class != nil:
			classes[x.Class.Name] = x.Class
		case x.Type != nil:
			types[x.Type.Name] = x.Type
		}
	}
	out := &Catalogue{classes: slices.Collect(maps.Values(classes)), types: slices.Collect(maps.Values(types))}
	return out.settled()
}

// settled sorts and works out what is inherited.
func (c *Catalogue) settled() *Catalogue {
	slices.SortFunc(c.classes, func(a, b *Class) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(c.types, func(a, b *RelationType) int { return cmp.Compare(a.Name, b.Name) })
	c.kinds, c.typed = make(map[string]*kind, len(c.classes)), make(map[string]*RelationType, len(c.types))
	for _, t := range c.types {
		c.typed[t.Name] = t
	}
	byName := make(map[string]*Class, len(c.classes))
	for _, class := range c.classes {
		byName[class.Name] = class
	}
	for _, class := range c.classes {
		c.kinds[class.Name] = inherit(class, byName)
	}
	for _, class := range c.classes {
		for _, ancestor := range c.kinds[class.Name].line {
			k := c.kinds[ancestor.Name]
			k.descendants = append(k.descendants, class.Name)
		}
	}
	return c
}

// inherit collects what a class has from its ancestors, the root's first.
func inherit(class *Class, byName map[string]*Class) *kind {
	k := &kind{class: class, attribute: map[string]*AttributeDef{}, defaults: map[string]Value{}}
	for at := class; at != nil && !slices.Contains(k.line, at); at = byName[at.Extends] {
		k.line = append(k.line, at)
	}
	rules := map[string]RedundancyRule{}
	for _, at := range slices.Backward(k.line) {
		k.attributes = append(k.attributes, at.Attributes...)
		k.requires = append(k.requires, at.Requires...)
		for _, r := range at.Redundancy {
			rules[r.Name] = r // a subclass's own says more
		}
		if at.Tier != "" {
			k.tier = at.Tier
		}
	}
	for i := range k.attributes {
		def := &k.attributes[i]
		k.attribute[def.Name] = def
		if def.Default == "" {
			continue
		}
		if v, err := ParseText(*def, def.Default); err == nil {
			k.defaults[def.Name] = v
		}
	}
	k.redundancy = slices.SortedFunc(maps.Values(rules), func(a, b RedundancyRule) int { return cmp.Compare(a.Name, b.Name) })
	return k
}

// Class is the class of that name, or nil.
func (c *Catalogue) Class(name string) *Class {
	if k := c.kinds[name]; k != nil {
		return k.class
	}
	return nil
}

// Type is the relation type of that name, or nil.
func (c *Catalogue) Type(name string) *RelationType { return c.typed[name] }

// Classes are all classes, by name. The caller must not change the list.
func (c *Catalogue) Classes() []*Class { return c.classes }

// Types are all relation types, by name. The caller must not change the list.
func (c *Catalogue) Types() []*RelationType { return c.types }

// IsA says whether class is ancestor, or extends it over any number of steps.
func (c *Catalogue) IsA(class, ancestor string) bool {
	k := c.kinds[class]
	return k != nil && slices.ContainsFunc(k.line, func(at *Class) bool { return at.Name == ancestor })
}

// Descendants are the class and its subclasses, by name; none of an unknown class.
func (c *Catalogue) Descendants(class string) []string {
	if k := c.kinds[class]; k != nil {
		return k.descendants
	}
	return nil
}

// Kept says whether nodes of a class are records that a room keeps: changes, their
// tasks, votes and assessments, incidents, problems, releases. Nobody else may touch
// them. A baseline is a record that everybody may make.
func (c *Catalogue) Kept(class string) bool {
	return class != BaselineClass && c.IsA(class, recordClass)
}

// Attributes are the attributes of a class, inherited ones first.
func (c *Catalogue) Attributes(class string) []AttributeDef {
	if k := c.kinds[class]; k != nil {
		return k.attributes
	}
	return nil
}

// Attribute is one attribute of a class, inherited ones included, or nil.
func (c *Catalogue) Attribute(class, name string) *AttributeDef {
	if k := c.kinds[class]; k != nil {
		return k.attribute[name]
	}
	return nil
}

// Tier is the column of pictures that a class stands in.
func (c *Catalogue) Tier(class string) string {
	if k := c.kinds[class]; k != nil {
		return k.tier
	}
	return ""
}

// Requires are the relations that nodes of a class must have to be completely
// modelled, inherited ones first.
func (c *Catalogue) Requires(class string) []RequiredLink {
	if k := c.kinds[class]; k != nil {
		return k.requires
	}
	return nil
}

// Redundancy are the rules of a class by which requirements come for free,
// inherited ones included, by name.
func (c *Catalogue) Redundancy(class string) []RedundancyRule {
	if k := c.kinds[class]; k != nil {
		return k.redundancy
	}
	return nil
}

// Fits says whether a relation type allows a pair of classes, subclasses
// included. Without pairs of its own it allows any two CIs.
func (c *Catalogue) Fits(t *RelationType, consumer, provider string) bool {
	for _, p := range t.Between {
		if c.IsA(consumer, p.Consumer) && c.IsA(provider, p.Provider) {
			return true
		}
	}
	return len(t.Between) == 0 && c.IsA(consumer, rootClass) && c.IsA(provider, rootClass)
}

// The roots of the classes: of configuration items, and of ITSM records.
const (
	rootClass   = "ci"
	recordClass = "record"
)
