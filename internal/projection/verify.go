package projection

import (
	"context"
	"fmt"
	"slices"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/store"
)

// maxDifferences bounds what Verify lists: of a wrong projection nobody reads more.
const maxDifferences = 20

// Verify builds the graph of a store in both ways in which a projection comes to
// it, from the records and by following the ledger from empty, and says where they
// differ; nothing where they agree.
func Verify(ctx context.Context, r store.Reader) ([]string, error) {
	loaded, err := Load(ctx, r)
	if err != nil {
		return nil, err
	}
	empty, err := graph.NewBuilder().Build(graph.Head{})
	if err != nil {
		return nil, err
	}
	followed, err := CatchUp(ctx, r, empty, loaded.Head())
	if graph.IsKind(err, graph.Invalid) {
		return []string{err.Error()}, nil
	}
	if err != nil {
		return nil, err
	}
	return differences(loaded, followed, "the ledger"), nil
}

// differences compares all that a snapshot says of its nodes with another, in the
// order of ids.
func differences(loaded, other *graph.Snapshot, of string) (out []string) {
	if a, b := loaded.Len(), other.Len(); a != b {
		out = append(out, fmt.Sprintf("the records have %d living CIs, %s has %d", a, of, b))
	}
	if a, b := loaded.RelationCount(), other.RelationCount(); a != b {
		out = append(out, fmt.Sprintf("the records have %d relations, %s has %d", a, of, b))
	}
	for id := range loaded.Nodes() {
		if len(out) == maxDifferences {
			break
		}
		if what := differs(loaded, other, id); what != "" {
			out = append(out, fmt.Sprintf("%s: its %s in the records is not that of %s", loaded.Ref(id), what, of))
		}
	}
	return out
}

// differs names the first thing in which a node differs, or nothing.
func differs(a, b *graph.Snapshot, id graph.ID) string {
	switch {
	case !b.Has(id):
		return "existence"
	case a.Ref(id) != b.Ref(id):
		return "ref"
	case a.Retired(id) != b.Retired(id):
		return "retirement"
	case a.Lifecycle(id) != b.Lifecycle(id):
		return "lifecycle"
	case !slices.Equal(a.Links(id, graph.Providers), b.Links(id, graph.Providers)):
		return "relations to providers"
	case !slices.Equal(a.Links(id, graph.Consumers), b.Links(id, graph.Consumers)):
		return "relations to consumers"
	case !slices.EqualFunc(a.Requirements(id), b.Requirements(id), sameRequirement):
		return "redundancy groups"
	}
	return ""
}

func sameRequirement(a, b graph.Requirement) bool {
	return string(a.Append(nil)) == string(b.Append(nil))
}
