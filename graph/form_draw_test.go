package graph_test

import (
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/graph/graphtest"
	"pgregory.net/rapid"
)

// The draws of the canonical form's tests: records of any shape that can be
// written, not only those that the rules would let in.

func aText(t *rapid.T) string {
	return rapid.OneOf(rapid.SampledFrom([]string{"", "a", "b", "<&>\u2028", "ü"}), rapid.String()).Draw(t, "text")
}

// anEnum draws one of the first n values of a small enum.
func anEnum[T ~uint8](t *rapid.T, n int) T { return T(rapid.IntRange(0, n-1).Draw(t, "enum")) }

func someOf[T any](t *rapid.T, draw func(*rapid.T) T) []T {
	return rapid.SliceOfN(rapid.Custom(draw), 0, 3).Draw(t, "list")
}

func maybe[T any](t *rapid.T, draw func(*rapid.T) T) *T {
	if !rapid.Bool().Draw(t, "given") {
		return nil
	}
	v := draw(t)
	return &v
}

func aTime(t *rapid.T) time.Time {
	if rapid.Bool().Draw(t, "no time") {
		return time.Time{}
	}
	return anInstant(t)
}

func anInt(t *rapid.T) int { return int(rapid.Int32().Draw(t, "int")) }
func aRevision(t *rapid.T) graph.Revision {
	return graph.Revision(rapid.Uint64Range(0, 1<<62).Draw(t, "revision"))
}
func anID(t *rapid.T) graph.ID { return graph.ID(rapid.Uint64Range(0, 1<<62).Draw(t, "id")) }

func aTransfer(t *rapid.T) graph.Transfer {
	return rapid.SampledFrom([]graph.Transfer{graph.None, graph.Hard, graph.Soft, graph.Degrading, 0b11_00_00_00, 0b11_11_01_00}).Draw(t, "transfer")
}

func aValue(t *rapid.T) graph.Value {
	switch rapid.IntRange(0, 5).Draw(t, "shape") {
	case 0:
	case 1:
		v, err := graph.DocumentValue(map[string]string{aText(t): aText(t)})
		if err != nil {
			t.Fatal(err)
		}
		return v
	default:
		_, v := aScalar(t)
		return v
	}
	return graph.ListValue(someOf(t, func(t *rapid.T) graph.Value {
		_, v := aScalar(t)
		return v
	})...)
}

func someEvidence(t *rapid.T) graph.Evidence {
	return graph.Evidence{Method: anEnum[graph.Method](t, 5), ObservedAt: aTime(t), ConfirmedBy: aText(t), Run: aText(t)}
}

func aRef(t *rapid.T) graph.Ref { return graph.Ref{Class: aText(t), Scope: aText(t), Name: aText(t)} }

func aNode(t *rapid.T) *graph.Node {
	return &graph.Node{ID: anID(t), Ref: aRef(t), Version: rapid.Int64().Draw(t, "version"), Created: aRevision(t), Changed: aRevision(t),
		Retired: rapid.Bool().Draw(t, "retired"), Stub: rapid.Bool().Draw(t, "stub"), Aliases: someOf(t, aRef),
		Keys: someOf(t, func(t *rapid.T) graph.Key { return graph.Key{Source: aText(t), Value: aText(t)} }),
		Claims: someOf(t, func(t *rapid.T) graph.Claim {
			c := graph.Claim{Source: aText(t), Evidence: someEvidence(t), Attributes: map[string]graph.Value{}}
			for range rapid.IntRange(0, 4).Draw(t, "attributes") {
				c.Attributes[aText(t)] = aValue(t)
			}
			return c
		}),
		Pins: someOf(t, func(t *rapid.T) graph.Pin {
			p := graph.Pin{Attribute: aText(t), Author: aText(t), Reason: aText(t), Expires: aTime(t)}
			if p.Attribute != "" {
				p.Value = aValue(t)
			}
			return p
		})}
}

// someFacts are nil where there are none, as they are read back.
func someFacts(t *rapid.T) map[string]graph.Value {
	var out map[string]graph.Value
	for range rapid.IntRange(0, 2).Draw(t, "facts") {
		if out == nil {
			out = map[string]graph.Value{}
		}
		out[aText(t)] = aValue(t)
	}
	return out
}

func aRelation(t *rapid.T) *graph.Relation {
	return &graph.Relation{RelationKey: graph.RelationKey{From: anID(t), Type: aText(t), To: anID(t), Requirement: aText(t), Qualifier: aText(t)},
		Version: rapid.Int64().Draw(t, "version"), Created: aRevision(t), Changed: aRevision(t),
		Claims: someOf(t, func(t *rapid.T) graph.RelationClaim {
			return graph.RelationClaim{Source: aText(t), Evidence: someEvidence(t), RelationProps: graph.RelationProps{
				Transfer: maybe(t, aTransfer), Grace: time.Duration(rapid.Int64().Draw(t, "grace")), Phase: anEnum[graph.Phase](t, 3),
				Capacity:  maybe(t, func(t *rapid.T) int64 { return rapid.Int64().Draw(t, "capacity") }),
				Weight:    maybe(t, func(t *rapid.T) float64 { return rapid.Float64Range(-1e300, 1e300).Draw(t, "weight") }),
				ValidFrom: aTime(t), ValidTo: aTime(t), Facts: someFacts(t)}}
		})}
}

func aRequirement(t *rapid.T) *graph.Requirement {
	r := &graph.Requirement{RequirementKey: graph.RequirementKey{Consumer: anID(t), Name: aText(t)}, Rule: anEnum[graph.Rule](t, 7),
		K: anInt(t), Percent: anInt(t), DesignedSize: anInt(t), Greatest: anInt(t), SpareRequired: maybe(t, anInt),
		ByRule: rapid.Bool().Draw(t, "by rule"), MemberType: aText(t), MemberClass: aText(t),
		Version: rapid.Int64().Draw(t, "version"), Created: aRevision(t), Changed: aRevision(t)}
	if r.Rule == graph.ActivePassive || r.Rule == graph.Capacity { // others have no details, and do not keep them
		r.RuleDetails = graph.RuleDetails{Failover: time.Duration(rapid.Int64().Draw(t, "failover")), Demand: rapid.Int64().Draw(t, "demand"),
			Headroom: anInt(t), Degraded: maybe(t, anInt), Floor: maybe(t, anInt), Steps: someOf(t, func(t *rapid.T) graph.DemandStep {
				return graph.DemandStep{At: graphtest.Now.Add(time.Duration(rapid.IntRange(0, 1e6).Draw(t, "second")) * time.Second), Demand: rapid.Int64().Draw(t, "step")}
			})}
	}
	if r.Rule == graph.Reaches {
		r.Targets, r.Plane = someOf(t, anID), aText(t)
	}
	return r
}

func aClass(t *rapid.T) *graph.Class {
	texts := func(t *rapid.T) []string { return someOf(t, aText) }
	return &graph.Class{Name: aText(t), Extends: aText(t), Description: aText(t), Tier: aText(t), Abstract: rapid.Bool().Draw(t, "abstract"),
		Builtin: rapid.Bool().Draw(t, "builtin"), Identifiers: someOf(t, texts),
		Attributes: someOf(t, func(t *rapid.T) graph.AttributeDef {
			return graph.AttributeDef{Name: aText(t), Type: anEnum[graph.ValueKind](t, 9), Of: anEnum[graph.ValueKind](t, 9), Unit: aText(t), Description: aText(t),
				Required: rapid.Bool().Draw(t, "required"), Allowed: texts(t), Default: aText(t), Indexed: rapid.Bool().Draw(t, "indexed")}
		}),
		Requires: someOf(t, func(t *rapid.T) graph.RequiredLink {
			return graph.RequiredLink{Types: texts(t), Direction: anEnum[graph.Direction](t, 2), Reason: aText(t)}
		}),
		Redundancy: someOf(t, func(t *rapid.T) graph.RedundancyRule {
			return graph.RedundancyRule{Name: aText(t), Type: aText(t), Provider: aText(t), Rule: anEnum[graph.Rule](t, 4), K: anInt(t), Percent: anInt(t), Reason: aText(t)}
		}),
		Ranking: someOf(t, func(t *rapid.T) graph.SourceRanking {
			return graph.SourceRanking{Attribute: aText(t), Sources: texts(t)}
		})}
}

func aType(t *rapid.T) *graph.RelationType {
	return &graph.RelationType{Name: aText(t), Reverse: aText(t), Description: aText(t), Plane: aText(t), Transfer: aTransfer(t), Impact: anEnum[graph.Impact](t, 2),
		Builtin: rapid.Bool().Draw(t, "builtin"),
		Between: someOf(t, func(t *rapid.T) graph.ClassPair { return graph.ClassPair{Consumer: aText(t), Provider: aText(t)} })}
}

// aChange draws a creation, an edit or a removal of any kind of record.
func aChange(t *rapid.T) graph.Change {
	c := graph.Change{Op: rapid.IntRange(0, graph.MaxOperations).Draw(t, "op")}
	was, is := rapid.Bool().Draw(t, "was"), rapid.Bool().Draw(t, "is")
	is = is || !was
	switch rapid.IntRange(0, 4).Draw(t, "kind") {
	case 0:
		c.NodeWas, c.Node = sides(t, was, is, aNode)
	case 1:
		c.RelationWas, c.Relation = sides(t, was, is, aRelation)
	case 2:
		c.RequirementWas, c.Requirement = sides(t, was, is, aRequirement)
	case 3:
		c.ClassWas, c.Class = sides(t, was, is, aClass)
	default:
		c.TypeWas, c.Type = sides(t, was, is, aType)
	}
	return c
}

func sides[T any](t *rapid.T, was, is bool, draw func(*rapid.T) *T) (a, b *T) {
	if was {
		a = draw(t)
	}
	if is {
		b = draw(t)
	}
	return a, b
}

func anEntry(t *rapid.T) graph.Entry {
	e := graph.Entry{At: aTime(t), Actor: aText(t), Source: aText(t), Message: aText(t), Changes: someOf(t, aChange)}
	e.Run = maybe(t, func(t *rapid.T) graph.Run {
		return graph.Run{Hash: aText(t), Source: aText(t), Chunk: anInt(t), Chunks: anInt(t)}
	})
	return e
}
