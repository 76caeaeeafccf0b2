package population

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
)

// use is what the cells of a column are.
type use uint8

const (
	ignored use = iota
	classUse
	scopeUse
	nameUse
	keyUse
	attributeUse
	relationUse
)

// column is one use of a column; a column may have several.
type column struct {
	use
	at     int    // which cell
	name   string // of the attribute, or the key's source
	linked *MappedRelation
}

// table turns rows of CSV into operations: a CI a row and its relations.
type table struct {
	titles       []string
	columns      []column
	class, scope string // of rows that name none
	related      int    // columns that are relations
	cat          *graph.Catalogue
	row          []string
}

// indexCSV reads the header and notes where the rows are. Rows, or a header, that
// cannot be told are reported; nil means that there is no table.
func indexCSV(i *input, r *lineReader, rep *report, cat *graph.Catalogue, o Options) (*table, error) {
	rows := &rowReader{lineReader: r}
	var t *table
	for {
		row, at, line, err := rows.next()
		if errors.Is(err, io.EOF) {
			if t == nil && rep.summary.Errors == 0 {
				rep.refuse(1, graph.Errorf(graph.Invalid, "the input has no header row").WithHint("the first row names the columns: class, scope, name, key:SOURCE and attributes"))
			}
			return t, nil
		}
		if err != nil && graph.IsKind(err, graph.Unavailable) {
			return nil, err
		}
		if err == nil && len(strings.TrimSpace(string(row))) == 0 {
			continue
		}
		switch {
		case err != nil:
			rep.refuse(line, err)
			if t == nil {
				return nil, nil
			}
		case t == nil:
			t = newTable(o, cells(row, nil))
			if !t.bind(o.Mapping, cat, line, rep) {
				return nil, nil
			}
		default:
			i.lines++
			p := piece{at: at, length: int32(len(row)), line: int32(line)}
			i.pieces[cis] = append(i.pieces[cis], p)
			if t.related > 0 {
				i.pieces[relations] = append(i.pieces[relations], p)
			}
		}
	}
}

func newTable(o Options, titles []string) *table {
	t := &table{titles: titles, class: o.Class, scope: scopeOf(o.Scope)}
	if m := o.Mapping; m != nil {
		t.scope = scopeOf(o.Scope, m.Scope)
		if t.class == "" {
			t.class = m.Class
		}
	}
	return t
}

// bind finds the use of each column. Every fault is told; false where there is one.
func (t *table) bind(m *Mapping, cat *graph.Catalogue, line int, rep *report) bool {
	before := rep.summary.Errors
	if m == nil {
		m = &Mapping{}
	}
	refuse := func(at int, e *graph.Error) { rep.refuse(line, &problem{e, at + 1}) }
	at := map[string]int{}
	for i, title := range t.titles {
		title = strings.TrimSpace(title)
		t.titles[i] = title
		if other, there := at[title]; there {
			refuse(i, graph.Errorf(graph.Invalid, "the columns %d and %d are both called %q", other+1, i+1, graph.Clip(title)).WithHint("rename one of them"))
			continue
		}
		at[title] = i
	}
	used := t.mapped(m, at, func(e *graph.Error) { rep.refuse(line, e) })
	if rep.summary.Errors > before {
		return false
	}
	known := append(t.attributes(cat), "class", "scope", "name")
	for i, title := range t.titles {
		if !used[i] && at[title] == i {
			if e := t.plain(i, title, known); e != nil {
				refuse(i, e)
			}
		}
	}
	has := func(u use) bool { return slices.ContainsFunc(t.columns, func(c column) bool { return c.use == u }) }
	if rep.summary.Errors == before && !has(nameUse) {
		rep.refuse(line, t.hintSeparator(graph.Errorf(graph.Invalid, "no column is called name").WithHint("say with a mapping which column has the names")))
	}
	if rep.summary.Errors == before && t.class == "" && !has(classUse) {
		rep.refuse(line, graph.Errorf(graph.Invalid, "no column is called class").WithHint("add one, or say of which class all rows are"))
	}
	return rep.summary.Errors == before
}

// mapped binds what the mapping names, and returns the columns that it speaks of.
func (t *table) mapped(m *Mapping, at map[string]int, refuse func(*graph.Error)) map[int]bool {
	used := map[int]bool{}
	bind := func(title string, field string, c column) {
		i, ok := at[title]
		if !ok {
			refuse(store.Unknown("column", title, t.titles).At(-1, field))
			return
		}
		used[i], c.at = true, i
		t.columns = append(t.columns, c)
	}
	if m.Name != "" {
		bind(m.Name, "mapping.name", column{use: nameUse})
	}
	for _, name := range slices.Sorted(maps.Keys(m.Attributes)) {
		bind(m.Attributes[name], "mapping.attributes."+graph.Clip(name), column{use: attributeUse, name: name})
	}
	for _, source := range slices.Sorted(maps.Keys(m.Keys)) {
		bind(m.Keys[source], "mapping.keys."+graph.Clip(source), column{use: keyUse, name: source})
	}
	for i := range m.Relations {
		bind(m.Relations[i].Column, fmt.Sprintf("mapping.relations[%d].column", i), column{use: relationUse, linked: &m.Relations[i]})
		t.related++
	}
	for _, title := range m.Ignore {
		bind(title, "mapping.ignore", column{use: ignored})
	}
	return used
}

// attributes are those of the class of all rows, or of any class.
func (t *table) attributes(cat *graph.Catalogue) (names []string) {
	classes := []string{t.class}
	if t.class == "" || slices.Contains(t.titles, "class") {
		for _, c := range cat.Classes() {
			classes = append(classes, c.Name)
		}
	}
	for _, class := range classes {
		for _, def := range cat.Attributes(class) {
			names = append(names, def.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// plain binds a column by its title.
func (t *table) plain(i int, title string, known []string) *graph.Error {
	c := column{at: i}
	source, isKey := strings.CutPrefix(title, "key:")
	switch {
	case title == "":
		return graph.Errorf(graph.Invalid, "the column %d has no title", i+1).WithHint(`name it, remove it, or list "" under ignore in a mapping`)
	case isKey && source == "":
		return graph.Errorf(graph.Invalid, "the column %q names no source", title).WithHint("for example key:netbox")
	case isKey:
		c.use, c.name = keyUse, source
	case title == "class":
		c.use = classUse
	case title == "scope":
		c.use = scopeUse
	case title == "name":
		if slices.ContainsFunc(t.columns, func(c column) bool { return c.use == nameUse }) {
			return graph.Errorf(graph.Invalid, "the mapping takes the name from another column").WithHint("list this one under ignore")
		}
		c.use = nameUse
	case slices.Contains(known, title):
		c.use, c.name = attributeUse, title
	default:
		e := store.Unknown("column", title, known)
		if e.Hint == "" {
			e = e.WithHint("name it like an attribute, or say in a mapping what it is, or that it is to be ignored")
		}
		return t.hintSeparator(e)
	}
	t.columns = append(t.columns, c)
	return nil
}

// hintSeparator says so where the one title looks like several.
func (t *table) hintSeparator(e *graph.Error) *graph.Error {
	if len(t.titles) == 1 && strings.ContainsAny(t.titles[0], ";\t|") {
		return e.WithHint("the columns are separated by commas in CSV (RFC 4180)")
	}
	return e
}

func (t *table) learn(cat *graph.Catalogue) { t.cat = cat }

func (t *table) most() int { return max(1, t.related) }

func (t *table) decode(ops []graph.Operation, ph phase, _ piece, text []byte) ([]graph.Operation, error) {
	t.row = cells(text, t.row)
	if n := len(t.row); n != len(t.titles) {
		e := graph.Errorf(graph.Invalid, "the row has %d cells, the header %d", n, len(t.titles)).WithHint("a cell with a comma stands in quotes")
		if ph == relations {
			return ops, nil // told with the CIs
		}
		return ops, e
	}
	ref, err := t.ref()
	if err != nil {
		if ph == relations {
			return ops, nil // told with the CIs
		}
		return ops, err
	}
	if ph == relations {
		return t.relations(ops, ref)
	}
	op, err := t.node(ref)
	return append(ops, op), err
}

// cell is what a column says in this row; "" is nothing.
func (t *table) cell(c *column) string { return strings.TrimSpace(t.row[c.at]) }

// wrong is an error in a cell.
func (t *table) wrong(c *column, err error) error {
	p := asProblem(err)
	e := *p.why
	e.Field = t.titles[c.at]
	return &problem{&e, c.at + 1}
}

func (t *table) ref() (graph.Ref, error) {
	ref := graph.Ref{Class: t.class, Scope: t.scope}
	named := column{}
	for i := range t.columns {
		c := &t.columns[i]
		text := t.cell(c)
		switch {
		case c.use == nameUse:
			ref.Name, named = nfc(text), *c
		case text == "":
		case c.use == classUse:
			ref.Class = text
		case c.use == scopeUse:
			ref.Scope = nfc(text)
		}
	}
	if ref.Class == "" {
		return ref, graph.Errorf(graph.Invalid, "the row names no class").At(-1, "class")
	}
	err := checkRef(t.cat, ref)
	if err != nil && asProblem(err).why.Field == "name" {
		err = t.wrong(&named, err)
	}
	return ref, err
}

func (t *table) node(ref graph.Ref) (graph.Operation, error) {
	op := graph.PutNode{Node: graph.NodeRef{Ref: ref}}
	for i := range t.columns {
		c := &t.columns[i]
		text := t.cell(c)
		if text == "" {
			continue
		}
		switch c.use {
		case keyUse:
			op.Keys = append(op.Keys, graph.Key{Source: c.name, Value: text})
		case attributeUse:
			def, err := attribute(t.cat, ref.Class, c.name)
			if err != nil {
				return nil, t.wrong(c, err)
			}
			v, err := graph.ParseText(*def, text)
			if err != nil {
				return nil, t.wrong(c, err)
			}
			if op.Attributes == nil {
				op.Attributes = make(map[string]graph.Value, len(t.columns))
			}
			op.Attributes[c.name] = v
		}
	}
	return op, nil
}

func (t *table) relations(ops []graph.Operation, from graph.Ref) ([]graph.Operation, error) {
	for i := range t.columns {
		c := &t.columns[i]
		if c.use != relationUse {
			continue
		}
		text := nfc(t.cell(c))
		if text == "" {
			continue
		}
		m := c.linked
		to := graph.Ref{Class: m.Class, Scope: m.Scope, Name: text}
		if m.Class == "" {
			var err error
			if to, err = graph.ParseRef(text); err != nil {
				return ops, t.wrong(c, err)
			}
			if !strings.Contains(text, "/") {
				to.Scope = scopeOf(m.Scope, t.scope)
			}
		} else if to.Scope = scopeOf(m.Scope, t.scope); to.Validate() != nil {
			return ops, t.wrong(c, to.Validate())
		}
		ops = append(ops, graph.PutRelation{From: graph.NodeRef{Ref: from}, Type: m.Type, To: graph.NodeRef{Ref: to}})
	}
	return ops, nil
}
