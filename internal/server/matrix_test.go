package server_test

import (
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/faultline-itsm/faultline/internal/server"
	"github.com/faultline-itsm/faultline/resolvers"
)

// TestNoFieldIsAnsweredWithoutAToken sends every field of the roots without a token,
// with one that was revoked and with one that has expired: the service answers none of
// them, whatever the arguments. Which roles and teams may ask for which, where the token
// holds, is shown where the policies are.
func TestNoFieldIsAnsweredWithoutAToken(t *testing.T) {
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphqls", Input: resolvers.SDL()})
	must(t, err)
	now := time.Now()
	s := start(t, func(c *server.Config) {
		c.Token = token
	})
	id, revoked := s.issue(t, token, `principal: "ada", roles: [VIEWER, CONFIG_MANAGER, ADMIN]`)
	if status, body := s.asked(t, token, `mutation { revokeToken(input: {id: "`+id+`"}) { errors { message } } }`); status != 200 || !strings.Contains(body, `"errors":[]`) {
		t.Fatalf("%d %s", status, body)
	}
	_, expiring := s.issue(t, token, `principal: "bob", roles: [VIEWER, CONFIG_MANAGER, ADMIN], expires: "`+now.Add(1500*time.Millisecond).UTC().Format(time.RFC3339Nano)+`"`)
	time.Sleep(time.Until(now.Add(1600 * time.Millisecond)))
	senders := map[string]string{"nobody": "", "a revoked token": revoked, "an expired token": expiring}
	fields := 0
	for _, root := range []*ast.Definition{schema.Query, schema.Mutation, schema.Subscription} {
		for _, f := range root.Fields {
			fields++
			for who, with := range senders {
				if status, body := s.asked(t, with, strings.ToLower(root.Name)+" { "+f.Name+" }"); status != 401 || !strings.Contains(body, "UNAUTHENTICATED") || strings.Contains(body, `"data"`) {
					t.Errorf("%s.%s to %s: %d %s", root.Name, f.Name, who, status, body)
				}
			}
		}
	}
	if fields < 60 {
		t.Errorf("only %d fields were asked for", fields)
	}
}
