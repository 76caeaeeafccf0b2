package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"
)

// listing is how rows of one kind are printed as table, wide, csv and ndjson.
type listing[T any] struct {
	columns []column
	heads   []string // of CSV
	cells   func(T) []string
	row     func(T) []string // of CSV, for programs; nil: the cells
}

// stamp is an instant for programs; nothing where there is none.
func stamp(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func (l listing[T]) print(a *app, rows []T) error {
	switch a.flags.output {
	case asNDJSON:
		for _, r := range rows {
			if err := a.printLine(r); err != nil {
				return err
			}
		}
		return nil
	case asCSV:
		s, err := a.sheet(l.heads...)
		if err != nil {
			return err
		}
		row := l.row
		if row == nil {
			row = l.cells
		}
		for _, r := range rows {
			if err := s.row(row(r)...); err != nil {
				return err
			}
		}
		return s.end()
	}
	if len(rows) == 0 {
		return nil
	}
	out := make([][]cell, len(rows))
	for i, r := range rows {
		out[i] = plain(l.cells(r)...)[:len(l.columns)]
	}
	return grid{look: a.look, columns: l.columns, full: a.flags.output == asWide}.print(a.out, out)
}

// ask asks a server for all rows, which key is the name of in JSON, and prints them. The
// document asks for one field.
func (l listing[T]) ask(cmd *cobra.Command, a *app, document, key string) error {
	return a.with(cmd.Context(), reading, func(c *client) error {
		var data map[string][]T
		if _, err := c.ask(cmd.Context(), document, nil, &data); err != nil {
			return err
		}
		for _, rows := range data {
			if a.flags.output == asJSON {
				return a.printJSON(rowsDocument[T]{key, rows})
			}
			return l.print(a, rows)
		}
		return nil
	})
}

// rowsDocument is rows as JSON, the version of the form first.
type rowsDocument[T any] struct {
	key  string
	rows []T
}

func (d rowsDocument[T]) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	fmt.Fprintf(&out, `{"schemaVersion":%d,%q:`, schemaVersion, d.key)
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	err := e.Encode(d.rows)
	out.WriteByte('}')
	return out.Bytes(), err
}
