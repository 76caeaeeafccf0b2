package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// importLine is a line of the answer to POST /import, of whatever kind.
type importLine struct {
	File     string `json:"file,omitempty"`
	Kind     string `json:"kind"`
	Severity string `json:"severity,omitempty"`
	Line     int    `json:"line,omitempty"`
	Column   int    `json:"column,omitempty"`
	Field    string `json:"field,omitempty"`
	Code     string `json:"code,omitempty"`
	Message  string `json:"message,omitempty"`
	Hint     string `json:"hint,omitempty"`
	Outcome  string `json:"outcome,omitempty"` // of a planned change
	Subject  string `json:"subject,omitempty"`
	Note     string `json:"note,omitempty"`
}

// importStep is a line of progress.
type importStep struct {
	Phase string `json:"phase"`
	Done  int    `json:"done"`
	Total int    `json:"total"`
	Unit  string `json:"unit"`
}

// tally says what became of the lines about one sort of thing.
type tally struct {
	Created   int `json:"created"`
	Updated   int `json:"updated"`
	Unchanged int `json:"unchanged"`
	Removed   int `json:"removed"`
}

// summary is the last line.
type summary struct {
	DryRun        bool    `json:"dryRun"`
	Applied       bool    `json:"applied"`
	Lines         int     `json:"lines"`
	Errors        int     `json:"errors"`
	Warnings      int     `json:"warnings"`
	Revision      string  `json:"revision"`
	Commits       int     `json:"commits"`
	Seconds       float64 `json:"seconds"`
	CIs           tally   `json:"cis"`
	Relations     tally   `json:"relations"`
	Requirements  tally   `json:"requirements"`
	Classes       tally   `json:"classes"`
	RelationTypes tally   `json:"relationTypes"`
}

// imported is what became of one file.
type imported struct {
	File        string       `json:"file"`
	Diagnostics []importLine `json:"diagnostics"`
	Plan        []importLine `json:"plan,omitempty"`
	Summary     *summary     `json:"summary"`

	written, total int // lines, as far as progress told
}

// readImport reads an answer to its end: findings to stderr as they come, the plan
// to stdout.
func (a *app) readImport(body io.Reader, p *progress, r *imported) error {
	for lines := json.NewDecoder(body); ; {
		var raw json.RawMessage
		if err := lines.Decode(&raw); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return failf("the answer about %s broke off: %s", r.File, err).hinted("run the same command again: what is written already stays and counts as unchanged")
		}
		var line importLine
		if err := json.Unmarshal(raw, &line); err != nil {
			return failf("the answer about %s is none of an import: %s", r.File, err)
		}
		if err := a.importLine(raw, line, p, r); err != nil {
			return err
		}
	}
	if r.Summary == nil {
		return failf("the answer about %s broke off", r.File).hinted("run the same command again: what is written already stays and counts as unchanged")
	}
	return nil
}

func (a *app) importLine(raw json.RawMessage, line importLine, p *progress, r *imported) error {
	if a.flags.output == asNDJSON && line.Kind != "progress" && line.Kind != "error" {
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(raw, &fields); err != nil {
			return err
		}
		fields["file"], _ = json.Marshal(r.File)
		if err := a.printLine(fields); err != nil {
			return err
		}
	}
	switch line.Kind {
	case "progress":
		var step importStep
		if err := json.Unmarshal(raw, &step); err != nil {
			return err
		}
		if step.Phase == "write" {
			r.written, r.total = step.Done, step.Total
		}
		p.step(step)
	case "diagnostic":
		p.pause()
		r.Diagnostics = append(r.Diagnostics, line)
		_ = a.out.Flush()
		fmt.Fprintln(a.Stderr, a.tell.clean(diagnosis(r.File, line)))
	case "plan":
		p.pause()
		a.planned(line, r)
	case "summary":
		r.Summary = &summary{}
		return json.Unmarshal(raw, r.Summary)
	case "error":
		f := &failure{code: exitOf(line.Code), kind: line.Code, message: r.File + ": " + line.Message, hint: line.Hint}
		if line.Line > 0 {
			f.message = fmt.Sprintf("%s:%d: %s", r.File, line.Line, line.Message)
		}
		return f
	}
	return nil
}

// diagnosis is a finding as compilers write theirs: FILE:LINE: field: message (hint).
func diagnosis(file string, line importLine) string {
	var b strings.Builder
	b.WriteString(file)
	for _, n := range []int{line.Line, line.Column} {
		if n > 0 {
			fmt.Fprintf(&b, ":%d", n)
		}
	}
	b.WriteString(": ")
	if line.Severity == "warning" {
		b.WriteString("warning: ")
	}
	if line.Field != "" {
		b.WriteString(line.Field + ": ")
	}
	b.WriteString(line.Message)
	if line.Hint != "" {
		b.WriteString(" (" + line.Hint + ")")
	}
	return b.String()
}

// planned prints a change that a real run would make.
func (a *app) planned(line importLine, r *imported) {
	switch a.flags.output {
	case asJSON:
		r.Plan = append(r.Plan, line)
	case asTable:
		at := map[string]struct {
			mark  string
			style style
		}{"CREATED": {"+", green}, "UPDATED": {"~", yellow}, "REMOVED": {"-", red}}[line.Outcome]
		text := a.look.clean(line.Subject)
		if line.Note != "" {
			text += "  " + a.look.paint(dim, a.look.clean(line.Note))
		}
		a.line("%s %s", a.look.paint(at.style, at.mark), text)
	}
}

// conclude says what became of a file.
func (a *app) conclude(r *imported) error {
	s := r.Summary
	if s.Errors > 0 {
		if more := s.Errors - count(r.Diagnostics, "error"); more > 0 {
			a.note("%s: %s more %s not listed", r.File, number(more), verb(more, "error is", "errors are"))
		}
		return failf("%s: %s %s in %s %s; nothing was written", r.File, number(s.Errors), verb(s.Errors, "error", "errors"), number(s.Lines), verb(s.Lines, "line", "lines")).
			hinted("mend them and run the command again")
	}
	if more := s.Warnings - count(r.Diagnostics, "warning"); more > 0 {
		a.note("%s: %s more %s not listed", r.File, number(more), verb(more, "warning is", "warnings are"))
	}
	if a.flags.output == asTable {
		a.line("%s", a.look.clean(r.File+": "+s.text()))
	}
	rate := ""
	if s.Seconds > 0 {
		rate = fmt.Sprintf(", %s lines/s", number(int(float64(s.Lines)/s.Seconds)))
	}
	a.note("%s: %s %s in %.1f s%s", r.File, number(s.Lines), verb(s.Lines, "line", "lines"), s.Seconds, rate)
	return nil
}

func count(lines []importLine, severity string) (n int) {
	for _, l := range lines {
		if l.Severity == severity {
			n++
		}
	}
	return n
}

// text is the summary in one line.
func (s *summary) text() string {
	var parts []string
	for _, sort := range []struct {
		one, many string
		tally
	}{
		{"class", "classes", s.Classes}, {"relation type", "relation types", s.RelationTypes}, {"CI", "CIs", s.CIs},
		{"requirement", "requirements", s.Requirements}, {"relation", "relations", s.Relations},
	} {
		for _, of := range []struct {
			n    int
			word string
		}{{sort.Created, "created"}, {sort.Updated, "updated"}, {sort.Removed, "removed"}} {
			if of.n > 0 {
				parts = append(parts, fmt.Sprintf("%s %s %s", number(of.n), verb(of.n, sort.one, sort.many), of.word))
			}
		}
	}
	what := strings.Join(parts, ", ")
	switch {
	case what == "" && s.DryRun:
		return "nothing would change"
	case what == "":
		return "nothing changed; the store is at revision " + s.Revision
	case s.DryRun:
		return "would be: " + what + "; nothing was written"
	}
	return what + "; revision " + s.Revision
}

// printImported prints what became of all files as one JSON answer.
func (a *app) printImported(done []*imported) error {
	return a.printJSON(struct {
		head
		Files []*imported `json:"files"`
	}{head{SchemaVersion: schemaVersion}, done})
}
