package change

import (
	"cmp"
	"slices"
	"strings"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/itsm"
)

// The verbs of a change, beside create and edit.
const (
	Submit          = "submit"
	AssessVerb      = "assess"
	RequestApproval = "request-approval"
	Approve         = "approve"
	Reject          = "reject"
	Start           = "start"
	Finish          = "finish"
	ReviewVerb      = "review"
	Cancel          = "cancel"
	CommentVerb     = "comment"
	TaskVerb        = "add a task to"
	CloseTaskVerb   = "close a task of"
)

// Facts are what the guards of a change look at, beside the change.
type Facts struct {
	Assessment *Sealed        // the last one; nil: there is none
	Stale      []string       // why it does not hold any more; none: it does
	Revision   graph.Revision // of the graph that it was looked at
	Votes      []Vote         // that count, without the one that is cast
	Cast       []Vote         // on the change as it is, those that do not count now, and may again, too
	Model      *Rule          // of a STANDARD change, as it holds now; nil: there is none of that name
	Found      string         // what a model was applied to, in words
	Gone       []string       // affected CIs that are retired
	For        string         // in whose place the actor decides, with whose roles; "": in their own
}

var requesters = []itsm.Role{itsm.ChangeRequester, itsm.ChangeManager}

// Discipline is how changes are kept (itsm.md, "Change: lifecycle").
var Discipline = itsm.Discipline{
	Class: graph.ChangeClass, Prefix: "CHG",
	States: []string{New, Assess, Authorize, Scheduled, Implement, Review, Closed, Canceled},
	Links:  []itsm.Link{{Type: Affects, Most: 5000}, {Type: BackedOutWith, Most: 100}},
	Voids:  []string{Affects, BackedOutWith, "planned_start", "planned_end", "patch", "implementation_plan", "backout_plan", "test_plan", "model", "type"},
	Required: map[string][]string{
		Assess: {"title", "planned_start", "planned_end"}, Authorize: {"title", "planned_start", "planned_end"}, Scheduled: {"title", "planned_start", "planned_end"},
		Review: {"closure_code", "actual_start", "actual_end"}, Closed: {"review"}, Canceled: {"reason"},
	},
	Moves: []itsm.Move{
		{Verb: itsm.Create, Roles: requesters},
		{Verb: itsm.Edit, From: []string{New, Assess, Authorize, Scheduled}, Roles: requesters, Guards: []itsm.Guard{{Name: "four-eyes", Test: undecided}}},
		{Verb: Submit, From: []string{New}, To: Assess, When: is(Normal), Roles: requesters, Guards: []itsm.Guard{{Name: "content", Test: hasContent}, {Name: "content", Test: alive}}},
		{Verb: Submit, From: []string{New}, To: Authorize, When: is(Emergency), Roles: requesters, Guards: []itsm.Guard{{Name: "content", Test: hasContent}, {Name: "content", Test: alive}}},
		{Verb: Submit, From: []string{New}, To: Scheduled, When: is(Standard), Roles: requesters, Guards: []itsm.Guard{{Name: "content", Test: hasContent}, {Name: "content", Test: alive}, {Name: "model", Test: preAuthorised}}},
		{Verb: AssessVerb, From: []string{New, Assess, Authorize, Scheduled}},
		{Verb: RequestApproval, From: []string{Assess}, To: Scheduled, When: automatic, Roles: requesters, Guards: []itsm.Guard{{Name: "plans", Test: hasPlans}, {Name: "assessment", Test: assessed}}},
		{Verb: RequestApproval, From: []string{Assess}, To: Authorize, Roles: requesters, Guards: []itsm.Guard{{Name: "plans", Test: hasPlans}, {Name: "assessment", Test: assessed}}},
		{Verb: RequestApproval, From: []string{Scheduled}, To: Authorize, Roles: requesters, Guards: []itsm.Guard{{Name: "approval", Test: unapproved}, {Name: "assessment", Test: assessed}}},
		{Verb: Approve, From: []string{Authorize}, To: Scheduled, When: quorum, Guards: approving},
		{Verb: Approve, From: []string{Authorize}, Guards: approving},
		{Verb: Reject, From: []string{Authorize}, To: New, Guards: []itsm.Guard{{Name: "four-eyes", Test: fourEyes}}},
		{Verb: Start, From: []string{Scheduled}, To: Implement, Roles: []itsm.Role{itsm.ChangeImplementer, itsm.ChangeManager}, Guards: []itsm.Guard{{Name: "content", Test: alive}, {Name: "approval", Test: approved}, {Name: "window", Test: inWindow}, {Name: "implementer", Test: implements}}},
		{Verb: Finish, From: []string{Implement}, To: Review, Roles: []itsm.Role{itsm.ChangeImplementer, itsm.ChangeManager}, Guards: []itsm.Guard{{Name: "four-eyes", Test: finishes}, {Name: "implementer", Test: implements}}},
		{Verb: ReviewVerb, From: []string{Review}, To: Closed, Roles: []itsm.Role{itsm.ChangeManager}, Guards: []itsm.Guard{{Name: "four-eyes", Test: reviews}}},
		{Verb: Cancel, From: []string{New, Assess, Authorize, Scheduled}, To: Canceled, Roles: requesters, Guards: []itsm.Guard{{Name: "reason", Test: hasReason}}},
		{Verb: TaskVerb, From: []string{New, Assess, Authorize, Scheduled, Implement}, Roles: []itsm.Role{itsm.ChangeRequester, itsm.ChangeManager, itsm.ChangeImplementer}},
		{Verb: CloseTaskVerb, From: []string{New, Assess, Authorize, Scheduled, Implement}, Guards: []itsm.Guard{{Name: "four-eyes", Test: doesTask}}},
		{Verb: CommentVerb, From: []string{New, Assess, Authorize, Scheduled, Implement, Review, Closed, Canceled}},
	},
	Clocks: []itsm.Clock{{Name: "decision", Runs: []string{Assess, Authorize}}},
}

var approving = []itsm.Guard{{Name: "four-eyes", Test: fourEyes}, {Name: "assessment", Test: namesTheAssessment}}

func is(typ string) func(itsm.Case) bool {
	return func(c itsm.Case) bool { return c.Record.Text("type") == typ }
}

func facts(c itsm.Case) Facts {
	f, _ := c.Facts.(Facts)
	return f
}

func hasContent(c itsm.Case) error { return Says(Of(c.Record)) }

// Says refuses a change that says nothing of what it does, or of when.
func Says(x *Change) error {
	switch {
	case len(x.Effects()) == 0 && x.Patch().IsZero():
		return itsm.Blocked("content", "it affects no CI and changes nothing in the graph").WithHint("name the CIs that it affects, or give a patch; an exclusion is no effect")
	case x.From.IsZero() || x.Until.IsZero():
		return graph.Errorf(graph.Invalid, "it has no planned window").At(-1, "planned_start").WithHint("say when it begins and ends: plannedStart and plannedEnd, or faultline change edit --from --until")
	}
	return nil
}

// alive refuses what is done to a CI that is not there any more.
func alive(c itsm.Case) error {
	if gone := facts(c).Gone; len(gone) > 0 {
		return itsm.Blocked("content", "it affects %s, which is retired", strings.Join(gone, ", ")).WithHint("withdraw that from the change, or restore it")
	}
	return nil
}

// preAuthorised refuses a STANDARD change whose model does not hold for what is found.
func preAuthorised(c itsm.Case) error {
	f := facts(c)
	switch {
	case c.Record.Text("model") == "":
		return itsm.Blocked("model", "it names no change model").WithHint("name the model that pre-authorises it, or make it a NORMAL change")
	case f.Model == nil:
		return itsm.Blocked("model", "there is no change model %q", graph.Clip(c.Record.Text("model"))).WithHint("changeModels lists them; or make it a NORMAL change")
	case !f.Model.Holds:
		says := f.Model.Expression
		if f.Model.Why != nil {
			says += " (" + *f.Model.Why + ")"
		}
		return itsm.Blocked("model", "the model %s, version %d, does not pre-authorise it: %s does not hold (%s)", f.Model.Name, f.Model.Version, says, f.Found).
			WithHint("make it a NORMAL change, or change what it affects")
	}
	return nil
}

func hasPlans(c itsm.Case) error {
	var missing []string
	for _, name := range []string{"implementation_plan", "backout_plan", "test_plan"} {
		if itsm.Blank(c.Record.Text(name)) {
			missing = append(missing, strings.ReplaceAll(name, "_", " "))
		}
	}
	if len(missing) > 0 {
		return itsm.Blocked("plans", "it has no %s", strings.Join(missing, " and no ")).WithHint("say how it is done, undone and tested; then assess it again")
	}
	return nil
}

// assessed refuses what was not assessed as it is now, on the graph as it is now.
func assessed(c itsm.Case) error {
	f := facts(c)
	switch x := Of(c.Record); {
	case f.Assessment == nil:
		return itsm.Blocked("assessment", "nobody has looked at what it breaks").WithHint("assess it first")
	case f.Assessment.Content != x.Content:
		return itsm.Blocked("assessment", "it was edited after its assessment %s", f.Assessment.Number).WithHint("assess it again")
	case len(f.Stale) > 0:
		return stale(f)
	}
	return nil
}

func stale(f Facts) error {
	e := graph.Errorf(graph.Stale, "the assessment %s does not hold any more: %s", f.Assessment.Number, strings.Join(f.Stale, "; ")).WithHint("assess it again and look at what changed")
	e.By, e.Current = []string{"stale"}, int64(f.Revision)
	return e
}

// namesTheAssessment refuses a vote that does not name the assessment that is decided
// on, which must be the last one and hold.
func namesTheAssessment(c itsm.Case) error {
	named := c.Input.Values["assessment"].Str()
	f := facts(c)
	switch {
	case named == "":
		return graph.Errorf(graph.Invalid, "it is not said which assessment was seen").At(-1, "assessmentId").WithHint("name the one that you looked at")
	case f.Assessment != nil && named != f.Assessment.Number:
		return itsm.Blocked("assessment", "the last assessment is %s, not %s", f.Assessment.Number, graph.Clip(named)).WithHint("look at the last one and decide on that")
	}
	return assessed(c)
}

// approved refuses to start what has no quorum on its content, or whose assessment does
// not hold any more.
func approved(c itsm.Case) error {
	f := facts(c)
	if c.Record.Text("type") == Standard {
		return preAuthorised(c)
	}
	if lacks := f.lacks(f.Votes); len(lacks) > 0 {
		return itsm.Blocked("approval", "%s", strings.Join(lacks, "; ")).WithHint("request approval again, and let others decide than who carries it out")
	} else if who := c.Actor.Name; len(f.lacks(without(f.Votes, who))) > 0 {
		return carriesOut(who, "somebody else begins it")
	}
	return assessed(c)
}

// undecided refuses to let somebody carry the change out who has decided on it.
func undecided(c itsm.Case) error {
	who := c.Input.Values["implementer"].Str()
	if _, voids := c.Input.Values["content_version"]; voids {
		return nil // then nobody has
	}
	if who != "" && decided(facts(c).Cast, who) {
		return carriesOut(who, "name somebody else; or edit it so that it is decided on anew")
	}
	return nil
}

// implements refuses who is neither to carry the change out nor a change manager.
func implements(c itsm.Case) error {
	x := Of(c.Record)
	if x.Implementer == "" || x.Implementer == c.Actor.Name || c.Actor.Has(itsm.ChangeManager) {
		return nil
	}
	return itsm.Blocked("implementer", "%s carries it out", x.Implementer).WithHint("let them or a change manager do it, or name another implementer")
}

// finishes refuses who decided on the change: to finish it is to carry it out.
func finishes(c itsm.Case) error {
	if who := c.Actor.Name; decided(facts(c).Cast, who) {
		return carriesOut(who, "who began it, or a change manager who did not decide, finishes it")
	}
	return nil
}

// doesTask refuses to let who decided on the change do a task of it; to skip one is no work.
func doesTask(c itsm.Case) error {
	who := c.Actor.Name
	if _, does := c.Input.Values["carried_out_by"]; does && decided(facts(c).Cast, who) {
		return carriesOut(who, "somebody else does it")
	}
	return nil
}

// carriesOut is the refusal to let somebody carry out what they decided on.
func carriesOut(who, hint string) error {
	return itsm.Blocked("four-eyes", "%s decided on it, and who decides does not carry it out", who).WithHint("%s", hint)
}

// unapproved refuses to ask again for what holds.
func unapproved(c itsm.Case) error {
	if c.Record.Text("type") == Standard {
		return itsm.Blocked("approval", "its model pre-authorises a STANDARD change, or it cannot begin").WithHint("make it a NORMAL change for people to decide on")
	}
	if f := facts(c); len(f.lacks(f.Votes)) == 0 && len(f.Stale) == 0 {
		return itsm.Blocked("approval", "it is approved, and that holds")
	}
	return nil
}

func hasReason(c itsm.Case) error {
	if itsm.Blank(c.Input.Values["reason"].Str()) {
		return graph.Errorf(graph.Invalid, "it is not said why").At(-1, "reason").WithHint("give a reason")
	}
	return nil
}

func inWindow(c itsm.Case) error {
	x := Of(c.Record)
	if x.Outside(c.Now, c.Now) && itsm.Blank(c.Input.Values["reason"].Str()) {
		return itsm.Blocked("window", "now is outside its window from %s until %s", stamp(x.From), stamp(x.Until)).WithHint("give a reason to begin it all the same; that is flagged")
	}
	return nil
}

// reviews refuses a review by who carried the change out. The review of an EMERGENCY
// change is its approval after the fact, too: then whoever may not approve may not
// review it either.
func reviews(c itsm.Case) error {
	x, who := Of(c.Record), c.Actor.Name
	refuse := func(format string, args ...any) error {
		return itsm.Blocked("four-eyes", format, args...).WithHint("somebody else reviews it")
	}
	switch {
	case who == x.Implementer || slices.Contains(x.CarriedOutBy, who):
		return refuse("%s carried it out", who)
	case x.Type != Emergency:
		return nil
	case c.Actor.Service:
		return refuse("the review approves an EMERGENCY change after the fact; %s is a program, and programs do not decide", who)
	case who == x.Requester:
		return refuse("the review approves an EMERGENCY change after the fact, and %s asked for it", who)
	case slices.Contains(x.Authors, who):
		return refuse("the review approves an EMERGENCY change after the fact, and %s edited it", who)
	}
	return nil
}

// fourEyes refuses a vote of who asked for the change, edited it, carries it out, is a
// program, has voted already or is no approver; of a vote in somebody's place, both must
// pass, and it takes the other's role.
func fourEyes(c itsm.Case) error {
	x, f, who := Of(c.Record), facts(c), c.Actor.Name
	refuse := func(format string, args ...any) error {
		return itsm.Blocked("four-eyes", format, args...).WithHint("another approver decides")
	}
	if c.Actor.Service {
		return refuse("%s is a program, and programs do not decide", who)
	}
	right := who
	if f.For != "" {
		right = f.For
	}
	for _, person := range slices.Compact([]string{who, right}) {
		switch {
		case person == x.Requester:
			return refuse("%s asked for it", person)
		case slices.Contains(x.Authors, person):
			return refuse("%s edited it", person)
		case person == x.Implementer:
			return refuse("%s carries it out", person)
		case slices.Contains(x.CarriedOutBy, person):
			return refuse("%s has done a part of it", person)
		case slices.ContainsFunc(f.Votes, func(v Vote) bool { return v.by(person) && f.Assessment != nil && v.Assessment == f.Assessment.Number }):
			return refuse("%s has decided already", person) // on an earlier one, policies may have asked for others
		}
	}
	if f.Assessment == nil {
		// to approve it, the next guard refuses
		return cmp.Or(c.Actor.Must("decide on it", itsm.CABApprover), ofItsTeams(c.Actor, nil))
	}
	_, err := f.As(c.Actor)
	return err
}

// As are as which of the approvers somebody decides; see capacities.
func (f Facts) As(who itsm.Actor) ([]string, error) {
	right := who.Name
	if f.For != "" {
		right = f.For
	}
	return capacities(who, right, f.Assessment.Result.Approvers)
}

// lacks says what approvals are missing, given the votes; without an assessment nobody
// knows.
func (f Facts) lacks(votes []Vote) []string {
	if f.Assessment == nil {
		return []string{"nobody has looked at what it breaks"}
	}
	return f.Assessment.Result.Lacks(votes)
}

// automatic says whether a policy lets the change pass without anybody's approval.
func automatic(c itsm.Case) bool {
	f := facts(c)
	return f.Assessment != nil && f.Assessment.Result.Quorum == 0
}

// quorum says whether the approval that is given suffices, with those that are there.
func quorum(c itsm.Case) bool {
	f := facts(c)
	if f.Assessment == nil {
		return false
	}
	as, err := f.As(c.Actor)
	others := without(f.Votes, c.Actor.Name)
	if f.For != "" {
		others = without(others, f.For)
	}
	return err == nil && len(f.lacks(append(others, Vote{Voter: c.Actor.Name, For: f.For, Approved: true, As: as}))) == 0
}
