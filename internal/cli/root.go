package cli

import (
	"github.com/spf13/cobra"
)

const program = "faultline"

// root is the whole command line.
func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   program,
		Short: "What breaks if a configuration item goes down, and why",
		Long: `Faultline answers what breaks if a configuration item (CI) goes down, what stays
up and why, and what is not known.

Without --server the commands work on a store themselves: --store, or FAULTLINE_STORE,
or a file in your data directory. It is a file, sqlite:PATH, or a database of Neo4j,
neo4j://HOST:PORT/DATABASE or neo4j+s:// (encrypted); user and password come from
FAULTLINE_NEO4J_USER and FAULTLINE_NEO4J_PASSWORD, or a file that
FAULTLINE_NEO4J_PASSWORD_FILE names. A CI is named by its ref, class:[scope/]name, or by
its name alone where only one CI has it.`,
		Example: `  faultline demo                                   see it on a sample estate
  faultline import estate.ndjson                   load your own
  faultline impact server:dc1/web-01               what breaks if it goes down
  faultline why 'business_service:Shop' --if server:dc1/web-01`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return cmd.Help()
		},
		PersistentPreRunE: a.before,
		Version:           a.Version,
	}
	root.SetVersionTemplate(a.thisProgram() + "\n")
	root.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveNoFileComp)
	root.SetFlagErrorFunc(flagTrouble)
	f := root.PersistentFlags()
	f.StringVar(&a.flags.server, "server", "", "ask this server, http://HOST:PORT (or "+envServer+")")
	f.StringVar(&a.flags.store, "store", "", "without a server: the store, sqlite:PATH or neo4j://HOST:PORT (or "+envStore+")")
	f.StringVarP(&a.flags.output, "output", "o", "", "print as table, wide, json, ndjson, csv or tree")
	f.BoolVar(&a.flags.noColor, "no-color", false, "no colour (or "+envNoColor+")")
	complete(root, "output", func(cmd *cobra.Command) []string { return fieldsOf(cmd.Annotations[outputs]) })
	complete(root, "store", func(*cobra.Command) []string { return []string{"sqlite:", "neo4j://", "neo4j+s://"} })
	complete(root, "server", func(*cobra.Command) []string { return []string{"http://127.0.0.1:8080"} })
	root.AddGroup(
		&cobra.Group{ID: "ask", Title: "Ask:"},
		&cobra.Group{ID: "decide", Title: "Decide:"},
		&cobra.Group{ID: "load", Title: "Load and keep:"},
		&cobra.Group{ID: "run", Title: "Run:"},
	)
	inGroup(root, "ask", append(a.pastFlags(a.impact(), a.why(), a.reach(), a.spof(), a.danger(), a.illusions(), a.safeIf()), a.ci(), a.diff(), a.baseline(), a.class(), a.relationType())...)
	inGroup(root, "decide", a.change(), a.outage(), a.calendar(), a.slots(), a.margin(), a.window(), a.policy(), a.model(), a.delegation())
	inGroup(root, "load", a.imports(), a.exports(), a.dump(), a.restore(), a.check())
	inGroup(root, "run", a.demo(), a.serve(), a.schema(), a.tokens(), a.users(), a.whoami(), a.config(), a.version())
	return root
}

func inGroup(root *cobra.Command, group string, cmds ...*cobra.Command) {
	for _, c := range cmds {
		c.GroupID = group
		root.AddCommand(c)
	}
}

// before runs between reading the command line and the command.
func (a *app) before(cmd *cobra.Command, _ []string) error {
	a.look, a.tell = a.lookOf(a.Stdout), a.lookOf(a.Stderr)
	if _, _, err := a.logging(logOff); err != nil {
		return err
	}
	return a.chooseFormat(cmd)
}

// noun groups the commands about one thing.
func noun(use, short string, verbs ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			var names []string
			for _, v := range verbs {
				names = append(names, v.Name())
			}
			return usagef("%s what?", cmd.CommandPath()).hinted("%s %s", cmd.CommandPath(), either(names))
		},
	}
	cmd.AddCommand(verbs...)
	return cmd
}

// takes says how many arguments a command wants, in its own words.
func takes(least, most int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return usagef("%s needs %s", cmd.CommandPath(), what).hinted("for example:%s", firstExample(cmd))
		case most >= 0 && len(args) > most:
			f := usagef("%s takes no argument %q", cmd.CommandPath(), args[most])
			if most > 0 {
				f.hint = "a name with blanks is quoted: 'business_service:Online Boutique checkout'"
			}
			return f
		}
		return nil
	}
}
