package graph_test

import (
	"testing"

	"github.com/faultline-itsm/faultline/graph"
)

// need is a requirement of the shop.
func need(name string, r graph.Rule, k, percent, designed int) graph.PutRequirement {
	return graph.PutRequirement{Of: at("application:shop"), Name: name, Rule: r, K: k, Percent: percent, DesignedSize: designed}
}

func drop(name string) graph.WithdrawRequirement {
	return graph.WithdrawRequirement{Of: at("application:shop"), Name: name}
}

func TestRulesOfRequirements(t *testing.T) {
	const web, db = "application:shop DEPENDS_ON server:web in r", "application:shop DEPENDS_ON server:db in r"
	any2 := []op{need("r", graph.Any, 0, 0, 0), relate(web), relate(db)}
	minus := -1
	greatest := func(want int) func(w world) {
		return func(w world) {
			w.equal("the greatest membership", w.requirement("application:shop", "r").Greatest, want)
		}
	}
	check(t, []rule{
		{name: "a requirement and its members in one batch", do: any2, want: "CREATED CREATED CREATED = 3", holds: func(w world) {
			q := w.requirement("application:shop", "r")
			w.equal("size, greatest, needed, spare", []int{q.Size(), q.Greatest, q.Needed(), q.Spare()}, []int{2, 2, 1, 1})
		}},
		{name: "the same again", given: any2, do: any2, want: "UNCHANGED UNCHANGED UNCHANGED = 0"},
		{name: "another rule", given: any2, do: []op{need("r", graph.All, 0, 0, 0)}, want: "UPDATED = 1", holds: func(w world) {
			w.equal("version", w.requirement("application:shop", "r").Version, int64(2))
			greatest(2)(w)
		}},
		{name: "a provider beside a requirement and inside it", given: any2, do: []op{relate("application:shop DEPENDS_ON server:web")}, want: "CREATED", holds: greatest(2)},

		{name: "when members leave the greatest membership stays", given: any2, do: []op{unrelate(web)}, want: "REMOVED = 1", holds: greatest(2)},
		{name: "one leaves, another comes", given: any2, do: []op{unrelate(web), relate("application:shop DEPENDS_ON database:orders in r")}, want: "REMOVED CREATED = 2", holds: greatest(2)},
		{name: "another comes, one leaves", given: any2, do: []op{relate("application:shop DEPENDS_ON database:orders in r"), unrelate(web)}, want: "CREATED REMOVED = 2", holds: greatest(2)},
		{name: "a third comes", given: any2, do: []op{relate("application:shop DEPENDS_ON database:orders in r")}, want: "CREATED = 2", holds: greatest(3)},
		{name: "a member that leaves and comes again is no third", given: any2, do: []op{unrelate(web), relate(web)}, want: "REMOVED CREATED", holds: greatest(2)},
		{name: "a purged member leaves as well", given: append(any2, retire("server:db")), do: []op{purge("server:db")}, want: "REMOVED = 2", holds: greatest(2)},
		{name: "emptied, withdrawn and written anew, it starts over", given: any2, do: []op{unrelate(web), unrelate(db), drop("r"), need("r", graph.Any, 0, 0, 0), relate(web)}, want: "REMOVED REMOVED REMOVED CREATED CREATED", holds: greatest(1)},
		{name: "written, emptied, withdrawn and written again in one batch", do: append(any2, unrelate(web), unrelate(db), drop("r"), need("r", graph.All, 0, 0, 0), relate(web)),
			want: "CREATED CREATED CREATED REMOVED REMOVED REMOVED CREATED CREATED = 2", holds: greatest(1)},

		{name: "fewer members than needed is legal", do: []op{need("r", graph.AtLeast, 3, 0, 0), relate(web)}, want: "CREATED CREATED"},
		{name: "no member at all is legal", do: []op{need("r", graph.AtLeast, 3, 0, 5)}, want: "CREATED"},
		{name: "k above the designed size", do: []op{need("r", graph.AtLeast, 3, 0, 2)}, want: "INVALID 0 k: above the designed size"},
		{name: "k equal to the designed size", do: []op{need("r", graph.AtLeast, 2, 0, 2)}, want: "CREATED"},
		{name: "more members than designed", given: []op{need("r", graph.All, 0, 0, 1)}, do: []op{relate(web), relate(db)}, want: "CREATED CREATED", holds: func(w world) { w.equal("size", w.requirement("application:shop", "r").Size(), 1) }},
		{name: "AT_LEAST without k", do: []op{need("r", graph.AtLeast, 0, 0, 0)}, want: "INVALID 0 k: at least 1"},
		{name: "k without AT_LEAST", do: []op{need("r", graph.Any, 1, 0, 0)}, want: "INVALID 0 k: belongs to AT_LEAST"},
		{name: "PERCENT without percent", do: []op{need("r", graph.Percent, 0, 0, 0)}, want: "INVALID 0 percent: from 1 to 100"},
		{name: "more than all", do: []op{need("r", graph.Percent, 0, 101, 0)}, want: "INVALID 0 percent: from 1 to 100"},
		{name: "percent without PERCENT", do: []op{need("r", graph.All, 0, 50, 0)}, want: "INVALID 0 percent: belongs to PERCENT"},
		{name: "a rule that is none", do: []op{need("r", 9, 0, 0, 0)}, want: "INVALID 0 rule: one of ALL, ANY, AT_LEAST, PERCENT, ACTIVE_PASSIVE, CAPACITY, REACHES"},
		{name: "a size below nothing", do: []op{need("r", graph.All, 0, 0, -1)}, want: "INVALID 0 designedSize: -1"},
		{name: "a spare below nothing", do: []op{graph.PutRequirement{Of: at("application:shop"), Name: "r", SpareRequired: &minus}}, want: "INVALID 0 spareRequired: -1"},
		{name: "without a name", do: []op{need("", graph.All, 0, 0, 0)}, want: "INVALID 0 name: empty"},
		{name: "of nobody", do: []op{graph.PutRequirement{Of: at("application:nobody"), Name: "r"}}, want: "NOT_FOUND 0 of: application:nobody"},
		{name: "another version", given: any2, do: []op{graph.PutRequirement{Of: at("application:shop"), Name: "r", Rule: graph.Any, ExpectedVersion: version(0)}}, want: "VERSION_CONFLICT 0 expectedVersion: it is at 1"},

		{name: "with members it is not withdrawn", given: any2, do: []op{drop("r")}, want: "BLOCKED 0 -: has 2 members"},
		{name: "with a member of this batch", given: []op{need("r", graph.Any, 0, 0, 0)}, do: []op{relate(web), drop("r")}, want: "BLOCKED 1 -: has 1 members"},
		{name: "without them it is", given: any2, do: []op{unrelate(web), unrelate(db), drop("r")}, want: "REMOVED REMOVED REMOVED = 3"},
		{name: "what is not there is not withdrawn", do: []op{drop("r")}, want: "UNCHANGED = 0"},
	})
}

// The servers' class has the rule: several POWERED_BY are one another's spares.
func TestRulesOfRedundancy(t *testing.T) {
	feed := func(x string) string { return "server:web POWERED_BY power_feed:" + x }
	byHand := graph.PutRequirement{Of: at("server:web"), Name: "power", Rule: graph.All}
	dropped := graph.WithdrawRequirement{Of: at("server:web"), Name: "power"}
	two := []op{relate(feed("a")), relate(feed("b"))}
	power := func(rule graph.Rule, byRule bool, greatest, members int) func(w world) {
		return func(w world) {
			w.Helper()
			q := w.requirement("server:web", "power")
			if q == nil {
				w.Fatal("there is no requirement")
			}
			w.equal("rule, by rule, greatest", []any{q.Rule, q.ByRule, q.Greatest}, []any{rule, byRule, greatest})
			w.equal("members", len(w.Snapshot.Members(q.RequirementKey)), members)
		}
	}
	none := func(w world) {
		w.Helper()
		w.equal("the requirement", w.requirement("server:web", "power"), (*graph.Requirement)(nil))
		w.equal("requirements", len(w.Snapshot.Requirements(1)), 0)
	}
	check(t, []rule{
		{name: "two feeds are one another's spares", do: two, want: "CREATED CREATED = 3", holds: func(w world) {
			power(graph.Any, true, 2, 2)(w)
			w.equal("the relation's key", w.relation(feed("a")).Requirement, "")
		}},
		{name: "one feed alone is required by itself", do: two[:1], want: "CREATED = 1", holds: none},
		{name: "the second one comes later", given: two[:1], do: two[1:], want: "CREATED = 2", holds: power(graph.Any, true, 2, 2)},
		{name: "importing the same again changes nothing", given: two, do: two, want: "UNCHANGED UNCHANGED = 0"},
		{name: "two cables to one feed count as two", do: []op{relate(feed("a") + " as left"), relate(feed("a") + " as right")}, want: "CREATED CREATED = 3", holds: power(graph.Any, true, 2, 2)},
		{name: "when one of two goes, the spare is lost, not the rule", given: two, do: []op{unrelate(feed("a"))}, want: "REMOVED = 1", holds: power(graph.Any, true, 2, 1)},
		{name: "when the last one goes, so does the rule", given: two, do: []op{unrelate(feed("a")), unrelate(feed("b"))}, want: "REMOVED REMOVED = 3", holds: none},
		{name: "one goes as another comes", given: two, do: []op{unrelate(feed("a")), relate(feed("c"))}, want: "REMOVED CREATED = 2", holds: power(graph.Any, true, 2, 2)},
		{name: "a third raises the greatest membership", given: two, do: []op{relate(feed("c"))}, want: "CREATED = 2", holds: power(graph.Any, true, 3, 3)},
		{name: "a feed that is purged goes as well", given: append(two, retire("power_feed:a")), do: []op{purge("power_feed:a")}, want: "REMOVED = 2", holds: power(graph.Any, true, 2, 1)},
		{name: "a feed that is retired stays", given: two, do: []op{retire("power_feed:a")}, want: "UPDATED = 1", holds: power(graph.Any, true, 2, 2)},
		{name: "a consumer that is purged takes its rule along", given: append(two, retire("server:web")), do: []op{purge("server:web")}, want: "REMOVED = 5"},
		{name: "what came and went leaves nothing", do: append(two, unrelate(feed("a")), unrelate(feed("b"))), want: "CREATED CREATED REMOVED REMOVED = 0", holds: none},

		{name: "what somebody writes wins", given: two, do: []op{byHand}, want: "UPDATED = 1", holds: power(graph.All, false, 0, 0)},
		{name: "also where it was written first", given: []op{byHand}, do: two, want: "CREATED CREATED = 2", holds: power(graph.All, false, 0, 0)},
		{name: "its withdrawal brings the rule back", given: append(two, byHand), do: []op{dropped}, want: "REMOVED = 1", holds: power(graph.Any, true, 2, 2)},
		{name: "but not for one feed", given: append(two[:1:1], byHand), do: []op{dropped}, want: "REMOVED = 1", holds: none},
		{name: "members inside it do not count for the rule", given: []op{byHand}, do: []op{relate(feed("a") + " in power"), relate(feed("b"))}, want: "CREATED CREATED = 3", holds: power(graph.All, false, 1, 1)},
		{name: "members inside another requirement do not count", given: []op{graph.PutRequirement{Of: at("server:web"), Name: "mine", Rule: graph.All}},
			do: []op{relate(feed("a") + " in mine"), relate(feed("b") + " in mine"), relate(feed("c"))}, want: "CREATED CREATED CREATED = 4",
			holds: func(w world) { w.equal("by rule", w.requirement("server:web", "power"), (*graph.Requirement)(nil)) }},
		{name: "what follows from a rule is not withdrawn", given: two, do: []op{dropped}, want: "BLOCKED 0 name: follows from a rule"},
		{name: "nor joined by name", given: two, do: []op{relate(feed("c") + " in power")}, want: "NOT_FOUND 0 requirement: no requirement"},
		{name: "a class without the rule", do: []op{relate("application:shop DEPENDS_ON server:web"), relate("application:shop DEPENDS_ON server:db")}, want: "CREATED CREATED = 2"},
		{name: "other providers than the rule counts", do: []op{put("subnet:n"), relate("server:web CONNECTED_TO subnet:n"), relate("server:web CONNECTED_TO server:db")}, want: "CREATED CREATED CREATED = 3"},
	})
}

// A team's own class may change its rules, and a consumer feels it when it is next
// committed.
func TestRedundancyOfOwnClasses(t *testing.T) {
	class := func(rules ...graph.RedundancyRule) op {
		return graph.DefineClass{Class: graph.Class{Name: "farm", Extends: "ci", Redundancy: rules}}
	}
	count := func(name, provider string, k int) graph.RedundancyRule {
		return graph.RedundancyRule{Name: name, Type: "DEPENDS_ON", Provider: provider, Rule: graph.AtLeast, K: k, Reason: "so"}
	}
	web, db, orders := relate("farm:f DEPENDS_ON server:web"), relate("farm:f DEPENDS_ON server:db"), relate("farm:f DEPENDS_ON database:orders")
	names := func(w world) (out []string) {
		for _, q := range w.Snapshot.Requirements(w.id("farm:f")) {
			out = append(out, q.Name)
		}
		return out
	}
	check(t, []rule{
		{name: "the rule is defined in the batch, behind a relation", do: []op{class(), put("farm:f"), web, class(count("n", "", 1)), db}, want: "CREATED CREATED CREATED UPDATED CREATED",
			holds: func(w world) { w.equal("requirements", names(w), []string{"n"}) }},
		{name: "a changed rule is another version", given: []op{class(count("n", "", 1)), put("farm:f"), web, db}, do: []op{class(count("n", "", 2)), orders}, want: "UPDATED CREATED = 3",
			holds: func(w world) {
				q := w.requirement("farm:f", "n")
				w.equal("k, version, greatest", []any{q.K, q.Version, q.Greatest}, []any{2, int64(2), 3})
			}},
		{name: "a rule that is gone takes its requirement along", given: []op{class(count("n", "", 1)), put("farm:f"), web, db}, do: []op{class(), orders}, want: "UPDATED CREATED = 3",
			holds: func(w world) { w.equal("requirements", names(w), []string(nil)) }},
		{name: "of two rules that fit, the first by name takes it", given: []op{class(count("b", "", 1), count("a", "server", 1)), put("farm:f")}, do: []op{web, db, orders, relate("farm:f DEPENDS_ON application:shop")}, want: "CREATED CREATED CREATED CREATED = 6",
			holds: func(w world) {
				w.equal("members of a", len(w.Snapshot.Members(graph.RequirementKey{Consumer: w.id("farm:f"), Name: "a"})), 2)
				w.equal("members of b", len(w.Snapshot.Members(graph.RequirementKey{Consumer: w.id("farm:f"), Name: "b"})), 2)
			}},
		{name: "also where the second is there first", given: []op{class(count("z", "", 2), count("a", "server", 1)), put("farm:f"), web, orders}, do: []op{db}, want: "CREATED = 2",
			holds: func(w world) {
				w.equal("requirements", names(w), []string{"a", "z"})
				w.equal("members of a", len(w.Snapshot.Members(graph.RequirementKey{Consumer: w.id("farm:f"), Name: "a"})), 2)
			}},
		{name: "one is too few where two are needed", given: []op{class(count("n", "", 2)), put("farm:f")}, do: []op{web}, want: "CREATED = 2",
			holds: func(w world) { w.equal("requirements", names(w), []string{"n"}) }},
	})
}
