package change

import (
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/itsm"
)

// Delegation lets one person decide in place of another one for a while.
type Delegation struct {
	Number   string
	By       string      // whose decisions they are
	To       string      // who makes them
	Roles    []itsm.Role // that By had when it was made
	Teams    []string    // for whose CIs By could decide; nil: all
	Token    string      // By's token then, by which the roles are looked up again; "": they came without one
	From     time.Time
	Until    time.Time
	Reason   string
	Withdraw time.Time // when it was withdrawn; zero: it was not
}

// DelegationOf reads a delegation from its record.
func DelegationOf(r *itsm.Record) Delegation {
	d := Delegation{Number: r.Number, By: r.Text("delegator"), To: r.Text("delegate"), Teams: r.Teams(), Token: r.Text("token"), From: r.Time("from"), Until: r.Time("until"),
		Reason: r.Text("reason"), Withdraw: r.Time("withdrawn_at")}
	for _, name := range r.Texts("roles") {
		d.Roles = append(d.Roles, itsm.Role(name))
	}
	return d
}

// Holds says whether the delegate may decide now.
func (d Delegation) Holds(now time.Time) bool {
	return d.Withdraw.IsZero() && !now.Before(d.From) && now.Before(d.Until)
}

// longest is how long a delegation may hold: a leave, not a job.
const longest = 366 * 24 * time.Hour

// Make is the operations that keep a new delegation. It refuses what would delegate
// nothing, or to nobody else, or without an end in sight.
func (d Delegation) Make(who itsm.Actor, now time.Time) ([]graph.Operation, error) {
	bad := func(field, hint, format string, args ...any) ([]graph.Operation, error) {
		return nil, graph.Errorf(graph.Invalid, format, args...).At(-1, field).WithHint("%s", hint)
	}
	switch {
	case who.Service:
		return nil, graph.Errorf(graph.PermissionDenied, "%s is a program: it decides nothing, and has nothing to delegate", who.Name)
	case itsm.Blank(d.To) || len(d.To) > 200:
		return bad("to", "name the person as their token does", "who decides instead is not said, or longer than 200 bytes")
	case d.To == who.Name:
		return bad("to", "name somebody else", "%s cannot stand in for %s", d.To, who.Name)
	case !d.Until.After(d.From):
		return bad("until", "let it end after it begins", "from %s until %s is no time at all", stamp(d.From), stamp(d.Until))
	case !d.Until.After(now):
		return bad("until", "let it end in the future", "it would have ended at %s", stamp(d.Until))
	case d.Until.Sub(d.From) > longest:
		return bad("until", "delegate again when it ends", "it would hold for more than a year")
	}
	var roles []graph.Value
	for _, r := range who.Roles {
		roles = append(roles, graph.StringValue(string(r)))
	}
	values := map[string]graph.Value{"delegator": graph.StringValue(who.Name), "delegate": graph.StringValue(d.To), "roles": graph.ListValue(roles...),
		"from": graph.TimeValue(d.From), "until": graph.TimeValue(d.Until)}
	if who.Teams != nil {
		var teams []graph.Value
		for _, t := range who.Teams {
			teams = append(teams, graph.StringValue(t))
		}
		values["teams"] = graph.ListValue(teams...)
	}
	if who.Token != "" {
		values["token"] = graph.StringValue(who.Token)
	}
	if d.Reason != "" {
		values["reason"] = graph.StringValue(d.Reason)
	}
	none := int64(0)
	return []graph.Operation{graph.PutNode{Node: graph.NodeRef{Ref: itsm.RefOf(graph.DelegationClass, d.Number)}, Attributes: values, ExpectedVersion: &none}}, nil
}
