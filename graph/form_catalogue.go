package graph

// Append writes the class's canonical binary form behind dst.
func (c *Class) Append(dst []byte) []byte {
	dst = append(dst, formVersion)
	dst = putText(putText(putText(putText(dst, c.Name), c.Extends), c.Description), c.Tier)
	dst = putBool(putBool(dst, c.Abstract), c.Builtin)
	dst = putList(dst, c.Attributes, putAttribute)
	dst = putList(dst, c.Identifiers, putTexts)
	dst = putList(dst, c.Requires, func(dst []byte, l RequiredLink) []byte {
		return putText(append(putTexts(dst, l.Types), byte(l.Direction)), l.Reason)
	})
	dst = putList(dst, c.Redundancy, func(dst []byte, r RedundancyRule) []byte {
		dst = append(putText(putText(putText(dst, r.Name), r.Type), r.Provider), byte(r.Rule))
		return putText(putInt(putInt(dst, int64(r.K)), int64(r.Percent)), r.Reason)
	})
	return putList(dst, c.Ranking, func(dst []byte, r SourceRanking) []byte {
		return putTexts(putText(dst, r.Attribute), r.Sources)
	})
}

func putTexts(dst []byte, texts []string) []byte { return putList(dst, texts, putText) }

func putAttribute(dst []byte, a AttributeDef) []byte {
	dst = append(putText(dst, a.Name), byte(a.Type), byte(a.Of))
	dst = putText(putText(dst, a.Unit), a.Description)
	dst = putTexts(putBool(dst, a.Required), a.Allowed)
	return putBool(putText(dst, a.Default), a.Indexed)
}

// DecodeClass reads what Append wrote. It fails with Internal where b is damaged.
func DecodeClass(b []byte) (*Class, error) {
	f := open(b)
	c := f.class()
	return c, f.close()
}

func (f *form) class() *Class {
	c := &Class{Name: f.text(), Extends: f.text(), Description: f.text(), Tier: f.text(), Abstract: f.bool(), Builtin: f.bool()}
	c.Attributes = list(f, f.attribute)
	c.Identifiers = list(f, f.texts)
	c.Requires = list(f, func() RequiredLink {
		return RequiredLink{Types: f.texts(), Direction: Direction(f.enum(len(directionNames.names))), Reason: f.text()}
	})
	c.Redundancy = list(f, func() RedundancyRule {
		return RedundancyRule{Name: f.text(), Type: f.text(), Provider: f.text(), Rule: Rule(f.enum(len(ruleNames.names))),
			K: int(f.int()), Percent: int(f.int()), Reason: f.text()}
	})
	c.Ranking = list(f, func() SourceRanking { return SourceRanking{Attribute: f.text(), Sources: f.texts()} })
	return c
}

func (f *form) texts() []string { return list(f, f.text) }

func (f *form) attribute() AttributeDef {
	kind := func() ValueKind { return ValueKind(f.enum(len(valueKindNames))) }
	return AttributeDef{Name: f.text(), Type: kind(), Of: kind(), Unit: f.text(), Description: f.text(),
		Required: f.bool(), Allowed: f.texts(), Default: f.text(), Indexed: f.bool()}
}

// Append writes the relation type's canonical binary form behind dst.
func (t *RelationType) Append(dst []byte) []byte {
	dst = append(dst, formVersion)
	dst = putText(putText(putText(putText(dst, t.Name), t.Reverse), t.Description), t.Plane)
	dst = putBool(append(dst, byte(t.Transfer), byte(t.Impact)), t.Builtin)
	return putList(dst, t.Between, func(dst []byte, p ClassPair) []byte { return putText(putText(dst, p.Consumer), p.Provider) })
}

// DecodeRelationType reads what Append wrote. It fails with Internal where b is
// damaged.
func DecodeRelationType(b []byte) (*RelationType, error) {
	f := open(b)
	t := f.relationType()
	return t, f.close()
}

func (f *form) relationType() *RelationType {
	t := &RelationType{Name: f.text(), Reverse: f.text(), Description: f.text(), Plane: f.text(), Transfer: Transfer(f.byte()),
		Impact: Impact(f.enum(len(impactNames.names))), Builtin: f.bool()}
	t.Between = list(f, func() ClassPair { return ClassPair{Consumer: f.text(), Provider: f.text()} })
	return t
}
