package resolvers

import (
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

var cursorOrder = []store.Order{{Field: store.Attribute, Attribute: "os"}, {Field: store.RefField, Descending: true}}

func TestACursorKeepsItsSortKeysExactly(t *testing.T) {
	for _, v := range []graph.Value{
		{}, graph.StringValue(""), graph.StringValue("n"), graph.StringValue("ü\x00\"[1]"), graph.IntValue(math.MinInt64), graph.IntValue(math.MaxInt64),
		graph.FloatValue(0.1), graph.FloatValue(math.Inf(-1)), graph.FloatValue(math.SmallestNonzeroFloat64), graph.BoolValue(true), graph.BoolValue(false),
		graph.TimeValue(time.Date(1969, 1, 1, 0, 0, 0, 1000, time.UTC)), graph.DurationValue(-time.Nanosecond),
		graph.ListValue(), graph.ListValue(graph.StringValue("a,b"), graph.StringValue("")),
	} {
		want := store.Cursor{Keys: []graph.Value{v, graph.StringValue("server:default/x")}, ID: 7}
		got, err := readPageCursor(cursorOrder, pageCursor(cursorOrder, want))
		if err != nil {
			t.Errorf("%v: %v", v, err)
			continue
		}
		if got.ID != 7 || !got.Keys[0].Equal(v) || !got.Keys[1].Equal(want.Keys[1]) {
			t.Errorf("%v came back as %v", want, got)
		}
	}
}

// Whatever a client sends as a cursor is refused or read; what is read is what
// would be written.
func FuzzCursors(f *testing.F) {
	good := pageCursor(cursorOrder, store.Cursor{Keys: []graph.Value{graph.IntValue(1), {}}, ID: 3})
	for _, s := range []string{"", "garbage", good, good[:len(good)-1], view.EncodeCursor("cis"), view.EncodeCursor("cis", orderName(cursorOrder), "l[\"l[]\"]", "n", "1"),
		impactCursor{"t", "s", "impacted", 3}.String(), view.EncodeCursor("impact", "a", "b", "c", "-1"), view.EncodeID(5)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if c, err := readPageCursor(cursorOrder, s); err == nil {
			again, err := readPageCursor(cursorOrder, pageCursor(cursorOrder, *c))
			if err != nil || !reflect.DeepEqual(c, again) {
				t.Errorf("%q reads as %v, then as %v, %v", s, c, again, err)
			}
		}
		if c, err := readImpactCursor(s); err == nil && c.at < 0 {
			t.Errorf("%q reads as a place before the first", s)
		}
		if id, err := view.DecodeID(s); err == nil && view.EncodeID(id) != s {
			t.Errorf("%q reads as %d, which is written otherwise", s, id)
		}
	})
}
