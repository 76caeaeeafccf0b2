package population

import (
	"bytes"
	"errors"
	"io"
	"slices"

	"github.com/faultline-itsm/faultline/graph"
)

// indexNDJSON reads the input once and notes where the lines of each kind are.
// Lines that cannot be told are reported. The header is what the first line says,
// if it is one.
func indexNDJSON(i *input, r *lineReader, rep *report) (h header, err error) {
	first := true
	for {
		text, at, err := r.next()
		if errors.Is(err, io.EOF) {
			return h, nil
		}
		if errors.Is(err, errTooLong) {
			rep.refuse(r.line, graph.Errorf(graph.LimitExceeded, "the line is longer than %d bytes", MaxLine).
				WithHint("one object a line; what is it that makes this one so long?"))
			first = false
			continue
		}
		if err != nil {
			return h, err
		}
		if !bytes.HasSuffix(text, []byte("\n")) {
			i.open = int32(r.line)
		}
		text = bytes.TrimRight(text, " \t\r\n")
		if len(text) == 0 {
			continue
		}
		i.lines++
		kind, err := tell(text)
		switch {
		case err != nil:
			rep.refuse(r.line, i.cutOff(err, text, int32(r.line)))
		case kind != headerLine:
			of := &i.pieces[kinds[kind].phase]
			if len(*of) == cap(*of) {
				*of = slices.Grow(*of, max(1024, len(*of))) // append alone would copy millions of pieces again and again
			}
			*of = append(*of, piece{at, int32(len(text)), int32(r.line), kind})
		case !first:
			rep.refuse(r.line, graph.Errorf(graph.Invalid, "a graph line stands in the middle").WithHint("it comes first, once").At(-1, "kind"))
		default:
			i.lines--
			if h, err = readHeader(text); err != nil {
				rep.refuse(r.line, err)
			}
		}
		first = false
	}
}

// tell is the kind of a line.
func tell(text []byte) (lineKind, error) {
	if err := checkUTF8(text); err != nil {
		return 0, err
	}
	return kindOf(text)
}

// cutOff says so where a line without its line feed is not whole: the file was
// not written, or not sent, to its end.
func (i *input) cutOff(err error, text []byte, line int32) error {
	p := asProblem(err)
	if line != i.open || p.column <= len(text) {
		return err
	}
	e := *p.why
	return &problem{(&e).WithHint("the input ends in the middle of this line: was it cut off?"), p.column}
}
