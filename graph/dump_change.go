package graph

import (
	"encoding/json"
	"strings"
)

// A change in a dump stands within its entry, and in the feed by itself.

type dumpChange struct {
	Op             int              `json:"op"`
	NodeWas        *dumpNode        `json:"nodeWas,omitempty"`
	Node           *dumpNode        `json:"node,omitempty"`
	RelationWas    *dumpRelation    `json:"relationWas,omitempty"`
	Relation       *dumpRelation    `json:"relation,omitempty"`
	RequirementWas *dumpRequirement `json:"requirementWas,omitempty"`
	Requirement    *dumpRequirement `json:"requirement,omitempty"`
	ClassWas       *Class           `json:"classWas,omitempty"`
	Class          *Class           `json:"class,omitempty"`
	TypeWas        *RelationType    `json:"typeWas,omitempty"`
	Type           *RelationType    `json:"type,omitempty"`
}

// MarshalJSON writes the change as a dump does.
func (c Change) MarshalJSON() ([]byte, error) { return plainJSON(dumpedChange(&c)) }

// UnmarshalJSON reads what MarshalJSON writes. An unknown field is an error: it
// would be lost.
func (c *Change) UnmarshalJSON(b []byte) error {
	var d dumpChange
	dec := json.NewDecoder(strings.NewReader(string(b)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		return Errorf(Invalid, "this is not a change of a ledger").Because(err)
	}
	*c = d.restored()
	return nil
}

func dumpedChange(c *Change) dumpChange {
	return dumpChange{Op: c.Op, NodeWas: dumped(c.NodeWas), Node: dumped(c.Node),
		RelationWas: dumpedRelation(c.RelationWas), Relation: dumpedRelation(c.Relation),
		RequirementWas: dumpedRequirement(c.RequirementWas), Requirement: dumpedRequirement(c.Requirement),
		ClassWas: c.ClassWas, Class: c.Class, TypeWas: c.TypeWas, Type: c.Type}
}

func (d *dumpChange) restored() Change {
	return Change{Op: d.Op, NodeWas: d.NodeWas.restored(), Node: d.Node.restored(),
		RelationWas: d.RelationWas.restored(), Relation: d.Relation.restored(),
		RequirementWas: d.RequirementWas.restored(), Requirement: d.Requirement.restored(),
		ClassWas: d.ClassWas, Class: d.Class, TypeWas: d.TypeWas, Type: d.Type}
}
