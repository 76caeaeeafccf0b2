package graph

// An operation is a value: what it leaves as it was is part of it, so that the
// merge happens at the head and not where the operation was written down.

// EvidenceFields is a set of fields of evidence: what a source takes back.
type EvidenceFields uint8

// The fields of evidence that a source states.
const (
	MethodField EvidenceFields = 1 << iota
	ObservedAtField
	ConfirmedByField

	AllEvidence = MethodField | ObservedAtField | ConfirmedByField
)

// without is evidence whose fields are taken back.
func (e Evidence) without(fields EvidenceFields) Evidence {
	if fields&MethodField != 0 {
		e.Method = Unstated
	}
	if fields&ObservedAtField != 0 {
		e.ObservedAt = Evidence{}.ObservedAt
	}
	if fields&ConfirmedByField != 0 {
		e.ConfirmedBy = ""
	}
	return e
}

// RelationFields is a set of properties of a relation.
type RelationFields uint8

// The properties of a relation.
const (
	TransferField RelationFields = 1 << iota
	GraceField
	PhaseField
	CapacityField
	WeightField
	ValidFromField
	ValidToField
)

// keeping is what is said now, with the fields to keep as they were.
func (p RelationProps) keeping(fields RelationFields, was *RelationProps) RelationProps {
	if fields&TransferField != 0 {
		p.Transfer = was.Transfer
	}
	if fields&GraceField != 0 {
		p.Grace = was.Grace
	}
	if fields&PhaseField != 0 {
		p.Phase = was.Phase
	}
	if fields&CapacityField != 0 {
		p.Capacity = was.Capacity
	}
	if fields&WeightField != 0 {
		p.Weight = was.Weight
	}
	if fields&ValidFromField != 0 {
		p.ValidFrom = was.ValidFrom
	}
	if fields&ValidToField != 0 {
		p.ValidTo = was.ValidTo
	}
	return p
}

// RequirementFields is a set of fields of a requirement.
type RequirementFields uint16

// The fields of a requirement that one may leave as they are.
const (
	KField RequirementFields = 1 << iota
	PercentField
	DesignedSizeField
	SpareRequiredField
	FailoverField
	DemandField
	DemandStepsField
	HeadroomField
	DegradedField
	FloorField
	TargetsField
	PlaneField
)

// keeping is the operation with the fields to keep as they were, where its rule
// has them.
func (op PutRequirement) keeping(was *Requirement) PutRequirement {
	if op.Keep&KField != 0 && op.Rule == AtLeast {
		op.K = was.K
	}
	if op.Keep&PercentField != 0 && op.Rule == Percent {
		op.Percent = was.Percent
	}
	if op.Keep&DesignedSizeField != 0 {
		op.DesignedSize = was.DesignedSize
	}
	if op.Keep&SpareRequiredField != 0 {
		op.SpareRequired = was.SpareRequired
	}
	if op.Rule == ActivePassive && op.Keep&FailoverField != 0 {
		op.Failover = was.Failover
	}
	if op.Rule == Reaches && op.Keep&TargetsField != 0 {
		op.Targets = was.Targets
	}
	if op.Rule == Reaches && op.Keep&PlaneField != 0 {
		op.Plane = was.Plane
	}
	if op.Rule != Capacity {
		return op
	}
	if op.Keep&DemandField != 0 {
		op.Demand = was.Demand
	}
	if op.Keep&DemandStepsField != 0 {
		op.Steps = was.Steps
	}
	if op.Keep&HeadroomField != 0 {
		op.Headroom = was.Headroom
	}
	if op.Keep&DegradedField != 0 {
		op.Degraded = was.Degraded
	}
	if op.Keep&FloorField != 0 {
		op.Floor = was.Floor
	}
	return op
}

// PinFields is a set of fields of a pin.
type PinFields uint8

// The fields of a pin that one may leave as they are.
const (
	ValueField PinFields = 1 << iota
	ExpiresField
)

// keeping is the pin with the fields to keep as they were.
func (p Pin) keeping(fields PinFields, was *Pin) Pin {
	if fields&ValueField != 0 {
		p.Value = was.Value
	}
	if fields&ExpiresField != 0 {
		p.Expires = was.Expires
	}
	return p
}

// DefinitionFields is a set of fields of a class or a relation type.
type DefinitionFields uint16

// The fields of a definition that one may leave as they are.
const (
	ExtendsField DefinitionFields = 1 << iota
	DescriptionField
	TierField
	AbstractField
	AttributesField
	IdentifiersField
	RequiresField
	RedundancyField
	RankingField
	BetweenField // of a relation type
)

// keeping is the class with the fields to keep as they were.
func (c Class) keeping(fields DefinitionFields, was *Class) Class {
	if fields&ExtendsField != 0 {
		c.Extends = was.Extends
	}
	if fields&DescriptionField != 0 {
		c.Description = was.Description
	}
	if fields&TierField != 0 {
		c.Tier = was.Tier
	}
	if fields&AbstractField != 0 {
		c.Abstract = was.Abstract
	}
	if fields&AttributesField != 0 {
		c.Attributes = was.Attributes
	}
	if fields&IdentifiersField != 0 {
		c.Identifiers = was.Identifiers
	}
	if fields&RequiresField != 0 {
		c.Requires = was.Requires
	}
	if fields&RedundancyField != 0 {
		c.Redundancy = was.Redundancy
	}
	if fields&RankingField != 0 {
		c.Ranking = was.Ranking
	}
	return c
}

// keeping is the relation type with the fields to keep as they were.
func (t RelationType) keeping(fields DefinitionFields, was *RelationType) RelationType {
	if fields&DescriptionField != 0 {
		t.Description = was.Description
	}
	if fields&BetweenField != 0 {
		t.Between = was.Between
	}
	return t
}
