// Package population brings other people's formats into the graph and takes the
// graph out again: NDJSON and CSV in, NDJSON out.
//
// Its one idea: an input is read twice. The first pass applies the real rules to
// all of it and writes nothing, so that an input with an error changes nothing and
// every error is told at once, with its line; the second commits it in atomic
// parts, and whoever is killed in the middle runs it again. It refuses to hold
// rules, and to guess: what it does not know is an error.
package population

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"sync"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/records"
)

// Options of an import. The zero value imports NDJSON as graph.ManualSource.
type Options struct {
	// Source is whose claims these are. Where it is empty or graph.ManualSource,
	// the source that the input's header names, if any, is.
	Source string
	// Scope is that of CIs and refs that name none, before the header's (or the
	// mapping's) and graph.DefaultScope.
	Scope   string
	Format  string   // NDJSON or CSV; "" is NDJSON
	Class   string   // of rows of CSV that name none
	Actor   string   // whom the ledger names
	Teams   []string // whose CIs it may change; nil: all
	Mapping *Mapping
	DryRun  bool             // report what would change, write nothing
	Stubs   bool             // make the missing ends of relations, rather than refuse the relation
	Clock   func() time.Time // nil is time.Now
}

// The formats.
const (
	NDJSON = "ndjson"
	CSV    = "csv"
)

// Import reads an input twice, from its start: it checks all of it, then writes it
// in atomic parts of at most graph.MaxOperations. line is given one [Progress],
// [Diagnostic] or [Planned] at a time, and a [Summary] last.
//
// Lines are taken in this order: definitions, CIs, requirements, relations,
// withdrawals, retirements; within each in the order of the file. An input with
// an error writes nothing, and Import returns nil: the summary says so. So does an
// input that says nothing new.
//
// It fails with graph.Unavailable where the store or the input cannot be read or
// ctx ends, with the rule's own kind where somebody else's commit made the rules
// refuse a part after the check, and with line's error. What was written till then
// stands; the same import again completes it.
func Import(ctx context.Context, l *records.Ledger, in io.ReadSeeker, o Options, line func(any) error) error {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	im := &importing{ledger: l, o: o, rep: newReport(line, o.Clock), stubs: map[graph.Ref]int32{}}
	im.rep.summary.DryRun = o.DryRun
	err := im.run(ctx, in)
	if im.rep.err != nil {
		return im.rep.err
	}
	return err
}

// importing is one import at work.
type importing struct {
	ledger *records.Ledger
	o      Options
	rep    *report
	in     *input
	dec    decoder
	meta   graph.Batch // author, source and message of each part
	hash   string
	parts  []part
	moved  bool // others have written since the check: no plan of it holds

	reading sync.Mutex          // held where in and dec are used
	cat     *graph.Catalogue    // at the start
	stubs   map[graph.Ref]int32 // those to be made, with the place of the relation before which
}

// decoder turns a piece of the input into operations of a phase.
type decoder interface {
	// decode appends to ops; what it keeps of text is copied.
	decode(ops []graph.Operation, ph phase, p piece, text []byte) ([]graph.Operation, error)
	// learn tells the classes, once the definitions of the input are through.
	learn(cat *graph.Catalogue)
	// most is how many operations one piece can become.
	most() int
}

func (im *importing) run(ctx context.Context, in io.ReadSeeker) error {
	rehearsal, err := im.ledger.Rehearse(ctx)
	if err != nil {
		return err
	}
	began := rehearsal.Snapshot()
	at := began.Revision()
	if err := im.index(in, rehearsal.Snapshot().Catalogue()); err != nil {
		return err
	}
	im.cat = rehearsal.Snapshot().Catalogue()
	im.rep.summary.Lines = im.lines()
	c := &checking{importing: im, rehearsal: rehearsal}
	if im.in != nil {
		if err := c.check(ctx); err != nil {
			return cancelled(ctx, err, "nothing was written; run it again")
		}
	}
	switch {
	case im.rep.summary.Errors > 0:
		im.rep.uncount()
	case !im.o.DryRun:
		if at, err = im.write(ctx, began); err != nil {
			return cancelled(ctx, err, "what was written stands; run it again to complete it")
		}
		im.rep.summary.Applied = true
	}
	return im.rep.end(at)
}

func (im *importing) lines() int {
	if im.in == nil {
		return 0
	}
	return im.in.lines
}

// index finds the pieces of the input. An input that is none is reported; im.in is
// nil then.
func (im *importing) index(in io.ReadSeeker, cat *graph.Catalogue) error {
	i, r, err := open(in)
	if err != nil {
		if graph.IsKind(err, graph.Invalid) {
			im.rep.refuse(1, err)
			return nil
		}
		return err
	}
	var h header
	switch im.o.Format {
	case NDJSON, "":
		if im.o.Class != "" || im.o.Mapping != nil {
			return graph.Errorf(graph.Invalid, "a class and a mapping belong to CSV").WithHint("NDJSON says both itself")
		}
		if h, err = indexNDJSON(i, r, im.rep); err != nil {
			return err
		}
		im.dec = &ndjson{scope: scopeOf(im.o.Scope, h.scope), words: map[string]string{}}
	case CSV:
		t, err := indexCSV(i, r, im.rep, cat, im.o)
		if err != nil || t == nil {
			return err
		}
		im.dec = t
	default:
		return graph.Errorf(graph.Invalid, "the format %q is unknown", graph.Clip(im.o.Format)).WithHint("ndjson or csv")
	}
	if _, err := io.Copy(io.Discard, r.in); err != nil { // the hash is of all of it
		return unreadable(err)
	}
	im.in = i
	im.meta = graph.Batch{Actor: im.o.Actor, Source: im.o.Source, Teams: im.o.Teams, Message: "import"}
	if im.meta.Source == "" || im.meta.Source == graph.ManualSource {
		im.meta.Source = graph.ManualSource
		if h.source != "" {
			im.meta.Source = h.source
		}
	}
	im.hash, err = hashOf(im.o, i.hash.Sum(nil))
	return err
}

// scopeOf is the first scope that somebody gave.
func scopeOf(scopes ...string) string {
	for _, s := range scopes {
		if s != "" {
			return nfc(s)
		}
	}
	return graph.DefaultScope
}

// hashOf names a run: the input, and the options that say what becomes of it.
func hashOf(o Options, content []byte) (string, error) {
	b, err := json.Marshal(struct {
		Source, Scope, Format, Class string
		Mapping                      *Mapping
		Stubs                        bool
		Content                      []byte
	}{o.Source, o.Scope, o.Format, o.Class, o.Mapping, o.Stubs, content})
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), err
}

// cancelled says what an ended context means for the input.
func cancelled(ctx context.Context, err error, hint string) error {
	if ctx.Err() == nil {
		return err
	}
	return graph.Errorf(graph.Unavailable, "the import was cancelled").WithHint("%s", hint).Because(err)
}
