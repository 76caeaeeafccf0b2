package resolvers_test

import (
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/faultline-itsm/faultline/internal/demo"
)

const comparedFile = "../docs/cypher-and-graphql.md"

// The questions that docs/cypher-and-graphql.md asks in both languages are answered
// as it says: alike where plain reach is asked for, and apart where redundancy
// matters.
func TestCypherAndGraphQLAnswerAsCompared(t *testing.T) {
	e := loaded(t)
	text, err := os.ReadFile(comparedFile)
	must(t, err)
	comparisons := map[string]func(a *asked) *answer{
		"What depends on the region?":           e.compareReach,
		"Which services break if it goes down?": e.compareServices,
		"Is the payment service redundant?":     e.compareRedundancy,
	}
	told := 0
	is := e.retold(string(text), nil, func(section string, a *asked) *answer {
		told++
		compare := comparisons[section]
		if compare == nil || a.answer == nil || a.blocks["graphql"] == "" {
			t.Fatalf("%q cannot be compared", section)
		}
		return compare(a)
	})
	if told != len(comparisons) {
		t.Errorf("%d of %d questions were compared", told, len(comparisons))
	}
	holds(t, comparedFile, is)
}

func (e *estate) compareReach(a *asked) *answer {
	var data struct {
		Reach struct {
			Nodes      []reached
			TotalCount int
		}
	}
	e.graphql(a.blocks["graphql"], nil, &data)
	byClass := map[string]int{}
	for _, r := range data.Reach.Nodes {
		byClass[r.Class]++
	}
	out := &answer{columns: []string{"class", "Cypher", "GraphQL"}}
	for i, class := range a.answer.column("class") {
		out.rows = append(out.rows, []any{class, a.answer.cell(i, "cis"), byClass[class]})
		if a.answer.cell(i, "cis") != shown(byClass[class]) {
			e.t.Errorf("of %s Cypher reaches %s, the API %d", class, a.answer.cell(i, "cis"), byClass[class])
		}
	}
	if len(byClass) != len(out.rows) || len(data.Reach.Nodes) != data.Reach.TotalCount {
		e.t.Errorf("Cypher reaches %d classes, the API %d, and %d of %d CIs", len(out.rows), len(byClass), len(data.Reach.Nodes), data.Reach.TotalCount)
	}
	return out
}

func (e *estate) compareServices(a *asked) *answer {
	var data struct {
		Impact struct {
			Services struct {
				Nodes []struct {
					Ci struct{ Ref, Name string }
					To string
				}
			}
		}
	}
	e.graphql(a.blocks["graphql"], nil, &data)
	states, refs, counts := map[string]string{}, map[string]string{}, map[string]int{}
	for _, s := range data.Impact.Services.Nodes {
		states[s.Ci.Name], refs[s.Ci.Name] = s.To, s.Ci.Ref
		counts[s.To]++
	}
	paths := a.answer.column("service")
	for _, name := range slices.Sorted(maps.Keys(states)) {
		if !slices.Contains(paths, name) {
			e.t.Errorf("%s is hit, and no path leads to it", name)
		}
	}
	if counts["DOWN"] == 0 || counts["DOWN"] == len(paths) {
		e.t.Errorf("of %d services %d go down: the two languages do not differ here", len(paths), counts["DOWN"])
	}
	out := &answer{columns: []string{"service", "Cypher", "GraphQL", "because"}}
	for _, name := range paths {
		state, because := states[name], ""
		if state == "" {
			state = "no worse"
		} else {
			because = e.cause(refs[name])
		}
		out.rows = append(out.rows, []any{name, "reached", state, because})
	}
	return out
}

// cause is the step of a proof at which its redundancy was lost or held, else the
// last one.
func (e *estate) cause(ref string) string {
	var data struct {
		Impact struct {
			Why struct {
				Path []struct {
					Text        string
					Requirement *struct{ Name string }
				}
			}
		}
	}
	e.graphql(`query ($failing: CIRef!, $ci: CIRef!) { impact(scenario: {effects: [{ci: $failing}]}) { why(ci: $ci) { path { text requirement { name } } } } }`,
		map[string]any{"failing": map[string]any{"ref": demo.Question}, "ci": map[string]any{"ref": ref}}, &data)
	path := data.Impact.Why.Path
	for _, step := range path {
		if step.Requirement != nil {
			return step.Text
		}
	}
	return path[len(path)-1].Text
}

func (e *estate) compareRedundancy(a *asked) *answer {
	var data struct {
		Impact struct {
			Why *struct {
				To   string
				Path []struct{ Text string }
			}
		}
	}
	e.graphql(a.blocks["graphql"], nil, &data)
	why := data.Impact.Why
	if why == nil || why.To != "DOWN" || a.answer.cell(0, "members") == a.answer.cell(0, "needed") {
		e.t.Fatalf("the payment service is no longer redundant on paper only: %+v", why)
	}
	out := &answer{columns: []string{"asked in", "answer"}, rows: [][]any{
		{"Cypher", "it has " + a.answer.cell(0, "members") + " members and needs " + a.answer.cell(0, "needed")},
	}}
	for _, step := range why.Path {
		out.rows = append(out.rows, []any{"GraphQL", step.Text})
	}
	return out
}
