package population

import (
	"bytes"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
)

// phase orders lines: whatever their order in the file, what a line stands on
// comes before it.
type phase uint8

const (
	definitions phase = iota
	cis
	requirements
	relations
	withdrawals
	retirements
	phases // how many there are
)

// lineKind is the kind of a line of the interchange form.
type lineKind uint8

const (
	headerLine lineKind = iota
	classLine
	typeLine
	ciLine
	requirementLine
	relationLine
	withdrawLine
	retireLine
)

var kinds = []struct {
	name string
	phase
}{
	headerLine:      {"graph", definitions},
	classLine:       {"class", definitions},
	typeLine:        {"relationType", definitions},
	ciLine:          {"ci", cis},
	requirementLine: {"requirement", requirements},
	relationLine:    {"relation", relations},
	withdrawLine:    {"withdraw", withdrawals},
	retireLine:      {"retire", retirements},
}

var kindFirst = []byte(`{"kind":"`)

// kindOf finds the kind of a line. Where "kind" comes first, as it should, it
// reads no further.
func kindOf(line []byte) (lineKind, error) {
	if rest, ok := bytes.CutPrefix(line, kindFirst); ok {
		for k := range kinds {
			if name := kinds[k].name; len(rest) > len(name) && rest[len(name)] == '"' && string(rest[:len(name)]) == name {
				return lineKind(k), nil
			}
		}
	}
	name, found := "", false
	s := scanner{b: line}
	err := s.object(func(key string) (err error) {
		if key == "kind" && !found {
			found = true
			name, err = s.text()
			return inField("kind", err)
		}
		_, err = s.raw()
		return err
	})
	if err != nil {
		return 0, err
	}
	names := make([]string, len(kinds))
	for k := range kinds {
		if names[k] = kinds[k].name; found && name == names[k] {
			return lineKind(k), nil
		}
	}
	if !found {
		return 0, graph.Errorf(graph.Invalid, "the field %q is missing", "kind").
			WithHint("it comes first and is one of %s", strings.Join(names, ", ")).At(-1, "kind")
	}
	e := store.Unknown("kind", name, names)
	if e.Hint == "" {
		e = e.WithHint("one of %s", strings.Join(names, ", "))
	}
	return 0, e.At(-1, "kind")
}

// header is the optional first line.
type header struct {
	version       int
	source, scope string
}

// formatVersion is the version of the interchange form.
const formatVersion = 1

var headerFields = []field[header]{
	kindField[header](),
	need(intField("version", func(h *header) *int { return &h.version })),
	nameField("source", func(h *header) *string { return &h.source }),
	nameField("scope", func(h *header) *string { return &h.scope }),
}

func readHeader(line []byte) (h header, err error) {
	s := scanner{b: line}
	if err = readObject(&s, headerFields, &h); err == nil {
		err = s.end()
	}
	if err == nil && h.version != formatVersion {
		err = graph.Errorf(graph.Invalid, "version %d of the format is unknown", h.version).
			WithHint("this service reads version %d", formatVersion).At(-1, "version")
	}
	return h, err
}

// ndjson turns lines of the interchange form into operations.
type ndjson struct {
	scope string // of refs that name none
	cat   *graph.Catalogue
	words map[string]string
	ci    ci // used again for each line
}

func (d *ndjson) learn(cat *graph.Catalogue) { d.cat = cat }

func (d *ndjson) most() int { return 1 }

func (d *ndjson) decode(ops []graph.Operation, _ phase, p piece, text []byte) ([]graph.Operation, error) {
	op, err := d.operation(p.kind, text)
	return append(ops, op), err
}

// operation reads one line of that kind.
func (d *ndjson) operation(kind lineKind, line []byte) (graph.Operation, error) {
	s := scanner{b: line, words: d.words}
	switch kind {
	case classLine:
		return definition(&s, classFields, func(c graph.Class) graph.Operation { return graph.DefineClass{Class: c} })
	case typeLine:
		return definition(&s, typeFields, func(t graph.RelationType) graph.Operation { return graph.DefineRelationType{Type: t} })
	case ciLine:
		return d.node(&s)
	case requirementLine:
		return d.requirement(&s)
	case relationLine:
		return d.relation(&s)
	case withdrawLine:
		return d.withdrawal(&s)
	}
	return d.retirement(&s)
}

func whole[T any](s *scanner, table []field[T], to *T) error {
	if err := readObject(s, table, to); err != nil {
		return err
	}
	return s.end()
}

// ref reads a reference in a field, normalises it, and gives it the file's scope
// where it names none.
func (d *ndjson) ref(field, text string) (graph.NodeRef, error) {
	text = nfc(text)
	r, err := graph.ParseRef(text)
	if err != nil {
		return graph.NodeRef{}, inField(field, err)
	}
	if d.scope != graph.DefaultScope && !strings.Contains(text, "/") {
		r.Scope = d.scope
	}
	return graph.NodeRef{Ref: r}, nil
}

// nfc normalises what identifies: the core compares bytes.
func nfc(text string) string {
	for i := range len(text) {
		if text[i] >= 0x80 {
			return norm.NFC.String(text)
		}
	}
	return text
}

// ci is a line that describes a CI.
type ci struct {
	class, scope, name string
	attributes         []rawAttribute
	keys               []graph.Key
	evidence           graph.Evidence
}

// rawAttribute is an attribute before the class says what it is.
type rawAttribute struct {
	name  string
	value []byte
}

var ciFields = []field[ci]{
	kindField[ci](),
	need(nameField("class", func(c *ci) *string { return &c.class })),
	nameField("scope", func(c *ci) *string { return &c.scope }),
	need(textField("name", func(c *ci) *string { return &c.name })),
	{name: "attributes", read: readAttributes},
	objectsField("keys", func(c *ci) *[]graph.Key { return &c.keys }, keyFields),
	evidenceField(func(c *ci) *graph.Evidence { return &c.evidence }),
}

var keyFields = []field[graph.Key]{
	need(nameField("source", func(k *graph.Key) *string { return &k.Source })),
	need(textField("value", func(k *graph.Key) *string { return &k.Value })),
}

// maxAttributes is how many a CI may have; here it keeps a hostile line cheap.
const maxAttributes = 128

func readAttributes(s *scanner, c *ci) error {
	return s.object(func(key string) error {
		for i := range c.attributes {
			if c.attributes[i].name == key {
				return inField(graph.Clip(key), graph.Errorf(graph.Invalid, "the attribute %q stands twice", graph.Clip(key)).WithHint("leave one of them out"))
			}
		}
		if len(c.attributes) == maxAttributes {
			return graph.Errorf(graph.LimitExceeded, "a CI has more than %d attributes", maxAttributes)
		}
		raw, err := s.raw()
		c.attributes = append(c.attributes, rawAttribute{key, raw})
		return inField(graph.Clip(key), err)
	})
}

func (d *ndjson) node(s *scanner) (graph.Operation, error) {
	c := &d.ci
	*c = ci{attributes: c.attributes[:0]}
	if err := whole(s, ciFields, c); err != nil {
		return nil, err
	}
	op := graph.PutNode{Node: graph.NodeRef{Ref: graph.Ref{Class: c.class, Scope: c.scope, Name: nfc(c.name)}}, Keys: c.keys, Evidence: c.evidence}
	if r := &op.Node.Ref; r.Scope == "" {
		r.Scope = d.scope
	} else {
		r.Scope = nfc(r.Scope)
	}
	if err := checkRef(d.cat, op.Node.Ref); err != nil {
		return nil, err
	}
	if len(c.attributes) == 0 {
		return op, nil
	}
	op.Attributes = make(map[string]graph.Value, len(c.attributes))
	for _, a := range c.attributes {
		def, err := attribute(d.cat, c.class, a.name)
		if err != nil {
			return nil, inField("attributes", inField(graph.Clip(a.name), err))
		}
		v, err := graph.ParseValue(*def, a.value)
		if err != nil {
			return nil, inField("attributes", inAttribute(a.name, err))
		}
		op.Attributes[a.name] = v
	}
	return op, nil
}

// checkRef refuses what cannot name a CI, and says which part is at fault.
func checkRef(cat *graph.Catalogue, r graph.Ref) error {
	if cat.Class(r.Class) == nil {
		names := make([]string, 0, 64)
		for _, c := range cat.Classes() {
			names = append(names, c.Name)
		}
		return inField("class", store.Unknown("class", r.Class, names))
	}
	if err := (graph.Ref{Class: r.Class, Scope: r.Scope, Name: "x"}).Validate(); err != nil {
		return inField("scope", err)
	}
	if err := r.Validate(); err != nil {
		return inField("name", err)
	}
	return nil
}

// attribute is the definition of a class's attribute.
func attribute(cat *graph.Catalogue, class, name string) (*graph.AttributeDef, error) {
	if def := cat.Attribute(class, name); def != nil {
		return def, nil
	}
	var names []string
	for _, def := range cat.Attributes(class) {
		names = append(names, def.Name)
	}
	e := store.Unknown("attribute", name, names)
	if e.Hint == "" {
		e = e.WithHint("a %s has no such attribute; a class line may add it", class)
	}
	return nil, e
}

// inAttribute puts the attribute's name on an error that may name it already.
func inAttribute(name string, err error) error {
	if e := graph.AsError(err); e.Field == name {
		return err
	}
	return inField(graph.Clip(name), err)
}
