package change

import (
	"strings"
	"testing"

	"github.com/faultline-itsm/faultline/graph"
)

// A vote counts no more while the assessment that it saw shows less than the last one,
// and again once the last one shows no more than it did: a spare went and came back.
// Whoever voted in between has one vote all the same.
func TestAPersonHasOneVote(t *testing.T) {
	high := "HIGH"
	shows := func(number string, to graph.State) *Sealed {
		return &Sealed{Number: number, Scenario: Scenario{Thresholds: DefaultThresholds}, Result: Result{Services: []ServiceImpact{{CI: Named{ID: "s", Ref: "business_service:s"}, Criticality: &high, To: to}}}}
	}
	seen := map[string]*Sealed{"A1": shows("A1", graph.AtRisk), "A2": shows("A2", graph.Down), "A3": shows("A3", graph.AtRisk)}
	vote := func(text string) Vote {
		who, on, _ := strings.Cut(text, "@")
		voter, of, _ := strings.Cut(who, ">")
		return Vote{Number: text, Voter: voter, For: of, Approved: true, Assessment: on, Content: 1}
	}
	for _, x := range []struct{ last, votes, want string }{
		{"A1", "bea@A1", "bea@A1"},
		{"A2", "bea@A1", ""},
		{"A2", "bea@A1 bea@A2", "bea@A2"},
		{"A3", "bea@A1 bea@A2", "bea@A2"},
		{"A3", "bea@A1 cleo@A2", "bea@A1 cleo@A2"},
		{"A3", "bea@A1 dora>bea@A2", "dora>bea@A2"},
		{"A3", "dora>bea@A1 dora@A2", "dora@A2"},
		{"A3", "dora>bea@A1 emil>cleo@A1 bea@A2 cleo@A2", "bea@A2 cleo@A2"},
		{"A3", "", ""},
	} {
		var votes []Vote
		for _, text := range strings.Fields(x.votes) {
			votes = append(votes, vote(text))
		}
		var got []string
		for _, v := range Counting(&Change{Content: 1}, seen[x.last], votes, seen) {
			got = append(got, v.Number)
		}
		if is := strings.Join(got, " "); is != x.want {
			t.Errorf("of %q, %s being the last, %q count, want %q", x.votes, x.last, is, x.want)
		}
	}
}
