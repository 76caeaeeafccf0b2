package resolvers_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/internal/itsm"
)

// What a decision stands on need not be there yet: a spare that another change's patch will
// add, or a time until which somebody says that something is not touched.
func TestWhatIsForeseenTurnsStale(t *testing.T) {
	for _, x := range []struct {
		name    string
		hours   int // that pass
		does    string
		because string
	}{
		{"the patch is taken back", 0, `a: editChange(input: {change: "CHG0000001", patch: null, affects: [{ci: {ref: "server:elsewhere"}}]}) { errors { message } }`, "business_service:shop would get DOWN, not AT_RISK"},
		{"what it adds is down", 0, `a: reportOutage(input: {ci: {ref: "server:spare"}}) { errors { message } }`, "business_service:shop would get DOWN, not AT_RISK"},
		{"nobody has begun it", 48, "", "business_service:shop would get DOWN, not AT_RISK"},
		{"the exclusion has expired", 5, "", "business_service:mail would get DOWN, not OPERATIONAL"},
	} {
		t.Run(x.name, func(t *testing.T) {
			b := open(t, nil)
			at := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
			b.time.Store(&at)
			say := func(who, query string) {
				t.Helper()
				if got := string(b.ask(t, who+"\nmutation { "+query+" }", nil)); strings.Contains(got, `"message"`) {
					t.Fatalf("%s: %s", query, got)
				}
			}
			const ada, carl = "# as ada: change-requester, config-manager", "# as carl: cab-approver"
			say("", `a: upsertCIs(input: {items: [{ci: {ref: "business_service:shop"}, attributes: {business_criticality: "HIGH"}}, {ci: {ref: "business_service:mail"}, attributes: {business_criticality: "HIGH"}}, {ci: {ref: "server:a"}}, {ci: {ref: "server:spare"}}, {ci: {ref: "server:elsewhere"}}]}) { errors { message } }
				b: upsertRequirements(input: {items: [{of: {ref: "business_service:shop"}, name: "legs", rule: ANY}]}) { errors { message } }
				c: upsertRelations(input: {items: [{from: {ref: "business_service:shop"}, type: "RUNS_ON", to: {ref: "server:a"}, requirement: "legs"}, {from: {ref: "business_service:mail"}, type: "RUNS_ON", to: {ref: "server:a"}}]}) { errors { message } }`)
			say(ada, `a: createChange(input: {title: "spare", type: EMERGENCY, plannedStart: "2026-12-02T20:00:00Z", plannedEnd: "2026-12-02T21:00:00Z", patch: {upsertRelations: [{from: {ref: "business_service:shop"}, type: "RUNS_ON", to: {ref: "server:spare"}, requirement: "legs"}]}}) { errors { message } }
				b: createChange(input: {title: "a", type: EMERGENCY, plannedStart: "2026-12-05T20:00:00Z", plannedEnd: "2026-12-05T21:00:00Z", affects: [{ci: {ref: "server:a"}}, {ci: {ref: "business_service:mail"}, excluded: true, reason: "it queues", expires: "2026-12-01T12:00:00Z"}]}) { errors { message } }
				c: submitChange(input: {change: "CHG0000001"}) { errors { message } } d: submitChange(input: {change: "CHG0000002"}) { errors { message } } e: assessChange(input: {change: "CHG0000001"}) { errors { message } }`)
			say(carl, `approveChange(input: {change: "CHG0000001", assessmentId: "CHG0000001.A1"}) { errors { message } }`)
			say(ada, `assessChange(input: {change: "CHG0000002"}) { errors { message } }`)
			say(carl, `approveChange(input: {change: "CHG0000002", assessmentId: "CHG0000002.A1"}) { errors { message } }`)

			stale := b.listen(t, &itsm.Actor{Name: "vera", Roles: []itsm.Role{itsm.Viewer}}, map[string]any{"kinds": []any{"STALE"}, "change": "CHG0000002"})
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan struct{})
			go func() { b.Watch(ctx); close(done) }()
			t.Cleanup(func() { cancel(); <-done })
			if e := stale(time.Second); e != nil {
				t.Fatalf("nothing has happened: %+v", e)
			}
			if x.does == "" {
				later := at.Add(time.Duration(x.hours) * time.Hour)
				b.time.Store(&later)
				x.does = `a: upsertCIs(input: {items: [{ci: {ref: "server:elsewhere"}, attributes: {os: "13"}}]}) { errors { message } }` // wakes it: its timer goes by a clock that stood still
			}
			say(ada+", service-desk", x.does)
			if e := stale(soon); e == nil || !slices.Contains(e.Because, x.because) {
				t.Errorf("%+v", e)
			}
		})
	}
}
