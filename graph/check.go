package graph

import (
	"fmt"
	"slices"
	"strings"
)

// Check is the rules: what a batch would change at the head that s and r show,
// or why it is refused. It is pure: whoever commits loads r ([WantedNames], then
// [WantedRecords]), and writes the plan while the head is locked. A refusal is an
// [Error] that names the first operation that is at fault, and the field.
// Operations see what the ones before them did.
func Check(b Batch, s *Snapshot, r Records) (*Plan, error) {
	if len(b.Ops) > MaxOperations {
		return nil, Errorf(LimitExceeded, "%d operations in one batch; at most %d are allowed", len(b.Ops), MaxOperations).WithHint("send fewer at once")
	}
	if b.Source == "" {
		b.Source = ManualSource
	}
	if err := validPart("source", b.Source); err != nil {
		return nil, err
	}
	if b.Source == RecordSource && !b.Kept {
		return nil, Errorf(Invalid, "the source %q is the service's own", RecordSource).WithHint("name your own source")
	}
	c := newChecker(b, s, r)
	for i, op := range b.Ops {
		c.op = i
		err := c.mayTouch(op, b.Kept)
		if err == nil {
			err = c.mayChange(op)
		}
		var effect Effect
		if err == nil {
			effect, err = c.operation(op)
		}
		if err == nil {
			err = c.madeBy(op, effect)
		}
		if err != nil {
			e := *AsError(err)
			return nil, e.At(i, e.Field)
		}
		c.effects = append(c.effects, effect)
	}
	if err := c.settle(); err != nil {
		return nil, err
	}
	return &Plan{Changes: c.changes(), Effects: c.effects, LastID: c.lastID}, nil
}

// mayTouch refuses records that a room keeps to anybody else.
func (c *checker) mayTouch(op Operation, kept bool) error {
	if kept {
		return nil
	}
	one, other := operands(op)
	for k, n := range [2]NodeRef{one, other} {
		class := n.Ref.Class
		if put, ok := op.(PutNode); ok && k == 0 && class == "" {
			class = put.Class
		}
		if n.ID != 0 || n.Key != (Key{}) {
			if id, err := c.find(n); err == nil && id != 0 {
				class = c.refOf(id).Class
			}
		}
		if class != "" && c.cat.Kept(class) {
			return fail(Blocked, "ci", "%s is a record, which only the service changes", describe(n)).WithHint("use the verbs of its discipline: faultline change, and the mutations of the same names")
		}
	}
	return nil
}

func (c *checker) operation(op Operation) (Effect, error) {
	switch op := op.(type) {
	case PutNode:
		return c.putNode(op)
	case ClaimAttributes:
		return c.claimAttributes(op)
	case WithdrawClaim:
		return c.withdrawClaim(op)
	case Rename:
		return c.rename(op)
	case PutKey:
		return c.putKey(op)
	case SetPin:
		return c.setPin(op)
	case Unpin:
		return c.unpin(op)
	case Retire:
		return c.retire(op)
	case Restore:
		return c.restore(op)
	case Purge:
		return c.purge(op)
	case PutRelation:
		return c.putRelation(op)
	case WithdrawRelation:
		return c.withdrawRelation(op)
	case Confirm:
		return c.confirm(op)
	case PutRequirement:
		return c.putRequirement(op)
	case WithdrawRequirement:
		return c.withdrawRequirement(op)
	case DefineClass:
		return c.defineClass(op)
	case DefineRelationType:
		return c.defineType(op)
	}
	return Effect{}, Errorf(Internal, "unknown operation %T", op)
}

// checker is one Check at work: the records as the operations so far leave them.
type checker struct {
	s        *Snapshot
	r        Records
	cat      *Catalogue
	defines  bool // the batch changes classes, and so perhaps their rules
	fitting  fitting
	source   string
	teams    []string
	revision Revision // that the plan would become
	lastID   ID
	op       int
	effects  []Effect

	order        []*Change // as touched, removals last; nil where one moved
	spare        []Change  // to be handed out: one allocation instead of thousands
	nodes        map[ID]*Change
	relations    map[RelationKey]*Change
	requirements map[RequirementKey]*Change
	classes      map[string]*Change
	types        map[string]*Change

	named   map[Ref]ID // living names that the batch took; 0: gave up
	former  map[Ref]ID // names that the batch made former ones
	keyed   map[Key]ID // keys that the batch took; 0: gave up
	grouped map[ID]*membership
	dirty   []ID // consumers in grouped, as touched
}

func newChecker(b Batch, s *Snapshot, r Records) *checker {
	relations, defines := 0, false
	for _, op := range b.Ops {
		switch op.(type) {
		case PutRelation:
			relations++
		case DefineClass:
			defines = true
		}
	}
	return &checker{s: s, r: r, cat: s.cat, defines: defines, source: b.Source, teams: b.Teams, revision: s.head.Revision + 1, lastID: s.head.LastID,
		effects: make([]Effect, 0, len(b.Ops)), order: make([]*Change, 0, len(b.Ops)), spare: make([]Change, len(b.Ops)),
		nodes: map[ID]*Change{}, relations: make(map[RelationKey]*Change, relations), requirements: map[RequirementKey]*Change{},
		classes: map[string]*Change{}, types: map[string]*Change{},
		named: map[Ref]ID{}, former: map[Ref]ID{}, keyed: map[Key]ID{}, grouped: map[ID]*membership{}}
}

// touch is the change of one record in its map: the one that an earlier operation
// began, or a new one.
func touch[K comparable](c *checker, at map[K]*Change, key K, begin func(*Change)) *Change {
	if x, ok := at[key]; ok {
		return x
	}
	if len(c.spare) == 0 {
		c.spare = make([]Change, 64)
	}
	x := &c.spare[0]
	c.spare = c.spare[1:]
	x.Op = c.op
	begin(x)
	at[key] = x
	c.order = append(c.order, x)
	return x
}

// moveLast puts a removal behind what was touched so far, so that nothing that it
// takes with it comes after it.
func (c *checker) moveLast(x *Change) {
	if k := slices.Index(c.order, x); k >= 0 {
		c.order[k] = nil
	}
	x.Op = c.op
	c.order = append(c.order, x)
}

// changes is what is left of the touched records: not what came and went within
// the batch.
func (c *checker) changes() []Change {
	out := make([]Change, 0, len(c.order))
	for _, x := range c.order {
		if x == nil {
			continue
		}
		if _, was, is := x.sides(); was != nil || is != nil {
			out = append(out, *x)
		}
	}
	return out
}

// fail is a refusal of one field.
func fail(kind Kind, field, format string, args ...any) *Error {
	e := Errorf(kind, format, args...)
	e.Field = field
	return e
}

// inField names the field of an error.
func inField(field string, err error) error {
	if err == nil {
		return nil
	}
	e := *AsError(err)
	if e.Field != "" {
		field += "." + e.Field
	}
	e.Field = field
	return &e
}

// expected compares a version. A record that is not there has version 0.
func expected(want *int64, current int64) error {
	if want == nil || *want == current {
		return nil
	}
	e := fail(VersionConflict, "expectedVersion", "version %d was expected, but it is at %d", *want, current).
		WithHint("read it again and decide anew")
	e.Current = current
	return e
}

// resolve finds a node by one of its names. Retired ones are found, too.
func (c *checker) resolve(n NodeRef, field string) (ID, error) {
	id, err := c.find(n)
	if err != nil {
		return 0, inField(field, err)
	}
	if id == 0 {
		return 0, fail(NotFound, field, "no CI is named %s", describe(n))
	}
	return id, nil
}

// living is resolve for what only a living node may be part of.
func (c *checker) living(n NodeRef, field string) (ID, error) {
	id, err := c.resolve(n, field)
	if err == nil && c.isRetired(id) {
		return 0, fail(Blocked, field, "%s is retired", c.refOf(id)).WithHint("restore it first")
	}
	return id, err
}

// livingRecord and resolveRecord are living and resolve with the record, for what is
// about one CI.
func (c *checker) livingRecord(n NodeRef) (ID, *Node, error) { return c.recordOf(n, c.living) }

func (c *checker) resolveRecord(n NodeRef) (ID, *Node, error) { return c.recordOf(n, c.resolve) }

func (c *checker) recordOf(n NodeRef, find func(NodeRef, string) (ID, error)) (ID, *Node, error) {
	id, err := find(n, "ci")
	if err != nil {
		return 0, nil, err
	}
	r, err := c.record(id)
	return id, r, err
}

// find is the node with that name, or 0.
func (c *checker) find(n NodeRef) (ID, error) {
	switch ways := countWays(n); {
	case ways != 1:
		return 0, Errorf(Invalid, "a CI is named in %d ways", ways).WithHint("give exactly one of id, ref and key")
	case n.ID != 0:
		if c.exists(n.ID) {
			return n.ID, nil
		}
		return 0, nil
	case n.Key != Key{}:
		return c.holder(n.Key), nil
	}
	if id, ok := c.livingNamed(n.Ref); ok {
		return id, nil
	}
	if id, ok := c.former[n.Ref]; ok {
		return id, nil
	}
	if id, ok := c.r.ByRef[n.Ref]; ok && c.exists(id) {
		return id, nil
	}
	return 0, n.Ref.Validate()
}

func countWays(n NodeRef) (ways int) {
	for _, is := range []bool{n.ID != 0, !n.Ref.IsZero(), n.Key != Key{}} {
		if is {
			ways++
		}
	}
	return ways
}

func describe(n NodeRef) string {
	switch {
	case n.ID != 0:
		return "with the id " + n.ID.String()
	case n.Key != Key{}:
		return fmt.Sprintf("by the key %s of %s", Clip(n.Key.Value), Clip(n.Key.Source))
	}
	return n.Ref.String()
}

// livingNamed is the living node with that ref, after the operations so far.
func (c *checker) livingNamed(r Ref) (ID, bool) {
	if id, ok := c.named[r]; ok {
		return id, id != 0
	}
	return c.s.Lookup(r)
}

// holder is the node that has a key, or 0: the living one before a retired one.
func (c *checker) holder(k Key) ID {
	if id, ok := c.keyed[k]; ok {
		return id
	}
	if id, ok := c.r.ByKey[k]; ok && c.exists(id) {
		return id
	}
	return 0
}

func (c *checker) exists(id ID) bool {
	if x, ok := c.nodes[id]; ok {
		return x.Node != nil
	}
	return c.s.Has(id)
}

func (c *checker) refOf(id ID) Ref {
	if x, ok := c.nodes[id]; ok && x.Node != nil {
		return x.Node.Ref
	}
	return c.s.Ref(id)
}

func (c *checker) isRetired(id ID) bool {
	if x, ok := c.nodes[id]; ok && x.Node != nil {
		return x.Node.Retired
	}
	return c.s.Retired(id)
}

// fitting is the last pair of classes that a type allowed: relations of one kind
// come in rows. A class keeps what it extends, and a changed type is another one.
type fitting struct {
	t                  *RelationType
	consumer, provider string
}

// fits says whether a relation type allows the classes of two nodes, and if not,
// in words.
func (c *checker) fits(t *RelationType, from, to ID) error {
	consumer, provider := c.refOf(from).Class, c.refOf(to).Class
	now := fitting{t, consumer, provider}
	if now == c.fitting {
		return nil
	}
	if c.cat.Fits(t, consumer, provider) {
		c.fitting = now
		return nil
	}
	var allowed []string
	for _, p := range t.Between {
		if c.cat.IsA(consumer, p.Consumer) {
			allowed = append(allowed, p.Provider)
		}
	}
	e := fail(Invalid, "type", "%s does not go from %s to %s", t.Name, article(consumer), article(provider))
	if len(allowed) > 0 {
		return e.WithHint("from %s it goes to: %s", article(consumer), strings.Join(allowed, ", "))
	}
	return e.WithHint("DEPENDS_ON is allowed between any two CIs")
}

func article(word string) string {
	if strings.ContainsRune("aeiou", rune(word[0])) {
		return "an " + word
	}
	return "a " + word
}
