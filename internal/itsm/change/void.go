package change

import (
	"slices"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/itsm"
)

// Void adds to an edit what follows where it voids decisions (itsm.md, "a voiding
// edit"): the content's version rises, so that votes and assessments count no more;
// its author may not decide; and the change goes back, typ being its type after it.
func Void(c *Change, typ, author string, edit *itsm.Input) {
	edit.Values["content_version"] = graph.IntValue(c.Content + 1)
	if !slices.Contains(c.Authors, author) {
		var all []graph.Value
		for _, a := range append(slices.Clone(c.Authors), author) {
			all = append(all, graph.StringValue(a))
		}
		edit.Values["authors"] = graph.ListValue(all...)
	}
	for name, v := range Fresh() {
		if !c.Values[name].IsZero() {
			edit.Values[name] = v
		}
	}
	if c.State() == New {
		return
	}
	edit.Values[itsm.StateAttribute] = graph.StringValue(map[string]string{Normal: Assess, Emergency: Authorize, Standard: New}[typ])
}
