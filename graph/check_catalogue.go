package graph

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
)

func (c *checker) defineClass(op DefineClass) (Effect, error) {
	is := op.Class
	if err := validDefinition("a class", is.Name); err != nil {
		return Effect{}, err
	}
	was := c.cat.Class(is.Name)
	if was != nil && was.Builtin {
		var err error
		if is, err = extended(*was, is); err != nil {
			return Effect{}, err
		}
	} else {
		is.Builtin = false
		if was != nil {
			is = is.keeping(op.Keep, was)
		}
	}
	if err := c.validClass(&is, was); err != nil {
		return Effect{}, err
	}
	if was != nil && bytes.Equal(was.Append(nil), is.Append(nil)) {
		return Effect{Outcome: Unchanged}, nil
	}
	if was != nil {
		if err := c.keepsNodes(was, &is); err != nil {
			return Effect{}, err
		}
	}
	x := touch(c, c.classes, is.Name, func(x *Change) { x.ClassWas = stored(was, c.s.storedClass(is.Name)) })
	x.Class = &is
	c.cat = c.cat.With(Change{Class: &is})
	if was == nil {
		return Effect{Outcome: Created}, nil
	}
	return Effect{Outcome: Updated}, nil
}

// stored is what a store has of a definition: of a built-in one nothing, before a
// team adds to it.
func stored[T any](was *T, is bool) *T {
	if !is {
		return nil
	}
	return was
}

// storedClass says whether the ledger has a record of a class. A built-in one that
// gained attributes has; it is then not the one that the catalogue started with.
func (s *Snapshot) storedClass(name string) bool {
	now, first := s.cat.Class(name), Builtin().Class(name)
	return now != nil && now != first
}

// extended is a built-in class with more attributes, which is all that may be said
// of it. What it has already may be said again.
func extended(was Class, more Class) (Class, error) {
	said, only := more, was
	said.Attributes, only.Attributes = nil, nil
	said.Extends, said.Description, said.Tier = cmp.Or(said.Extends, was.Extends), cmp.Or(said.Description, was.Description), cmp.Or(said.Tier, was.Tier)
	said.Abstract, said.Builtin = said.Abstract || was.Abstract, true
	said.Identifiers, said.Requires = unlessGiven(said.Identifiers, was.Identifiers), unlessGiven(said.Requires, was.Requires)
	said.Redundancy, said.Ranking = unlessGiven(said.Redundancy, was.Redundancy), unlessGiven(said.Ranking, was.Ranking)
	if !bytes.Equal(said.Append(nil), only.Append(nil)) {
		e := fail(Blocked, "name", "the class %s is built in: it can only be given more attributes", was.Name).
			WithHint("define a class of your own that extends %s", was.Name)
		e.By = []string{was.Name}
		return was, e
	}
	was.Attributes = slices.Clone(was.Attributes)
	for _, def := range more.Attributes {
		at := slices.IndexFunc(was.Attributes, func(a AttributeDef) bool { return a.Name == def.Name })
		switch {
		case at < 0:
			was.Attributes = append(was.Attributes, def)
		case !sameAttribute(&was.Attributes[at], &def):
			return was, fail(Blocked, "attributes."+def.Name, "the attribute %s of the built-in class %s cannot be changed", def.Name, was.Name)
		}
	}
	return was, nil
}

func unlessGiven[T any](said, was []T) []T {
	if len(said) == 0 {
		return was
	}
	return said
}

func sameAttribute(a, b *AttributeDef) bool {
	return bytes.Equal(putAttribute(nil, *a), putAttribute(nil, *b))
}

func (c *checker) validClass(is, was *Class) error {
	switch {
	case is.Builtin:
	case is.Extends == "":
		return fail(Invalid, "extends", "the class %s extends nothing", is.Name).WithHint("extend ci, or the class that comes nearest")
	case c.cat.Class(is.Extends) == nil:
		return fail(Invalid, "extends", "the class %s extends %q, which is unknown", is.Name, Clip(is.Extends)).WithHint("%s", nearest(is.Extends, c.cat.classes))
	case c.cat.IsA(is.Extends, recordClass):
		return fail(Invalid, "extends", "the class %s extends a class of records; those come with the product", is.Name).WithHint("extend ci, or the class that comes nearest")
	case c.cat.IsA(is.Extends, is.Name):
		return fail(Invalid, "extends", "the class %s would extend itself through %s", is.Name, is.Extends)
	case was != nil && was.Extends != is.Extends:
		return fail(Blocked, "extends", "the class %s extends %s and keeps doing so", is.Name, was.Extends).WithHint("define another class")
	case is.Tier != "" && !slices.Contains(Tiers, is.Tier):
		return fail(Invalid, "tier", "%q is not a tier", Clip(is.Tier)).WithHint("one of %s", strings.Join(Tiers, ", "))
	}
	seen := map[string]bool{}
	for i := range is.Attributes {
		def := &is.Attributes[i]
		field := "attributes." + def.Name
		if err := validDefinition("an attribute", def.Name); err != nil {
			return fail(Invalid, field, "%s", AsError(err).Message)
		}
		if seen[def.Name] {
			return fail(Invalid, field, "the attribute %s stands twice", def.Name)
		}
		seen[def.Name] = true
		if err := c.validAttributeDef(is, def); err != nil {
			return inField(field, err)
		}
	}
	return c.validRules(is)
}

func (c *checker) validAttributeDef(is *Class, def *AttributeDef) error {
	enum := def.Type == EnumKind || def.Type == ListKind && def.Of == EnumKind
	switch {
	case def.Type == NoValue || def.Type > DocumentKind:
		return Errorf(Invalid, "the attribute %s has no type", def.Name).WithHint("one of %s", joinNonEmpty(valueKindNames[:]))
	case def.Type == ListKind && (def.Of == NoValue || def.Of >= ListKind):
		return Errorf(Invalid, "the attribute %s is a list of nothing", def.Name).WithHint("say with \"of\" what its elements are; they are no lists")
	case def.Type != ListKind && def.Of != NoValue:
		return Errorf(Invalid, "the attribute %s is no list, but says what its elements are", def.Name)
	case def.Type == DocumentKind:
		return Errorf(Invalid, "the attribute %s is a document, which only records have", def.Name).WithHint("make it a string, or several attributes")
	case enum && len(def.Allowed) == 0:
		return Errorf(Invalid, "the attribute %s is an enum without values", def.Name).WithHint("list them in \"allowed\"")
	case !enum && len(def.Allowed) > 0:
		return Errorf(Invalid, "the attribute %s lists values, but is of type %s", def.Name, def.Type).WithHint("make it an enum")
	}
	if def.Default != "" {
		if _, err := ParseText(*def, def.Default); err != nil {
			return inField("default", err)
		}
	}
	// A name means one thing along a line of classes.
	for _, other := range append(slices.Clone(c.cat.Descendants(is.Name)), is.Extends) {
		if has := c.cat.Attribute(other, def.Name); other != is.Name && has != nil && !c.declares(is.Name, def.Name, other) {
			return Errorf(Invalid, "the attribute %s is declared by %s already", def.Name, other)
		}
	}
	return nil
}

// declares says whether other has the attribute only because it extends class.
func (c *checker) declares(class, attribute, other string) bool {
	for _, at := range c.cat.kinds[other].line {
		if slices.ContainsFunc(at.Attributes, func(a AttributeDef) bool { return a.Name == attribute }) {
			return at.Name == class
		}
	}
	return false
}

func (c *checker) validRules(is *Class) error {
	for _, l := range is.Requires {
		if len(l.Types) == 0 {
			return fail(Invalid, "requires", "a required relation names no type")
		}
		if l.Direction > Consumers {
			return fail(Invalid, "requires", "the direction of a required relation is unknown").WithHint("one of %s", joinNonEmpty(directionNames.names))
		}
		for _, t := range l.Types {
			if c.cat.Type(t) == nil {
				return fail(Invalid, "requires", "the relation type %q is unknown", Clip(t))
			}
		}
	}
	for _, r := range is.Redundancy {
		if err := validPart("name", r.Name); err != nil {
			return inField("redundancy", err)
		}
		if c.cat.Type(r.Type) == nil {
			return fail(Invalid, "redundancy", "the relation type %q is unknown", Clip(r.Type))
		}
		if r.Provider != "" && r.Provider != is.Name && c.cat.Class(r.Provider) == nil {
			return fail(Invalid, "redundancy", "the class %q is unknown", Clip(r.Provider))
		}
		if r.Rule == Capacity || r.Rule == Reaches {
			return fail(Invalid, "redundancy", "%s is a consumer's own: it needs a demand, or targets, so that no rule of a class can say it", r.Rule)
		}
		if err := validRule(r.Rule, r.K, r.Percent); err != nil {
			return inField("redundancy", err)
		}
	}
	known := func(name string) bool {
		return c.cat.Attribute(is.Extends, name) != nil || slices.ContainsFunc(is.Attributes, func(a AttributeDef) bool { return a.Name == name })
	}
	for _, set := range is.Identifiers {
		for _, name := range set {
			if !known(name) {
				return fail(Invalid, "identifiers", "the class %s has no attribute %q", is.Name, Clip(name))
			}
		}
	}
	for _, r := range is.Ranking {
		if r.Attribute != "" && !known(r.Attribute) {
			return fail(Invalid, "ranking", "the class %s has no attribute %q", is.Name, Clip(r.Attribute))
		}
	}
	return nil
}

// keepsNodes refuses a change of a class under which nodes that exist would no
// longer be valid.
func (c *checker) keepsNodes(was, is *Class) error {
	var broken *Error
	for i := range was.Attributes {
		old := &was.Attributes[i]
		at := slices.IndexFunc(is.Attributes, func(a AttributeDef) bool { return a.Name == old.Name })
		if at < 0 {
			broken = fail(Blocked, "attributes."+old.Name, "the attribute %s of %s would go, and CIs may have it", old.Name, is.Name)
			break
		}
		now := &is.Attributes[at]
		lost := slices.ContainsFunc(old.Allowed, func(v string) bool { return !slices.Contains(now.Allowed, v) })
		if now.Type != old.Type || now.Of != old.Of || lost {
			broken = fail(Blocked, "attributes."+old.Name, "the attribute %s of %s would no longer fit the values that CIs may have", old.Name, is.Name)
			break
		}
	}
	for i := range is.Attributes {
		now := &is.Attributes[i]
		needed := now.Required && now.Default == "" &&
			!slices.ContainsFunc(was.Attributes, func(a AttributeDef) bool { return a.Name == now.Name && a.Required && a.Default == "" })
		if needed && broken == nil {
			broken = fail(Blocked, "attributes."+now.Name, "the attribute %s would be required, and CIs of %s may lack it", now.Name, is.Name).
				WithHint("give it a default")
		}
	}
	if is.Abstract && !was.Abstract && broken == nil {
		broken = fail(Blocked, "abstract", "%s would become abstract, and there may be CIs that are just that", is.Name)
	}
	sameRanking := func(a, b SourceRanking) bool { return a.Attribute == b.Attribute && slices.Equal(a.Sources, b.Sources) }
	if broken == nil && !slices.EqualFunc(is.Ranking, was.Ranking, sameRanking) {
		// Values, versions and lifecycles of CIs would change without an entry that says so.
		broken = fail(Blocked, "ranking", "another ranking of sources would change what holds of CIs of %s without touching them", is.Name).
			WithHint("rank the sources before there are CIs of the class")
	}
	if broken == nil || !c.hasNodes(was.Name) {
		return nil
	}
	if broken.Hint == "" {
		broken.Hint = "define another attribute or class beside it"
	}
	return broken
}

// hasNodes says whether any node, retired ones included, is of the class.
func (c *checker) hasNodes(class string) bool {
	of := c.cat.Descendants(class)
	for i := range uint32(c.s.size()) {
		if c.s.flagsOf(i)&flagAbsent == 0 && slices.Contains(of, c.s.className(i)) && c.exists(c.s.idOf(i)) {
			return true
		}
	}
	for _, x := range c.nodes {
		if x.Node != nil && slices.Contains(of, x.Node.Ref.Class) {
			return true
		}
	}
	return false
}

func (c *checker) defineType(op DefineRelationType) (Effect, error) {
	is := op.Type
	is.Builtin = false
	was := c.cat.Type(is.Name)
	if was != nil {
		is = is.keeping(op.Keep, was)
	}
	if err := c.validType(&is, was); err != nil {
		return Effect{}, err
	}
	if was != nil && bytes.Equal(was.Append(nil), is.Append(nil)) {
		return Effect{Outcome: Unchanged}, nil
	}
	if was != nil {
		if err := c.keepsRelations(&is); err != nil {
			return Effect{}, err
		}
	}
	x := touch(c, c.types, is.Name, func(x *Change) { x.TypeWas = was })
	x.Type = &is
	c.cat = c.cat.With(Change{Type: &is})
	if was == nil {
		return Effect{Outcome: Created}, nil
	}
	return Effect{Outcome: Updated}, nil
}

func (c *checker) validType(is, was *RelationType) error {
	switch {
	case !ValidTypeName(is.Name):
		return fail(Invalid, "name", "%q is not a name of a relation type", Clip(is.Name)).WithHint("it matches [A-Z][A-Z0-9_]{0,62}")
	case was != nil && was.Builtin:
		e := fail(Blocked, "name", "the relation type %s is built in", is.Name).WithHint("define one of your own under another name")
		e.By = []string{is.Name}
		return e
	case !ValidTypeName(is.Reverse):
		return fail(Invalid, "reverse", "%q is not the name of a relation read backwards", Clip(is.Reverse)).WithHint("for example HOSTS for RUNS_ON")
	case !ValidName(is.Plane):
		return fail(Invalid, "plane", "%q is not a plane", Clip(is.Plane)).WithHint("for example hosting, network, power, data, people, telemetry")
	case is.Impact > NoImpact:
		return fail(Invalid, "impact", "the impact is unknown").WithHint("one of %s", joinNonEmpty(impactNames.names))
	}
	if err := validTransfer(is.Transfer); err != nil {
		return inField("transfer", err)
	}
	for _, p := range is.Between {
		for _, class := range []string{p.Consumer, p.Provider} {
			if c.cat.Class(class) == nil {
				return fail(Invalid, "between", "the class %q is unknown", Clip(class)).WithHint("%s", nearest(class, c.cat.classes))
			}
		}
	}
	return nil
}

// keepsRelations refuses class pairs that relations which exist do not keep. It
// looks at every relation of the head, and at those of the batch.
func (c *checker) keepsRelations(is *RelationType) error {
	var broken error
	keeps := func(k RelationKey) {
		from, to := c.refOf(k.From), c.refOf(k.To)
		if c.relationGone(k) || c.cat.Fits(is, from.Class, to.Class) {
			return
		}
		broken = fail(Blocked, "between", "%s %s %s would no longer be allowed", from, is.Name, to).WithHint("allow the pair, or withdraw such relations first")
	}
	for _, x := range c.order {
		if x != nil && x.Relation != nil && x.Relation.Type == is.Name && broken == nil {
			keeps(x.Relation.RelationKey)
		}
	}
	typ, ok := c.s.names.types.find(is.Name)
	if !ok || broken != nil {
		return broken
	}
	for i := range uint32(c.s.size()) {
		if c.s.flagsOf(i)&flagAbsent != 0 {
			continue
		}
		c.s.edges(i, func(e edge) bool {
			if uint32(c.s.names.shapes.list[e.shape].typ) == typ && !c.cat.Fits(is, c.s.className(i), c.s.className(e.to)) {
				keeps(c.s.link(i, e).RelationKey)
			}
			return broken == nil
		})
		if broken != nil {
			break
		}
	}
	return broken
}

// relationGone says whether the batch took a relation away.
func (c *checker) relationGone(k RelationKey) bool {
	x, ok := c.relations[k]
	return ok && x.Relation == nil
}
