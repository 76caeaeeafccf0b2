package graph

import (
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// A line of a dump is an entry as JSON that people can read and that loses
// nothing: reading it back gives the same canonical bytes, so the same hash.

type dumpEntry struct {
	Revision Revision     `json:"revision"`
	At       time.Time    `json:"at"`
	Actor    string       `json:"actor,omitempty"`
	Source   string       `json:"source,omitempty"`
	Message  string       `json:"message,omitempty"`
	Run      *dumpRun     `json:"run,omitempty"`
	Changes  []dumpChange `json:"changes"`
	Previous string       `json:"previous"`
	Content  string       `json:"content"`
	Hash     string       `json:"hash"`
}

type dumpRun struct {
	Hash   string `json:"hash"`
	Source string `json:"source,omitempty"`
	Chunk  int    `json:"chunk"`
	Chunks int    `json:"chunks"`
}

type dumpNode struct {
	ID      ID          `json:"id"`
	Ref     dumpRef     `json:"ref"`
	Version int64       `json:"version"`
	Created Revision    `json:"created"`
	Changed Revision    `json:"changed"`
	Retired bool        `json:"retired,omitempty"`
	Stub    bool        `json:"stub,omitempty"`
	Aliases []dumpRef   `json:"aliases,omitempty"`
	Keys    [][2]string `json:"keys,omitempty"`
	Claims  []dumpClaim `json:"claims,omitempty"`
	Pins    []dumpPin   `json:"pins,omitempty"`
}

// dumpRef is class, scope and name.
type dumpRef [3]string

type dumpEvidence struct {
	Method      Method     `json:"method,omitempty"`
	ObservedAt  *time.Time `json:"observedAt,omitempty"`
	ConfirmedBy string     `json:"confirmedBy,omitempty"`
	Run         string     `json:"run,omitempty"`
}

type dumpClaim struct {
	Source string `json:"source"`
	dumpEvidence
	Attributes map[string]dumpValue `json:"attributes,omitempty"`
}

type dumpPin struct {
	Attribute string     `json:"attribute,omitempty"`
	Value     *dumpValue `json:"value,omitempty"`
	Author    string     `json:"author,omitempty"`
	Reason    string     `json:"reason,omitempty"`
	Expires   *time.Time `json:"expires,omitempty"`
}

type dumpRelation struct {
	From        ID                  `json:"from"`
	Type        string              `json:"type"`
	To          ID                  `json:"to"`
	Requirement string              `json:"requirement,omitempty"`
	Qualifier   string              `json:"qualifier,omitempty"`
	Version     int64               `json:"version"`
	Created     Revision            `json:"created"`
	Changed     Revision            `json:"changed"`
	Claims      []dumpRelationClaim `json:"claims,omitempty"`
}

type dumpRelationClaim struct {
	Source string `json:"source"`
	dumpEvidence
	Transfer  *Transfer     `json:"transfer,omitempty"`
	Grace     time.Duration `json:"grace,omitempty"` // nanoseconds
	Phase     Phase         `json:"phase,omitempty"`
	Capacity  *int64        `json:"capacity,omitempty"`
	Weight    *float64      `json:"weight,omitempty"`
	ValidFrom *time.Time    `json:"validFrom,omitempty"`
	ValidTo   *time.Time    `json:"validTo,omitempty"`

	Facts map[string]dumpValue `json:"facts,omitempty"`
}

type dumpRequirement struct {
	Consumer      ID     `json:"consumer"`
	Name          string `json:"name"`
	Rule          Rule   `json:"rule"`
	K             int    `json:"k,omitempty"`
	Percent       int    `json:"percent,omitempty"`
	DesignedSize  int    `json:"designedSize,omitempty"`
	Greatest      int    `json:"greatest,omitempty"`
	SpareRequired *int   `json:"spareRequired,omitempty"`
	ByRule        bool   `json:"byRule,omitempty"`
	MemberType    string `json:"memberType,omitempty"`
	MemberClass   string `json:"memberClass,omitempty"`

	Failover time.Duration `json:"failover,omitempty"` // nanoseconds
	Demand   int64         `json:"demand,omitempty"`
	Steps    []dumpStep    `json:"demandSteps,omitempty"`
	Headroom int           `json:"headroomPercent,omitempty"`
	Degraded *int          `json:"degradedPercent,omitempty"`
	Floor    *int          `json:"floorPercent,omitempty"`
	Targets  []ID          `json:"targets,omitempty"`
	Plane    string        `json:"plane,omitempty"`

	Version int64    `json:"version"`
	Created Revision `json:"created"`
	Changed Revision `json:"changed"`
}

type dumpStep struct {
	At     time.Time `json:"at"`
	Demand int64     `json:"demand"`
}

// MarshalJSON writes a line of a dump.
func (e Entry) MarshalJSON() ([]byte, error) {
	d := dumpEntry{Revision: e.Revision, At: e.At.UTC(), Actor: e.Actor, Source: e.Source, Message: e.Message,
		Previous: e.Previous.String(), Content: e.Content.String(), Hash: e.Hash.String(), Changes: make([]dumpChange, len(e.Changes))}
	if e.Run != nil {
		d.Run = (*dumpRun)(e.Run)
	}
	for i := range e.Changes {
		d.Changes[i] = dumpedChange(&e.Changes[i])
	}
	return plainJSON(d)
}

// plainJSON is v as JSON in which a person can read <, > and &.
func plainJSON(v any) ([]byte, error) {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return []byte(b.String()), err
}

// UnmarshalJSON reads a line of a dump. An unknown field is an error: it would be
// lost, and with it the hash.
func (e *Entry) UnmarshalJSON(b []byte) error {
	var d dumpEntry
	dec := json.NewDecoder(strings.NewReader(string(b)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		return Errorf(Invalid, "this is not an entry of a ledger").Because(err)
	}
	*e = Entry{Revision: d.Revision, At: d.At.UTC(), Actor: d.Actor, Source: d.Source, Message: d.Message, Run: (*Run)(d.Run)}
	for _, h := range []struct {
		text string
		to   []byte
	}{{d.Previous, e.Previous[:]}, {d.Content, e.Content[:]}, {d.Hash, e.Hash[:]}} {
		if n, err := hex.Decode(h.to, []byte(h.text[:min(len(h.text), 64)])); err != nil || n != len(e.Hash) || len(h.text) != 64 {
			return Errorf(Invalid, "an entry's hash is not 64 hexadecimal digits")
		}
	}
	e.Changes = make([]Change, len(d.Changes))
	for i := range d.Changes {
		e.Changes[i] = d.Changes[i].restored()
	}
	return nil
}

func dumped(n *Node) *dumpNode {
	if n == nil {
		return nil
	}
	d := &dumpNode{ID: n.ID, Ref: dumpRefOf(n.Ref), Version: n.Version, Created: n.Created, Changed: n.Changed, Retired: n.Retired, Stub: n.Stub}
	for _, a := range n.Aliases {
		d.Aliases = append(d.Aliases, dumpRefOf(a))
	}
	for _, k := range n.Keys {
		d.Keys = append(d.Keys, [2]string{k.Source, k.Value})
	}
	for i := range n.Claims {
		d.Claims = append(d.Claims, dumpClaim{Source: n.Claims[i].Source, dumpEvidence: dumpedEvidence(n.Claims[i].Evidence), Attributes: dumpedValues(n.Claims[i].Attributes)})
	}
	for _, p := range n.Pins {
		x := dumpPin{Attribute: p.Attribute, Author: p.Author, Reason: p.Reason, Expires: given(p.Expires)}
		if !p.Value.IsZero() {
			x.Value = &dumpValue{p.Value}
		}
		d.Pins = append(d.Pins, x)
	}
	return d
}

func (d *dumpNode) restored() *Node {
	if d == nil {
		return nil
	}
	n := &Node{ID: d.ID, Ref: d.Ref.restored(), Version: d.Version, Created: d.Created, Changed: d.Changed, Retired: d.Retired, Stub: d.Stub}
	for _, a := range d.Aliases {
		n.Aliases = append(n.Aliases, a.restored())
	}
	for _, k := range d.Keys {
		n.Keys = append(n.Keys, Key{k[0], k[1]})
	}
	for _, c := range d.Claims {
		n.Claims = append(n.Claims, Claim{Source: c.Source, Evidence: c.restored(), Attributes: restoredValues(c.Attributes)})
	}
	for _, p := range d.Pins {
		x := Pin{Attribute: p.Attribute, Author: p.Author, Reason: p.Reason, Expires: orZero(p.Expires)}
		if p.Value != nil {
			x.Value = p.Value.Value
		}
		n.Pins = append(n.Pins, x)
	}
	return n
}

func dumpRefOf(r Ref) dumpRef      { return dumpRef{r.Class, r.Scope, r.Name} }
func (d dumpRef) restored() Ref    { return Ref{d[0], d[1], d[2]} }
func given(t time.Time) *time.Time { return pointer(t.UTC(), !t.IsZero()) }

func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

func pointer[T any](v T, is bool) *T {
	if !is {
		return nil
	}
	return &v
}

func dumpedEvidence(e Evidence) dumpEvidence {
	return dumpEvidence{Method: e.Method, ObservedAt: given(e.ObservedAt), ConfirmedBy: e.ConfirmedBy, Run: e.Run}
}

func (d dumpEvidence) restored() Evidence {
	return Evidence{Method: d.Method, ObservedAt: orZero(d.ObservedAt), ConfirmedBy: d.ConfirmedBy, Run: d.Run}
}

func dumpedRelation(r *Relation) *dumpRelation {
	if r == nil {
		return nil
	}
	d := &dumpRelation{From: r.From, Type: r.Type, To: r.To, Requirement: r.Requirement, Qualifier: r.Qualifier,
		Version: r.Version, Created: r.Created, Changed: r.Changed}
	for _, c := range r.Claims {
		d.Claims = append(d.Claims, dumpRelationClaim{Source: c.Source, dumpEvidence: dumpedEvidence(c.Evidence), Transfer: c.Transfer, Grace: c.Grace,
			Phase: c.Phase, Capacity: c.Capacity, Weight: c.Weight, ValidFrom: given(c.ValidFrom), ValidTo: given(c.ValidTo), Facts: dumpedValues(c.Facts)})
	}
	return d
}

func (d *dumpRelation) restored() *Relation {
	if d == nil {
		return nil
	}
	r := &Relation{RelationKey: RelationKey{From: d.From, Type: d.Type, To: d.To, Requirement: d.Requirement, Qualifier: d.Qualifier},
		Version: d.Version, Created: d.Created, Changed: d.Changed}
	for _, c := range d.Claims {
		r.Claims = append(r.Claims, RelationClaim{Source: c.Source, Evidence: c.restored(), RelationProps: RelationProps{Transfer: c.Transfer, Grace: c.Grace,
			Phase: c.Phase, Capacity: c.Capacity, Weight: c.Weight, ValidFrom: orZero(c.ValidFrom), ValidTo: orZero(c.ValidTo), Facts: restoredValues(c.Facts)}})
	}
	return r
}

func dumpedRequirement(r *Requirement) *dumpRequirement {
	if r == nil {
		return nil
	}
	d := &dumpRequirement{Consumer: r.Consumer, Name: r.Name, Rule: r.Rule, K: r.K, Percent: r.Percent, DesignedSize: r.DesignedSize,
		Greatest: r.Greatest, SpareRequired: r.SpareRequired, ByRule: r.ByRule, MemberType: r.MemberType, MemberClass: r.MemberClass,
		Failover: r.Failover, Demand: r.Demand, Headroom: r.Headroom, Degraded: r.Degraded, Floor: r.Floor, Targets: r.Targets, Plane: r.Plane,
		Version: r.Version, Created: r.Created, Changed: r.Changed}
	for _, s := range r.Steps {
		d.Steps = append(d.Steps, dumpStep(s))
	}
	return d
}

func (d *dumpRequirement) restored() *Requirement {
	if d == nil {
		return nil
	}
	r := &Requirement{RequirementKey: RequirementKey{Consumer: d.Consumer, Name: d.Name}, Rule: d.Rule, K: d.K, Percent: d.Percent,
		DesignedSize: d.DesignedSize, Greatest: d.Greatest, SpareRequired: d.SpareRequired, ByRule: d.ByRule, MemberType: d.MemberType,
		MemberClass: d.MemberClass, Version: d.Version, Created: d.Created, Changed: d.Changed,
		RuleDetails: RuleDetails{Failover: d.Failover, Demand: d.Demand, Headroom: d.Headroom, Degraded: d.Degraded, Floor: d.Floor, Targets: d.Targets, Plane: d.Plane}}
	for _, s := range d.Steps {
		r.Steps = append(r.Steps, DemandStep{s.At.UTC(), s.Demand})
	}
	return r
}

func dumpedValues(values map[string]Value) map[string]dumpValue {
	if len(values) == 0 {
		return nil
	}
	out := make(map[string]dumpValue, len(values))
	for name, v := range values {
		out[name] = dumpValue{v}
	}
	return out
}

func restoredValues(values map[string]dumpValue) map[string]Value {
	if len(values) == 0 {
		return nil
	}
	out := make(map[string]Value, len(values))
	for name, v := range values {
		out[name] = v.Value
	}
	return out
}

// dumpValue is a value with its kind: strings, booleans and lists stand for
// themselves, the rest is an object of its kind and its exact text.
type dumpValue struct{ Value }

func (v dumpValue) MarshalJSON() ([]byte, error) {
	switch v.kind {
	case StringKind, BoolKind, NoValue:
		return v.Value.MarshalJSON()
	case ListKind:
		parts := make([]dumpValue, len(v.list))
		for i, e := range v.list {
			parts[i] = dumpValue{e}
		}
		return json.Marshal(parts)
	}
	text := strconv.FormatInt(int64(v.bits), 10)
	switch v.kind {
	case FloatKind, DocumentKind:
		text = v.String()
	}
	return json.Marshal(map[string]string{v.kind.String(): text})
}

func (v *dumpValue) UnmarshalJSON(b []byte) error {
	switch jsonWord(b) {
	case "a string":
		var s string
		err := json.Unmarshal(b, &s)
		v.Value = StringValue(s)
		return err
	case "a boolean":
		v.Value = BoolValue(b[0] == 't')
		return nil
	case "a list":
		var parts []dumpValue
		err := json.Unmarshal(b, &parts)
		elements := make([]Value, len(parts))
		for i := range parts {
			elements[i] = parts[i].Value
		}
		v.Value = ListValue(elements...)
		return err
	}
	var tagged map[string]string
	if err := json.Unmarshal(b, &tagged); err != nil || len(tagged) != 1 {
		return Errorf(Invalid, "a value of a dump is neither text, boolean, list nor an object of one kind")
	}
	for name, text := range tagged {
		var kind ValueKind
		if err := kind.UnmarshalText([]byte(name)); err != nil {
			return err
		}
		if kind == DocumentKind {
			v.Value = Value{kind: DocumentKind, text: text}
			return nil
		}
		if kind == FloatKind {
			f, err := strconv.ParseFloat(text, 64)
			v.Value = FloatValue(f)
			return err
		}
		n, err := strconv.ParseInt(text, 10, 64)
		v.Value = Value{kind: kind, bits: uint64(n)}
		return err
	}
	return nil
}
