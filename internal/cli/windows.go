package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/faultline-itsm/faultline/graph"
)

// changeWindow is a time in which changes may be made, or may not.
type changeWindow struct {
	Number     string    `json:"number"`
	Kind       string    `json:"kind"`
	Title      string    `json:"title"`
	Starts     time.Time `json:"starts"`
	Duration   string    `json:"duration"`
	Recurrence *string   `json:"recurrence"`
	TimeZone   *string   `json:"timeZone"`
	FromState  string    `json:"fromState"`
	Classes    []string  `json:"classes"`
	Owners     []string  `json:"owners"`
	CIs        []named   `json:"cis"`
}

const windowFields = `{ number kind title starts duration recurrence timeZone fromState classes owners cis { id ref name class } }`

// scope is what a window is about, in words.
func (w changeWindow) scope() string {
	var out []string
	for _, c := range w.CIs {
		out = append(out, c.Ref)
	}
	for _, c := range w.Classes {
		out = append(out, "class "+c)
	}
	for _, o := range w.Owners {
		out = append(out, "owner "+o)
	}
	return strings.Join(out, ", ")
}

func (w changeWindow) recurs() string {
	if w.Recurrence == nil {
		return "once"
	}
	if w.TimeZone != nil {
		return *w.Recurrence + " " + *w.TimeZone
	}
	return *w.Recurrence
}

func (a *app) window() *cobra.Command {
	return noun("window", "When changes may be made (maintenance), and when not (blackout)", a.windowCreate(), a.windowList(), a.windowWithdraw())
}

func (a *app) windowCreate() *cobra.Command {
	var title, starts, length, recurrence, zone, state string
	var classes, owners, cis []string
	cmd := &cobra.Command{
		Use:   "create maintenance|blackout --title TITLE --starts TIME --length 4h",
		Short: "Lay down when changes may be made, or may not",
		Long: `Lays down a window: once, or again and again by a rule of RFC 5545 in local time. In a blackout
no change may affect what it is about, nor take it DOWN or DEGRADED from further away; what
has maintenance windows may be changed in these alone.`,
		Example: `  faultline window create blackout --title 'quarter end' --starts 2026-12-29T00:00:00Z --length 96h --ci 'business_service:shop'
  faultline window create maintenance --title 'saturday night' --starts 2026-12-05T22:00:00+01:00 --length 4h --rule 'FREQ=WEEKLY;BYDAY=SA' --zone Europe/Berlin --class database`,
		Args: takes(1, 1, "maintenance or blackout"),
		RunE: func(cmd *cobra.Command, args []string) error {
			kind := strings.ToUpper(args[0])
			if kind != "MAINTENANCE" && kind != "BLACKOUT" {
				return usagef("%q is no kind of window", args[0]).hinted("maintenance or blackout")
			}
			begin, err := instant("--starts", starts)
			if err != nil {
				return err
			}
			d, err := time.ParseDuration(length)
			if err != nil {
				return usagef("--length %q is no length of time", length).hinted("for example 4h or 90m")
			}
			in := map[string]any{"kind": kind, "title": title, "starts": begin.Format(time.RFC3339), "duration": graph.FormatDuration(d), "classes": classes, "owners": owners}
			for name, v := range map[string]string{"recurrence": recurrence, "timeZone": zone} {
				if v != "" {
					in[name] = v
				}
			}
			if state != "" {
				in["fromState"] = strings.ToUpper(strings.ReplaceAll(state, "-", "_"))
			}
			return a.with(cmd.Context(), writing, func(c *client) error {
				if len(cis) > 0 {
					found, err := c.resolve(cmd.Context(), cis...)
					if err != nil {
						return err
					}
					var refs []any
					for _, ci := range found {
						refs = append(refs, ci.input())
					}
					in["cis"] = refs
				}
				return a.windowVerb(cmd, c, "createChangeWindow", "CreateChangeWindowInput", in, " is there")
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&title, "title", "", "what it is for")
	f.StringVar(&starts, "starts", "", "when it begins for the first time")
	f.StringVar(&length, "length", "", "how long it lasts: 4h")
	f.StringVar(&recurrence, "rule", "", "how it recurs: an RRULE of RFC 5545, for example FREQ=WEEKLY;BYDAY=SA")
	f.StringVar(&zone, "zone", "", "in whose local time it recurs, for example Europe/Berlin; UTC, where it is not given")
	f.StringVar(&state, "from-state", "", "of a blackout: from which state on a CI that a change takes counts (degraded)")
	f.StringSliceVar(&classes, "class", nil, "classes that it is about, with their subclasses")
	f.StringArrayVar(&owners, "owner", nil, "it is about the CIs that they answer for")
	f.StringArrayVar(&cis, "ci", nil, "a CI that it is about: a service, a site with all that stands in it, any CI")
	return prints(cmd, asTable, asJSON)
}

func (a *app) windowVerb(cmd *cobra.Command, c *client, mutation, typ string, in map[string]any, says string) error {
	var data map[string]struct {
		Window *changeWindow
		Errors []refused
	}
	if _, err := c.ask(cmd.Context(), `mutation($input: `+typ+`!) { `+mutation+`(input: $input) { window `+windowFields+` errors { message code path } } }`, map[string]any{"input": in}, &data); err != nil {
		return err
	}
	p := data[mutation]
	if len(p.Errors) > 0 {
		return p.Errors[0].failure()
	}
	if a.flags.output == asJSON {
		return a.printJSON(struct {
			SchemaVersion int `json:"schemaVersion"`
			*changeWindow
		}{schemaVersion, p.Window})
	}
	a.line("%s", a.look.clean(p.Window.Number+says))
	return nil
}

func (a *app) windowWithdraw() *cobra.Command {
	cmd := &cobra.Command{
		Use: "withdraw WIN...", Short: "Take a window back", Example: "  faultline window withdraw WIN0000003", Args: takes(1, 1, "a window"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), writing, func(c *client) error {
				return a.windowVerb(cmd, c, "withdrawChangeWindow", "WithdrawChangeWindowInput", map[string]any{"window": args[0]}, " is withdrawn")
			})
		},
	}
	return prints(cmd, asTable, asJSON)
}

var windowRows = listing[changeWindow]{
	columns: []column{{head: "NUMBER"}, {head: "KIND"}, {head: "TITLE", name: true}, {head: "STARTS"}, {head: "LASTS"}, {head: "RECURS"}, {head: "ABOUT", name: true}},
	heads:   []string{"number", "kind", "title", "starts", "duration", "recurs", "scope"},
	cells: func(w changeWindow) []string {
		lasts, _ := graph.ParseDuration(w.Duration) // the service writes what it reads
		return []string{w.Number, w.Kind, w.Title, w.Starts.UTC().Format(time.RFC3339), span(lasts), w.recurs(), w.scope()}
	},
}

// windows follows all pages of the windows that hold.
func (c *client) windows(ctx context.Context) ([]changeWindow, error) {
	all, _, err := followAll(0, func(first int, after *string) (page[changeWindow], error) {
		var data struct{ ActiveWindows page[changeWindow] }
		_, err := c.ask(ctx, `query($first: Int!, $after: String) { activeWindows(first: $first, after: $after) { nodes `+windowFields+` `+pageFields+` } }`, map[string]any{"first": first, "after": after}, &data)
		return data.ActiveWindows, err
	})
	return all, err
}

func (a *app) windowList() *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Short: "The windows that hold", Example: "  faultline window list", Args: takes(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), reading, func(c *client) error {
				rows, err := c.windows(cmd.Context())
				if err != nil {
					return err
				}
				if a.flags.output == asJSON {
					return a.printJSON(rowsDocument[changeWindow]{"windows", rows})
				}
				return windowRows.print(a, rows)
			})
		},
	}
	return prints(cmd, asTable, asWide, asJSON, asNDJSON, asCSV)
}

// scheduled is an entry of the change schedule.
type scheduled struct {
	From   time.Time     `json:"from"`
	Until  time.Time     `json:"until"`
	Change *changeRow    `json:"change"`
	Window *changeWindow `json:"window"`
}

func (a *app) calendar() *cobra.Command {
	from, until := "now", "720h"
	cmd := &cobra.Command{
		Use: "calendar", Short: "The change schedule: changes, freezes and maintenance windows by time", Example: "  faultline calendar\n  faultline calendar --from 2026-12-01T00:00:00Z --until 168h",
		Args: takes(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			begin, err := instant("--from", from)
			if err != nil {
				return err
			}
			end := begin
			if d, failed := time.ParseDuration(until); failed == nil {
				end = begin.Add(d)
			} else if end, err = instant("--until", until); err != nil {
				return err
			}
			return a.with(cmd.Context(), reading, func(c *client) error {
				rows, err := c.calendar(cmd.Context(), begin, end)
				if err != nil {
					return err
				}
				if a.flags.output == asJSON {
					return a.printJSON(struct {
						SchemaVersion int         `json:"schemaVersion"`
						Schedule      []scheduled `json:"schedule"`
					}{schemaVersion, rows})
				}
				if a.rows() {
					return scheduleRows.print(a, rows)
				}
				a.drawSchedule(begin, end, rows)
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&from, "from", from, "from when")
	cmd.Flags().StringVar(&until, "until", until, "until when, or for how long: 168h")
	return prints(cmd, asTable, asWide, asJSON, asNDJSON, asCSV)
}

// scheduleRows is the schedule for programs; people see it drawn.
var scheduleRows = listing[scheduled]{
	heads: []string{"from", "until", "number", "kind", "state", "title"},
	row: func(r scheduled) []string {
		if r.Change != nil {
			return []string{stamp(&r.From), stamp(&r.Until), r.Change.Number, "CHANGE", r.Change.State, r.Change.Title}
		}
		return []string{stamp(&r.From), stamp(&r.Until), r.Window.Number, r.Window.Kind, "", r.Window.Title}
	},
}

// calendar follows all pages of the change schedule.
func (c *client) calendar(ctx context.Context, from, until time.Time) ([]scheduled, error) {
	all, _, err := followAll(0, func(first int, after *string) (page[scheduled], error) {
		var data struct{ ChangeCalendar page[scheduled] }
		_, err := c.ask(ctx, `query($from: Time!, $until: Time!, $first: Int!, $after: String) { changeCalendar(from: $from, until: $until, first: $first, after: $after) {
  nodes { from until change { `+changeRowFields+` } window `+windowFields+` } `+pageFields+` } }`,
			map[string]any{"from": from.Format(time.RFC3339), "until": until.Format(time.RFC3339), "first": first, "after": after}, &data)
		return data.ChangeCalendar, err
	})
	return all, err
}

// drawSchedule draws who has which time.
func (a *app) drawSchedule(from, until time.Time, rows []scheduled) {
	if len(rows) == 0 {
		a.line("nothing is planned from %s", a.between(&from, &until))
		return
	}
	a.line("%s", a.look.paint(bold, "From "+a.between(&from, &until)))
	for _, r := range rows {
		var state, text string
		switch {
		case r.Change != nil:
			state, text = "DOWN", fmt.Sprintf("%s  %s (%s)", r.Change.Number, r.Change.Title, r.Change.State)
		case r.Window.Kind == "BLACKOUT":
			state, text = "DEGRADED", fmt.Sprintf("%s  freeze: %s (%s)", r.Window.Number, r.Window.Title, r.Window.scope())
		default:
			state, text = "AT_RISK", fmt.Sprintf("%s  maintenance: %s (%s)", r.Window.Number, r.Window.Title, r.Window.scope())
		}
		line := []interval{{From: r.From, Until: &r.Until, State: state, Baseline: "OPERATIONAL"}}
		a.line("  %s  %s  %s", a.bar(from, until, line), a.look.paint(dim, a.between(&r.From, &r.Until)), a.look.clean(text))
	}
	a.line("  %s", a.look.paint(dim, fmt.Sprintf("one mark is %s; %s change  %s freeze  %s maintenance", span(until.Sub(from)/barWidth),
		a.look.pick(barCells["DOWN"].fancy, barCells["DOWN"].ascii), a.look.pick(barCells["DEGRADED"].fancy, barCells["DEGRADED"].ascii), a.look.pick(barCells["AT_RISK"].fancy, barCells["AT_RISK"].ascii))))
}

// safeSlots are when a change may be made.
type safeSlots struct {
	Revision string `json:"revision"`
	Slots    []struct {
		From  time.Time `json:"from"`
		Until time.Time `json:"until"`
	} `json:"slots"`
	Blocked []struct {
		From  time.Time `json:"from"`
		Until time.Time `json:"until"`
		Kind  string    `json:"kind"`
		Text  string    `json:"text"`
	} `json:"blocked"`
	Complete bool `json:"complete"`
}

// slotRow is a stretch of time for programs: free, or blocked by what its kind says.
type slotRow struct {
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
	Kind  string    `json:"kind"`
	Text  string    `json:"text"`
}

var slotRows = listing[slotRow]{
	heads: []string{"from", "until", "kind", "text"},
	row:   func(r slotRow) []string { return []string{stamp(&r.From), stamp(&r.Until), r.Kind, r.Text} },
}

func (s safeSlots) rows() []slotRow {
	out := []slotRow{}
	for _, b := range s.Blocked {
		out = append(out, slotRow(b))
	}
	for _, x := range s.Slots {
		out = append(out, slotRow{From: x.From, Until: x.Until, Kind: "FREE"})
	}
	return out
}

func (a *app) slots() *cobra.Command {
	earliest := ""
	cmd := &cobra.Command{
		Use:   "slots CHG...",
		Short: "The earliest times at which a change collides with nothing that blocks it",
		Long: `Finds the earliest times within 90 days at which a change, as long as it is planned, hits no
freeze, keeps to the maintenance windows, and takes no spare together with other changes;
each was assessed. Where there is none it says what blocks which time.`,
		Example: "  faultline slots CHG0000123\n  faultline slots CHG0000123 --earliest 2027-01-04T00:00:00Z",
		Args:    takes(1, 1, "a change"),
		RunE: func(cmd *cobra.Command, args []string) error {
			vars := map[string]any{"change": args[0]}
			if earliest != "" {
				t, err := instant("--earliest", earliest)
				if err != nil {
					return err
				}
				vars["earliest"] = t.Format(time.RFC3339)
			}
			return a.with(cmd.Context(), reading, func(c *client) error {
				var data struct{ SafeSlots safeSlots }
				if _, err := c.ask(cmd.Context(), `query($change: ID!, $earliest: Time) { safeSlots(change: $change, earliest: $earliest) { revision slots { from until } blocked { from until kind text } complete } }`, vars, &data); err != nil {
					return err
				}
				s := data.SafeSlots
				if a.flags.output == asJSON {
					return a.printJSON(struct {
						SchemaVersion int `json:"schemaVersion"`
						safeSlots
					}{schemaVersion, s})
				}
				if a.rows() {
					return slotRows.print(a, s.rows())
				}
				for _, b := range s.Blocked {
					a.line("  %s  %s", a.look.paint(dim, a.between(&b.From, &b.Until)), a.look.wrap(b.Kind+"  "+b.Text, 4))
				}
				for _, x := range s.Slots {
					a.line("  %s  %s", a.look.paint(bold, a.between(&x.From, &x.Until)), "free")
				}
				if len(s.Slots) == 0 {
					a.line("%s", a.look.paint(bold, map[bool]string{true: "there is no slot within 90 days", false: "no slot was found among those that were tried"}[s.Complete]))
				}
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&earliest, "earliest", "", "from when on; now, where it is not given")
	return prints(cmd, asTable, asWide, asJSON, asNDJSON, asCSV)
}
