package storetest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
)

func finds() []promise {
	return []promise{
		{"filters, orders and pages are those of their definition", findsByDefinition},
		{"a page goes on exactly after its last row, also when rows come and go", pagesGoOn},
	}
}

// The oracle: each row is a plain struct, each test an if; it shares no code
// with the port.
type plain struct {
	id          graph.ID
	class, name string
	scope       string
	changed     int64
	attributes  map[string]any // string, int64, float64, bool, time.Time, time.Duration, []string
}

var scopes = []string{"default", "dc1", "dc2"}

func drawThing(t *rapid.T, id graph.ID, taken map[string]bool) (*graph.Node, plain) {
	p := plain{id: id, attributes: map[string]any{}}
	for {
		p.class = rapid.SampledFrom([]string{"thing", "thing", "thing", "server"}).Draw(t, "class")
		p.scope = rapid.SampledFrom(scopes).Draw(t, "scope")
		p.name = rapid.StringMatching(`[abÄ]{1,3}[0-9]?`).Draw(t, "name")
		if key := p.class + p.scope + "/" + p.name; !taken[key] {
			taken[key] = true
			break
		}
	}
	p.changed = int64(rapid.IntRange(1, 4).Draw(t, "changed"))
	values := map[string]graph.Value{}
	maybe := func(name string, draw func() (any, graph.Value)) {
		if p.class == "thing" && rapid.Bool().Draw(t, name+" set") {
			p.attributes[name], values[name] = draw()
		}
	}
	maybe("label", func() (any, graph.Value) {
		s := rapid.StringMatching(`[xyZ]{0,3}`).Draw(t, "label")
		return s, graph.StringValue(s)
	})
	maybe("note", func() (any, graph.Value) {
		s := rapid.StringMatching(`[xyZ]{0,2}`).Draw(t, "note")
		return s, graph.StringValue(s)
	})
	maybe("size", func() (any, graph.Value) {
		n := rapid.Int64Range(-3, 3).Draw(t, "size")
		return n, graph.IntValue(n)
	})
	maybe("ratio", func() (any, graph.Value) {
		f := rapid.SampledFrom([]float64{-1, 0, 0.5, 1, 1e300}).Draw(t, "ratio")
		return f, graph.FloatValue(f)
	})
	maybe("active", func() (any, graph.Value) {
		v := rapid.Bool().Draw(t, "active")
		return v, graph.BoolValue(v)
	})
	maybe("since", func() (any, graph.Value) {
		v := noon.Add(time.Duration(rapid.IntRange(-2, 2).Draw(t, "since")) * time.Microsecond)
		return v, graph.TimeValue(v)
	})
	maybe("lasts", func() (any, graph.Value) {
		v := time.Duration(rapid.IntRange(0, 3).Draw(t, "lasts")) * time.Minute
		return v, graph.DurationValue(v)
	})
	maybe("grade", func() (any, graph.Value) {
		s := rapid.SampledFrom([]string{"gold", "silver", "tin"}).Draw(t, "grade")
		return s, graph.StringValue(s)
	})
	maybe("tags", func() (any, graph.Value) {
		list := rapid.SliceOfN(rapid.SampledFrom([]string{"red", "blue"}), 0, 2).Draw(t, "tags")
		var vs []graph.Value
		for _, s := range list {
			vs = append(vs, graph.StringValue(s))
		}
		return list, graph.ListValue(vs...)
	})
	if _, ok := p.attributes["grade"]; !ok && p.class == "thing" {
		p.attributes["grade"] = "tin" // by default
	}
	n := node(id, p.class, p.name, values)
	n.Ref.Scope, n.Changed = p.scope, graph.Revision(p.changed)
	return n, p
}

// field is what the row says, nil for nothing.
func (p plain) field(f store.Field, attribute string) any {
	switch f {
	case store.Name:
		return p.name
	case store.Scope:
		return p.scope
	case store.Class:
		return p.class
	case store.RefField:
		return [3]string{p.class, p.scope, p.name}
	case store.Changed:
		return p.changed
	}
	return p.attributes[attribute]
}

func compareAny(a, b any) int {
	switch a := a.(type) {
	case string:
		return strings.Compare(a, b.(string))
	case int64:
		return cmp.Compare(a, b.(int64))
	case float64:
		return cmp.Compare(a, b.(float64))
	case bool:
		if a == b.(bool) {
			return 0
		} else if a {
			return 1
		}
		return -1
	case time.Time:
		return a.Compare(b.(time.Time))
	case time.Duration:
		return cmp.Compare(a, b.(time.Duration))
	case [3]string:
		o := b.([3]string)
		return slices.Compare(a[:], o[:])
	}
	panic(fmt.Sprintf("%T", a))
}

// drawn is a test with the values as Go values.
type drawn struct {
	store.Test
	values []any
}

func drawFilter(t *rapid.T, depth int) (*store.Filter, func(plain) bool) {
	kind := rapid.IntRange(0, 6).Draw(t, "filter")
	if depth == 0 {
		kind = 6
	}
	several := func() ([]store.Filter, []func(plain) bool) {
		fs, gs := []store.Filter{}, []func(plain) bool{}
		for range rapid.IntRange(0, 3).Draw(t, "parts") {
			f, g := drawFilter(t, depth-1)
			fs, gs = append(fs, *f), append(gs, g)
		}
		return fs, gs
	}
	switch kind {
	case 0:
		f, g := drawFilter(t, depth-1)
		return &store.Filter{Not: f}, func(p plain) bool { return !g(p) }
	case 1:
		fs, gs := several()
		return &store.Filter{Or: fs}, func(p plain) bool { return slices.ContainsFunc(gs, func(g func(plain) bool) bool { return g(p) }) }
	case 2, 3, 4:
		fs, gs := several()
		return &store.Filter{And: fs}, func(p plain) bool {
			for _, g := range gs {
				if !g(p) {
					return false
				}
			}
			return true
		}
	}
	d := drawTest(t)
	return &store.Filter{Test: &d.Test}, d.passes
}

var attributeNames = []string{"label", "note", "size", "ratio", "active", "since", "lasts", "grade", "tags"}

func drawTest(t *rapid.T) drawn {
	d := drawn{}
	d.Field = rapid.SampledFrom([]store.Field{store.Name, store.Name, store.Scope, store.Class, store.RefField, store.Changed,
		store.Attribute, store.Attribute, store.Attribute, store.Attribute}).Draw(t, "field")
	if d.Field == store.Attribute {
		d.Attribute = rapid.SampledFrom(attributeNames).Draw(t, "attribute")
	}
	ops := []store.Op{store.Eq, store.In, store.Lt, store.Lte, store.Gt, store.Gte, store.IsNull, store.Eq}
	v, _ := drawOperand(t, d)
	if _, text := v.(string); text || d.Field == store.RefField {
		ops = append(ops, store.StartsWith, store.Contains)
	}
	d.Op = rapid.SampledFrom(ops).Draw(t, "op")
	n := 1
	switch d.Op {
	case store.In:
		n = rapid.IntRange(0, 3).Draw(t, "values")
	case store.IsNull:
		n = 0
	}
	for range n {
		v, w := drawOperand(t, d)
		d.values, d.Values = append(d.values, v), append(d.Values, w)
	}
	return d
}

func drawOperand(t *rapid.T, d drawn) (any, graph.Value) {
	text := func(expr string) (any, graph.Value) {
		s := rapid.StringMatching(expr).Draw(t, "operand")
		return s, graph.StringValue(s)
	}
	switch d.Field {
	case store.Name:
		return text(`[abÄ]{0,2}[0-9]?`)
	case store.Scope:
		return text(`default|dc1|dc2|d`)
	case store.Class:
		return text(`thing|server|t`)
	case store.RefField:
		r := graph.Ref{Class: rapid.SampledFrom([]string{"thing", "server"}).Draw(t, "class"), Scope: rapid.SampledFrom(scopes).Draw(t, "scope"),
			Name: rapid.StringMatching(`[abÄ]{1,3}`).Draw(t, "name")}
		return [3]string{r.Class, r.Scope, r.Name}, graph.StringValue(r.String())
	case store.Changed:
		n := rapid.Int64Range(0, 5).Draw(t, "operand")
		return n, graph.IntValue(n)
	}
	switch d.Attribute {
	case "size":
		n := rapid.Int64Range(-4, 4).Draw(t, "operand")
		return n, graph.IntValue(n)
	case "ratio":
		f := rapid.SampledFrom([]float64{-1, 0, 0.25, 1, 1e300}).Draw(t, "operand")
		return f, graph.FloatValue(f)
	case "active":
		v := rapid.Bool().Draw(t, "operand")
		return v, graph.BoolValue(v)
	case "since":
		v := noon.Add(time.Duration(rapid.IntRange(-2, 2).Draw(t, "operand")) * time.Microsecond)
		return v, graph.TimeValue(v)
	case "lasts":
		v := time.Duration(rapid.IntRange(0, 3).Draw(t, "operand")) * time.Minute
		return v, graph.DurationValue(v)
	case "grade":
		return text(`gold|silver|tin|t`)
	case "tags":
		return text(`red|blue|re`)
	}
	return text(`[xyZ]{0,2}`)
}

func (d drawn) passes(p plain) bool {
	v := p.field(d.Field, d.Attribute)
	if d.Op == store.IsNull {
		return v == nil
	}
	if list, ok := v.([]string); ok {
		return slices.ContainsFunc(list, func(s string) bool { return d.holds(s) })
	}
	return v != nil && d.holds(v)
}

func (d drawn) holds(v any) bool {
	if d.Op == store.In {
		return slices.ContainsFunc(d.values, func(w any) bool { return compareAny(v, w) == 0 })
	}
	text, operand := fmt.Sprint(v), fmt.Sprint(d.values[0])
	if r, ok := v.([3]string); ok {
		text, operand = graph.Ref{Class: r[0], Scope: r[1], Name: r[2]}.String(), d.Values[0].Str()
	}
	switch d.Op {
	case store.StartsWith:
		return strings.HasPrefix(text, operand)
	case store.Contains:
		return strings.Contains(text, operand)
	}
	c := compareAny(v, d.values[0])
	return map[store.Op]bool{store.Eq: c == 0, store.Lt: c < 0, store.Lte: c <= 0, store.Gt: c > 0, store.Gte: c >= 0}[d.Op]
}

func drawOrder(t *rapid.T) (order []store.Order) {
	for range rapid.IntRange(0, 2).Draw(t, "orders") {
		o := store.Order{Field: rapid.SampledFrom([]store.Field{store.Name, store.Name, store.Scope, store.Class, store.RefField, store.Changed, store.Attribute}).Draw(t, "by"),
			Descending: rapid.Bool().Draw(t, "descending")}
		if o.Field == store.Attribute {
			o.Attribute = rapid.SampledFrom(attributeNames[:8]).Draw(t, "attribute")
		}
		order = append(order, o)
	}
	return order
}

func comparePlain(order []store.Order, p, q plain) int {
	for _, o := range order {
		v, w := p.field(o.Field, o.Attribute), q.field(o.Field, o.Attribute)
		switch {
		case v == nil && w == nil:
			continue
		case v == nil:
			return 1
		case w == nil:
			return -1
		}
		if c := compareAny(v, w); c != 0 {
			if o.Descending {
				return -c
			}
			return c
		}
	}
	return cmp.Compare(p.id, q.id)
}

func findsByDefinition(b *bench) {
	b.put(graph.Change{Class: thing()})
	var rows []plain
	var nodes []*graph.Node
	rapid.Custom(func(t *rapid.T) int { // one estate, many questions
		rows, nodes = nil, nil
		taken := map[string]bool{}
		for i := range 50 {
			n, p := drawThing(t, graph.ID(i+1), taken)
			nodes, rows = append(nodes, n), append(rows, p)
		}
		return 0
	}).Example(11)
	b.put(created(nodes...)...)
	rapid.Check(b.T, func(t *rapid.T) {
		q := store.Query{First: rapid.IntRange(1, 7).Draw(t, "first"), Order: drawOrder(t)}
		passes := func(plain) bool { return true }
		if rapid.IntRange(0, 4).Draw(t, "filtered") > 0 {
			q.Filter, passes = drawFilter(t, 2)
		}
		if rapid.Bool().Draw(t, "classes") {
			q.Classes = rapid.SampledFrom([][]string{{"thing"}, {"thing", "server"}, {"thing", "thing"}}).Draw(t, "of")
		}
		q.Count = rapid.Bool().Draw(t, "count")
		var want []graph.ID
		sorted := slices.Clone(rows)
		slices.SortFunc(sorted, func(p, r plain) int { return comparePlain(q.Order, p, r) })
		for _, p := range sorted {
			if passes(p) && (q.Classes == nil || slices.Contains(q.Classes, p.class)) {
				want = append(want, p.id)
			}
		}
		if got := walkPages(t, b.st, q, len(want)); !slices.Equal(got, want) {
			t.Fatalf("%s\ngot  %v\nwant %v", describe(q), got, want)
		}
	})
}

// walkPages follows a query to its end.
func walkPages(t interface{ Fatalf(string, ...any) }, st store.Reader, q store.Query, total int) (ids []graph.ID) {
	for {
		page, err := st.Find(background, q)
		if err != nil {
			t.Fatalf("%s: %v", describe(q), err)
		}
		if q.Count && page.Total != total || !q.Count && page.Total != 0 {
			t.Fatalf("%s: a total of %d, want %d", describe(q), page.Total, total)
		}
		if len(page.Nodes) > q.First || len(page.Cursors) != len(page.Nodes) || page.More && len(page.Nodes) < q.First {
			t.Fatalf("%s: %d rows, %d cursors, more: %v", describe(q), len(page.Nodes), len(page.Cursors), page.More)
		}
		for _, n := range page.Nodes {
			ids = append(ids, n.ID)
		}
		if !page.More || len(ids) > total {
			return ids
		}
		q.After = &page.Cursors[len(page.Cursors)-1]
	}
}

func describe(q store.Query) string {
	return fmt.Sprintf("classes %v, order %+v, first %d, count %v, filter %s", q.Classes, q.Order, q.First, q.Count, text(q.Filter))
}

func text(f *store.Filter) string {
	switch {
	case f == nil:
		return "none"
	case f.Test != nil:
		return fmt.Sprintf("%+v", *f.Test)
	case f.Not != nil:
		return "not (" + text(f.Not) + ")"
	}
	parts, join := f.And, " and "
	if f.Or != nil {
		parts, join = f.Or, " or "
	}
	var texts []string
	for i := range parts {
		texts = append(texts, text(&parts[i]))
	}
	return "(" + strings.Join(texts, join) + ")"
}

func pagesGoOn(b *bench) {
	var nodes []*graph.Node
	for i, name := range numbered("s%02d", 20) {
		nodes = append(nodes, server(graph.ID(i+1), name))
	}
	b.put(created(nodes...)...)
	for _, down := range []bool{false, true} {
		q := store.Query{First: 5, Order: []store.Order{{Field: store.Name, Descending: down}}}
		page, err := b.st.Find(background, q)
		b.must(err)
		last := page.Nodes[4]
		q.After = &page.Cursors[4]
		// The row of the cursor goes, and one comes right behind it.
		retired := edited(last, func(n *graph.Node) { n.Retired = true })
		behind := last.Ref.Name + "a"
		if down {
			behind = fmt.Sprintf("s%02dz", 14)
		}
		h, err := b.st.Head(background)
		b.must(err)
		b.put(retired, graph.Change{Node: server(h.LastID+1, behind)})
		page, err = b.st.Find(background, q)
		b.must(err)
		if page.Nodes[0].Ref.Name != behind || len(page.Nodes) != 5 {
			b.Errorf("descending %v: %s comes after %s", down, page.Nodes[0].Ref.Name, last.Ref.Name)
		}
		gone, err := b.st.Find(background, store.Query{First: 100, Retired: true, Count: true})
		b.must(err)
		if gone.Nodes[len(gone.Nodes)-1].ID != last.ID && gone.Nodes[0].ID != last.ID || gone.Total != len(gone.Nodes) {
			b.Errorf("the retired node is not among the %d retired", gone.Total)
		}
	}
}
