package resolvers

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
	"github.com/faultline-itsm/faultline/internal/identity"
	"github.com/faultline-itsm/faultline/internal/itsm"
	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// tokens are made, listed and revoked by administrators.
type tokens struct{ *API }

func (t tokens) Tokens(ctx context.Context) ([]*gql.APIToken, error) {
	all, err := t.room(ctx).All(ctx, graph.TokenClass, nil)
	out := []*gql.APIToken{}
	for _, r := range all {
		out = append(out, shownToken(r))
	}
	return out, err
}

func shownToken(r *itsm.Record) *gql.APIToken {
	out := &gql.APIToken{ID: r.Number, Principal: r.Text("principal"), Service: r.Values["service"].Bool(), CreatedAt: r.Time("created_at"), Roles: []string{}}
	for _, name := range r.Texts("roles") {
		out.Roles = append(out.Roles, roleWord(itsm.Role(name)))
	}
	out.Teams = r.Teams()
	if s := r.Text("source"); s != "" {
		out.Source = &s
	}
	for at, to := range map[string]**time.Time{"expires_at": &out.Expires, "revoked_at": &out.RevokedAt} {
		if x := r.Time(at); !x.IsZero() {
			*to = &x
		}
	}
	return out
}

// roleWord is a role as GraphQL writes it: CAB_APPROVER.
func roleWord(r itsm.Role) string {
	return strings.ToUpper(strings.ReplaceAll(string(r), "-", "_"))
}

func roleOf(word string) itsm.Role {
	return itsm.Role(strings.ToLower(strings.ReplaceAll(word, "_", "-")))
}

func (t tokens) CreateToken(ctx context.Context, in gql.CreateTokenInput) (*gql.CreateTokenPayload, error) {
	out := &gql.CreateTokenPayload{Errors: []view.UserError{}}
	random := t.Random
	if random == nil {
		random = rand.Reader
	}
	id, secret, err := identity.New(random)
	if err != nil {
		return nil, err
	}
	g := identity.Grant{Principal: in.Principal, Service: in.Service, Source: value(in.Source), Teams: in.Teams, Expires: value(in.Expires)}
	for _, r := range in.Roles {
		if role := roleOf(r); !slices.Contains(g.Roles, role) {
			g.Roles = append(g.Roles, role)
		}
	}
	done, refused, err := t.decided(ctx, request{}, func(d *deciding) (out records.Decision, err error) {
		if beyond := d.who.Teams != nil && (g.Teams == nil || slices.ContainsFunc(g.Teams, func(t string) bool { return !slices.Contains(d.who.Teams, t) })); beyond {
			return out, graph.Errorf(graph.PermissionDenied, "%s may only make tokens about its own teams' CIs", d.who.Name).At(-1, "teams").WithHint("name some of %s", strings.Join(d.who.Teams, ", "))
		}
		out.Says = "create the token " + id
		out.Ops, err = g.Make(id, secret, d.room.Now())
		return out, err
	})
	if err != nil {
		return nil, err
	}
	if refused != nil {
		out.Revision, out.Errors = readingOf(ctx).at().Revision(), append(out.Errors, refused)
		return out, nil
	}
	r, err := t.room(ctx).Record(ctx, graph.TokenClass, id)
	if err != nil {
		return nil, err
	}
	out.Revision, out.Secret, out.Token = done.Revision, &secret, shownToken(r)
	return out, nil
}

func (t tokens) RevokeToken(ctx context.Context, in gql.RevokeTokenInput) (*gql.RevokeTokenPayload, error) {
	out := &gql.RevokeTokenPayload{Errors: []view.UserError{}}
	done, refused, err := t.decided(ctx, request{}, func(d *deciding) (out records.Decision, err error) {
		r, err := d.room.Record(d.ctx, graph.TokenClass, in.ID)
		if err != nil {
			return out, graph.Errorf(graph.NotFound, "there is no token %q", clip(in.ID)).At(-1, "id").WithHint("tokens lists them")
		}
		if at := r.Time("revoked_at"); !at.IsZero() {
			return out, itsm.Blocked("revoked", "it was revoked at %s", stampOf(at))
		}
		out.Says = "revoke the token " + r.Number
		out.Ops = []graph.Operation{graph.ClaimAttributes{Node: graph.NodeRef{ID: r.ID}, Attributes: map[string]graph.Value{"revoked_at": graph.TimeValue(d.room.Now())}}}
		return out, nil
	})
	if err != nil {
		return nil, err
	}
	if refused != nil {
		out.Revision, out.Errors = readingOf(ctx).at().Revision(), append(out.Errors, refused)
		return out, nil
	}
	r, err := t.room(ctx).Record(ctx, graph.TokenClass, in.ID)
	if err != nil {
		return nil, err
	}
	out.Revision, out.Token = done.Revision, shownToken(r)
	return out, nil
}
