package identity

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/itsm"
)

// Provider is an OpenID provider: its signed tokens show who somebody is. Safe for
// concurrent use.
type Provider struct {
	issuer, audience string
	roles, teams     string // the claims that say so
	client           *http.Client

	mu       sync.Mutex
	verifier *oidc.IDTokenVerifier // once it was discovered
	failed   time.Time             // when discovery failed last
}

const (
	// RolesClaim and TeamsClaim are where these are looked for unless somebody says
	// otherwise.
	RolesClaim, TeamsClaim = "roles", "teams"

	patience = 5 * time.Second // with a provider that does not answer
	pause    = 5 * time.Second // before it is asked again
)

// signing are the algorithms that are taken: asymmetric ones alone. With HMAC, whoever
// checks a token could make one.
var signing = []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA}

// NewProvider names a provider; it is asked for its keys when the first token comes. A
// token must be made by that issuer, for that audience; its roles and teams are in these
// claims. It fails with Invalid.
func NewProvider(issuer, audience, roles, teams string) (*Provider, error) {
	u, err := url.Parse(issuer)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		return nil, graph.Errorf(graph.Invalid, "%q is not an issuer", graph.Clip(issuer)).WithHint("write it as the provider's tokens have it in iss, for example https://login.example.org/realm")
	case u.Scheme == "http" && !slices.Contains([]string{"localhost", "127.0.0.1", "::1"}, u.Hostname()):
		return nil, graph.Errorf(graph.Invalid, "the issuer %q is reached without encryption: whoever is on the way could hand out keys", graph.Clip(issuer)).WithHint("use https")
	case audience == "":
		return nil, graph.Errorf(graph.Invalid, "no audience is given: a token that was made for another service would be taken").WithHint("name what the provider's tokens for this service have in aud")
	}
	return &Provider{issuer: issuer, audience: audience, roles: roles, teams: teams, client: &http.Client{Timeout: patience}}, nil
}

// Bearer is who a token of the provider shows: named by subject and issuer, which
// together never change hands (OpenID Connect Core 1.0, section 5.7). Roles that are
// none of ours count for nothing. Without the claim of its teams it is about all CIs. It fails with PermissionDenied, and with Unavailable
// where the provider does not answer.
func (p *Provider) Bearer(ctx context.Context, raw string) (itsm.Actor, error) {
	verifier, err := p.discovered(ctx)
	if err != nil {
		return itsm.Actor{}, err
	}
	token, err := verifier.Verify(ctx, raw)
	if err != nil {
		if strings.Contains(err.Error(), "fetching keys") { // the library keeps no error to ask
			return itsm.Actor{}, away(err)
		}
		return itsm.Actor{}, denied()
	}
	claims := map[string]json.RawMessage{}
	if err := token.Claims(&claims); err != nil || token.Subject == "" || len(token.Subject) > 255 || strings.ContainsFunc(token.Subject, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return itsm.Actor{}, denied()
	}
	_, place, _ := strings.Cut(strings.TrimSuffix(p.issuer, "/"), "://")
	who := itsm.Actor{Name: token.Subject + "@" + place, Expires: token.Expiry, Service: program(token.Subject, claims)}
	if said, scoped := claims[p.teams]; scoped {
		who.Teams = append([]string{}, words(said)...) // of a claim that names none, none
	}
	for _, name := range words(claims[p.roles]) {
		if role := itsm.Role(name); slices.Contains(itsm.Roles, role) && !slices.Contains(who.Roles, role) {
			who.Roles = append(who.Roles, role)
		}
	}
	return who, nil
}

// program says whether a token is a client's own: nobody signed in, and the subject
// names the client (RFC 9068, section 2.2).
func program(subject string, claims map[string]json.RawMessage) bool {
	for _, name := range []string{"client_id", "azp"} {
		if slices.Contains(words(claims[name]), subject) {
			return true
		}
	}
	return false
}

// words reads a claim that is a list of texts, or one text with spaces between.
func words(claim json.RawMessage) (out []string) {
	text := ""
	if json.Unmarshal(claim, &out) == nil {
		return out
	}
	if json.Unmarshal(claim, &text) == nil {
		return strings.Fields(text)
	}
	return nil
}

func (p *Provider) discovered(ctx context.Context) (*oidc.IDTokenVerifier, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.verifier != nil {
		return p.verifier, nil
	}
	if time.Since(p.failed) < pause {
		return nil, away(nil)
	}
	// Keys are fetched again as long as the service runs, not as long as this request.
	found, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), p.client), p.issuer)
	if err != nil {
		p.failed = time.Now()
		return nil, away(err)
	}
	p.verifier = found.Verifier(&oidc.Config{ClientID: p.audience, SupportedSigningAlgs: signing})
	return p.verifier, nil
}

func away(because error) error {
	return graph.Errorf(graph.Unavailable, "the identity provider does not answer").WithHint("try again in some seconds; an API token works meanwhile").Because(because)
}
