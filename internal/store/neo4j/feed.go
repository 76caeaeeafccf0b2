package neo4j

import (
	"context"
	"slices"

	"github.com/faultline-itsm/faultline/graph"
)

// An entry may be as large as the greatest commit, so the feed is read in
// portions that grow while entries are small, and a page ends early where it
// would be too much at once.
const (
	firstPortion = 8
	feedBytes    = 16 << 20
)

// entriesOf is the feed up to a settled head: entries are written once, so what
// is there up to it stays as it is.
func entriesOf(ctx context.Context, r runner, head graph.Head, after graph.Revision, limit int) (out []graph.Entry, err error) {
	if limit < 0 {
		return entriesBefore(ctx, r, head, after, graph.Revision(-limit))
	}
	last := min(head.Revision, after+graph.Revision(limit))
	size, portion := 0, graph.Revision(firstPortion)
	for after < last && size < feedBytes {
		to := min(last, after+portion)
		some, n, err := entriesIn(ctx, r, after, to)
		if err != nil {
			return nil, err
		}
		out, size, after, portion = append(out, some...), size+n, to, 2*portion
	}
	return out, nil
}

// entriesBefore are at most limit entries before a revision (0: from the head),
// newest first.
func entriesBefore(ctx context.Context, r runner, head graph.Head, before, limit graph.Revision) (out []graph.Entry, err error) {
	last := head.Revision
	if before > 0 {
		last = min(last, before-1)
	}
	first := graph.Revision(0)
	if last > limit {
		first = last - limit
	}
	size, portion := 0, graph.Revision(firstPortion)
	for first < last && size < feedBytes {
		from := first
		if last-first > portion {
			from = last - portion
		}
		some, n, err := entriesIn(ctx, r, from, last)
		if err != nil {
			return nil, err
		}
		slices.Reverse(some)
		out, size, last, portion = append(out, some...), size+n, from, 2*portion
	}
	return out, nil
}

// entriesIn are the entries after one revision up to another, and their size.
func entriesIn(ctx context.Context, r runner, after, last graph.Revision) (out []graph.Entry, size int, err error) {
	v, err := row(ctx, r, getEntries, params{"after": int64(after), "last": int64(last)})
	if err != nil || len(v) < 2 {
		return nil, 0, err
	}
	hashes, _ := v[0].([]any)
	forms, _ := v[1].([]any)
	entries, err := decoded(forms, graph.DecodeEntry)
	if err != nil {
		return nil, 0, err
	}
	for i, e := range entries {
		form, _ := forms[i].([]byte)
		size += len(form)
		if i < len(hashes) { // collect leaves nulls out: a hash that was removed shifts all
			hash, _ := hashes[i].([]byte)
			e.Hash = graph.Hash{}
			copy(e.Hash[:], hash)
		}
		out = append(out, *e)
	}
	slices.SortFunc(out, func(a, b graph.Entry) int { return int(int64(a.Revision) - int64(b.Revision)) })
	return out, size, nil
}
