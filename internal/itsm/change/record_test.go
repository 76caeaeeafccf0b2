package change

import (
	"encoding/json"
	"testing"
)

func TestScoresAddUp(t *testing.T) {
	score := func(services, cis Match, classes, relations []Match) Score {
		return Score{Services: services, CIs: cis, Classes: classes, Relations: relations}
	}
	of := func(name string, predicted, observed, both int) Match {
		return Match{Name: name, Predicted: predicted, Observed: observed, Both: both}
	}
	r := Sum([]Score{
		score(of("", 1, 1, 1), of("", 4, 2, 2), []Match{of("server", 3, 1, 1), of("application", 1, 1, 1)}, []Match{of("RUNS_ON", 4, 2, 2)}),
		score(of("", 1, 0, 0), of("", 2, 1, 0), []Match{of("server", 2, 0, 0)}, []Match{of("RUNS_ON", 1, 0, 0), of("redundancy", 1, 0, 0)}),
	})
	on := r.On(&Result{Hit: []Hit{{Named: Named{Class: "server"}}, {Named: Named{Class: "application"}, Via: "RUNS_ON"}}})
	for what, x := range map[string]struct {
		is   any
		want string
	}{
		"services":  {r.Services, `{"predicted":2,"observed":1,"both":1,"precision":0.5,"recall":1}`},
		"all":       {r.CIs, `{"predicted":6,"observed":3,"both":2,"precision":0.3333333333333333,"recall":0.6666666666666666}`},
		"classes":   {r.Classes, `[{"name":"application","predicted":1,"observed":1,"both":1,"precision":1,"recall":1},{"name":"server","predicted":5,"observed":1,"both":1,"precision":0.2,"recall":1}]`},
		"relations": {r.Relations, `[{"name":"RUNS_ON","predicted":5,"observed":0,"both":2,"precision":0.4,"recall":null},{"name":"redundancy","predicted":1,"observed":0,"both":0,"precision":0,"recall":null}]`},
		// What the change itself touches is no prediction, so its class is not stood on.
		"stood on":       {on.Classes, `[{"name":"application","predicted":1,"observed":1,"both":1,"precision":1,"recall":1}]`},
		"stood on too":   {on.Relations, `[{"name":"RUNS_ON","predicted":5,"observed":0,"both":2,"precision":0.4,"recall":null}]`},
		"nothing at all": {Sum(nil), `{"Reviews":0,"Services":{"predicted":0,"observed":0,"both":0,"precision":null,"recall":null},"CIs":{"predicted":0,"observed":0,"both":0,"precision":null,"recall":null},"Classes":[],"Relations":[]}`},
	} {
		if got, err := json.Marshal(x.is); err != nil || string(got) != x.want {
			t.Errorf("%s:\n%s\nwant\n%s", what, got, x.want)
		}
	}
}
