// Package identity knows who sends a request: principals by API tokens, which are
// records like any other, so that every process over one store knows them and a
// revocation reaches all within a second or two; and by the signed tokens of an OpenID
// provider. Of an API token only its SHA-256 is kept.
// It refuses to know what a principal may do: roles are the rooms' words.
package identity

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"hash/crc32"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/itsm"
	"github.com/faultline-itsm/faultline/internal/records"
)

// Prefix begins every token, so that scanners of secrets find one that leaked.
const Prefix = "flt_"

// New makes a token from 5 and 32 random bytes: its id, by which it is listed and
// revoked, and the secret, which is shown once. The last eight digits are a checksum,
// so that a mistyped one is told from a revoked one.
func New(random io.Reader) (id, secret string, err error) {
	var b [37]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", "", graph.Errorf(graph.Unavailable, "there is no randomness for a token").Because(err)
	}
	id = strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:5]))
	body := Prefix + id + "_" + base64.RawURLEncoding.EncodeToString(b[5:])
	return id, body + checksum(body), nil
}

func checksum(body string) string {
	sum := crc32.ChecksumIEEE([]byte(body))
	return hex.EncodeToString([]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)})
}

// idOf is a token's id; false where it is none, or was mistyped.
func idOf(secret string) (string, bool) {
	rest, ok := strings.CutPrefix(secret, Prefix)
	id, key, cut := strings.Cut(rest, "_")
	if !ok || !cut || len(id) != 8 || len(key) <= 8 {
		return "", false
	}
	body := secret[:len(secret)-8]
	return id, checksum(body) == secret[len(secret)-8:]
}

// Digest is what is kept of a token.
func Digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// denied is the same for all that does not hold, so that nobody learns which it was.
func denied() error {
	return graph.Errorf(graph.PermissionDenied, "the token is not known, or holds no more").WithHint("ask an administrator for another one")
}

// Bearer is who has the token, as a room knows it. It fails with PermissionDenied.
func Bearer(ctx context.Context, room *records.Room, secret string) (itsm.Actor, error) {
	id, ok := idOf(secret)
	if !ok {
		return itsm.Actor{}, denied()
	}
	who, digest, err := holder(ctx, room, id)
	if err == nil && subtle.ConstantTimeCompare([]byte(digest), []byte(Digest(secret))) != 1 {
		err = denied()
	}
	if err != nil {
		return itsm.Actor{}, err
	}
	return who, nil
}

// Still is an actor as the token holds now, at a room's revision: with the roles that it
// has there, or refused where it was revoked meanwhile. Who came without a token is as
// before, until an identity provider's token expires.
func Still(ctx context.Context, room *records.Room, who itsm.Actor) (itsm.Actor, error) {
	if !who.Expires.IsZero() && !room.Now().Before(who.Expires) {
		return itsm.Actor{}, denied()
	}
	if who.Token == "" {
		return who, nil
	}
	is, _, err := holder(ctx, room, who.Token)
	return is, err
}

func holder(ctx context.Context, room *records.Room, id string) (itsm.Actor, string, error) {
	r, err := room.Record(ctx, graph.TokenClass, id)
	if graph.IsKind(err, graph.NotFound) {
		return itsm.Actor{}, "", denied()
	}
	if err != nil {
		return itsm.Actor{}, "", err
	}
	expires := r.Time("expires_at")
	if !r.Time("revoked_at").IsZero() || !expires.IsZero() && !room.Now().Before(expires) {
		return itsm.Actor{}, "", denied()
	}
	who := itsm.Actor{Name: r.Text("principal"), Service: r.Values["service"].Bool(), Token: id, Source: r.Text("source"), Teams: r.Teams()}
	for _, name := range r.Texts("roles") {
		who.Roles = append(who.Roles, itsm.Role(name))
	}
	return who, r.Text("digest"), nil
}

// Grant is a token to make.
type Grant struct {
	Principal string
	Roles     []itsm.Role
	Service   bool
	Source    string   // for a ci-writer: the only one that it may speak for
	Teams     []string // whose CIs it may read in full and change; nil: all
	Expires   time.Time
}

// Make is the operations that keep a token.
func (g Grant) Make(id, secret string, now time.Time) ([]graph.Operation, error) {
	switch {
	case g.Principal == "" || len(g.Principal) > 200:
		return nil, graph.Errorf(graph.Invalid, "the principal is empty, or longer than 200 bytes").At(-1, "principal").WithHint("say whose token it is")
	case len(g.Roles) == 0:
		return nil, graph.Errorf(graph.Invalid, "it has no role").At(-1, "roles").WithHint("one of %s", roleNames())
	case !g.Expires.IsZero() && !g.Expires.After(now):
		return nil, graph.Errorf(graph.Invalid, "it would have expired at %s", g.Expires.UTC().Format(time.RFC3339)).At(-1, "expires")
	}
	if g.Teams != nil && (len(g.Teams) == 0 || slices.Contains(g.Teams, "")) {
		return nil, graph.Errorf(graph.Invalid, "a team has no name, or there is none").At(-1, "teams").WithHint("name teams as CIs have them in owner and support_group, or leave it out for the whole estate")
	}
	var roles []graph.Value
	for _, r := range g.Roles {
		if !slices.Contains(itsm.Roles, r) {
			return nil, graph.Errorf(graph.Invalid, "%q is not a role", graph.Clip(string(r))).At(-1, "roles").WithHint("one of %s", roleNames())
		}
		roles = append(roles, graph.StringValue(string(r)))
	}
	values := map[string]graph.Value{"principal": graph.StringValue(g.Principal), "roles": graph.ListValue(roles...), "service": graph.BoolValue(g.Service),
		"digest": graph.StringValue(Digest(secret)), "created_at": graph.TimeValue(now)}
	if g.Source != "" {
		values["source"] = graph.StringValue(g.Source)
	}
	if g.Teams != nil {
		var teams []graph.Value
		for _, name := range g.Teams {
			teams = append(teams, graph.StringValue(name))
		}
		values["teams"] = graph.ListValue(teams...)
	}
	if !g.Expires.IsZero() {
		values["expires_at"] = graph.TimeValue(g.Expires)
	}
	none := int64(0)
	return []graph.Operation{graph.PutNode{Node: graph.NodeRef{Ref: itsm.RefOf(graph.TokenClass, id)}, Attributes: values, ExpectedVersion: &none}}, nil
}

func roleNames() string {
	var out []string
	for _, r := range itsm.Roles {
		out = append(out, string(r))
	}
	return strings.Join(out, ", ")
}
