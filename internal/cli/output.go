package cli

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/faultline-itsm/faultline/internal/itsm"
)

// The ways of printing an answer.
const (
	asTable  = "table"
	asWide   = "wide"
	asJSON   = "json"
	asNDJSON = "ndjson"
	asCSV    = "csv"
	asTree   = "tree"
)

var (
	formats      = []string{asTable, asWide, asJSON, asNDJSON, asCSV, asTree}
	laterFormats = []string{"dot", "mermaid", "svg", "pdf"}
)

// outputs is the annotation that says what a command can print.
const outputs = "outputs"

// prints says what a command can print; the first is what it does unasked.
func prints(cmd *cobra.Command, formats ...string) *cobra.Command {
	cmd.Annotations = map[string]string{outputs: strings.Join(formats, " ")}
	return cmd
}

// format is what -o asks for. What a command cannot do is refused.
func (a *app) chooseFormat(cmd *cobra.Command) error {
	can := strings.Fields(cmd.Annotations[outputs])
	a.can = can
	want := a.flags.output
	switch {
	case want == "" && len(can) > 0:
		a.flags.output = can[0]
		return nil
	case want == "" || slices.Contains(can, want):
		return nil
	case slices.Contains(laterFormats, want):
		return usagef("-o %s comes with a later version", want).hinted("%s can print %s", cmd.CommandPath(), orNothing(can))
	case !slices.Contains(formats, want):
		return usagef("-o %q is no way of printing", want).hinted("%s", meant(nearest(want, can, 1), cmd.CommandPath()+" can print "+orNothing(can)))
	}
	return usagef("%s cannot print %s", cmd.CommandPath(), want).hinted("it can print %s", orNothing(can))
}

// rows says whether an answer is printed as rows for programs.
func (a *app) rows() bool { return a.flags.output == asNDJSON || a.flags.output == asCSV }

func orNothing(can []string) string {
	if len(can) == 0 {
		return "nothing but what it does: leave -o out"
	}
	return either(can)
}

// head stands first in what is printed as JSON.
type head struct {
	SchemaVersion int    `json:"schemaVersion"`
	Revision      string `json:"revision,omitempty"`
}

// schemaVersion rises when a field of the JSON output changes its meaning.
const schemaVersion = 1

// printJSON prints one answer.
func (a *app) printJSON(v any) error { return a.encode(v, "  ") }

// printLine prints one row of NDJSON.
func (a *app) printLine(v any) error { return a.encode(v, "") }

// encode prints JSON. Hidden characters are escaped, also those that JSON would leave as
// they are: it says the same, and does nothing on a terminal.
func (a *app) encode(v any, indent string) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(v); err != nil {
		return err
	}
	for line := range bytes.Lines(b.Bytes()) {
		if _, err := a.out.Write(escaped(line)); err != nil {
			return err
		}
	}
	return nil
}

// escaped is a line of JSON without hidden characters but its end.
func escaped(line []byte) []byte {
	text := bytes.TrimSuffix(line, []byte("\n"))
	if !bytes.ContainsFunc(text, itsm.Hidden) {
		return line
	}
	var out bytes.Buffer
	for _, r := range string(text) {
		if itsm.Hidden(r) {
			fmt.Fprintf(&out, `\u%04x`, r)
		} else {
			out.WriteRune(r)
		}
	}
	out.WriteByte('\n')
	return out.Bytes()
}

// sheet prints rows of CSV. A cell that a spreadsheet would run as a formula is
// quoted with an apostrophe.
type sheet struct {
	w    *csv.Writer
	look look
}

func (a *app) sheet(heads ...string) (sheet, error) {
	s := sheet{csv.NewWriter(a.out), a.look}
	return s, s.w.Write(heads)
}

func (s sheet) row(cells ...string) error {
	for i, c := range cells {
		if c != "" && strings.ContainsRune("=+-@\t\r", rune(c[0])) {
			cells[i] = "'" + c
		}
		if s.look.tty { // a file gets each character as it is
			cells[i] = s.look.clean(cells[i])
		}
	}
	return s.w.Write(cells)
}

func (s sheet) end() error {
	s.w.Flush()
	return s.w.Error()
}
