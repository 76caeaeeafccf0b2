package change

import (
	"slices"
	"strings"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/itsm"
)

// Vote is one person's decision.
type Vote struct {
	Number     string
	Voter      string
	For        string   // in whose place, by a delegation, or ""
	As         []string // as which of the approvers: names, and "role:" and a role
	Approved   bool
	Assessment string
	Content    int64 // of the change that was decided on
	At         time.Time
	Comment    string
}

// VoteOf reads a vote from its record.
func VoteOf(r *itsm.Record) Vote {
	return Vote{Number: r.Number, Voter: r.Text("voter"), For: r.Text("on_behalf_of"), Approved: r.Text("decision") == "APPROVED", Assessment: r.Text("assessment"), As: strings.FieldsFunc(r.Text("role"), func(c rune) bool { return c == '\n' }),
		Content: r.Values["content_version"].Int(), At: r.Time("at"), Comment: r.Text("comment")}
}

// Counting are the votes that hold for the change as it is: those on its content, which
// an edit voids, of nobody who carries out a part of it, and on an assessment that showed all that the last one shows; of one
// person the last vote alone: an earlier one that counted no more, so that they voted
// again, may hold again. seen are the assessments by number, votes the oldest first.
func Counting(c *Change, last *Sealed, votes []Vote, seen map[string]*Sealed) (out []Vote) {
	persons := map[string]bool{}
	for _, v := range slices.Backward(votes) {
		if v.Content != c.Content || c.Implementer != "" && v.by(c.Implementer) || slices.ContainsFunc(c.CarriedOutBy, v.by) {
			continue
		}
		if s := seen[v.Assessment]; v.Approved && last != nil && v.Assessment != last.Number &&
			(s == nil || len(Changed(&s.Result, &last.Result, last.Scenario.Thresholds)) > 0) {
			continue
		}
		if persons[v.Voter] || v.For != "" && persons[v.For] {
			continue
		}
		persons[v.Voter] = true
		if v.For != "" {
			persons[v.For] = true
		}
		out = append(out, v)
	}
	slices.Reverse(out)
	return out
}

// by says whether a vote is somebody's: cast by them, or in their place.
func (v Vote) by(person string) bool { return v.Voter == person || v.For == person }

// decided says whether one of the votes is a person's.
func decided(votes []Vote, person string) bool {
	return slices.ContainsFunc(votes, func(v Vote) bool { return v.by(person) })
}

// without are votes but those of a person.
func without(votes []Vote, person string) (out []Vote) {
	for _, v := range votes {
		if !v.by(person) {
			out = append(out, v)
		}
	}
	return out
}

func approvals(votes []Vote) (n int) {
	for _, v := range votes {
		if v.Approved {
			n++
		}
	}
	return n
}

// Values are what a vote's node says.
func (v Vote) Values() map[string]graph.Value {
	decision := "REJECTED"
	if v.Approved {
		decision = "APPROVED"
	}
	out := map[string]graph.Value{"voter": graph.StringValue(v.Voter), "decision": graph.StringValue(decision), "content_version": graph.IntValue(v.Content), "at": graph.TimeValue(v.At)}
	if v.Assessment != "" {
		out["assessment"] = graph.StringValue(v.Assessment)
	}
	if len(v.As) > 0 {
		out["role"] = graph.StringValue(strings.Join(v.As, "\n"))
	}
	if v.For != "" {
		out["on_behalf_of"] = graph.StringValue(v.For)
	}
	if v.Comment != "" {
		out["comment"] = graph.StringValue(v.Comment)
	}
	return out
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
