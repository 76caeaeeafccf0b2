package identity_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/identity"
	"github.com/faultline-itsm/faultline/internal/itsm"
	"github.com/faultline-itsm/faultline/internal/projection"
	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/internal/store/sqlite"
)

func TestATokenHoldsFromItsMakingToItsEnd(t *testing.T) {
	ctx := context.Background()
	now := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	st, err := sqlite.Open(ctx, ":memory:")
	must(t, err)
	p, err := projection.Open(ctx, st, projection.Options{Poll: time.Hour})
	must(t, err)
	t.Cleanup(func() { must(t, p.Close()); must(t, st.Close()) })
	l := records.New(st, p, func() time.Time { return now })
	id, secret, err := identity.New(bytes.NewReader(bytes.Repeat([]byte{7}, 37)))
	must(t, err)
	if !strings.HasPrefix(secret, "flt_"+id+"_") {
		t.Fatalf("%s does not begin with its id %s", secret, id)
	}
	g := identity.Grant{Principal: "ada", Roles: []itsm.Role{itsm.CABApprover}, Expires: now.Add(time.Hour)}
	_, err = l.Decide(ctx, graph.Batch{Actor: "root"}, nil, func(_ context.Context, r *records.Room) (d records.Decision, err error) {
		d.Ops, err = g.Make(id, secret, r.Now())
		return d, err
	})
	must(t, err)
	is := func(what string, holds bool) {
		t.Helper()
		who, err := identity.Bearer(ctx, l.Room(p.Snapshot()), secret)
		if holds != (err == nil) || holds && (who.Name != "ada" || !who.Has(itsm.CABApprover)) || !holds && !graph.IsKind(err, graph.PermissionDenied) {
			t.Errorf("%s: %+v, %v", what, who, err)
		}
		if _, err := identity.Still(ctx, l.Room(p.Snapshot()), itsm.Actor{Token: id}); holds != (err == nil) {
			t.Errorf("%s, at the head: %v", what, err)
		}
	}
	is("new", true)
	now = now.Add(time.Hour - time.Second)
	is("nearly over", true)
	now = now.Add(time.Second)
	is("expired", false)
	now = now.Add(-time.Minute)
	_, err = l.Decide(ctx, graph.Batch{Actor: "root"}, nil, func(ctx context.Context, r *records.Room) (d records.Decision, err error) {
		x, err := r.Record(ctx, graph.TokenClass, id)
		if err == nil {
			d.Ops = []graph.Operation{graph.ClaimAttributes{Node: graph.NodeRef{ID: x.ID}, Attributes: map[string]graph.Value{"revoked_at": graph.TimeValue(r.Now())}}}
		}
		return d, err
	})
	must(t, err)
	is("revoked", false)
	for what, other := range map[string]string{"another secret": secret[:20] + "x" + secret[21:], "no token": "hello", "half a token": secret[:30]} {
		if _, err := identity.Bearer(ctx, l.Room(p.Snapshot()), other); !graph.IsKind(err, graph.PermissionDenied) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := identity.Still(ctx, l.Room(p.Snapshot()), itsm.Actor{Name: "local"}); err != nil {
		t.Errorf("who came without a token: %v", err)
	}
	person := itsm.Actor{Name: "ada@login.example.org", Expires: now.Add(time.Minute)}
	if _, err := identity.Still(ctx, l.Room(p.Snapshot()), person); err != nil {
		t.Errorf("a provider's token that still holds: %v", err)
	}
	now = now.Add(time.Minute)
	if _, err := identity.Still(ctx, l.Room(p.Snapshot()), person); !graph.IsKind(err, graph.PermissionDenied) {
		t.Errorf("a provider's token that expired: %v", err)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
