package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/internal/population"
	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/internal/server"
)

// asked is a GraphQL request with a token; its status and body.
func (s service) asked(t *testing.T, token, query string) (int, string) {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": query})
	must(t, err)
	var header []string
	if token != "" {
		header = append(header, "Authorization: Bearer "+token)
	}
	r := s.send(http.MethodPost, "/graphql", string(body), header...)
	b, err := io.ReadAll(r.Body)
	must(t, err)
	return r.StatusCode, string(b)
}

// issue makes a token over the API, as an administrator.
func (s service) issue(t *testing.T, by, input string) (id, secret string) {
	t.Helper()
	status, body := s.asked(t, by, "mutation { createToken(input: {"+input+"}) { secret token { id } errors { message } } }")
	var answer struct {
		Data struct {
			CreateToken struct {
				Secret string
				Token  struct{ ID string }
			}
		}
	}
	must(t, json.Unmarshal([]byte(body), &answer))
	if status != 200 || answer.Data.CreateToken.Secret == "" {
		t.Fatalf("%d %s", status, body)
	}
	return answer.Data.CreateToken.Token.ID, answer.Data.CreateToken.Secret
}

func TestTokensSayWhoSomebodyIs(t *testing.T) {
	s := start(t, func(c *server.Config) { c.Token = token })
	_, ada := s.issue(t, token, `principal: "ada", roles: [VIEWER, CHANGE_REQUESTER]`)
	bobID, bob := s.issue(t, token, `principal: "bob", roles: [ADMIN]`)
	_, robot := s.issue(t, token, `principal: "robot", roles: [CI_WRITER], service: true, source: "discovery"`)
	_, soon := s.issue(t, token, `principal: "guest", roles: [VIEWER], expires: "`+time.Now().Add(time.Hour).UTC().Format(time.RFC3339)+`"`)

	const viewer = "{ viewer { name authentication roles service } }"
	const write = `mutation { upsertCIs(input: {%sitems: [{ci: {ref: "server:a"}}]}) { errors { code message } } }`
	for _, x := range []struct {
		name, token, query string
		status             int
		says               string
	}{
		{"who one is", ada, viewer, 200, `"viewer":{"name":"ada","authentication":"API_TOKEN","roles":["VIEWER","CHANGE_REQUESTER"],"service":false}`},
		{"the static token is everybody's", token, viewer, 200, `"authentication":"STATIC_TOKEN"`},
		{"a viewer reads", ada, "{ store { revision } }", 200, `"revision"`},
		{"and writes no CI", ada, fmt.Sprintf(write, ""), 200, `PERMISSION_DENIED`},
		{"an administrator reads nothing", bob, "{ store { revision } }", 200, `PERMISSION_DENIED`},
		{"but lists tokens", bob, "{ tokens { principal } }", 200, `"principal":"ada"`},
		{"which others do not", ada, "{ tokens { principal } }", 200, `PERMISSION_DENIED`},
		{"a program speaks for its source", robot, fmt.Sprintf(write, `source: "discovery", `), 200, `"errors":[]`},
		{"and for no other", robot, fmt.Sprintf(write, ""), 200, `robot speaks for the source \"discovery\", not for \"manual\"`},
		{"a wrong role", token, `mutation { createToken(input: {principal: "x", roles: []}) { errors { message } } }`, 200, "it has no role"},
		{"a mistyped token", ada[:len(ada)-1] + "x", viewer, 401, "UNAUTHENTICATED"},
		{"a made up token", "flt_aaaaaaaa_bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb00000000", viewer, 401, "UNAUTHENTICATED"},
		{"none at all", "", viewer, 401, "UNAUTHENTICATED"},
		{"a token that will expire", soon, viewer, 200, `"guest"`},
	} {
		if status, body := s.asked(t, x.token, x.query); status != x.status || !strings.Contains(body, x.says) {
			t.Errorf("%s: %d %s, want %d %s", x.name, status, body, x.status, x.says)
		}
	}
	if status, body := s.asked(t, bob, `mutation { revokeToken(input: {id: "`+bobID+`"}) { token { revokedAt } errors { message } } }`); status != 200 || !strings.Contains(body, `"errors":[]`) {
		t.Fatalf("%d %s", status, body)
	}
	if status, _ := s.asked(t, bob, viewer); status != 401 {
		t.Errorf("a revoked token is answered with %d", status)
	}
	if _, body := s.asked(t, token, `mutation { revokeToken(input: {id: "`+bobID+`"}) { errors { code message } } }`); !strings.Contains(body, "BLOCKED") {
		t.Errorf("revoked twice: %s", body)
	}
	for _, secret := range []string{ada, bob, robot, soon} {
		if strings.Contains(s.log.String(), secret) {
			t.Error("the log has a token")
		}
	}
	if status := s.send(http.MethodPost, "/import", `{"kind":"ci","class":"server","name":"b"}`, "Authorization: Bearer "+ada, "Content-Type: application/x-ndjson").StatusCode; status != 404 && status != 403 {
		t.Errorf("a requester imports: %d", status)
	}
}

func TestAStreamEndsWithItsToken(t *testing.T) {
	s := start(t, nil)
	web := httptest.NewServer(s)
	t.Cleanup(web.Close)
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	_, admin := s.issue(t, "", `principal: "root", roles: [ADMIN]`)
	id, ada := s.issue(t, "", `principal: "ada", roles: [VIEWER]`)
	const stream = "subscription { revisionCommitted { ... on LedgerEntry { revision actor } } }"

	_, refused := follow(t, client, web.URL, stream, "Authorization: Bearer "+admin)
	if body := text(t, refused); !strings.Contains(body, "PERMISSION_DENIED") {
		t.Errorf("an administrator follows the ledger: %s", body)
	}
	r, resp := follow(t, client, web.URL, stream, "Authorization: Bearer "+ada)
	if resp.StatusCode != 200 {
		t.Fatalf("%d", resp.StatusCode)
	}
	s.commit(t, "one")
	if e, ok := r.next(); !ok || !strings.Contains(e.Data, `"revision"`) || strings.Contains(e.Data, `"errors"`) {
		t.Fatalf("the first event: %+v, %t", e, ok)
	}
	if status, body := s.asked(t, "", `mutation { revokeToken(input: {id: "`+id+`"}) { errors { message } } }`); status != 200 || !strings.Contains(body, `"errors":[]`) {
		t.Fatalf("%d %s", status, body)
	}
	if e, ok := r.next(); ok && !strings.Contains(e.Data, "PERMISSION_DENIED") && e.Event != "complete" {
		t.Errorf("after its token was revoked the stream tells %+v", e)
	}
	s.commit(t, "two")
	for e, ok := r.next(); ok; e, ok = r.next() {
		if strings.Contains(e.Data, `"revision"`) && !strings.Contains(e.Data, `"errors"`) {
			t.Errorf("after its token was revoked the stream tells %+v", e)
		}
	}
}

func TestAnExportTakesWhoMayReadTheEstate(t *testing.T) {
	s := start(t, func(c *server.Config) { c.Token, c.Export = token, population.Export })
	if status, body := s.asked(t, token, `mutation { upsertCIs(input: {items: [{ci: {ref: "server:one"}}]}) { errors { message } } }`); status != 200 || !strings.Contains(body, `"errors":[]`) {
		t.Fatalf("%d %s", status, body)
	}
	_, admin := s.issue(t, token, `principal: "root", roles: [ADMIN]`)
	_, vera := s.issue(t, token, `principal: "vera", roles: [VIEWER]`)
	_, hana := s.issue(t, token, `principal: "hana", roles: [VIEWER, CONFIG_MANAGER], teams: ["hosting"]`)
	for _, x := range []struct {
		who, token string
		status     int
		says       string
	}{
		{"a viewer", vera, 200, `"one"`},
		{"an administrator", admin, 403, "may not export"},
		{"a team", hana, 403, "tells of the whole estate"},
	} {
		r := s.send(http.MethodGet, "/export", "", "Authorization: Bearer "+x.token)
		body, err := io.ReadAll(r.Body)
		must(t, err)
		if r.StatusCode != x.status || !strings.Contains(string(body), x.says) {
			t.Errorf("%s: %d %s", x.who, r.StatusCode, body)
		}
	}
	if status, body := s.asked(t, token, `mutation { createToken(input: {principal: "x", roles: [VIEWER], teams: []}) { errors { message path } } }`); status != 200 || !strings.Contains(body, "a team has no name, or there is none") {
		t.Errorf("a token of no team is made: %s", body)
	}
}

func TestATeamFollowsItsOwnCIs(t *testing.T) {
	s := start(t, nil)
	web := httptest.NewServer(s)
	t.Cleanup(web.Close)
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	_, hana := s.issue(t, "", `principal: "hana", roles: [VIEWER], teams: ["hosting"]`)
	_, refused := follow(t, client, web.URL, "subscription { revisionCommitted { ... on LedgerEntry { revision } } }", "Authorization: Bearer "+hana)
	if body := text(t, refused); !strings.Contains(body, "tells of the whole estate") {
		t.Errorf("a team follows the whole ledger: %s", body)
	}
	r, resp := follow(t, client, web.URL, "subscription { ciChanged { ... on LedgerEntry { changes { subject after ci { ref } } } } }", "Authorization: Bearer "+hana)
	if resp.StatusCode != 200 {
		t.Fatalf("%d", resp.StatusCode)
	}
	for _, items := range []string{`{ci: {ref: "server:theirs"}, attributes: {owner: "sales"}}`, `{ci: {ref: "server:other"}, attributes: {owner: "sales"}}, {ci: {ref: "server:hers"}, attributes: {owner: "hosting"}}`} {
		if status, body := s.asked(t, "", `mutation { upsertCIs(input: {items: [`+items+`]}) { errors { message } } }`); status != 200 || !strings.Contains(body, `"errors":[]`) {
			t.Fatalf("%d %s", status, body)
		}
	}
	e, ok := r.next()
	if !ok || !strings.Contains(e.Data, "server:hers") || strings.Contains(e.Data, "theirs") || strings.Contains(e.Data, "other") {
		t.Errorf("the team is told of %+v, %t", e, ok)
	}
}

func TestAnImportTellsATeamNoOtherNames(t *testing.T) {
	s := start(t, func(c *server.Config) {
		c.Token = token
		c.Import = func(_ context.Context, _ *records.Ledger, _ io.ReadSeeker, o server.ImportOptions, line func(any) error) error {
			if o.Teams == nil {
				t.Error("the import does not know of the team")
			}
			return line(map[string]any{"kind": "diagnostic", "message": "the key 1 of sn belongs to server:hidden one", "subject": "server:mine"})
		}
	})
	if status, body := s.asked(t, token, `mutation { upsertCIs(input: {items: [{ci: {ref: "server:hidden one"}}, {ci: {ref: "server:mine"}, attributes: {owner: "hosting"}}]}) { errors { message } } }`); status != 200 || !strings.Contains(body, `"errors":[]`) {
		t.Fatalf("%d %s", status, body)
	}
	_, hana := s.issue(t, token, `principal: "hana", roles: [CONFIG_MANAGER], teams: ["hosting"]`)
	r := s.send(http.MethodPost, "/import", "{}", "Authorization: Bearer "+hana, "Content-Type: application/x-ndjson")
	body, err := io.ReadAll(r.Body)
	must(t, err)
	if strings.Contains(string(body), "hidden") || !strings.Contains(string(body), `"message":"the key 1 of sn belongs to server:redacted"`) || !strings.Contains(string(body), `"subject":"server:mine"`) {
		t.Errorf("%s", body)
	}
}
