package cli

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// column is one of a table.
type column struct {
	head  string
	right bool // numbers
	name  bool // may be shortened where the terminal is too narrow
}

// cell is one of a row.
type cell struct {
	text  string
	style style
}

func plain(texts ...string) []cell {
	out := make([]cell, len(texts))
	for i, t := range texts {
		out[i] = cell{text: t}
	}
	return out
}

func (l look) stateCell(s string) cell { return cell{l.state(s), stateLooks[s].style} }

// grid prints rows below heads, aligned. On a terminal that is too narrow the
// names are shortened in the middle; nothing is ever wrapped. Where there is no
// terminal, or full is asked for, nothing is shortened.
type grid struct {
	look    look
	columns []column
	full    bool
	indent  string
}

const gutter = 2

func (g grid) print(w io.Writer, rows [][]cell) error {
	widths := make([]int, len(g.columns))
	for i, c := range g.columns {
		widths[i] = utf8.RuneCountInString(c.head)
	}
	for _, row := range rows {
		for i := range row {
			row[i].text = g.look.clean(row[i].text)
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i].text))
		}
	}
	g.narrow(widths)
	heads := make([]cell, len(g.columns))
	headed := false
	for i, c := range g.columns {
		heads[i] = cell{c.head, dim}
		headed = headed || c.head != ""
	}
	if headed {
		rows = append([][]cell{heads}, rows...)
	}
	for _, row := range rows {
		if err := g.row(w, row, widths); err != nil {
			return err
		}
	}
	return nil
}

// narrow takes the room that is missing from the widest names.
func (g grid) narrow(widths []int) {
	if g.look.width == 0 || g.full {
		return
	}
	total := len(g.indent) - gutter
	for _, n := range widths {
		total += n + gutter
	}
	const least = 12
	for ; total > g.look.width; total-- {
		widest := -1
		for i, c := range g.columns {
			if c.name && widths[i] > least && (widest < 0 || widths[i] > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			return
		}
		widths[widest]--
	}
}

func (g grid) row(w io.Writer, row []cell, widths []int) error {
	var b strings.Builder
	b.WriteString(g.indent)
	for i, c := range row {
		text := c.text
		if g.columns[i].name && !g.full {
			text = g.look.fit(text, widths[i])
		}
		pad := strings.Repeat(" ", max(0, widths[i]-utf8.RuneCountInString(text)))
		last := i == len(row)-1
		switch painted := g.look.paint(c.style, text); {
		case g.columns[i].right:
			b.WriteString(pad + painted)
		case last:
			b.WriteString(painted)
		default:
			b.WriteString(painted + pad)
		}
		if !last {
			b.WriteString(strings.Repeat(" ", gutter))
		}
	}
	_, err := fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	return err
}
