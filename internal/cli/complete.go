package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/faultline-itsm/faultline/graph"
)

// complete offers the values of a flag to the shell.
func complete(cmd *cobra.Command, flag string, values func(*cobra.Command) []string) {
	err := cmd.RegisterFlagCompletionFunc(flag, func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		return values(cmd), cobra.ShellCompDirectiveNoFileComp
	})
	if err != nil {
		panic(err) // the flag is not there: a fault of this file's caller, seen by every test
	}
}

// oneOf offers fixed values.
func oneOf(words ...string) func(*cobra.Command) []string {
	return func(*cobra.Command) []string { return words }
}

// classNames are the built-in classes: those of a store would have to be read.
func classNames(*cobra.Command) (out []string) {
	for _, c := range graph.Builtin().Classes() {
		if c.Tier != "record" {
			out = append(out, c.Name)
		}
	}
	return out
}

func fieldsOf(s string) []string { return strings.Fields(s) }

// firstExample is the first line of a command's examples.
func firstExample(cmd *cobra.Command) string {
	line, _, _ := strings.Cut(strings.TrimLeft(cmd.Example, "\n"), "\n")
	return " " + strings.TrimSpace(line)
}

// planes are those of the built-in relation types.
func planes(*cobra.Command) (out []string) {
	for _, t := range graph.Builtin().Types() {
		if !slices.Contains(out, t.Plane) {
			out = append(out, t.Plane)
		}
	}
	slices.Sort(out)
	return out
}
