package cli

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// timing is when a scenario happens, how sure its answer is to be, and by how much
// it may take longer.
type timing struct {
	from, until       string
	overrunBy         string
	certain, possible bool

	begin, end time.Time // of from and until; zero: not given
	overrun    int       // percent
}

func (w *timing) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&w.from, "from", "", "when it begins, for example 2026-12-01T22:00:00Z; now, where only --until is given")
	f.StringVar(&w.until, "until", "", "when it ends, or how long it takes: 2h30m")
	f.StringVar(&w.overrunBy, "overrun", "", "what gets worse if it takes so much longer, for example 50%")
	f.BoolVar(&w.certain, "certain", false, "count only relations that are confirmed")
	f.BoolVar(&w.possible, "possible", false, "count every relation, and rely on no spare that nobody confirmed")
	cmd.MarkFlagsMutuallyExclusive("certain", "possible")
}

// check reads the flags.
func (w *timing) check(effect string) (err error) {
	if w.from != "" {
		if w.begin, err = instant("--from", w.from); err != nil {
			return err
		}
	}
	if d, failed := time.ParseDuration(w.until); failed == nil {
		if w.begin.IsZero() {
			w.begin = time.Now().UTC().Truncate(time.Second)
		}
		w.end = w.begin.Add(d)
	} else if w.until != "" {
		if w.end, err = instant("--until", w.until); err != nil {
			return err
		}
	}
	if w.until != "" && !w.begin.IsZero() && !w.begin.Before(w.end) {
		return usagef("it ends at %s, but begins at %s", w.end.Format(time.RFC3339), w.begin.Format(time.RFC3339)).hinted("give an --until after --from")
	}
	if w.until != "" && effect == "remove" {
		return usagef("a removal has no end").hinted("leave --until out; if the CI comes back, it is an outage")
	}
	if w.overrunBy == "" {
		return nil
	}
	w.overrun, err = strconv.Atoi(strings.TrimSuffix(w.overrunBy, "%"))
	switch {
	case err != nil || w.overrun < 1 || w.overrun > 10_000:
		return usagef("--overrun %q is no percentage", w.overrunBy).hinted("for example 50%%, which makes three hours of two; 1%% to 10000%%")
	case w.end.IsZero():
		return usagef("--overrun needs an end that can be overrun").hinted("give --until")
	}
	return nil
}

// instant reads a time.
func instant(flag, text string) (time.Time, error) {
	if text == "now" {
		return time.Now().UTC().Truncate(time.Second), nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, usagef("%s %q is no time", flag, text).hinted("write it with its zone, for example 2026-12-01T22:00:00Z or 2026-12-01T23:00:00+01:00")
	}
	return t, nil
}

// windowed says whether it is about a time rather than an instant.
func (w timing) windowed() bool { return !w.begin.IsZero() || !w.end.IsZero() }

// scenario is what happens, as a request says it.
func (w timing) scenario(cis []named, effect string) map[string]any {
	effects := make([]any, len(cis))
	for i, c := range cis {
		e := map[string]any{"ci": c.input(), "kind": strings.ToUpper(effect)}
		if !w.begin.IsZero() {
			e["from"] = w.begin.Format(time.RFC3339)
		}
		if !w.end.IsZero() {
			e["until"] = w.end.Format(time.RFC3339)
		}
		effects[i] = e
	}
	return map[string]any{"effects": effects}
}

// window is the time to look at; nil: one instant.
func (w timing) window() map[string]any {
	if !w.windowed() {
		return nil
	}
	out := map[string]any{}
	if !w.begin.IsZero() {
		out["from"] = w.begin.Format(time.RFC3339)
	}
	if !w.end.IsZero() {
		out["until"] = w.end.Format(time.RFC3339)
	}
	return out
}

// options are the world to answer in, and by how much it overruns.
func (w timing) options() map[string]any {
	out := map[string]any{}
	if w.certain {
		out["world"] = "CERTAIN"
	}
	if w.possible {
		out["world"] = "POSSIBLE"
	}
	if w.overrun > 0 {
		out["overrunPercent"] = w.overrun
	}
	return out
}

// question is what is asked about CIs that have an effect.
func (w timing) question(cis []named, effect string) question {
	return question{scenario: w.scenario(cis, effect), window: w.window(), options: w.options()}
}

// overrun is what gets worse than planned.
type overrun struct {
	Percent int        `json:"percent"`
	Planned counts     `json:"planned"`
	Worse   []impacted `json:"worse"` // than planned, as they would be
}

// overrunOf compares an answer that overruns with what was planned.
func (c *client) overrunOf(ctx context.Context, q question, answer *assessment) error {
	planned := q
	planned.options = map[string]any{}
	for k, v := range q.options {
		if k != "overrunPercent" {
			planned.options[k] = v
		}
	}
	planned.words, planned.states, planned.limit = false, nil, 0
	all := q
	all.words, all.states, all.limit = false, nil, 0
	was, err := c.assess(ctx, planned)
	if err != nil {
		return err
	}
	is, err := c.assess(ctx, all)
	if err != nil {
		return err
	}
	before := map[string]string{}
	for _, i := range was.Impacted {
		before[i.CI.ID] = i.To
	}
	out := &overrun{Percent: q.options["overrunPercent"].(int), Planned: was.Counts, Worse: []impacted{}}
	for _, i := range is.Impacted {
		if worse(i.To, before[i.CI.ID]) {
			out.Worse = append(out.Worse, i)
		}
	}
	answer.Overrun = out
	return nil
}

// worse says whether a state is worse than another; "" is OPERATIONAL.
func worse(a, b string) bool {
	rank := map[string]int{"AT_RISK": 1, "DEGRADED": 2, "DOWN": 3}
	return rank[a] > rank[b]
}
