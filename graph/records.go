package graph

// Records are the full records that a batch touches, as a store has them at the
// head. [Needs] says which; absent entries do not exist.
type Records struct {
	Nodes        map[ID]*Node
	Relations    map[RelationKey]*Relation
	Requirements map[RequirementKey]*Requirement
	// ByRef finds living nodes by former refs, and retired nodes by the ref they
	// had (so that an upsert can hint to restore): only refs that the snapshot
	// does not know are looked up.
	ByRef map[Ref]ID
	ByKey map[Key]ID
}

// Wants are what a batch needs to know before it can be checked. They are asked
// for in two rounds: first the names that the snapshot does not know, then, with
// these resolved, the records.
type Wants struct {
	Refs         []Ref
	Keys         []Key
	Nodes        []ID
	Relations    []RelationKey
	Requirements []RequirementKey
}
