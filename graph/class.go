package graph

// Class describes one kind of node: data, not code. Classes inherit attributes,
// identifier sets, required relations and redundancy rules from Extends.
type Class struct {
	Name        string           `json:"name"`
	Extends     string           `json:"extends,omitempty"` // "" only for the roots ci and record
	Description string           `json:"description,omitempty"`
	Tier        string           `json:"tier,omitempty"` // the column of pictures, see Tiers; inherited where empty
	Abstract    bool             `json:"abstract,omitempty"`
	Attributes  []AttributeDef   `json:"attributes,omitempty"`
	Identifiers [][]string       `json:"identifiers,omitempty"` // ordered sets of attribute names that identify a node
	Requires    []RequiredLink   `json:"requires,omitempty"`    // what every node of the class must have, for blind spots
	Redundancy  []RedundancyRule `json:"redundancy,omitempty"`  // requirements that come for free
	Ranking     []SourceRanking  `json:"ranking,omitempty"`     // which source wins for which attribute
	Builtin     bool             `json:"builtin,omitempty"`
}

// Tiers are the columns of pictures, from what users see to what everything
// stands on.
var Tiers = []string{"business", "application", "data", "platform", "compute", "network", "storage", "facility", "organisation", "information", "record"}

// AttributeDef is a typed attribute of a class.
type AttributeDef struct {
	Name        string    `json:"name"`
	Type        ValueKind `json:"type"`           // for a list: ListKind, with Of
	Of          ValueKind `json:"of,omitempty"`   // element type of a list
	Unit        string    `json:"unit,omitempty"` // for example "bit/s"
	Description string    `json:"description,omitempty"`
	Required    bool      `json:"required,omitempty"`
	Allowed     []string  `json:"allowed,omitempty"` // values of an enum
	Default     string    `json:"default,omitempty"` // the effective value where no source says one
	Indexed     bool      `json:"indexed,omitempty"` // may be filtered and ordered on in classes of any size
}

// RequiredLink says that a node of the class is only completely modelled with at
// least one relation of one of Types in the given direction. It never refuses a
// write; its absence is a blind spot.
type RequiredLink struct {
	Types     []string  `json:"types"`
	Direction Direction `json:"direction"` // PROVIDERS: an outgoing relation; CONSUMERS: an incoming one
	Reason    string    `json:"reason"`    // for a person: what is unknown without it
}

// RedundancyRule makes a requirement over a consumer's relations of one type,
// where nobody wrote one: cluster members, dual uplinks, dual power feeds,
// replicas. It begins where two relations outside requirements fit (one alone is
// required by itself, which says the same) and holds until the last one goes.
type RedundancyRule struct {
	Name     string `json:"name"`               // of the requirement
	Type     string `json:"type"`               // of the relations
	Provider string `json:"provider,omitempty"` // class of the providers, or any
	Rule     Rule   `json:"rule"`
	K        int    `json:"k,omitempty"`
	Percent  int    `json:"percent,omitempty"`
	Reason   string `json:"reason"` // quoted in answers
}

// SourceRanking orders sources for one attribute ("" is every attribute), best
// first. Sources that it does not name follow, by name.
type SourceRanking struct {
	Attribute string   `json:"attribute,omitempty"`
	Sources   []string `json:"sources"`
}

// BaselineClass is the class of configuration baselines: named revisions.
const BaselineClass = "configuration_baseline"

// Direction is the way along relations: to what a CI needs, or to what needs it.
type Direction uint8

// The two directions.
const (
	Providers Direction = iota // from consumer to provider: what it depends on
	Consumers                  // from provider to consumer: what depends on it
)

var directionNames = enumNames{"direction", []string{"PROVIDERS", "CONSUMERS"}}

func (d Direction) String() string                { return directionNames.name(uint8(d)) }
func (d Direction) MarshalText() ([]byte, error)  { return []byte(d.String()), nil }
func (d *Direction) UnmarshalText(b []byte) error { return directionNames.read(b, (*uint8)(d)) }

// MarshalText writes the type's name.
func (k ValueKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads a type's name, for example "int".
func (k *ValueKind) UnmarshalText(b []byte) error {
	return enumNames{"attribute type", valueKindNames[:]}.read(b, (*uint8)(k))
}

// RelationType describes one kind of relation, stored once, consumer to provider.
type RelationType struct {
	Name        string      `json:"name"`    // read from consumer to provider: RUNS_ON
	Reverse     string      `json:"reverse"` // read backwards: HOSTS
	Description string      `json:"description,omitempty"`
	Plane       string      `json:"plane"`             // hosting, network, power, data, people, telemetry, ...
	Transfer    Transfer    `json:"transfer"`          // default of its relations
	Impact      Impact      `json:"impact"`            // whether impact flows to the consumer at all
	Between     []ClassPair `json:"between,omitempty"` // allowed class pairs, subclasses included; empty: any two CIs
	Builtin     bool        `json:"builtin,omitempty"`
}

// ClassPair is one allowed pair of end points.
type ClassPair struct {
	Consumer string `json:"consumer"`
	Provider string `json:"provider"`
}

// Impact says which way impact flows along a relation type.
type Impact uint8

// Impact flows to the consumer, or not at all.
const (
	ToConsumer Impact = iota
	NoImpact
)

var impactNames = enumNames{"impact", []string{"TO_CONSUMER", "NONE"}}

func (i Impact) String() string                { return impactNames.name(uint8(i)) }
func (i Impact) MarshalText() ([]byte, error)  { return []byte(i.String()), nil }
func (i *Impact) UnmarshalText(b []byte) error { return impactNames.read(b, (*uint8)(i)) }

// Lifecycle is where a CI stands in its life. Other than Live and InTest it is
// DOWN for its consumers: a planned server is no spare.
type Lifecycle uint8

// The lifecycle of configuration items; the zero value is Live, the default.
const (
	Live Lifecycle = iota
	Planned
	InBuild
	InTest
	Suspended
	LifecycleRetired
	Disposed
)

var lifecycleNames = enumNames{"lifecycle", []string{"LIVE", "PLANNED", "IN_BUILD", "IN_TEST", "SUSPENDED", "RETIRED", "DISPOSED"}}

func (l Lifecycle) String() string                { return lifecycleNames.name(uint8(l)) }
func (l Lifecycle) MarshalText() ([]byte, error)  { return []byte(l.String()), nil }
func (l *Lifecycle) UnmarshalText(b []byte) error { return lifecycleNames.read(b, (*uint8)(l)) }

// Delivers says whether a CI in this lifecycle can serve its consumers.
func (l Lifecycle) Delivers() bool { return l == Live || l == InTest }

// enumNames gives a small enum its text form.
type enumNames struct {
	what  string
	names []string
}

func (e enumNames) name(i uint8) string {
	if int(i) >= len(e.names) {
		return "?"
	}
	return e.names[i]
}

func (e enumNames) read(b []byte, to *uint8) error {
	for i, n := range e.names {
		if n == string(b) {
			*to = uint8(i)
			return nil
		}
	}
	return Errorf(Invalid, "%q is not a %s", Clip(string(b)), e.what).WithHint("one of %s", joinNonEmpty(e.names))
}

func joinNonEmpty(names []string) string {
	out := ""
	for _, n := range names {
		if n == "" {
			continue
		}
		if out != "" {
			out += ", "
		}
		out += n
	}
	return out
}
