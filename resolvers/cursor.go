package resolvers

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// pageCursor is the opaque form of a row's place: the order, the row's sort
// keys, its id.
func pageCursor(order []store.Order, c store.Cursor) string {
	parts := []string{orderName(order)}
	for _, k := range c.Keys {
		parts = append(parts, keyText(k))
	}
	return view.EncodeCursor("cis", append(parts, c.ID.String())...)
}

func orderName(order []store.Order) string { return fmt.Sprint(order) }

// readPageCursor reads what pageCursor wrote for the same order.
func readPageCursor(order []store.Order, s string) (*store.Cursor, error) {
	parts, err := view.DecodeCursor("cis", s)
	if err != nil {
		return nil, err
	}
	if len(parts) != len(order)+2 || parts[0] != orderName(order) {
		return nil, view.BadCursor()
	}
	c := &store.Cursor{}
	for _, p := range parts[1 : len(parts)-1] {
		k, ok := keyValue(p)
		if !ok {
			return nil, view.BadCursor()
		}
		c.Keys = append(c.Keys, k)
	}
	id, err := strconv.ParseUint(parts[len(parts)-1], 10, 63)
	if err != nil {
		return nil, view.BadCursor()
	}
	c.ID = graph.ID(id)
	return c, nil
}

// keyText writes a sort key with its type; exactly, so that no page overlaps.
func keyText(v graph.Value) string {
	switch v.Kind() {
	case graph.StringKind:
		return "s" + v.Str()
	case graph.IntKind:
		return "i" + strconv.FormatInt(v.Int(), 10)
	case graph.FloatKind:
		return "f" + strconv.FormatUint(math.Float64bits(v.Float()), 16)
	case graph.BoolKind:
		return "b" + strconv.FormatBool(v.Bool())
	case graph.TimeKind:
		return "t" + strconv.FormatInt(v.Time().UnixMicro(), 10)
	case graph.DurationKind:
		return "d" + strconv.FormatInt(int64(v.Duration()), 10)
	case graph.ListKind:
		parts := make([]string, len(v.List()))
		for i, e := range v.List() {
			parts[i] = keyText(e)
		}
		b, _ := json.Marshal(parts) // strings always marshal
		return "l" + string(b)
	}
	return "n"
}

func keyValue(s string) (v graph.Value, ok bool) {
	if s == "" {
		return v, false
	}
	text := s[1:]
	n, notInt := strconv.ParseInt(text, 10, 64)
	switch s[0] {
	case 's':
		return graph.StringValue(text), true
	case 'i':
		return graph.IntValue(n), notInt == nil
	case 'f':
		bits, err := strconv.ParseUint(text, 16, 64)
		f := math.Float64frombits(bits)
		return graph.FloatValue(f), err == nil && !math.IsNaN(f)
	case 'b':
		return graph.BoolValue(text == "true"), text == "true" || text == "false"
	case 't':
		return graph.TimeValue(time.UnixMicro(n)), notInt == nil
	case 'd':
		return graph.DurationValue(time.Duration(n)), notInt == nil
	case 'l':
		return listValue(text)
	}
	return v, s == "n"
}

func listValue(text string) (graph.Value, bool) {
	var parts []string
	if json.Unmarshal([]byte(text), &parts) != nil {
		return graph.Value{}, false
	}
	list := make([]graph.Value, len(parts))
	for i, p := range parts {
		v, ok := keyValue(p)
		if !ok || v.Kind() == graph.ListKind { // lists do not nest
			return graph.Value{}, false
		}
		list[i] = v
	}
	return graph.ListValue(list...), true
}
