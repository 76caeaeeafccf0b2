package resolvers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/faultline-itsm/faultline/internal/demo"
	"github.com/faultline-itsm/faultline/internal/neo4jtest"
	"github.com/faultline-itsm/faultline/internal/population"
	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/internal/store/neo4j"
	"github.com/faultline-itsm/faultline/resolvers"
)

// estate is the sample estate in Neo4j, with the API over it and Cypher beside it.
type estate struct {
	bench
	t       *testing.T
	address string
}

func loaded(t *testing.T) *estate {
	t.Helper()
	var databases neo4jtest.Databases
	e := &estate{t: t, address: databases.Empty(t)}
	st, err := neo4j.Open(t.Context(), e.address)
	must(t, err)
	var ledger *records.Ledger
	e.bench = over(t, st, func(c *resolvers.Config) { ledger = c.Ledger })
	must(t, population.Import(context.Background(), ledger, demo.Estate(), population.Options{Source: "demo", Actor: "kim", Clock: clock}, func(line any) error {
		if s, ok := line.(population.Summary); ok && s.Errors > 0 {
			t.Fatalf("the sample estate is refused: %+v", s)
		}
		return nil
	}))
	return e
}

// answer is a table: of Cypher, or of what was compared.
type answer struct {
	columns []string
	rows    [][]any
}

// cell is one value as a table shows it.
func (a *answer) cell(row int, column string) string {
	return shown(a.rows[row][slices.Index(a.columns, column)])
}

// column are all values of a column, in order.
func (a *answer) column(name string) (values []string) {
	for i := range a.rows {
		values = append(values, a.cell(i, name))
	}
	return values
}

func shown(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case []any:
		var all []string
		for _, e := range v {
			all = append(all, shown(e))
		}
		slices.Sort(all) // Cypher collects in no order
		return strings.Join(all, ", ")
	}
	return fmt.Sprint(v)
}

// table is Markdown.
func (a *answer) table() []string {
	line := func(cells []string) string { return "| " + strings.Join(cells, " | ") + " |" }
	out := []string{line(a.columns), strings.Repeat("|---", len(a.columns)) + "|"}
	for _, row := range a.rows {
		var cells []string
		for _, v := range row {
			cells = append(cells, strings.ReplaceAll(shown(v), "|", "\\|"))
		}
		out = append(out, line(cells))
	}
	return out
}

func (e *estate) cypher(query string) *answer {
	e.t.Helper()
	columns, rows, err := neo4jtest.Ask(context.Background(), e.address, query)
	if err != nil {
		e.t.Fatalf("%s\n%v", query, err)
	}
	return &answer{columns, rows}
}

// graphql reads an answer's data into into.
func (e *estate) graphql(query string, variables map[string]any, into any) {
	e.t.Helper()
	var resp struct {
		Data   json.RawMessage
		Errors json.RawMessage
	}
	must(e.t, json.Unmarshal(e.ask(e.t, query, variables), &resp))
	if len(resp.Errors) > 0 {
		e.t.Fatalf("%s\n%s", query, resp.Errors)
	}
	must(e.t, json.Unmarshal(resp.Data, into))
}

// asked is what a section of a document asks: the text of each fenced block by its
// language, and the answer of its Cypher.
type asked struct {
	blocks map[string]string
	answer *answer
}

// retold is a document with its answers as they are now: below each block of
// Cypher the table of its answer, which check may look at; below each heading
// "Compared" what compare makes of the section so far.
func (e *estate) retold(text string, check func(section string, a *answer), compare func(section string, a *asked) *answer) string {
	var out []string
	section, at := "", &asked{}
	lines := strings.Split(text, "\n")
	answered := func(a *answer) { out = append(append(out, ""), a.table()...) }
	skip := func(i int) int { // the answer that stands there
		next := i + 1
		for next < len(lines) && strings.TrimSpace(lines[next]) == "" {
			next++
		}
		if next == len(lines) || !strings.HasPrefix(lines[next], "|") {
			return i
		}
		for next < len(lines) && strings.HasPrefix(lines[next], "|") {
			next++
		}
		return next - 1
	}
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		out = append(out, line)
		switch language, fenced := strings.CutPrefix(line, "```"); {
		case line == "### Compared":
			answered(compare(section, at))
			i = skip(i)
		case strings.HasPrefix(line, "#"):
			section, at = strings.TrimLeft(line, "# "), &asked{blocks: map[string]string{}}
		case fenced:
			var block []string
			for i++; i < len(lines) && lines[i] != "```"; i++ {
				block = append(block, lines[i])
			}
			out = append(append(out, block...), "```")
			if at.blocks == nil || language == "" {
				continue
			}
			if at.blocks[language] = strings.Join(block, "\n"); language == "cypher" {
				at.answer = e.cypher(at.blocks[language])
				answered(at.answer)
				i = skip(i)
				if check != nil {
					check(section, at.answer)
				}
			}
		}
	}
	return strings.Join(out, "\n")
}

// holds compares a document with what is true now, or writes that.
func holds(t *testing.T, path, is string) {
	t.Helper()
	if *update {
		must(t, os.WriteFile(path, []byte(is), 0o644))
		return
	}
	was, err := os.ReadFile(path)
	must(t, err)
	if string(was) != is {
		t.Errorf("%s is not what is answered now; go test ./resolvers -run %s -update writes it:\n%s", path, t.Name(), is)
	}
}
