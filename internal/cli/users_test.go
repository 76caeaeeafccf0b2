package cli_test

import (
	"strings"
	"testing"
	"time"
)

func TestWhoHasNoTokenThatHoldsIsNoUser(t *testing.T) {
	x := sit(t, 0)
	for _, name := range []string{"ada", "cleo", "mia"} {
		args := []string{"token", "create", name, "--role", "viewer"}
		if name == "mia" {
			args = append(args, "--expires", time.Now().Add(time.Hour).Format(time.RFC3339))
		}
		x.must(t, args...)
		if name == "cleo" {
			_, id, _ := strings.Cut(x.err.String(), "token revoke ")
			x.must(t, "token", "revoke", strings.TrimSpace(id))
		}
	}
	x.Clock = func() time.Time { return time.Now().Add(2 * time.Hour) }
	if out := x.must(t, "user", "list", "-o", "csv"); out != "principal,kind,roles,cis,tokens,expires\nada,person,viewer,all,1,\n" {
		t.Error(out)
	}
}
