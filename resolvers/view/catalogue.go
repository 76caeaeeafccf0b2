package view

import "github.com/faultline-itsm/faultline/graph"

// Class is a class with what it inherits.
type Class struct {
	of  *graph.Class
	cat *graph.Catalogue
}

// Classes are all classes, by name.
func Classes(cat *graph.Catalogue) []*Class {
	var out []*Class
	for _, c := range cat.Classes() {
		out = append(out, &Class{c, cat})
	}
	return out
}

// Name is the class's name.
func (c Class) Name() string { return c.of.Name }

// Extends is the class it inherits from.
func (c Class) Extends() *string { return text(c.of.Extends) }

// Description says what its CIs are.
func (c Class) Description() string { return c.of.Description }

// Tier is the column of pictures.
func (c Class) Tier() string { return c.cat.Tier(c.of.Name) }

// Abstract says whether it only groups subclasses.
func (c Class) Abstract() bool { return c.of.Abstract }

// Builtin says whether it comes with the product.
func (c Class) Builtin() bool { return c.of.Builtin }

// AttributeDefinition is a typed attribute.
type AttributeDefinition struct {
	Name        string
	Type        graph.ValueKind
	Of          *graph.ValueKind
	Unit        *string
	Description string
	Required    bool
	Allowed     []string
	Default     *string
	Indexed     bool
}

// Attributes are its attributes, inherited ones first.
func (c Class) Attributes() []AttributeDefinition {
	defs := c.cat.Attributes(c.of.Name)
	out := make([]AttributeDefinition, len(defs))
	for i, d := range defs {
		out[i] = AttributeDefinition{Name: d.Name, Type: d.Type, Unit: text(d.Unit), Description: d.Description,
			Required: d.Required, Allowed: d.Allowed, Default: text(d.Default), Indexed: d.Indexed}
		if d.Type == graph.ListKind {
			out[i].Of = &d.Of
		}
	}
	return out
}

// Identifiers are sets of attributes that identify a CI.
func (c Class) Identifiers() [][]string { return c.of.Identifiers }

// Requires are the relations that its CIs should have.
func (c Class) Requires() []graph.RequiredLink { return c.cat.Requires(c.of.Name) }

// RedundancyRule is a redundancy group that comes for free.
type RedundancyRule struct {
	Name, Type string
	Provider   *string
	Rule       graph.Rule
	K, Percent *int
	Reason     string
}

// Redundancy are the groups that its CIs have for free.
func (c Class) Redundancy() []RedundancyRule {
	var out []RedundancyRule
	for _, r := range c.cat.Redundancy(c.of.Name) {
		v := RedundancyRule{Name: r.Name, Type: r.Type, Provider: text(r.Provider), Rule: r.Rule, Reason: r.Reason}
		switch r.Rule {
		case graph.AtLeast:
			v.K = &r.K
		case graph.Percent:
			v.Percent = &r.Percent
		}
		out = append(out, v)
	}
	return out
}

// SourceRanking says which source wins.
type SourceRanking struct {
	Attribute *string
	Sources   []string
}

// Ranking says which source wins for which attribute.
func (c Class) Ranking() []SourceRanking {
	out := make([]SourceRanking, len(c.of.Ranking))
	for i, r := range c.of.Ranking {
		out[i] = SourceRanking{text(r.Attribute), r.Sources}
	}
	return out
}

// Descendants are it and its subclasses.
func (c Class) Descendants() []string { return c.cat.Descendants(c.of.Name) }
