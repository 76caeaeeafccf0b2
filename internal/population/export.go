package population

import (
	"bufio"
	"cmp"
	"context"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/records"
)

// Export writes all that lives as interchange NDJSON: classes and relation types of
// one's own (a built-in class with the attributes that it gained), CIs by ref, then
// requirements by consumer and name, then relations by consumer, type, provider,
// requirement and qualifier. Equal contents give equal bytes.
//
// It writes what holds: effective values, whoever says them. Left out are the records
// that the service keeps (changes and so on), retired CIs with their relations and
// requirements, requirements that follow from a
// rule, former refs, the sources of claims, pins other than by their value, and the
// greatest membership that a requirement without a designed size ever had. A dump
// has all of that.
//
// The records are read at one revision, into a file of this user's that is gone when
// Export returns, and written from there: so a slow reader does not hold the store,
// and nobody holds all records in memory.
func Export(ctx context.Context, l *records.Ledger, w io.Writer) error {
	f, err := os.CreateTemp("", "faultline-export-*")
	if err != nil {
		return noRoom(err)
	}
	defer func() {
		_ = f.Close()
		_ = os.Remove(f.Name())
	}()
	e := &exporting{out: bufio.NewWriterSize(f, 1<<18)}
	if _, err := l.Store().Stream(ctx, e.add); err != nil {
		return err
	}
	e.turn(0)
	if e.err == nil {
		e.err = e.out.Flush()
	}
	if e.err != nil {
		return noRoom(e.err)
	}
	return e.write(ctx, f, w)
}

func noRoom(err error) error {
	return graph.Errorf(graph.Unavailable, "the export could not be prepared").WithHint("look at the room for temporary files").Because(err)
}

// span is where lines stand in the file.
type span struct {
	at     int64
	length int64
}

// exporting takes the stream and notes where each CI's lines are.
type exporting struct {
	out  *bufio.Writer
	at   int64
	err  error // of out
	cat  *graph.Catalogue
	defs []graph.Change

	refs         map[graph.ID]graph.Ref // of those that live
	nodes        map[graph.ID]span
	requirements map[graph.ID]span
	relations    map[graph.ID]span

	consumer graph.ID // whose relations are being gathered
	rows     []row
	line     []byte
}

// row is a relation with what it is ordered by.
type row struct {
	*graph.Relation
	to graph.Ref
}

// add takes one record of the stream: classes, types, nodes by id, requirements and
// relations by key.
func (e *exporting) add(c graph.Change) error {
	if c.Class != nil || c.Type != nil {
		e.defs = append(e.defs, c)
		return nil
	}
	if e.cat == nil {
		e.cat = graph.Builtin().With(e.defs...)
		e.refs, e.nodes = map[graph.ID]graph.Ref{}, map[graph.ID]span{}
		e.requirements, e.relations = map[graph.ID]span{}, map[graph.ID]span{}
	}
	switch {
	case c.Node != nil && e.cat.Kept(c.Node.Ref.Class):
		// what the rooms keep is in a dump, and no script may bring it back
	case c.Node != nil && !c.Node.Retired:
		e.refs[c.Node.ID] = c.Node.Ref
		e.line = appendCI(e.line[:0], e.cat, c.Node)
		e.put(e.nodes, c.Node.ID)
	case c.Requirement != nil && !c.Requirement.ByRule:
		if of, living := e.refs[c.Requirement.Consumer]; living {
			e.requirement(of, c.Requirement)
		}
	case c.Relation != nil:
		if c.Relation.From != e.consumer {
			e.turn(c.Relation.From)
		}
		_, from := e.refs[c.Relation.From]
		if to, living := e.refs[c.Relation.To]; from && living {
			e.rows = append(e.rows, row{c.Relation, to})
		}
	}
	return e.err
}

// turn writes the relations that were gathered of one consumer.
func (e *exporting) turn(next graph.ID) {
	slices.SortFunc(e.rows, func(a, b row) int {
		return cmp.Or(strings.Compare(a.Type, b.Type), a.to.Compare(b.to), strings.Compare(a.Requirement, b.Requirement), strings.Compare(a.Qualifier, b.Qualifier))
	})
	for _, r := range e.rows {
		e.line = appendRelation(e.line[:0], e.cat, e.refs[r.From], r.to, r.Relation)
		e.put(e.relations, r.From)
	}
	e.consumer, e.rows = next, e.rows[:0]
}

// put writes the line; what belongs to one CI stands together.
func (e *exporting) put(spans map[graph.ID]span, id graph.ID) {
	e.line = append(e.line, '\n')
	s, ok := spans[id]
	if !ok {
		s.at = e.at
	}
	s.length += int64(len(e.line))
	spans[id] = s
	e.at += int64(len(e.line))
	if e.err == nil {
		_, e.err = e.out.Write(e.line)
	}
}

// write writes the lines in their order.
func (e *exporting) write(ctx context.Context, f *os.File, w io.Writer) error {
	head := append(appendHeader(nil), '\n')
	for _, line := range definitionLines(e.defs) {
		head = append(append(head, line...), '\n')
	}
	if _, err := w.Write(head); err != nil {
		return err
	}
	ids := make([]graph.ID, 0, len(e.refs))
	for id := range e.refs {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b graph.ID) int { return e.refs[a].Compare(e.refs[b]) })
	buf := make([]byte, 1<<15)
	for _, spans := range []map[graph.ID]span{e.nodes, e.requirements, e.relations} {
		for i, id := range ids {
			s, ok := spans[id]
			if !ok {
				continue
			}
			if i%1024 == 0 && ctx.Err() != nil {
				return graph.Errorf(graph.Unavailable, "the export was cancelled").Because(ctx.Err())
			}
			if s.length > int64(len(buf)) {
				buf = make([]byte, s.length)
			}
			if _, err := f.ReadAt(buf[:s.length], s.at); err != nil {
				return noRoom(err)
			}
			if _, err := w.Write(buf[:s.length]); err != nil {
				return err
			}
		}
	}
	return nil
}

// definitionLines are the classes, then the relation types, by name: an import puts
// them into the order in which they can be defined. Of a built-in class it says what
// it gained.
func definitionLines(defs []graph.Change) (lines [][]byte) {
	first := graph.Builtin()
	for i := range defs {
		c := defs[i].Class
		if c == nil {
			continue
		}
		if was := first.Class(c.Name); c.Builtin && was != nil {
			gained := graph.Class{Name: c.Name}
			for _, a := range c.Attributes {
				if !slices.ContainsFunc(was.Attributes, func(b graph.AttributeDef) bool { return a.Name == b.Name }) {
					gained.Attributes = append(gained.Attributes, a)
				}
			}
			c = &gained
		}
		lines = append(lines, marshalled("class", c))
	}
	for i := range defs {
		if t := defs[i].Type; t != nil {
			lines = append(lines, marshalled("relationType", t))
		}
	}
	return lines
}

// requirement writes one, with those of its targets that are living; one that has lost
// all of them goes as relations to retired CIs do.
func (e *exporting) requirement(of graph.Ref, r *graph.Requirement) {
	var targets []string
	for _, id := range r.Targets {
		if ref, living := e.refs[id]; living {
			targets = append(targets, ref.String())
		}
	}
	if r.Rule == graph.Reaches && targets == nil {
		return
	}
	slices.Sort(targets)
	e.line = appendRequirement(e.line[:0], of, targets, r)
	e.put(e.requirements, r.Consumer)
}
