package population

import (
	"iter"
	"sync"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/records"
)

// part is a run of pieces of one phase that is checked, and written, as one batch.
type part struct {
	phase    phase
	from, to int
	changes  bool        // as the check found
	plan     *graph.Plan // what it found, or nil: see keptChanges
}

// step is one operation and the line that asked for it.
type step struct {
	op      graph.Operation
	line    int32
	place   int32    // of its piece in the phase
	counted bool     // with an earlier step: the draft of a class
	from    graph.ID // of a relation: its ends, where they are known
	to      graph.ID
	hash    uint64          // of a relation whose ends are known, or 0: see said.relations
	known   graph.Operation // op with its ends named by id, or nil
}

// portion is a part that was read.
type portion struct {
	part
	prepared *records.Prepared // its plan, ready to be written
	steps    []step
	bad      []badLine
	err      error // of the input
}

// badLine is one that could not be decoded.
type badLine struct {
	line int32
	why  error
}

// room is how many operations of the input one part takes: where stubs may be made,
// a relation may become three.
func (im *importing) room(ph phase) int {
	if ph == relations && im.o.Stubs {
		return graph.MaxOperations / 3
	}
	return graph.MaxOperations
}

// read decodes the pieces of a phase from one place on, as many as fit into one
// part.
func (im *importing) read(ph phase, from int) portion {
	im.reading.Lock()
	defer im.reading.Unlock()
	out := portion{part: part{phase: ph, from: from, to: from}}
	pieces := im.in.pieces[ph]
	room := im.room(ph) - im.dec.most()
	out.steps = make([]step, 0, min(len(pieces)-from, room+1))
	var ops []graph.Operation
	for ; out.to < len(pieces) && out.to-from < graph.MaxOperations && len(out.steps) <= room; out.to++ {
		p := pieces[out.to]
		text, err := im.in.read(p)
		if err != nil {
			out.err = err
			return out
		}
		if ops, err = im.dec.decode(ops[:0], ph, p, text); err != nil {
			out.bad = append(out.bad, badLine{p.line, im.in.cutOff(err, text, p.line)})
			continue
		}
		for _, op := range ops {
			out.steps = append(out.steps, step{op: op, line: p.line, place: int32(out.to)})
		}
	}
	return out
}

// readAhead is how many portions may wait to be used: as many as one transaction
// takes.
const readAhead = together - 1

// ahead are the portions that next reads: the following ones are read while one is used.
func ahead(next func() (portion, bool)) iter.Seq[portion] {
	return func(yield func(portion) bool) {
		read, stop := make(chan portion, readAhead), make(chan struct{})
		var reader sync.WaitGroup
		reader.Go(func() {
			defer close(read)
			for {
				p, more := next()
				if !more {
					return
				}
				select {
				case read <- p:
				case <-stop:
					return
				}
			}
		})
		defer reader.Wait()
		defer close(stop)
		for p := range read {
			if !yield(p) {
				return
			}
		}
	}
}

// locate finds the ends of relations that are not known yet, once for all that
// follows, and returns the refs that s does not know.
func locate(steps []step, s *graph.Snapshot) (unknown []graph.Ref) {
	find := func(to *graph.ID, r graph.Ref) {
		if *to != 0 {
			return
		}
		var ok bool
		if *to, ok = s.Lookup(r); !ok {
			unknown = append(unknown, r)
		}
	}
	for i := range steps {
		st := &steps[i]
		switch op := st.op.(type) {
		case graph.PutRelation:
			find(&st.from, op.From.Ref)
			find(&st.to, op.To.Ref)
			if st.from != 0 && st.to != 0 && st.known == nil {
				op.From, op.To = graph.NodeRef{ID: st.from}, graph.NodeRef{ID: st.to}
				st.known = op
			}
		case graph.WithdrawRelation:
			find(&st.from, op.From.Ref)
			find(&st.to, op.To.Ref)
		}
	}
	return unknown
}

// batch is the operations of steps, by the import's author. Ends of relations that
// are known are named by id, which spares the rules to look for them again.
func (im *importing) batch(steps []step) graph.Batch {
	b := im.meta
	b.Ops = make([]graph.Operation, len(steps))
	for i := range steps {
		if b.Ops[i] = steps[i].known; b.Ops[i] == nil {
			b.Ops[i] = steps[i].op
		}
	}
	return b
}
