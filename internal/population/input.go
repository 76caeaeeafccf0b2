package population

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"unicode/utf8"

	"github.com/faultline-itsm/faultline/graph"
)

// MaxLine bounds a line of NDJSON, and a row and its cells in CSV, in bytes. The
// input as a whole has no bound.
const MaxLine = 1 << 20

// piece is one line, or one row, of the input.
type piece struct {
	at     int64 // its first byte
	length int32
	line   int32 // the number of its first line, from 1
	kind   lineKind
}

// input is where the pieces of an input are, by phase and, within one, in the
// order of the file; and its hash.
type input struct {
	in     io.ReadSeeker
	pieces [phases][]piece
	lines  int   // of content
	open   int32 // the line that no line feed ends, or 0
	hash   hash.Hash

	window []byte // the bytes from start that were read last
	start  int64
}

// marks are beginnings by which a file says that it is none of ours.
var marks = []struct{ mark, what, hint string }{
	{"\xff\xfe", "the input is UTF-16", "save it as UTF-8"},
	{"\xfe\xff", "the input is UTF-16", "save it as UTF-8"},
	{"\x1f\x8b", "the input is compressed with gzip", "unpack it first"},
	{"PK\x03\x04", "the input is a ZIP archive, as spreadsheets are", "save it as CSV, or unpack it first"},
}

const byteOrderMark = "\xef\xbb\xbf"

// lineReader reads the input once, from the start, line by line.
type lineReader struct {
	in   *bufio.Reader
	at   int64 // of the next line
	line int   // number of the last one read
}

// open starts an input: r reads and hashes it. A byte order mark is passed over.
func open(in io.ReadSeeker) (*input, *lineReader, error) {
	if _, err := in.Seek(0, io.SeekStart); err != nil {
		return nil, nil, unreadable(err)
	}
	i := &input{in: in, hash: sha256.New()}
	r := &lineReader{in: bufio.NewReaderSize(io.TeeReader(in, i.hash), MaxLine+2)}
	start, err := r.in.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, unreadable(err)
	}
	for _, m := range marks {
		if bytes.HasPrefix(start, []byte(m.mark)) {
			return nil, nil, graph.Errorf(graph.Invalid, "%s", m.what).WithHint("%s", m.hint)
		}
	}
	if bytes.HasPrefix(start, []byte(byteOrderMark)) {
		r.at = int64(len(byteOrderMark))
		_, err = r.in.Discard(len(byteOrderMark))
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return i, r, err
}

func unreadable(err error) error {
	return graph.Errorf(graph.Unavailable, "the input could not be read").WithHint("nothing was written; try again").Because(err)
}

// errTooLong is how next says that a line exceeds MaxLine.
var errTooLong = errors.New("the line is too long")

// next is the next line with the bytes that end it, valid until the next call;
// io.EOF after the last. Of a line that is too long the rest is passed over.
func (r *lineReader) next() (text []byte, at int64, err error) {
	at = r.at
	text, err = r.in.ReadSlice('\n')
	r.at += int64(len(text))
	if len(text) > 0 {
		r.line++
	}
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		for errors.Is(err, bufio.ErrBufferFull) {
			text, err = r.in.ReadSlice('\n')
			r.at += int64(len(text))
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, at, unreadable(err)
		}
		return nil, at, errTooLong
	case errors.Is(err, io.EOF) && len(text) > 0:
		return text, at, nil // without a line feed: the last one
	case errors.Is(err, io.EOF):
		return nil, at, io.EOF
	case err != nil:
		return nil, at, unreadable(err)
	}
	if len(text) > MaxLine+1 {
		return nil, at, errTooLong
	}
	return text, at, nil
}

// checkUTF8 names the first byte that is not UTF-8.
func checkUTF8(text []byte) error {
	if utf8.Valid(text) {
		return nil
	}
	at := 0
	for {
		r, size := utf8.DecodeRune(text[at:])
		if r == utf8.RuneError && size <= 1 {
			return &problem{graph.Errorf(graph.Invalid, "the byte 0x%02X is not UTF-8", text[at]).WithHint("save the file as UTF-8"), at + 1}
		}
		at += size
	}
}

// windowSize is how much is read at once in the passes behind the first.
const windowSize = 1 << 20

// read is the bytes of a piece, valid until the next call. Pieces that are asked
// for in the order of the file cost one read a window.
func (i *input) read(p piece) ([]byte, error) {
	from, to := p.at-i.start, p.at-i.start+int64(p.length)
	if from < 0 || to > int64(len(i.window)) {
		if _, err := i.in.Seek(p.at, io.SeekStart); err != nil {
			return nil, unreadable(err)
		}
		if i.window == nil {
			i.window = make([]byte, windowSize)
		}
		i.window = i.window[:cap(i.window)]
		n, err := io.ReadAtLeast(i.in, i.window, int(p.length))
		i.window, i.start = i.window[:n], p.at
		if err != nil {
			return nil, unreadable(err)
		}
		from, to = 0, int64(p.length)
	}
	return i.window[from:to], nil
}

// all is how many pieces there are to process.
func (i *input) all() (n int) {
	for p := range i.pieces {
		n += len(i.pieces[p])
	}
	return n
}
