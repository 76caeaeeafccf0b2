package cli

import (
	"context"
	"slices"
	"strings"
)

type impacted struct {
	CI       named   `json:"ci"`
	From     string  `json:"from"`
	To       string  `json:"to"`
	Certain  string  `json:"certain"`
	Possible string  `json:"possible"`
	Distance int     `json:"distance"`
	After    *string `json:"after"`
	Because  string  `json:"because,omitempty"` // for people
}

type service struct {
	impacted
	BusinessCriticality *string `json:"businessCriticality"`
}

type counts struct {
	Down     int `json:"down"`
	Degraded int `json:"degraded"`
	AtRisk   int `json:"atRisk"`
	Total    int `json:"total"`
}

type blindSpots struct {
	TotalCount int         `json:"totalCount"`
	Nodes      []blindSpot `json:"nodes"`
}

type blindSpot struct {
	CI          named   `json:"ci"`
	Kind        string  `json:"kind"`
	Requirement *string `json:"requirement"`
	Text        string  `json:"text"`
}

type assumption struct {
	Kind  string `json:"kind"`
	CI    *named `json:"ci"`
	Count *int   `json:"count"`
	Text  string `json:"text"`
}

// holder is a place where the impact stopped.
type holder struct {
	CI   named  `json:"ci"`
	Kind string `json:"kind"`
	Text string `json:"text"`
}

// assessment is an answer with all its pages followed.
type assessment struct {
	head
	Summary            string       `json:"summary"`
	Complete           bool         `json:"complete"`
	EvaluatedNodes     int          `json:"evaluatedNodes"`
	EvaluatedRelations int          `json:"evaluatedRelations"`
	Counts             counts       `json:"counts"`
	Services           []service    `json:"services"`
	Impacted           []impacted   `json:"impacted"`
	BlindSpots         blindSpots   `json:"blindSpots"`
	Assumptions        []assumption `json:"assumptions"`

	held        []holder
	heldInAll   int
	impactedAll int      // how many impacted there are that were asked for
	asked       []string // the states asked for; none: all
}

const impactHead = `revision summary complete evaluatedNodes evaluatedRelations counts { down degraded atRisk total }
  blindSpots(first: $blind) { totalCount nodes { ci { id ref name class } kind requirement text } }
  assumptions { kind ci { id ref name class } count text }
  held(first: $held) @include(if: $words) { totalCount nodes { ci { id ref name class } kind text } }`

const impactRow = `ci { id ref name class } from to certain possible distance after because @include(if: $words)`

const impactDocument = `query($scenario: ScenarioInput!, $filter: ImpactFilter, $first: Int!, $after: String, $more: String, $blind: Int!, $held: Int!, $words: Boolean!, $list: Boolean!, $services: Boolean!, $head: Boolean!) {
  impact(scenario: $scenario) {
    ... @include(if: $head) { ` + impactHead + ` }
    impacted(filter: $filter, first: $first, after: $after) @include(if: $list) { nodes { ` + impactRow + ` } totalCount pageInfo { hasNextPage endCursor } }
    services(first: 1000, after: $more) @include(if: $services) { nodes { ` + impactRow + ` businessCriticality } totalCount pageInfo { hasNextPage endCursor } }
  }
}`

// scenario is what happens, as a request says it.
func scenario(cis []named, effect string) map[string]any {
	effects := make([]any, len(cis))
	for i, c := range cis {
		effects[i] = map[string]any{"ci": c.input(), "kind": strings.ToUpper(effect)}
	}
	return map[string]any{"effects": effects}
}

// question is what an assessment is asked.
type question struct {
	scenario map[string]any
	states   []string // of the impacted CIs to list; none: all
	limit    int      // of the impacted CIs to list; 0: all
	words    bool     // also the sentences for people
}

// assess asks, and follows all pages.
func (c *client) assess(ctx context.Context, q question) (*assessment, error) {
	vars := map[string]any{"scenario": q.scenario, "first": pageSize, "blind": pageSize, "held": pageSize, "words": q.words, "list": true, "services": true, "head": true}
	if len(q.states) > 0 {
		vars["filter"] = map[string]any{"states": q.states}
	}
	if q.limit > 0 {
		vars["first"] = min(pageSize, q.limit)
	}
	type answer struct {
		assessment
		Held     page[holder]   `json:"held"`
		Impacted page[impacted] `json:"impacted"`
		Services page[service]  `json:"services"`
	}
	ask := func() (answer, error) {
		var data struct{ Impact answer }
		_, err := c.ask(ctx, impactDocument, vars, &data)
		return data.Impact, err
	}
	first, err := ask()
	if err != nil {
		return nil, err
	}
	out := first.assessment
	out.SchemaVersion, out.asked = schemaVersion, q.states
	out.held = first.Held.Nodes
	if n := first.Held.TotalCount; n != nil {
		out.heldInAll = *n
	}
	if n := first.Impacted.TotalCount; n != nil {
		out.impactedAll = *n
	}
	vars["head"], vars["services"] = false, false
	out.Impacted, _, err = followAll(q.limit, func(n int, after *string) (page[impacted], error) {
		if after == nil {
			return first.Impacted, nil
		}
		vars["first"], vars["after"] = n, after
		next, err := ask()
		return next.Impacted, err
	})
	if err != nil {
		return nil, err
	}
	delete(vars, "after")
	vars["list"], vars["services"] = false, true
	out.Services, _, err = followAll(0, func(_ int, after *string) (page[service], error) {
		if after == nil {
			return first.Services, nil
		}
		vars["more"] = after
		next, err := ask()
		return next.Services, err
	})
	return &out, err
}

// otherThanServices is how many of the impacted CIs asked for are no services.
func (answer *assessment) otherThanServices() int {
	n := answer.impactedAll
	for _, s := range answer.Services {
		if len(answer.asked) == 0 || slices.Contains(answer.asked, s.To) {
			n--
		}
	}
	return n
}

// states are those of --state.
func states(words []string) ([]string, error) {
	var out []string
	for _, list := range words {
		for _, w := range strings.Split(list, ",") {
			s, ok := stateWords[strings.ToLower(strings.TrimSpace(w))]
			if !ok {
				return nil, usagef("%q is no state", w).hinted("one of %s", either(stateNames))
			}
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

var (
	stateNames = []string{"down", "degraded", "at-risk"}
	stateWords = map[string]string{"down": "DOWN", "degraded": "DEGRADED", "at-risk": "AT_RISK", "at_risk": "AT_RISK"}
)
