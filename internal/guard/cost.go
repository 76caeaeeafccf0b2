package guard

import (
	"encoding/json"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
)

// Prices are what a field costs beyond one, and how long lists are. Names are
// written Type.field.
type Prices struct {
	Fields  map[string]int    // the price of one answer of the field
	Lists   map[string]int    // rows of a list that has no pages, where they are many
	Sized   map[string]string // the argument whose length is the number of rows
	Page    int               // rows of a page where first is not given
	MaxPage int               // rows that a page has at most
}

// Cost is what an operation asks for, at most.
type Cost struct {
	Requested int `json:"requested"`
	Limit     int `json:"limit"`
	Depth     int `json:"depth"`
	Fields    int `json:"fields"`
}

// part is the cost of a selection set: once, and for each row of the page that it
// belongs to.
type part struct{ once, row int }

type pricing struct {
	*Guard
	fragments map[string]*ast.FragmentDefinition
	known     map[string]part
	variables map[string]any
	defaults  map[string]*ast.Value
}

// Cost prices an operation of a document that was read.
func (g *Guard) Cost(doc *ast.QueryDocument, op *ast.OperationDefinition, variables map[string]any) (Cost, error) {
	p := &pricing{Guard: g, fragments: byName(doc), known: map[string]part{}, variables: variables, defaults: map[string]*ast.Value{}}
	for _, v := range op.VariableDefinitions {
		p.defaults[v.Variable] = v.DefaultValue
	}
	sum := p.set(op.SelectionSet, p.root(op.Operation))
	s := &shaper{fragments: p.fragments, known: map[spot]shape{}, open: map[spot]bool{}}
	form, err := s.operation(op)
	c := Cost{Requested: plus(sum.once, sum.row), Limit: g.limits.Cost, Depth: form.depth, Fields: form.selections}
	if err == nil && c.Requested > c.Limit {
		err = refused("document.cost", "ask for smaller pages within pages: first multiplies what is selected of each row",
			"the operation costs %s; at most %d is allowed", count(c.Requested), c.Limit)
	}
	return c, err
}

func (g *Guard) root(op ast.Operation) *ast.Definition {
	switch op {
	case ast.Mutation:
		return g.schema.Mutation
	case ast.Subscription:
		return g.schema.Subscription
	}
	return g.schema.Query
}

func (p *pricing) set(set ast.SelectionSet, on *ast.Definition) (sum part) {
	for _, sel := range set {
		var one part
		switch sel := sel.(type) {
		case *ast.Field:
			one = p.field(sel, on)
		case *ast.InlineFragment:
			within := on
			if sel.TypeCondition != "" {
				within = p.schema.Types[sel.TypeCondition]
			}
			one = p.set(sel.SelectionSet, within)
		case *ast.FragmentSpread:
			one = p.spread(sel.Name)
		}
		sum = part{plus(sum.once, one.once), plus(sum.row, one.row)}
	}
	return sum
}

func (p *pricing) spread(name string) part {
	if known, ok := p.known[name]; ok {
		return known
	}
	f := p.fragments[name]
	if f == nil {
		return part{}
	}
	out := p.set(f.SelectionSet, p.schema.Types[f.TypeCondition])
	p.known[name] = out
	return out
}

// field prices a field. Of a paged field, what is listed directly below it comes
// once a row; of a list without pages, every row costs what one does.
func (p *pricing) field(f *ast.Field, on *ast.Definition) part {
	if f.Name == "__schema" || f.Name == "__type" || f.Name == "__typename" {
		return part{} // bounded by form
	}
	var def *ast.FieldDefinition
	name := f.Name
	if on != nil {
		def, name = on.Fields.ForName(f.Name), on.Name+"."+f.Name
	}
	if def == nil {
		return part{once: 1}
	}
	price, row := p.prices.Fields[name], 0
	if len(f.SelectionSet) > 0 {
		row = 1
	}
	sub := p.set(f.SelectionSet, p.schema.Types[def.Type.Name()])
	list := def.Type.Elem != nil
	each := plus(row, plus(sub.once, sub.row))
	all := plus(price, each)
	switch {
	case def.Arguments.ForName("first") != nil && list:
		all = plus(price, times(p.page(f, def), each))
	case def.Arguments.ForName("first") != nil:
		all = plus(price, plus(row, plus(sub.once, times(p.page(f, def), sub.row))))
	case p.prices.Sized[name] != "":
		all = times(p.length(f.Arguments.ForName(p.prices.Sized[name])), all)
	case p.prices.Lists[name] > 0:
		all = times(p.prices.Lists[name], all)
	}
	if list && def.Arguments.ForName("first") == nil {
		return part{row: all}
	}
	return part{once: all}
}

// page is how many rows a paged field may answer with. What is no number is
// refused later; here it counts as the default.
func (p *pricing) page(f *ast.Field, def *ast.FieldDefinition) int {
	arg := f.Arguments.ForName("first")
	if arg == nil || arg.Value == nil {
		if d := def.Arguments.ForName("first").DefaultValue; d != nil {
			if n, err := strconv.Atoi(d.Raw); err == nil {
				return n
			}
		}
		return p.prices.Page
	}
	text := arg.Value.Raw
	if arg.Value.Kind == ast.Variable {
		text = ""
		switch v := p.variables[arg.Value.Raw].(type) {
		case json.Number:
			text = v.String()
		case string:
			text = v
		case nil:
			if d := p.defaults[arg.Value.Raw]; d != nil {
				text = d.Raw
			}
		}
	}
	n, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil:
		return p.prices.Page
	case !(n >= 1): // a variable may say "NaN", too
		return 1
	case n > float64(p.prices.MaxPage):
		return p.prices.MaxPage
	}
	return int(n)
}

// length is how many elements a list argument has.
func (p *pricing) length(arg *ast.Argument) int {
	n := 1
	if arg != nil && arg.Value != nil {
		v := arg.Value
		if v.Kind == ast.Variable {
			if list, ok := p.variables[v.Raw].([]any); ok {
				n = len(list)
			}
			if d := p.defaults[v.Raw]; p.variables[v.Raw] == nil && d != nil {
				v = d
			}
		}
		if v.Kind == ast.ListValue {
			n = len(v.Children)
		}
	}
	return min(max(n, 1), p.prices.MaxPage)
}
