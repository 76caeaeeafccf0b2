package resolvers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/internal/itsm"
	"github.com/faultline-itsm/faultline/internal/neo4jtest"
	"github.com/faultline-itsm/faultline/internal/store/neo4j"
	"github.com/faultline-itsm/faultline/resolvers"
)

// TestWorkflows runs changes through random verbs by random people at once, while
// spares come and go, and then reads the records: nobody decided on what was their own,
// no vote is lost or counted twice, and none was given on an assessment that did not
// hold. WORKFLOWS says how many changes; each sees about fifteen verbs.
func TestWorkflows(t *testing.T) {
	t.Parallel()
	workflows(t, open(t, nil), howMany(t, 150))
}

func TestWorkflowsOnNeo4j(t *testing.T) {
	var databases neo4jtest.Databases
	st, err := neo4j.Open(t.Context(), databases.Empty(t))
	must(t, err)
	workflows(t, over(t, st), min(howMany(t, 10), 1000))
}

func howMany(t *testing.T, n int) int {
	if text := os.Getenv("WORKFLOWS"); text != "" {
		var err error
		n, err = strconv.Atoi(text)
		must(t, err)
	}
	return n
}

// ballot is a vote that was acknowledged.
type ballot struct {
	change, voter, place, assessment string
	revision                         int
}

// spares is how many of the service's other servers live, from a revision on.
type spares struct{ revision, living int }

type flow struct {
	bench
	t    *testing.T
	turn atomic.Int64

	scheduled, started atomic.Int64
	mu                 sync.Mutex

	ballots []ballot
	history []spares
	living  map[string]bool
}

// people may do all; program is a token of a service.
var people = []string{"ada", "bea", "cleo", "dora", "emil", "fay"}

func actor(name string) *itsm.Actor {
	return &itsm.Actor{Name: name, Service: name == "program", Roles: []itsm.Role{itsm.ChangeRequester, itsm.CABApprover, itsm.ChangeImplementer, itsm.ChangeManager, itsm.ConfigManager}}
}

// do sends a mutation as somebody; its payload, or nil where it was refused.
func (f *flow) do(who, query string) map[string]any {
	resp := f.Execute(context.Background(), resolvers.Request{Query: "mutation { r: " + query + " }", Principal: actor(who)})
	var data struct{ R map[string]any }
	if len(resp.Errors) > 0 || json.Unmarshal(resp.Data, &data) != nil {
		f.t.Errorf("%s: %v", query, resp.Errors)
		return nil
	}
	if refused, _ := data.R["errors"].([]any); len(refused) > 0 {
		return nil
	}
	return data.R
}

func revisionOf(payload map[string]any) int {
	text, _ := payload["revision"].(string)
	n, _ := strconv.Atoi(text)
	return n
}

func workflows(t *testing.T, b bench, n int) {
	f := &flow{bench: b, t: t, living: map[string]bool{"b": true, "c": true}}
	start := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	b.time.Store(&start)
	f.do("ada", `upsertCIs(input: {items: [{ci: {ref: "business_service:shop"}, attributes: {business_criticality: "HIGH"}}, {ci: {ref: "server:a"}}, {ci: {ref: "server:b"}}, {ci: {ref: "server:c"}}]}) { errors { message } }`)
	f.do("ada", `upsertRequirements(input: {items: [{of: {ref: "business_service:shop"}, name: "q", rule: ANY, spareRequired: 0}]}) { errors { message } }`)
	for _, s := range []string{"a", "b", "c"} {
		f.do("ada", `upsertRelations(input: {items: [{from: {ref: "business_service:shop"}, type: "RUNS_ON", to: {ref: "server:`+s+`"}, requirement: "q"}]}) { errors { message } }`)
	}
	f.history = []spares{{0, 2}}
	const hands = 6
	var running sync.WaitGroup
	for hand := range hands {
		running.Go(func() {
			r := rand.New(rand.NewPCG(uint64(hand), uint64(n)))
			for range max(1, n/hands) {
				f.one(r)
			}
		})
	}
	running.Wait()
	f.verify()
}

// one takes a new change through some verbs; others may take a hand in it.
func (f *flow) one(r *rand.Rand) {
	who := func() string {
		if r.IntN(8) == 0 {
			return "program"
		}
		return people[r.IntN(len(people))]
	}
	// Each has a time of its own: where another one takes the service already, none is
	// blamed for it.
	begin := time.Date(2026, 12, 2, 0, 0, 0, 0, time.UTC).Add(time.Duration(f.turn.Add(1)) * 4 * time.Hour)
	at := func(hours int) string { return begin.Add(time.Duration(hours) * time.Hour).Format(time.RFC3339) }
	made := f.do(people[r.IntN(len(people))], fmt.Sprintf(`createChange(input: {type: %s, title: "x", affects: [{ci: {ref: "server:a"}}], plannedStart: "%s", plannedEnd: "%s",
		implementer: %s, implementationPlan: "i", backoutPlan: "b", testPlan: "t"}) { errors { message } change { number } }`, []string{"NORMAL", "NORMAL", "EMERGENCY"}[r.IntN(3)], at(0), at(1), implementer(r)))
	if made == nil {
		return
	}
	number, _ := made["change"].(map[string]any)["number"].(string)
	say := func(verb string) { f.do(who(), verb+`(input: {change: "`+number+`"}) { errors { message } }`) }
	say("submitChange")
	for range 14 {
		switch r.IntN(10) {
		case 0:
			if r.IntN(2) == 0 { // which voids nothing
				f.do(who(), fmt.Sprintf(`editChange(input: {change: "%s", implementer: %s}) { errors { message } }`, number, implementer(r)))
				continue
			}
			f.do(who(), fmt.Sprintf(`editChange(input: {change: "%s", plannedEnd: "%s"}) { errors { message } }`, number, at(1+r.IntN(3))))
		case 1, 2:
			say("assessChange")
		case 3:
			say("requestChangeApproval")
		case 4, 5, 6:
			place := ""
			if r.IntN(3) == 0 {
				place = people[r.IntN(len(people))]
			}
			f.vote(who(), place, number)
		case 7:
			f.toggle([]string{"b", "c"}[r.IntN(2)])
		case 8:
			f.do(who(), `rejectChange(input: {change: "`+number+`", comment: "no"}) { errors { message } }`)
		case 9:
			f.delegate(r)
		}
	}
	f.end(r, who, number)
}

// end takes most changes to their end, one way or another: it is carried out and
// reviewed, or given up. A few stay where they are.
func (f *flow) end(r *rand.Rand, who func() string, number string) {
	if r.IntN(20) == 0 {
		return
	}
	starter := who()
	if p := f.do(starter, `startChange(input: {change: "`+number+`", reason: "now"}) { errors { message } change { approval { quorum votes { voter onBehalfOf approved counts } } } }`); p != nil {
		f.started.Add(1)
		f.begun(number, starter, p["change"].(map[string]any)["approval"].(map[string]any))
		for range 6 {
			f.do(who(), `finishChange(input: {change: "`+number+`", closureCode: SUCCESSFUL}) { errors { message } }`)
			reviewer := who()
			if p := f.do(reviewer, `reviewChange(input: {change: "`+number+`", review: "fine"}) { errors { message } change { implementer type requester authors } }`); p != nil {
				f.reviewed(number, reviewer, p["change"].(map[string]any))
				return
			}
		}
		return
	}
	f.do(people[r.IntN(len(people))], `cancelChange(input: {change: "`+number+`", reason: "enough"}) { errors { message } }`)
}

// implementer is somebody, or nobody.
func implementer(r *rand.Rand) string {
	if r.IntN(3) == 0 {
		return "null"
	}
	return strconv.Quote(people[r.IntN(len(people))])
}

// begun looks at who approved what somebody has begun.
func (f *flow) begun(number, who string, approval map[string]any) {
	others := 0.0
	for _, x := range approval["votes"].([]any) {
		if v := x.(map[string]any); v["counts"] == true && v["approved"] == true && v["voter"] != who && v["onBehalfOf"] != who {
			others++
		}
	}
	if quorum, _ := approval["quorum"].(float64); others < quorum {
		f.t.Errorf("%s: %s began it with %v approvals of others of %v", number, who, others, quorum)
	}
}

// reviewed looks at who reviewed a change.
func (f *flow) reviewed(number, who string, c map[string]any) {
	authors, _ := c["authors"].([]any)
	own := who == c["implementer"] || c["type"] == "EMERGENCY" && (who == c["requester"] || who == "program" || slices.Contains(authors, any(who)))
	if own {
		f.t.Errorf("%s: %s reviewed what is their own", number, who)
	}
}

// delegate lets somebody decide in another one's place, or no more.
func (f *flow) delegate(r *rand.Rand) {
	if r.IntN(4) == 0 {
		f.do(people[r.IntN(len(people))], fmt.Sprintf(`withdrawDelegation(input: {delegation: "DLG%07d"}) { errors { message } }`, 1+r.IntN(30)))
		return
	}
	f.do(people[r.IntN(len(people))], `delegateDecisions(input: {to: "`+people[r.IntN(len(people))]+`", until: "2026-12-09T00:00:00Z"}) { errors { message } }`)
}

// vote says yes to the assessment that is the last one now, or was a moment ago; perhaps
// in somebody's place.
func (f *flow) vote(who, place, number string) {
	resp := f.Execute(context.Background(), resolvers.Request{Query: `{ change(id: "` + number + `") { assessment { number } } }`, Principal: actor(who)})
	var data struct {
		Change struct{ Assessment *struct{ Number string } }
	}
	if json.Unmarshal(resp.Data, &data) != nil || data.Change.Assessment == nil {
		return
	}
	seen := data.Change.Assessment.Number
	of := ""
	if place != "" {
		of = `, onBehalfOf: "` + place + `"`
	}
	if p := f.do(who, `approveChange(input: {change: "`+number+`", assessmentId: "`+seen+`"`+of+`}) { revision errors { message } change { state } }`); p != nil {
		if p["change"].(map[string]any)["state"] == "SCHEDULED" {
			f.scheduled.Add(1)
		}
		f.mu.Lock()
		f.ballots = append(f.ballots, ballot{number, who, place, seen, revisionOf(p)})
		f.mu.Unlock()
	}
}

// toggle takes a spare away, or brings it back. One at a time, so that it is known from
// which revision on.
func (f *flow) toggle(server string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	verb := map[bool]string{true: "retireCIs", false: "restoreCIs"}[f.living[server]]
	p := f.do("ada", verb+`(input: {items: [{ci: {ref: "server:`+server+`"}}]}) { revision errors { message } }`)
	if p == nil {
		f.t.Errorf("%s of %s is refused", verb, server)
		return
	}
	f.living[server] = !f.living[server]
	living := 0
	for _, l := range f.living {
		if l {
			living++
		}
	}
	f.history = append(f.history, spares{revisionOf(p), living})
}

// at is how many spares lived before a revision.
func (f *flow) at(revision int) int {
	living := 2
	for _, h := range f.history {
		if h.revision < revision {
			living = h.living
		}
	}
	return living
}

func (f *flow) verify() {
	f.t.Helper()
	slices.SortFunc(f.history, func(a, b spares) int { return a.revision - b.revision })
	var changes []struct {
		Number, Requester, Implementer, State, Type string
		Authors                                     []string
		Assessments                                 []struct{ Number, Revision string }
		Approval                                    struct {
			Quorum    *int
			Approvals int
			Votes     []struct {
				Voter, OnBehalfOf, Assessment string
				Approved, Counts              bool
			}
		}
	}
	for after := ""; ; {
		var data struct {
			Changes struct {
				Nodes    json.RawMessage
				PageInfo struct {
					HasNextPage bool
					EndCursor   string
				}
			}
		}
		resp := f.Execute(context.Background(), resolvers.Request{Query: `{ changes(first: 10` + after + `) { nodes { number requester implementer state type authors assessments { number revision } approval { quorum approvals votes { voter onBehalfOf assessment approved counts } } } pageInfo { hasNextPage endCursor } } }`})
		if len(resp.Errors) > 0 {
			f.t.Fatal(resp.Errors)
		}
		must(f.t, json.Unmarshal(resp.Data, &data))
		page := changes[:0:0]
		must(f.t, json.Unmarshal(data.Changes.Nodes, &page))
		changes = append(changes, page...)
		if !data.Changes.PageInfo.HasNextPage {
			break
		}
		after = `, after: "` + data.Changes.PageInfo.EndCursor + `"`
	}
	sealedAt := map[string]int{}
	kept := map[string]int{}
	recorded, delegated := 0, 0
	for _, c := range changes {
		for _, a := range c.Assessments {
			n, _ := strconv.Atoi(a.Revision)
			sealedAt[a.Number] = n
		}
		seen := map[string]bool{}
		for _, v := range c.Approval.Votes {
			if v.Approved {
				recorded++
				kept[c.Number+" "+v.Voter+" "+v.OnBehalfOf+" "+v.Assessment]++
			}
			if v.OnBehalfOf != "" && v.Approved {
				delegated++
			}
			for _, person := range []string{v.Voter, v.OnBehalfOf} {
				own := person == c.Requester || person == "program" || v.Counts && person != "" && (person == c.Implementer || slices.Contains(c.Authors, person))
				if own {
					f.t.Errorf("%s: %s decided on what is their own", c.Number, person)
				}
				if v.Counts && person != "" && seen[person] {
					f.t.Errorf("%s: %s counts twice", c.Number, person)
				}
			}
			if v.Counts {
				seen[v.Voter], seen[v.OnBehalfOf] = true, true
			}
		}
	}
	if recorded != len(f.ballots) {
		f.t.Errorf("%d votes were acknowledged, %d are kept", len(f.ballots), recorded)
	}
	for _, b := range f.ballots {
		if kept[b.change+" "+b.voter+" "+b.place+" "+b.assessment] == 0 {
			f.t.Errorf("the vote of %s on %s is lost", b.voter, b.assessment)
		}
		// Without any other server alive the change takes the service DOWN.
		if then, now := f.at(sealedAt[b.assessment]+1), f.at(b.revision); then > 0 && now == 0 {
			f.t.Errorf("%s approved %s at revision %d, when its last spare was gone: it was sealed at %d with %d", b.voter, b.assessment, b.revision, sealedAt[b.assessment], then)
		}
	}
	f.t.Logf("%d changes, %d approvals, %d of them in somebody's place, %d times one was scheduled, %d begun, %d times a spare came or went", len(changes), recorded, delegated, f.scheduled.Load(), f.started.Load(), len(f.history)-1)
	if len(changes) > 50 && (recorded == 0 || delegated == 0 || f.scheduled.Load() == 0 || f.started.Load() == 0 || !strings.Contains(fmt.Sprint(f.history), " 0}")) {
		f.t.Error("nothing of what is tested came about")
	}
}
