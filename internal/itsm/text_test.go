package itsm_test

import (
	"strings"
	"testing"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/itsm"
)

func TestBlankIsWhatNobodySees(t *testing.T) {
	for text, want := range map[string]bool{"": true, "   ": true, "\n\t ": true, "\u00a0\u2003": true, "\u200b\u200d": true, " x ": false, "変更": false, "🔧": false} {
		if itsm.Blank(text) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
}

func TestTextsOfRecordsAreLegible(t *testing.T) {
	for _, x := range []struct{ name, text, bad string }{
		{"title", "Patch db-1 — “now” 変更 שלום", ""},
		{"title", "two\nlines", "U+000A"},
		{"title", "a\x00b", "U+0000"},
		{"title", "\x1b[2J", "U+001B"},
		{"title", "\u0085", "U+0085"},
		{"title", "approve \u202etxt.exe", "U+202E"},
		{"implementer", "iv\u2066an", "U+2066"},
		{"backout_plan", "first\n\tthen\r\nlast", ""},
		{"backout_plan", "over\rwritten", "U+000D"},
		{"comment", "\u2069", "U+2069"},
	} {
		ops := []graph.Operation{graph.ClaimAttributes{Attributes: map[string]graph.Value{x.name: word(x.text)}}}
		err := itsm.Legible(ops)
		switch {
		case x.bad == "" && err != nil:
			t.Errorf("%s %q: %v", x.name, x.text, err)
		case x.bad != "" && (err == nil || !strings.Contains(err.Error(), x.bad) || graph.AsError(err).Field != x.name):
			t.Errorf("%s %q: %v", x.name, x.text, err)
		}
	}
	names := graph.PutNode{Attributes: map[string]graph.Value{"approvers": graph.ListValue(word("olga"), word("ol\x07ga"))}}
	why := graph.PutRelation{Props: graph.RelationProps{Facts: map[string]graph.Value{"reason": word("\u202d")}}}
	for _, op := range []graph.Operation{names, why} {
		if err := itsm.Legible([]graph.Operation{op}); err == nil {
			t.Errorf("%v passed", op)
		}
	}
}
