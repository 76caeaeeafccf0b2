package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/server"
)

// envLimit and a limit's name in capitals are the variable that sets it:
// FAULTLINE_LIMIT_REQUEST_BODY sets request.body.
const envLimit = "FAULTLINE_LIMIT_"

func limitVariable(name string) string {
	return envLimit + strings.ToUpper(strings.NewReplacer(".", "_", "-", "_").Replace(name))
}

// limits are the server's limits: what --limit says of them, else the environment,
// else the default, which has no origin.
func (a *app) limits(given []string) (l server.Limits, origins map[string]string, err error) {
	origins = map[string]string{}
	set := func(name, value, origin string) error {
		if err := l.Set(name, value); err != nil {
			e := graph.AsError(err)
			return usagef("%s (%s)", e.Message, origin).hinted("%s", e.Hint)
		}
		origins[name] = origin
		return nil
	}
	for _, s := range l.Settings() {
		if v := a.Getenv(limitVariable(s.Name)); v != "" {
			if err := set(s.Name, v, limitVariable(s.Name)); err != nil {
				return l, nil, err
			}
		}
	}
	for _, g := range given {
		name, value, ok := strings.Cut(g, "=")
		if !ok {
			return l, nil, usagef("--limit %s has no value", g).hinted("write it as --limit NAME=VALUE, for example --limit request.body=2MiB")
		}
		if err := set(strings.TrimPrefix(name, "limit."), value, flagged+"limit"); err != nil {
			return l, nil, err
		}
	}
	return l, origins, nil
}

// limitFlag is the flag of the commands that take limits.
func limitFlag(cmd *cobra.Command, given *[]string) {
	cmd.Flags().StringArrayVar(given, "limit", nil, "a limit, NAME=VALUE, for example request.body=2MiB; may be repeated (or "+envLimit+"NAME; config show lists them)")
	complete(cmd, "limit", func(*cobra.Command) (names []string) {
		for _, s := range (server.Limits{}).Settings() {
			names = append(names, s.Name+"=\t"+s.Meaning)
		}
		return names
	})
}
