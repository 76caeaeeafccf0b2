package resolvers_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/faultline-itsm/faultline/internal/guard"
	"github.com/faultline-itsm/faultline/internal/itsm"
	"github.com/faultline-itsm/faultline/internal/neo4jtest"
	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/internal/store/neo4j"
	"github.com/faultline-itsm/faultline/resolvers"
)

// The estate of team zoo: all of its names and values have a zebra in them. Team own has
// one server. What is said about changes is people's words, and names nobody.
const zoo = `mutation {
  a: upsertCIs(input: {source: "zebra-scan", items: [
    {ci: {ref: "business_service:zebra-shop"}, attributes: {business_criticality: "HIGH", owner: "zoo", description: "zebra secrets"}}
    {ci: {ref: "business_service:zebra-mail"}, attributes: {business_criticality: "HIGH", owner: "zoo"}}
    {ci: {ref: "application:zebra-dc/web"}, attributes: {owner: "zoo", url: "https://zebra.example.org"}}
    {ci: {ref: "server:zebra-a", }, keys: [{source: "zebra-scan", value: "zebra-1"}], attributes: {os: "zebraOS", support_group: "zoo"}}
    {ci: {ref: "server:zebra-b"}}
    {ci: {ref: "rack:zebra-rack"}} {ci: {ref: "vendor:Zebra & Sons, Ltd"}} {ci: {ref: "technical_service:zebra-restore"}}
  ]}) { errors { message } }
  o0: upsertCIs(input: {items: [{ci: {ref: "server:own-c"}, attributes: {owner: "own", os: "Debian"}}]}) { errors { message } }
  b: upsertRequirements(input: {items: [{of: {ref: "application:zebra-dc/web"}, name: "servers", rule: AT_LEAST, k: 1, spareRequired: 0}
    {of: {ref: "business_service:zebra-mail"}, name: "network", rule: REACHES, targets: [{ref: "server:own-c"}], plane: "network"}]}) { errors { message } }
  c: upsertRelations(input: {items: [
    {from: {ref: "business_service:zebra-shop"}, type: "DEPENDS_ON", to: {ref: "application:zebra-dc/web"}}
    {from: {ref: "application:zebra-dc/web"}, type: "RUNS_ON", to: {ref: "server:zebra-a"}, requirement: "servers"}
    {from: {ref: "application:zebra-dc/web"}, type: "RUNS_ON", to: {ref: "server:zebra-b"}, requirement: "servers"}
    {from: {ref: "application:zebra-dc/web"}, type: "RUNS_ON", to: {ref: "server:own-c"}, requirement: "servers"}
    {from: {ref: "server:zebra-a"}, type: "LOCATED_IN", to: {ref: "rack:zebra-rack"}}
    {from: {ref: "server:own-c"}, type: "LOCATED_IN", to: {ref: "rack:zebra-rack"}}
    {from: {ref: "server:zebra-a"}, type: "SUPPORTED_BY", to: {ref: "vendor:Zebra & Sons, Ltd"}}
    {from: {ref: "server:zebra-b"}, type: "SUPPORTED_BY", to: {ref: "vendor:Zebra & Sons, Ltd"}}
    {from: {ref: "business_service:zebra-mail"}, type: "DEPENDS_ON", to: {ref: "server:own-c"}, evidence: {method: INFERRED}}
    {from: {ref: "server:own-c"}, type: "BACKED_UP_BY", to: {ref: "technical_service:zebra-restore"}}
    {from: {ref: "technical_service:zebra-restore"}, type: "RUNS_ON", to: {ref: "server:own-c"}}
  ]}) { errors { message } }
  d: renameCIs(input: {items: [{ci: {ref: "server:zebra-b"}, name: "zebra-bb"}]}) { errors { message } }
  e: pin(input: {ci: {ref: "server:zebra-a"}, attribute: "os", value: "zebraOS 2", reason: "zebra"}) { errors { message } }
  f: createBaseline(input: {name: "before"}) { errors { message } }
  g: setChangePolicy(input: {name: "cab", when: "blast[\"down\"] > 0", approvers: ["cab-approver"]}) { errors { message } }
  h: setChangeModel(input: {name: "routine", title: "routine", guard: "blast[\"down\"] == 0"}) { errors { message } }
  i: createChangeWindow(input: {kind: BLACKOUT, title: "quiet", starts: "2026-12-02T00:00:00Z", duration: "P2D", cis: [{ref: "server:zebra-a"}]}) { errors { message } }
  j: reportOutage(input: {ci: {ref: "rack:zebra-rack"}, effect: DEGRADATION, from: "2026-11-24T08:00:00Z", title: "warm"}) { errors { message } }
  k: createChange(input: {title: "one", implementer: "kim", affects: [{ci: {ref: "server:own-c"}}, {ci: {ref: "server:zebra-bb"}, excluded: true, reason: "not touched", expires: "2027-01-01T00:00:00Z"}], plannedStart: "2026-12-02T20:00:00Z", plannedEnd: "2026-12-02T22:00:00Z",
    implementationPlan: "as ever", backoutPlan: "undo", testPlan: "look", patch: {upsertCIs: [{ci: {ref: "server:zebra-a"}, attributes: {os: "zebra 13"}}]}}) { change { number } errors { message } }
  l: createChange(input: {title: "two", implementer: "kim", affects: [{ci: {ref: "server:zebra-a"}}, {ci: {ref: "server:zebra-bb"}}], plannedStart: "2026-12-02T21:00:00Z", plannedEnd: "2026-12-02T23:00:00Z", patch: {upsertCIs: [{ci: {ref: "server:zebra-a"}, attributes: {os: "zebra 12"}}]}}) { change { number } errors { message } }
  m: submitChange(input: {change: "CHG0000001"}) { errors { message } } n: submitChange(input: {change: "CHG0000002"}) { errors { message } }
  o: assessChange(input: {change: "CHG0000002"}) { errors { message } } p: assessChange(input: {change: "CHG0000001"}) { errors { message } }
  q: commentOnChange(input: {change: "CHG0000001", text: "see server:zebra-a, (server:zebra-b) and business_service:zebra-shop."}) { errors { message } }
  r: requestChangeApproval(input: {change: "CHG0000001"}) { errors { message } }
  s: createToken(input: {principal: "keeper", roles: [VIEWER], teams: ["zoo"]}) { errors { message } }
}`

// everything selects all fields of a type, down to types that stand above it already.
type everything struct {
	schema *ast.Schema
	values map[string]string // of arguments, by their type
	seen   map[string]bool   // types and fields
	deep   int
}

func (e *everything) selection(typ string, path []string) string {
	def := e.schema.Types[typ]
	switch def.Kind {
	case ast.Interface, ast.Union:
		out := " { __typename"
		for _, p := range e.schema.GetPossibleTypes(def) {
			if p.Name == "ConfigurationItem" || !slices.Contains(path, p.Name) {
				out += " ... on " + p.Name + e.renamed(p.Name, path)
			}
		}
		return out + " }"
	case ast.Object:
		return e.renamed(typ, path)
	}
	return ""
}

// renamed gives each field a name of its type's, so that fragments on several types
// never contradict each other.
func (e *everything) renamed(typ string, path []string) string {
	out := " { __typename"
	path = append(slices.Clone(path), typ)
	for _, f := range e.schema.Types[typ].Fields {
		of := f.Type.Name()
		composite := e.schema.Types[of].IsCompositeType()
		if strings.HasPrefix(f.Name, "__") || of == "Query" || composite && (slices.Contains(path, of) && of != "ConfigurationItem" || len(path) == e.deep || twice(path)) {
			continue
		}
		e.seen[typ+"."+f.Name] = true
		out += " " + strings.ToLower(typ) + "_" + f.Name + ": " + f.Name + e.arguments(f.Arguments) + e.selection(of, path)
	}
	return out + " }"
}

// twice says whether a path has come to a CI from a CI: its neighbours are enough.
func twice(path []string) bool {
	cis := 0
	for _, typ := range path {
		if typ == "ConfigurationItem" {
			cis++
		}
	}
	return cis > 1
}

func (e *everything) arguments(args ast.ArgumentDefinitionList) string {
	var out []string
	for _, a := range args {
		if v, ok := e.values[a.Type.Name()]; ok && a.Type.NonNull && a.DefaultValue == nil {
			out = append(out, a.Name+": "+v)
		}
	}
	if len(out) == 0 {
		return ""
	}
	return "(" + strings.Join(out, ", ") + ")"
}

// TestOfAnotherTeamsCIsNoNameIsTold asks for every field of every type, of an estate in
// which all names of another team are known by a word, with every role: the answer has
// the word for who is told of all CIs, and for their team, and never for another one.
func TestOfAnotherTeamsCIsNoNameIsTold(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { unnamed(t, inFile(t)) })
	t.Run("neo4j", func(t *testing.T) {
		var databases neo4jtest.Databases
		st, err := neo4j.Open(t.Context(), databases.Empty(t))
		must(t, err)
		unnamed(t, st)
	})
}

func unnamed(t *testing.T, st store.Store) {
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphqls", Input: resolvers.SDL()})
	must(t, err)
	b := over(t, st, func(c *resolvers.Config) {
		c.Limits = guard.Limits{Size: 8 << 20, Tokens: 1 << 20, Depth: 40, Fields: 1 << 18, RootFields: 50, Aliases: 1 << 18, Repeats: 1 << 12, Cost: 1 << 30}
	})
	if got := b.ask(t, zoo, nil); strings.Contains(string(got), `"message"`) {
		t.Fatalf("%s", got)
	}
	e, roots := b.zoo(t, schema)
	told, refused := 0, 0
	for _, f := range schema.Query.Fields {
		if strings.HasPrefix(f.Name, "__") {
			continue
		}
		args, given := roots[f.Name]
		if !given && slices.ContainsFunc(f.Arguments, func(a *ast.ArgumentDefinition) bool { return a.Type.NonNull && a.DefaultValue == nil }) {
			t.Errorf("the test has no arguments for %s", f.Name)
			continue
		}
		document := "query { " + f.Name + args + e.selection(f.Type.Name(), nil) + " }"
		ask := func(who *itsm.Actor) string {
			resp := b.Execute(context.Background(), resolvers.Request{Query: document, Principal: who})
			raw, err := json.Marshal(resp)
			must(t, err)
			return string(raw)
		}
		all := ask(&itsm.Actor{Name: "p", Roles: itsm.Roles})
		if strings.Contains(all, `"errors":[{"message"`) {
			t.Errorf("%s: %.600s\n%.300s", f.Name, all, document)
		}
		if strings.Contains(strings.ToLower(all), "zebra") {
			told++
		}
		if mine := ask(&itsm.Actor{Name: "p", Roles: []itsm.Role{itsm.Viewer}, Teams: []string{"zoo"}}); f.Name == "node" && !strings.Contains(mine, "zebraOS") {
			t.Errorf("%s does not tell team zoo of its own: %s", f.Name, mine)
		}
		for _, role := range itsm.Roles {
			other := ask(&itsm.Actor{Name: "p", Roles: []itsm.Role{role}, Teams: []string{"own"}})
			if role == itsm.Viewer {
				other = opened(other)
			}
			if at := strings.Index(strings.ToLower(other), "zebra"); at >= 0 {
				t.Errorf("%s tells %s of team own: …%s", f.Name, role, other[max(0, at-160):min(len(other), at+60)])
			}
			if strings.Contains(other, "PERMISSION_DENIED") {
				refused++
			} else if states := slices.Compact(statesIn(other)); f.Name == "impact" && !slices.Equal(states, slices.Compact(statesIn(all))) {
				t.Errorf("%s: %s sees other states than who is told of all", f.Name, role)
			}
		}
	}
	if told < 15 {
		t.Errorf("only %d answers named a zebra where they may: the test shows little", told)
	}
	for _, def := range schema.Types {
		if def.BuiltIn || def.Kind != ast.Object || strings.HasSuffix(def.Name, "Payload") || def == schema.Query || def == schema.Mutation || def == schema.Subscription {
			continue
		}
		for _, f := range def.Fields {
			if !e.seen[def.Name+"."+f.Name] && f.Type.Name() != "Query" && !onlyWritten[def.Name] {
				t.Errorf("%s.%s was not asked for", def.Name, f.Name)
			}
		}
	}
	t.Logf("%d answers name a zebra to who may know, %d were refused, %d fields", told, refused, len(e.seen))
}

// zoo are the arguments by which the fields of the query root lead to the estate of team
// zoo, and what selects all of their answers.
func (b bench) zoo(t *testing.T, schema *ast.Schema) (e *everything, roots map[string]string) {
	t.Helper()
	ids := map[string]string{}
	var found struct {
		Data struct {
			Cis struct{ Nodes []struct{ ID, Ref string } }
		}
	}
	must(t, json.Unmarshal(b.ask(t, `{ cis { nodes { id ref } } }`, nil), &found))
	for _, n := range found.Data.Cis.Nodes {
		ids[n.Ref] = n.ID
	}
	named := func(ref string) string { return `{id: "` + ids[ref] + `"}` }
	effects := `{effects: [{ci: ` + named("server:own-c") + `}, {ci: ` + named("server:zebra-a") + `}, {ci: ` + named("server:zebra-bb") + `}]}`
	roots = map[string]string{
		"node":      `(id: "` + ids["server:zebra-a"] + `")`,
		"nodes":     `(ids: ["` + ids["server:zebra-a"] + `", "` + ids["business_service:zebra-shop"] + `", "` + ids["server:own-c"] + `"])`,
		"ci":        `(ref: ` + named("application:zebra-dc/web") + `)`,
		"impact":    `(scenario: ` + effects + `, window: {from: "2026-12-02T20:00:00Z", until: "2026-12-02T23:00:00Z"})`,
		"reach":     `(ci: ` + named("rack:zebra-rack") + `)`,
		"cutSets":   `(service: ` + named("business_service:zebra-shop") + `, maxSize: 2)`,
		"illusions": `(service: ` + named("business_service:zebra-shop") + `)`,
		"search":    `(text: "zebra")`, "revisions": `(of: ` + named("server:zebra-a") + `)`, "diff": `(from: {revision: "1"})`,
		"planChanges": `(patch: {retireCIs: [{ci: ` + named("server:zebra-a") + `}]})`,
		"change":      `(id: "CHG0000001")`, "safeSlots": `(change: "CHG0000001")`,
		"margin":         `(service: ` + named("business_service:zebra-shop") + `, from: "2026-12-01T00:00:00Z", until: "2026-12-04T00:00:00Z")`,
		"changeSchedule": `(from: "2026-12-01T00:00:00Z", until: "2026-12-09T00:00:00Z")`,
		"changeCalendar": `(from: "2026-12-01T00:00:00Z", until: "2026-12-09T00:00:00Z")`,
		"_entities":      `(representations: [{__typename: "ConfigurationItem", id: "` + ids["server:zebra-a"] + `"}])`,
	}
	return &everything{schema: schema, seen: map[string]bool{}, deep: 7, values: map[string]string{"CIRef": named("business_service:zebra-shop"), "Direction": "PROVIDERS", "World": "POSSIBLE"}}, roots
}

// opaque are ids and cursors.
var opaque = regexp.MustCompile(`"[A-Za-z0-9_-]{3,}"`)

// opened is an answer with all that is opaque to clients in clear, too.
func opened(answer string) string {
	out := answer
	for _, x := range opaque.FindAllString(answer, -1) {
		if b, err := base64.RawURLEncoding.DecodeString(strings.Trim(x, `"`)); err == nil {
			out += "\n" + string(b)
		}
	}
	return out
}

func TestATextHidesWhatNobodyIsCalledAnyMore(t *testing.T) {
	b := open(t, nil)
	say := func(query string) {
		t.Helper()
		if got := string(b.ask(t, "mutation { "+query+" }", nil)); strings.Contains(got, `"message"`) {
			t.Fatalf("%s: %s", query, got)
		}
	}
	say(`a: upsertCIs(input: {items: [{ci: {ref: "server:mine"}, attributes: {owner: "own"}}, {ci: {ref: "server:theirs"}}, {ci: {ref: "server:mine-and theirs"}}, {ci: {ref: "business_service:old secret plan"}}]}) { errors { message } }
		b: upsertRelations(input: {items: [{from: {ref: "business_service:old secret plan"}, type: "RUNS_ON", to: {ref: "server:mine"}}, {from: {ref: "server:mine-and theirs"}, type: "DEPENDS_ON", to: {ref: "server:mine"}}]}) { errors { message } }
		c: retireCIs(input: {items: [{ci: {ref: "business_service:old secret plan"}}, {ci: {ref: "server:mine-and theirs"}}]}) { errors { message } }
		d: createChange(input: {title: "see server:theirs, server:mine and server:mine.", description: "server:mine-and theirs"}) { errors { message } }`)
	resp := b.Execute(context.Background(), resolvers.Request{Query: `{ revisions(of: {ref: "server:mine"}) { nodes { changes { subject } } } change(id: "CHG0000001") { title description } }`, Principal: &itsm.Actor{Name: "p", Roles: []itsm.Role{itsm.Viewer}, Teams: []string{"own"}}})
	got := string(resp.Data)
	for _, secret := range []string{"secret", "plan", "theirs"} {
		if strings.Contains(got, secret) {
			t.Errorf("%q is told: %s", secret, got)
		}
	}
	if !strings.Contains(got, `"title":"see server:redacted, server:mine and server:mine."`) {
		t.Errorf("its own is not told: %s", got)
	}
}

// onlyWritten are types that no query leads to. What a stream of changes tells a team is
// in TestWhatTurnsStaleIsAnEvent.
var onlyWritten = map[string]bool{"ItemResult": true, "ResyncRequired": true, "ChangeEvent": true}

// statesIn are the states of an answer, in order.
func statesIn(s string) (out []string) {
	for i := range s {
		for _, state := range []string{`"OPERATIONAL"`, `"AT_RISK"`, `"DEGRADED"`, `"DOWN"`} {
			if strings.HasPrefix(s[i:], state) {
				out = append(out, state)
			}
		}
	}
	return out
}
