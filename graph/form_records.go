package graph

import (
	"encoding/binary"
	"maps"
	"math"
	"slices"
	"time"
)

// Append writes the node's canonical binary form behind dst.
func (n *Node) Append(dst []byte) []byte {
	dst = append(dst, formVersion)
	dst = putUint(dst, uint64(n.ID))
	dst = putRef(dst, n.Ref)
	dst = putInt(dst, n.Version)
	dst = putUint(dst, uint64(n.Created))
	dst = putUint(dst, uint64(n.Changed))
	dst = putBool(dst, n.Retired)
	dst = putBool(dst, n.Stub)
	dst = putList(dst, n.Aliases, putRef)
	dst = putList(dst, n.Keys, putKey)
	dst = putUint(dst, uint64(len(n.Claims)))
	for i := range n.Claims {
		dst = putClaim(dst, &n.Claims[i])
	}
	dst = putUint(dst, uint64(len(n.Pins)))
	for i := range n.Pins {
		p := &n.Pins[i]
		dst = putText(dst, p.Attribute)
		dst = putValue(dst, p.Value)
		dst = putText(dst, p.Author)
		dst = putText(dst, p.Reason)
		dst = putTime(dst, p.Expires)
	}
	return dst
}

func putRef(dst []byte, r Ref) []byte {
	return putText(putText(putText(dst, r.Class), r.Scope), r.Name)
}

func putKey(dst []byte, k Key) []byte { return putText(putText(dst, k.Source), k.Value) }

func putEvidence(dst []byte, e *Evidence) []byte {
	dst = append(dst, byte(e.Method))
	dst = putTime(dst, e.ObservedAt)
	dst = putText(dst, e.ConfirmedBy)
	return putText(dst, e.Run)
}

func putClaim(dst []byte, c *Claim) []byte {
	dst = putText(dst, c.Source)
	dst = putEvidence(dst, &c.Evidence)
	return putValues(dst, c.Attributes)
}

func putValues(dst []byte, values map[string]Value) []byte {
	dst = putUint(dst, uint64(len(values)))
	if len(values) == 0 {
		return dst
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		dst = putValue(putText(dst, name), values[name])
	}
	return dst
}

// DecodeNode reads what Append wrote. It fails with Internal where b is damaged.
func DecodeNode(b []byte) (*Node, error) {
	f := open(b)
	n := f.node()
	return n, f.close()
}

func (f *form) node() *Node {
	n := &Node{ID: ID(f.uint()), Ref: f.ref(), Version: f.int(), Created: Revision(f.uint()), Changed: Revision(f.uint()),
		Retired: f.bool(), Stub: f.bool()}
	n.Aliases = list(f, f.ref)
	n.Keys = list(f, f.key)
	n.Claims = list(f, f.claim)
	n.Pins = list(f, func() Pin {
		return Pin{Attribute: f.text(), Value: f.value(), Author: f.text(), Reason: f.text(), Expires: f.time()}
	})
	return n
}

func (f *form) ref() Ref { return Ref{Class: f.text(), Scope: f.text(), Name: f.text()} }
func (f *form) key() Key { return Key{Source: f.text(), Value: f.text()} }

func (f *form) evidence() Evidence {
	return Evidence{Method: Method(f.enum(len(methodNames.names))), ObservedAt: f.time(), ConfirmedBy: f.text(), Run: f.text()}
}

func (f *form) claim() Claim {
	return Claim{Source: f.text(), Evidence: f.evidence(), Attributes: f.values()}
}

func (f *form) values() map[string]Value {
	n := f.count()
	if n == 0 {
		return nil
	}
	out := make(map[string]Value, n)
	for range n {
		name := f.text()
		out[name] = f.value()
	}
	return out
}

// Append writes the relation's canonical binary form behind dst.
func (r *Relation) Append(dst []byte) []byte {
	dst = append(dst, formVersion)
	dst = putUint(dst, uint64(r.From))
	dst = putText(dst, r.Type)
	dst = putUint(dst, uint64(r.To))
	dst = putText(dst, r.Requirement)
	dst = putText(dst, r.Qualifier)
	dst = putInt(dst, r.Version)
	dst = putUint(dst, uint64(r.Created))
	dst = putUint(dst, uint64(r.Changed))
	dst = putUint(dst, uint64(len(r.Claims)))
	for i := range r.Claims {
		c := &r.Claims[i]
		dst = putText(dst, c.Source)
		dst = putEvidence(dst, &c.Evidence)
		dst = putProps(dst, &c.RelationProps)
	}
	return dst
}

// Which properties of a relation are stated.
const (
	statesTransfer = 1 << iota
	statesGrace
	statesPhase
	statesCapacity
	statesWeight
	statesFrom
	statesTo
	statesFacts
)

func putProps(dst []byte, p *RelationProps) []byte {
	at := len(dst)
	dst = append(dst, 0)
	state := func(bit byte) { dst[at] |= bit }
	if p.Transfer != nil {
		dst = append(dst, byte(*p.Transfer))
		state(statesTransfer)
	}
	if p.Grace != 0 {
		dst = putInt(dst, int64(p.Grace))
		state(statesGrace)
	}
	if p.Phase != UnstatedPhase {
		dst = append(dst, byte(p.Phase))
		state(statesPhase)
	}
	if p.Capacity != nil {
		dst = putInt(dst, *p.Capacity)
		state(statesCapacity)
	}
	if p.Weight != nil {
		dst = binary.BigEndian.AppendUint64(dst, FloatValue(*p.Weight).bits)
		state(statesWeight)
	}
	if !p.ValidFrom.IsZero() {
		dst = putInt(dst, p.ValidFrom.UnixMicro())
		state(statesFrom)
	}
	if !p.ValidTo.IsZero() {
		dst = putInt(dst, p.ValidTo.UnixMicro())
		state(statesTo)
	}
	if len(p.Facts) > 0 {
		dst = putValues(dst, p.Facts)
		state(statesFacts)
	}
	return dst
}

// DecodeRelation reads what Append wrote. It fails with Internal where b is
// damaged.
func DecodeRelation(b []byte) (*Relation, error) {
	f := open(b)
	r := f.relation()
	return r, f.close()
}

// RelationDecoder reads many relations in a row. It may not be used by two goroutines at
// once.
type RelationDecoder struct {
	form  form
	names [3]string
}

// Decode is DecodeRelation; names that come again are not made anew.
func (d *RelationDecoder) Decode(b []byte) (*Relation, error) {
	d.form = form{rest: b, names: &d.names}
	d.form.version()
	r := d.form.relation()
	return r, d.form.close()
}

func (f *form) relation() *Relation {
	r := &Relation{RelationKey: RelationKey{From: ID(f.uint()), Type: f.name(0), To: ID(f.uint()), Requirement: f.name(1), Qualifier: f.text()},
		Version: f.int(), Created: Revision(f.uint()), Changed: Revision(f.uint())}
	r.Claims = list(f, func() RelationClaim {
		return RelationClaim{Source: f.name(2), Evidence: f.evidence(), RelationProps: f.props()}
	})
	return r
}

func (f *form) props() (p RelationProps) {
	has := f.byte()
	if has&statesTransfer != 0 {
		t := Transfer(f.byte())
		p.Transfer = &t
	}
	if has&statesGrace != 0 {
		p.Grace = time.Duration(f.int())
	}
	if has&statesPhase != 0 {
		p.Phase = Phase(f.enum(len(phaseNames.names)))
	}
	if has&statesCapacity != 0 {
		n := f.int()
		p.Capacity = &n
	}
	if has&statesWeight != 0 {
		var b [8]byte
		f.fixed(b[:])
		w := math.Float64frombits(binary.BigEndian.Uint64(b[:]))
		p.Weight = &w
	}
	if has&statesFrom != 0 {
		p.ValidFrom = time.UnixMicro(f.int()).UTC()
	}
	if has&statesTo != 0 {
		p.ValidTo = time.UnixMicro(f.int()).UTC()
	}
	if has&statesFacts != 0 {
		p.Facts = f.values()
	}
	return p
}

// Append writes the requirement's canonical binary form behind dst.
func (r *Requirement) Append(dst []byte) []byte {
	dst = append(dst, formVersion)
	dst = putUint(dst, uint64(r.Consumer))
	dst = putText(dst, r.Name)
	dst = append(dst, byte(r.Rule))
	dst = putInt(dst, int64(r.K))
	dst = putInt(dst, int64(r.Percent))
	dst = putInt(dst, int64(r.DesignedSize))
	dst = putInt(dst, int64(r.Greatest))
	dst = putBool(dst, r.SpareRequired != nil)
	if r.SpareRequired != nil {
		dst = putInt(dst, int64(*r.SpareRequired))
	}
	dst = putBool(dst, r.ByRule)
	dst = putText(dst, r.MemberType)
	dst = putText(dst, r.MemberClass)
	dst = putInt(dst, r.Version)
	dst = putUint(dst, uint64(r.Created))
	dst = putUint(dst, uint64(r.Changed))
	if r.Rule.detailed() {
		dst = r.RuleDetails.append(dst, r.Rule)
	}
	return dst
}

// DecodeRequirement reads what Append wrote. It fails with Internal where b is
// damaged.
func DecodeRequirement(b []byte) (*Requirement, error) {
	f := open(b)
	r := f.requirement()
	return r, f.close()
}

func (f *form) requirement() *Requirement {
	r := &Requirement{RequirementKey: RequirementKey{Consumer: ID(f.uint()), Name: f.text()}, Rule: Rule(f.enum(len(ruleNames.names))),
		K: int(f.int()), Percent: int(f.int()), DesignedSize: int(f.int()), Greatest: int(f.int())}
	if f.bool() {
		n := int(f.int())
		r.SpareRequired = &n
	}
	r.ByRule, r.MemberType, r.MemberClass = f.bool(), f.text(), f.text()
	r.Version, r.Created, r.Changed = f.int(), Revision(f.uint()), Revision(f.uint())
	if r.Rule.detailed() {
		r.RuleDetails = f.details(r.Rule)
	}
	return r
}
