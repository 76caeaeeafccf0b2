package change

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/faultline-itsm/faultline/graph"
)

// The levels of risk.
const (
	Low      = "LOW"
	Moderate = "MODERATE"
	High     = "HIGH"
	Critical = "CRITICAL"
)

var levels = []string{Low, Moderate, High, Critical}

func rankOf(level string) int { return slices.Index(levels, level) }

// Risk is the highest of its factors. There is no hidden score.
type Risk struct {
	Level   string   `json:"level"`
	Factors []Factor `json:"factors"` // the gravest first
}

// Factor is one reason for a risk.
type Factor struct {
	Kind      string   `json:"kind"`
	Level     string   `json:"level"`
	Value     string   `json:"value"`
	Threshold string   `json:"threshold"`
	Evidence  []string `json:"evidence"`         // refs and numbers
	Lowers    *string  `json:"lowers,omitempty"` // what would lower it
}

// maxEvidence bounds what a factor cites.
const maxEvidence = 20

func (x *Solved) risk(r *Result) Risk {
	var out Risk
	for _, f := range []*Factor{x.serviceRisk(r), x.lasting(r), x.marginRisk(r), x.conflictRisk(r), x.doubtRisk(r), x.blastRisk(r), x.backoutRisk(), x.historyRisk(), x.blindRisk(r)} {
		if f != nil {
			f.Evidence = f.Evidence[:min(len(f.Evidence), maxEvidence)]
			out.Factors = append(out.Factors, *f)
		}
	}
	slices.SortStableFunc(out.Factors, func(a, b Factor) int { return cmp.Compare(rankOf(b.Level), rankOf(a.Level)) })
	out.Level = Low
	if len(out.Factors) > 0 {
		out.Level = out.Factors[0].Level
	} else {
		out.Factors = []Factor{}
	}
	return out
}

// grave is the level of a service of some criticality in some state.
func grave(s ServiceImpact) string {
	level := rankOf(Low)
	switch s.To {
	case graph.Down:
		level = rankOf(Moderate) + max(0, rank(str(s.Criticality))-rank("MEDIUM"))
	case graph.Degraded:
		level = rankOf(Low) + max(0, rank(str(s.Criticality))-rank("LOW"))
	}
	return levels[min(level, len(levels)-1)]
}

// serviceRisk is the gravest of criticality and state among the services.
func (x *Solved) serviceRisk(r *Result) *Factor {
	f := &Factor{Kind: "SERVICE_IMPACT", Level: Low, Threshold: "DOWN is MODERATE, HIGH for a HIGH and CRITICAL for a CRITICAL service; DEGRADED is one less", Evidence: []string{}}
	minutes, endless, n := 0, false, 0
	for _, s := range r.Services {
		if s.To < graph.Degraded {
			continue
		}
		n++
		level := grave(s)
		if rankOf(level) > rankOf(f.Level) || len(f.Evidence) == 0 {
			f.Level, f.Evidence = level, nil
		}
		if level == f.Level {
			f.Evidence = append(f.Evidence, s.CI.Ref)
		}
		minutes += max(0, s.Minutes.Down) + max(0, s.Minutes.Degraded)
		endless = endless || s.Minutes.Down < 0 || s.Minutes.Degraded < 0
	}
	if n == 0 {
		return nil
	}
	f.Value = fmt.Sprintf("%s DOWN or DEGRADED, %d minutes in all", plural(n, "service"), minutes)
	if endless {
		f.Value = fmt.Sprintf("%s DOWN or DEGRADED, some for good", plural(n, "service"))
	}
	f.Lowers = x.lowers(r.Services)
	return f
}

// lowers is the smallest edit that keeps the gravest service up, solved and not guessed.
// That what is changed stays up is no edit of a change.
func (x *Solved) lowers(services []ServiceImpact) *string {
	if len(services) == 0 {
		return nil
	}
	answer := x.during.SafeIf(services[0].CI.at)
	if answer == nil {
		return nil
	}
	at := slices.IndexFunc(answer.Sets, func(set []graph.Edit) bool {
		return !slices.ContainsFunc(set, func(e graph.Edit) bool { return e.Kind == graph.KeepUp })
	})
	if at < 0 {
		return nil
	}
	var parts []string
	for _, e := range answer.Sets[at] {
		ref, beside := x.ahead.Ref(e.CI).String(), x.ahead.Ref(e.Beside)
		if e.Kind == graph.AddSpare {
			parts = append(parts, fmt.Sprintf("give %s a spare beside %s", ref, beside))
		} else {
			parts = append(parts, fmt.Sprintf("move %s off %s", ref, beside))
		}
	}
	return opt(fmt.Sprintf("%s is as before if you first %s", services[0].CI.Ref, strings.Join(parts, " and ")))
}

// lasting is what the patch leaves worse for good.
func (x *Solved) lasting(r *Result) *Factor {
	if len(r.After) == 0 {
		return nil
	}
	f := &Factor{Kind: "AFTER", Level: Low, Value: plural(len(r.After), "service") + " left worse for good", Threshold: "without a spare is MODERATE for a HIGH service, worse is as during the window, and one more", Evidence: []string{},
		Lowers: opt("give the change a patch that leaves the spare, or plan the change that brings it back")}
	for _, s := range r.After {
		level := rankOf(grave(s)) + 1
		if s.To == graph.AtRisk {
			level = rankOf(Low) + max(0, rank(str(s.Criticality))-rank("MEDIUM"))
		}
		if level = min(level, len(levels)-1); level > rankOf(f.Level) {
			f.Level = levels[level]
		}
		f.Evidence = append(f.Evidence, s.CI.Ref)
	}
	return f
}

// marginRisk are services on their last leg during the change.
func (x *Solved) marginRisk(r *Result) *Factor {
	f := &Factor{Kind: "MARGIN", Level: Low, Threshold: "MODERATE where a service at or above " + x.Criticality + " loses its last spare", Evidence: []string{}}
	for _, s := range r.Services {
		if s.To != graph.AtRisk {
			continue
		}
		if rank(str(s.Criticality)) >= rank(x.Criticality) {
			f.Level = Moderate
		}
		f.Evidence = append(f.Evidence, s.CI.Ref)
	}
	if len(f.Evidence) == 0 {
		return nil
	}
	f.Value = plural(len(f.Evidence), "service") + " without a spare"
	if i := slices.IndexFunc(r.Services, func(s ServiceImpact) bool { return s.To == graph.AtRisk }); i >= 0 {
		f.Lowers = x.lowers(r.Services[i:])
	}
	return f
}

// conflictLevels are what a conflict of a kind is by itself.
var conflictLevels = map[string]string{RedundancyInteraction: High, RescuePath: High, PatchConflict: High, BlackoutConflict: High, OutsideMaintenance: Moderate, CapacityConflict: Moderate, SameCI: Moderate, SharedDependent: Moderate, Assignee: Low}

func (x *Solved) conflictRisk(r *Result) *Factor {
	if len(r.Conflicts) == 0 {
		return nil
	}
	f := &Factor{Kind: "CONFLICTS", Level: Low, Value: plural(len(r.Conflicts), "conflict"), Threshold: "HIGH: spares, rescue paths, patches; MODERATE: the same or shared CIs, capacity", Evidence: []string{}}
	var gravest *Conflict
	for k := range r.Conflicts {
		c := &r.Conflicts[k]
		if level := conflictLevels[c.Kind]; gravest == nil || rankOf(level) > rankOf(f.Level) {
			f.Level, gravest = level, c
		}
		for _, n := range c.Changes {
			if !slices.Contains(f.Evidence, n) {
				f.Evidence = append(f.Evidence, n)
			}
		}
		if c.CI != nil && !slices.Contains(f.Evidence, c.CI.Ref) {
			f.Evidence = append(f.Evidence, c.CI.Ref)
		}
	}
	switch {
	case gravest.From != nil && gravest.Until != nil && len(gravest.Changes) > 0:
		f.Lowers = opt(fmt.Sprintf("outside %s to %s there is no %s with %s", stamp(*gravest.From), stamp(*gravest.Until), gravest.Kind, strings.Join(gravest.Changes, " and ")))
	case gravest.From != nil && gravest.Until != nil && gravest.Kind == BlackoutConflict:
		f.Lowers = opt(fmt.Sprintf("outside %s to %s there is no freeze", stamp(*gravest.From), stamp(*gravest.Until)))
	case gravest.Kind == RescuePath:
		f.Lowers = opt("back it out without " + gravest.CI.Ref + ", or change that at another time")
	}
	return f
}

// doubtRisk is the gap between what is certain and what is possible.
func (x *Solved) doubtRisk(r *Result) *Factor {
	f := &Factor{Kind: "DOUBT", Level: Low, Threshold: "MODERATE where a service may be worse than told", Evidence: []string{}}
	for _, s := range r.Services {
		if s.Possible > s.To {
			f.Level = Moderate
			f.Evidence = append(f.Evidence, s.CI.Ref)
		}
	}
	if r.Unproven == 0 && len(f.Evidence) == 0 {
		return nil
	}
	f.Value = fmt.Sprintf("%s may be worse than told, and %s get worse only if all that is recorded counts", plural(len(f.Evidence), "service"), plural(r.Unproven, "CI"))
	f.Lowers = opt("confirm the relations that the impact names to verify first")
	return f
}

func (x *Solved) blastRisk(r *Result) *Factor {
	if r.Counts.Down < x.LargeBlast {
		return nil
	}
	return &Factor{Kind: "BLAST_RADIUS", Level: Moderate, Value: plural(r.Counts.Down, "CI") + " DOWN", Threshold: fmt.Sprintf("%d", x.LargeBlast), Evidence: []string{},
		Lowers: opt("split it into changes that take fewer CIs at once")}
}

func (x *Solved) backoutRisk() *Factor {
	var missing []string
	for _, name := range []string{"backout_plan", "test_plan"} {
		if x.Change.Text(name) == "" {
			missing = append(missing, "no "+strings.ReplaceAll(name, "_", " "))
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return &Factor{Kind: "NO_TESTED_BACKOUT", Level: Moderate, Value: strings.Join(missing, ", "), Threshold: "both are there", Evidence: []string{x.Change.Number}, Lowers: opt("say how it is undone, and how one sees that it worked")}
}

// historyRisk is how changes of its model on its classes went.
func (x *Solved) historyRisk() *Factor {
	h := x.Alike
	if len(h.Failed) == 0 {
		return nil
	}
	f := &Factor{Kind: "HISTORY", Level: Low, Threshold: fmt.Sprintf("MODERATE where less than %d of 100 went well, HIGH where less than %d of 100 did, of %d or more", x.MostlyWell, x.OftenWell, x.EnoughAlike), Evidence: slices.Clone(h.Failed),
		Value: fmt.Sprintf("%d of %s of the model %s on %s did not go well", len(h.Failed), plural(h.N, "change"), x.Change.Text("model"), strings.Join(x.Classes(), ", "))}
	switch well := 100 * h.Successful; {
	case well < x.OftenWell*h.N && h.N >= x.EnoughAlike:
		f.Level = High
	case well < x.MostlyWell*h.N:
		f.Level = Moderate
	}
	if rest := x.History.N - h.N; rest > 0 {
		f.Lowers = opt(fmt.Sprintf("of its %s on other classes %d went well", plural(rest, "change"), x.History.Successful-h.Successful))
	}
	return f
}

// blindRisk is what an assessment does not know.
func (x *Solved) blindRisk(r *Result) *Factor {
	if r.BlindSpots == 0 && r.Complete {
		return nil
	}
	f := &Factor{Kind: "BLIND_SPOTS", Level: Low, Value: plural(r.BlindSpots, "blind spot"), Threshold: "MODERATE where the answer is not complete", Evidence: []string{}, Lowers: opt("record what the impact lists as not known")}
	if !r.Complete {
		f.Level = Moderate
		f.Value += "; the answer is not complete"
	}
	return f
}
