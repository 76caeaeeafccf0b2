package population

import (
	"strconv"
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// The lines that Import reports; their JSON forms are what POST /import answers
// and what the command line reads.

// Progress says how far a phase of the import is.
type Progress struct {
	Kind  string `json:"kind"`  // "progress"
	Phase string `json:"phase"` // "check", then "write"
	Done  int    `json:"done"`
	Total int    `json:"total"`
	Unit  string `json:"unit"` // "lines"
}

// Diagnostic is what is wrong, or odd, with one line of the input.
type Diagnostic struct {
	Kind     string `json:"kind"`           // "diagnostic"
	Severity string `json:"severity"`       // "error" or "warning"
	Line     int    `json:"line,omitempty"` // from 1; 0 where it is about the whole input
	Column   int    `json:"column,omitempty"`
	Field    string `json:"field,omitempty"` // for example attributes.os
	Code     string `json:"code"`            // graph.Kind, or ADVISORY for a warning
	Message  string `json:"message"`
	Hint     string `json:"hint,omitempty"`
}

// Planned is, in a dry run, one thing that the import would change.
type Planned struct {
	Kind    string `json:"kind"` // "plan"
	Line    int    `json:"line"`
	Outcome string `json:"outcome"` // CREATED, UPDATED or REMOVED
	Subject string `json:"subject"` // server:dc1/web-01, or application:shop RUNS_ON server:web
	Note    string `json:"note,omitempty"`
}

// Summary is the last line.
type Summary struct {
	Kind          string  `json:"kind"` // "summary"
	DryRun        bool    `json:"dryRun"`
	Applied       bool    `json:"applied"` // false where errors were found (nothing was written) and in a dry run
	Lines         int     `json:"lines"`   // of content: no header, no empty ones
	Errors        int     `json:"errors"`  // all of them, also those that were not listed
	Warnings      int     `json:"warnings"`
	Revision      string  `json:"revision"` // decimal, 64 bits
	Commits       int     `json:"commits"`
	Seconds       float64 `json:"seconds"`
	CIs           Counts  `json:"cis"`
	Relations     Counts  `json:"relations"`
	Requirements  Counts  `json:"requirements"`
	Classes       Counts  `json:"classes"`
	RelationTypes Counts  `json:"relationTypes"`
}

// Counts say what became of the lines about one sort of thing, as the check found
// it. Where errors were found they are zero.
type Counts struct {
	Created   int `json:"created"`
	Updated   int `json:"updated"`
	Unchanged int `json:"unchanged"`
	Removed   int `json:"removed"`
}

func (c *Counts) add(o graph.Outcome) {
	switch o {
	case graph.Created:
		c.Created++
	case graph.Updated:
		c.Updated++
	case graph.Removed:
		c.Removed++
	default:
		c.Unchanged++
	}
}

// MaxListed bounds the errors, and the warnings, that are listed one by one; the
// summary counts all.
const MaxListed = 100

// progressEvery is how often progress is told.
const progressEvery = 100 * time.Millisecond

// report writes the lines. After the first that cannot be written it keeps the
// error and writes no more.
type report struct {
	line    func(any) error
	clock   func() time.Time
	begun   time.Time
	told    time.Time // when progress was told last
	summary Summary
	err     error
}

func newReport(line func(any) error, clock func() time.Time) *report {
	return &report{line: line, clock: clock, begun: clock()}
}

func (r *report) write(v any) {
	if r.err == nil {
		r.err = r.line(v)
	}
}

func (r *report) progress(phase string, done, total int) {
	now := r.clock()
	if done < total && now.Sub(r.told) < progressEvery {
		return
	}
	r.told = now
	r.write(Progress{"progress", phase, done, total, "lines"})
}

// refuse tells that a line is wrong.
func (r *report) refuse(line int, err error) {
	if r.summary.Errors++; r.summary.Errors <= MaxListed {
		p := asProblem(err)
		r.write(Diagnostic{"diagnostic", "error", line, p.column, p.why.Field, p.why.Kind.String(), p.why.Message, p.why.Hint})
	}
}

// warn tells that something about a line is odd, though nothing refuses it.
func (r *report) warn(line int, message, hint string) {
	if r.summary.Warnings++; r.summary.Warnings <= MaxListed {
		r.write(Diagnostic{Kind: "diagnostic", Severity: "warning", Line: line, Code: advisory, Message: message, Hint: hint})
	}
}

// advisory is the code of warnings.
const advisory = "ADVISORY"

// count notes what became of one operation.
func (r *report) count(op graph.Operation, o graph.Outcome) {
	s := &r.summary
	switch op := op.(type) {
	case graph.PutNode:
		if !op.Stub || o == graph.Created {
			s.CIs.add(o)
		}
	case graph.Retire:
		s.CIs.add(o)
	case graph.PutRelation, graph.WithdrawRelation:
		s.Relations.add(o)
	case graph.PutRequirement:
		s.Requirements.add(o)
	case graph.DefineClass:
		s.Classes.add(o)
	case graph.DefineRelationType:
		s.RelationTypes.add(o)
	}
}

// uncount forgets what was counted.
func (r *report) uncount() {
	s := &r.summary
	s.CIs, s.Relations, s.Requirements, s.Classes, s.RelationTypes = Counts{}, Counts{}, Counts{}, Counts{}, Counts{}
}

// end writes the summary.
func (r *report) end(at graph.Revision) error {
	r.summary.Kind = "summary"
	r.summary.Revision = strconv.FormatUint(uint64(at), 10)
	r.summary.Seconds = r.clock().Sub(r.begun).Seconds()
	r.write(r.summary)
	return r.err
}
