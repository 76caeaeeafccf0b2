package resolvers

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/gql"
	"github.com/faultline-itsm/faultline/internal/itsm/change"
	"github.com/faultline-itsm/faultline/internal/tracing"
	"github.com/faultline-itsm/faultline/resolvers/view"
)

// impact answers what breaks.
type impact struct{ *API }

// How much a scenario holds.
const maxEffects, maxChanges, maxEffectsOfChanges = 1000, 100, 5000

func (i impact) Impact(ctx context.Context, scenario gql.ScenarioInput, window *gql.WindowInput, options *gql.ImpactOptions, asOf, knownAt *gql.PointInTime) (*view.Assessment, error) {
	fields := graphql.CollectFieldsCtx(ctx, []string{"ImpactAssessment"})
	if !slices.ContainsFunc(fields, paged) { // then nobody comes back for more
		return i.solve(ctx, scenario, window, options, "")
	}
	name, err := scenarioName(scenario, window, options, asOf, knownAt)
	if err != nil {
		return nil, err
	}
	token, err := continued(ctx, name, fields)
	if err != nil {
		return nil, err
	}
	if token != "" {
		return i.goOn(ctx, token)
	}
	a, err := i.solve(ctx, scenario, window, options, name)
	if err != nil {
		return nil, err
	}
	i.answers.put(a)
	return a, nil
}

// paged says whether a field answers with a page, and so with cursors.
func paged(f graphql.CollectedField) bool { return f.Definition.Arguments.ForName("after") != nil }

// goOn is an earlier answer, at whose revision the request then reads.
func (i impact) goOn(ctx context.Context, token string) (*view.Assessment, error) {
	a, err := i.answers.get(token)
	if err == nil {
		readingOf(ctx).continues(a.Base, false)
	}
	return a, err
}

// solve solves a scenario; name tells it apart in cursors, if it will have any.
func (i impact) solve(ctx context.Context, in gql.ScenarioInput, window *gql.WindowInput, options *gql.ImpactOptions, name string) (*view.Assessment, error) {
	o, err := i.bounds(options)
	if err != nil {
		return nil, err
	}
	if len(in.Effects) > maxEffects {
		return nil, graph.Errorf(graph.LimitExceeded, "%d effects were given; at most %d are allowed", len(in.Effects), maxEffects)
	}
	r := readingOf(ctx)
	base := r.at()
	o.Now = r.now()
	a := &view.Assessment{Base: base}
	if r.moment != nil && (in.Patch != nil || len(in.Changes) > 0) {
		return nil, graph.Errorf(graph.Invalid, "changes and patches are planned on the graph as it is, not as it was").WithHint("leave asOf and knownAt out, or them").At(-1, "scenario")
	}
	if len(in.Effects) == 0 && in.Patch == nil && len(in.Changes) == 0 {
		return nil, graph.Errorf(graph.Invalid, "the scenario is empty").WithHint("give effects, changes or a patch")
	}
	changes, err := i.together(ctx, in.Changes)
	if err != nil {
		return nil, err
	}
	patched, sc, err := i.patch(ctx, base, in.Patch, changes, a)
	if err != nil {
		return nil, err
	}
	for _, c := range changes {
		for _, e := range c.Effects() {
			if window == nil {
				e.From, e.Until = time.Time{}, time.Time{}
			}
			sc.Effects = append(sc.Effects, e)
		}
	}
	if len(in.Effects) == 0 && in.Patch == nil {
		sc.Excluded = leftOut(changes, o.Now)
	}
	if len(sc.Effects) > maxEffectsOfChanges {
		return nil, graph.Errorf(graph.LimitExceeded, "the changes have %d effects; at most %d are assessed at once", len(sc.Effects), maxEffectsOfChanges).At(-1, "scenario.changes")
	}
	for _, e := range in.Effects {
		id, err := r.mustLookup(ctx, patched, e.CI)
		if err != nil {
			return nil, err
		}
		sc.Effects = append(sc.Effects, graph.OwnEffect{CI: id, Kind: e.Kind, From: value(e.From), Until: value(e.Until), Party: value(e.Party)})
	}
	if window != nil {
		o.Window = &graph.Window{From: value(window.From), Until: value(window.Until)}
	}
	if options != nil && options.OverrunPercent != 0 {
		if sc, err = overrun(sc, &o, options.OverrunPercent); err != nil {
			return nil, err
		}
	}
	a.Assessment, err = assess(ctx, base, sc, o)
	if name != "" {
		a.Token, a.Scenario = tokenOf(base, sc, o), name
	}
	return a, err
}

// leftOut are the CIs that all of these changes are said not to touch.
func leftOut(changes []*change.Change, now time.Time) (out []graph.ID) {
	for k, c := range changes {
		held := c.Excluded(now)
		if k == 0 {
			out = held
			continue
		}
		out = change.BothExclude(out, held)
	}
	return out
}

// together are changes by their names, each once.
func (i impact) together(ctx context.Context, names []string) (out []*change.Change, err error) {
	if len(names) > maxChanges {
		return nil, graph.Errorf(graph.LimitExceeded, "%d changes were given; at most %d are assessed at once", len(names), maxChanges).At(-1, "scenario.changes")
	}
	room := i.room(ctx)
	for k, name := range names {
		r, err := mustNumbered(ctx, room, graph.ChangeClass, change.Discipline.Prefix, name)
		if err != nil {
			return nil, graph.AsError(err).At(-1, "scenario.changes."+strconv.Itoa(k))
		}
		if !slices.ContainsFunc(out, func(c *change.Change) bool { return c.ID == r.ID }) {
			out = append(out, change.Of(r))
		}
	}
	return out, nil
}

// overrun makes the effects last longer, and the window as long as they do.
func overrun(sc graph.Scenario, o *graph.Options, percent int) (graph.Scenario, error) {
	if o.Window == nil {
		return sc, graph.Errorf(graph.Invalid, "without a window nothing ends, so nothing can overrun").WithHint("give a window").At(-1, "overrunPercent")
	}
	for k := range sc.Effects {
		if e := &sc.Effects[k]; e.From.IsZero() {
			if e.From = o.Window.From; e.From.IsZero() {
				e.From = o.Now
			}
		}
	}
	longer, err := sc.Overrun(percent)
	if err != nil {
		return sc, err
	}
	for _, e := range longer.Effects {
		if !o.Window.Until.IsZero() && e.Until.After(o.Window.Until) {
			o.Window.Until = e.Until
		}
	}
	return longer, nil
}

// bounds are the options of an assessment as of now.
func (a *API) bounds(options *gql.ImpactOptions) (graph.Options, error) {
	o := graph.Options{Now: a.Clock()}
	if options != nil {
		o.World = options.World
	}
	if options != nil && options.MaxEvaluatedRelations != nil {
		if o.Budget = *options.MaxEvaluatedRelations; o.Budget < 1 {
			return o, graph.Errorf(graph.Invalid, "maxEvaluatedRelations is %d", o.Budget).WithHint("give at least 1, or leave it out")
		}
	}
	return o, nil
}

func assess(ctx context.Context, s *graph.Snapshot, sc graph.Scenario, o graph.Options) (*graph.Assessment, error) {
	_, span := tracing.Begin(ctx, "solve")
	a, err := graph.Assess(s, sc, o)
	if err == nil {
		span.Number("faultline.evaluated_relations", int64(a.EvaluatedRelations()))
	}
	span.End(tracing.CodeOf(err))
	return a, err
}

// patch plans the patches of changes and the scenario's own on the same snapshot.
// patched is the graph with them.
func (i impact) patch(ctx context.Context, base *graph.Snapshot, in *gql.GraphPatchInput, changes []*change.Change, a *view.Assessment) (patched *graph.Snapshot, sc graph.Scenario, err error) {
	var all []graph.Batch
	for _, c := range changes {
		if !c.Patches() {
			continue
		}
		b, err := i.patchBatchOf(ctx, c)
		if err != nil {
			return nil, sc, err
		}
		all = append(all, b)
	}
	if in != nil {
		b, err := i.patchBatch(ctx, in)
		if err != nil {
			return nil, sc, err
		}
		all = append(all, b)
	}
	if len(all) == 0 {
		return base, sc, nil
	}
	b := all[0]
	for _, other := range all[1:] {
		if other.Source != b.Source {
			return nil, sc, graph.Errorf(graph.Invalid, "the patches speak for two sources, %q and %q", b.Source, other.Source).WithHint("assess them one by one").At(-1, "scenario")
		}
		b.Ops = append(b.Ops, other.Ops...)
	}
	plan, s, err := i.Ledger.Plan(ctx, b)
	if err != nil {
		return nil, sc, err
	}
	if err := readingOf(ctx).planned(s); err != nil {
		return nil, sc, err
	}
	a.Base, sc.Patch, a.Patch = s, plan.Changes, view.PatchOf(plan.Changes)
	patched, err = s.Apply(plan.Changes, s.Head())
	return patched, sc, err
}

// scenarioName tells scenarios apart, in cursors.
func scenarioName(asked ...any) (string, error) {
	b, err := json.Marshal(asked)
	if err != nil {
		return "", graph.Errorf(graph.Invalid, "the scenario cannot be read").Because(err)
	}
	return short(sha256.Sum256(b)), nil
}

func tokenOf(s *graph.Snapshot, sc graph.Scenario, o graph.Options) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(s.Revision()))
	b = binary.BigEndian.AppendUint64(b, uint64(o.Now.UnixNano()))
	b = append(b, byte(o.World))
	if o.Window != nil {
		b = append(b, fmt.Sprint(o.Window.From.UnixMicro(), o.Window.Until.UnixMicro())...)
	}
	for _, e := range sc.Effects {
		b = append(binary.BigEndian.AppendUint64(b, uint64(e.CI)), byte(e.Kind))
		b = append(b, fmt.Sprint(e.From.UnixMicro(), e.Until.UnixMicro(), e.Party)...)
	}
	for _, id := range sc.Excluded {
		b = binary.BigEndian.AppendUint64(append(b, '-'), uint64(id))
	}
	for _, c := range sc.Patch {
		switch {
		case c.Node != nil:
			b = c.Node.Append(b)
		case c.Relation != nil:
			b = c.Relation.Append(b)
		case c.RelationWas != nil:
			b = c.RelationWas.Append(b)
		case c.Requirement != nil:
			b = c.Requirement.Append(b)
		case c.RequirementWas != nil:
			b = c.RequirementWas.Append(b)
		}
	}
	return short(sha256.Sum256(b))
}

func short(sum [32]byte) string { return base64.RawURLEncoding.EncodeToString(sum[:12]) }

// continued is the token of the earlier answer that the cursors in these fields of
// an assessment belong to, or "".
func continued(ctx context.Context, scenario string, fields []graphql.CollectedField) (token string, err error) {
	op := graphql.GetOperationContext(ctx)
	for _, f := range fields {
		after, ok := f.ArgumentMap(op.Variables)["after"].(string)
		if !ok {
			continue
		}
		c, err := readImpactCursor(after)
		if err != nil {
			return "", err
		}
		if c.scenario != scenario || token != "" && token != c.token {
			return "", graph.Errorf(graph.Invalid, "the cursor belongs to another scenario").WithHint("start at the first page")
		}
		token = c.token
	}
	return token, nil
}
