package cli

import (
	"context"
	"slices"
	"strings"
	"time"
)

type impacted struct {
	CI       named   `json:"ci"`
	From     string  `json:"from"`
	To       string  `json:"to"`
	Certain  string  `json:"certain"`
	Possible string  `json:"possible"`
	Distance int     `json:"distance"`
	After    *string `json:"after"`

	Timeline []interval `json:"timeline,omitempty"` // over a window
	Lasts    *lasts     `json:"lasts,omitempty"`
	Because  string     `json:"because,omitempty"` // for people
}

// interval is a part of a CI's time.
type interval struct {
	From     time.Time  `json:"from"`
	Until    *time.Time `json:"until"`
	State    string     `json:"state"`
	Baseline string     `json:"baseline"`
}

// lasts is how long a CI is worse, by state.
type lasts struct {
	AtRisk   string `json:"atRisk"`
	Degraded string `json:"degraded"`
	Down     string `json:"down"`
}

// window is the time that was looked at.
type window struct {
	From  time.Time  `json:"from"`
	Until *time.Time `json:"until"`
}

// interaction is what takes several effects.
type interaction struct {
	CI      named      `json:"ci"`
	State   string     `json:"state"`
	From    *time.Time `json:"from"`
	Until   *time.Time `json:"until"`
	Parties []string   `json:"parties"`
	Text    string     `json:"text"`
}

// failover is one time that a redundancy group goes over to another member.
type failover struct {
	CI          named      `json:"ci"`
	Requirement string     `json:"requirement"`
	From        named      `json:"from"`
	To          named      `json:"to"`
	At          *time.Time `json:"at"`
	Lasts       string     `json:"lasts"`
}

// doubt is a relation to verify first.
type doubt struct {
	Type     string `json:"type"`
	Consumer named  `json:"consumer"`
	Provider named  `json:"provider"`
	Band     string `json:"band"`
	Text     string `json:"text"`
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
	Summary            string        `json:"summary"`
	Complete           bool          `json:"complete"`
	EvaluatedNodes     int           `json:"evaluatedNodes"`
	EvaluatedRelations int           `json:"evaluatedRelations"`
	Window             *window       `json:"window,omitempty"`
	Counts             counts        `json:"counts"`
	Services           []service     `json:"services"`
	Impacted           []impacted    `json:"impacted"`
	BlindSpots         blindSpots    `json:"blindSpots"`
	Assumptions        []assumption  `json:"assumptions"`
	Failovers          []failover    `json:"failovers,omitempty"`
	Interactions       []interaction `json:"interactions,omitempty"`
	VerifyFirst        []doubt       `json:"verifyFirst,omitempty"`
	Overrun            *overrun      `json:"overrun,omitempty"`

	held        []holder
	heldInAll   int
	impactedAll int      // how many impacted there are that were asked for
	asked       []string // the states asked for; none: all
}

const impactHead = `revision summary complete evaluatedNodes evaluatedRelations window { from until } counts { down degraded atRisk total }
  assumptions { kind ci { id ref name class } count text }`

// What is asked for only where it is wanted, because it costs.
const (
	together    = ` interactions { ci { id ref name class } state from until parties text }`
	verifyFirst = ` verifyFirst { type consumer { id ref name class } provider { id ref name class } band text }`
	failovers   = ` failovers { ci { id ref name class } requirement from { id ref name class } to { id ref name class } at lasts }`
	overTime    = ` timeline { from until state baseline } lasts { atRisk degraded down }`
)

const impactRow = `ci { id ref name class } from to certain possible distance after because @include(if: $words) OVERTIME`

const pageFields = `totalCount pageInfo { hasNextPage endCursor }`

// The lists of an assessment. Each is asked for with its first page in the first
// request, and alone for the pages after it.
var impactLists = map[string]string{
	"impacted":   `impacted(filter: $filter, first: $first, after: $after) { nodes { ` + impactRow + ` } ` + pageFields + ` }`,
	"services":   `services(first: $first, after: $after) { nodes { ` + impactRow + ` businessCriticality } ` + pageFields + ` }`,
	"held":       `held(first: $first, after: $after) { nodes { ci { id ref name class } kind text } ` + pageFields + ` }`,
	"blindSpots": `blindSpots(first: $first, after: $after) { nodes { ci { id ref name class } kind requirement text } ` + pageFields + ` }`,
}

// question is what an assessment is asked.
type question struct {
	scenario map[string]any
	window   map[string]any // nil: one instant
	options  map[string]any
	states   []string // of the impacted CIs to list; none: all
	limit    int      // of the impacted CIs to list; 0: all
	words    bool     // also the sentences for people
	brief    bool     // of what is held up and of blind spots one page suffices
}

// document asks for the lists named, each at the same place.
func (q question) document(more string, lists ...string) string {
	params, fields := "$scenario: ScenarioInput!, $window: WindowInput, $options: ImpactOptions, $first: Int!, $after: String", more
	for _, l := range lists {
		fields += " " + impactLists[l]
	}
	if q.window != nil {
		fields = strings.ReplaceAll(fields, "OVERTIME", overTime)
	}
	fields = strings.ReplaceAll(fields, "OVERTIME", "")
	for _, v := range [][2]string{{"$filter", "ImpactFilter"}, {"$words", "Boolean!"}} {
		if strings.Contains(fields, v[0]) {
			params += ", " + v[0] + ": " + v[1]
		}
	}
	return "query(" + params + ") { impact(scenario: $scenario, window: $window, options: $options) { " + fields + " } }"
}

// head is what is asked for once.
func (q question) head() string {
	fields := impactHead
	if len(q.scenario["effects"].([]any)) > 1 {
		fields += together
	}
	fields += failovers
	if q.words {
		fields += verifyFirst
	}
	return fields
}

// page is how many rows are asked for at once: of rows with timelines, fewer.
func (q question) page() int {
	if q.window != nil {
		return pageSize / 4
	}
	return pageSize
}

// variables are those of the first request.
func (q question) variables() map[string]any {
	vars := map[string]any{"scenario": q.scenario, "window": q.window, "options": q.options, "first": q.page(), "words": q.words}
	if len(q.states) > 0 {
		vars["filter"] = map[string]any{"states": q.states}
	}
	return vars
}

// assess asks, and follows all pages. The first page of every list comes with the
// first request, so that all of them, bound by their cursors, are of one answer.
func (c *client) assess(ctx context.Context, q question) (*assessment, error) {
	lists := []string{"impacted", "services", "blindSpots"}
	if q.words {
		lists = append(lists, "held")
	}
	var data struct {
		Impact struct {
			assessment
			Impacted   page[impacted]  `json:"impacted"`
			Services   page[service]   `json:"services"`
			Held       page[holder]    `json:"held"`
			BlindSpots page[blindSpot] `json:"blindSpots"`
		}
	}
	if _, err := c.ask(ctx, q.document(q.head(), lists...), q.variables(), &data); err != nil {
		return nil, err
	}
	first := data.Impact
	out := first.assessment
	out.SchemaVersion, out.asked = schemaVersion, q.states
	most := 0
	if q.brief {
		most = pageSize
	}
	var err error
	if out.Impacted, out.impactedAll, err = rest(ctx, c, q, "impacted", first.Impacted, q.limit); err != nil {
		return nil, err
	}
	if out.Services, _, err = rest(ctx, c, q, "services", first.Services, 0); err != nil {
		return nil, err
	}
	if out.held, out.heldInAll, err = rest(ctx, c, q, "held", first.Held, most); err != nil {
		return nil, err
	}
	out.BlindSpots.Nodes, out.BlindSpots.TotalCount, err = rest(ctx, c, q, "blindSpots", first.BlindSpots, most)
	return &out, err
}

// rest follows the pages of one list from its first on.
func rest[T any](ctx context.Context, c *client, q question, list string, first page[T], limit int) (all []T, total int, err error) {
	if first.TotalCount != nil {
		total = *first.TotalCount
	}
	all, _, err = followAll(limit, func(n int, after *string) (page[T], error) {
		if after == nil {
			first.Nodes = first.Nodes[:min(n, len(first.Nodes))]
			return first, nil
		}
		vars := q.variables()
		vars["first"], vars["after"] = min(n, q.page()), after
		var data struct{ Impact map[string]page[T] }
		_, err := c.ask(ctx, q.document("", list), vars, &data)
		return data.Impact[list], err
	})
	return all, total, err
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
