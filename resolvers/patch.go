package resolvers

import (
	"context"
	"strconv"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
	"github.com/faultline-itsm/faultline/internal/records"
)

// patchItem is an item of a patch, and where in it it stands.
type patchItem struct {
	field string
	index int
	records.Item
}

// patchSize is how many items a patch has.
func patchSize(p *gql.GraphPatchInput) int {
	return len(p.UpsertCIs) + len(p.UpsertRequirements) + len(p.UpsertRelations) + len(p.WithdrawRelations) + len(p.WithdrawRequirements) + len(p.RenameCIs) + len(p.RetireCIs)
}

// patchItems are the items of a patch, in the order of its fields.
func patchItems(ctx context.Context, p *gql.GraphPatchInput) (list []patchItem, err error) {
	in := &inputs{ctx: ctx, reading: readingOf(ctx)}
	for _, add := range []func() error{
		func() error { return patchWith(in, &list, "upsertCIs", p.UpsertCIs, (*inputs).upsertCI) },
		func() error {
			return patchWith(in, &list, "upsertRequirements", p.UpsertRequirements, (*inputs).upsertRequirement)
		},
		func() error {
			return patchWith(in, &list, "upsertRelations", p.UpsertRelations, (*inputs).upsertRelation)
		},
		func() error {
			return patchWith(in, &list, "withdrawRelations", p.WithdrawRelations, (*inputs).withdrawRelation)
		},
		func() error {
			return patchWith(in, &list, "withdrawRequirements", p.WithdrawRequirements, (*inputs).withdrawRequirement)
		},
		func() error { return patchWith(in, &list, "renameCIs", p.RenameCIs, (*inputs).renameCI) },
		func() error { return patchWith(in, &list, "retireCIs", p.RetireCIs, (*inputs).retireCI) },
	} {
		if err := add(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func patchWith[T any](in *inputs, list *[]patchItem, field string, items []*T, op func(*inputs, *T) ([]graph.Operation, error)) error {
	for i, item := range items {
		made := patchItem{field: field, index: i}
		ops, err := op(in, item)
		if err == nil {
			made.Ops = ops
		} else if _, expected := refusal(err); expected {
			made.Fault = graph.AsError(err)
		} else {
			return err
		}
		*list = append(*list, made)
	}
	return nil
}

// patchBatch is a scenario's patch as a batch; the first item that is at fault
// refuses it.
func (a *API) patchBatch(ctx context.Context, p *gql.GraphPatchInput) (graph.Batch, error) {
	b := graph.Batch{Actor: a.actor(ctx).Name, Source: p.Source}
	list, err := patchItems(ctx, p)
	if err != nil {
		return b, err
	}
	for _, item := range list {
		if item.Fault != nil {
			e := *item.Fault
			e.Message = "item " + strconv.Itoa(item.index) + " of " + item.field + ": " + e.Message
			return b, &e
		}
		b.Ops = append(b.Ops, item.Ops...)
	}
	return b, nil
}
