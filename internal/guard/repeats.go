package guard

import "github.com/vektah/gqlparser/v2/ast"

// repeats is how often one response key is selected at one place of the answer.
// It goes through the document as the answer merges it, because validation
// compares all pairs of selections that meet there: it must come after the number
// of selections is known to be small.
func repeats(fragments map[string]*ast.FragmentDefinition, sets ...ast.SelectionSet) int {
	type group struct {
		n    int
		sets []ast.SelectionSet
	}
	groups := map[string]*group{}
	var collect func(ast.SelectionSet)
	collect = func(set ast.SelectionSet) {
		for _, sel := range set {
			switch sel := sel.(type) {
			case *ast.Field:
				g := groups[sel.Alias]
				if g == nil {
					g = &group{}
					groups[sel.Alias] = g
				}
				g.n++
				if len(sel.SelectionSet) > 0 {
					g.sets = append(g.sets, sel.SelectionSet)
				}
			case *ast.InlineFragment:
				collect(sel.SelectionSet)
			case *ast.FragmentSpread:
				if f := fragments[sel.Name]; f != nil {
					collect(f.SelectionSet)
				}
			}
		}
	}
	for _, set := range sets {
		collect(set)
	}
	most := 0
	for _, g := range groups {
		most = max(most, g.n)
		if len(g.sets) > 0 {
			most = max(most, repeats(fragments, g.sets...))
		}
	}
	return most
}
