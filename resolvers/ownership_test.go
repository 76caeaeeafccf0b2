package resolvers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/faultline-itsm/faultline/internal/itsm"
	"github.com/faultline-itsm/faultline/resolvers"
)

// What a team answers for is moved on by the ledger: after each of many changes it is
// what a service that begins there counts out.
func TestWhoseACIIsFollowsTheLedger(t *testing.T) {
	st := inFile(t)
	b := over(t, st)
	mine := func(b bench) string {
		resp := b.Execute(context.Background(), resolvers.Request{Query: `{ everything: nodes(ids: ["bjE", "bjI", "bjM", "bjQ", "bjU"]) { ... on ConfigurationItem { ref } } }`,
			Principal: &itsm.Actor{Name: "hana", Roles: []itsm.Role{itsm.Viewer}, Teams: []string{"web", "data"}}})
		raw, err := json.Marshal(resp.Data)
		must(t, err)
		return string(raw)
	}
	seen := map[string]bool{}
	for k, step := range []string{
		`upsertCIs(input: {items: [{ci: {ref: "server:a"}}, {ci: {ref: "server:b"}, attributes: {owner: "web"}}, {ci: {ref: "server:c"}, attributes: {support_group: "data"}}, {ci: {ref: "server:d"}, attributes: {owner: "shop"}}, {ci: {ref: "server:e"}}]})`,
		`upsertCIs(input: {items: [{ci: {ref: "server:a"}, attributes: {owner: "data"}}, {ci: {ref: "server:b"}, attributes: {owner: "shop"}}]})`,
		`upsertCIs(input: {source: "scan", items: [{ci: {ref: "server:d"}, attributes: {support_group: "web"}}]})`,
		`pin(input: {ci: {ref: "server:c"}, attribute: "support_group", value: "shop", reason: "moved"})`,
		`retireCIs(input: {items: [{ci: {ref: "server:a"}}]})`,
		`unpin(input: {ci: {ref: "server:c"}, attribute: "support_group"})`,
		`restoreCIs(input: {items: [{ci: {ref: "server:a"}}]})`,
		`defineClasses(input: {items: [{name: "server", attributes: [{name: "slot", type: INT}]}]})`,
		`upsertCIs(input: {items: [{ci: {ref: "server:e"}, attributes: {owner: "web"}}]})`,
	} {
		if got := b.ask(t, "mutation { "+step+" { errors { message } } }", nil); strings.Contains(string(got), `"message"`) {
			t.Fatalf("%s: %s", step, got)
		}
		got := mine(b)
		if want := mine(bench{API: resolvers.New(b.Config)}); got != want {
			t.Errorf("after %d, %s:\n%s\nwho counts anew:\n%s", k, step, got, want)
		}
		seen[fmt.Sprint(got)] = true
	}
	if len(seen) < 6 {
		t.Errorf("only %d different answers: the test shows little", len(seen))
	}
}
