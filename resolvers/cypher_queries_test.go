package resolvers_test

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/faultline-itsm/faultline/internal/demo"
)

const queriesFile = "../docs/neo4j.md"

// The queries that docs/neo4j.md shows work on the model, say what stands below
// them, and say the same as the API where it answers the question.
func TestTheTenCypherQueriesHold(t *testing.T) {
	e := loaded(t)
	text, err := os.ReadFile(queriesFile)
	must(t, err)
	queries, compared := 0, 0
	is := e.retold(string(text), func(section string, a *answer) {
		queries++
		if len(a.rows) == 0 {
			t.Errorf("%s: there is no answer", section)
		}
		number, _, _ := strings.Cut(section, ".")
		if check := e.checks()[number]; check != nil {
			compared++
			check(a)
		}
	}, nil)
	if queries != 10 || compared != len(e.checks()) {
		t.Errorf("%d queries are shown, %d of %d were compared with the API", queries, compared, len(e.checks()))
	}
	holds(t, queriesFile, is)
}

// checks compare answers, by the number of the query, with what the API says.
func (e *estate) checks() map[string]func(a *answer) {
	t := e.t
	same := func(what string, cypher, api any) {
		t.Helper()
		if shown(cypher) != shown(api) {
			t.Errorf("%s: Cypher says %v, the API %v", what, cypher, api)
		}
	}
	region := map[string]any{"ci": map[string]any{"ref": demo.Question}}
	return map[string]func(a *answer){
		"1": func(a *answer) {
			for i, class := range a.column("class") {
				var data struct{ Cis struct{ TotalCount int } }
				e.graphql(`query ($class: String!) { cis(filter: {class: {eq: $class}}, first: 1) { totalCount } }`, map[string]any{"class": class}, &data)
				same(class, a.cell(i, "cis"), data.Cis.TotalCount)
			}
		},
		"2": func(a *answer) {
			var data struct {
				Ci struct{ Relations struct{ TotalCount int } }
			}
			e.graphql(`query ($ci: CIRef!) { ci(ref: $ci) { relations(direction: CONSUMERS, first: 1) { totalCount } } }`, region, &data)
			sum := 0
			for _, n := range a.column("cis") {
				i, err := strconv.Atoi(n)
				must(t, err)
				sum += i
			}
			same("direct consumers", sum, data.Ci.Relations.TotalCount)
		},
		"3": func(a *answer) {
			same("reach", a.cell(0, "cis"), len(e.reach(demo.Question)))
		},
		"4": func(a *answer) {
			var services []string
			for _, r := range e.reach(demo.Question) {
				if r.Class == "business_service" {
					services = append(services, r.Name)
				}
			}
			slices.Sort(services)
			same("services", slices.Sorted(slices.Values(a.column("service"))), services)
		},
		"5": func(a *answer) {
			refs := a.column("ci")
			same("the way begins", refs[0], demo.Question)
			same("the way ends", refs[len(refs)-1], demo.Service)
			for i, ref := range refs[1:] {
				var data struct {
					Ci struct {
						Relations struct {
							Edges []struct {
								Name string
								Node struct{ Ref string }
							}
						}
					}
				}
				e.graphql(`query ($ci: CIRef!) { ci(ref: $ci) { relations(direction: PROVIDERS, first: 1000) { edges { name node { ref } } } } }`, map[string]any{"ci": map[string]any{"ref": ref}}, &data)
				step := false
				for _, r := range data.Ci.Relations.Edges {
					step = step || r.Name == a.cell(i+1, "by") && r.Node.Ref == refs[i]
				}
				same(ref+" "+a.cell(i+1, "by")+" "+refs[i], true, step)
			}
		},
		"6": func(a *answer) {
			for i, ref := range a.column("consumer") {
				var data struct {
					Ci struct {
						Requirements []struct {
							Name            string
							Needed, Members int
						}
					}
				}
				e.graphql(`query ($ci: CIRef!) { ci(ref: $ci) { requirements { name needed members } } }`, map[string]any{"ci": map[string]any{"ref": ref}}, &data)
				found := false
				for _, q := range data.Ci.Requirements {
					if q.Name == a.cell(i, "requirement") {
						found = true
						same(ref+" needs", a.cell(i, "needed"), q.Needed)
						same(ref+" has", a.cell(i, "members"), q.Members)
					}
				}
				same(ref+" has the group", true, found)
			}
		},
		"7": func(a *answer) {
			for i, ref := range a.column("consumer") {
				same(ref+" without "+a.cell(i, "place"), "DOWN", e.becomes(a.cell(i, "place"), ref))
			}
		},
		"9": func(a *answer) {
			same("what depends on it", 0, len(e.reach(a.cell(0, "first"))))
		},
		"10": func(a *answer) {
			var data struct {
				Revisions struct {
					Nodes []struct {
						Revision, Actor, Source string
					}
				}
			}
			e.graphql(`{ revisions(newestFirst: true, first: 3) { nodes { revision actor source } } }`, nil, &data)
			var revisions []string
			for _, r := range data.Revisions.Nodes {
				revisions = append(revisions, r.Revision+r.Actor+r.Source)
			}
			for i := range a.rows {
				same("revision", a.cell(i, "revision")+a.cell(i, "actor")+a.cell(i, "source"), revisions[i])
			}
		},
	}
}

type reached struct{ Ref, Name, Class string }

// reach is what the API says depends on a CI, whatever the redundancy.
func (e *estate) reach(ref string) []reached {
	e.t.Helper()
	var data struct {
		Reach struct {
			Nodes    []reached
			PageInfo struct{ HasNextPage bool }
		}
	}
	e.graphql(`query ($ci: CIRef!) { reach(ci: $ci, direction: CONSUMERS, first: 1000) { nodes { ref name class } pageInfo { hasNextPage } } }`,
		map[string]any{"ci": map[string]any{"ref": ref}}, &data)
	if data.Reach.PageInfo.HasNextPage {
		e.t.Fatalf("%s reaches more than a page", ref)
	}
	return data.Reach.Nodes
}

// becomes is the state that the outage of one CI brings another to.
func (e *estate) becomes(failing, ref string) string {
	e.t.Helper()
	var data struct {
		Impact struct{ Why *struct{ To string } }
	}
	e.graphql(`query ($failing: CIRef!, $ci: CIRef!) { impact(scenario: {effects: [{ci: $failing}]}) { why(ci: $ci) { to } } }`,
		map[string]any{"failing": map[string]any{"ref": failing}, "ci": map[string]any{"ref": ref}}, &data)
	if data.Impact.Why == nil {
		return "no worse"
	}
	return data.Impact.Why.To
}
