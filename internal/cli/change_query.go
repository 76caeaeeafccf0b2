package cli

import (
	"context"
	"fmt"
	"time"
)

// changeRow is a request for change, as lists tell it.
type changeRow struct {
	Number       string     `json:"number"`
	Type         string     `json:"type"`
	State        string     `json:"state"`
	Title        string     `json:"title"`
	Requester    string     `json:"requester"`
	Implementer  *string    `json:"implementer"`
	PlannedStart *time.Time `json:"plannedStart"`
	PlannedEnd   *time.Time `json:"plannedEnd"`
}

const changeRowFields = `number type state title requester implementer plannedStart plannedEnd`

// changed is a request for change, all of it.
type changed struct {
	changeRow
	ID                 string          `json:"id"`
	Description        *string         `json:"description"`
	Authors            []string        `json:"authors"`
	Version            int             `json:"version"`
	ContentVersion     int             `json:"contentVersion"`
	ActualStart        *time.Time      `json:"actualStart"`
	ActualEnd          *time.Time      `json:"actualEnd"`
	ImplementationPlan *string         `json:"implementationPlan"`
	BackoutPlan        *string         `json:"backoutPlan"`
	TestPlan           *string         `json:"testPlan"`
	Patch              any             `json:"patch"`
	PatchApplied       bool            `json:"patchApplied"`
	ClosureCode        *string         `json:"closureCode"`
	BackedOut          bool            `json:"backedOut"`
	OutsideWindow      bool            `json:"outsideWindow"`
	Reason             *string         `json:"reason"`
	Review             *string         `json:"review"`
	ReviewScore        *reviewScore    `json:"reviewScore"`
	Affects            []affected      `json:"affects"`
	BackoutNeeds       []named         `json:"backoutNeeds"`
	Approval           approval        `json:"approval"`
	Clocks             []recordClock   `json:"clocks"`
	StaleSince         *time.Time      `json:"staleSince"`
	StaleBecause       []string        `json:"staleBecause"`
	Comments           []recordComment `json:"comments"`
	Tasks              []changeTask    `json:"tasks"`
	Assessment         *sealed         `json:"assessment"`
	Assessments        []sealedInShort `json:"assessments"`
}

// recordClock is how long a record was in some of its states.
type recordClock struct {
	Name    string `json:"name"`
	Elapsed string `json:"elapsed"` // ISO 8601
	Running bool   `json:"running"`
}

// reviewScore is what was predicted against what was observed.
type reviewScore struct {
	Assessment string      `json:"assessment"`
	Services   predicted   `json:"services"`
	CIs        predicted   `json:"cis"`
	Classes    []predicted `json:"classes"`
	Relations  []predicted `json:"relations"`
	Missed     []struct {
		CI   named  `json:"ci"`
		Text string `json:"text"`
	} `json:"missed"`
	Unseen     []string `json:"unseen"`
	Deviations []string `json:"deviations"`
}

// trackRecord is what the reviews of closed changes found together.
type trackRecord struct {
	Reviews   int         `json:"reviews"`
	Services  predicted   `json:"services"`
	CIs       predicted   `json:"cis"`
	Classes   []predicted `json:"classes"`
	Relations []predicted `json:"relations"`
}

const trackRecordFields = `{ reviews services { ` + predictedFields + ` } cis { ` + predictedFields + ` } classes { name ` + predictedFields + ` } relations { name ` + predictedFields + ` } }`

type predicted struct {
	Name      string   `json:"name,omitempty"`
	Predicted int      `json:"predicted"`
	Observed  int      `json:"observed"`
	Both      int      `json:"both"`
	Precision *float64 `json:"precision"`
	Recall    *float64 `json:"recall"`
}

const predictedFields = `predicted observed both precision recall`

type affected struct {
	CI       named      `json:"ci"`
	Effect   *string    `json:"effect"`
	From     *time.Time `json:"from"`
	Until    *time.Time `json:"until"`
	Excluded bool       `json:"excluded"`
	Reason   *string    `json:"reason"`
	Author   *string    `json:"author"`
	Expires  *time.Time `json:"expires"`
}

type approval struct {
	Quorum    *int       `json:"quorum"`
	Approvals int        `json:"approvals"`
	Approvers []approver `json:"approvers"`
	Votes     []struct {
		Voter      string    `json:"voter"`
		OnBehalfOf *string   `json:"onBehalfOf"`
		Approved   bool      `json:"approved"`
		Assessment *string   `json:"assessment"`
		Counts     bool      `json:"counts"`
		At         time.Time `json:"at"`
		Comment    *string   `json:"comment"`
	} `json:"votes"`
	Stale        bool     `json:"stale"`
	Missing      []string `json:"missing"`
	StaleBecause []string `json:"staleBecause"`
	ConfirmedAt  string   `json:"confirmedAt"`
}

type approver struct {
	Name    *string `json:"name"`
	Role    *string `json:"role"`
	Because string  `json:"because"`
}

type recordComment struct {
	Author string    `json:"author"`
	At     time.Time `json:"at"`
	Text   string    `json:"text"`
}

type sealedInShort struct {
	Number  string    `json:"number"`
	At      time.Time `json:"at"`
	By      string    `json:"by"`
	Verdict string    `json:"verdict"`
}

// sealed is what a change was found to break.
type sealed struct {
	Number         string    `json:"assessmentId"`
	Revision       string    `json:"revision"`
	ContentVersion int       `json:"contentVersion"`
	At             time.Time `json:"at"`
	By             string    `json:"by"`
	Engine         string    `json:"engine"`
	Verdict        string    `json:"verdict"`
	Complete       bool      `json:"complete"`
	Counts         struct {
		Down     int `json:"down"`
		Degraded int `json:"degraded"`
		AtRisk   int `json:"atRisk"`
	} `json:"counts"`
	Services  []sealedService `json:"services"`
	After     []sealedService `json:"after"`
	Conflicts []conflict      `json:"conflicts"`
	Risk      risk            `json:"risk"`
	Approvers []approver      `json:"approvers"`
	Quorum    int             `json:"quorum"`
	Margin    int             `json:"margin"`
	Rules     []appliedRule   `json:"rules"`
	Model     *appliedRule    `json:"model"`
	Audience  []struct {
		Name     string `json:"name"`
		Services int    `json:"services"`
	} `json:"audience"`
	BlindSpots   int         `json:"blindSpots"`
	PossibleOnly int         `json:"possibleOnly"`
	NotAssessed  []string    `json:"notAssessed"`
	Unknown      []string    `json:"unknown"`
	Assumptions  []string    `json:"assumptions"`
	TrackRecord  trackRecord `json:"trackRecord"`
	Scenario     any         `json:"scenario"`
	Seal         string      `json:"seal"`
}

// appliedRule is a policy or model as it was applied.
type appliedRule struct {
	Name       string  `json:"name"`
	Version    int     `json:"version"`
	Expression string  `json:"expression"`
	Holds      bool    `json:"holds"`
	Why        *string `json:"why"`
}

type sealedService struct {
	CI          sealedCI   `json:"ci"`
	Criticality *string    `json:"criticality"`
	From        string     `json:"from"`
	To          string     `json:"to"`
	Certain     string     `json:"certain"`
	Possible    string     `json:"possible"`
	Minutes     minutes    `json:"minutes"`
	Timeline    []interval `json:"timeline"`
}

type sealedCI struct {
	ID    string `json:"id"`
	Ref   string `json:"ref"`
	Class string `json:"class"`
}

type minutes struct {
	Down     int `json:"down"`
	Degraded int `json:"degraded"`
	AtRisk   int `json:"atRisk"`
}

type conflict struct {
	Kind        string     `json:"kind"`
	CI          *sealedCI  `json:"ci"`
	Requirement *string    `json:"requirement"`
	State       *string    `json:"state"`
	From        *time.Time `json:"from"`
	Until       *time.Time `json:"until"`
	Changes     []string   `json:"changes"`
	Text        string     `json:"text"`
}

type risk struct {
	Level   string `json:"level"`
	Factors []struct {
		Kind      string   `json:"kind"`
		Level     string   `json:"level"`
		Value     string   `json:"value"`
		Threshold string   `json:"threshold"`
		Evidence  []string `json:"evidence"`
		Lowers    *string  `json:"lowers"`
	} `json:"factors"`
}

const sealedServiceFields = `{ ci { id ref class } criticality from to certain possible minutes { down degraded atRisk } timeline { from until state baseline } }`

const sealedFields = `{ assessmentId: number revision contentVersion at by engine verdict complete counts { down degraded atRisk } services ` + sealedServiceFields + ` after ` + sealedServiceFields + `
  conflicts { kind ci { id ref class } requirement state from until changes text } risk { level factors { kind level value threshold evidence lowers } }
  approvers { name role because } quorum margin rules { name version expression holds why } model { name version expression holds why } audience { name services } blindSpots possibleOnly notAssessed unknown assumptions trackRecord ` + trackRecordFields + ` scenario seal }`

const changeFields = changeRowFields + ` id description authors version contentVersion actualStart actualEnd implementationPlan backoutPlan testPlan patch patchApplied closureCode backedOut outsideWindow reason review staleSince staleBecause
  reviewScore { assessment services { ` + predictedFields + ` } cis { ` + predictedFields + ` } classes { name ` + predictedFields + ` } relations { name ` + predictedFields + ` }
    missed { ci { id ref class } text } unseen deviations }
  affects { ci { id ref name class } effect from until excluded reason author expires } backoutNeeds { id ref name class }
  approval { quorum approvals missing approvers { name role because } votes { voter onBehalfOf approved assessment counts at comment } stale staleBecause confirmedAt }
  clocks { name elapsed running } comments { author at text } tasks ` + changeTaskFields + ` assessments { number at by verdict } assessment ` + sealedFields

// changeOf is a change by its number or id.
func (c *client) changeOf(ctx context.Context, number string) (*changed, string, error) {
	var data struct{ Change *changed }
	at, err := c.ask(ctx, `query($id: ID!) { change(id: $id) { `+changeFields+` } }`, map[string]any{"id": number}, &data)
	if err == nil && data.Change == nil {
		err = noChange(number)
	}
	return data.Change, at, err
}

func noChange(number string) error {
	return (&failure{code: exitError, kind: "NOT_FOUND", message: fmt.Sprintf("there is no change %q", number)}).hinted("faultline change list")
}

// changePayload is what became of a change.
type changePayload struct {
	Revision string
	Change   *changed
	Errors   []refused
}

// refused is one thing that was refused.
type refused struct {
	Message string
	Code    string
	Path    []string
}

func (r refused) failure() error {
	return &failure{code: exitOf(r.Code), kind: r.Code, message: r.Message}
}

// does sends one verb about a change; fields are what is told of the change after it.
func (c *client) does(ctx context.Context, mutation, typ string, input map[string]any, fields string) (*changePayload, error) {
	var data map[string]*changePayload
	if _, err := c.ask(ctx, `mutation($input: `+typ+`!) { `+mutation+`(input: $input) { revision change { `+fields+` } errors { message code path } } }`, map[string]any{"input": input}, &data); err != nil {
		return nil, err
	}
	p := data[mutation]
	if len(p.Errors) > 0 {
		return nil, p.Errors[0].failure()
	}
	return p, nil
}
