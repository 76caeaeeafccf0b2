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
	return mutate(ctx, d.API, meta{in.Source, in.Message, in.Mode}, in.Items, defineClass)
}

func (d defining) DefineRelationTypes(ctx context.Context, in gql.DefineRelationTypesInput) (*view.Payload, error) {
	return mutate(ctx, d.API, meta{in.Source, in.Message, in.Mode}, in.Items, defineType)
}

func defineClass(_ *inputs, i *gql.ClassItem) ([]graph.Operation, error) {
	c := graph.Class{Name: i.Name, Extends: value(i.Extends), Description: value(i.Description), Tier: value(i.Tier), Abstract: value(i.Abstract), Identifiers: i.Identifiers}
	for _, a := range i.Attributes {
		c.Attributes = append(c.Attributes, graph.AttributeDef{Name: a.Name, Type: a.Type, Of: value(a.Of), Unit: value(a.Unit), Description: value(a.Description),
			Required: value(a.Required), Allowed: a.Allowed, Default: value(a.Default), Indexed: value(a.Indexed)})
	}
	for _, l := range i.Requires {
		c.Requires = append(c.Requires, graph.RequiredLink{Types: l.Types, Direction: l.Direction, Reason: l.Reason})
	}
	for _, r := range i.Redundancy {
		c.Redundancy = append(c.Redundancy, graph.RedundancyRule{Name: r.Name, Type: r.Type, Provider: value(r.Provider), Rule: r.Rule, K: value(r.K), Percent: value(r.Percent), Reason: r.Reason})
	}
	for _, r := range i.Ranking {
		c.Ranking = append(c.Ranking, graph.SourceRanking{Attribute: value(r.Attribute), Sources: r.Sources})
	}
	return []graph.Operation{graph.DefineClass{Class: c}}, nil
}

func defineType(_ *inputs, i *gql.RelationTypeItem) ([]graph.Operation, error) {
	t := graph.RelationType{Name: i.Name, Reverse: i.Reverse, Description: value(i.Description), Plane: i.Plane, Transfer: i.Transfer, Impact: i.Impact}
	for _, p := range i.Between {
		t.Between = append(t.Between, graph.ClassPair{Consumer: p.Consumer, Provider: p.Provider})
	}
	return []graph.Operation{graph.DefineRelationType{Type: t}}, nil
}
