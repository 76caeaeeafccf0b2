package cli

import "fmt"

// drawApproval prints who decides on a change, and who did.
func (a *app) drawApproval(x *changed) {
	p := x.Approval
	switch {
	case x.Type == "STANDARD":
		a.drawModel(x)
		return
	case p.Quorum == nil:
		return
	}
	a.title("%s of %s approvals", number(p.Approvals), number(*p.Quorum))
	for _, v := range p.Approvers {
		a.line("  %s", a.look.wrap(fmt.Sprintf("%s decides: %s", or(deref(v.Name), deref(v.Role)), v.Because), 4))
	}
	for _, v := range p.Votes {
		voter := v.Voter
		if v.OnBehalfOf != nil {
			voter += " for " + *v.OnBehalfOf
		}
		text := fmt.Sprintf("%s %s %s at %s", voter, map[bool]string{true: "approved", false: "rejected"}[v.Approved], deref(v.Assessment), a.clock(v.At))
		if v.Comment != nil {
			text += ": " + *v.Comment
		}
		if !v.Counts {
			text += " (counts no more)"
		}
		a.line("  %s", a.look.wrap(text, 4))
	}
}

// drawModel prints whether the model of a STANDARD change pre-authorises it, which is all
// the approval that it takes.
func (a *app) drawModel(x *changed) {
	if !x.Approval.Stale {
		a.title("Pre-authorised by its model")
		return
	}
	a.title("Not pre-authorised")
	for _, why := range x.Approval.StaleBecause {
		a.line("  %s", a.look.wrap(why, 2))
	}
}
