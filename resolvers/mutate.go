package resolvers

import (
	"context"
	"slices"
	"strconv"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
	"github.com/faultline-itsm/faultline/internal/records"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// maxItems bounds a list of items.
const maxItems = 1000

// meta is what a mutation says about its commit.
type meta struct {
	source  string
	message *string
	mode    gql.BulkMode
}

// mutate commits the items of one mutation, each turned into operations by op.
// What is refused is data: in the item's result and in the payload's errors.
func mutate[T any](ctx context.Context, a *API, m meta, items []*T, op func(*inputs, *T) ([]graph.Operation, error)) (*view.Payload, error) {
	if err := readingOf(ctx).writes(ctx); err != nil {
		return nil, err
	}
	out := &view.Payload{Revision: readingOf(ctx).at().Revision(), Items: []view.ItemResult{}, Errors: []view.UserError{}}
	if e := bounded(m, len(items)); e != nil {
		refused, _ := refusal(e)
		out.Errors = append(out.Errors, refused)
		return out, nil
	}
	in := &inputs{ctx: ctx, reading: readingOf(ctx)}
	ops, faults := make([][]graph.Operation, len(items)), make([]error, len(items))
	for i, item := range items {
		if ops[i], faults[i] = op(in, item); faults[i] != nil {
			if _, expected := refusal(faults[i]); !expected {
				return nil, faults[i]
			}
		}
	}
	return out, a.commit(ctx, m, ops, faults, out)
}

func bounded(m meta, n int) error {
	switch {
	case n > maxItems:
		return graph.Errorf(graph.LimitExceeded, "%d items were given; at most %d are allowed", n, maxItems).At(-1, "items").WithHint("send them in several requests")
	case m.source == "":
		return graph.Errorf(graph.Invalid, "the source is empty").At(-1, "source").WithHint("name whose statements these are, or leave it out")
	}
	return nil
}

// commit writes what can be written and fills the payload.
func (a *API) commit(ctx context.Context, m meta, ops [][]graph.Operation, faults []error, out *view.Payload) error {
	atomic := m.mode != gql.BulkModePartial
	var tried []int
	for i := range ops {
		if faults[i] == nil {
			tried = append(tried, i)
		}
	}
	var receipt records.ItemsReceipt
	if !atomic || len(tried) == len(ops) {
		batch := graph.Batch{Actor: a.Actor, Source: m.source}
		if m.message != nil {
			batch.Message = *m.message
		}
		list := make([][]graph.Operation, len(tried))
		for k, i := range tried {
			list[k] = ops[i]
		}
		var err error
		if receipt, err = a.Ledger.CommitItems(ctx, batch, list, atomic); err != nil {
			if e, ok := refusal(err); ok {
				out.Errors = append(out.Errors, e)
				return nil
			}
			return err
		}
		readingOf(ctx).continues(receipt.Snapshot, true)
		out.Revision = receipt.Revision
	} else {
		tried = nil
	}
	results := make([]*records.ItemResult, len(ops))
	for k, i := range tried {
		results[i] = &receipt.Items[k]
	}
	for i := range ops {
		out.Items = append(out.Items, itemResult(i, faults[i], results[i]))
		out.Errors = append(out.Errors, out.Items[i].Errors...)
	}
	return nil
}

// itemResult says what became of item i. done is nil where it was not tried.
func itemResult(i int, fault error, done *records.ItemResult) view.ItemResult {
	r := view.ItemResult{Index: i, Status: "SKIPPED", Errors: []view.UserError{}}
	if fault == nil && done != nil && done.Err != nil {
		fault = done.Err
	}
	if fault != nil {
		r.Status = "REFUSED"
		e, _ := refusal(fault, "items", strconv.Itoa(i))
		r.Errors = append(r.Errors, e)
		return r
	}
	if done == nil || len(done.Effects) == 0 {
		return r
	}
	worst := slices.MaxFunc(done.Effects, func(a, b graph.Effect) int { return rank(a.Outcome) - rank(b.Outcome) })
	r.Status = worst.Outcome.String()
	first := done.Effects[0]
	if first.ID != 0 {
		id := view.EncodeID(first.ID)
		r.ID = &id
	}
	for _, e := range done.Effects {
		if v := int(e.Version); v > 0 {
			r.Version = &v
		}
		if e.Note != "" && r.Note == nil {
			r.Note = &e.Note
		}
	}
	return r
}

// rank orders outcomes by what says most about an item of several operations.
func rank(o graph.Outcome) int {
	return map[graph.Outcome]int{graph.Unchanged: 0, graph.Updated: 1, graph.Created: 2, graph.Removed: 3}[o]
}
