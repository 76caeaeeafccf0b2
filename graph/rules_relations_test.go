package graph_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// stating is a relation with properties.
func stating(text string, p graph.RelationProps) op {
	r := relate(text)
	r.Props = p
	return r
}

func TestRulesOfRelations(t *testing.T) {
	const runs = "application:shop RUNS_ON server:web"
	soft, raises := graph.Soft, graph.Transfer(1)
	negative, nan := int64(-1), math.NaN()
	noon := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	nanos := graph.RelationProps{ValidFrom: noon.Add(123), ValidTo: noon.Add(time.Hour + 456)}
	confirm := func(text, by string) op {
		r := relate(text)
		return graph.Confirm{From: r.From, Type: r.Type, To: r.To, Requirement: r.Requirement, Qualifier: r.Qualifier, Evidence: graph.Evidence{ConfirmedBy: by}}
	}
	claims := func(w world, want ...string) {
		w.Helper()
		var got []string
		if r := w.relation(runs); r != nil {
			for _, c := range r.Claims {
				got = append(got, c.Source)
			}
		}
		if !slices.Equal(got, want) {
			w.Errorf("it is said by %v, want %v", got, want)
		}
	}
	check(t, []rule{
		{name: "a new relation", do: []op{relate("database:orders RUNS_ON server:db")}, want: "CREATED = 1",
			holds: func(w world) {
				r := w.relation("database:orders RUNS_ON server:db")
				w.equal("its record", []any{r.Version, r.Created, r.Claims[0].Source}, []any{int64(1), graph.Revision(2), graph.ManualSource})
			}},
		{name: "the same again", do: []op{relate(runs)}, want: "UNCHANGED = 0"},
		{name: "when it was seen does not count", do: []op{graph.PutRelation{From: at("application:shop"), Type: "RUNS_ON", To: at("server:web"), Evidence: seen(3, "r9", "")}}, want: "UNCHANGED = 0"},
		{name: "a cable beside a cable", do: []op{relate(runs + " as eth1")}, want: "CREATED", holds: func(w world) { w.equal("relations", w.Snapshot.RelationCount(), 2) }},
		{name: "another type beside it", do: []op{relate("application:shop DEPENDS_ON server:web")}, want: "CREATED"},
		{name: "between two that depend on one another: a cycle is legal", do: []op{relate("server:web DEPENDS_ON application:shop")}, want: "CREATED"},

		{name: "another transfer is another version", do: []op{stating(runs, graph.RelationProps{Transfer: &soft})}, want: "UPDATED",
			holds: func(w world) { w.equal("its version", w.relation(runs).Version, int64(2)) }},
		{name: "a source states a relation whole", given: []op{stating(runs, graph.RelationProps{Transfer: &soft, Grace: time.Hour})}, do: []op{stating(runs, graph.RelationProps{Grace: time.Hour})}, want: "UPDATED",
			holds: func(w world) { w.equal("transfer", w.relation(runs).Claims[0].Transfer, (*graph.Transfer)(nil)) }},
		{name: "what the second source by name says does not hold", by: "z", given: []op{stating(runs, graph.RelationProps{Grace: time.Hour})}, do: []op{stating(runs, graph.RelationProps{Grace: time.Minute})}, want: "UPDATED",
			holds: func(w world) { w.equal("its version", w.relation(runs).Version, int64(2)) }},
		{name: "nanoseconds said again are the same", given: []op{stating(runs, nanos)}, do: []op{stating(runs, nanos)}, want: "UNCHANGED = 0"},

		{name: "another source says it, too", by: "scan", do: []op{relate(runs)}, want: "UPDATED", holds: func(w world) {
			claims(w, "manual", "scan")
			w.equal("its version", w.relation(runs).Version, int64(1))
		}},
		{name: "one of two sources takes its word back", by: "scan", given: []op{said("scan", relate(runs))}, do: []op{unrelate(runs)}, want: "UPDATED", holds: func(w world) { claims(w, "manual") }},
		{name: "the last one takes it away", do: []op{unrelate(runs)}, want: "REMOVED = 1", holds: func(w world) { w.equal("relations", w.Snapshot.RelationCount(), 0) }},
		{name: "another's word is not withdrawn", by: "scan", do: []op{unrelate(runs)}, want: "BLOCKED 0 -: scan does not say"},
		{name: "nor is a relation that is not there", do: []op{unrelate("application:shop DEPENDS_ON server:web")}, want: "UNCHANGED = 0"},
		{name: "of the retired it may be", given: []op{retire("server:web")}, do: []op{unrelate(runs)}, want: "REMOVED = 1"},
		{name: "there, gone, there again", do: []op{relate("application:shop RUNS_ON server:db"), unrelate("application:shop RUNS_ON server:db"), relate("application:shop RUNS_ON server:db")}, want: "CREATED REMOVED CREATED = 1"},
		{name: "gone and there again is new", do: []op{unrelate(runs), relate(runs)}, want: "REMOVED CREATED = 1"},
		{name: "there and gone", do: []op{relate("application:shop RUNS_ON server:db"), unrelate("application:shop RUNS_ON server:db")}, want: "CREATED REMOVED = 0"},

		{name: "a person confirms it", do: []op{confirm(runs, "ada"), confirm(runs, "ada")}, want: "UPDATED UNCHANGED = 1",
			holds: func(w world) { w.equal("who", w.relation(runs).Claims[0].ConfirmedBy, "ada") }},
		{name: "a confirmation keeps what was stated", given: []op{stating(runs, graph.RelationProps{Transfer: &soft})}, do: []op{confirm(runs, "ada")}, want: "UPDATED",
			holds: func(w world) { w.equal("transfer", *w.relation(runs).Claims[0].Transfer, graph.Soft) }},
		{name: "and what is stated keeps the confirmation", given: []op{confirm(runs, "ada")}, do: []op{relate(runs)}, want: "UNCHANGED = 0"},
		{name: "nobody confirms", do: []op{confirm(runs, "")}, want: "INVALID 0 confirmedBy: nobody"},
		{name: "only what is there", do: []op{confirm("application:shop DEPENDS_ON server:web", "ada")}, want: "NOT_FOUND 0 -: only what is recorded"},

		{name: "an unknown type", do: []op{relate("application:shop NEEDS server:web")}, want: `INVALID 0 type: "NEEDS" is unknown`},
		{name: "an unknown type is not withdrawn", do: []op{unrelate("application:shop NEEDS server:web")}, want: `INVALID 0 type: "NEEDS" is unknown`},
		{name: "classes that do not fit", do: []op{relate("application:shop POWERED_BY power_feed:a")}, want: "INVALID 0 type: POWERED_BY does not go from an application to a power_feed"},
		{name: "a provider that does not fit", do: []op{relate("server:web POWERED_BY server:db")}, want: "INVALID 0 type: from a server it goes to: pdu, ups, power_feed"},
		{name: "itself", do: []op{relate("server:web DEPENDS_ON server:web")}, want: "INVALID 0 to: depend on itself"},
		{name: "itself by another name", given: []op{rename("server:web", "www")}, do: []op{relate("server:web DEPENDS_ON server:www")}, want: "INVALID 0 to: depend on itself"},
		{name: "a provider that is not there", do: []op{relate("application:shop RUNS_ON server:nobody")}, want: "NOT_FOUND 0 to: server:nobody"},
		{name: "a consumer that is not there", do: []op{relate("application:nobody RUNS_ON server:web")}, want: "NOT_FOUND 0 from: application:nobody"},
		{name: "a provider that comes later in the batch", do: []op{relate("application:shop RUNS_ON server:new"), put("server:new")}, want: "NOT_FOUND 0 to: server:new"},
		{name: "a retired provider", given: []op{retire("server:db")}, do: []op{relate("application:shop RUNS_ON server:db")}, want: "BLOCKED 0 to: server:db is retired"},
		{name: "a retired consumer", given: []op{retire("application:shop")}, do: []op{relate("application:shop RUNS_ON server:db")}, want: "BLOCKED 0 from: is retired"},
		{name: "retired by this batch", do: []op{retire("server:db"), relate("application:shop RUNS_ON server:db")}, want: "BLOCKED 1 to: server:db is retired"},
		{name: "a requirement that is not there", do: []op{relate(runs + " in hosts")}, want: `NOT_FOUND 0 requirement: no requirement "hosts"`},
		{name: "another version", do: []op{graph.PutRelation{From: at("application:shop"), Type: "RUNS_ON", To: at("server:web"), ExpectedVersion: version(4)}}, want: "VERSION_CONFLICT 0 expectedVersion: it is at 1"},

		{name: "a grace below nothing", do: []op{stating(runs, graph.RelationProps{Grace: -1})}, want: "INVALID 0 grace: negative"},
		{name: "a capacity below nothing", do: []op{stating(runs, graph.RelationProps{Capacity: &negative})}, want: "INVALID 0 capacity: negative"},
		{name: "a weight that is no number", do: []op{stating(runs, graph.RelationProps{Weight: &nan})}, want: "INVALID 0 weight: finite"},
		{name: "a transfer from the well", do: []op{stating(runs, graph.RelationProps{Transfer: &raises})}, want: "INVALID 0 transfer: OPERATIONAL for OPERATIONAL"},
		{name: "an end before the beginning", do: []op{stating(runs, graph.RelationProps{ValidFrom: noon, ValidTo: noon})}, want: "INVALID 0 validTo: before it begins"},
		{name: "a phase that is none", do: []op{stating(runs, graph.RelationProps{Phase: 9})}, want: "INVALID 0 phase: RUN, START"},
		{name: "a method that is none", do: []op{graph.PutRelation{From: at("application:shop"), Type: "RUNS_ON", To: at("server:web"), Evidence: graph.Evidence{Method: 9}}}, want: "INVALID 0 evidence.method: DECLARED"},
		{name: "nor of a claim about a CI", do: []op{graph.ClaimAttributes{Node: at("server:web"), Evidence: graph.Evidence{Method: 9}}}, want: "INVALID 0 evidence.method: DECLARED"},
		{name: "a qualifier that is none", do: []op{relate(runs + " as a\x01")}, want: "INVALID 0 qualifier: control character"},
	})
}
