package cli

import (
	"context"
	"fmt"
	"slices"
)

const (
	mostAffected = 5000 // CIs of one change; asked here too, so that nothing is written of what is too much
	affectedOnce = 1000 // CIs that one request says
)

// writes says a change, with more CIs than fit into a request in several: the first one
// creates or edits it, the others add the rest. All CIs were found before.
func (c *client) writes(ctx context.Context, mutation, typ string, in map[string]any) (*changePayload, error) {
	affects, _ := in["affects"].([]map[string]any)
	if len(affects) > mostAffected {
		return nil, usagef("%d CIs are named", len(affects)).hinted("one change affects at most %s: make several", number(mostAffected))
	}
	parts := slices.Collect(slices.Chunk(affects, affectedOnce))
	if len(parts) > 1 {
		in["affects"] = parts[0]
	}
	p, err := c.does(ctx, mutation, typ, in, changeFields)
	for k := 1; k < len(parts) && err == nil; k++ {
		var next *changePayload
		if next, err = c.does(ctx, "editChange", "EditChangeInput", map[string]any{"change": p.Change.Number, "affects": parts[k]}, changeFields); err != nil {
			f := *asFailure(err)
			f.message = fmt.Sprintf("%s says %s of %s CIs, the next were refused: %s", p.Change.Number, number(k*affectedOnce), number(len(affects)), f.message)
			return nil, f.hinted("faultline change edit %s --affects ... adds the others", p.Change.Number)
		}
		p = next
	}
	return p, err
}
