package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/faultline-itsm/faultline/internal/demo"
	"github.com/faultline-itsm/faultline/internal/server"
)

// visitors are who the demo makes tokens for.
type visitors struct{ requester, approver string }

// mutate sends a mutation of the demo, which nothing may refuse.
func (c *client) mutate(ctx context.Context, mutation, typ string, input map[string]any, fields string) (map[string]any, error) {
	var data map[string]map[string]any
	if _, err := c.ask(ctx, `mutation($input: `+typ+`!) { `+mutation+`(input: $input) { `+fields+` errors { message } } }`, map[string]any{"input": input}, &data); err != nil {
		return nil, err
	}
	if refused, _ := data[mutation]["errors"].([]any); len(refused) > 0 {
		return nil, failf("the demo's %s is refused: %v", mutation, refused).hinted("report this")
	}
	return data[mutation], nil
}

// welcome makes a token of the demo.
func (c *client) welcome(ctx context.Context, name string, roles ...string) (string, error) {
	made, err := c.mutate(ctx, "createToken", "CreateTokenInput", map[string]any{"principal": name, "roles": roles}, "secret")
	if err != nil {
		return "", err
	}
	secret, _ := made["secret"].(string)
	return secret, nil
}

// planDemo puts a change before an approver: safe by itself, it takes a service down
// together with another one of the same night, after which a freeze begins.
func (a *app) planDemo(ctx context.Context, c *client) (v visitors, number string, err error) {
	cis, err := c.resolve(ctx, demo.Question, demo.Blade, demo.Spared)
	if err != nil {
		return v, "", err
	}
	if v.requester, err = c.welcome(ctx, "ada", "CHANGE_REQUESTER", "CHANGE_IMPLEMENTER"); err != nil {
		return v, "", err
	}
	if v.approver, err = c.welcome(ctx, "cleo", "CAB_APPROVER"); err != nil {
		return v, "", err
	}
	night := a.Clock().UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
	at := func(hours int) string { return night.Add(time.Duration(hours) * time.Hour).Format(time.RFC3339) }
	if _, err := c.mutate(ctx, "createChangeWindow", "CreateChangeWindowInput", map[string]any{"kind": "BLACKOUT", "title": "month end", "starts": at(25), "duration": "PT6H", "cis": []any{cis[2].input()}, "fromState": "AT_RISK"}, "window { number }"); err != nil {
		return v, "", err
	}
	plans := map[string]any{"implementationPlan": "as in the runbook", "backoutPlan": "back to what was there", "testPlan": "the shop's health page"}
	request := func(title, effect, from, until string, ci named) map[string]any {
		in := map[string]any{"title": title, "affects": []any{map[string]any{"ci": ci.input(), "effect": effect}}, "plannedStart": from, "plannedEnd": until}
		for k, t := range plans {
			in[k] = t
		}
		return in
	}
	other, err := c.does(ctx, "createChange", "CreateChangeInput", request("Replace the storage of region DO-NYC1", "OUTAGE", at(21), at(25), cis[0]), "number")
	if err != nil {
		return v, "", err
	}
	if _, err := c.does(ctx, "submitChange", "ChangeVerbInput", map[string]any{"change": other.Change.Number}, "number"); err != nil {
		return v, "", err
	}
	c.token = server.Token(v.requester)
	defer func() { c.token = "" }()
	mine, err := c.does(ctx, "createChange", "CreateChangeInput", request("Update the firmware of a blade", "RESTART", at(22), at(23), cis[1]), "number")
	if err != nil {
		return v, "", err
	}
	for _, verb := range []string{"submitChange", "assessChange", "requestChangeApproval"} {
		if _, err := c.does(ctx, verb, "ChangeVerbInput", map[string]any{"change": mine.Change.Number}, "number"); err != nil {
			return v, "", err
		}
	}
	return v, mine.Change.Number, nil
}

// showChange tells of the change that waits: what it breaks, with what it collides, when
// it could be made.
func (a *app) showChange(ctx context.Context, c *client, number string) error {
	x, _, err := c.changeOf(ctx, number)
	if err != nil {
		return err
	}
	a.title("A change waits for approval")
	a.line("")
	a.drawHead(x)
	a.drawSealed(x)
	var data struct{ SafeSlots safeSlots }
	if _, err := c.ask(ctx, `query($change: ID!, $earliest: Time) { safeSlots(change: $change, earliest: $earliest) { revision slots { from until } blocked { from until kind text } complete } }`,
		map[string]any{"change": number, "earliest": x.PlannedStart.Format(time.RFC3339)}, &data); err != nil {
		return err
	}
	a.title("When it could be made instead")
	s := data.SafeSlots
	for _, b := range s.Blocked {
		a.line("  %s  %s", a.look.paint(dim, a.between(&b.From, &b.Until)), a.look.wrap(b.Kind+"  "+b.Text, 4))
	}
	for k, f := range s.Slots {
		if k == 1 {
			break
		}
		a.line("  %s  free", a.look.paint(bold, a.between(&f.From, &f.Until)))
	}
	return nil
}

// inviteToDecide says how one decides on it.
func (a *app) inviteToDecide(url, number string, v visitors) {
	a.title("Decide on it: what one asks for, one cannot approve")
	a.line("  %s=%s %s --server %s change show %s", envToken, v.requester, program, url, number)
	a.line("  %s=%s %s --server %s change approve %s --assessment %s.A1", envToken, v.approver, program, url, number, number)
	a.line("  %s", a.look.paint(dim, fmt.Sprintf("the first is ada's token, who asked for it; the second cleo's, who may approve. It takes two: %s --server %s token create dora --role cab-approver", program, url)))
}
