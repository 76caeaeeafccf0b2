package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/faultline-itsm/faultline/graph"
)

// named is a CI that a word of the command line names.
type named struct {
	ID    string `json:"id"`
	Ref   string `json:"ref"`
	Name  string `json:"name"`
	Class string `json:"class"`
}

// input names it in a request. The id is meant: the ref may have been a former one.
func (n named) input() map[string]any { return map[string]any{"id": n.ID} }

// atOnce is how many names one request looks up.
const atOnce = 10

// resolve finds the CIs that words name: by ref, or by the name alone where one
// living CI has it.
func (c *client) resolve(ctx context.Context, words ...string) ([]named, error) {
	var out []named
	for len(words) > 0 {
		n := min(len(words), atOnce)
		found, err := c.resolveSome(ctx, words[:n])
		if err != nil {
			return nil, err
		}
		out, words = append(out, found...), words[n:]
	}
	return out, nil
}

func (c *client) resolveOne(ctx context.Context, word string) (named, error) {
	found, err := c.resolve(ctx, word)
	if err != nil {
		return named{}, err
	}
	return found[0], nil
}

func (c *client) resolveSome(ctx context.Context, words []string) ([]named, error) {
	var params, fields []string
	vars := map[string]any{}
	for i, w := range words {
		if _, err := graph.ParseRef(w); err == nil {
			params, fields = append(params, fmt.Sprintf("$r%d: String!", i)), append(fields, fmt.Sprintf("r%d: ci(ref: {ref: $r%d}) { id ref name class }", i, i))
			vars[fmt.Sprintf("r%d", i)] = w
		}
		params, fields = append(params, fmt.Sprintf("$n%d: String!", i)), append(fields,
			fmt.Sprintf("n%d: cis(filter: {name: {eq: $n%d}}, orderBy: [{field: REF}], first: %d) { nodes { id ref name class } totalCount }", i, i, maxCandidates))
		vars[fmt.Sprintf("n%d", i)] = w
	}
	data := map[string]*struct {
		named
		page[named]
	}{}
	if _, err := c.ask(ctx, "query("+strings.Join(params, ", ")+") { "+strings.Join(fields, " ")+" }", vars, &data); err != nil {
		return nil, err
	}
	out := make([]named, len(words))
	for i, w := range words {
		byRef, byName := data[fmt.Sprintf("r%d", i)], data[fmt.Sprintf("n%d", i)]
		switch {
		case byRef != nil:
			out[i] = byRef.named
		case len(byName.Nodes) == 1:
			out[i] = byName.Nodes[0]
		case len(byName.Nodes) > 1:
			return nil, ambiguous(w, byName.page)
		default:
			return nil, c.unknown(ctx, w)
		}
	}
	return out, nil
}

// maxCandidates is how many CIs of one name an error lists.
const maxCandidates = 10

func ambiguous(word string, p page[named]) error {
	refs := make([]string, len(p.Nodes))
	for i, n := range p.Nodes {
		refs[i] = quote(n.Ref)
	}
	total := len(refs)
	if p.TotalCount != nil && *p.TotalCount > total {
		total = *p.TotalCount
		refs = append(refs, fmt.Sprintf("%d more", total-len(refs)))
	}
	f := failf("%d CIs have the name %q", total, word)
	f.kind = graph.NotFound.String()
	return f.hinted("write which one you mean: %s", either(refs))
}

// unknown refuses a name that nobody has, and names the nearest ones that somebody
// has: searched by shorter and shorter beginnings, ordered by distance.
func (c *client) unknown(ctx context.Context, word string) error {
	f := failf("no CI is named %q", word)
	f.kind, f.hint = graph.NotFound.String(), "faultline ci list lists what there is"
	name, class := word, ""
	if ref, err := graph.ParseRef(word); err == nil {
		name, class = ref.Name, ref.Class
	}
	runes := []rune(name)
	n := len(runes)
	params, fields, vars := []string{}, []string{}, map[string]any{}
	for _, part := range [][]rune{runes, runes[:n*3/4], runes[:n/2], runes[n/2:], runes[:min(3, n)]} {
		text := strings.TrimSpace(string(part))
		if text == "" || len(text) > 200 {
			continue
		}
		at := fmt.Sprintf("t%d", len(fields))
		params, fields = append(params, "$"+at+": String!"), append(fields, at+": search(text: $"+at+", first: 100) { nodes { ref node { ... on ConfigurationItem { name class } } } }")
		vars[at] = text
	}
	if len(fields) == 0 {
		return f
	}
	var data map[string]struct {
		Nodes []struct {
			Ref  string
			Node struct{ Name, Class string }
		}
	}
	if _, err := c.ask(ctx, "query("+strings.Join(params, ", ")+") { "+strings.Join(fields, " ")+" }", vars, &data); err != nil {
		return f // the name is unknown in any case; what was meant is a courtesy
	}
	refOf := map[string]string{}
	var same, other []string
	for i := range fields {
		for _, hit := range data[fmt.Sprintf("t%d", i)].Nodes {
			refOf[hit.Node.Name] = firstOf(refOf[hit.Node.Name], hit.Ref)
			if hit.Node.Class == class {
				same = append(same, hit.Ref)
			} else {
				other = append(other, hit.Node.Name)
			}
		}
	}
	near := nearest(word, same, 3)
	for _, n := range nearest(name, other, 3) {
		if len(near) < 3 {
			near = append(near, refOf[n])
		}
	}
	for i := range near {
		near[i] = quote(near[i])
	}
	f.hint = meant(near, f.hint)
	return f
}
