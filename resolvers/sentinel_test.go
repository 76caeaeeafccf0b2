package resolvers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/internal/itsm"
	"github.com/faultline-itsm/faultline/internal/neo4jtest"
	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/internal/store/neo4j"
	"github.com/faultline-itsm/faultline/resolvers"
)

// heard is one event of a stream of changes.
type heard struct {
	Kinds    []string
	By       string
	Because  []string
	From, To string
	Change   struct {
		Number, State string
		StaleSince    *string
		StaleBecause  []string
	}
}

const events = `subscription($after: Revision, $kinds: [ChangeEventKind!], $change: ID) { changeEvents(after: $after, kinds: $kinds, change: $change) { ... on ChangeEvent { revision kinds by because from to change { number state staleSince staleBecause } } ... on ResyncRequired { newest } } }`

// listen follows the events of changes.
func (b bench) listen(t *testing.T, who *itsm.Actor, variables map[string]any) func(d time.Duration) *heard {
	t.Helper()
	s, refused := b.Follow(t.Context(), resolvers.Request{Query: events, Variables: variables, Principal: who})
	if refused != nil {
		t.Fatal(refused.Errors)
	}
	return func(d time.Duration) *heard {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), d)
		defer cancel()
		if !s.Wait(ctx) {
			return nil
		}
		resp := s.Response(t.Context())
		if len(resp.Errors) > 0 {
			t.Fatal(resp.Errors)
		}
		var data struct{ ChangeEvents heard }
		must(t, json.Unmarshal(resp.Data, &data))
		return &data.ChangeEvents
	}
}

func TestWhatTurnsStaleIsAnEvent(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { turnsStale(t, inFile(t)) })
	t.Run("neo4j", func(t *testing.T) {
		var databases neo4jtest.Databases
		st, err := neo4j.Open(t.Context(), databases.Empty(t))
		must(t, err)
		turnsStale(t, st)
	})
}

func turnsStale(t *testing.T, st store.Store) {
	b := over(t, st)
	at := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	b.time.Store(&at)
	say := func(who, query string) {
		t.Helper()
		if got := string(b.ask(t, who+"\nmutation { "+query+" }", nil)); strings.Contains(got, `"message"`) {
			t.Fatalf("%s: %s", query, got)
		}
	}
	say("", `upsertCIs(input: {items: [{ci: {ref: "business_service:shop"}, attributes: {business_criticality: "HIGH"}}, {ci: {ref: "server:a"}}, {ci: {ref: "server:b"}}, {ci: {ref: "server:elsewhere"}}]}) { errors { message } }`)
	say("", `upsertRequirements(input: {items: [{of: {ref: "business_service:shop"}, name: "servers", rule: ANY, spareRequired: 0}]}) { errors { message } }`)
	say("", `upsertRelations(input: {items: [{from: {ref: "business_service:shop"}, type: "RUNS_ON", to: {ref: "server:a"}, requirement: "servers"}, {from: {ref: "business_service:shop"}, type: "RUNS_ON", to: {ref: "server:b"}, requirement: "servers"}]}) { errors { message } }`)
	say("", `setChangeModel(input: {name: "reboot", title: "Reboot", guard: "blast[\"down\"] <= 1"}) { errors { message } }`)
	const plans = `implementationPlan: "i", backoutPlan: "b", testPlan: "t"`
	say("# as ada: change-requester", `a: createChange(input: {title: "one", affects: [{ci: {ref: "server:a"}}], plannedStart: "2026-12-02T20:00:00Z", plannedEnd: "2026-12-02T21:00:00Z", `+plans+`}) { errors { message } }
		b: createChange(input: {title: "two", type: STANDARD, model: "reboot", affects: [{ci: {ref: "server:a"}}], plannedStart: "2026-12-05T20:00:00Z", plannedEnd: "2026-12-05T21:00:00Z", `+plans+`}) { errors { message } }
		c: submitChange(input: {change: "CHG0000001"}) { errors { message } } d: submitChange(input: {change: "CHG0000002"}) { errors { message } }
		e: assessChange(input: {change: "CHG0000001"}) { errors { message } } f: requestChangeApproval(input: {change: "CHG0000001"}) { errors { message } }`)

	say("# as ada: change-requester", `a: createChange(input: {title: "three", affects: [{ci: {ref: "server:elsewhere"}}], plannedStart: "2026-12-08T20:00:00Z", plannedEnd: "2026-12-08T21:00:00Z", patch: {upsertCIs: [{ci: {ref: "server:a"}, attributes: {os: "13"}}]}, `+plans+`}) { errors { message } }
		b: submitChange(input: {change: "CHG0000003"}) { errors { message } } c: assessChange(input: {change: "CHG0000003"}) { errors { message } } d: requestChangeApproval(input: {change: "CHG0000003"}) { errors { message } }`)

	vera := &itsm.Actor{Name: "vera", Roles: []itsm.Role{itsm.Viewer}}
	first := b.listen(t, vera, map[string]any{"change": "CHG0000001"})
	stale := b.listen(t, vera, map[string]any{"kinds": []any{"STALE", "HOLDS_AGAIN"}})
	team := b.listen(t, &itsm.Actor{Name: "hana", Roles: []itsm.Role{itsm.Viewer}, Teams: []string{"hosting"}}, map[string]any{"kinds": []any{"STALE"}, "change": "CHG0000001"})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { b.Watch(ctx); close(done) }()
	t.Cleanup(func() { cancel(); <-done })

	say("# as cleo: cab-approver", `approveChange(input: {change: "CHG0000001", assessmentId: "CHG0000001.A1"}) { errors { message } }`)
	if e := first(soon); e == nil || strings.Join(e.Kinds, " ") != "STATE VOTED" || e.From != "AUTHORIZE" || e.To != "SCHEDULED" || e.By != "cleo" || e.Change.State != "SCHEDULED" {
		t.Fatalf("approved: %+v", e)
	}
	say("", `upsertCIs(input: {items: [{ci: {ref: "server:elsewhere"}, attributes: {os: "Debian"}}]}) { errors { message } }`)
	if e := stale(2 * time.Second); e != nil {
		t.Fatalf("what is elsewhere makes an event: %+v", e)
	}
	say("", `retireCIs(input: {items: [{ci: {ref: "server:b"}}]}) { errors { message } }`)
	found := map[string]*heard{}
	for range 2 {
		if e := stale(soon); e != nil {
			found[e.Change.Number] = e
		}
	}
	one, two := found["CHG0000001"], found["CHG0000002"]
	if one == nil || one.By != "faultline" || strings.Join(one.Kinds, " ") != "STALE" || len(one.Because) == 0 || !strings.Contains(one.Because[0], "business_service:shop would get DOWN") || one.Change.StaleSince == nil || one.Change.StaleBecause[0] != one.Because[0] {
		t.Errorf("the spare is gone: %+v", one)
	}
	if e := team(soon); e == nil || len(e.Because) == 0 || !strings.Contains(e.Because[0], "business_service:redacted/1 would get DOWN") || strings.Contains(strings.Join(append(e.Because, e.Change.StaleBecause...), " "), "shop") {
		t.Errorf("another team is told %+v", e)
	}
	if two == nil || len(two.Because) == 0 || !strings.Contains(two.Because[0], "the model reboot, version 1, does not pre-authorise it any more") {
		t.Errorf("the model does not hold: %+v", two)
	}
	say("", `restoreCIs(input: {items: [{ci: {ref: "server:b"}}]}) { errors { message } }`)
	for range 2 {
		if e := stale(soon); e == nil || strings.Join(e.Kinds, " ") != "HOLDS_AGAIN" || e.Change.StaleSince != nil || len(e.Change.StaleBecause) != 0 {
			t.Errorf("the spare is back: %+v", e)
		}
	}
	// Somebody who has the watch's own name is heard like others.
	say("# as faultline: service-desk, config-manager", `reportOutage(input: {ci: {ref: "server:b"}}) { errors { message } }`)
	for range 2 {
		if e := stale(soon); e == nil || strings.Join(e.Kinds, " ") != "STALE" {
			t.Errorf("the spare fails, reported by faultline: %+v", e)
		}
	}
	say("# as faultline: service-desk, config-manager", `endOutage(input: {outage: "OUT0000001"}) { errors { message } }`)
	for range 2 {
		if e := stale(soon); e == nil || strings.Join(e.Kinds, " ") != "HOLDS_AGAIN" {
			t.Errorf("the spare is well again: %+v", e)
		}
	}
	// The patch of the third does not fit any more.
	say("", `retireCIs(input: {items: [{ci: {ref: "server:a"}}]}) { errors { message } }`)
	patched := map[string]string{}
	for range 3 {
		if e := stale(soon); e != nil && len(e.Because) > 0 {
			patched[e.Change.Number] = e.Because[0]
		}
		if patched["CHG0000003"] != "" {
			break
		}
	}
	if !strings.Contains(patched["CHG0000003"], "its patch: server:a is retired") {
		t.Errorf("of a patch that does not fit: %v", patched)
	}
	// Who comes back is told what was missed.
	again := b.listen(t, vera, map[string]any{"kinds": []any{"STALE"}, "after": "5", "change": "CHG0000002"})
	if e := again(soon); e == nil || e.Change.Number != "CHG0000002" {
		t.Errorf("after a break: %+v", e)
	}
}

func TestAServicesMarginIsToldWhenItChanges(t *testing.T) {
	b := open(t, nil)
	at := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	b.time.Store(&at)
	say := func(query string) {
		t.Helper()
		if got := string(b.ask(t, "mutation { "+query+" }", nil)); strings.Contains(got, `"message"`) {
			t.Fatalf("%s: %s", query, got)
		}
	}
	say(`upsertCIs(input: {items: [{ci: {ref: "business_service:shop"}}, {ci: {ref: "server:a"}}, {ci: {ref: "server:b"}}, {ci: {ref: "server:elsewhere"}}]}) { errors { message } }`)
	say(`upsertRequirements(input: {items: [{of: {ref: "business_service:shop"}, name: "servers", rule: ANY, spareRequired: 0}]}) { errors { message } }`)
	say(`upsertRelations(input: {items: [{from: {ref: "business_service:shop"}, type: "RUNS_ON", to: {ref: "server:a"}, requirement: "servers"}, {from: {ref: "business_service:shop"}, type: "RUNS_ON", to: {ref: "server:b"}, requirement: "servers"}]}) { errors { message } }`)
	const margin = `subscription { serviceMargin(service: {ref: "%"}, from: "2026-12-01T00:00:00Z", until: "2026-12-09T00:00:00Z") { revision intervals { slack lost { ref } because } } }`
	if _, refused := b.Follow(t.Context(), resolvers.Request{Query: strings.Replace(margin, "%", "business_service:none", 1)}); refused == nil || !strings.Contains(refused.Errors.Error(), "no CI is named") {
		t.Fatalf("a service that is not there is followed: %+v", refused)
	}
	s, refused := b.Follow(t.Context(), resolvers.Request{Query: strings.Replace(margin, "%", "business_service:shop", 1)})
	if refused != nil {
		t.Fatal(refused.Errors)
	}
	next := func(d time.Duration) string {
		ctx, cancel := context.WithTimeout(t.Context(), d)
		defer cancel()
		for s.Wait(ctx) {
			if resp := s.Response(t.Context()); resp != nil {
				return string(resp.Data)
			}
		}
		return ""
	}
	if got := next(soon); !strings.Contains(got, `"slack":1`) {
		t.Fatalf("at once: %s", got)
	}
	say(`upsertCIs(input: {items: [{ci: {ref: "server:elsewhere"}, attributes: {os: "Debian"}}]}) { errors { message } }`)
	if got := next(time.Second); got != "" {
		t.Fatalf("nothing is different: %s", got)
	}
	say(`reportOutage(input: {ci: {ref: "server:b"}}) { errors { message } }`)
	if got := next(soon); !strings.Contains(got, `"slack":0`) || !strings.Contains(got, "OUT0000001") {
		t.Fatalf("the spare is out: %s", got)
	}
	say(`endOutage(input: {outage: "OUT0000001"}) { errors { message } }`)
	if got := next(soon); strings.Contains(got, `"slack":0`) && !strings.Contains(got, `"slack":1`) {
		t.Fatalf("the spare is back: %s", got)
	}
}

// soon bounds what must not take for ever.
const soon = 20 * time.Second

// What a model says of its history hangs on changes elsewhere in the graph.
func TestAModelsHistoryIsWatched(t *testing.T) {
	b := over(t, inFile(t))
	at := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	b.time.Store(&at)
	say := func(who, query string) {
		t.Helper()
		if got := string(b.ask(t, who+"\nmutation { "+query+" }", nil)); strings.Contains(got, `"message"`) {
			t.Fatalf("%s: %s", query, got)
		}
	}
	say("", `upsertCIs(input: {items: [{ci: {ref: "server:a"}}, {ci: {ref: "server:b"}}]}) { errors { message } } setChangeModel(input: {name: "once", title: "Once", guard: "history.n < 1"}) { errors { message } }`)
	for k, ci := range []string{"a", "b"} {
		say("# as ada: change-requester", fmt.Sprintf(`createChange(input: {title: "x", type: STANDARD, model: "once", affects: [{ci: {ref: "server:%s"}}], plannedStart: "2026-12-01T07:00:00Z", plannedEnd: "2026-12-01T21:00:00Z"}) { errors { message } } submitChange(input: {change: "CHG000000%d"}) { errors { message } }`, ci, k+1))
	}
	stale := b.listen(t, &itsm.Actor{Name: "vera", Roles: []itsm.Role{itsm.Viewer}}, map[string]any{"kinds": []any{"STALE"}, "change": "CHG0000001"})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { b.Watch(ctx); close(done) }()
	t.Cleanup(func() { cancel(); <-done })
	if e := stale(time.Second); e != nil {
		t.Fatalf("nothing happened: %+v", e)
	}
	say("# as ivan: change-implementer", `startChange(input: {change: "CHG0000002"}) { errors { message } } finishChange(input: {change: "CHG0000002", closureCode: SUCCESSFUL}) { errors { message } }`)
	if e := stale(soon); e == nil || len(e.Because) == 0 || !strings.Contains(e.Because[0], "history.n < 1") {
		t.Errorf("the model's history is longer: %+v", e)
	}
}
