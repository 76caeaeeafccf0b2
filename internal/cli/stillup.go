package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// stayed is a CI that the impact could have reached and did not take down, with
// the reason.
type stayed struct {
	CI    named  `json:"ci"`
	State string `json:"state"`
	Text  string `json:"text"`
}

// upShown is how many services that stay up a table explains.
const upShown = 5

const reachDocument = `query($ci: CIRef!, $direction: Direction!, $first: Int!, $after: String) {
  reach(ci: $ci, direction: $direction, first: $first, after: $after) { nodes { id ref name class tier } totalCount pageInfo { hasNextPage endCursor } } }`

// reached is a CI that depends on another, or that it depends on.
type reached struct {
	named
	Tier string `json:"tier"`
}

// business is the tier of what users and the business notice.
const business = "business"

// stillUp explains services that depend on what fails and do not get worse: the
// ones that a change manager would otherwise ask about. The first page of what is
// reached suffices for a selection.
func (c *client) stillUp(ctx context.Context, cis []named, q question, answer *assessment) ([]stayed, error) {
	hit := map[string]bool{}
	for _, s := range answer.Services {
		hit[s.CI.ID] = true
	}
	var ask []named
	for _, ci := range cis[:min(len(cis), upShown)] {
		var data struct {
			Reach page[reached]
		}
		vars := map[string]any{"ci": ci.input(), "direction": "CONSUMERS", "first": pageSize}
		if _, err := c.ask(ctx, reachDocument, vars, &data); err != nil {
			return nil, err
		}
		for _, r := range data.Reach.Nodes {
			if r.Tier == business && !hit[r.ID] && len(ask) < upShown {
				hit[r.ID] = true
				ask = append(ask, r.named)
			}
		}
	}
	return c.whyNot(ctx, q, ask)
}

// whyNot asks what keeps CIs from getting worse; those that do get worse are left
// out.
func (c *client) whyNot(ctx context.Context, q question, cis []named) ([]stayed, error) {
	if len(cis) == 0 {
		return nil, nil
	}
	params, fields := []string{"$scenario: ScenarioInput!, $window: WindowInput, $options: ImpactOptions"}, []string{}
	vars := map[string]any{"scenario": q.scenario, "window": q.window, "options": q.options}
	for i, ci := range cis {
		at := fmt.Sprintf("c%d", i)
		params, fields = append(params, "$"+at+": CIRef!"), append(fields, at+": whyNot(ci: $"+at+") { ci { id ref name class } state text }")
		vars[at] = ci.input()
	}
	var data struct{ Impact map[string]*stayed }
	if _, err := c.ask(ctx, "query("+strings.Join(params, ", ")+") { impact(scenario: $scenario, window: $window, options: $options) { "+strings.Join(fields, " ")+" } }", vars, &data); err != nil {
		return nil, err
	}
	var out []stayed
	for i := range cis {
		if s := data.Impact[fmt.Sprintf("c%d", i)]; s != nil {
			out = append(out, *s)
		}
	}
	slices.SortStableFunc(out, func(a, b stayed) int { return strings.Compare(a.CI.Ref, b.CI.Ref) })
	return out, nil
}
