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
	key     *string // of idempotency
	input   any     // the whole input, for the key
}

// mutate commits the items of one mutation, each turned into operations by op.
// What is refused is data: in the item's result and in the payload's errors.
func mutate[T any](ctx context.Context, a *API, m meta, items []*T, op func(*inputs, *T) ([]graph.Operation, error)) (*view.Payload, error) {
	if err := readingOf(ctx).writes(ctx); err != nil {
		return nil, err
	}
	out := &view.Payload{Revision: readingOf(ctx).at().Revision(), Items: []view.ItemResult{}, Errors: []view.UserError{}}
	e := bounded(m, len(items))
	if e == nil {
		e = a.actor(ctx).Speaks(m.source)
	}
	if e != nil {
		refused, _ := refusal(e)
		out.Errors = append(out.Errors, refused)
		return out, nil
	}
	in := &inputs{ctx: ctx, reading: readingOf(ctx)}
	list := make([]records.Item, len(items))
	for i, item := range items {
		ops, err := op(in, item)
		if err == nil {
			list[i].Ops = ops
			continue
		}
		if _, expected := refusal(err); !expected {
			return nil, err
		}
		list[i].Fault = graph.AsError(err)
	}
	return out, a.commit(ctx, m, list, out)
}

func bounded(m meta, n int) error {
	switch {
	case n > maxItems:
		return graph.Errorf(graph.LimitExceeded, "%d items were given; at most %d are allowed", n, maxItems).At(-1, "items").WithHint("send them in several requests")
	case m.source == "":
		return graph.Errorf(graph.Invalid, "the source is empty").At(-1, "source").WithHint("name whose statements these are, or leave it out")
	}
	return validKey(m.key)
}

// commit writes what can be written and fills the payload.
func (a *API) commit(ctx context.Context, m meta, items []records.Item, out *view.Payload) error {
	once, err := a.once(ctx, m)
	if err != nil {
		return err
	}
	batch := graph.Batch{Actor: a.actor(ctx).Name, Source: m.source, Teams: a.actor(ctx).Teams, Message: value(m.message)}
	receipt, err := a.Ledger.CommitItems(ctx, batch, items, m.mode != gql.BulkModePartial, once)
	if err != nil {
		if e, ok := refusal(err); ok {
			out.Errors = append(out.Errors, e)
			return nil
		}
		return err
	}
	done(ctx, &receipt, out)
	return nil
}

// done moves the request to what a commit left, and tells of it.
func done(ctx context.Context, receipt *records.ItemsReceipt, out *view.Payload) {
	readingOf(ctx).continues(receipt.Snapshot, true)
	out.Revision = receipt.Revision
	for i := range receipt.Items {
		out.Items = append(out.Items, itemResult("items", i, &receipt.Items[i]))
		out.Errors = append(out.Errors, out.Items[i].Errors...)
	}
}

// itemResult says what became of item i of a list; without effects it was not
// tried, or not kept.
func itemResult(list string, i int, done *records.ItemResult) view.ItemResult {
	r := view.ItemResult{Index: i, Status: "SKIPPED", Errors: []view.UserError{}}
	if done.Err != nil {
		r.Status = "REFUSED"
		e, _ := refusal(done.Err, list, strconv.Itoa(i))
		r.Errors = append(r.Errors, e)
		return r
	}
	if len(done.Effects) == 0 {
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
