package cli

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// comesLater is the annotation of a flag that the contract names and this version
// cannot honour yet: it is recognised, so that nobody takes it for a typing error,
// and refused, so that nobody believes it counted.
const comesLater = "later"

// later adds such a flag; value is empty where it takes none.
func later(cmd *cobra.Command, name, value, what string) {
	if value == "" {
		cmd.Flags().Bool(name, false, "")
	} else {
		cmd.Flags().String(name, "", "")
	}
	f := cmd.Flags().Lookup(name)
	f.Hidden = true
	f.Annotations = map[string][]string{comesLater: {what}}
}

// refuseLater refuses what comes later.
func refuseLater(cmd *cobra.Command) (err error) {
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if what := f.Annotations[comesLater]; len(what) > 0 && err == nil {
			err = usagef("--%s comes with a later version: %s", f.Name, what[0]).hinted("leave it out")
		}
	})
	return err
}
