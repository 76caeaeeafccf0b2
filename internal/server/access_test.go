package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/server"
)

const token = "a-secret-of-24-characters"

func TestATokenOpensTheAPIAndNothingElseDoes(t *testing.T) {
	s := start(t, func(c *server.Config) { c.Token = token })
	const query = `{"query":"{ store { kind } }"}`
	for header, status := range map[string]int{
		"": 401, "Authorization: Bearer ": 401, "Authorization: Bearer wrong": 401, "Authorization: Basic " + token: 401, "Authorization: " + token: 401,
		"Authorization: Bearer " + token + "x": 401, "Authorization: Bearer " + token[1:]: 401,
		"Authorization: Bearer " + token: 200, "Authorization: bearer " + token: 200,
	} {
		var headers []string
		if header != "" {
			headers = append(headers, header)
		}
		r := s.send("POST", "/graphql", query, headers...)
		body := text(t, r)
		if r.StatusCode != status || strings.Contains(body, "wrong") || strings.Contains(body, token) {
			t.Errorf("%q: %d %s, want %d", header, r.StatusCode, body, status)
		}
		if status == 401 && (!strings.HasPrefix(r.Header.Get("WWW-Authenticate"), "Bearer") || !strings.Contains(body, "UNAUTHENTICATED")) {
			t.Errorf("%q: %q %s", header, r.Header.Get("WWW-Authenticate"), body)
		}
	}
	for path, status := range map[string]int{"/schema.graphqls": 401, "/nosuch": 401, "/import": 401, "/graphiqlx": 401, "/healthz": 200, "/readyz": 200} {
		if r := s.send("GET", path, ""); r.StatusCode != status {
			t.Errorf("%s without the token: %d, want %d", path, r.StatusCode, status)
		}
	}
	if log := s.log.String(); strings.Contains(log, token) || strings.Contains(log, "wrong") {
		t.Errorf("the log has a token: %s", log)
	}
}

func TestNoVerbPrintsTheToken(t *testing.T) {
	a := server.Access{Token: token}
	b, err := json.Marshal(a)
	must(t, err)
	printed := fmt.Sprintf("%v %+v %#v %s %q ", a, a, a, a.Token, a.Token) + string(b) + a.Token.LogValue().String()
	if strings.Contains(printed, token) {
		t.Error(printed)
	}
}

func TestWithATokenOtherMachinesMayBeLetIn(t *testing.T) {
	for _, c := range []struct {
		token server.Token
		kind  graph.Kind
		ok    bool
	}{{"", graph.PermissionDenied, false}, {"short", graph.PermissionDenied, false}, {token, 0, true}} {
		l, err := server.Access{Token: c.token}.Listen(t.Context(), "0.0.0.0:0")
		if (err == nil) != c.ok || err != nil && !graph.IsKind(err, c.kind) {
			t.Errorf("%v: %v", c.token, err)
		}
		if l != nil {
			must(t, l.Close())
		}
	}
}

func TestHostsAndOriginsAreChecked(t *testing.T) {
	const site = "https://desk.example.org"
	for _, c := range []struct {
		what         string
		access       server.Access
		host, origin string
		status       int
	}{
		{"no token, another name", server.Access{}, "cmdb.example.org", "", 421},
		{"a token, any name", server.Access{Token: token}, "cmdb.example.org", "", 200},
		{"a token, a listed name", server.Access{Token: token, Hosts: []string{"CMDB.example.org"}}, "cmdb.example.org:8080", "", 200},
		{"a token, another name", server.Access{Token: token, Hosts: []string{"cmdb.example.org"}}, "evil.example.org", "", 421},
		{"another site", server.Access{}, "", site, 403},
		{"another site, with the token", server.Access{Token: token}, "", site, 403},
		{"a listed site", server.Access{Token: token, Origins: []string{site}}, "", site, 200},
		{"another than the listed site", server.Access{Token: token, Origins: []string{site}}, "", "https://evil.example.org", 403},
	} {
		s := start(t, func(cfg *server.Config) { cfg.Access = c.access })
		url, stop := listening(t, s.Handler, c.access)
		client := &http.Client{Transport: &http.Transport{}}
		r, err := http.NewRequestWithContext(t.Context(), "POST", url+"/graphql", strings.NewReader(`{"query":"{ store { kind } }"}`))
		must(t, err)
		r.Host = c.host
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+token)
		if c.origin != "" {
			r.Header.Set("Origin", c.origin)
		}
		answer, err := client.Do(r)
		must(t, err)
		body := text(t, answer)
		_ = answer.Body.Close()
		if answer.StatusCode != c.status || c.status != 200 && !strings.Contains(body, answer.Header.Get("X-Request-Id")) {
			t.Errorf("%s: %d %s, want %d", c.what, answer.StatusCode, body, c.status)
		}
		client.CloseIdleConnections()
		stop()
	}
	l, err := server.Listen(t.Context(), "127.0.0.1:0")
	must(t, err)
	if err := (server.Access{Origins: []string{"desk.example.org"}}).Serve(t.Context(), l, http.NotFoundHandler()); !graph.IsKind(err, graph.Invalid) {
		t.Errorf("an origin that is none: %v", err)
	}
}

func TestOnlyListedSitesMayReadAnswers(t *testing.T) {
	const site = "https://desk.example.org"
	s := start(t, func(c *server.Config) { c.Token, c.Origins = token, []string{site} })
	for origin, want := range map[string]string{site: site, "https://evil.example.org": "", "null": ""} {
		r := s.send("OPTIONS", "/graphql", "", "Origin: "+origin, "Access-Control-Request-Method: POST")
		if got := r.Header.Get("Access-Control-Allow-Origin"); got != want || (r.StatusCode == 204) != (want != "") {
			t.Errorf("preflight of %s: %d %q", origin, r.StatusCode, got)
		}
		if want != "" && !strings.Contains(r.Header.Get("Access-Control-Allow-Headers"), "Authorization") {
			t.Errorf("allowed headers: %s", r.Header.Get("Access-Control-Allow-Headers"))
		}
		r = s.send("POST", "/graphql", `{"query":"{ store { kind } }"}`, "Origin: "+origin, "Authorization: Bearer "+token)
		if got := r.Header.Get("Access-Control-Allow-Origin"); got != want || !strings.Contains(strings.Join(r.Header.Values("Vary"), ","), "Origin") {
			t.Errorf("an answer for %s: %q", origin, got)
		}
	}
	s = start(t, nil)
	if r := s.send("OPTIONS", "/graphql", "", "Origin: "+site, "Access-Control-Request-Method: POST"); r.StatusCode != 405 || r.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("without a list: %d", r.StatusCode)
	}
}
