package graph

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// The bounds of what one node may hold.
const (
	MaxAttributes = 128
	MaxValueBytes = 8 << 10
	MaxNodeBytes  = 64 << 10

	MaxDocumentBytes = 1 << 20 // of one document; it does not count towards the node's
)

// created is the ref that a node named by its key is made with.
func (op PutNode) created() Ref {
	return Ref{op.Class, cmp.Or(op.Scope, DefaultScope), op.Name}
}

// record is the stored record of a node that exists.
func (c *checker) record(id ID) (*Node, error) {
	if x, ok := c.nodes[id]; ok {
		return x.Node, nil
	}
	if n, ok := c.r.Nodes[id]; ok {
		return n, nil
	}
	return nil, Errorf(Internal, "the record of node %d was not loaded", id)
}

// edit is the node's record to be changed: a copy at first touch. The copy is
// shallow: a list or map is replaced, never changed.
func (c *checker) edit(id ID) (*Node, error) {
	n, err := c.record(id)
	if err != nil {
		return nil, err
	}
	x := touch(c, c.nodes, id, func(x *Change) {
		after := *n
		after.Changed = c.revision
		x.NodeWas, x.Node = n, &after
	})
	return x.Node, nil
}

func (c *checker) putNode(op PutNode) (Effect, error) {
	id, err := c.find(op.Node)
	if err != nil {
		return Effect{}, inField("ci", err)
	}
	if id == 0 && op.Node.ID != 0 {
		return Effect{}, fail(NotFound, "ci", "no CI is named %s", describe(op.Node)).WithHint("an id is given by the service; to create a CI, name it by its ref")
	}
	if id != 0 {
		if c.isRetired(id) {
			if op.Node.ID == 0 && op.Node.Ref.IsZero() && op.Name != "" {
				return c.create(op) // the key's last owner is gone: it may name another CI
			}
			return Effect{}, stillRetired(c.refOf(id))
		}
		if op.Stub {
			return c.unchanged(id)
		}
		if class := c.refOf(id).Class; op.Class != "" && op.Class != class {
			return Effect{}, fail(Invalid, "class", "%s is %s and cannot become %s", c.refOf(id), article(class), article(Clip(op.Class))).WithHint("retire it and create another one")
		}
		return c.claim(id, op.said(op.Keys), op.ExpectedVersion)
	}
	return c.create(op)
}

// stillRetired refuses an upsert: what was retired comes back by a decision only.
func stillRetired(r Ref) error {
	return fail(Blocked, "ci", "%s is retired", r).WithHint("restore it first, so that no nightly job raises the dead")
}

func (c *checker) unchanged(id ID) (Effect, error) {
	e := Effect{Outcome: Unchanged, ID: id}
	if x, ok := c.nodes[id]; ok {
		e.Version = x.Node.Version
	} else if n, ok := c.r.Nodes[id]; ok {
		e.Version = n.Version
	}
	return e, nil
}

func (c *checker) create(op PutNode) (Effect, error) {
	ref := op.Node.Ref
	keys := op.Keys
	if ref.IsZero() {
		if op.Class == "" || op.Name == "" {
			return Effect{}, fail(NotFound, "ci", "no CI is named %s", describe(op.Node)).WithHint("to create it, give class and name")
		}
		ref, keys = op.created(), append([]Key{op.Node.Key}, keys...)
		id, err := c.find(NodeRef{Ref: ref})
		switch {
		case err != nil:
			return Effect{}, inField("ci", err)
		case id == 0 || c.refOf(id) != ref: // nobody has it now
		case c.isRetired(id):
			return Effect{}, stillRetired(ref)
		default:
			e := fail(Duplicate, "ci", "%s exists, but not with the key %s of %s", ref, Clip(op.Node.Key.Value), Clip(op.Node.Key.Source)).
				WithHint("give the CI that key, or create another one under another name")
			e.Existing = id
			return Effect{}, e
		}
	}
	if err := ref.Validate(); err != nil {
		return Effect{}, inField("ci", err)
	}
	class := c.cat.Class(ref.Class)
	switch {
	case class == nil:
		return Effect{}, fail(Invalid, "class", "the class %q is unknown", Clip(ref.Class)).WithHint("%s", nearest(ref.Class, c.cat.classes))
	case class.Abstract:
		return Effect{}, fail(Invalid, "class", "the class %s only groups others: nothing is just a %s", class.Name, class.Name).
			WithHint("one of %s", strings.Join(concrete(c.cat, class.Name), ", "))
	case op.Class != "" && op.Class != ref.Class:
		return Effect{}, fail(Invalid, "class", "the class %s is not that of %s", Clip(op.Class), ref)
	}
	if err := expected(op.ExpectedVersion, 0); err != nil {
		return Effect{}, err
	}
	if c.lastID >= MaxID {
		return Effect{}, fail(LimitExceeded, "ci", "more than %d CIs were created in this store", MaxID)
	}
	c.lastID++
	n := &Node{ID: c.lastID, Ref: ref, Created: c.revision, Changed: c.revision, Stub: op.Stub}
	touch(c, c.nodes, n.ID, func(x *Change) { x.Node = n })
	c.named[ref] = n.ID
	var err error
	if op.Stub {
		n.Keys, err = c.withKeys(n, keys)
	} else {
		_, err = c.claim(n.ID, op.said(keys), nil)
	}
	if err != nil {
		return Effect{}, err
	}
	n.Version = 1 // what it is made with is its first version
	return Effect{Outcome: Created, ID: n.ID, Version: 1}, nil
}

// concrete are the subclasses that nodes can be of.
func concrete(cat *Catalogue, class string) (names []string) {
	for _, name := range cat.Descendants(class) {
		if !cat.Class(name).Abstract {
			names = append(names, name)
		}
	}
	return names
}

// nearest proposes classes whose names share the beginning.
func nearest(name string, classes []*Class) string {
	best, most := "", 0
	for _, c := range classes {
		n := 0
		for n < len(name) && n < len(c.Name) && name[n] == c.Name[n] {
			n++
		}
		if n > most {
			best, most = c.Name, n
		}
	}
	if most < 3 {
		return "define it first; the catalogue lists the classes"
	}
	return "did you mean " + best + "? The catalogue lists the classes"
}

func (c *checker) claimAttributes(op ClaimAttributes) (Effect, error) {
	id, err := c.living(op.Node, "ci")
	if err != nil {
		return Effect{}, err
	}
	return c.claim(id, said{attributes: op.Attributes, evidence: op.Evidence}, op.ExpectedVersion)
}

// said is what a batch's source says about a node.
type said struct {
	attributes map[string]Value
	whole      bool // attributes that are absent are withdrawn
	evidence   Evidence
	forget     EvidenceFields
	keys       []Key
}

func (op PutNode) said(keys []Key) said {
	return said{op.Attributes, op.Whole, op.Evidence, op.Forget, keys}
}

// claim is what the batch's source says about a living node: attributes that are
// absent stay as they are, a zero Value withdraws.
func (c *checker) claim(id ID, is said, version *int64) (Effect, error) {
	attributes := is.attributes
	n, err := c.record(id)
	if err != nil {
		return Effect{}, err
	}
	if err := expected(version, n.Version); err != nil {
		return Effect{}, err
	}
	if err := validEvidence(is.evidence); err != nil {
		return Effect{}, err
	}
	if err := c.validAttributes(n.Ref.Class, attributes); err != nil {
		return Effect{}, err
	}
	at, found := slices.BinarySearchFunc(n.Claims, c.source, func(x Claim, s string) int { return strings.Compare(x.Source, s) })
	was := Claim{Source: c.source}
	if found {
		was = n.Claims[at]
	}
	if is.whole {
		attributes = withdrawing(was.Attributes, attributes)
	}
	now, news := merged(was, attributes, is.evidence, is.forget)
	keysNow, err := c.withKeys(n, is.keys)
	if err != nil {
		return Effect{}, err
	}
	if found && !news && !n.Stub && len(keysNow) == len(n.Keys) {
		return Effect{Outcome: Unchanged, ID: id, Version: n.Version}, nil
	}
	before, described := c.valuesOf(n, attributes), n.Stub
	after, err := c.edit(id)
	if err != nil {
		return Effect{}, err
	}
	after.Claims, after.Keys, after.Stub = slices.Clone(after.Claims), keysNow, false
	if found {
		after.Claims[at] = now
	} else {
		after.Claims = slices.Insert(after.Claims, at, now)
	}
	if err := c.bounded(after, attributes, described); err != nil {
		return Effect{}, err
	}
	if !slices.EqualFunc(before, c.valuesOf(after, attributes), Value.Equal) {
		after.Version++
	}
	return Effect{Outcome: Updated, ID: id, Version: after.Version}, nil
}

// withdrawing is what is said now, with the zero Value for all that was said before
// and is not any more.
func withdrawing(was, is map[string]Value) map[string]Value {
	out := make(map[string]Value, len(was)+len(is))
	for name := range was {
		out[name] = Value{}
	}
	maps.Copy(out, is)
	return out
}

// merged is a claim after its source spoke again. news is whether it says anything
// new: when it was seen, and by which run, does not count.
func merged(was Claim, attributes map[string]Value, ev Evidence, forget EvidenceFields) (is Claim, news bool) {
	is = was
	for name, v := range attributes {
		if old, ok := was.Attributes[name]; ok == !v.IsZero() && (!ok || old.Equal(v)) {
			continue
		}
		if !news {
			is.Attributes = maps.Clone(was.Attributes)
			if is.Attributes == nil {
				is.Attributes = make(map[string]Value, len(attributes))
			}
		}
		news = true
		if v.IsZero() {
			delete(is.Attributes, name)
		} else {
			is.Attributes[name] = v
		}
	}
	evidence := again(was.Evidence.without(forget), ev)
	if evidence.Method != was.Method || evidence.ConfirmedBy != was.ConfirmedBy {
		news = true
	}
	is.Evidence = evidence
	return is, news
}

// again is evidence after a source spoke again: what it leaves out stays.
func again(was, is Evidence) Evidence {
	if is.Method == Unstated {
		is.Method = was.Method
	}
	is.ConfirmedBy = cmp.Or(is.ConfirmedBy, was.ConfirmedBy)
	is.Run = cmp.Or(is.Run, was.Run)
	if is.ObservedAt.IsZero() {
		is.ObservedAt = was.ObservedAt
	}
	return is
}

func validEvidence(ev Evidence) error {
	if ev.Method > Inferred {
		return fail(Invalid, "evidence.method", "the method is unknown").WithHint("one of %s", joinNonEmpty(methodNames.names))
	}
	return nil
}

// valuesOf are the effective values of the named attributes, by name.
func (c *checker) valuesOf(n *Node, attributes map[string]Value) []Value {
	out := make([]Value, 0, len(attributes))
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		out = append(out, c.cat.effective(n, name))
	}
	return out
}

func (c *checker) validAttributes(class string, attributes map[string]Value) error {
	if len(attributes) == 0 {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		if err := c.validAttribute(class, name, attributes[name]); err != nil {
			return inField("attributes."+name, err)
		}
	}
	return nil
}

func (c *checker) validAttribute(class, name string, v Value) error {
	def := c.cat.Attribute(class, name)
	switch {
	case def == nil:
		return Errorf(Invalid, "the class %s has no attribute %q", class, Clip(name)).WithHint("the catalogue lists the attributes; a class of your own can add one")
	case v.IsZero():
		return nil
	case !fitsDef(def, v):
		if len(def.Allowed) > 0 {
			return Errorf(Invalid, "%q is not a value of the attribute %s", Clip(v.String()), name).WithHint("one of %s", strings.Join(def.Allowed, ", "))
		}
		return Errorf(Invalid, "the attribute %s is of type %s, not %s", name, def.Type, v.Kind())
	case v.kind == DocumentKind:
		if len(v.text) > MaxDocumentBytes {
			return Errorf(LimitExceeded, "%s is %d bytes long; at most %d are allowed", name, len(v.text), MaxDocumentBytes)
		}
	case valueBytes(v) > MaxValueBytes:
		return Errorf(LimitExceeded, "the value of %s is %d bytes long; at most %d are allowed", name, valueBytes(v), MaxValueBytes)
	}
	return nil
}

func valueBytes(v Value) int {
	n := len(v.text)
	for _, e := range v.list {
		n += len(e.text) + 8
	}
	return n
}

// bounded refuses a node that holds too much, or lacks what its class requires
// after the given attributes were claimed; all of it where the node is new.
func (c *checker) bounded(n *Node, claimed map[string]Value, isNew bool) error {
	count, size := 0, 0
	for i := range n.Claims {
		count = max(count, len(n.Claims[i].Attributes))
		for name, v := range n.Claims[i].Attributes {
			if v.kind != DocumentKind {
				size += len(name) + 8 + valueBytes(v)
			}
		}
	}
	switch {
	case count > MaxAttributes:
		return fail(LimitExceeded, "attributes", "%s would have %d attributes; at most %d are allowed", n.Ref, count, MaxAttributes)
	case size > MaxNodeBytes:
		return fail(LimitExceeded, "attributes", "%s would hold %d bytes; at most %d are allowed", n.Ref, size, MaxNodeBytes)
	}
	for _, def := range c.cat.Attributes(n.Ref.Class) {
		if _, named := claimed[def.Name]; def.Required && (named || isNew || n.Created == c.revision) && c.cat.effective(n, def.Name).IsZero() {
			return fail(Invalid, "attributes."+def.Name, "the class %s requires the attribute %s", n.Ref.Class, def.Name)
		}
	}
	return nil
}

func (c *checker) withdrawClaim(op WithdrawClaim) (Effect, error) {
	id, n, err := c.livingRecord(op.Node)
	if err != nil {
		return Effect{}, err
	}
	at := slices.IndexFunc(n.Claims, func(x Claim) bool { return x.Source == c.source })
	if at < 0 {
		return c.unchanged(id)
	}
	said := n.Claims[at].Attributes
	before := c.valuesOf(n, said)
	after, err := c.edit(id)
	if err != nil {
		return Effect{}, err
	}
	after.Claims = slices.Delete(slices.Clone(after.Claims), at, at+1)
	if err := c.bounded(after, said, false); err != nil {
		return Effect{}, err
	}
	if !slices.EqualFunc(before, c.valuesOf(after, said), Value.Equal) {
		after.Version++
	}
	return Effect{Outcome: Updated, ID: id, Version: after.Version}, nil
}
