package change

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/itsm"
)

// Result is what a change was found to break. It is stored and sealed, so its CIs are
// named as they were then.
type Result struct {
	Verdict    string          `json:"verdict"`
	Complete   bool            `json:"complete"`
	Counts     Counts          `json:"counts"`
	Services   []ServiceImpact `json:"services"` // during the window, the worst first, then by ref; the first 250
	After      []ServiceImpact `json:"after"`    // what its patch leaves behind, from the window's end on
	Conflicts  []Conflict      `json:"conflicts"`
	Hit        []Hit           `json:"hit"` // CIs that get DEGRADED or DOWN, the worst and nearest first; the first 1,000
	Risk       Risk            `json:"risk"`
	Approvers  []Approver      `json:"approvers"`
	Quorum     int             `json:"quorum"`
	Demands    []Demand        `json:"demands,omitempty"` // of the policies that hold, beside the quorum
	Margin     int             `json:"margin"`            // the least slack of a service that it hits, at most -1 where one gets DEGRADED or DOWN; 99 where none is redundant
	Slack      *int            `json:"slack,omitempty"`   // the least slack alone; nil where an earlier version assessed
	Rules      []Rule          `json:"rules"`             // the policies, as they were applied
	Model      *Rule           `json:"model,omitempty"`   // of a STANDARD change
	Audience   []Contact       `json:"audience"`          // who notices
	BlindSpots int             `json:"blindSpots"`
	Unknown    []string        `json:"unknown,omitempty"`     // the blind spots in words; the first 50
	Assumed    []string        `json:"assumptions,omitempty"` // what is taken for granted, in words; the first 50
	Unproven   int             `json:"possibleOnly"`          // CIs that get worse only if all that is recorded counts
	Gone       []string        `json:"gone,omitempty"`        // affected CIs that are retired, so that nothing is known of what happens to them
	Missing    []string        `json:"notAssessed"`           // what was not looked at, in words
}

// Counts are how many CIs get worse.
type Counts struct {
	Down     int `json:"down"`
	Degraded int `json:"degraded"`
	AtRisk   int `json:"atRisk"`
}

// Named is a CI as it was called.
type Named struct {
	ID    string `json:"id"` // global; "" of what only a patch makes: it has none yet
	Ref   string `json:"ref"`
	Class string `json:"class"`

	at graph.ID
}

// key is what tells CIs of one answer apart.
func (n *Named) key() string { return cmp.Or(n.ID, n.Ref) }

// byName finds what one answer says of the CIs of another one: by id, and by ref what only
// a patch was to make in one of them, and had no id yet.
type byName[T any] struct{ ids, refs, fresh map[string]T }

func (b *byName[T]) set(n Named, is T) {
	if b.ids == nil {
		b.ids, b.refs, b.fresh = map[string]T{}, map[string]T{}, map[string]T{}
	}
	if b.refs[n.Ref] = is; n.ID == "" {
		b.fresh[n.Ref] = is
	} else {
		b.ids[n.ID] = is
	}
}

func (b *byName[T]) get(n Named) (is T, ok bool) {
	if n.ID == "" {
		is, ok = b.refs[n.Ref]
		return is, ok
	}
	if is, ok = b.ids[n.ID]; !ok {
		is, ok = b.fresh[n.Ref]
	}
	return is, ok
}

// Named are the CIs that a result names, by themselves and in its texts.
func (r *Result) Named() (out []Named) {
	for _, list := range [][]ServiceImpact{r.Services, r.After} {
		for _, s := range list {
			out = append(out, s.CI)
		}
	}
	for _, h := range r.Hit {
		out = append(out, h.Named)
	}
	for _, c := range r.Conflicts {
		if c.CI != nil {
			out = append(out, *c.CI)
		}
	}
	return out
}

// Hit is a CI that gets DEGRADED or DOWN.
type Hit struct {
	Named
	Via string `json:"via"` // the type of the relation that passed it on, "redundancy", or "" for what the change itself does

	// Of a CI that counts for staleness, and no others.
	Criticality *string     `json:"criticality,omitempty"`
	To          graph.State `json:"to,omitempty"`
}

// ServiceImpact is a service that changes its state.
type ServiceImpact struct {
	CI          Named       `json:"ci"`
	Criticality *string     `json:"criticality,omitempty"`
	From        graph.State `json:"from"`
	To          graph.State `json:"to"`
	Certain     graph.State `json:"certain"`
	Possible    graph.State `json:"possible"`
	Minutes     Minutes     `json:"minutes"` // worse than without the change
	Because     string      `json:"because,omitempty"`
	Timeline    []Interval  `json:"timeline,omitempty"`
}

// Minutes are how long a service is in each state because of the change; -1: without
// end.
type Minutes struct {
	Down     int `json:"down"`
	Degraded int `json:"degraded"`
	AtRisk   int `json:"atRisk"`
}

// worse is how long the service is DOWN or DEGRADED, as rules see it: without end it is
// longer than any bound.
func (m Minutes) worse() int {
	if m.Down < 0 || m.Degraded < 0 {
		return math.MaxInt32
	}
	return m.Down + m.Degraded
}

// minutesIn is how many minutes an interval has, one that has begun included. It counts
// in seconds, as a time.Duration ends at 292 years.
func minutesIn(from, until time.Time) int {
	seconds := until.Unix() - from.Unix()
	if until.Nanosecond() > from.Nanosecond() {
		seconds++
	}
	return int((seconds + 59) / 60)
}

// Interval is a part of a service's time.
type Interval struct {
	From     time.Time   `json:"from"`
	Until    *time.Time  `json:"until,omitempty"`
	State    graph.State `json:"state"`
	Baseline graph.State `json:"baseline"`
}

// Contact is who is told.
type Contact struct {
	Name     string `json:"name"`
	Services int    `json:"services"`
}

// Approver is who decides, and why.
type Approver struct {
	Name    string `json:"name,omitempty"` // a person or team, or
	Role    string `json:"role,omitempty"` // whoever has the role
	Because string `json:"because"`
	Policy  string `json:"policy,omitempty"` // that names them; "": they answer for a service, or no policy holds
}

// Demand is how many approvals a policy asks for, of those whom it names.
type Demand struct {
	Policy string `json:"policy"`
	Quorum int    `json:"quorum"`
}

// Sealed is an assessment as it is stored: what was assessed, on which graph, what was
// found, and a seal over all of it.
type Sealed struct {
	Number   string
	Change   string // the change's number
	Content  int64  // its content version then
	Revision graph.Revision
	At       time.Time
	By       string
	Engine   string
	Scenario Scenario
	Result   Result
	Seal     string
}

// Scenario is what was assessed, so that anybody can assess it again.
type Scenario struct {
	From       time.Time  `json:"from"`
	Until      time.Time  `json:"until"`
	Effects    []Effect   `json:"effects"`
	Excluded   []string   `json:"excluded,omitempty"`
	Patched    bool       `json:"patched,omitempty"`
	Context    []Party    `json:"context"`  // that holds anyway
	Compared   []Party    `json:"compared"` // other changes that it was compared with
	Thresholds Thresholds `json:"thresholds"`
}

// Effect is one effect, named.
type Effect struct {
	CI    string           `json:"ci"`
	Kind  graph.EffectKind `json:"kind"`
	From  time.Time        `json:"from"`
	Until *time.Time       `json:"until,omitempty"`
}

// Party is another record, in the version that was looked at.
type Party struct {
	Number  string `json:"number"`
	State   string `json:"state,omitempty"`
	Content int64  `json:"content,omitempty"`
}

// seal is the SHA-256 over all that was assessed and found, in hexadecimal.
func (s *Sealed) seal() string {
	form := *s
	form.Seal, form.Number = "", ""
	b, err := json.Marshal(form)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Intact says whether the seal fits.
func (s *Sealed) Intact() bool { return s.Seal == s.seal() }

// Close seals it.
func (s *Sealed) Close() { s.Seal = s.seal() }

// Values are what an assessment's node says.
func (s *Sealed) Values() (map[string]graph.Value, error) {
	scenario, err := graph.DocumentValue(s.Scenario)
	if err != nil {
		return nil, err
	}
	result, err := graph.DocumentValue(s.Result)
	if err != nil {
		return nil, err
	}
	return map[string]graph.Value{"revision": graph.IntValue(int64(s.Revision)), "content_version": graph.IntValue(s.Content), "at": graph.TimeValue(s.At),
		"by": graph.StringValue(s.By), "engine": graph.StringValue(s.Engine), "verdict": graph.StringValue(s.Result.Verdict),
		"scenario": scenario, "result": result, "seal": graph.StringValue(s.Seal)}, nil
}

// SealedOf reads an assessment of a change from its record. It fails with Internal where
// it was tampered with.
func SealedOf(r *itsm.Record, change string) (*Sealed, error) {
	s := &Sealed{Number: r.Number, Change: change, Content: r.Values["content_version"].Int(), Revision: graph.Revision(r.Values["revision"].Int()),
		At: r.Time("at"), By: r.Text("by"), Engine: r.Text("engine"), Seal: r.Text("seal")}
	if !r.Values["scenario"].Document(&s.Scenario) || !r.Values["result"].Document(&s.Result) || !s.Intact() {
		return nil, graph.Errorf(graph.Internal, "the seal of the assessment %s is broken", r.Number).WithHint("somebody wrote behind the service's back: run faultline check")
	}
	return s, nil
}
