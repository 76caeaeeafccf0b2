package resolvers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/faultline-itsm/faultline/internal/guard"
	"github.com/faultline-itsm/faultline/internal/itsm"
	"github.com/faultline-itsm/faultline/internal/projection"
	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/internal/server"
	"github.com/faultline-itsm/faultline/internal/store/sqlite"
	"github.com/faultline-itsm/faultline/resolvers"
)

// TestPolicyMatrix sends every field of the schema, over HTTP, with each of the tokens of
// every role: one of the team whose CIs are asked about, one of another team, none, one
// that was revoked and one that has expired. Fields of the roots are sent by themselves;
// all others are in the answers of the query root, which select all that there is. What
// came of it is docs/policies.md.
//
// A dead token is answered 401, whatever is asked. A living one is refused where the role
// is not among those of the field's policy, and nowhere else. Of the other team's CIs
// nothing is told that they are called.
func TestPolicyMatrix(t *testing.T) {
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphqls", Input: resolvers.SDL()})
	must(t, err)
	m := newMatrix(t, schema)
	var rows []string
	cells := 0
	for _, root := range []*ast.Definition{schema.Query, schema.Mutation, schema.Subscription} {
		for _, f := range root.Fields {
			if strings.HasPrefix(f.Name, "__") {
				continue
			}
			row := "| `" + strings.ToLower(root.Name) + " { " + f.Name + " }` |"
			for _, role := range itsm.Roles {
				row += " " + m.cell(t, root, f, role) + " |"
				cells += len(situations)
			}
			rows = append(rows, row)
		}
	}
	m.moved = 2 * time.Hour
	for _, root := range []*ast.Definition{schema.Query, schema.Mutation, schema.Subscription} {
		for _, f := range root.Fields {
			for _, role := range itsm.Roles {
				m.dead(t, root.Name+"."+f.Name, m.document(root, f), "expired", m.tokens[role]["expired"])
			}
		}
	}
	nested := 0
	for name := range m.e.seen {
		if !strings.HasPrefix(name, "Query.") {
			nested++
		}
	}
	hidden := slices.Sorted(maps.Keys(m.hidden))
	if cells < 4000 || nested < 700 || len(hidden) < 20 {
		t.Errorf("only %d cells of the roots' fields, %d others, %d of them hidden", cells, nested, len(hidden))
	}
	t.Logf("%d fields of the roots in %d cells, %d fields below", len(rows), cells, nested)
	golden(t, filepath.Join("..", "docs", "policies.md"), policyPage(rows, m.named(hidden)))
}

var situations = []string{"own team", "other team", "no token", "revoked", "expired"}

// matrix is a service over the estate of team zoo, and tokens for it.
type matrix struct {
	http.Handler
	schema *ast.Schema
	e      *everything
	roots  map[string]string
	tokens map[itsm.Role]map[string]string // by situation
	moved  time.Duration                   // how far the clock has gone on
	hidden map[string]bool                 // fields that say another thing to another team
}

const administrator = "the administrator's own token"

func newMatrix(t *testing.T, schema *ast.Schema) *matrix {
	st, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "faultline.db"))
	must(t, err)
	p, err := projection.Open(t.Context(), st, projection.Options{})
	must(t, err)
	t.Cleanup(func() { must(t, p.Close()); must(t, st.Close()) })
	m := &matrix{schema: schema, tokens: map[itsm.Role]map[string]string{}, hidden: map[string]bool{}}
	clock := func() time.Time { return now.Add(m.moved) }
	ledger := records.New(st, p, clock)
	b := bench{API: resolvers.New(resolvers.Config{Ledger: ledger, Actor: "tester", Clock: clock})}
	if got := b.ask(t, zoo, nil); strings.Contains(string(got), `"message"`) {
		t.Fatalf("%s", got)
	}
	m.e, m.roots = b.zoo(t, schema)
	cfg := server.Config{Ledger: ledger, Clock: clock}
	cfg.Token = administrator
	cfg.Limits.Body = 8 << 20
	cfg.Limits.Document = guard.Limits{Size: 8 << 20, Tokens: 1 << 20, Depth: 40, Fields: 1 << 18, RootFields: 50, Aliases: 1 << 18, Repeats: 1 << 12, Cost: 1 << 30}
	m.Handler = server.New(cfg)
	for _, role := range itsm.Roles {
		input := func(team string) string {
			return fmt.Sprintf(`principal: "p", roles: [%s], teams: [%q]`, strings.ToUpper(strings.ReplaceAll(string(role), "-", "_")), team)
		}
		id, revoked := m.issue(t, input("zoo"))
		if _, body := m.ask(administrator, `mutation { revokeToken(input: {id: "`+id+`"}) { errors { message } } }`); !strings.Contains(body, `"errors":[]`) {
			t.Fatal(body)
		}
		_, own := m.issue(t, input("zoo"))
		_, other := m.issue(t, input("own"))
		_, expired := m.issue(t, input("zoo")+`, expires: "`+now.Add(time.Hour).Format(time.RFC3339)+`"`)
		m.tokens[role] = map[string]string{"own team": own, "other team": other, "no token": "", "revoked": revoked, "expired": expired}
	}
	return m
}

func (m *matrix) issue(t *testing.T, input string) (id, secret string) {
	t.Helper()
	var answer struct {
		Data struct {
			CreateToken struct {
				Secret string
				Token  struct{ ID string }
			}
		}
	}
	_, body := m.ask(administrator, "mutation { createToken(input: {"+input+"}) { secret token { id } errors { message } } }")
	must(t, json.Unmarshal([]byte(body), &answer))
	if answer.Data.CreateToken.Secret == "" {
		t.Fatal(body)
	}
	return answer.Data.CreateToken.Token.ID, answer.Data.CreateToken.Secret
}

// ask sends a document; a stream that is opened is left after a moment.
func (m *matrix) ask(token, document string) (status int, body string) {
	raw, _ := json.Marshal(map[string]string{"query": document})
	ctx := context.Background()
	r := httptest.NewRequest(http.MethodPost, "http://localhost/graphql", strings.NewReader(string(raw)))
	r.Header.Set("Content-Type", "application/json")
	if strings.HasPrefix(document, "subscription") {
		var cancel func()
		ctx, cancel = context.WithTimeout(ctx, 50*time.Millisecond)
		defer cancel()
		r.Header.Set("Accept", "text/event-stream")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	m.ServeHTTP(w, r.WithContext(ctx))
	return w.Code, w.Body.String()
}

// document asks for a field of a root, and for all of its answer where that changes nothing.
func (m *matrix) document(root *ast.Definition, f *ast.FieldDefinition) string {
	args, given := m.roots[f.Name]
	if root != m.schema.Query {
		args, given = "", false
	}
	if !given {
		args = arguments(m.schema, f.Arguments)
	}
	below := selection(m.schema, f.Type)
	if root == m.schema.Query && !strings.HasPrefix(f.Name, "__") {
		below = m.e.selection(f.Type.Name(), nil)
	}
	return strings.ToLower(root.Name) + " { " + f.Name + args + below + " }"
}

// cell is what a role may do with a field of a root.
func (m *matrix) cell(t *testing.T, root *ast.Definition, f *ast.FieldDefinition, role itsm.Role) string {
	name, document := root.Name+"."+f.Name, m.document(root, f)
	roles, _ := resolvers.Policy(name)
	may := len(roles) == 0 || slices.Contains(roles, role)
	answers := map[string]string{}
	for situation, token := range m.tokens[role] {
		switch situation {
		case "own team", "other team":
			_, body := m.ask(token, document)
			answers[situation] = body
			if refused := strings.Contains(body, refusal+f.Name); refused == may {
				t.Errorf("%s as %s, %s: refused %t, and its policy is %v: %.300s", name, role, situation, refused, roles, body)
			}
			if at := strings.Index(strings.ToLower(body), "zebra"); situation == "other team" && at >= 0 {
				t.Errorf("%s tells %s of another team: …%s", name, role, body[max(0, at-160):min(len(body), at+60)])
			}
		case "expired": // once the clock has gone on
		default:
			m.dead(t, name, document, situation, token)
		}
	}
	if root == m.schema.Query && may {
		m.compare(answers["own team"], answers["other team"])
	}
	if may {
		return "yes"
	}
	return "·"
}

// refusal is how that of a field of a root begins; whoever it is told to is p.
const refusal = "p may not ask for "

// dead is a token that nothing is answered to.
func (m *matrix) dead(t *testing.T, name, document, situation, token string) {
	t.Helper()
	if status, body := m.ask(token, document); status != http.StatusUnauthorized || !strings.Contains(body, "UNAUTHENTICATED") || strings.Contains(body, `"data"`) {
		t.Errorf("%s, %s: %d %.300s", name, situation, status, body)
	}
}

// compare finds the fields that say another thing to one team than to another one.
func (m *matrix) compare(own, other string) {
	leaves := func(body string) map[string][]string {
		var answer struct{ Data any }
		out := map[string][]string{}
		if json.Unmarshal([]byte(body), &answer) == nil {
			gather(answer.Data, "", out)
		}
		return out
	}
	mine, theirs := leaves(own), leaves(other)
	for name, values := range mine {
		got := theirs[name]
		slices.Sort(values) // names order lists, and they are told otherwise
		slices.Sort(got)
		if len(got) == len(values) && !slices.Equal(got, values) {
			m.hidden[name] = true
		}
	}
}

// gather lists the values of fields by the names that everything gives them.
func gather(x any, field string, out map[string][]string) {
	switch x := x.(type) {
	case map[string]any:
		if field == "" || strings.Contains(fmt.Sprint(slices.Sorted(maps.Keys(x))), "__typename") {
			for k, y := range x {
				gather(y, k, out)
			}
			return
		}
	case []any:
		if len(x) > 0 {
			if _, composite := x[0].(map[string]any); composite {
				for _, y := range x {
					gather(y, field, out)
				}
				return
			}
		}
	}
	if strings.Contains(field, "_") && !strings.HasPrefix(field, "__") {
		raw, _ := json.Marshal(x)
		out[field] = append(out[field], string(raw))
	}
}

// named are fields as the schema names them.
func (m *matrix) named(fields []string) (out []string) {
	types := map[string]string{}
	for name := range m.schema.Types {
		types[strings.ToLower(name)] = name
	}
	for _, f := range fields {
		typ, field, _ := strings.Cut(f, "_")
		out = append(out, types[typ]+"."+field)
	}
	return out
}

// policyPage is docs/policies.md.
func policyPage(rows, hidden []string) string {
	out := `# Who may ask for what

Made by ` + "`go test ./resolvers -run TestPolicyMatrix -update`" + ` from what a service answered to each field of the schema, sent with tokens of every role: of the team whose CIs
are asked about, of another team, none, revoked, expired. ` + "`yes`" + ` is answered, ` + "`·`" + ` is refused (PERMISSION_DENIED), to either team alike. Without a token, with a revoked and
with an expired one everything is refused (401). What is answered may be refused further as data: by four eyes, the implementer, the team of what is written, the source of a token.

| field |`
	for _, role := range itsm.Roles {
		out += " " + string(role) + " |"
	}
	out += "\n|---|" + strings.Repeat("---|", len(itsm.Roles)) + "\n" + strings.Join(rows, "\n") + `

## What another team is told otherwise

All other fields of the schema are answered wherever the field of the root is that leads to them. Of CIs of teams that are not the token's, these say another thing, or nothing, than to
their team: names, what describes them, and texts that name them. States, counts and structure are everybody's ([ADR 0064](adr/0064-an-answer-is-redacted-by-field.md)).

`
	for _, name := range hidden {
		out += "- `" + name + "`\n"
	}
	return out
}

// golden compares a file with what it should say, or writes it.
func golden(t *testing.T, path, want string) {
	t.Helper()
	if *update {
		must(t, os.WriteFile(path, []byte(want), 0o644))
		return
	}
	got, err := os.ReadFile(path)
	must(t, err)
	if string(got) != want {
		t.Errorf("%s is not what the service does: run this test with -update and look at the difference", path)
	}
}
