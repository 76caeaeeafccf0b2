package store

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/faultline-itsm/faultline/graph"
)

// end is the last line of a dump. Without it a dump that was cut between two
// lines would look like a whole one.
type end struct {
	Revision graph.Revision `json:"revision"`
	Hash     string         `json:"hash"`
	Content  string         `json:"content"`
}

type endLine struct {
	End *end `json:"end"`
}

// Dump writes the ledger, one entry a line, and a last line that names its end.
// It dumps up to the head at its start; commits meanwhile are not part of it.
func Dump(ctx context.Context, r Reader, w io.Writer) error {
	head, err := r.Head(ctx)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 1<<20)
	line := json.NewEncoder(out)
	line.SetEscapeHTML(false)
	for at := graph.Revision(0); at < head.Revision; {
		entries, err := r.Entries(ctx, at, min(feedPage, int(head.Revision-at)))
		if err != nil {
			return err
		}
		if len(entries) == 0 {
			return graph.Errorf(graph.Internal, "the ledger ends at revision %d, before its head %d", at, head.Revision).
				WithHint("run faultline check")
		}
		for i := range entries {
			if err := line.Encode(entries[i]); err != nil {
				return writing(err)
			}
		}
		at = entries[len(entries)-1].Revision
	}
	e := endLine{endOf(head)}
	if err := line.Encode(e); err != nil {
		return writing(err)
	}
	return writing(out.Flush())
}

func writing(err error) error {
	if err == nil {
		return nil
	}
	return graph.Errorf(graph.Unavailable, "the dump could not be written").WithHint("look for room on the disk").Because(err)
}

// Restore reads a dump into an empty store: the same ids, revisions and hashes.
// Each entry is verified before it is written, and the records against the head
// at the end. A refusal names the line. What was written before it stays, so the
// store must not be one that is in use; see sqlite.RestoreFile.
func Restore(ctx context.Context, st Store, r io.Reader) (graph.Head, error) {
	head, err := st.Head(ctx)
	if err != nil {
		return head, err
	}
	if head.Revision != 0 {
		return head, graph.Errorf(graph.Invalid, "the store is not empty: it is at revision %d", head.Revision).
			WithHint("restore into a new one")
	}
	in := bufio.NewReaderSize(r, 1<<20)
	for n := 1; ; n++ {
		line, err := in.ReadBytes('\n')
		switch {
		case errors.Is(err, io.EOF) && len(line) == 0:
			return head, atLine(n, "the dump ends here, without its last line: it is truncated")
		case errors.Is(err, io.EOF):
			return head, atLine(n, "the dump ends in the middle of this line: it is truncated")
		case err != nil:
			return head, graph.Errorf(graph.Unavailable, "the dump cannot be read after line %d", n-1).Because(err)
		}
		if bytes.HasPrefix(line, []byte(`{"end":`)) {
			if err := ends(line, head); err != nil {
				return head, atLine(n, "%s", err)
			}
			if _, err := in.ReadByte(); err != io.EOF {
				return head, atLine(n+1, "something follows the last line of the dump")
			}
			return head, intact(ctx, st)
		}
		if head, err = restoreLine(ctx, st, head, line, n); err != nil {
			return head, err
		}
	}
}

func atLine(n int, format string, args ...any) *graph.Error {
	return graph.Errorf(graph.Invalid, "line %d: %s", n, fmt.Sprintf(format, args...))
}

// restoreLine verifies and writes one entry.
func restoreLine(ctx context.Context, st Store, head graph.Head, line []byte, n int) (graph.Head, error) {
	var e graph.Entry
	if err := json.Unmarshal(line, &e); err != nil {
		if known, ok := errors.AsType[*graph.Error](err); ok {
			return head, atLine(n, "%s", known)
		}
		return head, atLine(n, "this is not an entry of a ledger").Because(err)
	}
	next, err := graph.VerifyEntry(e, head)
	if err != nil {
		return head, atLine(n, "%s", err)
	}
	_, err = st.Commit(ctx, func(context.Context, Reader) (Outcome, error) { return Write(&e), nil })
	if err != nil {
		return head, err
	}
	return next, nil
}

// ends compares a dump's last line with where its entries led.
func ends(line []byte, head graph.Head) error {
	var l endLine
	if err := json.Unmarshal(line, &l); err != nil || l.End == nil {
		return errors.New("this is not the last line of a dump")
	}
	if want := endOf(head); *l.End != *want {
		return fmt.Errorf("the dump says that it ends at revision %d, but its entries end at revision %d with hash %s", l.End.Revision, want.Revision, want.Hash)
	}
	return nil
}

func endOf(head graph.Head) *end {
	return &end{head.Revision, hex.EncodeToString(head.Hash[:]), hex.EncodeToString(head.Content[:])}
}

// intact refuses a restored store that does not hold what its ledger says.
func intact(ctx context.Context, st Store) error {
	report, err := Check(ctx, st)
	if err != nil || report.Clean() {
		return err
	}
	return graph.Errorf(graph.Invalid, "the dump breaks a rule: %s", report.Broken[0])
}
