package population_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/population"
)

// every has a line of each kind, each before what it stands on.
var every = lines(
	`{"kind":"graph","version":1,"source":"cmdb-team","scope":"dc1"}`,
	`{"kind":"retire","ci":"server:old"}`,
	`{"kind":"withdraw","from":"application:shop","type":"RUNS_ON","to":"server:gone"}`,
	``,
	`{"kind":"relation","from":"application:shop","type":"DEPENDS_ON","to":"firewall:fw","requirement":"edge","transfer":"SOFT","grace":"PT20M","phase":"START","capacity":9007199254740993,"weight":0.5,"validFrom":"2026-01-01T00:00:00Z","validTo":"2027-01-01T00:00:00Z","evidence":{"method":"OBSERVED","observedAt":"2026-02-03T04:05:06Z","confirmedBy":"ada"},"qualifier":"a"}`,
	`{"kind":"relation","from":"application:shop","type":"FILTERED_BY","to":"firewall:fw"}`,
	`{"kind":"requirement","of":"application:shop","name":"edge","rule":"AT_LEAST","k":1,"designedSize":2,"spareRequired":0}`,
	`{"kind":"requirement","of":"application:shop","name":"rules","rule":"CAPACITY","demand":9007199254740993,"demandSteps":[{"at":"2026-01-01T00:00:00Z","demand":0},{"at":"2026-02-01T00:00:00Z","demand":7}],"headroomPercent":20,"degradedPercent":0,"floorPercent":70}`,
	`{"kind":"requirement","of":"application:shop","name":"uplink","rule":"REACHES","targets":["firewall:fw"],"plane":"network"}`,
	`{"kind":"requirement","of":"application:shop","name":"standby","rule":"ACTIVE_PASSIVE","failover":"PT30S"}`,
	`{"kind":"ci","class":"firewall","name":"fw","attributes":{"throughput":9007199254740993},"keys":[{"source":"netbox","value":"17"}],"evidence":{"method":"DISCOVERED"}}`,
	`{"kind":"ci","class":"application","name":"shop"}`,
	`{"kind":"relationType","name":"FILTERED_BY","reverse":"FILTERS","plane":"network","transfer":"HARD","impact":"TO_CONSUMER","between":[{"consumer":"ci","provider":"firewall"}]}`,
	`{"kind":"class","name":"big_firewall","extends":"firewall","redundancy":[{"name":"filters","type":"FILTERED_BY","provider":"firewall","rule":"ANY","reason":"two are better"}]}`,
	`{"kind":"class","name":"firewall","extends":"network_device","attributes":[{"name":"throughput","type":"int","unit":"bit/s"}]}`,
)

func TestLinesComeInAnyOrder(t *testing.T) {
	l := ledger(t)
	brought(t, l, lines(`{"kind":"graph","version":1,"source":"cmdb-team","scope":"dc1"}`,
		`{"kind":"ci","class":"server","name":"old"}`, `{"kind":"ci","class":"server","name":"gone"}`,
		`{"kind":"ci","class":"application","name":"shop"}`,
		`{"kind":"relation","from":"application:shop","type":"RUNS_ON","to":"server:gone"}`), population.Options{})
	d := brought(t, l, every, population.Options{})
	want := population.Counts{Created: 1, Unchanged: 1, Removed: 1}
	if d.CIs != want && d.CIs != (population.Counts{Created: 1, Unchanged: 1, Updated: 1}) {
		t.Errorf("CIs %+v", d.CIs)
	}
	if d.Relations != (population.Counts{Created: 2, Removed: 1}) || d.Classes.Created != 2 || d.RelationTypes.Created != 1 || d.Requirements.Created != 4 {
		t.Errorf("%+v", d.Summary)
	}
	out := exported(t, l)
	for _, part := range []string{`"attributes":{"throughput":9007199254740993}`, `"capacity":9007199254740993,"weight":0.5`, `"from":"application:dc1/shop"`,
		`"evidence":{"method":"OBSERVED","observedAt":"2026-02-03T04:05:06Z","confirmedBy":"ada"}`, `"grace":"PT20M","phase":"START"`,
		`"rule":"CAPACITY","demand":9007199254740993,"demandSteps":[{"at":"2026-01-01T00:00:00Z","demand":0},{"at":"2026-02-01T00:00:00Z","demand":7}],"headroomPercent":20,"degradedPercent":0,"floorPercent":70}`,
		`"rule":"ACTIVE_PASSIVE","failover":"PT30S"}`, `"rule":"REACHES","targets":["firewall:dc1/fw"],"plane":"network"}`} {
		if !strings.Contains(out, part) {
			t.Errorf("%s is not in\n%s", part, out)
		}
	}
	if strings.Contains(out, `"old"`) {
		t.Error("a retired CI is exported")
	}
	other := ledger(t)
	brought(t, other, out, population.Options{})
	if got := exported(t, other); got != out {
		t.Errorf("%s\nwant %s", got, out)
	}
	if d := brought(t, other, out, population.Options{}); d.Commits != 0 {
		t.Errorf("the same again made %d commits: %+v", d.Commits, d.Summary)
	}
}

// A class whose rules name a relation type that goes between that class.
func TestDefinitionsThatNameEachOther(t *testing.T) {
	input := lines(
		`{"kind":"class","name":"relay","extends":"ci","redundancy":[{"name":"peers","type":"RELAYED_BY","provider":"relay","rule":"ANY","reason":""}]}`,
		`{"kind":"relationType","name":"RELAYED_BY","reverse":"RELAYS","plane":"network","transfer":"HARD","between":[{"consumer":"relay","provider":"relay"}]}`)
	l := ledger(t)
	if d := brought(t, l, input, population.Options{}); d.Classes.Created != 1 || d.RelationTypes.Created != 1 || d.Commits != 1 {
		t.Errorf("%+v", d.Summary)
	}
	if d := brought(t, l, exported(t, l), population.Options{}); d.Commits != 0 {
		t.Errorf("again: %+v", d.Summary)
	}
}

func TestABuiltInClassGainsAnAttribute(t *testing.T) {
	l, other := ledger(t), ledger(t)
	brought(t, l, lines(`{"kind":"class","name":"server","attributes":[{"name":"rack_units","type":"int"}]}`,
		`{"kind":"ci","class":"server","name":"web","attributes":{"rack_units":2}}`), population.Options{})
	out := exported(t, l)
	if !strings.Contains(out, `{"kind":"class","name":"server","attributes":[{"name":"rack_units","type":"int"}]}`) {
		t.Error(out)
	}
	brought(t, other, out, population.Options{})
	if got := exported(t, other); got != out {
		t.Errorf("%s\nwant %s", got, out)
	}
}

func TestADryRunTellsAndWritesNothing(t *testing.T) {
	l := ledger(t)
	brought(t, l, lines(web, shop), population.Options{})
	d := brought(t, l, lines(web, strings.Replace(shop, `}`, `,"attributes":{"lifecycle":"PLANNED"}}`, 1), runs), population.Options{DryRun: true})
	want := []population.Planned{
		{Kind: "plan", Line: 2, Outcome: "UPDATED", Subject: "application:shop"},
		{Kind: "plan", Line: 3, Outcome: "CREATED", Subject: "application:shop RUNS_ON server:web"},
	}
	if !slices.Equal(d.plan, want) || d.Applied || !d.DryRun || d.CIs != (population.Counts{Updated: 1, Unchanged: 1}) || revision(t, l) != 1 {
		t.Errorf("%+v\n%+v", d.plan, d.Summary)
	}
}

func TestStubsAreMadeForWhatDangles(t *testing.T) {
	l := ledger(t)
	input := lines(runs, strings.Replace(runs, "web", "db", 1), strings.Replace(runs, `}`, `,"qualifier":"b"}`, 1))
	for range 2 {
		brought(t, l, input, population.Options{Stubs: true})
	}
	s := l.Projection().Snapshot()
	if s.Len() != 3 || s.RelationCount() != 3 || s.Revision() != 1 {
		t.Errorf("%d nodes, %d relations at revision %d", s.Len(), s.RelationCount(), s.Revision())
	}
	id, _ := s.Lookup(graph.Ref{Class: "server", Scope: "default", Name: "web"})
	r, err := l.Store().Records(background, graph.Wants{Nodes: []graph.ID{id}})
	must(t, err)
	if n := r.Nodes[id]; !n.Stub || len(n.Claims) != 0 {
		t.Errorf("%+v", n)
	}
	if d := brought(t, l, lines(web), population.Options{}); d.CIs.Updated != 1 {
		t.Errorf("a stub described: %+v", d.Summary)
	}
}

func TestARepeatedRelationIsTold(t *testing.T) {
	d := brought(t, ledger(t), lines(web, shop, runs, runs), population.Options{})
	if !d.Applied || d.Relations.Created != 1 || len(d.warnings) != 1 || d.warnings[0].Line != 4 || !strings.Contains(d.warnings[0].Message, "line 3 says the same") {
		t.Errorf("%+v %+v", d.warnings, d.Summary)
	}
}

func TestNullWithdrawsAndAbsenceKeeps(t *testing.T) {
	l := ledger(t)
	with := func(a string) string { return lines(strings.Replace(web, `}`, `,"attributes":`+a+`}`, 1)) }
	brought(t, l, with(`{"description":"a","lifecycle":"PLANNED"}`), population.Options{})
	brought(t, l, with(`{"description":null}`), population.Options{})
	if out := exported(t, l); !strings.Contains(out, `"attributes":{"lifecycle":"PLANNED"}`) {
		t.Error(out)
	}
}

func TestNamesAreNormalised(t *testing.T) {
	l := ledger(t)
	d := brought(t, l, lines("{\"kind\":\"ci\",\"class\":\"site\",\"name\":\"Zu\u0308rich\"}", `{"kind":"ci","class":"site","name":"Bern"}`), population.Options{})
	brought(t, l, lines("{\"kind\":\"ci\",\"class\":\"site\",\"name\":\"Z\u00fcrich\"}"), population.Options{})
	if d.CIs.Created != 2 || l.Projection().Snapshot().Len() != 2 {
		t.Errorf("%d nodes", l.Projection().Snapshot().Len())
	}
}

func TestLineEndsAndMarksOfTheFile(t *testing.T) {
	for name, input := range map[string]string{
		"CRLF": web + "\r\n" + shop + "\r\n", "a byte order mark": "\xef\xbb\xbf" + lines(web, shop),
		"no last line feed": web + "\n" + shop, "blanks and empty lines": "\n  " + web + "  \n\n\t\n" + shop + "\n \n",
		"kind comes last": lines(web, `{"name":"shop","class":"application","kind":"ci"}`), "escapes": lines(web, `{"kind":"ci","class":"application","name":"\u0073h\u006fp \ud83d\ude00"}`),
	} {
		t.Run(name, func(t *testing.T) {
			if d := brought(t, ledger(t), input, population.Options{}); d.CIs.Created != 2 || d.Lines != 2 {
				t.Errorf("%+v", d.Summary)
			}
		})
	}
	if d := brought(t, ledger(t), "", population.Options{}); !d.Applied || d.Commits != 0 || d.Revision != "0" {
		t.Errorf("nothing: %+v", d.Summary)
	}
}

func TestTheSourceIsTheOptionsThenTheHeaders(t *testing.T) {
	for option, want := range map[string]string{"": "netbox", graph.ManualSource: "netbox", "scan": "scan"} {
		l := ledger(t)
		brought(t, l, lines(`{"kind":"graph","version":1,"source":"netbox"}`, web), population.Options{Source: option, Actor: "ada"})
		e, err := l.Store().Entries(background, 0, 1)
		must(t, err)
		if e[0].Source != want || e[0].Actor != "ada" {
			t.Errorf("source %q by %q, want %q", e[0].Source, e[0].Actor, want)
		}
	}
}

// estate is n servers in several parts, and relations between them.
func estate(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "{\"kind\":\"relation\",\"from\":\"server:s%d\",\"type\":\"DEPENDS_ON\",\"to\":\"server:s%d\"}\n", i, (i+1)%n)
		fmt.Fprintf(&b, "{\"kind\":\"ci\",\"class\":\"server\",\"name\":\"s%d\",\"attributes\":{\"description\":\"one of many\"}}\n", i)
	}
	return b.String()
}

// An import that ends in the middle leaves whole parts and an open run; the same
// again completes it, and then nothing is left to do.
func TestACancelledImportIsCompletedByRunningItAgain(t *testing.T) {
	input := estate(22_000) // five parts of CIs, five of relations, four in a transaction
	whole := ledger(t)
	brought(t, whole, input, population.Options{})
	for _, after := range []int{4, 8} {
		l := ledger(t)
		ctx, cancel := context.WithCancel(background)
		now := time.Now()
		clock := func() time.Time { // so that progress is told after each part
			now = now.Add(time.Second)
			return now
		}
		err := population.Import(ctx, l, strings.NewReader(input), population.Options{Clock: clock}, func(any) error {
			if revision(t, l) == graph.Revision(after) {
				cancel()
			}
			return nil
		})
		cancel()
		if !graph.IsKind(err, graph.Unavailable) || !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "run it again to complete it") {
			t.Fatalf("after %d: %v", after, err)
		}
		h, err := l.Store().Head(background)
		must(t, err)
		if len(h.OpenRuns) != 1 || h.Revision != graph.Revision(after) {
			t.Errorf("after %d: revision %d, open runs %v", after, h.Revision, h.OpenRuns)
		}
		if d := brought(t, l, input, population.Options{}); !d.Applied || d.Commits != int(10-h.Revision) {
			t.Errorf("after %d: %+v", after, d.Summary)
		}
		if h, err = l.Store().Head(background); err != nil || len(h.OpenRuns) != 0 {
			t.Errorf("after %d: open runs %v, %v", after, h.OpenRuns, err)
		}
		if exported(t, l) != exported(t, whole) {
			t.Errorf("after %d: another graph", after)
		}
		if d := brought(t, l, input, population.Options{}); d.Commits != 0 {
			t.Errorf("after %d, once more: %+v", after, d.Summary)
		}
	}
}

func TestACancelledCheckWritesNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(background)
	cancel()
	l := ledger(t)
	err := population.Import(ctx, l, strings.NewReader(estate(10)), population.Options{}, func(any) error { return nil })
	if !graph.IsKind(err, graph.Unavailable) || revision(t, l) != 0 {
		t.Errorf("%v", err)
	}
}

// Somebody retires a CI between the check and the write of the relations to it.
func TestARefusalAfterTheCheckSaysWhatStands(t *testing.T) {
	l := ledger(t)
	brought(t, l, lines(`{"kind":"ci","class":"server","name":"last"}`), population.Options{})
	input := estate(6000) + lines(`{"kind":"relation","from":"server:s1","type":"DEPENDS_ON","to":"server:last"}`)
	var d told
	retired := false
	err := population.Import(background, l, strings.NewReader(input), population.Options{}, func(v any) error {
		if p, ok := v.(population.Progress); ok && p.Phase == "check" && p.Done == p.Total {
			retired = true
			_, err := l.Commit(background, graph.Batch{Ops: []graph.Operation{graph.Retire{Node: graph.NodeRef{Ref: graph.Ref{Class: "server", Scope: "default", Name: "last"}}}}})
			return err
		}
		return d.line(v)
	})
	e := graph.AsError(err)
	if !retired || e.Kind != graph.Blocked || !strings.Contains(e.Message, "line 12001") || !strings.Contains(e.Hint, "3 of 4 parts") || len(d.errors) != 1 || d.errors[0].Line != 12001 {
		t.Errorf("%v, %+v", err, d.errors)
	}
	// Nobody can be left with a run that never ends.
	brought(t, l, estate(6000), population.Options{})
}

func TestALineThatCannotBeToldStopsTheImport(t *testing.T) {
	l := ledger(t)
	gone := errors.New("the client has gone")
	err := population.Import(background, l, strings.NewReader(lines(web)), population.Options{}, func(any) error { return gone })
	if !errors.Is(err, gone) || revision(t, l) != 0 {
		t.Errorf("%v at revision %d", err, revision(t, l))
	}
}

func TestOptionsThatMakeNoSense(t *testing.T) {
	for _, o := range []population.Options{{Format: "xml"}, {Class: "server"}, {Mapping: &population.Mapping{}}} {
		err := population.Import(background, ledger(t), strings.NewReader(web), o, func(any) error { return nil })
		if !graph.IsKind(err, graph.Invalid) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}
