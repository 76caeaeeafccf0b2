package cli

import (
	"strconv"

	"github.com/spf13/cobra"

	"github.com/faultline-itsm/faultline/internal/tracing"
)

// setting is one value and where it came from.
type setting struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Origin string `json:"origin"`
}

// config is the command about settings.
func (a *app) config() *cobra.Command {
	var given []string
	show := &cobra.Command{
		Use:   "show",
		Short: "Every setting with its value and where it came from",
		Long: `Every setting with its value and where it came from: a flag, a variable of the
environment, or the default; "fixed" is a limit that is part of the interface and cannot
be set. A limit is set by FAULTLINE_LIMIT_ and its name in capitals, or by serve --limit.`,
		Example: `  faultline config show
  FAULTLINE_LIMIT_REQUEST_BODY=2MiB faultline config show
  FAULTLINE_STORE=sqlite:other.db faultline config show -o json
  faultline config show --store neo4j://db.example.org:7687`,
		Args: takes(0, 0, ""),
		RunE: func(*cobra.Command, []string) error {
			all, err := a.settings(given)
			if err != nil {
				return err
			}
			if a.flags.output == asJSON {
				return a.printJSON(struct {
					head
					Settings []setting `json:"settings"`
				}{head{SchemaVersion: schemaVersion}, all})
			}
			return listing[setting]{
				columns: []column{{head: "SETTING"}, {head: "VALUE", name: true}, {head: "FROM"}},
				heads:   []string{"setting", "value", "from"},
				cells:   func(s setting) []string { return []string{s.Name, s.Value, s.Origin} },
			}.print(a, all)
		},
	}
	limitFlag(show, &given)
	return noun("config", "Settings: show", prints(show, asTable, asWide, asJSON, asNDJSON, asCSV))
}

// fixed is the origin of a limit that is part of the interface.
const fixed = "fixed"

func (a *app) settings(given []string) ([]setting, error) {
	t, err := a.target()
	if err != nil {
		return nil, err
	}
	if t.server != "" {
		t.storeFrom += "; not used, there is a server"
	}
	output, outputFrom := a.flags.output, flagged+"output"
	if output == asTable {
		outputFrom = byDefault
	}
	plain, plainFrom := a.plain()
	color := "on a terminal"
	if plain {
		color = "never"
	}
	marks, marksFrom := "ASCII", byDefault
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if a.Getenv(name) != "" {
			marksFrom = name
			break
		}
	}
	if a.speaksUTF8() {
		marks = "UTF-8"
	}
	log, logFrom := a.choose("", "", envLog, "off; serve: warn")
	logForm, logFormFrom := a.choose("", "", envLogFormat, logText)
	traces, tracesFrom := tracing.Target(a.Getenv)
	token, tokenFrom, err := a.token()
	if err != nil {
		return nil, err
	}
	known, err := a.credentials(t)
	if err != nil {
		return nil, err
	}
	all := []setting{
		{"server", firstOf(redact(t.server), "none"), firstOf(t.serverFrom, byDefault)},
		{"store", firstOf(redact(t.store), "none"), t.storeFrom},
		{"neo4j.user", firstOf(known.user, "none"), firstOf(known.userFrom, byDefault)},
		{"neo4j.password", hidden(known.password), known.passwordFrom},
		{"token", token.String(), tokenFrom},
		{"listen", defaultListen, byDefault},
		{"output", output, outputFrom},
		{"color", color, plainFrom},
		{"marks", marks, marksFrom},
		{"log", log, logFrom},
		{"log.format", logForm, logFormFrom},
		{"traces", firstOf(redact(traces), "none"), firstOf(tracesFrom, byDefault)},
		{"limit.import.line", "1 MiB", fixed},
		{"limit.page", strconv.Itoa(pageSize), fixed},
		{"limit.effects", "1000", fixed},
	}
	limits, origins, err := a.limits(given)
	if err != nil {
		return nil, err
	}
	for _, s := range limits.Settings() {
		all = append(all, setting{"limit." + s.Name, s.Value, firstOf(origins[s.Name], byDefault)})
	}
	return all, nil
}
