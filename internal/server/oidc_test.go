package server_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"github.com/faultline-itsm/faultline/internal/identity"
	"github.com/faultline-itsm/faultline/internal/server"
)

// realm is a real OpenID provider on this machine, with two people, a program, and a
// claim that says what they may do.
type realm struct {
	*httptest.Server
	http *http.Client
	away atomic.Bool
}

// roled is the provider's memory, with roles.
type roled struct{ *storage.Storage }

func rolesOf(subject string) []string {
	return map[string][]string{"id1": {"viewer", "change-manager", "emperor"}, "sid1": {"viewer", "change-manager"}}[subject]
}

func (s roled) SetUserinfoFromRequest(ctx context.Context, info *oidc.UserInfo, r op.IDTokenRequest, scopes []string) error {
	info.AppendClaims("roles", rolesOf(r.GetSubject()))
	if r.GetSubject() == "id1" {
		info.AppendClaims("teams", []string{"web"})
	}
	return s.Storage.SetUserinfoFromRequest(ctx, info, r, scopes)
}

func (s roled) GetPrivateClaimsFromScopes(_ context.Context, subject, _ string, _ []string) (map[string]any, error) {
	return map[string]any{"roles": rolesOf(subject)}, nil
}

// signs is a client whose access tokens are signed ones.
type signs struct{ op.Client }

func (signs) AccessTokenType() op.AccessTokenType { return op.AccessTokenTypeJWT }

func (s roled) ClientCredentials(ctx context.Context, id, secret string) (op.Client, error) {
	c, err := s.Storage.ClientCredentials(ctx, id, secret)
	if err != nil {
		return nil, err
	}
	return signs{c}, nil
}

func (s roled) ClientCredentialsTokenRequest(ctx context.Context, id string, scopes []string) (op.TokenRequest, error) {
	r, err := s.Storage.ClientCredentialsTokenRequest(ctx, id, scopes)
	if j, ok := r.(*oidc.JWTTokenRequest); ok {
		j.Audience = []string{"faultline"}
	}
	return r, err
}

func newRealm(t *testing.T) *realm {
	t.Helper()
	p := &realm{http: &http.Client{Transport: &http.Transport{}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	var inner http.Handler
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p.away.Load() {
			http.Error(w, "down for maintenance", http.StatusBadGateway)
			return
		}
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(p.Close)
	t.Cleanup(p.http.CloseIdleConnections)
	storage.RegisterClients(storage.NativeClient("faultline", "http://localhost/auth/callback"), storage.NativeClient("another", "http://localhost/auth/callback"))
	inner = exampleop.SetupServer(p.URL, roled{storage.NewStorage(storage.NewUserStore(p.URL))}, slog.New(slog.DiscardHandler), false)
	return p
}

func (p *realm) get(t *testing.T, r *http.Request, err error) *http.Response {
	t.Helper()
	must(t, err)
	resp, err := p.http.Do(r)
	must(t, err)
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

func (p *realm) post(t *testing.T, path string, form url.Values) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL+path, strings.NewReader(form.Encode()))
	must(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if form.Get("grant_type") == "client_credentials" {
		r.SetBasicAuth("sid1", "verysecret")
	}
	return p.get(t, r, nil)
}

func tokens(t *testing.T, r *http.Response) (id, access string) {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	must(t, err)
	var got struct {
		IDToken     string `json:"id_token"`
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(b, &got); err != nil || got.AccessToken == "" {
		t.Fatalf("%s %s", r.Status, b)
	}
	return got.IDToken, got.AccessToken
}

// signIn is what a person does in a browser: the authorization code flow with PKCE.
func (p *realm) signIn(t *testing.T, client, user string) string {
	t.Helper()
	const verifier = "a-verifier-of-forty-three-characters-or-more"
	at := p.URL + "/auth?" + url.Values{"client_id": {client}, "response_type": {"code"}, "scope": {"openid"}, "redirect_uri": {"http://localhost/auth/callback"},
		"state": {"s"}, "code_challenge": {verifier}, "code_challenge_method": {"plain"}}.Encode()
	follow := func(at string) string {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, at, nil)
		where, err := p.get(t, r, err).Location()
		must(t, err)
		return where.String()
	}
	login, err := url.Parse(follow(at))
	must(t, err)
	where, err := p.post(t, "/login/username", url.Values{"id": {login.Query().Get("authRequestID")}, "username": {user}, "password": {"verysecure"}}).Location()
	must(t, err)
	back, err := url.Parse(follow(where.String()))
	must(t, err)
	id, _ := tokens(t, p.post(t, "/oauth/token", url.Values{"grant_type": {"authorization_code"}, "code": {back.Query().Get("code")}, "client_id": {client},
		"redirect_uri": {"http://localhost/auth/callback"}, "code_verifier": {verifier}}))
	return id
}

func TestAnOpenIDProviderSaysWhoSomebodyIs(t *testing.T) {
	p := newRealm(t)
	provider, err := identity.NewProvider(p.URL, "faultline", identity.RolesClaim, identity.TeamsClaim)
	must(t, err)
	s := start(t, func(c *server.Config) { c.Token, c.Provider = token, provider })

	place := strings.TrimPrefix(p.URL, "http://")
	user := "test-user@" + strings.Split(place, ":")[0]
	ada := p.signIn(t, "faultline", user)
	_, robot := tokens(t, p.post(t, "/oauth/token", url.Values{"grant_type": {"client_credentials"}, "scope": {"openid"}}))
	parts := strings.Split(ada, ".")
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	must(t, err)
	unsigned := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + parts[1] + "."
	forged := parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(strings.ReplaceAll(string(claims), "id1", "id2"))) + "." + parts[2]

	const viewer = "{ viewer { name authentication roles service teams } }"
	for _, x := range []struct {
		name, token, query string
		status             int
		says               string
	}{
		{"a person, by subject and issuer; a role that is none of ours counts for nothing", ada, viewer, 200,
			fmt.Sprintf(`{"name":"id1@%s","authentication":"OIDC","roles":["VIEWER","CHANGE_MANAGER"],"service":false,"teams":["web"]}`, place)},
		{"a person without roles", p.signIn(t, "faultline", "test-user2"), "{ store { revision } }", 200, "PERMISSION_DENIED"},
		{"a program", robot, viewer, 200, fmt.Sprintf(`{"name":"sid1@%s","authentication":"OIDC","roles":["VIEWER","CHANGE_MANAGER"],"service":true,"teams":null}`, place)},
		{"a token made for another service", p.signIn(t, "another", user), viewer, 401, "UNAUTHENTICATED"},
		{"another name, not signed for", forged, viewer, 401, "UNAUTHENTICATED"},
		{"no signature", unsigned, viewer, 401, "UNAUTHENTICATED"},
		{"no token", "a.b.c", viewer, 401, "UNAUTHENTICATED"},
		{"none at all", "", viewer, 401, "UNAUTHENTICATED"},
		{"the static token, still", token, viewer, 200, "STATIC_TOKEN"},
	} {
		if status, body := s.asked(t, x.token, x.query); status != x.status || !strings.Contains(body, x.says) {
			t.Errorf("%s: %d %s, want %d %s", x.name, status, body, x.status, x.says)
		}
	}
	if strings.Contains(s.log.String(), parts[2]) {
		t.Error("the log has a token")
	}
}

func TestAProviderThatIsAwayIsNoRefusal(t *testing.T) {
	p := newRealm(t)
	ada := p.signIn(t, "faultline", "test-user2")
	p.away.Store(true)
	provider, err := identity.NewProvider(p.URL, "faultline", identity.RolesClaim, identity.TeamsClaim)
	must(t, err)
	s := start(t, func(c *server.Config) { c.Provider = provider })
	if status, body := s.asked(t, ada, "{ viewer { name } }"); status != 503 || !strings.Contains(body, "the identity provider does not answer") {
		t.Errorf("%d %s", status, body)
	}
	if status, _ := s.asked(t, "", "{ viewer { name } }"); status != 401 {
		t.Errorf("with a provider and no static token, nobody is let in without a token: %d", status)
	}
}

func TestAProviderThatCannotBeIsRefused(t *testing.T) {
	for _, c := range []struct{ issuer, audience, says string }{
		{"login.example.org", "faultline", "is not an issuer"},
		{"https://login.example.org/?realm=a", "faultline", "is not an issuer"},
		{"http://login.example.org", "faultline", "without encryption"},
		{"https://login.example.org", "", "no audience is given"},
	} {
		if _, err := identity.NewProvider(c.issuer, c.audience, "roles", "teams"); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s for %q: %v, want %q", c.issuer, c.audience, err, c.says)
		}
	}
	provider, err := identity.NewProvider("https://login.example.org", "faultline", "roles", "teams")
	must(t, err)
	l, err := server.Access{Provider: provider}.Listen(t.Context(), "127.0.0.1:0")
	must(t, errors.Join(err, l.Close()))
}
