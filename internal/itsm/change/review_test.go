package change

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/graph/graphtest"
)

func TestAReviewScoresWhatWasPredicted(t *testing.T) {
	g := graphtest.New(t, `
		shop -> web -> db
		api -> db
		calm ~> db
		other -> disk
		shop is a business_service
		calm is a business_service
		db is a server
		disk is a server
	`)
	ref := func(name string) graph.Ref { return g.Snapshot.Ref(g.ID(name)) }
	hit := func(name, via string) Hit {
		return Hit{Named: Named{Ref: ref(name).String(), Class: ref(name).Class}, Via: via}
	}
	c := &Change{Affected: []Affected{{CI: g.ID("db"), Ref: ref("db"), Kind: graph.Outage}}}
	sealed := &Sealed{Number: "CHG0000001.A1", Result: Result{Counts: Counts{Down: 4},
		Hit: []Hit{hit("db", ""), hit("web", "RUNS_ON"), hit("api", "DEPENDS_ON"), hit("shop", "DEPENDS_ON")}}}

	observed := []graph.ID{g.ID("db"), g.ID("web"), g.ID("web"), g.ID("calm"), g.ID("disk")}
	score := Compare(g.Snapshot, c, sealed, observed, func(graph.ID) string { return "" }, func(class string) bool { return class == "business_service" })
	got, err := json.Marshal(score)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		// db is the change's own and counts in neither; web is named twice and counts once.
		`"services":{"predicted":1,"observed":1,"both":0,"precision":0,"recall":0}`,
		`"cis":{"predicted":3,"observed":3,"both":1,"precision":0.3333333333333333,"recall":0.3333333333333333}`,
		`{"name":"application","predicted":2,"observed":1,"both":1,"precision":0.5,"recall":1}`,
		`{"name":"server","predicted":0,"observed":1,"both":0,"precision":null,"recall":0}`,
		`"relations":[{"name":"DEPENDS_ON","predicted":2,"observed":0,"both":0,"precision":0,"recall":null},{"name":"RUNS_ON","predicted":1,"observed":1,"both":1,"precision":1,"recall":null}]`,
		`observed on ` + ref("calm").String() + `: it depends on the change, but was judged to stay up`,
		`observed on ` + ref("disk").String() + `: no path from the change; a relation is missing`,
		`"unseen":["` + ref("shop").String() + `"]`,
	} {
		if !strings.Contains(string(got), want) {
			t.Errorf("the score lacks %s\n%s", want, got)
		}
	}

	// Who said that the change does not touch a CI was wrong: that is a miss.
	c.Affected = append(c.Affected, Affected{CI: g.ID("calm"), Ref: ref("calm"), Excluded: true, Author: "ada", Reason: "it waits"})
	score = Compare(g.Snapshot, c, sealed, observed, func(graph.ID) string { return "" }, func(string) bool { return false })
	if text := score.Missed[0].Text; score.CIs.Observed != 3 || text != `observed on `+ref("calm").String()+`: ada said that the change does not touch it: it waits` {
		t.Errorf("of what was excluded it says %q, of %d observed", text, score.CIs.Observed)
	}

	c.Affected = c.Affected[:1]

	// More were predicted than are listed: what is not listed is not called judged to stay up.
	sealed.Result.Counts.Down = 5
	score = Compare(g.Snapshot, c, sealed, observed, func(graph.ID) string { return "" }, func(string) bool { return false })
	if text := score.Missed[0].Text; !strings.Contains(text, "whether it was predicted is not kept") {
		t.Errorf("of a cut list it says %q", text)
	}
}
