package population

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/faultline-itsm/faultline/graph"
)

// rowState is where in a row of CSV (RFC 4180) a byte stands.
type rowState uint8

const (
	cellStart rowState = iota
	plainCell
	quotedCell
	quoteInQuoted // the closing quote, or the first of two that mean one
)

// walkRow passes over bytes of a row. bad is where what cannot stand there begins,
// or -1.
func walkRow(text []byte, s rowState) (end rowState, bad int) {
	for i, c := range text {
		switch s {
		case quotedCell:
			if c == '"' {
				s = quoteInQuoted
			}
		case quoteInQuoted:
			switch c {
			case '"':
				s = quotedCell
			case ',':
				s = cellStart
			case '\r', '\n':
			default:
				return s, i
			}
		default:
			switch {
			case c == ',':
				s = cellStart
			case c == '"' && s == cellStart:
				s = quotedCell
			case c == '"':
				return s, i
			default:
				s = plainCell
			}
		}
	}
	return s, -1
}

// rowReader reads row after row.
type rowReader struct {
	*lineReader
	lost bool // where the next row begins cannot be told
}

// next is the next row without its line end, and the number of its first line;
// io.EOF after the last. What is wrong with a row is an error whose place is the
// row's; it can be asked on after it.
func (r *rowReader) next() (row []byte, at int64, line int, err error) {
	if r.lost {
		return nil, r.at, r.line, io.EOF
	}
	text, at, err := r.lineReader.next()
	line = r.line
	if err != nil {
		if errors.Is(err, errTooLong) {
			err = tooLong()
		}
		return nil, at, line, err
	}
	state, bad := walkRow(text, cellStart)
	row = text
	for bad < 0 && state == quotedCell {
		if len(row) == len(text) {
			row = bytes.Clone(row) // the line lives until the next is read
		}
		more, _, err := r.lineReader.next()
		switch {
		case errors.Is(err, io.EOF):
			r.lost = true
			return nil, at, line, graph.Errorf(graph.Invalid, "a quote that is opened in this row is never closed").WithHint("the input ends within it: was it cut off?")
		case errors.Is(err, errTooLong), err == nil && len(row)+len(more) > MaxLine:
			r.lost = true
			return nil, at, line, tooLong()
		case err != nil:
			return nil, at, line, err
		}
		row = append(row, more...)
		state, bad = walkRow(more, quotedCell)
	}
	if bad >= 0 {
		return nil, at, line, graph.Errorf(graph.Invalid, "a quote stands in the middle of a cell").
			WithHint(`put the whole cell into quotes and double each quote within: "19"" rack"`)
	}
	row = bytes.TrimSuffix(bytes.TrimSuffix(row, []byte("\n")), []byte("\r"))
	return row, at, line, checkUTF8(row)
}

func tooLong() error {
	return graph.Errorf(graph.LimitExceeded, "the row, or a cell of it, is longer than %d bytes", MaxLine).WithHint("is a quote not closed?")
}

// cells are the cells of a row that was walked.
func cells(row []byte, to []string) []string {
	to = to[:0]
	for {
		if len(row) > 0 && row[0] == '"' {
			end := 1
			for end < len(row) {
				if row[end] == '"' {
					if end+1 == len(row) || row[end+1] != '"' {
						break
					}
					end++
				}
				end++
			}
			to = append(to, strings.ReplaceAll(string(row[1:end]), `""`, `"`))
			if end+1 >= len(row) {
				return to
			}
			row = row[end+2:]
			continue
		}
		cell, rest, more := bytes.Cut(row, []byte(","))
		to = append(to, string(cell))
		if !more {
			return to
		}
		row = rest
	}
}
