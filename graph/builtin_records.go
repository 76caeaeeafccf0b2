package graph

// The built-in classes of records and what their relations say. A record is a node
// that a room of the service keeps by its own verbs (Catalogue.Kept); stores know
// nothing of it.

// The classes of records.
const (
	SequenceClass   = "number_sequence"
	CommentClass    = "comment"
	TokenClass      = "api_token"
	ChangeClass     = "change"
	VoteClass       = "vote"
	AssessmentClass = "assessment"
	OutageClass     = "outage"
	WindowClass     = "change_window"
	PolicyClass     = "change_policy"
	ModelClass      = "change_model"
	ThresholdClass  = "change_thresholds"
	DelegationClass = "delegation"
	TaskClass       = "change_task"
)

// Facts are what relations of a type between a record and a CI, or another record,
// say. Types of one's own say nothing.
func Facts(relationType string) []AttributeDef {
	if relationType == "AFFECTS" {
		return affectsFacts
	}
	return nil
}

var affectsFacts = []AttributeDef{
	{Name: "effect", Type: EnumKind, Allowed: effectNames.names, Description: "What the record does to the CI."},
	{Name: "from", Type: TimeKind, Description: "From when; without it, as long as the record's window."},
	{Name: "until", Type: TimeKind, Description: "Until when, itself not included."},
	{Name: "mode", Type: EnumKind, Allowed: []string{"ASSERTED", "EXCLUDED"}, Description: "Whether somebody says that the CI is affected, or that it is not."},
	{Name: "reason", Type: StringKind, Description: "Why somebody says so."},
	{Name: "author", Type: StringKind, Description: "Who says so."},
	{Name: "expires", Type: TimeKind, Description: "Until when that holds."},
}

func builtinRecords() []Class {
	record := func(name, description string, attributes ...AttributeDef) Class {
		return Class{Name: name, Extends: recordClass, Tier: "record", Description: description, Attributes: attributes}
	}
	enum := func(name, description string, allowed ...string) AttributeDef {
		return AttributeDef{Name: name, Type: EnumKind, Allowed: allowed, Indexed: true, Description: description}
	}
	flag := func(name, description string) AttributeDef {
		return AttributeDef{Name: name, Type: BoolKind, Description: description}
	}
	document := func(name, description string) AttributeDef {
		return AttributeDef{Name: name, Type: DocumentKind, Description: description}
	}
	names := func(name, description string) AttributeDef {
		return AttributeDef{Name: name, Type: ListKind, Of: StringKind, Description: description}
	}
	return []Class{
		record(BaselineClass, "A configuration baseline: a revision of the graph with a name, to compare with.",
			whole("revision", "", "The revision that it names.")),
		record(SequenceClass, "The numbers that records of one prefix were given.",
			whole("last", "", "The last one.")),
		record(CommentClass, "What somebody said about a record.",
			indexedText("author", "Who said it."), instant("at", "When."), text("text", "What was said.")),
		record(TokenClass, "A token by which a program or a person shows who they are.",
			indexedText("principal", "Whose it is."), names("roles", "What its bearer may do."), flag("service", "Whether it is a program's."), text("source", "The only source that it may speak for."), names("teams", "Whose CIs its bearer may read in full and change; without it, all."),
			indexedText("digest", "SHA-256 of the token."), instant("created_at", "Since when."), instant("expires_at", "Until when; without it, for good."),
			instant("revoked_at", "When it was revoked.")),
		record(ChangeClass, "A request for change: what is to be done to which CIs, when, and who decided it.",
			enum("state", "Where it stands.", "NEW", "ASSESS", "AUTHORIZE", "SCHEDULED", "IMPLEMENT", "REVIEW", "CLOSED", "CANCELED"),
			enum("type", "How it is decided.", "STANDARD", "NORMAL", "EMERGENCY"),
			indexedText("requester", "Who wants it."), indexedText("implementer", "Who carries it out."), indexedText("model", "The change model that it follows."),
			instant("planned_start", "When it is planned to begin."), instant("planned_end", "When it is planned to end."),
			instant("actual_start", "When it began."), instant("actual_end", "When it ended."),
			text("implementation_plan", "How it is carried out."), text("backout_plan", "How it is undone."), text("test_plan", "How one sees that it worked."),
			document("patch", "What it changes in the graph."), flag("patch_applied", "Whether the graph has it."),
			AttributeDef{Name: "lasts", Type: BoolKind, Indexed: true, Description: "Whether it does something that goes on after its window: it removes a CI, or changes the graph."},
			whole("content_version", "", "Rises with each edit that voids decisions."), names("authors", "Who made an edit that voids decisions, since it was NEW."),
			names("carried_out_by", "Who began or finished it, or did a task of it."),
			text("assessed", "The number of its last assessment."),
			instant("stale_since", "Since when it breaks more than what was decided on."), names("stale_because", "What that is."),
			enum("closure_code", "How it went.", "SUCCESSFUL", "SUCCESSFUL_WITH_ISSUES", "UNSUCCESSFUL"),
			flag("backed_out", "Whether it was undone."), flag("outside_window", "Whether it was begun or ended outside its window."),
			text("reason", "Why it was rejected, canceled, or begun outside its window."), text("review", "What the post-implementation review says."), document("score", "What was predicted, against what was observed.")),
		record(VoteClass, "One person's decision on a change.",
			indexedText("voter", "Who decided."), text("on_behalf_of", "In whose place."), text("role", "As what."), enum("decision", "What was decided.", "APPROVED", "REJECTED"),
			text("assessment", "The assessment that was seen."), whole("content_version", "", "Of the change, when it was decided."),
			instant("at", "When."), text("comment", "Why.")),
		record(DelegationClass, "That one person decides in place of another one for a while.",
			indexedText("delegator", "Whose decisions they are."), indexedText("delegate", "Who makes them."), names("roles", "The roles that the delegator had."), names("teams", "For whose CIs the delegator could decide; without it, all."),
			text("token", "The delegator's token, by which the roles are looked up again."), instant("from", "From when."), instant("until", "Until when."),
			text("reason", "Why."), instant("withdrawn_at", "When it was withdrawn.")),
		record(TaskClass, "A piece of work of a change.",
			enum("state", "Where it stands.", "OPEN", "DONE", "SKIPPED"), indexedText("assignee", "Who does it."), instant("due", "Until when."),
			text("author", "Who asked for it."), text("closed_by", "Who closed it."), instant("closed_at", "When."), text("comment", "What became of it.")),
		record(AssessmentClass, "What a change was seen to break, sealed.",
			whole("revision", "", "Of the graph that was assessed."), whole("content_version", "", "Of the change that was assessed."),
			instant("at", "When."), text("by", "Who asked."), text("engine", "The version of the engine."), text("verdict", "It in one sentence."),
			document("scenario", "What was assessed: effects, window, context, thresholds."), document("result", "What was found."),
			text("seal", "SHA-256 over all of the above.")),
		record(OutageClass, "A CI that does not deliver, or less than it should.",
			indexedText("state", "Where it stands."), enum("effect", "What it does to the CI.", "OUTAGE", "DEGRADATION"), instant("from", "Since when."), instant("until", "Until when; without it, it is open."),
			indexedText("reporter", "Who says so.")),
		record(PolicyClass, "Who decides on changes of which an expression says so.",
			text("expression", "When it holds: CEL over what an assessment found."), names("approvers", "Who decides then."), whole("quorum", "approval", "How many approvals it takes."),
			flag("auto_approve", "Whether nobody needs to approve."), flag("withdrawn", "Whether it holds no more.")),
		record(ModelClass, "A kind of change that is approved in advance, as long as an expression holds.",
			text("expression", "When it holds: CEL over what an assessment found."), flag("withdrawn", "Whether it holds no more.")),
		record(ThresholdClass, "What counts as much where changes are assessed; what it does not say is as by default.",
			enum("criticality", "From which on a CI counts for conflicts and staleness.", "CRITICAL", "HIGH", "MEDIUM", "LOW"), whole("large_blast", "CI", "How many CIs DOWN make a change risky by number alone."),
			whole("mostly_well", "percent", "Of a model's changes, how many of 100 have to go well."), whole("often_well", "percent", "Less than so many of 100 is bad, not only worse."), whole("enough_alike", "change", "Of how many changes that is more than bad luck.")),
		record(WindowClass, "A time in which changes may be made, or may not.",
			indexedText("state", "Whether it holds."), enum("kind", "Whether changes may be made in it.", "MAINTENANCE", "BLACKOUT"),
			instant("starts", "When it begins for the first time."), AttributeDef{Name: "duration", Type: DurationKind, Description: "How long it lasts."},
			text("recurrence", "How it recurs: an RRULE of RFC 5545."), text("time_zone", "In whose local time it recurs."),
			enum("from_state", "From which state on a CI that a change takes counts.", stateNames[:]...),
			names("classes", "Classes that it is about."), names("owners", "Whose CIs it is about.")),
	}
}
