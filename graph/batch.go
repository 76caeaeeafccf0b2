package graph

// MaxOperations bounds a batch.
const MaxOperations = 5000

// Batch is the verb of the system and the only way to change anything: an import
// chunk, a mutation, the modelled effect of a proposed change. It is all or
// nothing; a refusal names its operation's index.
type Batch struct {
	Actor   string
	Source  string   // whose claims these are; what a person types is "manual"
	Teams   []string // it may change the CIs that one of these answers for; nil: all
	Kept    bool     // it comes from a room that keeps records, and may touch these
	Message string
	Run     *Run // the import this is a chunk of, or nil
	Ops     []Operation
}

// ManualSource is the source of what a person types.
const ManualSource = "manual"

// RecordSource is the source of what the rooms that keep records say of them; nobody
// else may use it.
const RecordSource = "itsm"

// Run marks the chunks of one import, so that readers see one in progress and a
// killed one is completed by running it again. Only unfinished runs are kept.
type Run struct {
	Hash   string // of the whole input
	Source string
	Chunk  int // from 0
	Chunks int
}

// Last says whether this chunk ends the run.
func (r *Run) Last() bool { return r.Chunk == r.Chunks-1 }

// NodeRef names a node in one of three ways: by id, by ref (or a former ref), or
// by a source's key. Exactly one is set.
type NodeRef struct {
	ID  ID
	Ref Ref
	Key Key
}

// Operation is one of the closed set of operations below.
type Operation interface{ operation() }

type (
	// DefineClass creates or changes a class, all but what is to Keep. Builtin
	// classes may gain attributes only.
	DefineClass struct {
		Class Class
		Keep  DefinitionFields
	}

	// DefineRelationType creates or changes a relation type, all but what is to Keep.
	DefineRelationType struct {
		Type RelationType
		Keep DefinitionFields
	}

	// PutNode creates the node if nobody has that ref or key, and claims the
	// attributes for the batch's source. An absent attribute is kept (with Whole,
	// withdrawn), the zero Value withdraws the source's claim to it.
	PutNode struct {
		Node            NodeRef
		Class           string // for a node named by Key: needed with Name to create it
		Scope, Name     string
		Attributes      map[string]Value
		Whole           bool // Attributes is all that the source says
		Keys            []Key
		Evidence        Evidence
		Forget          EvidenceFields
		Stub            bool // create only if absent, claim nothing
		ExpectedVersion *int64
	}

	// Rename gives a node another name or scope; the old ref stays an alias.
	Rename struct {
		Node            NodeRef
		Scope, Name     string // "" keeps it
		ExpectedVersion *int64
	}

	// PutKey says by which key a source knows the node.
	PutKey struct {
		Node NodeRef
		Key  Key
	}

	// ClaimAttributes is PutNode for a node that must exist.
	ClaimAttributes struct {
		Node            NodeRef
		Attributes      map[string]Value
		Evidence        Evidence
		ExpectedVersion *int64
	}

	// WithdrawClaim drops all that the batch's source says about the node.
	WithdrawClaim struct{ Node NodeRef }

	// PutRelation creates the relation or the source's claim to it. It replaces
	// all properties that the source stated before, but those to Keep.
	PutRelation struct {
		From            NodeRef
		Type            string
		To              NodeRef
		Requirement     string
		Qualifier       string
		Props           RelationProps
		Keep            RelationFields
		Evidence        Evidence
		Forget          EvidenceFields
		ExpectedVersion *int64
	}

	// WithdrawRelation drops the source's claim; with the last claim the relation
	// goes. Where only other sources claim it, it is refused and names them.
	WithdrawRelation struct {
		From            NodeRef
		Type            string
		To              NodeRef
		Requirement     string
		Qualifier       string
		ExpectedVersion *int64
	}

	// Confirm records that a person vouches for a relation, as a claim of the
	// batch's source; what it said of the properties stays.
	Confirm struct {
		From            NodeRef
		Type            string
		To              NodeRef
		Requirement     string
		Qualifier       string
		Evidence        Evidence // ConfirmedBy and ObservedAt
		Forget          EvidenceFields
		ExpectedVersion *int64
	}

	// PutRequirement creates or changes a requirement of a consumer. It replaces
	// all that was said before, but what is to Keep and belongs to the rule.
	PutRequirement struct {
		Of              NodeRef
		Name            string
		Rule            Rule
		K, Percent      int
		DesignedSize    int
		RuleDetails               // its Targets are Reach, once these are resolved
		Reach           []NodeRef // REACHES: the targets
		SpareRequired   *int
		Keep            RequirementFields
		ExpectedVersion *int64
	}

	// WithdrawRequirement drops a requirement without members; one with members
	// is refused.
	WithdrawRequirement struct {
		Of              NodeRef
		Name            string
		ExpectedVersion *int64
	}

	// SetPin pins an attribute, or (Attribute "") states "verified not impacted". It
	// replaces the pin that was there, all but what is to Keep.
	SetPin struct {
		Node NodeRef
		Pin  Pin
		Keep PinFields
	}

	// Unpin removes a pin.
	Unpin struct {
		Node      NodeRef
		Attribute string
	}

	// Retire makes a tombstone; relations stay.
	Retire struct {
		Node            NodeRef
		ExpectedVersion *int64
	}

	// Restore undoes Retire; refused as a duplicate where the ref was taken.
	Restore struct {
		Node            NodeRef
		ExpectedVersion *int64
	}

	// Purge removes a retired node for good, with its relations and requirements.
	Purge struct{ Node NodeRef }
)

func (DefineClass) operation()         {}
func (DefineRelationType) operation()  {}
func (PutNode) operation()             {}
func (Rename) operation()              {}
func (PutKey) operation()              {}
func (ClaimAttributes) operation()     {}
func (WithdrawClaim) operation()       {}
func (PutRelation) operation()         {}
func (WithdrawRelation) operation()    {}
func (Confirm) operation()             {}
func (PutRequirement) operation()      {}
func (WithdrawRequirement) operation() {}
func (SetPin) operation()              {}
func (Unpin) operation()               {}
func (Retire) operation()              {}
func (Restore) operation()             {}
func (Purge) operation()               {}
