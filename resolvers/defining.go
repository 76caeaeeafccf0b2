package resolvers

import (
	"context"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// defining changes the catalogue.
type defining struct{ *API }

func (d defining) DefineClasses(ctx context.Context, in gql.DefineClassesInput) (*view.Payload, error) {
	return mutate(ctx, d.API, meta{in.Source, in.Message, in.Mode, in.IdempotencyKey, in}, in.Items, defineClass)
}

func (d defining) DefineRelationTypes(ctx context.Context, in gql.DefineRelationTypesInput) (*view.Payload, error) {
	return mutate(ctx, d.API, meta{in.Source, in.Message, in.Mode, in.IdempotencyKey, in}, in.Items, defineType)
}

func defineClass(_ *inputs, i *gql.ClassItem) ([]graph.Operation, error) {
	c := graph.Class{Name: i.Name, Extends: value(i.Extends.Value()), Description: value(i.Description.Value()), Tier: value(i.Tier.Value()),
		Abstract: value(i.Abstract.Value()), Identifiers: i.Identifiers.Value()}
	for _, a := range i.Attributes.Value() {
		c.Attributes = append(c.Attributes, graph.AttributeDef{Name: a.Name, Type: a.Type, Of: value(a.Of), Unit: value(a.Unit), Description: value(a.Description),
			Required: value(a.Required), Allowed: a.Allowed, Default: value(a.Default), Indexed: value(a.Indexed)})
	}
	for _, l := range i.Requires.Value() {
		c.Requires = append(c.Requires, graph.RequiredLink{Types: l.Types, Direction: l.Direction, Reason: l.Reason})
	}
	for _, r := range i.Redundancy.Value() {
		c.Redundancy = append(c.Redundancy, graph.RedundancyRule{Name: r.Name, Type: r.Type, Provider: value(r.Provider), Rule: r.Rule, K: value(r.K), Percent: value(r.Percent), Reason: r.Reason})
	}
	for _, r := range i.Ranking.Value() {
		c.Ranking = append(c.Ranking, graph.SourceRanking{Attribute: value(r.Attribute), Sources: r.Sources})
	}
	keep := kept(i.Extends, graph.ExtendsField) | kept(i.Description, graph.DescriptionField) | kept(i.Tier, graph.TierField) | kept(i.Abstract, graph.AbstractField) |
		kept(i.Attributes, graph.AttributesField) | kept(i.Identifiers, graph.IdentifiersField) | kept(i.Requires, graph.RequiresField) |
		kept(i.Redundancy, graph.RedundancyField) | kept(i.Ranking, graph.RankingField)
	return []graph.Operation{graph.DefineClass{Class: c, Keep: keep}}, nil
}

func defineType(_ *inputs, i *gql.RelationTypeItem) ([]graph.Operation, error) {
	t := graph.RelationType{Name: i.Name, Reverse: i.Reverse, Description: value(i.Description.Value()), Plane: i.Plane, Transfer: i.Transfer, Impact: i.Impact}
	for _, p := range i.Between.Value() {
		t.Between = append(t.Between, graph.ClassPair{Consumer: p.Consumer, Provider: p.Provider})
	}
	return []graph.Operation{graph.DefineRelationType{Type: t, Keep: kept(i.Description, graph.DescriptionField) | kept(i.Between, graph.BetweenField)}}, nil
}
