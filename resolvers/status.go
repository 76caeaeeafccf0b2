package resolvers

import (
	"context"
	"encoding/hex"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
)

// status answers what the service stands on.
type status struct{ *API }

func (a status) Viewer(ctx context.Context) (*gql.Principal, error) {
	who := a.actor(ctx)
	out := &gql.Principal{Name: who.Name, Authentication: gql.AuthenticationNone, Service: who.Service, Roles: []string{}}
	for _, r := range who.Roles {
		out.Roles = append(out.Roles, roleWord(r))
	}
	out.Teams = who.Teams
	switch {
	case who.Token != "":
		out.Authentication = gql.AuthenticationAPIToken
	case !who.Expires.IsZero():
		out.Authentication = gql.AuthenticationOidc
	case a.ByToken:
		out.Authentication = gql.AuthenticationStaticToken
	}
	return out, nil
}

func (a status) Store(ctx context.Context) (*gql.StoreStatus, error) {
	s := readingOf(ctx).at()
	h := s.Head()
	out := &gql.StoreStatus{Kind: a.Kind, Revision: h.Revision, ContentHash: hex.EncodeToString(h.Content[:]), LedgerHash: hex.EncodeToString(h.Hash[:]),
		Nodes: s.Len(), Relations: s.RelationCount(), OpenRuns: []*graph.Run{}, Version: a.Version}
	if !h.At.IsZero() {
		out.At = &h.At
	}
	for i := range h.OpenRuns {
		out.OpenRuns = append(out.OpenRuns, &h.OpenRuns[i])
	}
	return out, nil
}
