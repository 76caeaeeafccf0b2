package change

import (
	"strings"
	"testing"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/itsm"
)

// found is a change as rules see it.
func found() map[string]any {
	x := &Solved{Context: Context{History: History{N: 20, Successful: 19},
		Change: &Change{Record: &itsm.Record{}, Type: Standard, Affected: []Affected{{Ref: graph.Ref{Class: "server", Name: "a"}}}}}}
	return x.facts(&Result{Counts: Counts{Down: 3}, Margin: 1, Risk: Risk{Level: Moderate}, Services: []ServiceImpact{{CI: Named{Ref: "business_service:shop"}, To: graph.AtRisk}}})
}

func TestRulesHold(t *testing.T) {
	for text, want := range map[string]bool{
		`blast.down <= 3 && margin >= 1 && history.n >= 10 && history.successRate >= 0.95`: true,
		`blast["down"] <= 3 && history["n"] > 20`:                                          false,
		`history.successRate < 1 && history.n >= 10.5 && margin > 0.5`:                     true,
		`level[risk] >= level["MODERATE"] && level[risk] < level.HIGH`:                     true,
		`services.exists(s, s.ref == "business_service:shop" && s["to"] == "AT_RISK")`:     true,
		`services[0].criticality == "HIGH"`:                                                false,
		`change.type == "STANDARD" && "server" in change["classes"] && change.minutes < 5`: true,
		`size(conflicts) == 0 && {"a": 1}["a"] == 1`:                                       true,
	} {
		if err := CheckRule(text); err != nil {
			t.Errorf("%s: %v", text, err)
		} else if yes, why := holds(text, found()); yes != want || why != "" {
			t.Errorf("%s: %v %s", text, yes, why)
		}
	}
}

// What goes down for good had 0 minutes, so that a bound on them held.
func TestRulesSeeWhatIsDownForGood(t *testing.T) {
	x := &Solved{Context: Context{Change: &Change{Record: &itsm.Record{}}}}
	for _, m := range []Minutes{{Down: -1}, {Down: 5, Degraded: -1}} {
		facts := x.facts(&Result{Services: []ServiceImpact{{To: graph.Down, Minutes: m}}})
		if yes, why := holds(`services.all(s, s.minutes < 1000000)`, facts); yes || why != "" {
			t.Errorf("%+v: %v %s", m, yes, why)
		}
	}
	facts := x.facts(&Result{Services: []ServiceImpact{{To: graph.Down, Minutes: Minutes{Down: 5, Degraded: 7}}}})
	if yes, why := holds(`services[0].minutes == 12`, facts); !yes {
		t.Error(why)
	}
}

// A rule with a typo was accepted and then never held.
func TestWhatARuleMisspellsIsRefused(t *testing.T) {
	for text, want := range map[string]string{
		`blast["dwon"] > 3`:                     "undefined field 'dwon'",
		`blast.dwon > 3`:                        "undefined field 'dwon'",
		`change.tpye == "NORMAL"`:               "undefined field 'tpye'",
		`change.minutes > "ten"`:                "no matching overload",
		`history.successrate > 0.9`:             "undefined field 'successrate'",
		`services.all(s, s.critical == "HIGH")`: "undefined field 'critical'",
		`services[0]["name"] == ""`:             "undefined field 'name'",
		`level[risk] >= level["HGIH"]`:          `there is no level "HGIH"`,
		`has(level.high)`:                       `there is no level "high"`,
	} {
		err := CheckRule(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
		if e := graph.AsError(err); e == nil || e.Kind != graph.Invalid || !strings.Contains(e.Hint, "down, degraded") && !strings.Contains(e.Hint, "LOW, MODERATE") {
			t.Errorf("%s: the hint names nothing that there is: %+v", text, e)
		}
	}
}
