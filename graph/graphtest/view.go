package graphtest

import (
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// View is how somebody sees the graph: which relations count, by how sure they are,
// at which instant, by whose clock.
type View struct {
	World graph.World
	Now   time.Time // of evidence
	At    time.Time // of validity and pins; zero: relations are valid at all times
	// Read is the provider's state as the relation sees it, before transfer; nil: as
	// it is.
	Read func(r Relation, states States) graph.State
	// Hard says that a relation of phase START counts as HARD; nil: none does.
	Hard func(r Relation) bool
}

// evidences are what a relation's claims may say, and the band of that at Now.
var evidences = map[string]struct {
	claims []graph.RelationClaim
	band   graph.Band
}{
	"":           {[]graph.RelationClaim{claim(graph.ManualSource, graph.Unstated, "", 0)}, graph.Probable},
	"declared":   {[]graph.RelationClaim{claim("cmdb", graph.Declared, "", 0)}, graph.Probable},
	"inferred":   {[]graph.RelationClaim{claim("cmdb", graph.Inferred, "", 0)}, graph.Suspected},
	"guessed":    {[]graph.RelationClaim{claim("a", graph.Inferred, "", 0), claim("b", graph.Inferred, "", 0)}, graph.Suspected},
	"discovered": {[]graph.RelationClaim{claim("scan", graph.Discovered, "", 0)}, graph.Confirmed},
	"observed":   {[]graph.RelationClaim{claim("flow", graph.Observed, "", 0)}, graph.Confirmed},
	"agreed":     {[]graph.RelationClaim{claim("a", graph.Declared, "", 0), claim("b", graph.Unstated, "", 0)}, graph.Confirmed},
	"confirmed":  {[]graph.RelationClaim{claim("cmdb", graph.Inferred, "ada", -364*24*time.Hour)}, graph.Confirmed},
	"vouched":    {[]graph.RelationClaim{claim("cmdb", graph.Declared, "ada", 0)}, graph.Confirmed},
	"outdated":   {[]graph.RelationClaim{claim("cmdb", graph.Declared, "ada", -365*24*time.Hour)}, graph.Suspected},
}

// claim is one source's; a confirmation is of Now and ago, or of no date where ago is 0.
func claim(source string, method graph.Method, by string, ago time.Duration) graph.RelationClaim {
	c := graph.RelationClaim{Source: source, Evidence: graph.Evidence{Method: method, ConfirmedBy: by}}
	if ago != 0 {
		c.ObservedAt = Now.Add(ago)
	}
	return c
}

// claims are the relation's in the engine's words.
func (r Relation) claims(transfer *graph.Transfer) []graph.RelationClaim {
	var out []graph.RelationClaim
	for _, c := range evidences[r.Evidence].claims {
		c.Transfer, c.Grace, c.ValidFrom, c.ValidTo = transfer, r.Grace, r.Since, r.Till
		if r.Holds > 0 {
			n := int64(r.Holds)
			c.Capacity = &n
		}
		if r.Start {
			c.Phase = graph.StartPhase
		}
		out = append(out, c)
	}
	return out
}

func (v View) valid(r Relation) bool {
	return v.At.IsZero() || (r.Since.IsZero() || !v.At.Before(r.Since)) && (r.Till.IsZero() || v.At.Before(r.Till))
}

// Counts says whether a single relation counts.
func (v View) Counts(r Relation) bool {
	least := map[graph.World]graph.Band{graph.Certain: graph.Confirmed, graph.Headline: graph.Probable, graph.Possible: graph.Suspected}
	return v.valid(r) && evidences[r.Evidence].band >= least[v.World]
}

// doubts says whether a member may not be relied on as a spare.
func (v View) doubts(r Relation) bool {
	switch v.World {
	case graph.Certain:
		return false
	case graph.Headline:
		return evidences[r.Evidence].band < graph.Probable
	}
	return evidences[r.Evidence].band < graph.Confirmed
}

// passes is what a relation passes on.
func (v View) passes(r Relation, states States) graph.State {
	s := states[r.To]
	if v.Read != nil {
		s = v.Read(r, states)
	}
	switch {
	case r.Start && v.Hard != nil && v.Hard(r):
		return s
	case r.Start && s == graph.Down:
		return graph.AtRisk
	case r.Start:
		return graph.Operational
	}
	return r.Passes[s]
}
