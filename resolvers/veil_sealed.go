package resolvers

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/faultline-itsm/faultline/internal/itsm/change"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// sealed is an assessment as the sender of the request is told it. What it calls by names
// that no CI has now, as a patch is still to make it or it was renamed, no text tells apart
// from a longer name of something that may be told: so these are taken out by their refs.
func (r *reading) sealed(s *change.Sealed) *view.Sealed {
	if !r.veil.partial() {
		return &view.Sealed{Of: s}
	}
	instead := map[string]string{}
	for _, n := range s.Result.Named() {
		id, err := view.DecodeID(n.ID)
		is := r.at().Ref(id)
		switch {
		case err == nil && is.String() == n.Ref:
		case err == nil && r.at().Has(id) && r.veil.names(r.at(), id):
			instead[n.Ref] = is.String()
		default:
			instead[n.Ref] = n.Class + " (" + redactedScope + ")"
		}
	}
	if len(instead) == 0 {
		return &view.Sealed{Of: s}
	}
	// The longest first, as one may begin as another one does.
	refs := slices.SortedFunc(maps.Keys(instead), func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	raw, err := json.Marshal(s.Result)
	text := string(raw)
	for _, ref := range refs {
		text = strings.ReplaceAll(text, quoted(ref), quoted(instead[ref]))
	}
	told := *s
	told.Result = change.Result{}
	if err = cmp.Or(err, json.Unmarshal([]byte(text), &told.Result)); err != nil {
		return &view.Sealed{Of: &change.Sealed{Number: s.Number, Change: s.Change, Content: s.Content, Revision: s.Revision, At: s.At, By: s.By, Engine: s.Engine, Seal: s.Seal}}
	}
	return &view.Sealed{Of: &told}
}

// quoted is a text as it stands within a JSON string.
func quoted(text string) string {
	raw, err := json.Marshal(text)
	if err != nil || len(raw) < 2 {
		return text
	}
	return string(raw[1 : len(raw)-1])
}
